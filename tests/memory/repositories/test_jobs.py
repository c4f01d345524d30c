"""Leases: one worker at a time, and only the one that holds a job may say how it went. On both databases."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from memory.domain import JobStatus
from memory.repositories import jobs, locks


def _add(database, *, max_attempts: int = 3) -> int:
    with database.session() as session:
        return jobs.add(session, key=f"k{time.monotonic_ns()}", kind="greet", pool="cpu", payload={}, max_attempts=max_attempts).id


def _claim(database, job_id: int, owner: str, lease_s: float = 60.0) -> int | None:
    """The attempt it is now, None when it was not to be had."""
    with database.session() as session:
        row = jobs.claim(session, job_id, owner, lease_s)
        return None if row is None else row.attempts


def _find(database, job_id: int):
    with database.reading() as session:
        return jobs.find(session, job_id)


def test_of_many_workers_one_gets_the_job(any_database):
    job_id = _add(any_database)

    with ThreadPoolExecutor(6) as threads:
        claims = list(threads.map(lambda n: _claim(any_database, job_id, f"w{n}"), range(6)))

    assert [claim for claim in claims if claim is not None] == [1]


def test_many_makers_of_one_key_make_one_job(any_database):
    def make(_: int) -> int:
        with any_database.session() as session:
            return jobs.add(session, key="same", kind="greet", pool="cpu", payload={}, max_attempts=3).id

    with ThreadPoolExecutor(6) as threads:
        made = set(threads.map(make, range(6)))

    assert len(made) == 1


def test_a_silent_worker_loses_its_job_and_is_not_believed_afterwards(any_database):
    job_id = _add(any_database)
    _claim(any_database, job_id, "slow", lease_s=-1)

    second = _claim(any_database, job_id, "quick")
    with any_database.session() as session:
        held = jobs.heartbeat(session, job_id, "slow", 60)
        late = jobs.succeed(session, job_id, "slow", {"verdict": "ok"})

    assert second == 2 and held.mine is False and late is None
    assert _find(any_database, job_id).lease_owner == "quick"


def test_a_delayed_job_waits_for_its_time(database):
    job_id = _add(database)
    _claim(database, job_id, "w")
    with database.session() as session:
        jobs.retry_later(session, job_id, "w", 0.2, "busy")
        assert jobs.due(session) == []

    assert _claim(database, job_id, "w") is None
    time.sleep(0.2)

    assert _claim(database, job_id, "w") == 2


def test_a_new_job_is_left_to_its_maker_for_a_moment(database):
    job_id = _add(database)

    with database.reading() as session:
        assert jobs.due(session, waiting_s=60) == [] and jobs.due(session) == [(job_id, "cpu")]


def test_attempts_end(any_database):
    job_id = _add(any_database, max_attempts=2)

    for _ in range(2):
        _claim(any_database, job_id, "w", lease_s=-1)
        with any_database.session() as session:
            assert jobs.has_expired(session)
            jobs.release_expired(session)

    row = _find(any_database, job_id)
    assert row.status is JobStatus.FAILED and row.result["verdict"] == "blocked"


def test_a_dead_owner_gives_back_what_its_horses_held_and_nobody_elses(any_database):
    mine, mine_too, other = (_add(any_database) for _ in range(3))
    _claim(any_database, mine, "place:1:2:30")
    _claim(any_database, mine_too, "place:1:2:31")
    _claim(any_database, other, "place:1:22:30")

    with any_database.session() as session:
        released = jobs.release_owner(session, "place:1:2")

    assert {row.id for row in released} == {mine, mine_too}
    assert _find(any_database, other).status is JobStatus.RUNNING


@pytest.mark.parametrize(("counts", "attempts"), [(True, 1), (False, 0)])
def test_an_attempt_that_we_broke_off_does_not_count(database, counts: bool, attempts: int):
    job_id = _add(database)
    _claim(database, job_id, "w")

    with database.session() as session:
        jobs.release_owner(session, "w", counts=counts)

    assert _find(database, job_id).attempts == attempts


def test_a_job_that_should_stop_is_canceled_when_its_worker_dies(database):
    job_id = _add(database)
    _claim(database, job_id, "w")

    with database.session() as session:
        jobs.request_cancel(session, job_id)
        assert jobs.look(session, job_id, "w") == (True, True)
        jobs.release_owner(session, "w")

    assert _find(database, job_id).status is JobStatus.CANCELED


def test_a_stop_of_a_workspace_cancels_its_jobs_but_not_its_advances(database, people):
    from memory.repositories import runs

    with database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="make it")
        for kind in ("make_shorts", "advance"):
            jobs.add(session, key=kind, kind=kind, pool="cpu", payload={}, max_attempts=3, run_id=run.id)
        elsewhere = jobs.request_cancel_all(session, workspace_id=people.workspace.id + 1)
        canceled = jobs.request_cancel_all(session, workspace_id=people.workspace.id)

    assert elsewhere == [] and [row.kind for row in canceled] == ["make_shorts"]


def test_a_thread_has_one_holder(any_database):
    def take(owner: str, lease_s: float = 60.0) -> bool:
        with any_database.session() as session:
            return locks.take_thread_lock(session, "run-1", owner, lease_s)

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(take, [f"w{n}:1" for n in range(6)])) == 1
    with any_database.session() as session:
        holder = locks.owners(session)[0]
        assert locks.take_thread_lock(session, "run-1", holder, -1) and locks.has_expired(session)

    assert take("next:1")
    with any_database.session() as session:
        assert not locks.renew_thread_lock(session, "run-1", holder, 60)
        locks.release_thread_lock(session, "run-1", holder)
        assert locks.owners(session) == ["next:1"]
        assert locks.release_owner(session, "next") == 1
    assert take("last:1")
