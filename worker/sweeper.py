"""The sweeper: nothing that was accepted is lost. It looks about once a second for work without a worker and sends it out again.

It runs as a thread in every worker and in nothing else. Sweeping twice is harmless; the guard that lets one of them work per round is
only there to save effort. Without a queue server no job could start, so the first thing is to have one again.
"""

import logging
import threading
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.domain import Message, RunStatus
from memory.errors import AppError
from memory.repositories import approvals, jobs, locks, outbox, runs
from memory.settings import StorageSettings
from memory.tables import Job, move_to
from tools import processes, queue_server
from tools.queue import RqQueue, installation, request_advance, wake
from tools.toolkit import Clock

log = logging.getLogger(__name__)

_MAKER_S = 1.0  # how long the maker of a job may take from its commit to sending it


def release(database: Database, queue: RqQueue, owner: str, *, counts: bool = True) -> int:
    """Clean up after a dead worker or horse: end what it started, give back its jobs and locks, send the jobs out again.

    Args:
        owner: Its owner name (`tools.processes.owner_of`).
        counts: Whether the attempts count; not when we ended it ourselves.

    Returns:
        How many jobs it held.
    """
    processes.kill_owned(owner)
    with database.session() as session:
        rows = jobs.release_owner(session, owner, counts=counts)
        locks.release_owner(session, owner)
        sent = [*rows, *filter(None, [wake(session, row) for row in rows])]
    for row in rows:
        log.warning("job.released job_id=%s kind=%s status=%s attempts=%s owner=%s", row.id, row.kind, row.status, row.attempts, owner)
    _send(queue, sent)
    return len(rows)


def sweep(database: Database, queue: RqQueue, clock: Clock) -> None:
    """One round: dead owners, silent owners, unanswered approvals, waiting jobs that are in no queue.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: The database does not answer.
        redis.exceptions.RedisError: The queue server does not answer; everything but the last step is done.
    """
    with database.reading() as session:
        dead = {owner for owner in (*jobs.owners(session), *locks.owners(session)) if processes.is_dead(owner)}
        silent = jobs.has_expired(session) or locks.has_expired(session)
    for owner in sorted(dead):
        release(database, queue, owner)
    if silent:
        _release_silent(database, queue)
    _expire_approvals(database, queue, clock)
    _end_abandoned(database)
    with database.reading() as session:
        due = jobs.due(session, waiting_s=_MAKER_S)
    waiting = {pool: queue.waiting(pool) for pool in {row.pool for row in due}}
    _send(queue, [row for row in due if row.id not in waiting[row.pool]])


def _release_silent(database: Database, queue: RqQueue) -> None:
    with database.session() as session:
        rows = jobs.release_expired(session)
        locks.release_expired(session)
        sent = [*rows, *filter(None, [wake(session, row) for row in rows])]
    for row in rows:
        log.warning("job.lease_expired job_id=%s kind=%s status=%s attempts=%s", row.id, row.kind, row.status, row.attempts)
    _send(queue, sent)


def _expire_approvals(database: Database, queue: RqQueue, clock: Clock) -> None:
    with database.session() as session:
        expired = approvals.expire_due(session, clock.now())
        sent = [request_advance(session, row.run_id, f"approval-{row.id}") for row in expired]
    _send(queue, sent)


def _end_abandoned(database: Database) -> None:
    """Tell the owner of runs whose advance failed for good: they would sleep for ever."""
    with database.reading() as session:
        if not runs.abandoned(session):
            return
    with database.session() as session:
        for run in runs.abandoned(session):
            reason = f"Something unexpected stopped run {run.id}; the log names it. Nothing more will happen in it: ask again."
            if run.status is not RunStatus.RUNNING:
                move_to(run, RunStatus.RUNNING)
            runs.end(session, run, RunStatus.BLOCKED, [reason], reason)
            if run.conversation_id is not None:
                outbox.say(session, run.conversation_id, Message(f"run-{run.id}-answer", reason), run.id)
            log.error("run.abandoned run_id=%s", run.id)


def _send(queue: RqQueue, rows: Sequence[Job | jobs.Due]) -> None:
    for row in rows:
        if isinstance(row, jobs.Due) or row.ended_at is None:
            queue.send(row.id, row.pool)


class Sweeper(threading.Thread):
    """Sweeps until stopped, and starts our queue server again when it is gone.

    `gate` is held during a round and the round leaves no connection open, so that a worker that takes the gate before it forks hands no
    half-used lock and no open SQLite file to its child (SQLite must not be carried across a fork, says its documentation).
    """

    def __init__(self, settings: StorageSettings, clock: Clock, gate: threading.Lock, *, every_s: float) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._settings, self._clock, self._gate, self._every_s = settings, clock, gate, every_s
        self._database = Database(settings.sqlalchemy_url)
        self._connection = queue_server.client(settings)
        self._queue = RqQueue(self._connection, installation(settings))
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.is_set():
            with self._gate:
                self._round()
            self._ended.wait(self._every_s)

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _round(self) -> None:
        try:
            if _may_sweep(self._connection, self._settings, self._every_s):
                sweep(self._database, self._queue, self._clock)
        except RedisError as error:
            log.warning("sweeper.no_queue_server error=%s", error)
            self._restart_server()
        except SQLAlchemyError as error:
            log.warning("sweeper.no_database error=%s", error)
        finally:
            self._database.close()
            self._connection.connection_pool.disconnect()

    def _restart_server(self) -> None:
        try:
            if queue_server.ensure_server(self._settings):
                log.warning("sweeper.queue_server_started")
        except AppError as error:
            log.error("sweeper.queue_server_does_not_start error=%s", error)


def _may_sweep(connection: Redis, settings: StorageSettings, every_s: float) -> bool:
    key = f"forge-{installation(settings)}-sweep"
    return bool(connection.set(key, "1", nx=True, px=max(1, int(every_s * 900))))
