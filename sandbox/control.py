"""The control room of the sandbox under /__sandbox: a page for a person and JSON for tests. No platform has this.

Every POST must be JSON, so that no web page elsewhere can press these buttons through a form.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from multidict import MultiDict

from sandbox.faults import add_fault, calls
from sandbox.google_api import ApiError, read_json
from sandbox.google_oauth import ConsentError, decide, read_request, redirect_target
from sandbox.google_tokens import expire_access, revoke_grant
from sandbox.pages import page, table, text
from sandbox.postback import change_settings, deliver_due, shop_settings
from sandbox.shop import link_clicks, run_shop
from sandbox.store import Doc
from sandbox.world import DEFAULT_FEATURES, WORLD, World, iso, pacific_day, parse_iso
from sandbox.youtube_videos import all_videos, numbers_at, open_or_close, upload_status

SHOP_LOCK: web.AppKey[asyncio.Lock] = web.AppKey("shop_lock", asyncio.Lock)


class ControlError(Exception):
    """A request that the control room cannot carry out; answered as 400 with the text."""


Action = Callable[[web.Request, Doc], Awaitable[Doc]]


def post(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Wrap an action: JSON in, JSON out, mistakes answered as 400 {"error"}."""

    async def handle(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            return web.json_response(await action(request, await read_json(request)))
        except (ControlError, ConsentError, ValueError, OverflowError, ApiError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle


def posts_of(world: World) -> list[Doc]:
    """Return every video ever uploaded with its file, numbers, links, and how often the same bytes were uploaded."""
    videos, now = all_videos(world), world.now()
    hashes = [video["file"]["sha256"] for video in videos]
    shown = []
    for video in videos:
        snippet, status = video["resource"]["snippet"], video["resource"]["status"]
        seen = numbers_at(world, video, now)
        shown.append(
            {
                "id": video["id"],
                "channel_id": video["channel_id"],
                "title": snippet["title"],
                "description": snippet["description"],
                "privacy": status["privacyStatus"],
                "publish_at": status.get("publishAt"),
                "status": {**upload_status(video, now), **status},
                "resource": video["resource"],
                "created_at": iso(video["created_at"]),
                "deleted": video["deleted"],
                "sha256": video["file"]["sha256"],
                "size": video["file"]["size"],
                "container": video["file"]["container"],
                "same_sha256": hashes.count(video["file"]["sha256"]),
                "numbers": {name: getattr(seen, name) for name in seen.__dataclass_fields__},
                "links": link_clicks(world, video),
            }
        )
    return shown


def state_of(world: World) -> Doc:
    day = pacific_day(world.now())
    quota = {key.rsplit("/", 1)[0]: doc["used"] for key, doc in world.store.items("quota") if key.endswith(day)}
    settings = shop_settings(world)
    return {
        "now": iso(world.now()),
        "now_s": world.now(),
        "seed": world.seed,
        "frozen": (world.store.get("meta", "world") or {})["frozen_at"] is not None,
        "settings": world.settings(),
        "accounts": world.accounts(),
        "grants": world.store.all("grant"),
        "quota_used_today": quota,
        "faults": world.store.all("fault"),
        "posts": len(all_videos(world)),
        "shop": {**settings, "secret": "[redacted]"},
        "events": world.store.count("event"),
        "deliveries": world.store.all("delivery"),
    }


async def get_state(request: web.Request) -> web.Response:
    return web.json_response(state_of(request.app[WORLD]))


async def get_posts(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    run_shop(world)
    return web.json_response({"posts": posts_of(world)})


async def get_calls(request: web.Request) -> web.Response:
    """GET calls?path=<glob>."""
    return web.json_response({"calls": calls(request.app[WORLD], request.query.get("path", "*"))})


async def move_clock(request: web.Request, body: Doc) -> Doc:
    """{advance_s} or {set: RFC 3339}, and {frozen: bool}; answers after the shop has run and each due postback was attempted once."""
    world = request.app[WORLD]
    async with request.app[SHOP_LOCK]:
        if isinstance(body.get("frozen"), bool):
            world.freeze(body["frozen"])
        if "advance_s" in body:
            world.set_clock(world.now() + _number(body, "advance_s"))
        elif "set" in body:
            world.set_clock(parse_iso(str(body["set"])))
        elif "frozen" not in body:
            raise ControlError("name advance_s (seconds), set (an RFC 3339 time) or frozen (true or false)")
        fresh = run_shop(world)
        taken = await deliver_due(world)
    return {"now": iso(world.now()), "now_s": world.now(), "events": len(fresh), "delivered": taken}


def _number(body: Doc, name: str) -> float:
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ControlError(f"{name} {value!r} must be a number of at least 0")
    return float(value)


async def post_fault(request: web.Request, body: Doc) -> Doc:
    return add_fault(request.app[WORLD], body)


async def clear_faults(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    for fault in world.store.all("fault"):
        world.store.delete("fault", str(fault["id"]))
    return web.json_response({"faults": []})


async def reset(request: web.Request, body: Doc) -> Doc:
    """{seed?, start?}: everything is forgotten; with `start` (RFC 3339) the clock stands still there."""
    world = request.app[WORLD]
    seed, start = body.get("seed"), parse_iso(str(body["start"])) if body.get("start") else None
    if not isinstance(seed, int | None):
        raise ControlError(f"seed {seed!r} must be a whole number")
    async with request.app[SHOP_LOCK]:
        world.reset(seed, start)
    return {"now": iso(world.now()), "seed": world.seed}


async def revoke(request: web.Request, body: Doc) -> Doc:
    """{email?, client_id?, access_only?}: the owner takes the grant back, or only the access tokens expire."""
    world = request.app[WORLD]
    email = _account(world, body)["email"]
    if body.get("access_only"):
        return {"expired": expire_access(world, email)}
    return {"revoked": revoke_grant(world, email, str(body.get("client_id", "sandbox-client")))}


def _account(world: World, body: Doc) -> Doc:
    """Return the account that the body names by email; the first one when it names none."""
    account = world.account(str(body["email"])) if "email" in body else world.accounts()[0]
    if account is None:
        raise ControlError(f"there is no account {body['email']!r}")
    return account


async def change_account(request: web.Request, body: Doc) -> Doc:
    """{email?, title?, ypp?, locked_private?, phone_verified?, upload_limit?, has_channel?}: a new email with a title makes an account."""
    world = request.app[WORLD]
    features = {name: value for name, value in body.items() if name not in ("email", "title")}
    for name, value in features.items():
        if name not in DEFAULT_FEATURES or type(value) is not type(DEFAULT_FEATURES[name]):
            raise ControlError(f"feature {name!r} cannot be {value!r}; there are {', '.join(DEFAULT_FEATURES)}")
    if "title" in body and "email" in body and world.account(str(body["email"])) is None:
        return world.add_account(str(body["email"]), str(body["title"]), **features)
    account = {**_account(world, body), **features}
    world.store.put("account", account["email"], account)
    return account


async def change_world(request: web.Request, body: Doc) -> Doc:
    """{processing_s?, session_life_s?, quota?: {bucket: limit}, testing_client?}: how the platforms behave."""
    world = request.app[WORLD]
    settings = world.settings()
    for name in ("processing_s", "session_life_s"):
        if name in body:
            settings[name] = _number(body, name)
    limits = body.get("quota", {})
    if unknown := set(body) - {"processing_s", "session_life_s", "quota", "testing_client"}:
        raise ControlError(f"unknown settings {sorted(unknown)}")
    if not isinstance(limits, dict):
        raise ControlError(f"quota {limits!r} must name limits by bucket")
    for bucket in limits:
        if bucket not in settings["quota"]:
            raise ControlError(f"no quota bucket {bucket!r}; there are {', '.join(settings['quota'])}")
        settings["quota"] = {**settings["quota"], bucket: int(_number(limits, bucket))}
    world.store.put("meta", "settings", settings)
    if isinstance(body.get("testing_client"), bool):
        client = world.store.get("client", "sandbox-client") or {}
        world.store.put("client", "sandbox-client", {**client, "testing": body["testing_client"]})
    return settings


async def change_client(request: web.Request, body: Doc) -> Doc:
    """{redirect_uris: [...]}: register redirect URIs besides loopback ones."""
    world, uris = request.app[WORLD], body.get("redirect_uris")
    if not isinstance(uris, list) or not all(isinstance(uri, str) and urlsplit(uri).scheme in ("http", "https") for uri in uris):
        raise ControlError(f"redirect_uris {uris!r} must be a list of http(s) URIs")
    client = world.store.get("client", "sandbox-client") or {}
    world.store.put("client", "sandbox-client", {**client, "redirect_uris": uris})
    return {"redirect_uris": uris}


async def change_shop(request: web.Request, body: Doc) -> Doc:
    """{postback_url?, secret?, format?, duplicate?, reorder?, delay_s?, wrong_sign?, old_time?}."""
    return {**change_settings(request.app[WORLD], body), "secret": "[redacted]"}


async def change_video(request: web.Request, body: Doc) -> Doc:
    """{failureReason} or {rejectionReason} ends processing badly, {privacyStatus} is the platform's own downgrade."""
    world = request.app[WORLD]
    video = world.store.get("video", request.match_info["id"])
    if video is None:
        raise ControlError(f"there is no video {request.match_info['id']!r}")
    for name, status in (("failureReason", "failed"), ("rejectionReason", "rejected")):
        if name in body:
            video["verdict"] = {"uploadStatus": status, name: str(body[name])}
    if body.get("privacyStatus") in ("private", "unlisted"):
        video["resource"]["status"]["privacyStatus"] = body["privacyStatus"]
        video["resource"]["status"].pop("publishAt", None)
    open_or_close(video, world.now())
    world.store.put("video", video["id"], video)
    return {"id": video["id"], "verdict": video["verdict"], "privacy": video["resource"]["status"]["privacyStatus"]}


async def consent(request: web.Request, body: Doc) -> Doc:
    """{url, email?, scopes?, deny?}: press Allow (or Deny) on the consent page of an authorization URL; answers {redirect_to}."""
    world = request.app[WORLD]
    asked = read_request(world, MultiDict(parse_qsl(urlsplit(str(body.get("url", ""))).query, keep_blank_values=True)))
    scopes = body.get("scopes") or asked["requested"]
    if not isinstance(scopes, list):
        raise ControlError(f"scopes {scopes!r} must be a list of the scopes that stay ticked")
    answer = decide(world, asked, _account(world, body)["email"], scopes, not body.get("deny"))
    return {"redirect_to": redirect_target(asked, answer)}


SCRIPT = """<script>async function send(path, body){const r=await fetch('/__sandbox/'+path,{method:'POST',
headers:{'Content-Type':'application/json'},body:JSON.stringify(body)});const t=await r.text();
document.getElementById('said').textContent=t;if(r.ok)setTimeout(()=>location.reload(),400)}</script>"""
BUTTONS = """<p><button onclick="send('clock',{advance_s:3600})">+1 hour</button> 
<button onclick="send('clock',{advance_s:86400})">+1 day</button>
<button onclick="send('clock',{advance_s:259200})">+3 days</button> <button onclick="send('revoke',{})">Revoke the grant</button>
<button onclick="send('faults',{path:'/*',status:503,times:3})">Next 3 calls fail (503)</button>
<button onclick="send('faults',{path:'/upload/*',method:'PUT',drop:'after'})">Lose the next upload answer</button></p>
<pre id="said"></pre>"""


async def show_page(request: web.Request) -> web.Response:
    """GET /__sandbox/: clock, accounts, posts with numbers, faults and the last calls."""
    world = request.app[WORLD]
    run_shop(world)
    names = ("title", "email", *DEFAULT_FEATURES)
    posts: list[list[object]] = [
        [post_["id"], post_["title"], post_["privacy"], post_["status"]["uploadStatus"], *post_["numbers"].values(), post_["same_sha256"]]
        for post_ in posts_of(world)
    ]
    heads = [
        "id",
        "title",
        "privacy",
        "state",
        "views",
        "engaged",
        "watched s",
        "likes",
        "comments",
        "shares",
        "subs",
        "micro USD",
        "uploads",
    ]
    recent: list[list[object]] = [
        [c["n"], c["at"], c["method"], c["path"], c["status"], c["fault"] or ""] for c in reversed(calls(world, limit=40))
    ]
    faults: list[list[object]] = [[str(fault)] for fault in world.store.all("fault")]
    body = f"""{SCRIPT}<p>The sandbox clock says <b>{text(iso(world.now()))}</b>, seed {world.seed}.</p>{BUTTONS}
<h2>Accounts</h2>{table(list(names), [[account[name] for name in names] for account in world.accounts()])}
<h2>Posts</h2>{table(heads, posts)}<h2>Faults waiting</h2>{table(["fault"], faults)}
<h2>Last calls</h2>{table(["n", "at", "method", "path", "status", "fault"], recent)}"""
    return page("ViralForge sandbox", body)


def routes() -> list[web.RouteDef]:
    actions: dict[str, Action] = {
        "clock": move_clock,
        "faults": post_fault,
        "reset": reset,
        "revoke": revoke,
        "account": change_account,
        "settings": change_world,
        "client": change_client,
        "shop": change_shop,
        "consent": consent,
        "videos/{id}": change_video,
    }
    reads = [
        web.get("/__sandbox", show_page),
        web.get("/__sandbox/", show_page),
        web.get("/__sandbox/state", get_state),
        web.get("/__sandbox/posts", get_posts),
        web.get("/__sandbox/calls", get_calls),
        web.delete("/__sandbox/faults", clear_faults),
    ]
    return reads + [web.post(f"/__sandbox/{path}", post(action)) for path, action in actions.items()]
