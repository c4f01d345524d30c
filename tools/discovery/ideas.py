"""From observations to ideas: things, their groups, and a score with its reasons. Plain functions over rows; nothing is written here."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.domain import Json
from memory.repositories.ideas import Draft
from memory.tables import Signal
from tools.discovery.dedupe import group_keys
from tools.discovery.velocity import Velocity, measure_velocity
from tools.discovery.words import is_suspicious, quoted, tokens, topic_key

# How much each part counts; our own judgement, to be learned from results later. What rises now counts most.
WEIGHTS: Mapping[str, float] = {"velocity": 0.4, "recency": 0.2, "sources": 0.2, "niche": 0.2}
HALF_LIFE_H = 12.0  # after this many hours a story counts half as recent
MAX_EVIDENCE = 8
_NICHE_WORDS = 3  # this many of the owner's words in a title are a full match


@dataclass(frozen=True, slots=True)
class Thing:
    """One story of one source with all we observed of it: the last observation and what they say together."""

    last: Signal
    first_seen: datetime
    observations: int
    velocity: Velocity | None

    @property
    def since(self) -> datetime:
        """When it began: the source's own date, or our first sight of it where the source gives none."""
        return self.last.published_at or self.first_seen


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a score, each 0 to 1. `velocity` is None while there is no data, `niche` is None when no niche is set."""

    velocity: float | None
    recency: float
    sources: float
    niche: float | None

    @property
    def score(self) -> float:
        """0 to 100. A speed nobody measured counts as an ordinary one (0.5); without a niche its weight goes to the others."""
        values = {"velocity": 0.5 if self.velocity is None else self.velocity, "recency": self.recency, "sources": self.sources}
        if self.niche is not None:
            values["niche"] = self.niche
        total = sum(WEIGHTS[name] for name in values)
        return round(100 * sum(WEIGHTS[name] * value for name, value in values.items()) / total, 1)


def collect_things(signals: Iterable[Signal]) -> list[Thing]:
    """Put the observations of each thing together; `signals` are in order of time."""
    series: dict[tuple[str, str], list[Signal]] = {}
    for signal in signals:
        series.setdefault((signal.source, signal.external_id), []).append(signal)
    return [
        Thing(rows[-1], rows[0].observed_at, len(rows), measure_velocity((row.observed_at, row.points) for row in rows))
        for rows in series.values()
    ]


def draft_ideas(signals: Iterable[Signal], *, niches: Sequence[str], known_topics: Iterable[str], at: datetime) -> list[Draft]:
    """Make one draft per topic, best score first. A known topic keeps its key when its title comes back in other words."""
    things = collect_things(signals)
    keys = [topic_key(thing.last.title) for thing in things]
    groups = group_keys(keys, known_topics)
    topics: dict[str, list[Thing]] = {}
    for thing, key in zip(things, keys, strict=True):
        if key:
            topics.setdefault(groups[key], []).append(thing)
    ranks = _ranks(things)
    wanted = [set(tokens(niche)) for niche in niches if niche.strip()]
    drafts = [_draft(topic, members, ranks, wanted, at) for topic, members in topics.items()]
    return sorted(drafts, key=lambda draft: (-draft.score, draft.topic))


def _draft(topic: str, members: list[Thing], ranks: Mapping[int, float], wanted: Sequence[set[str]], at: datetime) -> Draft:
    members = sorted(members, key=lambda thing: (-_speed(thing), -(thing.last.points or 0), thing.last.source, thing.last.external_id))
    matched = _niche_match(members, wanted)
    speeds = [ranks[id(thing)] for thing in members if id(thing) in ranks]
    parts = Parts(
        velocity=max(speeds, default=None),
        recency=0.5 ** (_age_h(members, at) / HALF_LIFE_H),
        sources=1 - 0.5 ** (len({thing.last.source for thing in members}) - 1),
        niche=min(1.0, len(matched) / _NICHE_WORDS) if wanted else None,
    )
    evidence = tuple(_evidence(thing) for thing in members[:MAX_EVIDENCE])
    return Draft(topic, quoted(members[0].last.title), parts.score, _why(members, matched, bool(wanted), at), evidence)


def _ranks(things: Sequence[Thing]) -> dict[int, float]:
    """How a thing's speed stands among the things of its own source, 0 to 1: points of two sources are not the same coin."""
    by_source: dict[str, list[Thing]] = {}
    for thing in things:
        if thing.velocity is not None:
            by_source.setdefault(thing.last.source, []).append(thing)
    ranks: dict[int, float] = {}
    for rivals in by_source.values():
        speeds = sorted(_speed(thing) for thing in rivals)
        for thing in rivals:
            slower, not_faster = bisect_left(speeds, _speed(thing)), bisect_right(speeds, _speed(thing))
            ranks[id(thing)] = (slower + not_faster) / 2 / len(speeds)
    return ranks


def _speed(thing: Thing) -> float:
    return thing.velocity.per_hour if thing.velocity else -1.0


def _age_h(members: Sequence[Thing], at: datetime) -> float:
    newest = max(thing.since for thing in members)
    return max(0.0, (at - newest).total_seconds() / 3600)  # a source's clock may run ahead of ours


def _niche_match(members: Sequence[Thing], wanted: Sequence[set[str]]) -> list[str]:
    """The owner's words that the titles touch, of the niche that fits best; singular and plural count as one word."""
    said = {_stem(word) for thing in members for word in tokens(thing.last.title)}
    matches = [sorted(word for word in niche if _stem(word) in said) for niche in wanted]
    return max(matches, key=len, default=[])


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _evidence(thing: Thing) -> Json:
    """What an idea stands on, as data: the title is the source's, every number is its counter or our measurement."""
    row = thing.last
    return {
        "source": row.source,
        "title_from_source": row.title,
        "suspicious": is_suspicious(row.title),
        "url": row.url,
        "points": row.points,
        "comments": row.comments,
        "velocity_per_hour": round(thing.velocity.per_hour, 1) if thing.velocity else None,
        "velocity_span_h": round(thing.velocity.span_h, 2) if thing.velocity else None,
        "observations": thing.observations,
        "published_at": row.published_at.isoformat() if row.published_at else None,
        "last_seen_at": row.observed_at.isoformat(),
    }


def _why(members: Sequence[Thing], matched: Sequence[str], has_niche: bool, at: datetime) -> str:
    """The reasons in our own words; of the titles' words only those that the owner's niche has too."""
    sources = {thing.last.source for thing in members}
    fastest = members[0]
    said = [f"in {len(sources)} source{'s' if len(sources) > 1 else ''}", f"newest {_age_h(members, at):.0f} h old"]
    if fastest.velocity:
        said.append(
            f"{fastest.velocity.per_hour:.0f} points per hour at {fastest.last.source}, measured over {fastest.velocity.span_h:.1f} h "
            f"({fastest.velocity.observations} observations)"
        )
    else:
        said.append("no data on its speed yet (that takes two looks at a source that counts)")
    if has_niche:
        said.append(f"touches your niche: {', '.join(matched)}" if matched else "does not touch your niche")
    return "; ".join(said) + "."
