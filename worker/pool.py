"""A worker: one process that takes jobs of its pools, one at a time, each in a horse forked for it.

RQ's worker does the taking and forking; here is what it lacks for us. Measured on RQ 3.0: it notices a killed worker after minutes, leaves
children of a timed-out job running, lets an orphaned horse go on beside its replacement, and quits when the queue server goes away while a
job runs.
"""

import gc
import logging
import os
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module, util
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.exceptions import InvalidJobOperation
from rq.serializers import JSONSerializer
from rq.timeouts import HorseMonitorTimeoutException
from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.errors import InputError
from memory.repositories import jobs
from memory.settings import StorageSettings
from tools import processes
from tools.queue import JOBS, POOLS, JobSpec, RqQueue, connect, installation, redis_queue
from tools.toolkit import Deps
from worker.job import configure, rehearse
from worker.settings import WorkerSettings, build_deps
from worker.sweeper import Sweeper, release

log = logging.getLogger(__name__)

# Imported before the first fork: mediapipe and langgraph imported inside each job cost 2.6 s a job, imported before it 4 ms (measured).
_WARM: Mapping[str, tuple[str, ...]] = {
    "agent": ("worker.agent_jobs",),
    "cpu": ("worker.media_jobs", "numpy", "cv2", "av", "onnxruntime", "PIL.Image"),
    "gpu": ("worker.media_jobs", "numpy", "cv2", "av", "onnxruntime", "PIL.Image"),
    "publish": ("worker.publish_jobs",),
}
_TTL_S, _MAINTENANCE_S, _RQ_HEARTBEAT_S = 30, 15, 5
_TICK_S = 2  # how often a worker looks after its horse
_GATE_S = 2.0  # how long a fork waits for a sweep in progress
_RECONNECT_S = (0.2, 0.5, 1.0, 2.0)


class ForgeWorker(Worker):
    """RQ's worker, with horses that never outlive it, never hang unseen, and whose jobs are given back when they die."""

    max_connection_wait_time = 2.0  # a server that was restarted is found again within this time
    log_job_description = False

    def __init__(self, pools: Sequence[str], connection: Redis, settings: StorageSettings, deps: Deps, owner: str, gate: threading.Lock):
        self.stop_was_requested = False
        self._owner, self._gate, self._lease_s = owner, gate, settings.lease_s
        self._looker = Database(settings.sqlalchemy_url)  # the parent's own, closed again after every use: see Sweeper
        self._queue = deps.queue
        name = installation(settings)
        super().__init__(
            [redis_queue(connection, name, pool) for pool in pools],
            name=f"{owner.replace(':', '-')}-{uuid.uuid4().hex[:6]}",
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=_TTL_S,
            maintenance_interval=_MAINTENANCE_S,
            job_monitoring_interval=_RQ_HEARTBEAT_S,
        )

    def subscribe(self) -> None:
        """Commands by pub/sub are not used (a cancel is a column of the row), so that is one thread fewer before a fork."""

    def unsubscribe(self) -> None: ...

    def request_stop(self, signum: int, frame: Any) -> None:
        self.stop_was_requested = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def set_shutdown_requested_date(self) -> None:
        with suppress(RedisError):  # runs inside a signal handler: without a queue server it must not lose the job
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]

    def fork_work_horse(self, job: Any, queue: Any) -> None:
        held = self._gate.acquire(timeout=_GATE_S)  # no sweep may be half done in what the child inherits
        try:
            super().fork_work_horse(job, queue)
        finally:
            if held:
                self._gate.release()

    def main_work_horse(self, job: Any, queue: Any) -> None:
        processes.die_with_parent(self.pid or 0)
        super().main_work_horse(job, queue)

    def perform_job(self, job: Any, queue: Any, execution: Any) -> bool:
        """Runs in the horse. RQ lets a horse whose job raised exit with 0; ours tells its worker, which then gives the row back."""
        if not super().perform_job(job, queue, execution):
            os._exit(1)
        return True

    def monitor_work_horse(self, job: Any, queue: Any, execution: Any) -> None:
        """Wait for the horse, look after it, and give its job back when it died in the middle."""
        horse, job_id = self.horse_pid, int(job.args[0])
        owner = f"{self._owner}:{horse}"
        status = self._wait(job, execution, job_id, owner)
        self._horse_pid = 0
        self.executions.pop(execution.id, None)
        if status == os.EX_OK:
            return  # run_job came back: how the job ended is saved
        log.warning("horse.died job_id=%s pid=%s status=%s", job_id, horse, status)
        processes.kill_group(horse)
        self._give_back(owner)
        with suppress(RedisError, InvalidJobOperation):
            self.handle_job_failure(job, queue=queue, exc_string=f"horse ended with {status}", execution=execution)

    def _wait(self, job: Any, execution: Any, job_id: int, owner: str) -> int | None:
        """The horse's exit status. One that does not hold its job for longer than a lease hangs, and is killed."""
        well_at = beat_at = time.monotonic()
        while True:
            try:
                with self.death_penalty_class(_TICK_S, HorseMonitorTimeoutException):
                    _, status, _ = self.wait_for_horse()
                return status
            except HorseMonitorTimeoutException:
                moment = time.monotonic()
            if self._is_well(job_id, owner):
                well_at = moment
            elif moment - well_at > self._lease_s + _TICK_S:
                log.error("horse.hangs job_id=%s: killed", job_id)
                self.kill_horse()
            if moment - beat_at > _RQ_HEARTBEAT_S:
                beat_at = moment
                with suppress(RedisError):
                    self.maintain_heartbeats(job, execution)

    def _is_well(self, job_id: int, owner: str) -> bool:
        try:
            with self._gate, self._looker.reading() as session:
                return jobs.look(session, job_id, owner).mine
        except SQLAlchemyError as error:
            log.warning("horse.cannot_look job_id=%s error=%s", job_id, error)
            return True  # says nothing about the horse
        finally:
            self._looker.close()

    def _give_back(self, owner: str) -> None:
        try:
            if isinstance(self._queue, RqQueue):
                release(self._looker, self._queue, owner)
        except SQLAlchemyError as error:
            log.warning("horse.not_released owner=%s error=%s", owner, error)  # its lease runs out instead
        finally:
            self._looker.close()


def run_worker(
    pools: Sequence[str],
    settings: StorageSettings,
    *,
    burst: bool = False,
    specs: Mapping[str, JobSpec] = JOBS,
    worker_settings: WorkerSettings | None = None,
) -> None:
    """Work on the jobs of these pools until SIGTERM or SIGINT: the first lets the job in hand end, a second one a second later does not.

    Args:
        pools: Names from `tools.queue.POOLS`; the first one goes first.
        burst: Return when the queues are empty.
        specs: The job kinds it knows.

    Raises:
        InputError: Unknown pool, or the queue server cannot be had.
    """
    if unknown := [pool for pool in pools if pool not in POOLS] or not pools:
        raise InputError(f"unknown pool: {unknown}.", hint=f"Pools are {', '.join(POOLS)}.")
    chosen = worker_settings or WorkerSettings()
    os.nice(chosen.niceness * (2 if {"cpu", "gpu"} & set(pools) else 1))
    if chosen.warm:
        _warm_up(pools, specs)
    if {"cpu", "gpu"} & set(pools):
        _choose_encoder(settings)
    deps = build_deps(settings)
    owner = configure(settings, specs=specs, deps=deps)
    rehearse(deps.database)
    gc.collect()
    gc.freeze()  # what is loaded now stays out of collections: horses then share these pages with the worker instead of copying them
    gate = threading.Lock()
    sweeper = Sweeper(settings, deps.clock, gate, every_s=chosen.sweep_s)
    sweeper.start()
    log.info("worker.started owner=%s pools=%s", owner, ",".join(pools))
    try:
        _work(pools, settings, deps, owner, gate, burst=burst)
    finally:
        sweeper.stop()
        with suppress(SQLAlchemyError):
            if isinstance(deps.queue, RqQueue):
                release(deps.database, deps.queue, owner, counts=False)  # only after a cold stop is there anything
        deps.database.close()
        log.info("worker.stopped owner=%s", owner)


def _choose_encoder(settings: StorageSettings) -> None:
    """Find out what this machine can encode with, before the first fork: horses inherit the answer."""
    from tools.video import encoders

    found = encoders.capabilities(settings.home)
    encoders.use(found)
    log.info("worker.encoder codec=%s decoder=%s", found.codec, found.decoder or "software")


def _work(pools: Sequence[str], settings: StorageSettings, deps: Deps, owner: str, gate: threading.Lock, *, burst: bool) -> None:
    """Keep an RQ worker going: it quits when the queue server goes away at the wrong moment."""
    failures = 0
    while True:
        started = time.monotonic()
        worker = None
        try:
            worker = ForgeWorker(pools, connect(settings), settings, deps, owner, gate)
            worker.work(burst=burst, logging_level="WARNING")
        except (RedisError, InputError) as error:
            log.warning("worker.lost_queue_server error=%s", error)
        if burst or (worker is not None and worker.stop_was_requested):
            return
        failures = 0 if time.monotonic() - started > 10 * _RECONNECT_S[-1] else failures + 1
        time.sleep(_RECONNECT_S[min(failures, len(_RECONNECT_S)) - 1])


def _warm_up(pools: Sequence[str], specs: Mapping[str, JobSpec]) -> None:
    """Import what the jobs of these pools need. A library that this machine cannot load is a matter for the job that asks for it."""
    modules = [name for pool in pools for name in _WARM[pool]]
    modules += [spec.path.rpartition(".")[0] for spec in specs.values() if spec.pool in pools]
    for name in dict.fromkeys(modules):
        try:
            if util.find_spec(name) is not None:
                import_module(name)
        except ImportError as error:
            log.warning("worker.cannot_import module=%s error=%s", name, error)
