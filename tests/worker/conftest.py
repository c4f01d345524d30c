"""A real Valkey server and real worker processes in a temporary home."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.database import Database
from memory.domain import JobStatus, Json
from memory.repositories import jobs
from memory.settings import StorageSettings
from memory.tables import Job
from tools import queue_server
from tools.queue import RqQueue, create_job, open_queue

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
sys.path.append(str(FOLDER))  # for tiny_jobs, which workers import by name


def until(claim: Callable[[], bool], within_s: float = 20.0) -> float:
    """Wait for something to become true. Returns how long it took."""
    started = time.monotonic()
    while not claim():
        assert time.monotonic() - started < within_s, "it did not become true in time"
        time.sleep(0.01)
    return time.monotonic() - started


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Iterator[StorageSettings]:
    """A home with its own queue server, which ends with the test."""
    settings = StorageSettings(home=tmp_path / "home", database_url=sqlite_url, lease_s=2.0)
    queue_server.ensure_server(settings, die_with_parent=True)
    yield settings
    queue_server.stop_server(settings)


@pytest.fixture
def queue(settings: StorageSettings) -> RqQueue:
    return open_queue(settings)


class Desk:
    """Asks for jobs and looks at them, as the bot would."""

    def __init__(self, database: Database, queue: RqQueue, folder: Path) -> None:
        self.database, self.queue, self.file = database, queue, folder / "notes"

    def ask(self, kind: str, *, key: str = "", send: bool = True, **extra: object) -> int:
        from tiny_jobs import SPECS

        payload: Json = {"file": str(self.file), **extra}
        with self.database.session() as session:
            row = create_job(session, kind=kind, key=key or f"{kind}-{time.monotonic_ns()}", payload=payload, spec=SPECS[kind])
        if send:
            self.queue.send(row.id, row.pool)
        return row.id

    def row(self, job_id: int) -> Job:
        with self.database.reading() as session:
            row = jobs.find(session, job_id)
        assert row is not None
        return row

    def wait(self, job_id: int, status: JobStatus = JobStatus.SUCCEEDED, within_s: float = 20.0) -> Job:
        until(lambda: self.row(job_id).status is status, within_s)
        return self.row(job_id)

    @property
    def starts(self) -> list[int]:
        """The process ids of every start of a job so far."""
        return [int(line) for line in self.file.read_text().split()] if self.file.exists() else []

    @property
    def child(self) -> int:
        """The process id of the child that a sleeping job started."""
        file = Path(f"{self.file}.child")
        until(lambda: file.exists() and file.read_text() != "")
        return int(file.read_text())


@pytest.fixture
def desk(database: Database, queue: RqQueue, tmp_path: Path) -> Desk:
    return Desk(database, queue, tmp_path)


def environment(settings: StorageSettings) -> dict[str, str]:
    from worker.supervisor import environment_of

    return {**os.environ, **environment_of(settings), "PYTHONPATH": f"{ROOT}{os.pathsep}{FOLDER}"}


@pytest.fixture
def start_worker(settings: StorageSettings) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a worker process that knows the tiny jobs; all are killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*pools: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(FOLDER / "tiny_jobs.py"), *(pools or ("cpu", "agent"))]
        process = subprocess.Popen(command, env=environment(settings))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture(name="is_running")
def _is_running() -> Callable[[int], bool]:
    return is_running


@pytest.fixture(name="until")
def _until() -> Callable[..., float]:
    return until


@pytest.fixture
def worker_environment(settings: StorageSettings) -> dict[str, str]:
    return environment(settings)


@pytest.fixture(name="environment")
def _environment() -> Callable[[StorageSettings], dict[str, str]]:
    return environment


@pytest.fixture
def make_desk() -> type[Desk]:
    return Desk
