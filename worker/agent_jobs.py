"""The job that advances runs. It is the one file of the workers that knows the graph."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agents.caller import ModelCaller
from agents.models import make_model
from agents.settings import ModelSettings
from agents.team import TEAM
from graphs.advance import advance as advance_run
from graphs.drafts import Drafts
from graphs.supervisor import build
from memory.checkpoints import open_checkpointer
from memory.domain import Json
from memory.errors import TransientError
from memory.repositories import runs
from memory.repositories.locks import release_thread_lock, renew_thread_lock, take_thread_lock
from worker.job import JobContext

log = logging.getLogger(__name__)


def advance(job: JobContext) -> Json:
    """Take a run as far as it goes now. Safe to run twice, and at once: one holds the thread's lock, the other comes back."""
    run_id = int(job.payload["run_id"])
    model_settings = ModelSettings()
    with _thread(job, runs.thread_id(run_id)), open_checkpointer(job.settings) as checkpointer:
        caller = ModelCaller(job.deps, make_model(model_settings), model_settings)
        graph = build(job.deps, caller, checkpointer, team=TEAM, on_draft=Drafts(job.deps.database))
        status = advance_run(job.deps, graph, run_id)
    return {"verdict": "ok", "text": f"run {run_id} is {status}", "status": status.value}


@contextmanager
def _thread(job: JobContext, thread_id: str) -> Iterator[None]:
    """Hold a thread's lock for as long as the work takes.

    Raises:
        TransientError: Somebody else holds it, or it was lost meanwhile: the run is looked at again.
    """
    with job.deps.database.session() as session:
        if not take_thread_lock(session, thread_id, job.owner, job.lease_s):
            raise TransientError(f"{thread_id} is being advanced by another worker.")
    done, lost = threading.Event(), threading.Event()

    def renew() -> None:
        while not done.wait(job.lease_s / 3):
            with job.deps.database.session() as session:
                if not renew_thread_lock(session, thread_id, job.owner, job.lease_s):
                    lost.set()
                    return

    renewer = threading.Thread(target=renew, name="thread-lock", daemon=True)
    renewer.start()
    try:
        yield
        if lost.is_set():
            raise TransientError(f"The lock of {thread_id} was lost.")
    finally:
        done.set()
        renewer.join()
        with job.deps.database.session() as session:
            release_thread_lock(session, thread_id, job.owner)
