"""The Hacker News item API (the Firebase form) over the sandbox's topics: bare JSON lists, items, and `null` for what is unknown."""

import math
import re

from aiohttp import web

from sandbox.store import Doc
from sandbox.topics import FIRST_ID, ID_STEP, Topic, living_topics, topic
from sandbox.world import WORLD, World

KIDS = 30  # top comments named by an item


def rank(one: Topic, now: float) -> float:
    """Return the front page order: points against age, as the site is known to weigh them (points-1)/(hours+2)^1.8."""
    return (one.score(now) - 1) / math.pow((now - one.born_at) / 3600 + 2, 1.8)


async def top_stories(request: web.Request) -> web.Response:
    """GET /v0/topstories.json: up to 500 ids, best first."""
    world = request.app[WORLD]
    now = world.now()
    return web.json_response([one.item_id for one in sorted(living_topics(world), key=lambda one: -rank(one, now))])


async def new_stories(request: web.Request) -> web.Response:
    """GET /v0/newstories.json: up to 500 ids, newest first."""
    return web.json_response([one.item_id for one in reversed(living_topics(request.app[WORLD]))])


async def best_stories(request: web.Request) -> web.Response:
    """GET /v0/beststories.json: up to 200 ids by score."""
    world = request.app[WORLD]
    now = world.now()
    return web.json_response([one.item_id for one in sorted(living_topics(world), key=lambda one: -one.score(now))][:200])


async def show_item(request: web.Request) -> web.Response:
    """GET /v0/item/<id>.json: a story, a comment, or null."""
    if not re.fullmatch(r"\d{1,12}", request.match_info["id"]):
        return web.json_response(None)
    return web.json_response(find_item(request.app[WORLD], int(request.match_info["id"]), f"{request.scheme}://{request.host}"))


def find_item(world: World, item_id: int, base_url: str) -> Doc | None:
    """Return an item as the API shows it; None when it does not exist yet or never will."""
    number, comment = divmod(item_id - FIRST_ID, ID_STEP)
    now = world.now()
    if number < 0:
        return None
    one = topic(world.seed, world.started_at, number)
    if one.born_at > now or comment > one.comments(now):
        return None
    if comment:
        text = f"Comment {comment} on this."
        return {
            "id": item_id,
            "type": "comment",
            "by": f"user{item_id % 9973}",
            "time": int(one.born_at) + comment,
            "parent": one.item_id,
            "text": text,
        }
    said = one.comments(now)
    story = {
        "by": one.author,
        "descendants": said,
        "id": item_id,
        "score": one.score(now),
        "time": int(one.born_at),
        "title": one.title,
        "type": "story",
    }
    kids = {"kids": [item_id + n for n in range(1, min(said, KIDS) + 1)]} if said else {}
    return {**story, **kids, "url": f"{base_url}/articles/{number}"}


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v0/topstories.json", top_stories),
        web.get("/v0/newstories.json", new_stories),
        web.get("/v0/beststories.json", best_stories),
        web.get(r"/v0/item/{id}.json", show_item),
    ]
