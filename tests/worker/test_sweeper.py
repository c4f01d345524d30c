"""Rounds of the sweeper, one at a time."""

from datetime import timedelta

from memory.domain import ApprovalStatus, JobStatus, Role
from memory.repositories import approvals, jobs, locks, runs
from memory.tables import now
from tools import processes
from worker.settings import SystemClock
from worker.sweeper import sweep


def _age(desk, job_id: int) -> None:
    with desk.database.session() as session:
        row = jobs.find(session, job_id)
        assert row is not None
        row.created_at = now() - timedelta(seconds=10)


def test_a_waiting_job_that_was_never_sent_is_sent_once(desk):
    job_id = desk.ask("greet", send=False)
    _age(desk, job_id)

    for _ in range(3):
        sweep(desk.database, desk.queue, SystemClock())

    assert desk.queue.waiting("cpu") == {job_id}
    assert desk.queue.length("cpu") == 1


def test_a_job_whose_worker_fell_silent_waits_again(desk):
    job_id = desk.ask("greet", send=False)
    with desk.database.session() as session:
        jobs.claim(session, job_id, "elsewhere-00000000:1:1:2", -1)

    sweep(desk.database, desk.queue, SystemClock())

    assert desk.row(job_id).status is JobStatus.QUEUED and desk.queue.waiting("cpu") == {job_id}


def test_the_locks_of_the_dead_and_of_the_silent_are_removed(desk):
    with desk.database.session() as session:
        locks.take_thread_lock(session, "run-1", f"{processes.place()}:999999999:1:7", 600)
        locks.take_thread_lock(session, "run-2", "elsewhere-00000000:1:1:2", -1)
        locks.take_thread_lock(session, "run-3", "elsewhere-00000000:1:1:3", 600)

    sweep(desk.database, desk.queue, SystemClock())

    with desk.database.reading() as session:
        assert locks.owners(session) == ["elsewhere-00000000:1:1:3"]


def test_an_unanswered_approval_expires_and_its_run_is_told(desk, people):
    with desk.database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="post it")
        approval, _ = approvals.ask(
            session, workspace_id=people.workspace.id, run_id=run.id, call_id="c", tool="publish", arguments={}, content={}, why="",
            min_role=Role.OWNER, expires_at=now() - timedelta(seconds=1),
        )  # fmt: skip

    sweep(desk.database, desk.queue, SystemClock())

    with desk.database.reading() as session:
        assert approvals.get(session, approval.id).status is ApprovalStatus.EXPIRED
        advance = jobs.find_by_key(session, f"advance:{run.id}:approval-{approval.id}")
    assert advance is not None and advance.id in desk.queue.waiting("agent")
