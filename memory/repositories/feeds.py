"""What is remembered of the sources between two looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.tables import Feed


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a source said at the last look that gave something, and what went wrong at the last look, if anything."""

    url: str
    etag: str = ""
    last_modified: str = ""
    error: str = ""


def remembered(session: Session, workspace_id: int, urls: Iterable[str]) -> Mapping[str, Remembered]:
    """The known sources among `urls`, by address."""
    rows = session.scalars(select(Feed).where(Feed.workspace_id == workspace_id, Feed.url.in_(list(urls))))
    return {row.url: Remembered(row.url, row.etag, row.last_modified, row.error) for row in rows}


def remember(session: Session, workspace_id: int, sources: Sequence[Remembered], checked_at: datetime) -> None:
    """Keep what the sources said now. A source that failed keeps its old validators, so that the next look can still be short."""
    for source in sorted(sources, key=lambda source: source.url):
        row = session.get(Feed, (workspace_id, source.url))
        if row is None:
            row = Feed(workspace_id=workspace_id, url=source.url, etag="", last_modified="")
            session.add(row)
        if not source.error:
            row.etag, row.last_modified = source.etag, source.last_modified
        row.error, row.checked_at = source.error, checked_at
    session.flush()


def listing(session: Session, workspace_id: int) -> Sequence[Feed]:
    """All sources looked at so far, by address."""
    return session.scalars(select(Feed).where(Feed.workspace_id == workspace_id).order_by(Feed.url)).all()
