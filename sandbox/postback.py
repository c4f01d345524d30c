"""The shop tells an affiliate's server about each event: signed, retried until it is taken, and as unkind as it is told to be.

`X-Shop-Signature: t=<unix>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. `t` is real time, for it guards the transport against replay
and the receiver checks it by its own clock; `occurred_at` is the sandbox clock. Delivery state is kept in the state file.
"""

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from sandbox.shop import run_shop
from sandbox.store import Doc
from sandbox.world import World, iso

RETRY_S = (30, 120, 600, 3600, 14_400, 43_200)  # sandbox seconds after the 1st, 2nd, … failed attempt; the last one repeats
TIMEOUT = aiohttp.ClientTimeout(total=5)
OLD_S = 3600
DEFAULTS: Doc = {
    "postback_url": None,
    "secret": "sandbox-postback-secret",
    "format": "json",  # or "form"
    "duplicate": 0,  # so many of the next events are sent twice
    "reorder": False,  # newest first
    "delay_s": 0,  # sandbox seconds before the first attempt
    "wrong_sign": 0,  # so many of the next posts carry a wrong signature
    "old_time": 0,  # so many of the next posts carry a signature of an hour ago
}


def shop_settings(world: World) -> Doc:
    return {**DEFAULTS, **(world.store.get("meta", "shop") or {})}


def change_settings(world: World, changes: Doc) -> Doc:
    """Change the merchant's settings.

    Raises:
        ValueError: A name or a type is wrong.
    """
    for name, value in changes.items():
        if name not in DEFAULTS:
            raise ValueError(f"unknown shop setting {name!r}; there are {', '.join(DEFAULTS)}")
        wanted = (str, type(None)) if name == "postback_url" else type(DEFAULTS[name])
        if not isinstance(value, wanted):
            raise ValueError(f"shop setting {name} cannot be {value!r}")
    if changes.get("format", "json") not in ("json", "form"):
        raise ValueError(f"format {changes['format']!r} must be json or form")
    world.store.put("meta", "shop", {**(world.store.get("meta", "shop") or {}), **changes})
    return shop_settings(world)


def sign(secret: str, body: bytes, at: int) -> str:
    """Return the signature header of a body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def deliver_due(world: World) -> int:
    """Attempt every delivery that is due, once each; return how many were taken with a 2xx."""
    settings = shop_settings(world)
    if not settings["postback_url"]:
        return 0
    due = [doc for doc in world.store.all("delivery") if doc["state"] == "pending" and _due_at(doc, settings) <= world.now()]
    pairs = [(doc, event) for doc in due if (event := world.store.get("event", doc["event_id"]))]
    pairs.sort(key=lambda pair: pair[1]["occurred_at"], reverse=settings["reorder"])
    taken = 0
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        for delivery, event in pairs:
            taken += await _attempt(world, session, delivery, event)
    return taken


def _due_at(delivery: Doc, settings: Doc) -> float:
    return float(delivery["next_at"]) + (0 if delivery["attempts"] else float(settings["delay_s"]))


async def _attempt(world: World, session: aiohttp.ClientSession, delivery: Doc, event: Doc) -> bool:
    settings = shop_settings(world)
    copies = 2 if _use_up(world, "duplicate") else 1
    for _ in range(copies):
        status = await _post(world, session, settings, event)
    ok = isinstance(status, int) and 200 <= status < 300
    wait = RETRY_S[min(len(delivery["attempts"]), len(RETRY_S) - 1)]
    delivery["attempts"].append({"at": iso(world.now()), "result": status, "copies": copies})
    delivery |= {"state": "delivered" if ok else "pending", "next_at": world.now() + wait}
    world.store.put("delivery", delivery["event_id"], delivery)
    return ok


async def _post(world: World, session: aiohttp.ClientSession, settings: Doc, event: Doc) -> int | str:
    """Post one event; return the status, or the error's name when there was no answer."""
    body = (urlencode(event) if settings["format"] == "form" else json.dumps(event, separators=(",", ":"))).encode()
    at = int(time.time()) - (OLD_S if _use_up(world, "old_time") else 0)
    secret = "not-" + settings["secret"] if _use_up(world, "wrong_sign") else settings["secret"]
    kind = "application/x-www-form-urlencoded" if settings["format"] == "form" else "application/json"
    headers = {"Content-Type": kind, "X-Shop-Signature": sign(secret, body, at), "User-Agent": "SandboxShop/1"}
    try:
        async with session.post(settings["postback_url"], data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return type(error).__name__


def _use_up(world: World, name: str) -> bool:
    left = int(shop_settings(world)[name])
    if left:
        change_settings(world, {name: left - 1})
    return left > 0


async def keep_delivering(world: World, lock: asyncio.Lock, every_s: float = 0.5) -> None:
    """Let time pass: run the shop and deliver what is due, for as long as the server runs."""
    while True:
        await asyncio.sleep(every_s)
        async with lock:
            run_shop(world)
            await deliver_due(world)
