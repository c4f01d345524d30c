"""Effects on the outside world: planned before anything, started before the first byte, confirmed only when read back.

After a crash the row says how far we may have come. What is STARTED is asked about at the platform and never done again to be safe.
"""

from sqlalchemy.orm import Session

from memory.database import Database
from memory.domain import EffectStatus, Json
from memory.errors import StoppedError
from memory.repositories import audit, effects
from memory.repositories.controls import is_stopped
from memory.tables import Effect, move_to, now


def start(database: Database, effect_id: int, workspace_id: int) -> Effect:
    """Commit that bytes may leave us from here on. Reads the stop switch in the same transaction.

    Raises:
        StoppedError: Stopped, or the stop state cannot be read.
        TransitionError: The effect has ended already.
    """
    with database.session() as session:
        if is_stopped(session, workspace_id):
            raise StoppedError("Everything is stopped.", hint="Say /resume to go on.")
        effect = effects.get_to_change(session, effect_id)
        if effect.status is not EffectStatus.STARTED:
            move_to(effect, EffectStatus.STARTED)
            _note(session, effect, workspace_id, "effect.started")
        return effect


def save_handle(database: Database, effect_id: int, handle: Json, *, instead_of: str) -> Json:
    """Commit what the platform gave us to ask by, unless another process was first; return what is stored.

    Two processes may work on one effect when one was taken for dead. Only one session is ever stored, so only one gets bytes.
    """
    with database.session() as session:
        effect = effects.get_to_change(session, effect_id)
        if effect.handle.get("session", "") == instead_of:
            effect.handle = handle
        return dict(effect.handle)


def confirm(session: Session, effect_id: int, workspace_id: int, answer: Json) -> None:
    """The platform was asked and has it."""
    _end(session, effect_id, workspace_id, EffectStatus.CONFIRMED, answer, "")


def fail(session: Session, effect_id: int, workspace_id: int, error: str) -> None:
    """The platform refused it, or it provably did not happen."""
    _end(session, effect_id, workspace_id, EffectStatus.FAILED, {}, error)


def _end(session: Session, effect_id: int, workspace_id: int, to: EffectStatus, answer: Json, error: str) -> None:
    effect = effects.get_to_change(session, effect_id)
    if effect.status is to:
        return
    move_to(effect, to)
    effect.answer, effect.error, effect.ended_at = answer, error, now()
    _note(session, effect, workspace_id, f"effect.{to.value}")


def _note(session: Session, effect: Effect, workspace_id: int, action: str) -> None:
    actor = f"run:{effect.run_id}" if effect.run_id else "system"
    detail = {"key": effect.key}
    audit.note(session, workspace_id=workspace_id, actor=actor, action=action, target=f"effect:{effect.id}", detail=detail)
