"""Hacker News through its public API (Firebase, no key): the lists, then their items side by side.

Source: the API's own page (github.com/HackerNews/API): `/v0/topstories.json`, `/v0/newstories.json`, `/v0/item/<id>.json`.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from memory.errors import InputError, TransientError
from memory.repositories.signals import Observation
from tools.discovery.fetch import Fetcher
from tools.discovery.settings import DiscoverySettings
from tools.discovery.words import clean_title, clean_url

SOURCE = "Hacker News"


class Item(BaseModel):
    """What we read of an item. Other kinds than stories and dead ones are left out."""

    id: int = Field(ge=1, le=2**53)
    type: str = ""
    title: str = ""
    url: str = ""
    score: int | None = Field(None, ge=-(2**31), le=2**53)
    descendants: int | None = Field(None, ge=0, le=2**53)
    time: int | None = Field(None, ge=0, le=4_000_000_000)
    dead: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Stories:
    observations: tuple[Observation, ...]
    problems: tuple[str, ...]
    """What could not be read, in words an owner may see; the observations stand without it."""


async def fetch_stories(fetcher: Fetcher, settings: DiscoverySettings) -> Stories:
    """Read the newest standing of the listed stories.

    Raises:
        TransientError, InputError: No list could be read at all.
    """
    wanted = {"topstories": settings.hn_top, "newstories": settings.hn_new}
    lists = [_fetch_ids(fetcher, f"{settings.hn_url}/v0/{name}.json", count) for name, count in wanted.items() if count]
    answers = await asyncio.gather(*lists, return_exceptions=True)
    problems = [_expected(answer) for answer in answers if isinstance(answer, BaseException)]
    ids = dict.fromkeys(item_id for answer in answers if not isinstance(answer, BaseException) for item_id in answer)
    if problems and not ids:
        raise problems[0]
    items = await asyncio.gather(*(_fetch_item(fetcher, settings.hn_url, item_id) for item_id in ids), return_exceptions=True)
    failed = [_expected(item) for item in items if isinstance(item, BaseException)]
    if ids and len(failed) == len(ids):
        raise failed[0]
    said = [str(problem) for problem in problems]
    if failed:
        said.append(f"{len(failed)} of {len(ids)} stories could not be read: {failed[0]}")
    return Stories(tuple(item for item in items if isinstance(item, Observation)), tuple(said))


async def _fetch_ids(fetcher: Fetcher, url: str, count: int) -> list[int]:
    value = _json((await fetcher.get(url)).body)
    if not isinstance(value, list):
        raise InputError("its list of stories is not a list.")
    return [entry for entry in value if type(entry) is int and 0 < entry <= 2**53][:count]


async def _fetch_item(fetcher: Fetcher, base: str, item_id: int) -> Observation | None:
    """One story; None for what is no story any more (the API answers null, or marks it)."""
    value = _json((await fetcher.get(f"{base}/v0/item/{item_id}.json")).body)
    if value is None:
        return None
    try:
        item = Item.model_validate(value, strict=True)
    except ValidationError as error:
        raise InputError("a story does not have the form the API promises.") from error
    title = clean_title(item.title)
    if item.type != "story" or item.dead or item.deleted or not title or item.id != item_id:
        return None
    link = clean_url(item.url) or f"https://news.ycombinator.com/item?id={item.id}"
    published = datetime.fromtimestamp(item.time, UTC) if item.time is not None else None
    return Observation(SOURCE, str(item.id), title, link, item.score, item.descendants, published)


def _json(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError) as error:
        raise InputError("its answer is not JSON.") from error


def _expected(error: BaseException) -> InputError | TransientError:
    """An error of a source; anything else is a bug, a stop or a time limit, and goes on up."""
    if not isinstance(error, InputError | TransientError):
        raise error
    return error
