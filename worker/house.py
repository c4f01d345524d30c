"""Which processes an installation consists of, and the stand-ins it needs. `forge up`, `forge chat` and the demo start from it."""

import fcntl
import json
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from memory.errors import AppError, InputError
from memory.settings import StorageSettings
from worker.supervisor import ProcessSpec, environment_of, worker_processes

WORKERS: Mapping[str, int] = {"agent": 1, "cpu": 1, "publish": 1}
SANDBOX_CLIENT = {
    "YOUTUBE_CLIENT_ID": "sandbox-client",
    "YOUTUBE_CLIENT_SECRET": "sandbox-secret",
    "SHOP_SECRET": "sandbox-postback-secret",
}
"""What the sandbox's built-in OAuth client and shop are called. They open nothing but the sandbox."""

_START_S = 60.0  # measured 1 to 2 s; the rest is for a machine that is full
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class House:
    """An installation as processes. `sandbox_url` is empty where real platforms are configured."""

    settings: StorageSettings
    processes: tuple[ProcessSpec, ...]
    web_url: str
    sandbox_url: str = ""

    def wait_until_open(self) -> None:
        """Wait until the doors answer.

        Raises:
            AppError: One does not answer in time.
        """
        _await_answer("The web door", f"{self.web_url}/healthz")
        if self.sandbox_url:
            _await_answer("The sandbox", f"{self.sandbox_url}/__sandbox/state")


def plan_house(
    settings: StorageSettings,
    *,
    sandbox: bool,
    web_host: str = "127.0.0.1",
    web_port: int = 0,
    telegram: bool = False,
    workers: Mapping[str, int] = WORKERS,
    extra: Callable[[str], Mapping[str, str]] | None = None,
) -> House:
    """Decide what runs. Ports are chosen here and kept in the home, because accounts remember the sandbox's address.

    Args:
        sandbox: Whether the sandbox stands in for the platforms.
        web_port: 0 takes the one used before, or a free one.
        telegram: Whether the Telegram door is configured.
        workers: How many processes per pool.
        extra: More environment for every process, given the sandbox's address.

    Raises:
        InputError: A port is taken by another program.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = web_port or _keep_port(settings.home, "web")
    _check_free(web_host, port, "WEB_PORT")
    sandbox_port = _keep_port(settings.home, "sandbox") if sandbox else 0
    if sandbox:
        _check_free("127.0.0.1", sandbox_port, f"the sandbox's entry in {settings.home / 'ports.json'}")
    sandbox_url = f"http://127.0.0.1:{sandbox_port}" if sandbox else ""
    env = {**(SANDBOX_CLIENT if sandbox else {}), **(extra(sandbox_url) if extra else {})}
    specs = [*worker_processes(settings, workers), _module("web", settings, WEB_HOST=web_host, WEB_PORT=str(port))]
    if telegram:
        specs.append(_module("bot", settings))
    specs = [ProcessSpec(spec.name, spec.argv, {**spec.env, **env}) for spec in specs]
    if sandbox:
        specs.insert(0, _sandbox(settings, sandbox_port))
    shown_host = "127.0.0.1" if web_host in ("0.0.0.0", "::") else web_host
    return House(settings, tuple(specs), f"http://{shown_host}:{port}", sandbox_url)


def is_running(settings: StorageSettings) -> bool:
    """Whether a supervisor holds this home right now."""
    path = settings.home / "forge.lock"
    if not path.exists():
        return False
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _sandbox(settings: StorageSettings, port: int) -> ProcessSpec:
    state = str(settings.home / "sandbox.db")
    return _module("sandbox", settings, "--port", str(port), "--seed", "7", "--state", state, "--die-with-parent")


def _module(name: str, settings: StorageSettings, *arguments: str, **env: str) -> ProcessSpec:
    root = str(Path(__file__).resolve().parents[1])
    return ProcessSpec(name, (sys.executable, "-m", name, *arguments), {**environment_of(settings), "PYTHONPATH": root, **env})


def _keep_port(home: Path, name: str) -> int:
    path = home / "ports.json"
    kept: dict[str, int] = {}
    with suppress(OSError, ValueError):
        kept = {str(key): int(value) for key, value in json.loads(path.read_text()).items()}
    if name not in kept:
        kept[name] = _free_port()
        path.write_text(json.dumps(kept))
    return kept[name]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_free(host: str, port: int, setting: str) -> None:
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"Port {port} on {host} cannot be used: {error.strerror}.", hint=f"Free it, or change {setting}.") from error


def _await_answer(what: str, url: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5.0).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(_POLL_S)
    raise AppError(f"{what} did not answer at {url} within {_START_S:g} s.", hint="Its words are in the logs folder of the home.")
