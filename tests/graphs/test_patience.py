"""A person may take their time: a run does not run out while its question is open."""

from collections.abc import Callable

from langchain_core.messages import AIMessage
from sqlalchemy import select

from agents.scripted import in_order
from memory.domain import RunStatus
from memory.repositories import approvals, runs
from memory.tables import Approval, Job
from tests.conftest import HandClock
from tests.graphs.small_team import Table, says


def test_a_yes_after_23_hours_is_carried_out_and_the_run_succeeds(lay: Callable[..., Table], clock: HandClock) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Posted.")))
    run_id = table.start()
    with table.deps.database.session() as session:
        runs.get(session, run_id).created_at = clock.now()
    table.advance(run_id)
    clock.advance(hours=23)
    with table.deps.database.session() as session:
        question = session.scalars(select(Approval)).one()
        approvals.decide(session, question.id, table.people.owner, approve=True, at=clock.now())

    table.advance(run_id)
    with table.deps.database.reading() as session:
        job_id = session.scalars(select(Job.id).where(Job.run_id == run_id)).one()
    table.end_job(job_id)

    assert table.advance(run_id) is RunStatus.SUCCEEDED
