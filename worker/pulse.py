"""The pulse of a running job: a thread that keeps its lease, hears that it should stop, and makes it stop."""

import logging
import signal
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.repositories import jobs
from tools import processes

log = logging.getLogger(__name__)

INTERRUPT = signal.SIGUSR1
"""Sent to the job's own thread when it does not stop by itself; `worker.job` answers it with a StoppedError."""

_LOOK_S = 0.4  # how late a cancel may be heard; a look only reads
_GRACE_S = 0.5  # for a job that asks `cancelled()` to end its children itself
_INTERRUPT_S = 1.0  # for one that waits on a child to notice that it is gone
_OVERTIME_S = 10.0  # past its time limit a job that cannot be interrupted loses its lease, and its worker kills the horse


class Pulse(threading.Thread):
    """Started with a job, stopped with it. `must_stop` is what `JobContext.cancelled` tells the job.

    A job that must stop is told first; then its children are killed; then its thread is interrupted, again and again. When even that does
    not help (it hangs inside a C library), the lease is left to run out and the worker kills the horse.
    """

    def __init__(self, database: Database, job_id: int, owner: str, *, lease_s: float, timeout_s: float) -> None:
        super().__init__(name=f"pulse-{job_id}", daemon=True)
        self.must_stop = False
        self.interfered = False
        """Whether something of the job was killed or interrupted: what it returns after that proves nothing."""
        self._database, self._job_id, self._owner, self._lease_s = database, job_id, owner, lease_s
        self._ended = threading.Event()
        started = time.monotonic()
        self._renew_at = started + lease_s / 3
        self._lost_at = started + lease_s
        self._overdue_at = started + timeout_s + _OVERTIME_S
        self._stop_since = 0.0

    def run(self) -> None:
        while not self._ended.wait(min(_LOOK_S, self._lease_s / 6)):
            try:
                self._look()
            except SQLAlchemyError as error:
                log.warning("job.pulse_failed job_id=%s error=%s", self._job_id, error)
            if time.monotonic() > self._lost_at:
                self._demand_stop("its lease ran out")
            if self.must_stop:
                self._enforce()

    def stop(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        moment = time.monotonic()
        hopeless = moment > self._overdue_at or (self.must_stop and moment > self._stop_since + _OVERTIME_S)
        if moment >= self._renew_at and not hopeless:
            with self._database.session() as session:
                held = jobs.heartbeat(session, self._job_id, self._owner, self._lease_s)
            self._renew_at, self._lost_at = moment + self._lease_s / 3, moment + self._lease_s
        else:
            with self._database.reading() as session:
                held = jobs.look(session, self._job_id, self._owner)
        if not held.mine:
            self._demand_stop("somebody else has it now")
        elif held.cancel_requested:
            self._demand_stop("a person stopped it")

    def _demand_stop(self, why: str) -> None:
        if not self.must_stop and not self._ended.is_set():
            log.info("job.stopping job_id=%s why=%s", self._job_id, why)
            self._stop_since = time.monotonic()
            self.must_stop = True

    def _enforce(self) -> None:
        waited_s = time.monotonic() - self._stop_since
        if waited_s >= _GRACE_S and not self._ended.is_set():
            self.interfered = True
            processes.kill_descendants(reap=False)
        main = threading.main_thread().ident
        if waited_s >= _INTERRUPT_S and not self._ended.is_set() and main is not None:
            signal.pthread_kill(main, INTERRUPT)
