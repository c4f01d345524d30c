"""Running one job: claim its row, call its function, save how it ended, wake the run that waits for it.

`run_job` is what RQ calls in a work horse, a process forked for this one job. It may be called twice for one id, at once or later: the row
decides. Errors mean what `memory/errors.py` says: StoppedError cancels, TransientError tries again later, any other AppError fails
for good, and anything else is a bug that is logged and tried again until the attempts are spent.
"""

import json
import logging
import os
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import FrameType

from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from memory.database import Database
from memory.domain import Json
from memory.errors import AppError, StoppedError, TransientError
from memory.repositories import jobs
from memory.settings import StorageSettings
from memory.tables import Job
from tools import processes
from tools.queue import JOBS, JobSpec, wake
from tools.toolkit import Deps
from worker.pulse import INTERRUPT, Pulse
from worker.settings import build_deps

log = logging.getLogger(__name__)

_REPORT_S = 0.5  # progress is saved at most this often, unless the stage changes: each time is a transaction
_SAVE_TRIES = 5

JobFunction = Callable[["JobContext"], Json]
End = Callable[[Session], Job | None]  # saves one way to end in a session; None when the job is no longer ours


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job function gets. It may run twice, so it names things by `job_id` and looks before it acts on the outside world."""

    job_id: int
    payload: Json
    deps: Deps
    run_id: int | None
    report: Callable[[float, str], None]
    """Say how far it is: a fraction from 0 to 1 and a stage in a word or two."""
    cancelled: Callable[[], bool]
    """Whether to stop now, by raising StoppedError: a person asked for it, or another worker has taken over."""
    owner: str
    """The name of this horse: what it holds (thread locks) is given back when it dies."""
    lease_s: float
    attempt: int
    """1 at the first try."""
    settings: StorageSettings


@dataclass(frozen=True, slots=True)
class _Setup:
    settings: StorageSettings
    specs: Mapping[str, JobSpec]
    deps: Deps
    worker: str
    """Owner name of the worker process; its horses add their pid."""


_setup: _Setup | None = None


def configure(settings: StorageSettings, *, specs: Mapping[str, JobSpec] = JOBS, deps: Deps | None = None) -> str:
    """Prepare this process and the horses it forks to run jobs; nothing connects before the first job. Returns its owner name."""
    global _setup
    _setup = _Setup(settings, specs, deps or build_deps(settings), processes.owner_of(os.getpid()))
    return _setup.worker


def rehearse(database: Database) -> None:
    """Play a whole job on the database and undo it, so that horses inherit what SQLAlchemy learns at first use (measured: 25 ms a job)."""
    owner = "rehearsal"
    with suppress(_Undo, SQLAlchemyError), database.session() as session:
        row = jobs.add(session, key=f"rehearsal-{uuid.uuid4()}", kind=owner, pool="", payload={}, max_attempts=1)
        jobs.claim(session, row.id, owner, 1.0)
        jobs.heartbeat(session, row.id, owner, 1.0)
        jobs.look(session, row.id, owner)
        wake(session, jobs.succeed(session, row.id, owner, {}))
        raise _Undo
    database.close()


class _Undo(Exception):
    """Rolls a session back."""


def run_job(job_id: int) -> None:
    """Run a job if it is to be had. Called by RQ by dotted name, after `configure`; needs the main thread (it uses signals)."""
    if _setup is None:
        raise RuntimeError("configure() comes first: start workers with `forge worker` or `python -m worker`")
    database, owner = _setup.deps.database, f"{_setup.worker}:{os.getpid()}"
    os.environ[processes.MARK] = owner  # children inherit it, so that none is left when this process is killed
    with database.session() as session:
        row = jobs.claim(session, job_id, owner, _setup.settings.lease_s)
    if row is None:
        log.debug("job.not_to_be_had job_id=%s", job_id)
        return
    log.info("job.started job_id=%s kind=%s attempt=%s", row.id, row.kind, row.attempts)
    spec = _setup.specs.get(row.kind)
    if spec is None:
        _save(_setup.deps, partial(jobs.fail, job_id=row.id, owner=owner, error=f"No worker here knows the job kind {row.kind!r}."))
        return
    pulse = Pulse(database, row.id, owner, lease_s=_setup.settings.lease_s, timeout_s=spec.timeout_s)
    pulse.start()
    try:
        end = _perform(row, spec, owner, pulse, _setup)
    finally:
        pulse.stop()
        processes.kill_descendants(reap=True)
    _save(_setup.deps, end)


def _perform(row: Job, spec: JobSpec, owner: str, pulse: Pulse, setup: _Setup) -> End:
    """Call the function and choose the ending. The one place of the worker that catches everything."""
    context = JobContext(
        row.id, row.payload, setup.deps, row.run_id, _reporter(setup.deps.database, row.id, owner),
        lambda: pulse.must_stop, owner, setup.settings.lease_s, row.attempts, setup.settings,
    )  # fmt: skip
    cancel = partial(jobs.cancel, job_id=row.id, owner=owner, reason="This was stopped.")
    again = partial(jobs.retry_later, job_id=row.id, owner=owner, delay_s=_delay_s(spec, row.attempts))
    try:
        result = _call(spec, context)
    except StoppedError as error:
        return partial(cancel, reason=str(error))
    except TransientError as error:
        return partial(again, delay_s=_delay_s(spec, row.attempts, error), error=str(error))
    except AppError as error:
        return cancel if pulse.must_stop else partial(jobs.fail, job_id=row.id, owner=owner, error=str(error))
    except JobTimeoutException:
        log.warning("job.timed_out job_id=%s kind=%s timeout_s=%s", row.id, row.kind, spec.timeout_s)
        return partial(again, error=f"It was not done after {spec.timeout_s} seconds.")
    except Exception:
        log.exception("job.crashed job_id=%s kind=%s attempt=%s", row.id, row.kind, row.attempts)
        return partial(again, error=f"It stopped with an unexpected error; the log names it under job {row.id}.")
    return cancel if pulse.interfered else partial(jobs.succeed, job_id=row.id, owner=owner, result=result)


def _call(spec: JobSpec, context: JobContext) -> Json:
    """Call the function inside its time limit, interruptible by its pulse.

    Raises:
        rq.timeouts.JobTimeoutException: Out of time; its children are killed by the caller (RQ would leave them running).
    """
    signal.signal(INTERRUPT, _interrupted)
    try:
        with UnixSignalDeathPenalty(spec.timeout_s, JobTimeoutException):  # type: ignore[no-untyped-call]  # RQ has no types here
            result = load(spec.path)(context)
            json.dumps(result, allow_nan=False)  # what cannot be stored is a bug of the job, and found here
            return result
    finally:
        signal.signal(INTERRUPT, signal.SIG_IGN)


def load(path: str) -> JobFunction:
    """The function of a dotted name."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise StoppedError("This was stopped.")


def _delay_s(spec: JobSpec, attempt: int, error: TransientError | None = None) -> float:
    planned = spec.retry_delays_s[min(attempt, len(spec.retry_delays_s)) - 1]
    asked = error.retry_after_s if error is not None else None
    return max(planned, asked or 0.0)


def _reporter(database: Database, job_id: int, owner: str) -> Callable[[float, str], None]:
    last_stage, last_s = "", 0.0

    def report(fraction: float, stage: str) -> None:
        nonlocal last_stage, last_s
        if stage == last_stage and time.monotonic() - last_s < _REPORT_S:
            return
        last_stage, last_s = stage, time.monotonic()
        with database.session() as session:
            jobs.report(session, job_id, owner, fraction, stage)

    return report


def _save(deps: Deps, end: End) -> None:
    """Save the ending together with the advance it causes, then send that."""
    for attempt in range(1, _SAVE_TRIES + 1):
        try:
            with deps.database.session() as session:
                row = end(session)
                advance = wake(session, row)
            break
        except OperationalError:
            if attempt == _SAVE_TRIES:
                raise
            time.sleep(0.2 * attempt)
    if row is None:
        log.warning("job.no_longer_ours: its ending was not saved")
        return
    log.info("job.ended job_id=%s kind=%s status=%s attempt=%s", row.id, row.kind, row.status, row.attempts)
    if advance is not None:
        deps.queue.send(advance.id, advance.pool)
