"""The table of job kinds, and asking for jobs."""

import pytest

from memory.errors import InputError
from memory.repositories import jobs, runs
from tools.queue import JOBS, POOLS, cancel_job, create_job, request_advance


@pytest.mark.parametrize("kind", JOBS)
def test_every_kind_names_a_pool_and_can_be_tried_again(kind: str):
    spec = JOBS[kind]

    assert spec.pool in POOLS and spec.timeout_s > 0 and spec.max_attempts > 1 and spec.retry_delays_s


def test_a_job_of_one_key_is_made_once(any_database):
    made = []
    for _ in range(2):
        with any_database.session() as session:
            made.append(create_job(session, kind="make_shorts", key="production-1", payload={"production_id": 1}).id)

    assert made[0] == made[1]


def test_an_unknown_kind_is_refused(database):
    with database.session() as session, pytest.raises(InputError, match="no job kind 'dance'"):
        create_job(session, kind="dance", key="k", payload={})


def test_a_cancel_of_a_waiting_job_wakes_its_run(database, people):
    with database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="make it")
        job = create_job(session, kind="make_shorts", key="k", payload={}, run_id=run.id, call_id="call-1")
        advance = cancel_job(session, job.id)

    assert advance is not None and advance.key == f"advance:{run.id}:job-{job.id}"


def test_an_advance_is_asked_for_once_per_cause(database, people):
    with database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="make it")
        first, second, third = (request_advance(session, run.id, cause) for cause in ("message-1", "message-1", "job-2"))
        waiting = jobs.due(session)

    assert first.id == second.id != third.id
    assert {row.pool for row in waiting} == {"agent"}


@pytest.mark.parametrize("kind", JOBS)
def test_every_kind_names_a_function_that_exists(kind: str):
    from worker.job import load

    assert callable(load(JOBS[kind].path))
