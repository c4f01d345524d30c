"""Thread locks: one worker at a time advances a run. LangGraph does not lock: of two runs at once, one loses its state (measured)."""

from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memory.tables import ThreadLock, now


def take_thread_lock(session: Session, thread_id: str, owner: str, lease_s: float) -> bool:
    """Take the lock of a thread, or keep it when it is the owner's already. False when somebody else holds it."""
    moment = now()
    until = moment + timedelta(seconds=lease_s)
    row = session.get(ThreadLock, thread_id, with_for_update=True, populate_existing=True)
    if row is not None:
        if row.owner != owner and row.until >= moment:
            return False
        row.owner, row.until = owner, until
        session.flush()
        return True
    try:
        with session.begin_nested():
            session.add(ThreadLock(thread_id=thread_id, owner=owner, until=until))
    except IntegrityError:  # somebody else took it between the two lines (PostgreSQL)
        return False
    return True


def renew_thread_lock(session: Session, thread_id: str, owner: str, lease_s: float) -> bool:
    """Keep the lock for longer. False when it is no longer the owner's: stop advancing the thread."""
    row = session.get(ThreadLock, thread_id, with_for_update=True, populate_existing=True)
    if row is None or row.owner != owner:
        return False
    row.until = now() + timedelta(seconds=lease_s)
    session.flush()
    return True


def release_thread_lock(session: Session, thread_id: str, owner: str) -> None:
    """Give the lock back; nothing happens when it is not the owner's."""
    session.execute(delete(ThreadLock).where(ThreadLock.thread_id == thread_id, ThreadLock.owner == owner))


def release_owner(session: Session, owner: str) -> int:
    """Give back every lock of a dead process and of its horses. Returns how many there were."""
    mine = or_(ThreadLock.owner == owner, ThreadLock.owner.startswith(owner + ":", autoescape=True))
    threads = session.scalars(select(ThreadLock.thread_id).where(mine).with_for_update()).all()
    session.execute(delete(ThreadLock).where(ThreadLock.thread_id.in_(threads)))
    return len(threads)


def owners(session: Session) -> list[str]:
    """Who holds a lock right now."""
    return list(session.scalars(select(ThreadLock.owner).distinct()))


def release_expired(session: Session) -> int:
    """Remove locks whose time is up. Returns how many there were."""
    threads = session.scalars(select(ThreadLock.thread_id).where(ThreadLock.until < now()).with_for_update()).all()
    session.execute(delete(ThreadLock).where(ThreadLock.thread_id.in_(threads)))
    return len(threads)


def has_expired(session: Session) -> bool:
    return session.scalar(select(ThreadLock.thread_id).where(ThreadLock.until < now()).limit(1)) is not None
