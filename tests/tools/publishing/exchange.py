"""One exchange of the real YouTube client with a platform, and how it is written to a cassette.

Record it anew with `python -m tests.tools.publishing.exchange`: that starts the sandbox, talks to it over HTTP and keeps what was said,
without tokens, secrets, file bytes or the address. `test_exchange.py` plays it back with no server at all.
"""

import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import vcr

from memory.domain import Json
from tools.publishing.publisher import ReadBack, Stats, Upload
from tools.publishing.settings import CHUNK_UNIT_BYTES, YouTubeSettings
from tools.publishing.youtube import oauth
from tools.publishing.youtube.publisher import YouTube

CASSETTE = Path(__file__).parent / "cassettes" / "publish_and_measure.yaml"
ADDRESS = "http://sandbox.test"
START = "2026-11-02T12:00:00Z"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
SIZE_BYTES = 5 * CHUNK_UNIT_BYTES // 2
SETTINGS = YouTubeSettings(client_id="sandbox-client", client_secret="sandbox-secret", chunk_bytes=CHUNK_UNIT_BYTES)


class Notebook:
    """A journal that remembers."""

    def __init__(self) -> None:
        self.handles: list[Json] = []

    def save(self, handle: Json, *, instead_of: str) -> Json:
        self.handles.append(handle)
        return handle

    def check(self) -> None:
        pass

    def report(self, fraction: float) -> None:
        pass

    def is_ours(self, remote_id: str) -> bool:
        return False


def run_exchange(
    base_url: str, refresh_token: str, path: Path, later: Callable[[], None] = lambda: None
) -> tuple[ReadBack | None, Stats, Notebook]:
    """Refresh, upload in three chunks, read back, and after five days ask for the numbers."""
    client = oauth.Client(SETTINGS.client_id, SETTINGS.client_secret.get_secret_value())
    held: list[str] = []

    def token(refused: str = "") -> str:
        """After five days the first one is refused, and a second one is asked for."""
        if not held or refused:
            held.append(oauth.refresh(SETTINGS.at(base_url), client, refresh_token).access_token)
        return held[-1]

    youtube, notebook = YouTube(SETTINGS, base_url, token), Notebook()
    upload = Upload(path, SIZE_BYTES, "A strong claim", "What I found — in short.", "public", True, False, False)
    try:
        remote_id = youtube.publish(upload, notebook)
        found = youtube.read_back(remote_id)
        later()
        return found, youtube.stats([remote_id], SINCE, "USD"), notebook
    finally:
        youtube.close()


def recorder(address: str, mode: str) -> vcr.VCR:
    """What is kept of an exchange: everything that decides, nothing that is secret."""

    def keep_request(request: Any) -> Any:
        if "/__sandbox" in request.uri:
            return None
        request.uri = request.uri.replace(address, ADDRESS)
        if request.method == "PUT" or urlsplit(request.uri).path == "/token":
            request.body = None
        return request

    def keep_response(response: Any) -> Any:
        headers, body = response["headers"], response["body"]["string"]
        for name in headers:
            values = headers[name] if isinstance(headers[name], list) else [headers[name]]
            headers[name] = [value.replace(address, ADDRESS) for value in values]
        text = body.decode() if isinstance(body, bytes) else body
        response["body"]["string"] = re.sub(r'"(access|refresh)_token": ?"[^"]+"', r'"\1_token": "redacted"', text).encode()
        return response

    return vcr.VCR(
        record_mode=mode,
        match_on=("method", "scheme", "host", "path", "query"),
        filter_headers=["authorization", "host"],
        before_record_request=keep_request,
        before_record_response=keep_response,
        decode_compressed_response=True,
    )


def record() -> None:
    """Start a sandbox whose clock stands still, run the exchange, and write the cassette."""
    import subprocess
    import sys
    import time

    import httpx

    from tests.newsroom import ROOT, write_mp4

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        announce = folder / "url"
        process = subprocess.Popen([sys.executable, "-m", "sandbox", "--announce", str(announce), "--start", START], cwd=ROOT)
        try:
            for _ in range(600):
                if announce.exists():
                    break
                time.sleep(0.05)
            url = json.loads(announce.read_text())["url"]

            def control(path: str, **body: Any) -> Any:
                return httpx.post(f"{url}/__sandbox/{path}", json=body).raise_for_status().json()

            control("settings", processing_s=0)
            refresh_token = _consent(url, control)
            CASSETTE.unlink(missing_ok=True)
            path = write_mp4(folder / "clip.mp4", SIZE_BYTES)
            with recorder(url, "once").use_cassette(str(CASSETTE)):
                run_exchange(url, refresh_token, path, lambda: control("clock", advance_s=5 * 86_400))
        finally:
            process.terminate()
            process.wait(10)


def _consent(url: str, control: Callable[..., Any]) -> str:
    from urllib.parse import parse_qs

    redirect_uri, verifier = "http://127.0.0.1:8765/", oauth.new_verifier()
    client = oauth.Client(SETTINGS.client_id, SETTINGS.client_secret.get_secret_value())
    page = oauth.consent_url(SETTINGS.at(url), client, redirect_uri=redirect_uri, state="s", verifier=verifier)
    code = parse_qs(urlsplit(control("consent", url=page)["redirect_to"]).query)["code"][0]
    return oauth.exchange(SETTINGS.at(url), client, code=code, verifier=verifier, redirect_uri=redirect_uri).refresh_token


if __name__ == "__main__":
    record()
