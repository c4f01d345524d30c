"""The supervisor: starts the processes of an installation, starts again those that die, and leaves nothing running.

Used by `forge up` and the demonstration. When a worker dies, what it held is given back at once, so that its jobs run again without waiting
for a lease. Every child is killed by the kernel when the supervisor itself is killed.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.errors import InputError
from memory.settings import StorageSettings
from tools import processes, queue_server
from tools.queue import RqQueue, installation
from worker.sweeper import release

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[1]
_POLL_S = 0.05
_SETTLED_S = 10.0  # a process that lived this long is started again at once when it dies
_BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_COLD_S = 3.0  # after the second SIGTERM


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process to keep running."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's environment."""


def environment_of(settings: StorageSettings) -> dict[str, str]:
    """The settings as the environment variables they are read from."""
    return {f"FORGE_{name.upper()}": str(value) for name, value in settings.model_dump().items()}


def worker_processes(settings: StorageSettings, counts: Mapping[str, int], *, log_level: str = "INFO") -> tuple[ProcessSpec, ...]:
    """Worker processes by pool, such as `{"agent": 1, "cpu": 1, "publish": 1}`."""
    env = {**environment_of(settings), "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))}
    return tuple(
        ProcessSpec(f"{pool}-{number}", (sys.executable, "-m", "worker", "--pool", pool, "--log-level", log_level), env)
        for pool, count in counts.items()
        for number in range(1, count + 1)
    )


class _Child:
    """One process of the supervisor, or the pause before it is started again."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = ""
        self.started = self.restart_at = 0.0
        self.failures = 0


class Supervisor:
    """Keeps processes running from `start` to `stop`; `run` does both around a wait for a signal; a context manager does so too."""

    def __init__(
        self, settings: StorageSettings, processes: Sequence[ProcessSpec], *, grace_s: float = 5.0, logs: Path | None = None
    ) -> None:
        """
        Args:
            settings: The home it supervises; one supervisor at a time.
            processes: What to keep running, usually from `worker_processes`.
            grace_s: How long work in hand may take to end when stopping, in seconds.
            logs: A folder for what each process says; None lets them speak where this process does.
        """
        self._settings, self._grace_s, self._logs = settings, grace_s, logs
        self._children = [_Child(spec) for spec in processes]
        self._database = Database(settings.sqlalchemy_url)
        self._queue = RqQueue(queue_server.client(settings), installation(settings))
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._owns_server = False
        self._open = ExitStack()

    def start(self) -> None:
        """Start everything; returns at once, the rest happens in a thread.

        Raises:
            InputError: Another supervisor has this home, or the queue server does not start.
        """
        self._open.enter_context(_home_lock(self._settings.home))
        try:
            self._owns_server = queue_server.ensure_server(self._settings)
        except InputError:
            self._open.close()
            raise
        # Children are started by one thread that lives as long as they do: their parent-death signal is bound to it.
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End everything: work in hand has `grace_s` to finish, then it is given back. The queue server ends if this one started it."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._owns_server:
            queue_server.stop_server(self._settings)
        self._database.close()
        self._open.close()

    def run(self) -> None:
        """Start, wait for SIGTERM or SIGINT, stop. Call it from the main thread."""
        asked = threading.Event()

        def ask(number: int, frame: FrameType | None) -> None:
            asked.set()

        before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            with self:
                asked.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> "Supervisor":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of what runs right now, by name."""
        return {child.spec.name: child.process.pid for child in self._children if child.process is not None}

    def _watch(self) -> None:
        while not self._ending.is_set():
            for child in self._children:
                if child.process is None:
                    if time.monotonic() >= child.restart_at:
                        self._launch(child)
                elif child.process.poll() is not None:
                    self._bury(child)
            self._ending.wait(_POLL_S)
        self._end_all()

    def _launch(self, child: _Child) -> None:
        parent = os.getpid()
        with self._output(child.spec.name) as output:
            child.process = subprocess.Popen(
                child.spec.argv,
                env={**os.environ, **child.spec.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops them in order
                preexec_fn=lambda: processes.die_with_parent(parent),
            )
        child.owner, child.started = processes.owner_of(child.process.pid), time.monotonic()
        log.info("supervisor.started name=%s pid=%s", child.spec.name, child.process.pid)

    def _output(self, name: str) -> AbstractContextManager[IO[bytes] | None]:
        if self._logs is None:
            return nullcontext()
        self._logs.mkdir(parents=True, exist_ok=True)
        return (self._logs / f"{name}.log").open("ab")

    def _bury(self, child: _Child) -> None:
        """A child died by itself: give back what it held and plan its restart."""
        assert child.process is not None
        code, child.process = child.process.returncode, None
        child.failures = 1 if time.monotonic() - child.started > _SETTLED_S else child.failures + 1
        pause_s = _BACK_OFF_S[min(child.failures, len(_BACK_OFF_S)) - 1]
        child.restart_at = time.monotonic() + pause_s
        log.error("supervisor.died name=%s code=%s restart_in_s=%s", child.spec.name, code, pause_s)
        self._release(child.owner)

    def _release(self, owner: str, *, counts: bool = True) -> None:
        try:
            release(self._database, self._queue, owner, counts=counts)
        except SQLAlchemyError as error:
            log.warning("supervisor.not_released owner=%s error=%s", owner, error)  # a sweeper will

    def _end_all(self) -> None:
        living = [child for child in self._children if child.process is not None]
        _signal(living, signal.SIGTERM)
        if _await(living, self._grace_s):
            _signal(living, signal.SIGTERM)  # cold: the worker kills its horse and gives the job back
        if _await(living, _COLD_S):
            _signal(living, signal.SIGKILL)
            _await(living, _COLD_S)
        for child in living:
            self._release(child.owner, counts=False)
            child.process = None


def _signal(children: Sequence[_Child], number: signal.Signals) -> None:
    for child in children:
        if child.process is not None and child.process.poll() is None:
            child.process.send_signal(number)


def _await(children: Sequence[_Child], within_s: float) -> bool:
    """Wait for children to end. Returns whether some still live."""
    deadline = time.monotonic() + within_s
    while any(child.process is not None and child.process.poll() is None for child in children):
        if time.monotonic() > deadline:
            return True
        time.sleep(_POLL_S)
    return False


def _home_lock(home: Path) -> IO[str]:
    """The lock file of a home, locked until it is closed.

    Raises:
        InputError: Another supervisor holds it.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (home / "forge.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        pid = file.read().strip() or "unknown"
        file.close()
        raise InputError(
            f"ViralForge already runs in {home} (process {pid}).", hint="Stop that one, or choose another home with FORGE_HOME."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
