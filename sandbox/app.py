"""Put the platforms together into one aiohttp application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from sandbox import control, feeds, google_oauth, hackernews, shop, youtube_analytics, youtube_data, youtube_upload
from sandbox.faults import around_calls, stamp_date
from sandbox.postback import keep_delivering
from sandbox.world import WORLD, World

SUBJECTS = (google_oauth, youtube_upload, youtube_data, youtube_analytics, shop, feeds, hackernews, control)


def make_app(world: World) -> web.Application:
    """Return the sandbox over a world. The caller closes the world after the application's clean-up."""
    app = web.Application(middlewares=[around_calls])
    app[WORLD] = world
    app[control.SHOP_LOCK] = asyncio.Lock()
    app[youtube_upload.GENERATIONS] = {}
    for subject in SUBJECTS:
        app.add_routes(subject.routes())
    app.on_response_prepare.append(stamp_date)
    app.cleanup_ctx.append(_let_time_pass)
    return app


async def _let_time_pass(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_delivering(app[WORLD], app[control.SHOP_LOCK]))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
