"""The middleware around every platform call: the `Date` of the sandbox clock, the record of calls, and faults on demand."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from sandbox.google_api import ApiError
from sandbox.store import Doc
from sandbox.world import WORLD, World, iso
from sandbox.youtube_upload import PARTIAL

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CONTROL = "/__sandbox"
CALLS_KEPT = 2000
LONGEST_DELAY_S = 600
SECRET_QUERY = {"code", "token", "key", "access_token", "refresh_token", "client_secret", "upload_id", "code_challenge"}
FIELDS: dict[str, type | tuple[type, ...]] = {
    "path": str,
    "method": str,
    "status": int,
    "body": (str, dict, list),
    "headers": dict,
    "delay_s": (int, float),
    "drop": str,
    "partial_bytes": int,
    "times": int,
}


def add_fault(world: World, fault: Doc) -> Doc:
    """Store a fault; it stays until it was met `times` times (1 unless told otherwise).

    Raises:
        ValueError: A field is unknown or has a wrong value.
    """
    for name, value in fault.items():
        if name not in FIELDS or not isinstance(value, FIELDS[name]) or isinstance(value, bool):
            raise ValueError(f"fault field {name!r} cannot be {value!r}; there are {', '.join(FIELDS)}")
    if fault.get("drop", "before") not in ("before", "after"):
        raise ValueError(f"drop {fault['drop']!r} must be 'before' or 'after' the call is processed")
    if not 0 <= fault.get("delay_s", 0) <= LONGEST_DELAY_S:
        raise ValueError(f"delay_s {fault['delay_s']} must lie in 0..{LONGEST_DELAY_S}")
    if not 100 < fault.get("status", 503) < 600 or fault.get("times", 1) < 1 or fault.get("partial_bytes", 0) < 0:
        raise ValueError("status lies in 101..599, times is at least 1, partial_bytes at least 0")
    number = world.next_number("fault")
    kept = {"id": number, "path": "/*", "method": "*", "times": 1, **fault}
    world.store.put("fault", str(number), kept)
    return kept


def take_fault(world: World, method: str, path: str) -> Doc | None:
    """Return the first fault that fits a call and count it down; None when none fits."""
    for fault in world.store.all("fault"):
        if fnmatchcase(path, fault["path"]) and fault["method"] in ("*", method):
            if fault["times"] <= 1:
                world.store.delete("fault", str(fault["id"]))
            else:
                world.store.put("fault", str(fault["id"]), {**fault, "times": fault["times"] - 1})
            return fault
    return None


@web.middleware
async def around_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Meet faults and record the call; the control pages are left alone."""
    if request.path.startswith(CONTROL):
        return await handler(request)
    world = request.app[WORLD]
    fault = take_fault(world, request.method, request.path)
    number = _record(world, request, fault)
    response = await (_meet(request, handler, fault) if fault else _answer(request, handler))
    _complete(world, number, response)
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return error.to_response()
    except web.HTTPException as error:  # the router's own 404 and 405
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return web.Response(status=error.status, text=error.text, headers=headers)


async def _meet(request: web.Request, handler: Handler, fault: Doc) -> web.StreamResponse:
    if "partial_bytes" in fault:
        request[PARTIAL] = fault["partial_bytes"]
    if fault.get("delay_s"):
        await asyncio.sleep(fault["delay_s"])
    if fault.get("drop") == "before":
        return _hang_up(request)
    if "status" in fault:
        return _fixed(fault)
    response = await _answer(request, handler)
    return _hang_up(request) if fault.get("drop") == "after" else response


def _fixed(fault: Doc) -> web.Response:
    body = fault.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    headers = {str(name): str(value) for name, value in fault.get("headers", {}).items()}
    if "Content-Type" not in headers:
        headers["Content-Type"] = kind
    return web.Response(status=fault["status"], body=text.encode(), headers=headers)


def _hang_up(request: web.Request) -> web.Response:
    """Cut the connection: the answer that is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499, reason="Connection dropped by a fault")


def _record(world: World, request: web.Request, fault: Doc | None) -> int:
    number = world.next_number("call")
    query = [[name, "[redacted]" if name in SECRET_QUERY else value] for name, value in request.query.items()]
    call: Doc = {"n": number, "at": iso(world.now()), "method": request.method, "path": request.path, "query": query, "status": None}
    call |= {"content_range": request.headers.get("Content-Range"), "content_length": request.content_length}
    call |= {"authorized": "Authorization" in request.headers, "fault": fault["id"] if fault else None}
    world.store.put("call", str(number), call)
    if number % 100 == 0:
        world.store.trim("call", CALLS_KEPT)
    return number


def _complete(world: World, number: int, response: web.StreamResponse) -> None:
    call = world.store.get("call", str(number))
    if call is not None:
        world.store.put("call", str(number), {**call, "status": response.status})


async def stamp_date(request: web.Request, response: web.StreamResponse) -> None:
    """Set `Date` from the sandbox clock: it is how clients learn the platform's time."""
    response.headers["Date"] = formatdate(request.app[WORLD].now(), usegmt=True)


def calls(world: World, path: str = "*", limit: int = CALLS_KEPT) -> list[dict[str, Any]]:
    """Return the recorded calls whose path fits, oldest first."""
    return [call for call in world.store.all("call") if fnmatchcase(call["path"], path)][-limit:]
