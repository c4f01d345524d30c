"""The effects ledger: what we did to the outside world, written down before we did it."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from memory.domain import EffectStatus
from memory.errors import InputError
from memory.tables import Effect


def add(session: Session, effect: Effect) -> Effect:
    session.add(effect)
    session.flush()
    return effect


def get(session: Session, effect_id: int) -> Effect:
    effect = session.get(Effect, effect_id)
    if effect is None:
        raise InputError(f"there is no effect {effect_id}.")
    return effect


def get_to_change(session: Session, effect_id: int) -> Effect:
    """The row as it is now, locked until the transaction ends (SQLite locks the whole file anyway)."""
    return session.get_one(Effect, effect_id, with_for_update=True, populate_existing=True)


def count_tries(session: Session, key: str) -> int:
    """How many effects have this key, or this key and a number behind it."""
    same = or_(Effect.key == key, Effect.key.startswith(f"{key}:", autoescape=True))
    return session.scalars(select(func.count()).select_from(Effect).where(same)).one()


def open_effects(session: Session) -> Sequence[Effect]:
    """Effects whose end nobody knows yet, oldest first."""
    query = select(Effect).where(Effect.status.in_((EffectStatus.PLANNED, EffectStatus.STARTED)))
    return session.scalars(query.order_by(Effect.id)).all()
