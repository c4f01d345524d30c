"""What arrived. A row is committed before anything is acknowledged; the same event twice is one row."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.tables import Inbox, now


def receive(
    session: Session,
    *,
    door: str,
    external_id: str,
    kind: str,
    payload: Json,
    conversation_id: int | None = None,
    member_id: int | None = None,
) -> tuple[Inbox, bool]:
    """Store an event. Returns the row and whether it is new."""
    known = session.scalar(select(Inbox).where(Inbox.door == door, Inbox.external_id == external_id))
    if known is not None:
        return known, False
    row = Inbox(door=door, external_id=external_id, kind=kind, payload=payload, conversation_id=conversation_id, member_id=member_id)
    session.add(row)
    session.flush()
    return row, True


def unhandled(session: Session, *, kinds: Sequence[str], limit: int = 100) -> Sequence[Inbox]:
    query = select(Inbox).where(Inbox.handled_at.is_(None), Inbox.kind.in_(kinds)).order_by(Inbox.id).limit(limit)
    return session.scalars(query).all()


def get(session: Session, inbox_id: int) -> Inbox | None:
    return session.get(Inbox, inbox_id)


def mark_handled(session: Session, row: Inbox, run_id: int | None = None) -> None:
    row.handled_at = now()
    row.run_id = run_id
    session.flush()


def recent_messages(session: Session, conversation_id: int, limit: int) -> Sequence[Inbox]:
    """The latest messages of a conversation, oldest first."""
    query = (
        select(Inbox)
        .where(Inbox.conversation_id == conversation_id, Inbox.kind.in_(("message", "button")))
        .order_by(Inbox.id.desc())
        .limit(limit)
    )
    return list(reversed(session.scalars(query).all()))
