"""YouTube's resumable upload, spoken directly over HTTP: 8 MiB chunks in 1 MiB pieces, so a file of any size takes little memory.

Why not the Google client's own loop: it keeps the session to itself until the bytes are gone, and hangs after a 5xx when asked to
retry (measured with google-api-python-client 2.202). Source of the protocol: YouTube Data API, "Resumable Uploads".
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol

import httpx

from memory.errors import AppError, InputError, TransientError
from tools.publishing.youtube.errors import read_reply, to_error

log = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
_MOST_BACKOFF_S = 32.0
_RANGE = re.compile(r"bytes=0-(\d+)")


class SessionGone(Exception):
    """The platform no longer knows the upload session (404 or 410)."""


class Token(Protocol):
    def __call__(self, refused: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How an upload behaves: chunk size in bytes, failures in a row that are endured, first pause and longest silence in seconds."""

    chunk_bytes: int
    retries: int
    backoff_s: float
    timeout_s: float


class Watcher(Protocol):
    """Whoever wants to know between chunks."""

    def check(self) -> None:
        """Raises to stop the upload; called about twice a second while a pause lasts."""
        ...

    def before_chunk(self, first: int, end: int, total: int) -> None:
        """Called before bytes `first` to `end` (excluded) are sent; raises to stop the upload."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a session says: the next byte it wants, or the finished video."""

    next_byte: int = 0
    video: dict[str, Any] | None = None


class ResumableUpload:
    """Starts, asks and feeds upload sessions. Not safe for several threads."""

    def __init__(self, upload_root: str, token: Token, pace: Pace) -> None:
        self._root, self._token, self._pace = upload_root, token, pace
        self._http = httpx.Client(timeout=httpx.Timeout(pace.timeout_s), follow_redirects=False)
        self.offset_s = 0.0
        """The platform's clock minus ours, from the `Date` header of its last reply."""

    def close(self) -> None:
        self._http.close()

    def begin(self, metadata: dict[str, Any], parts: str, size_bytes: int) -> str:
        """Open a session and return its address. No video comes of it until bytes are sent.

        Raises:
            AppError: Wrong metadata, no right, no quota: see `errors.to_error`.
        """
        query = {"uploadType": "resumable", "part": parts}
        headers = {"X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": str(size_bytes)}
        headers["Content-Type"] = "application/json; charset=UTF-8"
        body = json.dumps(metadata, ensure_ascii=False).encode()
        reply = self._authorized("POST", f"{self._root}/youtube/v3/videos", headers, lambda: body, query)
        if reply.status_code != 200 or "Location" not in reply.headers:
            raise self._error(reply)
        return str(reply.headers["Location"])

    def ask(self, session: str, size_bytes: int) -> Progress:
        """Ask a session how far it is.

        Raises:
            SessionGone: It does not exist any more.
        """
        reply = self._authorized("PUT", session, {"Content-Range": f"bytes */{size_bytes}", "Content-Length": "0"}, lambda: b"")
        return self._progress(reply)

    def send(self, session: str, path: Path, size_bytes: int, watcher: Watcher, *, is_new: bool) -> dict[str, Any]:
        """Feed a session until the video is there, asking again after every break; return the video resource.

        A session that is not new is asked first: another process may have fed it.

        Raises:
            SessionGone: The session ended before the upload did.
            TransientError: Too many breaks in a row; the session can be taken up later.
        """
        progress, furthest, failures, is_broken = Progress(), 0, 0, not is_new
        while progress.video is None:
            if failures > self._pace.retries:
                raise TransientError("The upload breaks off again and again.", hint="It goes on from where it is.", retry_after_s=60.0)
            if failures:
                _pause(min(_MOST_BACKOFF_S, self._pace.backoff_s * 2 ** (failures - 1)), watcher)
            try:
                if is_broken or progress.next_byte >= size_bytes:
                    progress, is_broken = self.ask(session, size_bytes), False
                    failures += progress.next_byte >= size_bytes  # it has every byte and says no video: ask again, not for ever
                else:
                    progress = self._put_chunk(session, path, size_bytes, progress.next_byte, watcher)
                    failures += progress.next_byte <= furthest
            except TransientError as error:
                if error.retry_after_s and error.retry_after_s > _MOST_BACKOFF_S:
                    raise
                is_broken, failures = True, failures + 1
                log.info("upload.broke at=%s failures=%s error=%s", progress.next_byte, failures, error)
            if furthest < progress.next_byte < size_bytes:
                furthest, failures = progress.next_byte, 0
        return progress.video

    def _put_chunk(self, session: str, path: Path, size_bytes: int, first: int, watcher: Watcher) -> Progress:
        end = min(first + self._pace.chunk_bytes, size_bytes)
        watcher.before_chunk(first, end, size_bytes)
        headers = {
            "Content-Type": "video/mp4",
            "Content-Length": str(end - first),
            "Content-Range": f"bytes {first}-{end - 1}/{size_bytes}",
        }
        return self._progress(self._authorized("PUT", session, headers, lambda: _pieces(path, first, end)))

    def _authorized(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Callable[[], bytes | Iterator[bytes]],
        query: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One request with a valid token; a refused token is renewed once. The session of an upload outlives its token."""
        token = self._token()
        reply = self._request(method, url, {**headers, "Authorization": f"Bearer {token}"}, body(), query)
        if reply.status_code == 401:
            token = self._token(refused=token)
            reply = self._request(method, url, {**headers, "Authorization": f"Bearer {token}"}, body(), query)
        return reply

    def _request(
        self, method: str, url: str, headers: dict[str, str], body: bytes | Iterator[bytes], query: dict[str, str] | None
    ) -> httpx.Response:
        try:
            reply = self._http.request(method, url, headers=headers, content=body, params=query)
        except httpx.TransportError as error:
            raise TransientError(f"The connection to YouTube broke ({type(error).__name__}).") from error
        if (offset_s := clock_offset(reply.headers.get("Date", ""))) is not None:
            self.offset_s = offset_s
        return reply

    def _progress(self, reply: httpx.Response) -> Progress:
        if reply.status_code == 308:
            stored = _RANGE.fullmatch(reply.headers.get("Range", ""))
            return Progress(int(stored[1]) + 1 if stored else 0)
        if reply.status_code in (200, 201):
            return Progress(video=_video(reply))
        if reply.status_code in (404, 410):
            raise SessionGone
        raise self._error(reply)

    def _error(self, reply: httpx.Response) -> AppError:
        now = datetime.fromtimestamp(time.time() + self.offset_s, UTC)
        return to_error(read_reply(reply.status_code, reply.content, reply.headers.get("Retry-After", "")), now)


def _pause(seconds: float, watcher: Watcher) -> None:
    end = time.monotonic() + seconds
    while (left_s := end - time.monotonic()) > 0:
        watcher.check()
        time.sleep(min(0.5, left_s))


def clock_offset(date: str) -> float | None:
    """Seconds the sender of this `Date` header is ahead of our clock; None when it is no date."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except ValueError:
        return None


def _video(reply: httpx.Response) -> dict[str, Any]:
    """The resource of a finished upload. One without an id is a broken answer: the session is asked again."""
    try:
        video = reply.json()
    except ValueError:
        video = None
    if not isinstance(video, dict) or not video.get("id"):
        raise TransientError("YouTube's answer to the upload could not be read.")
    return video


def _pieces(path: Path, first: int, end: int) -> Iterator[bytes]:
    """Bytes `first` to `end` (excluded) of a file in pieces of 1 MiB."""
    with path.open("rb") as file:
        file.seek(first)
        while first < end:
            piece = file.read(min(PIECE_BYTES, end - first))
            if not piece:
                raise InputError(f"the file became shorter while it was uploaded: it ends at byte {first}.")
            first += len(piece)
            yield piece
