"""A sandbox on a free port with its clock standing still, and a careful hand-written client that knows the protocols."""

import asyncio
import base64
import hashlib
import random
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from aiohttp import web

from sandbox.app import make_app
from sandbox.world import World, parse_iso

START = "2026-11-20T18:00:00Z"
SCOPES = ("youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly", "yt-analytics-monetary.readonly")
PREFIX = "https://www.googleapis.com/auth/"
REDIRECT = "http://127.0.0.1:8765/callback"
VERIFIER = "v" * 64
CHUNK = 262_144


class Server:
    """The application in a thread of its own, for tests that speak plain blocking HTTP."""

    def __init__(self, state: Path) -> None:
        self.url = ""
        self._ready = threading.Event()
        self._state = state
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        world = World(self._state, seed=7, start=parse_iso(START))
        runner = web.AppRunner(make_app(world), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        world.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


class Visitor:
    """A client that spells every request out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10)
        self.token = ""

    def control(self, action: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"/__sandbox/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def authorize_url(self, **changes: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        query = {"client_id": "sandbox-client", "redirect_uri": REDIRECT, "response_type": "code", "state": "s1", "access_type": "offline"}
        query |= {"scope": " ".join(PREFIX + scope for scope in SCOPES), "code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{self.url}/o/oauth2/v2/auth?{urlencode(query | changes)}"

    def code(self, *, scopes: list[str] | None = None, **changes: str) -> str:
        body = {"url": self.authorize_url(**changes)} | ({"scopes": scopes} if scopes else {})
        return parse_qs(urlsplit(self.control("consent", **body)["redirect_to"]).query)["code"][0]

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        return self.http.post("/token", data=form | {"redirect_uri": REDIRECT, "code_verifier": VERIFIER} | changes)

    def sign_in(self, **changes: Any) -> dict[str, Any]:
        answer = self.redeem(self.code(**changes)).json()
        self.token = answer["access_token"]
        return answer

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query, headers=self.auth)

    def open_upload(self, size: int, *, part: str = "snippet,status", body: dict[str, Any] | None = None) -> httpx.Response:
        default = {"snippet": {"title": "One good minute"}, "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False}}
        headers = self.auth | {"X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": str(size)}
        query = {"uploadType": "resumable", "part": part}
        return self.http.post("/upload/youtube/v3/videos", params=query, headers=headers, json=default if body is None else body)

    def session(self, size: int, **more: Any) -> str:
        answer = self.open_upload(size, **more)
        assert answer.status_code == 200, answer.text
        return answer.headers["Location"]

    def put(self, session: str, data: bytes, first: int, total: int) -> httpx.Response:
        headers = self.auth | {"Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}"}
        return self.http.put(session, content=data, headers=headers)

    def query(self, session: str, total: int) -> httpx.Response:
        return self.http.put(session, headers=self.auth | {"Content-Range": f"bytes */{total}", "Content-Length": "0"})

    def upload(self, data: bytes, **more: Any) -> dict[str, Any]:
        answer = self.put(self.session(len(data), **more), data, 0, len(data))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def video(self, video_id: str, part: str = "snippet,status,statistics,contentDetails") -> dict[str, Any]:
        return self.get("/youtube/v3/videos", part=part, id=video_id).json()["items"][0]

    def posts(self) -> list[dict[str, Any]]:
        return self.http.get("/__sandbox/posts").json()["posts"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "sandbox.db")
    yield running
    running.stop()


@pytest.fixture
def guest(server: Server) -> Iterator[Visitor]:
    """A client without a token."""
    visitor = Visitor(server.url)
    yield visitor
    visitor.http.close()


@pytest.fixture
def visitor(guest: Visitor) -> Visitor:
    """A client with all scopes; uploads are processed at once."""
    guest.control("settings", processing_s=0)
    guest.sign_in()
    return guest


@pytest.fixture
def make_visitor() -> Iterator[Callable[[str], Visitor]]:
    made: list[Visitor] = []

    def make(url: str) -> Visitor:
        made.append(Visitor(url))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


@pytest.fixture
def make_mp4() -> Callable[..., bytes]:
    """Return a maker of files that have an MP4's boxes (1080x1920) and noise for a picture."""

    def make(size: int = 700_000, duration_s: float = 31.0, seed: int = 1) -> bytes:
        mvhd = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, int(duration_s * 1000)) + bytes(80))
        tkhd = _box(b"tkhd", bytes(76) + struct.pack(">II", 1080 << 16, 1920 << 16))
        head = _box(b"ftyp", b"isom\0\0\2\0isommp41") + _box(b"moov", mvhd + _box(b"trak", tkhd))
        return head + _box(b"mdat", random.Random(seed).randbytes(size - len(head) - 8))

    return make
