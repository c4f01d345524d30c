"""Metrics of posts over time. Rows are only added."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.tables import Snapshot


def add(session: Session, *, post_id: int, taken_at: datetime, metrics: Json, source: str) -> Snapshot:
    """Store metrics; the same post at the same platform time is one row, whoever looked."""
    row = Snapshot(post_id=post_id, taken_at=taken_at, metrics=metrics, source=source)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        same = select(Snapshot).where(Snapshot.post_id == post_id, Snapshot.taken_at == taken_at)
        return session.scalars(same).one()
    return row


def latest(session: Session, post_ids: Sequence[int]) -> dict[int, Snapshot]:
    """The newest snapshot of each post that has one."""
    newest = select(Snapshot.post_id, func.max(Snapshot.taken_at).label("at")).where(Snapshot.post_id.in_(post_ids))
    last = newest.group_by(Snapshot.post_id).subquery()
    query = select(Snapshot).join(last, (Snapshot.post_id == last.c.post_id) & (Snapshot.taken_at == last.c.at))
    return {row.post_id: row for row in session.scalars(query)}


def series(session: Session, post_id: int) -> Sequence[Snapshot]:
    """All snapshots of a post, oldest first."""
    return session.scalars(select(Snapshot).where(Snapshot.post_id == post_id).order_by(Snapshot.taken_at)).all()
