"""What all scenarios of a suite share: one sandbox process, an empty migrated database to copy, one small clip rendered for real."""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from sqlalchemy import event

from memory.database import Database, migrate
from memory.domain import Json
from tools.ffmpeg import run_ffmpeg
from tools.video.analysis import analyse
from tools.video.brief import Brief
from tools.video.shorts import Short, make_shorts

ROOT = Path(__file__).parents[1]
CLIP_BYTES = 1_300_000  # five upload chunks of 256 KiB: there is a middle to break in
_START_S = 60.0


class InfrastructureError(Exception):
    """The stage did not stand: nothing is said about the agents by this."""


@dataclass(frozen=True, slots=True)
class Platforms:
    """The outside world: the sandbox with its control room."""

    url: str
    http: httpx.Client

    def control(self, path: str, /, **body: Any) -> Json:
        return self._answer("POST", path, json=body)

    def get(self, path: str) -> Json:
        return self._answer("GET", path)

    def _answer(self, method: str, path: str, **more: Any) -> Json:
        try:
            reply = self.http.request(method, f"{self.url}/__sandbox/{path}", **more)
        except httpx.TransportError as error:
            raise InfrastructureError(f"the sandbox does not answer: {error}") from error
        if reply.status_code != 200:
            raise InfrastructureError(f"the sandbox refused {path}: {reply.text[:200]}")
        return dict(reply.json())

    def consent(self, url: str) -> dict[str, str]:
        """What the owner's browser would bring back after pressing Allow."""
        target = self.control("consent", url=url)["redirect_to"]
        return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


@dataclass(frozen=True, slots=True)
class Stage:
    """Shared by the worlds of a suite; each world makes a folder of its own inside `folder`."""

    folder: Path
    platforms: Platforms
    database: Database
    """One engine for all worlds, which learns each statement once; its file is replaced before each world."""
    empty: Path
    """A migrated database without rows."""
    source: Path
    short: Short
    seed: int


@contextmanager
def open_stage(seed: int = 7) -> Iterator[Stage]:
    """Build the stage; it is gone afterwards.

    Raises:
        InfrastructureError: The sandbox did not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="forge-evals-"))
    try:
        with _sandbox(folder, seed) as platforms:
            source = _make_source(folder / "source.mp4")
            (short,) = make_shorts(source, analyse(source), Brief(count=1, min_s=4.0, max_s=8.0, preset="quick"), folder / "short")
            database = Database(f"sqlite:///{folder / 'forge.db'}")
            event.listen(database.engine, "connect", _hurry)
            try:
                yield Stage(folder, platforms, database, _make_database(folder / "empty.db"), source, short, seed)
            finally:
                database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _sandbox(folder: Path, seed: int) -> Iterator[Platforms]:
    announce = folder / "sandbox.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--seed", str(seed), "--die-with-parent"]
    command += ["--state", str(folder / "sandbox.db"), "--announce", str(announce)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_S
        while not announce.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise InfrastructureError("the sandbox did not start")
            time.sleep(0.02)
        with httpx.Client(timeout=30) as http:
            yield Platforms(json.loads(announce.read_text(encoding="utf-8"))["url"], http)
    finally:
        process.terminate()
        process.wait(10)


def _hurry(connection: Any, record: Any) -> None:
    """No waiting for the disk: processes are killed here, never the machine."""
    connection.execute("PRAGMA synchronous=OFF")


def _make_database(path: Path) -> Path:
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


def _make_source(path: Path) -> Path:
    """Twelve seconds of moving picture and a tone that comes and goes."""
    picture = "testsrc2=size=640x360:rate=25:duration=12"
    sound = "sine=frequency=330:duration=12,volume='if(lt(mod(t,3),2.2),0.5,0.05)':eval=frame"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    run_ffmpeg([*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)], timeout_s=60)
    return path


def write_clip(short: Path, path: Path, number: int) -> Path:
    """A copy of the rendered clip with a `free` box behind it (ISO/IEC 14496-12, 8.1.2): same video, other bytes, several chunks."""
    clip = short.read_bytes()
    filling = max(16, CLIP_BYTES - len(clip) - 8)
    path.write_bytes(clip + struct.pack(">I4s", filling + 8, b"free") + struct.pack(">Q", number) + bytes(filling - 8))
    return path
