"""Observations of what is trending. Rows are only added: together they are a time series per thing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from memory.tables import Signal

T = TypeVar("T")

_CHUNK = 500  # rows per statement: SQLite binds at most 32,766 values, a row here has ten


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing as one source showed it. `points` and `comments` are None where the source counts none."""

    source: str
    external_id: str
    title: str
    url: str = ""
    points: int | None = None
    comments: int | None = None
    published_at: datetime | None = None

    @property
    def is_counted(self) -> bool:
        return self.points is not None


def append(session: Session, workspace_id: int, observations: Iterable[Observation], observed_at: datetime) -> int:
    """Add what was seen at one instant; the same thing of the same source at the same instant is one row.

    A thing without a counter says nothing new when it is seen again, so it is added at its first sight alone.

    Returns:
        How many rows were added.
    """
    found = {(o.source, o.external_id): o for o in observations}
    uncounted = [key for key, o in found.items() if not o.is_counted]
    known = _known(session, workspace_id, uncounted)
    rows = [_row(workspace_id, o, observed_at) for key, o in found.items() if key not in known]
    return sum(_insert(session, chunk) for chunk in _chunks(rows))


def recent(session: Session, workspace_id: int, since: datetime, limit: int = 20_000) -> Sequence[Signal]:
    """The newest observations since a time, in order of time."""
    query = (
        select(Signal)
        .where(Signal.workspace_id == workspace_id, Signal.observed_at >= since)
        .order_by(Signal.observed_at.desc(), Signal.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()[::-1]


def _known(session: Session, workspace_id: int, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    known: set[tuple[str, str]] = set()
    for source, ids in by_source.items():
        for chunk in _chunks(ids):
            query = select(Signal.external_id).where(
                Signal.workspace_id == workspace_id, Signal.source == source, Signal.external_id.in_(chunk)
            )
            known.update((source, external_id) for external_id in session.scalars(query))
    return known


def _insert(session: Session, rows: list[dict[str, object]]) -> int:
    on_postgres = session.get_bind().dialect.name == "postgresql"
    statement = postgresql.insert(Signal) if on_postgres else sqlite.insert(Signal)
    added = session.scalars(statement.values(rows).on_conflict_do_nothing().returning(Signal.id)).all()
    return len(added)


def _row(workspace_id: int, o: Observation, observed_at: datetime) -> dict[str, object]:
    return {
        "workspace_id": workspace_id,
        "source": o.source,
        "external_id": o.external_id,
        "title": o.title,
        "url": o.url,
        "points": o.points,
        "comments": o.comments,
        "published_at": o.published_at,
        "observed_at": observed_at,
    }


def _chunks(values: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
