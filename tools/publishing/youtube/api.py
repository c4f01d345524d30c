"""The JSON calls of YouTube: Google's own client on the description of the API that comes with it, pointed anywhere.

Two traps of google-api-python-client 2.202, measured: `client_options.api_endpoint` forces https for uploads, so the description's
`rootUrl` is replaced instead; and plain `httplib2.Http()` takes a 308 for a redirect, so `build_http()` it must be.
"""

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import httplib2
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import build_http

from memory.domain import Json
from memory.errors import TransientError
from tools.publishing.publisher import AccessToken
from tools.publishing.settings import Endpoints
from tools.publishing.youtube.errors import NOT_THE_TOKEN, read_reply, to_error
from tools.publishing.youtube.upload import clock_offset

_CONNECTION_ERRORS = (OSError, httplib2.HttpLib2Error)


@lru_cache(maxsize=8)
def _description(name: str, root: str) -> str:
    """The bundled discovery document with its address replaced. Reads a file of the package, never the network."""
    bundled = resources.files("googleapiclient.discovery_cache.documents").joinpath(f"{name}.json")
    document = json.loads(bundled.read_text())
    document["rootUrl"] = document["baseUrl"] = f"{root}/"
    return json.dumps(document)


class YouTubeApi:
    """The Data and Analytics APIs of one account. Not safe for several threads (httplib2 is not)."""

    def __init__(self, endpoints: Endpoints, token: AccessToken, timeout_s: float) -> None:
        self._http = build_http()
        self._http.timeout = timeout_s
        self._http.follow_redirects = False
        self._token = token
        self._data = build_from_document(_description("youtube.v3", endpoints.data), http=self._http)
        self._analytics = build_from_document(_description("youtubeAnalytics.v2", endpoints.analytics), http=self._http)
        self._offset_s = 0.0
        self.calls = 0
        """API calls made so far; each costs at least one unit of quota."""

    def close(self) -> None:
        self._http.close()

    def platform_now(self) -> datetime:
        """The platform's time, learnt from the `Date` header of its last reply: our own clock may be off."""
        return datetime.fromtimestamp(time.time() + self._offset_s, UTC)

    def my_channel(self) -> Json | None:
        """Id, title and uploads playlist of the account's own channel; None when it has none."""
        reply = self._call(self._data.channels().list(part="snippet,contentDetails", mine=True))
        return next(iter(reply.get("items", [])), None)

    def videos(self, ids: list[str], parts: str) -> list[Json]:
        """Video resources by id, 50 to a call; unknown ids are left out by the platform."""
        found: list[Json] = []
        for at in range(0, len(ids), 50):
            found += self._call(self._data.videos().list(part=parts, id=",".join(ids[at : at + 50]))).get("items", [])
        return found

    def uploads(self, playlist_id: str, pages: int = 4) -> list[Json]:
        """The newest items of an uploads playlist, 50 to a page. One unit a page, where a search would cost one of 100 a day."""
        found: list[Json] = []
        page = ""
        for _ in range(pages):
            more = {"pageToken": page} if page else {}
            request = self._data.playlistItems().list(part="snippet,contentDetails", playlistId=playlist_id, maxResults=50, **more)
            reply = self._call(request)
            found += reply.get("items", [])
            page = reply.get("nextPageToken", "")
            if not page:
                break
        return found

    def report(self, **query: Any) -> list[Json]:
        """Rows of an Analytics report as dicts by column; an empty report has no `rows` at all."""
        reply = self._call(self._analytics.reports().query(ids="channel==MINE", **query))
        names = [column["name"] for column in reply.get("columnHeaders", [])]
        return [dict(zip(names, row, strict=True)) for row in reply.get("rows", [])]

    def _call(self, request: Any) -> Json:
        """Run one call; a refused token is renewed once. A lost connection is the queue's to retry: no call here changes anything.

        Raises:
            AppError: See `errors.to_error`.
        """
        request.add_response_callback(self._note_time)
        token = ""
        for is_last in (False, True):
            token = self._token(refused=token)
            request.headers["authorization"] = f"Bearer {token}"
            try:
                self.calls += 1
                reply = request.execute(num_retries=0)
            except HttpError as error:
                refusal = read_reply(int(error.resp.status), error.content, error.resp.get("retry-after", ""))
                if refusal.status == 401 and refusal.reason not in NOT_THE_TOKEN and not is_last:
                    continue
                raise to_error(refusal, self.platform_now()) from None
            except _CONNECTION_ERRORS as error:
                raise TransientError(f"The connection to YouTube broke ({type(error).__name__}).") from error
            except ValueError as error:
                raise TransientError("YouTube's answer could not be read.") from error
            return dict(reply)
        raise AssertionError("unreachable")

    def _note_time(self, response: Any) -> None:
        if (offset_s := clock_offset(response.get("date", ""))) is not None:
            self._offset_s = offset_s
