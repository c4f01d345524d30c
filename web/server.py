"""Run the HTTP door: in this event loop, in a thread beside other work, or as a process of its own."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from memory.errors import InputError
from tools.monetization.settings import ShopSettings
from tools.publishing.settings import YouTubeSettings
from tools.toolkit import Deps
from web.app import make_app

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the application itself needs to know."""

    shop: ShopSettings
    youtube: YouTubeSettings


@dataclass(frozen=True, slots=True)
class Running:
    """A door that is open."""

    url: str
    runner: web.AppRunner

    async def close(self) -> None:
        """Stop listening; requests that are being answered get a second."""
        await self.runner.cleanup()


async def start(settings: Settings, deps: Deps, host: str, port: int) -> Running:
    """Listen in the running loop. Port 0 takes a free one.

    Raises:
        InputError: The address cannot be used.
    """
    runner = web.AppRunner(make_app(deps, settings.shop, settings.youtube), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise InputError(f"The web door cannot listen on {host}:{port}: {error.strerror}.", hint="Set WEB_PORT to another port.") from error
    address = runner.addresses[0]
    url = f"http://{address[0]}:{address[1]}"
    log.info("web.listening url=%s", url)
    return Running(url, runner)


@contextmanager
def in_thread(settings: Settings, deps: Deps, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Keep the door open in a thread while the block runs; gives its address.

    Raises:
        InputError: The address cannot be used.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="web", daemon=True)
    thread.start()
    try:
        running = asyncio.run_coroutine_threadsafe(start(settings, deps, host, port), loop).result(30)
        try:
            yield running.url
        finally:
            asyncio.run_coroutine_threadsafe(running.close(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def serve(settings: Settings, deps: Deps, host: str, port: int, stop: asyncio.Event) -> None:
    """Listen until `stop` is set."""
    running = await start(settings, deps, host, port)
    try:
        await stop.wait()
    finally:
        await running.close()
