"""The hand that plays the workers: claims job rows, runs the same cores as they do, saves the endings, and dies when told to."""

import logging
from collections.abc import Callable
from functools import partial

from pydantic import SecretStr

from evals.sample import StuckError
from graphs.advance import Graph, advance
from memory.domain import JobStatus, Json
from memory.errors import AppError, StoppedError, TransientError
from memory.repositories import jobs, posts
from memory.tables import Job
from tools.analytics.measure import measure
from tools.discovery.look import discover
from tools.discovery.settings import DiscoverySettings
from tools.publishing.delivery import Desk, deliver
from tools.publishing.settings import CHUNK_UNIT_BYTES, YouTubeSettings
from tools.queue import wake
from tools.toolkit import Deps
from tools.video.edit.finish import finish_edit
from tools.video.edit.preview import preview_edit
from tools.video.known import hear
from tools.video.produce import produce
from tools.video.settings import VideoSettings

log = logging.getLogger(__name__)

OWNER = "eval-hand"
_LEASE_S = 3600.0
_MOST_JOBS = 500  # in one go; more is a circle


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it but the hand, which then is a fresh process."""


def youtube_settings() -> YouTubeSettings:
    """The sandbox's OAuth client, small chunks and no long pauses."""
    return YouTubeSettings(
        client_id="sandbox-client",
        client_secret=SecretStr("sandbox-secret"),
        chunk_bytes=CHUNK_UNIT_BYTES,
        backoff_s=0.01,
        poll_s=0.02,
        processing_wait_s=1.0,
        timeout_s=10.0,
        retries=2,
    )


class Hand:
    """Works off job rows until none is due. `deaths` counts how often it was killed."""

    def __init__(self, deps: Deps, graph: Callable[[], Graph], begin_anew: Callable[[], None], platforms_url: str) -> None:
        self._deps, self._graph, self._begin_anew, self._url = deps, graph, begin_anew, platforms_url
        self.deaths = 0
        self._cores: dict[str, Callable[[Job, Callable[[], bool]], Json]] = {
            "advance": self._advance,
            "make_shorts": self._make_shorts,
            "publish_post": self._publish,
            "analyse_source": self._analyse_source,
            "preview_edit": self._preview_edit,
            "render_edit": self._render_edit,
            "measure": self._measure,
            "discover": self._discover,
        }

    def work(self) -> None:
        """Do everything there is to do, retries included: what waits for its time is done at once.

        Raises:
            StuckError: There is no end to it.
        """
        for _ in range(_MOST_JOBS):
            job_id = self._next()
            if job_id is None:
                return
            self._do(job_id)
        raise StuckError(f"more than {_MOST_JOBS} jobs came of one request")

    def _next(self) -> int | None:
        with self._deps.database.session() as session:
            waiting = [row for row in jobs.latest(session, 500, only_open=True) if row.status is JobStatus.QUEUED]
            due = min(waiting, key=lambda row: (row.not_before is not None, row.id), default=None)
            if due is not None:
                due.not_before = None
            return due.id if due is not None else None

    def _do(self, job_id: int) -> None:
        with self._deps.database.session() as session:
            job = jobs.claim(session, job_id, OWNER, _LEASE_S)
        if job is None:
            return
        try:
            end = self._perform(job)
            with self._deps.database.session() as session:
                wake(session, end(session))
        except Killed:
            self.deaths += 1
            self._begin_anew()
            with self._deps.database.session() as session:
                jobs.release_owner(session, OWNER)

    def _perform(self, job: Job) -> Callable[..., Job | None]:
        """Run the core and choose the ending, as `worker.job` does. What is no AppError is a bug and goes up to the runner."""
        try:
            result = self._cores[job.kind](job, partial(self._is_cancelled, job.id))
        except StoppedError as error:
            return partial(jobs.cancel, job_id=job.id, owner=OWNER, reason=str(error))
        except TransientError as error:
            return partial(jobs.retry_later, job_id=job.id, owner=OWNER, delay_s=error.retry_after_s or 1.0, error=str(error))
        except AppError as error:
            return partial(jobs.fail, job_id=job.id, owner=OWNER, error=str(error))
        return partial(jobs.succeed, job_id=job.id, owner=OWNER, result=result)

    def _is_cancelled(self, job_id: int) -> bool:
        with self._deps.database.reading() as session:
            return jobs.look(session, job_id, OWNER).cancel_requested

    def _advance(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        status = advance(self._deps, self._graph(), int(job.payload["run_id"]))
        return {"verdict": "ok", "text": f"the run is {status}"}

    def _analyse_source(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        workspace_id, asset_id = int(job.payload["workspace_id"]), int(job.payload["asset_id"])
        return hear(self._deps, workspace_id, asset_id, report=_tell_nobody, cancelled=cancelled)

    def _make_shorts(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        settings = VideoSettings(preset="quick", min_s=4.0, max_s=8.0)
        return produce(self._deps, settings, int(job.payload["production_id"]), report=_tell_nobody, cancelled=cancelled)

    def _preview_edit(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        workspace_id, variant_id = int(job.payload["workspace_id"]), int(job.payload["variant_id"])
        words, key = str(job.payload["words"]), str(job.payload["edit"])
        return preview_edit(self._deps, workspace_id, variant_id, words, key, job.run_id, cancelled=cancelled)

    def _render_edit(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        workspace_id, revision_id = int(job.payload["workspace_id"]), int(job.payload["revision_id"])
        settings = VideoSettings(preset="quick")
        return finish_edit(self._deps, settings, workspace_id, revision_id, tell=_tell_nobody, cancelled=cancelled)

    def _publish(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        post_id = int(job.payload["post_id"])
        if (approval_id := job.payload.get("approval_id")) is not None:
            with self._deps.database.session() as session:
                posts.work(session, post_id).effect.approval_id = approval_id
        return deliver(self._desk(cancelled), post_id)

    def _measure(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        return measure(self._desk(cancelled), job.payload["workspace_id"], job.payload["post_ids"])

    def _discover(self, job: Job, cancelled: Callable[[], bool]) -> Json:
        feeds = tuple(f"{self._url}/feeds/{name}.xml" for name in ("tech", "makers", "science"))
        settings = DiscoverySettings(feeds=feeds, hn_url=self._url, hn_top=10, timeout_s=5.0)
        wanted = {name: job.payload[name] for name in ("count", "niche") if name in job.payload}
        return discover(self._deps, job.payload["workspace_id"], settings=settings, cancelled=cancelled, **wanted)

    def _desk(self, cancelled: Callable[[], bool]) -> Desk:
        return Desk(self._deps, youtube_settings(), _tell_nobody, cancelled)


def _tell_nobody(fraction: float, stage: str) -> None:
    return None
