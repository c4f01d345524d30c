"""Ideas: what could be made next. One row per topic of a workspace; a person's decision on it is never overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.errors import InputError
from memory.tables import Idea

NEW, TAKEN, DISMISSED = "new", "taken", "dismissed"
_CHUNK = 500  # rows per statement: SQLite binds at most 32,766 values, a row here has nine


@dataclass(frozen=True, slots=True)
class Draft:
    """An idea as one look sees it. `topic` is its key, `title` and `why` are our own words or marked quotations."""

    topic: str
    title: str
    score: float
    why: str
    evidence: tuple[Json, ...]


def topics(session: Session, workspace_id: int, since: datetime) -> list[str]:
    """The topics that were seen since a time."""
    query = select(Idea.topic).where(Idea.workspace_id == workspace_id, Idea.updated_at >= since).order_by(Idea.id)
    return list(session.scalars(query))


def refresh(session: Session, workspace_id: int, drafts: Sequence[Draft], at: datetime) -> list[Idea]:
    """Write drafts over the ideas of their topics, and add the topics that are new. A row's status stays as it is.

    Returns:
        The rows, in the order of the drafts.
    """
    rows: dict[str, Idea] = {}
    ordered = sorted(drafts, key=lambda draft: draft.topic)  # one order for everybody: two refreshes cannot deadlock
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        _add_missing(session, workspace_id, chunk, at)
        query = select(Idea).where(Idea.workspace_id == workspace_id, Idea.topic.in_([draft.topic for draft in chunk]))
        rows |= {row.topic: row for row in session.scalars(query.execution_options(populate_existing=True))}
    for draft in ordered:
        row = rows[draft.topic]
        row.title, row.score, row.why, row.evidence, row.updated_at = draft.title, draft.score, draft.why, list(draft.evidence), at
    session.flush()
    return [rows[draft.topic] for draft in drafts]


def get(session: Session, workspace_id: int, idea_id: int) -> Idea:
    """Return an idea of this workspace.

    Raises:
        InputError: There is none with this id here.
    """
    row = session.get(Idea, idea_id)
    if row is None or row.workspace_id != workspace_id:
        raise InputError(f"There is no idea {idea_id}.", hint="list_ideas shows the ideas and their ids.")
    return row


def best(session: Session, workspace_id: int, *, status: str, limit: int, since: datetime | None = None) -> Sequence[Idea]:
    """Ideas of one status, best score first; with `since` only those that were seen since then."""
    query = select(Idea).where(Idea.workspace_id == workspace_id, Idea.status == status)
    if since is not None:
        query = query.where(Idea.updated_at >= since)
    return session.scalars(query.order_by(Idea.score.desc(), Idea.id).limit(limit)).all()


def decide(session: Session, idea: Idea, status: str, at: datetime) -> None:
    """Record what a person decided: `taken` or `dismissed`."""
    idea.status, idea.updated_at = status, at
    session.flush()


def _add_missing(session: Session, workspace_id: int, drafts: Sequence[Draft], at: datetime) -> None:
    rows = [
        {
            "workspace_id": workspace_id,
            "topic": draft.topic,
            "title": draft.title,
            "score": draft.score,
            "why": draft.why,
            "evidence": list(draft.evidence),
            "status": NEW,
            "created_at": at,
            "updated_at": at,
        }
        for draft in drafts
    ]
    on_postgres = session.get_bind().dialect.name == "postgresql"
    statement = postgresql.insert(Idea) if on_postgres else sqlite.insert(Idea)
    session.execute(statement.values(rows).on_conflict_do_nothing())
