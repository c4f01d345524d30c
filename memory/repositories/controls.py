"""The stop switch. It is read before every effect and every model call; what cannot be read counts as stopped."""

import logging
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, literal, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from memory.database import Database
from memory.errors import StoppedError
from memory.tables import Control

log = logging.getLogger(__name__)


def is_stopped(session: Session, workspace_id: int) -> bool:
    """Whether this workspace, or everything, is stopped."""
    try:
        query = select(Control.scope).where(Control.scope.in_(("all", f"workspace:{workspace_id}")), Control.stopped.is_(True))
        return session.scalar(query.limit(1)) is not None
    except SQLAlchemyError:
        log.exception("controls.unreadable workspace_id=%s", workspace_id)
        return True


def stops(workspace_id: Any) -> ColumnElement[bool]:
    """The same question as a part of a larger query; `workspace_id` is a column or a value. Who asks it counts an error as stopped."""
    mine = Control.scope == literal("workspace:").concat(cast(workspace_id, String))
    return exists().where(or_(Control.scope == "all", mine), Control.stopped.is_(True))


def check_not_stopped(database: Database, workspace_id: int) -> None:
    """Raise when stopped. Opens its own short session, so that a stop pressed a moment ago is seen.

    Raises:
        StoppedError: Stopped, or the state could not be read.
    """
    try:
        with database.reading() as session:
            stopped = is_stopped(session, workspace_id)
    except SQLAlchemyError:
        log.exception("controls.unreadable workspace_id=%s", workspace_id)
        stopped = True
    if stopped:
        raise StoppedError("Everything is stopped.", hint="Say /resume to go on.")


def set_stopped(session: Session, scope: str, *, stopped: bool, by: str, reason: str = "") -> Control:
    control = session.merge(Control(scope=scope, stopped=stopped, by=by, reason=reason))
    session.flush()
    return control
