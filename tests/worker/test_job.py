"""Jobs on a real queue with a real worker: what runs, how often, and how each way to end looks."""

import time
from collections.abc import Callable
from subprocess import Popen

import pytest

from memory.domain import JobStatus
from memory.repositories import runs
from memory.tables import Job
from tools.queue import RqQueue, cancel_job, create_job, open_queue

Start = Callable[..., "Popen[bytes]"]


def test_a_job_runs_and_its_result_is_kept(desk, start_worker: Start):
    start_worker()

    row = desk.wait(desk.ask("greet", name="Olive"))

    assert row.result == {"verdict": "ok", "text": "Hello Olive.", "attempt": 1}
    assert row.progress == 1.0 and row.ended_at is not None and row.lease_owner == ""


def test_a_job_that_is_sent_many_times_runs_once(desk, start_worker: Start):
    job_id = desk.ask("greet")
    for _ in range(5):
        desk.queue.send(job_id, "cpu")
    start_worker()

    desk.wait(job_id)
    last = desk.ask("greet")
    desk.wait(last)

    assert len(desk.starts) == 2


def test_the_same_key_is_the_same_job(desk):
    assert desk.ask("greet", key="one", send=False) == desk.ask("greet", key="one", send=False)


def test_every_way_to_end(desk, start_worker: Start):
    asked = {kind: desk.ask(kind) for kind in ("refuse", "busy_once", "crash", "die", "unstorable", "work")}
    start_worker()

    refused = desk.wait(asked["refuse"], JobStatus.FAILED)
    answered = desk.wait(asked["busy_once"])
    crashed = desk.wait(asked["crash"], JobStatus.FAILED)
    died = desk.wait(asked["die"], JobStatus.FAILED)
    unstorable = desk.wait(asked["unstorable"], JobStatus.FAILED)
    worked = desk.wait(asked["work"])

    assert refused.attempts == 1 and refused.result["text"] == "This is not a video. Send one." and refused.result["verdict"] == "blocked"
    assert answered.attempts == 2
    assert crashed.attempts == 3 and "tried 3 times" in crashed.error and "a bug" not in crashed.error
    assert died.attempts == 3 and unstorable.attempts == 3
    assert worked.stage == "step 3"


def test_a_job_over_its_time_limit_is_ended_with_its_children(desk, start_worker: Start, is_running):
    start_worker()

    row = desk.wait(desk.ask("sleep_briefly"), JobStatus.FAILED)

    assert row.attempts == 2 and "not done after 1 seconds" in row.error
    assert not is_running(desk.child)


@pytest.mark.parametrize("kind", ["sleep", "spin"])
def test_a_cancel_ends_a_job_that_never_asks_within_two_seconds(desk, start_worker: Start, is_running, kind: str):
    start_worker()
    job_id = desk.ask(kind)
    if kind == "sleep":
        child = desk.child
    desk.wait(job_id, JobStatus.RUNNING)

    started = time.monotonic()
    with desk.database.session() as session:
        cancel_job(session, job_id)
    row = desk.wait(job_id, JobStatus.CANCELED)

    assert time.monotonic() - started < 2.0
    assert row.result["verdict"] == "blocked"
    assert kind == "spin" or not is_running(child)


def test_a_waiting_job_is_canceled_at_once_and_never_runs(desk, start_worker: Start):
    job_id = desk.ask("greet")
    with desk.database.session() as session:
        cancel_job(session, job_id)
    start_worker()

    desk.wait(desk.ask("greet"))

    assert desk.row(job_id).status is JobStatus.CANCELED and len(desk.starts) == 1


def test_the_end_of_a_job_wakes_the_run_that_waits_for_it(desk, people, start_worker: Start, until):
    from tiny_jobs import SPECS

    with desk.database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="make it")
        payload = {"file": str(desk.file)}
        job = create_job(session, kind="greet", key="k", payload=payload, run_id=run.id, call_id="call-1", spec=SPECS["greet"])
    desk.queue.send(job.id, job.pool)
    start_worker("cpu")

    desk.wait(job.id)

    advance = _by_key(desk, f"advance:{run.id}:job-{job.id}")
    assert advance.kind == "advance" and advance.payload == {"run_id": run.id, "cause": f"job-{job.id}"}
    until(lambda: advance.id in desk.queue.waiting("agent"))


def _by_key(desk, key: str) -> Job:
    from memory.repositories import jobs

    with desk.database.reading() as session:
        row = jobs.find_by_key(session, key)
    assert row is not None
    return row


def test_two_installations_on_one_server_do_not_mix(settings, queue: RqQueue, tmp_path):
    other = settings.model_copy(update={"home": tmp_path / "other", "database_url": "", "redis_url": f"unix://{settings.queue_socket}"})

    queue.send(1, "cpu")

    assert queue.waiting("cpu") == {1}
    assert open_queue(other).waiting("cpu") == set()
