"""One look at the world: ask every source, keep what was seen, refresh the ideas. The core of the `discover` job."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from memory.domain import Json, Verdict
from memory.errors import InputError, StoppedError, TransientError
from memory.repositories import feeds, ideas, signals, workspaces
from memory.repositories.controls import check_not_stopped
from memory.repositories.feeds import Remembered
from memory.repositories.ideas import Draft
from memory.repositories.signals import Observation
from memory.tables import Idea
from tools.discovery.feeds import parse_feed, source_name
from tools.discovery.fetch import Fetcher
from tools.discovery.hackernews import SOURCE as HACKER_NEWS
from tools.discovery.hackernews import fetch_stories
from tools.discovery.ideas import draft_ideas
from tools.discovery.settings import DiscoverySettings
from tools.toolkit import Deps

_NEW_PER_LOOK = 50  # ideas that one look may add: more would be a list nobody reads
_STOP_POLL_S = 0.5
_NOT_FEEDS = ("image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/json")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one source said at this look. `problem` may stand beside observations: then they are not all."""

    name: str
    url: str
    observations: tuple[Observation, ...] = ()
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False
    problem: str = ""
    failed: bool = False


def discover(
    deps: Deps,
    workspace_id: int,
    *,
    settings: DiscoverySettings,
    count: int = 5,
    niche: str = "",
    report: Callable[[float, str], None] = lambda fraction, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Json:
    """Look at the sources now and return the best ideas with their evidence.

    Safe to run twice: observations are only added, ideas are updated by topic. No transaction is open while the network is waited
    for or while titles are compared.

    Args:
        count: How many ideas to return.
        niche: What to match against, in the owner's words; empty means the niches of the workspace's channels.

    Raises:
        StoppedError: The owner stopped it, before or during the look.
    """
    check_not_stopped(deps.database, workspace_id)
    urls = _source_urls(settings)
    if not urls:
        return _blocked("There is no source to look at.", "Set DISCOVERY_FEEDS to addresses of feeds, or DISCOVERY_HN_URL.")
    with deps.database.reading() as session:
        remembered = feeds.remembered(session, workspace_id, urls)
        own = [channel.niche for channel in workspaces.list_channels(session, workspace_id) if channel.niche]
    report(0.1, "looking at the sources")
    seen = asyncio.run(_unless_cancelled(look_at_sources(settings, remembered), cancelled))
    at = deps.clock.now()
    with deps.database.session() as session:
        added = _keep(session, workspace_id, seen, at)
    if all(source.failed for source in seen):
        return _blocked("No source answered.", " ".join(_problems(seen)))
    report(0.7, "comparing what was seen")
    best = _refresh(deps, workspace_id, niches=[niche] if niche.strip() else own, at=at, settings=settings, count=count)
    return _result(seen, added, best)


async def look_at_sources(settings: DiscoverySettings, remembered: Mapping[str, Remembered]) -> list[Seen]:
    """Ask all sources at once. A source that fails is a `Seen` that says why; it never fails the others."""
    async with Fetcher(settings) as fetcher:
        looks: list[Awaitable[Seen]] = [_look_at_feed(fetcher, settings, remembered.get(url, Remembered(url))) for url in settings.feeds]
        if settings.hn_url:
            looks.append(_look_at_hacker_news(fetcher, settings))
        return list(await asyncio.gather(*looks))


async def _look_at_feed(fetcher: Fetcher, settings: DiscoverySettings, known: Remembered) -> Seen:
    name = source_name(known.url)
    try:
        page = await fetcher.get(known.url, etag=known.etag, last_modified=known.last_modified)
        if page.body is None:
            return Seen(
                name, known.url, etag=page.etag or known.etag, last_modified=page.last_modified or known.last_modified, unchanged=True
            )
        if page.content_type.startswith(_NOT_FEEDS):
            return Seen(name, known.url, problem=f"it answered with {page.content_type[:60]}, which is no feed.", failed=True)
        return Seen(name, known.url, parse_feed(page.body, name, settings.max_items), page.etag, page.last_modified)
    except (InputError, TransientError) as error:
        return Seen(name, known.url, problem=str(error), failed=True)


async def _look_at_hacker_news(fetcher: Fetcher, settings: DiscoverySettings) -> Seen:
    try:
        stories = await fetch_stories(fetcher, settings)
    except (InputError, TransientError) as error:
        return Seen(HACKER_NEWS, settings.hn_url, problem=str(error), failed=True)
    return Seen(HACKER_NEWS, settings.hn_url, stories.observations, problem=" ".join(stories.problems))


async def _unless_cancelled(work: Awaitable[T], cancelled: Callable[[], bool]) -> T:
    """Wait for work and ask twice a second whether it is still wanted.

    Raises:
        StoppedError: It is not; what was under way is closed.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_STOP_POLL_S)
            if cancelled():
                raise StoppedError("The look at the sources was stopped.")
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _keep(session: Session, workspace_id: int, seen: list[Seen], at: datetime) -> int:
    """Save what the sources said: how they answered, and the observations. Returns how many observations are new."""
    feeds.remember(session, workspace_id, [Remembered(s.url, s.etag, s.last_modified, s.problem) for s in seen], at)
    return signals.append(session, workspace_id, [o for source in seen for o in source.observations], at)


def _refresh(deps: Deps, workspace_id: int, *, niches: list[str], at: datetime, settings: DiscoverySettings, count: int) -> list[Idea]:
    """Make ideas of what was observed lately: known topics are rescored, the best new ones are added."""
    since = at - timedelta(hours=settings.window_h)
    with deps.database.reading() as session:
        rows = signals.recent(session, workspace_id, since)
        known = set(ideas.topics(session, workspace_id, since))
    drafts = draft_ideas(rows, niches=niches, known_topics=known, at=at)
    new = [draft for draft in drafts if draft.topic not in known][:_NEW_PER_LOOK]
    kept: list[Draft] = [draft for draft in drafts if draft.topic in known] + new
    with deps.database.session() as session:
        ideas.refresh(session, workspace_id, kept, at)
        return list(ideas.best(session, workspace_id, status=ideas.NEW, limit=count, since=at))


def _result(seen: list[Seen], added: int, best: list[Idea]) -> Json:
    items = sum(len(source.observations) for source in seen)
    unchanged = sum(source.unchanged for source in seen)
    reasons = _problems(seen)
    text = f"I looked at {len(seen)} source{'s' if len(seen) > 1 else ''} and saw {items} stories, {added} observations are new"
    text += f"; {unchanged} had nothing new." if unchanged else "."
    if reasons:
        text += f" {len(reasons)} had a problem: {' '.join(reasons)}"
    return {
        "verdict": Verdict.DEGRADED if reasons else Verdict.OK,
        "text": f"{text} {describe_ideas(best)}",
        "reasons": reasons,
        "sources": len(seen),
        "sources_failed": sum(source.failed for source in seen),
        "items": items,
        "observations_added": added,
        "ideas": [show_idea(idea) for idea in best],
    }


def show_idea(idea: Idea) -> Json:
    """An idea as data for a plan: words from outside stand under `title_from_source` and nowhere else."""
    return {
        "idea_id": idea.id,
        "score": idea.score,
        "why": idea.why,
        "status": idea.status,
        "suspicious": any(entry["suspicious"] for entry in idea.evidence),
        "evidence": idea.evidence,
    }


def describe_ideas(rows: Sequence[Idea]) -> str:
    """Ideas for a person to read, best first; titles stand between quotation marks, without markup."""
    if not rows:
        return "There is no idea yet."
    return "\n".join(["", *(f"{place}. {row.title}, score {row.score:.0f}, idea {row.id}: {row.why}" for place, row in enumerate(rows, 1))])


def _problems(seen: list[Seen]) -> list[str]:
    return [f"{source.name}: {source.problem}" for source in seen if source.problem]


def _blocked(text: str, what_to_do: str) -> Json:
    return {"verdict": Verdict.BLOCKED, "text": f"{text} {what_to_do}", "reasons": [what_to_do], "ideas": []}


def _source_urls(settings: DiscoverySettings) -> list[str]:
    return [*settings.feeds, *([settings.hn_url] if settings.hn_url else [])]
