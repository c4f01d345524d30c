"""A merchant with an affiliate programme: product pages, clicks, orders by `ref`, and a list of conversions to poll.

The audience clicks links to /shop/p/<id>?ref=<code> that it finds in descriptions of public videos, and sometimes orders.
A person or a test can order too, with the button on the product page. Money is integer minor units of USD.
"""

import re
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from sandbox.audience import Profile, age_of_order, clicks, orders
from sandbox.pages import page, text
from sandbox.store import Doc
from sandbox.world import WORLD, World, iso, parse_iso, stable_id
from sandbox.youtube_videos import all_videos, profile_of, public_age

API_KEY = "sandbox-shop-key"
CURRENCY = "USD"
# Price in cents and the affiliate's share in per cent.
PRODUCTS = {
    "desk-lamp": ("Desk Lamp Dawn", 4900, 12),
    "mic": ("Pocket Microphone", 7900, 10),
    "notebook": ("Dot Grid Notebook", 1900, 20),
    "course": ("Short Video Course", 9900, 30),
}
REVERSED_SHARE = 12  # one order in twelve is sent back
REVERSED_AFTER_S = 6 * 86_400
LINK = re.compile(r"https?://[^\s<>\"']+/shop/p/[a-z0-9-]+\?[^\s<>\"']+")


def links_in(description: str) -> list[tuple[str, str]]:
    """Return (product, ref) of every shop link in a text, once each."""
    found = []
    for url in LINK.findall(description):
        parts = urlsplit(url)
        ref = parse_qs(parts.query).get("ref", [""])[0]
        product = parts.path.rsplit("/", 1)[-1]
        if ref and product in PRODUCTS and (product, ref) not in found:
            found.append((product, ref))
    return found


def run_shop(world: World) -> list[Doc]:
    """Let the audience shop up to now; return the new events, oldest first. Running it twice adds nothing."""
    now = world.now()
    fresh: list[Doc] = []
    with world.store.transaction():
        for video in all_videos(world):
            fresh += _run_video(world, video, now)
        fresh += _reverse(world, now)
    return sorted(fresh, key=lambda event: event["occurred_at"])


def _run_video(world: World, video: Doc, now: float) -> list[Doc]:
    """Follow the links of one video's description and place the orders that are due.

    Each link keeps from which age to which it stood there, so an edited description earns only while it shows the link.
    """
    age = public_age(video, now)
    shown = [] if video["deleted"] or not age else links_in(video["resource"]["snippet"]["description"])
    links, changed = video["links"], False
    for link in links:
        if link["until"] is None and (link["product"], link["ref"]) not in shown:
            link["until"], changed = age, True
    standing = {(link["product"], link["ref"]) for link in links if link["until"] is None}
    for product, ref in shown:
        if (product, ref) not in standing:
            links.append({"product": product, "ref": ref, "since": age if video.get("shopped") else 0.0, "until": None, "orders": 0})
            changed = True
    if age and not video.get("shopped"):  # from the first visit on, a link that appears began at its own age and not at 0
        video["shopped"] = changed = True
    profile = profile_of(world, video)
    events = [event for n, link in enumerate(links) for event in _order_due(world, video, profile, n, age)]
    if changed or events:
        world.store.put("video", video["id"], video)
    return events


def _order_due(world: World, video: Doc, profile: Profile, n: int, age: float) -> list[Doc]:
    """Place the orders through one link that fell due at its age; a time in public is turned back into a time of the clock."""
    link, events = video["links"][n], []
    upto = min(age, link["until"]) if link["until"] is not None else age
    base = orders(profile, link["since"])
    while link["orders"] + 1 <= orders(profile, upto) - base:
        link["orders"] += 1
        at = _time_of_age(video, age_of_order(profile, base + link["orders"], upto))
        events.append(add_order(world, link["product"], link["ref"], at, f"{video['id']}/{n}/{link['orders']}"))
    return events


def _time_of_age(video: Doc, age: float) -> float:
    """Return when the video had been public for `age` seconds."""
    for start, end in video["public"]:
        if end is None or age <= end - start:
            return float(start + age)
        age -= end - start
    return float(video["public"][-1][1])


def link_clicks(world: World, video: Doc) -> list[Doc]:
    """Return the clicks of the audience by link: {product, ref, clicks, orders}."""
    profile, age = profile_of(world, video), public_age(video, world.now())
    shown = []
    for link in video["links"]:
        upto = min(age, link["until"]) if link["until"] is not None else age
        counted = int(clicks(profile, upto)) - int(clicks(profile, link["since"]))
        shown.append({"product": link["product"], "ref": link["ref"], "clicks": counted, "orders": link["orders"]})
    return shown


def add_order(world: World, product: str, ref: str, at: float, name: str) -> Doc:
    """Store an approved order and return its event. `name` makes the ids: the same name is the same order."""
    _, price, share = PRODUCTS[product]
    order_id = "ord_" + stable_id(world.seed, f"order/{name}", 16)
    return _add_event(world, order_id, product, ref, price, price * share // 100, "approved", at)


def _add_event(world: World, order_id: str, product: str, ref: str, amount: int, commission: int, status: str, at: float) -> Doc:
    event_id = "evt_" + stable_id(world.seed, f"event/{order_id}/{status}", 20)
    money = {"amount_minor": amount, "commission_minor": commission, "currency": CURRENCY}
    event = {"event_id": event_id, "order_id": order_id, "ref": ref, "product": product, **money, "status": status, "occurred_at": iso(at)}
    world.store.put("event", event_id, event)
    world.store.put("delivery", event_id, {"event_id": event_id, "attempts": [], "state": "pending", "next_at": world.now()})
    return event


def _reverse(world: World, now: float) -> list[Doc]:
    """Send back the orders whose buyer changes their mind: one in twelve, six days after."""
    events = world.store.all("event")
    back = {event["order_id"] for event in events if event["status"] == "reversed"}
    made = []
    for event in events:
        due = parse_iso(event["occurred_at"]) + REVERSED_AFTER_S
        if event["order_id"] not in back and due <= now and _regrets(event["order_id"]):
            made.append(reverse_order(world, event, due))
    return made


def _regrets(order_id: str) -> bool:
    return sum(order_id.encode()) % REVERSED_SHARE == 0


def reverse_order(world: World, event: Doc, at: float) -> Doc:
    """Reverse an approved order; the event repeats the amounts that are taken back."""
    amounts = event["amount_minor"], event["commission_minor"]
    return _add_event(world, event["order_id"], event["product"], event["ref"], *amounts, "reversed", at)


async def show_product(request: web.Request) -> web.Response:
    """GET /shop/p/<id>?ref=: a product page; the visit counts as a click of the ref."""
    world, product = request.app[WORLD], request.match_info["product"]
    if product not in PRODUCTS:
        return page("No such product", "<p>This shop does not sell that.</p>", status=404)
    name, price, _ = PRODUCTS[product]
    ref = request.query.get("ref", "")
    key = f"{product}/{ref}"
    world.store.put(
        "visit", key, {"product": product, "ref": ref, "visits": (world.store.get("visit", key) or {"visits": 0})["visits"] + 1}
    )
    field = f'<input type="hidden" name="ref" value="{text(ref)}">'
    form = f'<form method="post" action="/shop/p/{product}/buy">{field}<button>Buy</button></form>'
    return page(name, f"<p>{price // 100}.{price % 100:02} {CURRENCY}</p>{form}")


async def buy_product(request: web.Request) -> web.Response:
    """POST /shop/p/<id>/buy with form field `ref`: an order at once."""
    world, product = request.app[WORLD], request.match_info["product"]
    if product not in PRODUCTS:
        return page("No such product", "<p>This shop does not sell that.</p>", status=404)
    ref = str((await request.post()).get("ref", ""))
    with world.store.transaction():
        event = add_order(world, product, ref, world.now(), f"buy/{world.next_number('buy')}")
    return page("Thank you", f"<p>Order {text(event['order_id'])}</p>", status=201)


async def list_conversions(request: web.Request) -> web.Response:
    """GET /shop/api/conversions?since=<RFC 3339>&ref=&limit=&after=<event_id>: events in the order they were recorded."""
    world = request.app[WORLD]
    if request.headers.get("X-Api-Key") != API_KEY and request.headers.get("Authorization") != f"Bearer {API_KEY}":
        return web.json_response({"error": "unauthorized", "message": "Send the key as X-Api-Key."}, status=401)
    run_shop(world)
    try:
        since = parse_iso(request.query["since"]) if "since" in request.query else 0.0
        limit = int(request.query.get("limit", "100"))
    except ValueError as error:
        return web.json_response({"error": "bad_request", "message": str(error)}, status=400)
    if not 1 <= limit <= 500:
        return web.json_response({"error": "bad_request", "message": f"limit {limit} must lie in 1..500"}, status=400)
    events = [event for event in world.store.all("event") if parse_iso(event["occurred_at"]) >= since]
    events = [event for event in events if request.query.get("ref", event["ref"]) == event["ref"]]
    ids = [event["event_id"] for event in events]
    start = ids.index(request.query["after"]) + 1 if request.query.get("after") in ids else 0
    return web.json_response({"conversions": events[start : start + limit], "has_more": start + limit < len(events)})


def routes() -> list[web.RouteDef]:
    return [
        web.get("/shop/p/{product}", show_product),
        web.post("/shop/p/{product}/buy", buy_product),
        web.get("/shop/api/conversions", list_conversions),
    ]
