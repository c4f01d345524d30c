"""Jobs: asked for once, held by one worker at a time, ended once.

A worker holds a job by its lease: an owner name and a time until which nobody else may take it. Everything a worker says about a job is
believed only while it holds the lease, so a worker that was thought dead and comes back changes nothing. Times are those of this machine:
machines that share a database need clocks that agree to well under a lease.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memory.domain import JobStatus, Json, Verdict
from memory.tables import Job, Run, move_to, now

_ADVANCE = "advance"  # the kind that moves a run on; it is what tells an owner about a stop, so a stop leaves it alone


class Held(NamedTuple):
    """What a worker learns when it looks at the job it works on."""

    mine: bool
    """It still holds the lease; if not, another worker may be at it and nothing of this one will be saved."""
    cancel_requested: bool


class Due(NamedTuple):
    id: int
    pool: str


def find(session: Session, job_id: int) -> Job | None:
    return session.get(Job, job_id)


def find_by_key(session: Session, key: str) -> Job | None:
    return session.scalar(select(Job).where(Job.key == key))


def add(
    session: Session, *, key: str, kind: str, pool: str, payload: Json, max_attempts: int, run_id: int | None = None, call_id: str = ""
) -> Job:
    """The job of this key, made when there is none."""
    if (known := find_by_key(session, key)) is not None:
        return known
    row = Job(key=key, kind=kind, pool=pool, payload=payload, max_attempts=max_attempts, run_id=run_id, call_id=call_id)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # somebody else made it between the two lines (PostgreSQL; SQLite holds the write lock)
        known = find_by_key(session, key)
        if known is None:
            raise
        return known
    return row


# --- what the worker that holds it says ---------------------------------------------------------------------------


def claim(session: Session, job_id: int, owner: str, lease_s: float) -> Job | None:
    """Take a job: one that waits and is due, or one whose holder fell silent. None when it is not to be had.

    A job that used up its attempts, or that was canceled while nobody held it, is ended here by `release_expired` instead.
    """
    moment = now()
    row = _locked(session, job_id)
    if row is None or row.cancel_requested or row.attempts >= row.max_attempts:
        return None
    if row.status is JobStatus.RUNNING and row.lease_until is not None and row.lease_until < moment:
        move_to(row, JobStatus.QUEUED)
    if row.status is not JobStatus.QUEUED or (row.not_before is not None and row.not_before > moment):
        return None
    move_to(row, JobStatus.RUNNING)
    row.attempts += 1
    row.lease_owner, row.lease_until, row.heartbeat_at = owner, moment + timedelta(seconds=lease_s), moment
    row.started_at, row.not_before = row.started_at or moment, None
    session.flush()
    return row


def look(session: Session, job_id: int, owner: str) -> Held:
    """Whether this owner still holds the job and whether somebody wants it stopped. Only reads."""
    query = select(Job.status, Job.lease_owner, Job.cancel_requested).where(Job.id == job_id)
    found = session.execute(query).one_or_none()
    if found is None:
        return Held(mine=False, cancel_requested=False)
    return Held(found.status is JobStatus.RUNNING and found.lease_owner == owner, found.cancel_requested)


def heartbeat(session: Session, job_id: int, owner: str, lease_s: float) -> Held:
    """Say that the owner lives and works on it: the lease starts anew."""
    row = _held(session, job_id, owner)
    if row is None:
        return Held(mine=False, cancel_requested=False)
    moment = now()
    row.heartbeat_at, row.lease_until = moment, moment + timedelta(seconds=lease_s)
    session.flush()
    return Held(mine=True, cancel_requested=row.cancel_requested)


def report(session: Session, job_id: int, owner: str, fraction: float, stage: str) -> None:
    """Save how far it is, from 0 to 1, and what it is doing in a word or two."""
    if (row := _held(session, job_id, owner)) is not None:
        row.progress, row.stage = min(1.0, max(0.0, fraction)), stage
        session.flush()


def succeed(session: Session, job_id: int, owner: str, result: Json) -> Job | None:
    """End it well. None when the owner no longer holds it; so with the three below."""
    if (row := _held(session, job_id, owner)) is not None:
        row.progress = 1.0
        _end(row, JobStatus.SUCCEEDED, result)
        session.flush()
    return row


def fail(session: Session, job_id: int, owner: str, error: str) -> Job | None:
    """End it badly: trying again cannot help. `error` is a text for the owner."""
    if (row := _held(session, job_id, owner)) is not None:
        _end(row, JobStatus.FAILED, _blocked(error), error)
        session.flush()
    return row


def cancel(session: Session, job_id: int, owner: str, reason: str) -> Job | None:
    """End it because a person stopped it."""
    if (row := _held(session, job_id, owner)) is not None:
        _end(row, JobStatus.CANCELED, _blocked(reason), reason)
        session.flush()
    return row


def retry_later(session: Session, job_id: int, owner: str, delay_s: float, error: str) -> Job | None:
    """Let it wait and be tried again; FAILED when its attempts are spent."""
    if (row := _held(session, job_id, owner)) is not None:
        row.error = error
        _give_back(row, error, delay_s)
        session.flush()
    return row


# --- what others say ----------------------------------------------------------------------------------------------


def request_cancel(session: Session, job_id: int) -> Job | None:
    """Ask for a job to be stopped; one that nobody works on is canceled at once. None when there is no such job."""
    row = _locked(session, job_id)
    if row is not None and row.status in (JobStatus.QUEUED, JobStatus.RUNNING):
        row.cancel_requested = True
        if row.status is JobStatus.QUEUED:
            _end(row, JobStatus.CANCELED, _blocked(_STOPPED), _STOPPED)
        session.flush()
    return row


def request_cancel_all(session: Session, *, workspace_id: int | None = None, run_id: int | None = None) -> list[Job]:
    """Ask for every unfinished job of a workspace, of a run, or of all to be stopped, but not for the advances that would say so."""
    query = select(Job.id).where(Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)), Job.kind != _ADVANCE)
    if run_id is not None:
        query = query.where(Job.run_id == run_id)
    if workspace_id is not None:
        query = query.join(Run, Run.id == Job.run_id).where(Run.workspace_id == workspace_id)
    rows = [request_cancel(session, job_id) for job_id in session.scalars(query).all()]
    return [row for row in rows if row is not None]


def release_owner(session: Session, owner: str, *, counts: bool = True) -> list[Job]:
    """Give back what a dead process held, so that it runs again at once.

    Args:
        owner: A worker's name, which covers its horses, or one horse's name.
        counts: Whether the attempt counts. It does after a crash, which the job may have caused; not when we ended the worker ourselves.

    Returns:
        The rows that changed: waiting again, failed for good, or canceled.
    """
    mine = or_(Job.lease_owner == owner, Job.lease_owner.startswith(owner + ":", autoescape=True))
    rows = _lock_running(session, select(Job).where(mine))
    for row in rows:
        if not counts:
            row.attempts = max(0, row.attempts - 1)
        _give_back(row, _CRASHED.format(row.attempts))
    session.flush()
    return rows


def release_expired(session: Session) -> list[Job]:
    """Give back every job whose worker fell silent. Returns the rows that changed."""
    rows = _lock_running(session, select(Job).where(Job.lease_until < now()))
    for row in rows:
        _give_back(row, _CRASHED.format(row.attempts))
    session.flush()
    return rows


# --- looking ------------------------------------------------------------------------------------------------------


def due(session: Session, *, waiting_s: float = 0.0, limit: int = 500) -> list[Due]:
    """Jobs that may run, oldest first. New ones count after `waiting_s`: their maker is about to send them itself."""
    moment = now()
    is_new = and_(Job.not_before.is_(None), Job.created_at <= moment - timedelta(seconds=waiting_s))
    query = select(Job.id, Job.pool).where(Job.status == JobStatus.QUEUED, or_(is_new, Job.not_before <= moment))
    return [Due(row.id, row.pool) for row in session.execute(query.order_by(Job.id).limit(limit))]


def owners(session: Session) -> Sequence[str]:
    """Who holds a running job right now."""
    return session.scalars(select(Job.lease_owner).where(Job.status == JobStatus.RUNNING).distinct()).all()


def has_expired(session: Session) -> bool:
    """Whether some worker fell silent."""
    query = select(Job.id).where(Job.status == JobStatus.RUNNING, Job.lease_until < now()).limit(1)
    return session.scalar(query) is not None


def next_due_at(session: Session) -> datetime | None:
    """When the next delayed job may run; None when none is delayed."""
    return session.scalar(select(func.min(Job.not_before)).where(Job.status == JobStatus.QUEUED))


def latest(session: Session, limit: int = 20, *, run_id: int | None = None, only_open: bool = False) -> Sequence[Job]:
    """The newest jobs first, for `forge jobs`."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(Job.run_id == run_id)
    if only_open:
        query = query.where(Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)))
    return session.scalars(query).all()


# --- inside -------------------------------------------------------------------------------------------------------

_STOPPED = "This was stopped."
_CRASHED = "The worker ended in the middle of this (attempt {})."


def _locked(session: Session, job_id: int) -> Job | None:
    """The row, held against other transactions (PostgreSQL by FOR UPDATE, SQLite by its one write lock)."""
    return session.get(Job, job_id, with_for_update=True, populate_existing=True)


def _held(session: Session, job_id: int, owner: str) -> Job | None:
    row = _locked(session, job_id)
    return row if row is not None and row.status is JobStatus.RUNNING and row.lease_owner == owner else None


def _lock_running(session: Session, query: Select[Job]) -> list[Job]:
    """The running rows of a query; rows that another sweeper holds are left to it."""
    query = query.where(Job.status == JobStatus.RUNNING).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(session.scalars(query))


def _give_back(row: Job, why: str, delay_s: float = 0.0) -> None:
    if row.cancel_requested:
        _end(row, JobStatus.CANCELED, _blocked(_STOPPED), _STOPPED)
    elif row.attempts >= row.max_attempts:
        text = f"This was tried {row.attempts} times and given up. The last time: {why}"
        _end(row, JobStatus.FAILED, _blocked(text), text)
    else:
        move_to(row, JobStatus.QUEUED)
        row.not_before = now() + timedelta(seconds=delay_s)
        _drop_lease(row)


def _end(row: Job, status: JobStatus, result: Json, error: str = "") -> None:
    move_to(row, status)
    row.result, row.error, row.ended_at = result, error, now()
    _drop_lease(row)


def _drop_lease(row: Job) -> None:
    row.lease_owner, row.lease_until = "", None


def _blocked(text: str) -> Json:
    return {"verdict": Verdict.BLOCKED, "text": text, "reasons": [text]}
