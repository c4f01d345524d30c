"""The queue: which kinds of jobs exist, how one is asked for, and the Redis lists that carry their ids to the workers.

The truth about a job is its row (`memory.repositories.jobs`). RQ carries ids and nothing else: an id that is lost is sent again by the
sweeper, an id that is carried twice runs once, because claiming the row is atomic. So `send` never fails: save the row, commit, send.
"""

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RedisQueue
from rq.serializers import JSONSerializer
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from memory.domain import JobStatus, Json
from memory.errors import InputError
from memory.repositories import jobs
from memory.settings import StorageSettings
from memory.tables import Job
from tools import queue_server

log = logging.getLogger(__name__)

POOLS = ("agent", "cpu", "gpu", "publish")
"""`agent` advances runs, `cpu` and `gpu` make videos, `publish` is everything that talks to the internet."""

RUN_JOB = "worker.job.run_job"
"""What RQ calls, by dotted string: the bot can ask for work without loading what does it."""

_FAILURE_TTL_S = 600  # RQ's own notes about a killed horse; the row says the same for good


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One kind of job: the function that does it, where, how long at most, and how often it is tried."""

    path: str
    """Dotted name of a function `f(job: worker.job.JobContext) -> Json`."""
    pool: str
    timeout_s: int
    max_attempts: int
    retry_delays_s: tuple[float, ...]
    """Waits after a `TransientError` by attempt; the last one repeats. A longer `retry_after_s` wins."""


JOBS: Mapping[str, JobSpec] = {
    # An advance that finds its thread's lock taken tries again soon at first: the other one is usually about to end.
    "advance": JobSpec("worker.agent_jobs.advance", "agent", 900, 10, (0.3, 1, 3, 10, 30, 60, 120, 300)),
    "analyse_source": JobSpec("worker.media_jobs.analyse_source", "cpu", 2 * 3600, 4, (5, 60, 300)),
    "make_shorts": JobSpec("worker.media_jobs.make_shorts", "cpu", 4 * 3600, 4, (5, 60, 300)),
    "preview_edit": JobSpec("worker.media_jobs.preview_edit", "cpu", 1800, 4, (2, 10, 60)),
    "render_edit": JobSpec("worker.media_jobs.render_edit", "cpu", 2 * 3600, 4, (5, 60, 300)),
    "publish_post": JobSpec("worker.publish_jobs.publish_post", "publish", 2 * 3600, 8, (2, 10, 60, 300, 900, 1800)),
    "measure": JobSpec("worker.publish_jobs.measure", "publish", 600, 6, (2, 10, 60, 300)),
    "discover": JobSpec("worker.publish_jobs.discover", "publish", 600, 5, (2, 10, 60)),
}


def create_job(
    session: Session,
    *,
    kind: str,
    key: str,
    payload: Json,
    run_id: int | None = None,
    call_id: str = "",
    spec: JobSpec | None = None,
) -> Job:
    """The job of this key: made once, found every time after. Commit, then send its id to its pool.

    Args:
        kind: A name in `JOBS`.
        key: Says the same thing for the same work.
        payload: Ids and short plain JSON for the job's function.
        run_id: The run it belongs to.
        call_id: The tool call that sleeps until it ends; empty when nobody waits.
        spec: For kinds that are not in `JOBS`.

    Raises:
        InputError: There is no such kind.
    """
    chosen = spec or JOBS.get(kind)
    if chosen is None:
        raise InputError(f"there is no job kind {kind!r}.", hint=f"Known kinds: {', '.join(JOBS)}.")
    return jobs.add(
        session,
        key=key,
        kind=kind,
        pool=chosen.pool,
        payload=payload,
        max_attempts=chosen.max_attempts,
        run_id=run_id,
        call_id=call_id,
    )


def request_advance(session: Session, run_id: int, cause: str) -> Job:
    """Have a run looked at once for this cause (`job-7`, `approval-3`, `message-12`). Commit, then send the job."""
    return create_job(session, kind="advance", key=f"advance:{run_id}:{cause}", payload={"run_id": run_id, "cause": cause}, run_id=run_id)


def wake(session: Session, job: Job | None) -> Job | None:
    """The advance for the tool call that waits for a job that has ended. None while it goes on, or when nobody waits."""
    over = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED)
    if job is None or job.status not in over or job.run_id is None or not job.call_id:
        return None
    return request_advance(session, job.run_id, f"job-{job.id}")


def cancel_job(session: Session, job_id: int) -> Job | None:
    """Stop a job: a waiting one at once, a running one within seconds (its worker looks twice a second).

    Returns:
        The advance of the run that waited for it, to be sent after the commit; None when there is none, or not yet.
    """
    return wake(session, jobs.request_cancel(session, job_id))


def connect(settings: StorageSettings) -> Redis:
    """A connection to the queue server, which is started when it is ours and nothing answers.

    Raises:
        InputError: There is no server and none can be started; says why.
    """
    queue_server.ensure_server(settings)
    return queue_server.client(settings)


def installation(settings: StorageSettings) -> str:
    """A short name that separates installations on one Redis server: two homes, or two databases, never share a queue.

    From a server database only its name counts, because workers may reach it under different host names; installations whose
    databases have one name take different Redis databases (`redis://host/3`).
    """
    url = make_url(settings.sqlalchemy_url)
    identity = str(settings.home.resolve() / (url.database or "")) if settings.is_sqlite else f"server:{url.database}"
    return hashlib.sha256(identity.encode()).hexdigest()[:10]


def redis_queue(connection: Redis, name: str, pool: str) -> RedisQueue:
    """The RQ queue of a pool of the installation `name`."""
    return RedisQueue(f"forge-{name}-{pool}", connection=connection, serializer=JSONSerializer)


class RqQueue:
    """Carries job ids to the workers; a `tools.toolkit.Queue`."""

    def __init__(self, connection: Redis, name: str) -> None:
        """`name` is `installation(settings)`."""
        self._queues = {pool: redis_queue(connection, name, pool) for pool in POOLS}

    def send(self, job_id: int, pool: str) -> None:
        """Hand an id to the workers of a pool. A server that is away costs a delay: the sweeper sends again what waits."""
        try:
            # No RQ time limit (-1): run_job sets the one of its kind, and the worker ends horses that pass it.
            self._queues[pool].enqueue_call(
                RUN_JOB,
                args=(job_id,),
                job_id=f"{job_id}-{uuid.uuid4().hex[:12]}",  # unique: a second send never touches the first one's record
                timeout=-1,
                result_ttl=0,
                failure_ttl=_FAILURE_TTL_S,
                description=f"job {job_id}",
            )
        except RedisError as error:
            log.warning("queue.send_failed job_id=%s pool=%s error=%s", job_id, pool, error)

    def waiting(self, pool: str) -> set[int]:
        """The ids that lie in a pool's queue right now.

        Raises:
            redis.exceptions.RedisError: The server does not answer.
        """
        return {int(rq_id.partition("-")[0]) for rq_id in self._queues[pool].job_ids}

    def length(self, pool: str) -> int:
        """How many ids lie in a pool's queue; one that was sent twice counts twice. Raises as `waiting` does."""
        return self._queues[pool].count


def open_queue(settings: StorageSettings) -> RqQueue:
    """The queue of these settings, ready to send. Raises what `connect` raises."""
    return RqQueue(connect(settings), installation(settings))
