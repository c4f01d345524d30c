"""A small server of feeds in a thread, and a database with our own tables."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import web

from memory.database import Database
from memory.tables import Table
from tools.discovery.look import discover
from tools.discovery.settings import DiscoverySettings
from tools.toolkit import Deps

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Sources:
    """A web server whose pages a test sets: `sources.pages["/a.xml"] = "<rss>…"`."""

    address: str = ""
    pages: dict[str, str | bytes | web.Response | Answer] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)

    def settings(self, *paths: str, hn: bool = False, **options: object) -> DiscoverySettings:
        feeds = " ".join(self.address + path for path in paths)
        return DiscoverySettings(feeds=feeds, hn_url=self.address if hn else "", timeout_s=2.0, **options)

    @staticmethod
    def rss(*titles: str, link: str = "https://example.org/") -> str:
        one = "<item><title>{title}</title><link>{link}{n}</link><guid>{link}{title}</guid></item>"
        items = "".join(one.format(title=title, link=link, n=n) for n, title in enumerate(titles))
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title>{items}</channel></rss>'

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if isinstance(page, str | bytes):
            return web.Response(body=page, content_type="application/xml")
        if isinstance(page, web.Response):
            return page
        return await page(request)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "home").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'home' / 'forge.db'}")
    with database.engine.begin() as connection:
        Table.metadata.create_all(connection)
    yield database
    database.close()


@pytest.fixture
def workspace_id(people: Any) -> int:
    return int(people.workspace.id)


@pytest.fixture
def look(deps: Deps, workspace_id: int) -> Any:
    return lambda settings, **options: discover(deps, workspace_id, settings=settings, **options)


@pytest.fixture
def sources() -> Iterator[Sources]:
    served = Sources()

    def make() -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", served.answer)
        return app

    with Serve(make) as server:
        served.address = server.address
        yield served


class Serve:
    """Serve an application on a free port of the loopback address, in a thread of its own, where it is made too; a context manager."""

    def __init__(self, make: Callable[[], web.Application]) -> None:
        self._make = make
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def call(self, function: Callable[[], None]) -> None:
        """Run a function in the server's thread."""

        async def run() -> None:
            function()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(self._make(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()


@pytest.fixture
def serve() -> type[Serve]:
    return Serve
