"""A run whose advance failed for good is ended, and its owner is told."""

from memory.database import Database
from memory.domain import JobStatus, RunStatus
from memory.repositories import outbox, runs
from memory.tables import Job, move_to
from tests.conftest import People
from tools.queue import request_advance
from worker.sweeper import _end_abandoned


def start(database: Database, people: People) -> tuple[int, int]:
    with database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="x", conversation_id=people.conversation.id)
        return run.id, request_advance(session, run.id, "message-1").id


def fail(database: Database, job_id: int) -> None:
    with database.session() as session:
        move_to(session.get_one(Job, job_id), JobStatus.FAILED)


def test_a_run_that_nothing_will_wake_is_ended_and_its_owner_told(database: Database, people: People) -> None:
    run_id, job_id = start(database, people)
    fail(database, job_id)

    _end_abandoned(database)

    with database.reading() as session:
        assert runs.get(session, run_id).status is RunStatus.BLOCKED
        (said,) = outbox.recent(session, people.conversation.id, 5)
        assert "unexpected" in said.payload["text"]


def test_a_run_with_work_left_is_left_alone(database: Database, people: People) -> None:
    run_id, job_id = start(database, people)
    fail(database, job_id)
    with database.session() as session:
        request_advance(session, run_id, "job-2")

    _end_abandoned(database)

    with database.reading() as session:
        assert runs.get(session, run_id).status is RunStatus.QUEUED
