"""The HTTP door as one application. Handlers read, hand over to `tools`, and answer; what blocks runs in a thread."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from memory.errors import InputError, RefusedError
from memory.repositories import offers
from tools.monetization import postback
from tools.monetization.settings import ShopSettings
from tools.publishing.settings import YouTubeSettings
from tools.toolkit import Deps
from web.oauth import CALLBACK, Answered, take_answer

log = logging.getLogger(__name__)

MOST_BODY_BYTES = 64 * 1024

DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
SHOP: web.AppKey[ShopSettings] = web.AppKey("shop", ShopSettings)


def make_app(deps: Deps, shop: ShopSettings, youtube: YouTubeSettings, answered: Answered | None = None) -> web.Application:
    """The application over real parts. `answered` hears of every consent that came back."""
    app = web.Application(client_max_size=MOST_BODY_BYTES)
    app[DEPS], app[SHOP] = deps, shop
    app.router.add_get("/healthz", healthz)
    app.router.add_get(CALLBACK, partial(take_answer, deps=deps, youtube=youtube, answered=answered), allow_head=False)
    app.router.add_post("/postback/shop", take_postback)
    app.on_startup.append(_settle_what_waits)
    return app


async def healthz(request: web.Request) -> web.Response:
    """GET /healthz: 200 when the database can be read, 503 when not."""
    try:
        await asyncio.to_thread(_look, request.app[DEPS])
    except SQLAlchemyError:
        log.exception("healthz.database")
        return web.json_response({"status": "the database cannot be read"}, status=503)
    return web.json_response({"status": "ok"})


def _look(deps: Deps) -> None:
    with deps.database.reading() as session:
        offers.only_workspace(session)


async def take_postback(request: web.Request) -> web.Response:
    """POST /postback/shop: keep a signed event, answer 200 once it is kept, then book it."""
    body = await request.read()
    try:
        postback.check_signature(request.app[SHOP], request.headers.get("X-Shop-Signature", ""), body, datetime.now(UTC))
        fields = _fields(request.content_type, body)
        is_new = await asyncio.to_thread(_keep, request.app[DEPS], fields)
    except RefusedError as error:
        log.warning("postback.refused remote=%s reason=%s", request.remote, error)
        return web.json_response({"error": str(error)}, status=401)
    except InputError as error:
        return web.json_response({"error": str(error)}, status=400)
    await asyncio.to_thread(postback.settle_postbacks, request.app[DEPS].database)
    return web.json_response({"status": "kept" if is_new else "known"})


def _keep(deps: Deps, fields: object) -> bool:
    with deps.database.session() as session:
        return postback.receive(session, fields)


def _fields(content_type: str, body: bytes) -> object:
    if content_type != "application/json":
        raise InputError(f"send application/json, not {content_type}.")
    try:
        return json.loads(body)
    except ValueError as error:
        raise InputError("The body is no JSON.") from error


async def _settle_what_waits(app: web.Application) -> None:
    """Book what was kept before a crash and not booked."""
    await asyncio.to_thread(postback.settle_postbacks, app[DEPS].database)
