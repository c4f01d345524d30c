"""Feeds over the same topics: two RSS 2.0, one Atom, with ETag and Last-Modified; and three that a careful reader must survive."""

import asyncio
import hashlib
from email.utils import formatdate, parsedate_to_datetime

from aiohttp import web

from sandbox.pages import page, text
from sandbox.topics import FEEDS, Topic, living_topics, topic
from sandbox.world import WORLD, World, iso

ATOM = {"science"}
ITEMS = 20
TYPES = {True: "application/atom+xml", False: "application/rss+xml"}

BILLION_LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE rss [<!ENTITY passwd SYSTEM "file:///etc/passwd"><!ENTITY remote SYSTEM "http://127.0.0.1:9/x"><!ENTITY l0 "lol">{}]>
<rss version="2.0"><channel><title>&l9;</title><link>http://127.0.0.1:9/</link><description>&passwd;&remote;</description></channel></rss>"""


async def show_feed(request: web.Request) -> web.Response:
    """GET /feeds/<name>.xml: conditional requests are answered 304."""
    name, world = request.match_info["name"], request.app[WORLD]
    if name not in FEEDS:
        raise web.HTTPNotFound(text="No such feed.")
    topics = [one for one in reversed(living_topics(world)) if one.feed == name][:ITEMS]
    base = f"{request.scheme}://{request.host}"
    body = (atom if name in ATOM else rss)(name, topics, base, world)
    newest = max((one.born_at for one in topics), default=world.started_at)
    headers = {"ETag": f'"{hashlib.sha256(body.encode()).hexdigest()[:20]}"', "Last-Modified": formatdate(newest, usegmt=True)}
    if _unchanged(request, headers["ETag"], newest):
        return web.Response(status=304, headers=headers)
    return web.Response(text=body, content_type=TYPES[name in ATOM], charset="utf-8", headers={**headers, "Cache-Control": "max-age=600"})


def _unchanged(request: web.Request, tag: str, newest: float) -> bool:
    """Decide a conditional request; If-None-Match goes before If-Modified-Since (RFC 9110, 13.2.2)."""
    tags, since = request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")
    if tags is not None:
        return tags.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in tags.split(",")]
    if since is None:
        return False
    try:
        return int(newest) <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


def rss(name: str, topics: list[Topic], base: str, world: World) -> str:
    """Return an RSS 2.0 document, newest item first."""
    items = "".join(
        f"<item><title>{text(one.title)}</title><link>{base}/articles/{one.number}</link>"
        f'<guid isPermaLink="false">sandbox-{name}-{one.number}</guid><pubDate>{formatdate(one.born_at)}</pubDate>'
        f"<description>{text(one.summary)}</description></item>"
        for one in topics
    )
    about = f"<title>Sandbox {name}</title><link>{base}/</link><description>What {name} people read</description>"
    head = about + "<language>en</language><ttl>15</ttl>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>'


def atom(name: str, topics: list[Topic], base: str, world: World) -> str:
    """Return an Atom 1.0 document (RFC 4287), newest entry first."""
    entries = "".join(
        f'<entry><id>urn:sandbox:{name}:{one.number}</id><title>{text(one.title)}</title><link href="{base}/articles/{one.number}"/>'
        f"<published>{iso(one.born_at)}</published><updated>{iso(one.born_at)}</updated><author><name>{one.author}</name></author>"
        f"<summary>{text(one.summary)}</summary></entry>"
        for one in topics
    )
    updated = iso(max((one.born_at for one in topics), default=world.started_at))
    about = f"<id>urn:sandbox:{name}</id><title>Sandbox {name}</title><updated>{updated}</updated>"
    head = about + f'<link rel="self" href="{base}/feeds/{name}.xml"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'


async def show_article(request: web.Request) -> web.Response:
    """GET /articles/<n>: the page behind a topic."""
    world, number = request.app[WORLD], request.match_info["number"]
    one = topic(world.seed, world.started_at, int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else None
    if one is None or one.born_at > world.now():
        return page("Not found", "<p>No such article.</p>", status=404)
    return page(one.title, f"<p>{text(one.summary)}</p><p>By {text(one.author)}, {iso(one.born_at)}</p>")


async def hostile_feed(request: web.Request) -> web.Response:
    """GET /feeds/hostile.xml: nested entities (billion laughs) and external entities."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return web.Response(text=BILLION_LAUGHS.format(entities), content_type=TYPES[False])


async def huge_feed(request: web.Request) -> web.StreamResponse:
    """GET /feeds/huge.xml: never ends until the reader hangs up."""
    response = web.StreamResponse(headers={"Content-Type": TYPES[False]})
    await response.prepare(request)
    item = b"<item><title>" + b"more " * 4000 + b"</title></item>\n"
    try:
        await response.write(b'<?xml version="1.0"?><rss version="2.0"><channel><title>Huge</title>')
        while True:
            await response.write(item)
            await asyncio.sleep(0)
    except ConnectionError:
        return response


async def slow_feed(request: web.Request) -> web.StreamResponse:
    """GET /feeds/slow.xml: one byte a second, for ten minutes."""
    response = web.StreamResponse(headers={"Content-Type": TYPES[False]})
    await response.prepare(request)
    try:
        for n in range(600):
            await response.write(b'<?xml version="1.0"?>'[n : n + 1] or b" ")
            await asyncio.sleep(1)
    except ConnectionError:
        return response
    return response


def routes() -> list[web.RouteDef]:
    return [
        web.get("/feeds/hostile.xml", hostile_feed),
        web.get("/feeds/huge.xml", huge_feed),
        web.get("/feeds/slow.xml", slow_feed),
        web.get("/feeds/{name}.xml", show_feed),
        web.get("/articles/{number}", show_article),
    ]
