"""Fixtures of publishing and money: a sandbox over real HTTP, a connected channel on it, and clips that may be published."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from memory.artefacts import hash_file
from memory.database import Database
from memory.domain import Rights, Verdict
from memory.repositories import assets, posts, productions
from memory.tables import Account, Asset, Post, Run, Variant
from tools.publishing.accounts import begin_connect, finish_connect
from tools.publishing.delivery import Desk, deliver
from tools.publishing.settings import CHUNK_UNIT_BYTES, YouTubeSettings
from tools.publishing.tools import publish_post
from tools.toolkit import Context, Deps

ROOT = Path(__file__).parents[1]


@dataclass
class Sandbox:
    """The outside world of a test, with its control room."""

    url: str
    http: httpx.Client

    def control(self, path: str, /, **body: Any) -> Any:
        reply = self.http.post(f"{self.url}/__sandbox/{path}", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def fault(self, path: str = "/upload/*", method: str = "PUT", **more: Any) -> None:
        self.control("faults", path=path, method=method, **more)

    def posts(self) -> list[dict[str, Any]]:
        return self.http.get(f"{self.url}/__sandbox/posts").json()["posts"]

    def calls(self, path: str) -> list[dict[str, Any]]:
        return self.http.get(f"{self.url}/__sandbox/calls", params={"path": path}).json()["calls"]

    def consent(self, url: str, **choices: Any) -> dict[str, str]:
        """What the owner's browser would bring back to the redirect address."""
        target = self.control("consent", url=url, **choices)["redirect_to"]
        return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sandbox")
    announce = folder / "url.json"
    command = [sys.executable, "-m", "sandbox", "--seed", "7", "--state", str(folder / "state.db"), "--announce", str(announce)]
    process = subprocess.Popen(
        [*command, "--die-with-parent"], cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        deadline = time.monotonic() + 30
        while not announce.exists():
            assert process.poll() is None and time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.02)
        yield json.loads(announce.read_text())["url"]
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def sandbox(sandbox_server: str) -> Iterator[Sandbox]:
    """A fresh world in which videos are processed at once."""
    with httpx.Client(timeout=20) as http:
        world = Sandbox(sandbox_server, http)
        world.control("reset")
        world.control("settings", processing_s=0)
        yield world


@pytest.fixture
def youtube(sandbox: Sandbox) -> YouTubeSettings:
    """Small chunks and no long pauses, so that every break of a 1 MiB file can be tested in a moment."""
    return YouTubeSettings(
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        chunk_bytes=CHUNK_UNIT_BYTES,
        backoff_s=0.01,
        poll_s=0.02,
        processing_wait_s=2.0,
        timeout_s=10.0,
        retries=3,
    )


@dataclass
class Newsroom:
    """A workspace with a connected channel and a clip."""

    deps: Deps
    settings: YouTubeSettings
    sandbox: Sandbox
    run: Run
    account: Account
    source: Asset
    canceled: bool = False

    def clip(self, path: Path, *, position: int = 1, labels: tuple[str, ...] = (), verdict: Verdict = Verdict.OK) -> Variant:
        """A rendered clip with this file."""
        stored = self.deps.store.put(path)
        with self.deps.database.session() as session:
            ids = {"workspace_id": self.run.workspace_id, "source_asset_id": self.source.id}
            production = productions.add(session, **ids, run_id=self.run.id, brief={})
            asset = assets.add(
                session,
                workspace_id=self.run.workspace_id,
                sha256=stored.sha256,
                size_bytes=stored.size_bytes,
                kind="render",
                name=path.name,
            )
            variant = Variant(
                production_id=production.id,
                position=position,
                start_s=0.0,
                end_s=20.0,
                score=0.9,
                reason="a strong claim",
                title="A strong claim",
                timeline={"labels": list(labels)},
                timeline_hash=f"{position:064d}",
                asset_id=asset.id,
                facts={},
                verdict=verdict,
                checks={},
            )
            return productions.save_variant(session, variant)

    def arguments(self, variant: Variant, **changes: Any) -> dict[str, Any]:
        defaults = {"variant_id": variant.id, "account_id": self.account.id, "title": "A strong claim", "description": "What I found."}
        return publish_post.parse({**defaults, **changes})

    def plan(self, variant: Variant, call_id: str = "c1", **changes: Any) -> int:
        """What the tool does when it is let through; returns the post's id."""
        with self.deps.database.session() as session:
            payload = publish_post.function(Context(self.deps, session, self.run, call_id), **self.arguments(variant, **changes))
            return int(payload["post_id"])

    def desk(self, **changes: Any) -> Desk:
        settings = self.settings.model_copy(update=changes)
        return Desk(self.deps, settings, lambda fraction, stage: None, lambda: self.canceled)

    def deliver(self, post_id: int, **changes: Any) -> dict[str, Any]:
        return deliver(self.desk(**changes), post_id)

    def post(self, post_id: int) -> Post:
        with self.deps.database.reading() as session:
            return posts.work(session, post_id).post

    def work(self, post_id: int) -> posts.Work:
        with self.deps.database.reading() as session:
            return posts.work(session, post_id)


def connect_channel(deps: Deps, settings: YouTubeSettings, sandbox: Sandbox, channel_id: int, **choices: Any) -> Account:
    redirect_uri = "http://127.0.0.1:8765/oauth/callback"
    parts = (deps.database, deps.vault, settings)
    consent = begin_connect(*parts, channel_id=channel_id, redirect_uri=redirect_uri, base_url=sandbox.url)
    answer = sandbox.consent(consent.url, **choices)
    return finish_connect(*parts, state=answer["state"], code=answer["code"])


@pytest.fixture
def newsroom(database: Database, deps: Deps, people: Any, youtube: YouTubeSettings, sandbox: Sandbox) -> Newsroom:
    account = connect_channel(deps, youtube, sandbox, people.channel.id)
    with database.session() as session:
        ids = {"workspace_id": people.workspace.id, "conversation_id": people.conversation.id, "member_id": people.owner.id}
        run = Run(**ids, trigger="message", request="post the best one")
        session.add(run)
        session.flush()
        rights = {"rights": Rights.OWNED, "proof": "the owner said so"}
        source = assets.add(
            session, workspace_id=people.workspace.id, sha256="0" * 64, size_bytes=1, kind="source", name="talk.mp4", **rights
        )
    return Newsroom(deps, youtube, sandbox, run, account, source)


def write_mp4(path: Path, size_bytes: int, duration_s: float = 20.0) -> Path:
    """A file that a platform takes for an MP4 of this length, filled up to exactly this size."""
    header = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp42")
    mvhd = struct.pack(">IIIII", 0, 0, 0, 1000, int(duration_s * 1000)) + bytes(80)
    moov = _box(b"moov", _box(b"mvhd", mvhd))
    filling = os.urandom(size_bytes - len(header) - len(moov) - 8)
    path.write_bytes(header + moov + _box(b"free", filling))
    assert hash_file(path).size_bytes == size_bytes
    return path


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


@pytest.fixture
def clip(newsroom: Newsroom, tmp_path: Path) -> Variant:
    """A clip of four and a half chunks."""
    return newsroom.clip(write_mp4(tmp_path / "clip.mp4", 9 * CHUNK_UNIT_BYTES // 2))


@pytest.fixture
def make_mp4() -> Callable[..., Path]:
    return write_mp4


@pytest.fixture
def connect(deps: Deps, youtube: YouTubeSettings, sandbox: Sandbox, people: Any) -> Callable[..., Account]:
    """Connect the sandbox's channel; keywords are what the owner chooses on the consent page."""
    return lambda **choices: connect_channel(deps, youtube, sandbox, people.channel.id, **choices)
