"""Run the sandbox on a loopback address until SIGTERM, SIGINT or, if wished, the death of the parent."""

import asyncio
import ctypes
import json
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox.app import make_app
from sandbox.world import World

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def run(
    host: str = "127.0.0.1",
    port: int = 0,
    state_path: Path | None = None,
    seed: int = 7,
    *,
    announce: Path | None = None,
    die_with_parent: bool = False,
    start: float | None = None,
) -> None:
    """Serve until a signal says stop; the state then lies complete in `state_path`, as it does after SIGKILL.

    Args:
        host: A loopback address; the sandbox is open to whoever reaches it.
        port: 0 takes a free one.
        state_path: SQLite file to keep; None forgets all at the end.
        seed: Of a new world; a kept one has its own.
        announce: Where `{"url": ...}` is written once the sandbox listens.
        die_with_parent: Stop when the parent dies (Linux). The kernel means the thread that started us: start it from one that stays.
        start: Unix seconds at which a new world's clock stands still; None lets it run from now.

    Raises:
        ValueError: The host is not a loopback address.
        OSError: The port is taken.
    """
    if host not in LOOPBACK:
        raise ValueError(f"host {host!r} must be a loopback address: 127.0.0.1, ::1 or localhost")
    if die_with_parent and sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            return
    world = World(state_path, seed, start)
    try:
        asyncio.run(_serve(world, host, port, announce))
    finally:
        world.close()


async def _serve(world: World, host: str, port: int, announce: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_app(world), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, reuse_address=True).start()
        address = runner.addresses[0]
        url = f"http://{f'[{address[0]}]' if ':' in address[0] else address[0]}:{address[1]}"
        if announce is not None:
            draft = announce.with_name(announce.name + ".draft")
            draft.write_text(json.dumps({"url": url}))
            draft.replace(announce)  # readers see the whole file or none
        sys.stdout.write(f"sandbox listens on {url} (control page {url}/__sandbox/)\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()
