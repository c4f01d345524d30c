"""Who did what, when. Append only."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.tables import Audit


def note(session: Session, *, workspace_id: int | None, actor: str, action: str, target: str, detail: Json | None = None) -> None:
    session.add(Audit(workspace_id=workspace_id, actor=actor, action=action, target=target, detail=detail or {}))
    session.flush()


def latest(session: Session, workspace_id: int, limit: int = 50) -> Sequence[Audit]:
    return session.scalars(select(Audit).where(Audit.workspace_id == workspace_id).order_by(Audit.id.desc()).limit(limit)).all()
