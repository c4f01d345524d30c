"""The gate, the questions and the waiting, played through the real graph with a scripted model."""

from collections.abc import Callable

import pytest
from langchain_core.messages import AIMessage, BaseMessage
from sqlalchemy import select

from agents.scripted import in_order
from memory.domain import ApprovalStatus, Autonomy, RunStatus
from memory.errors import InputError
from memory.repositories import approvals, controls, outbox, runs, workspaces
from memory.tables import Approval, Job, Workspace
from tests.conftest import HandClock
from tests.graphs.small_team import TEAM, Table, done, says, shown

Lay = Callable[..., Table]


def jobs_of(table: Table, run_id: int) -> list[Job]:
    with table.deps.database.reading() as session:
        return list(session.scalars(select(Job).where(Job.run_id == run_id).order_by(Job.id)))


def asked(table: Table, run_id: int) -> list[Approval]:
    with table.deps.database.reading() as session:
        return list(session.scalars(select(Approval).where(Approval.run_id == run_id).order_by(Approval.id)))


def answer(table: Table, approval_id: int, *, yes: bool) -> None:
    with table.deps.database.session() as session:
        approvals.decide(session, approval_id, table.people.owner, approve=yes, at=table.deps.clock.now())


def said(table: Table) -> list[str]:
    with table.deps.database.reading() as session:
        return [row.payload["text"] for row in outbox.recent(session, table.people.conversation.id, 50)]


def test_a_run_that_only_looks_ends_with_its_answer(lay: Lay) -> None:
    table = lay(in_order(says(a=("look", {"what": "left"}), b=("look", {"what": "right"})), AIMessage("Seen.")))
    run_id = table.start()

    status = table.advance(run_id)

    assert status is RunStatus.SUCCEEDED
    assert sorted(done) == ["look left", "look right"]
    assert said(table) == ["Seen."]


def test_advancing_an_ended_run_changes_nothing(lay: Lay) -> None:
    table = lay(in_order(says(a=("look", {})), AIMessage("Seen.")))
    run_id = table.start()
    table.advance(run_id)

    status = table.advance(run_id)

    assert status is RunStatus.SUCCEEDED
    assert done == ["look around"]
    assert said(table) == ["Seen."]


def test_long_work_sleeps_on_its_job_and_wakes_with_its_result(lay: Lay) -> None:
    table = lay(in_order(says(a=("work", {"number": 1})), AIMessage("Done.")))
    run_id = table.start()
    assert table.advance(run_id) is RunStatus.WAITING
    (job,) = jobs_of(table, run_id)
    assert table.deps.queue.sent == [(job.id, "cpu")]  # type: ignore[attr-defined]
    assert table.advance(run_id) is RunStatus.WAITING

    table.end_job(job.id)

    assert table.advance(run_id) is RunStatus.SUCCEEDED
    assert len(jobs_of(table, run_id)) == 1


def test_publishing_asks_and_goes_on_after_the_yes(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Posted.")))
    run_id = table.start()
    assert table.advance(run_id) is RunStatus.WAITING
    (question,) = asked(table, run_id)
    assert jobs_of(table, run_id) == []

    answer(table, question.id, yes=True)
    assert table.advance(run_id) is RunStatus.WAITING
    (job,) = jobs_of(table, run_id)
    assert job.payload["approval_id"] == question.id
    table.end_job(job.id)

    assert table.advance(run_id) is RunStatus.SUCCEEDED
    assert asked(table, run_id)[0].status is ApprovalStatus.USED


@pytest.mark.parametrize("yes_to", [0, 1, 2])
def test_of_three_questions_only_the_approved_one_is_done_once(lay: Lay, yes_to: int) -> None:
    calls = {name: ("publish", {"name": name}) for name in "abc"}
    table = lay(in_order(says(**calls, look=("look", {})), AIMessage("End.")))
    run_id = table.start()
    table.advance(run_id)
    questions = asked(table, run_id)
    assert len(questions) == 3

    answer(table, questions[yes_to].id, yes=True)
    table.advance(run_id)
    table.advance(run_id)
    (job,) = jobs_of(table, run_id)
    assert job.payload["name"] == questions[yes_to].arguments["name"]
    for number, question in enumerate(questions):
        if number != yes_to:
            answer(table, question.id, yes=False)
    table.advance(run_id)
    table.end_job(job.id)

    assert table.advance(run_id) is RunStatus.DEGRADED
    assert len(jobs_of(table, run_id)) == 1
    assert done == ["look around"]


def test_a_rejected_post_is_never_published(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Fine.")))
    run_id = table.start()
    table.advance(run_id)

    answer(table, asked(table, run_id)[0].id, yes=False)

    assert table.advance(run_id) is RunStatus.DEGRADED
    assert jobs_of(table, run_id) == []


def test_silence_means_no(lay: Lay, clock: HandClock) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Nobody answered.")))
    run_id = table.start()
    table.advance(run_id)

    clock.advance(hours=25)

    with pytest.raises(InputError, match="no longer open"):
        table.advance(run_id)
        answer(table, asked(table, run_id)[0].id, yes=True)
    assert asked(table, run_id)[0].status is ApprovalStatus.EXPIRED
    assert jobs_of(table, run_id) == []


def test_a_yes_given_for_other_content_is_not_used(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("It changed.")))
    run_id = table.start()
    table.advance(run_id)
    answer(table, asked(table, run_id)[0].id, yes=True)

    shown["text"] = "swapped"

    assert table.advance(run_id) is RunStatus.BLOCKED
    assert jobs_of(table, run_id) == []


def test_a_second_answer_is_refused(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("End.")))
    run_id = table.start()
    table.advance(run_id)
    question = asked(table, run_id)[0]
    answer(table, question.id, yes=False)

    with pytest.raises(InputError, match="no longer open"):
        answer(table, question.id, yes=True)


def test_stop_in_the_middle_stops_before_the_effect(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Posted.")))
    run_id = table.start()
    table.advance(run_id)
    answer(table, asked(table, run_id)[0].id, yes=True)
    with table.deps.database.session() as session:
        controls.set_stopped(session, f"workspace:{table.people.workspace.id}", stopped=True, by="owner")

    assert table.advance(run_id) is RunStatus.CANCELED
    assert jobs_of(table, run_id) == []


def test_capped_autonomy_publishes_without_asking_until_something_foreign_was_read(lay: Lay) -> None:
    script = in_order(says(a=("publish", {"name": "x"})), says(b=("read_page", {})), says(c=("publish", {"name": "y"})), AIMessage("End."))
    table = lay(script)
    with table.deps.database.session() as session:
        session.get_one(Workspace, table.people.workspace.id).autonomy = Autonomy.CAPPED
    run_id = table.start()
    table.advance(run_id)
    (job,) = jobs_of(table, run_id)
    assert asked(table, run_id) == []
    table.end_job(job.id)

    table.advance(run_id)

    (question,) = asked(table, run_id)
    assert question.arguments == {"name": "y"}
    assert "text from outside" in question.why


def test_a_run_without_anybody_to_ask_is_told_no(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("Could not.")))
    with table.deps.database.session() as session:
        run = runs.add(session, workspace_id=table.people.workspace.id, trigger="schedule", request="daily")

    assert table.advance(run.id) is RunStatus.BLOCKED
    assert asked(table, run.id) == []


def test_a_looping_agent_is_ended_by_its_limit(lay: Lay) -> None:
    spoken: list[int] = []

    def script(messages: list[BaseMessage], tools: frozenset[str]) -> AIMessage:
        spoken.append(1)
        return says(**{f"c{len(messages)}": ("look", {})})

    table = lay(script)
    run_id = table.start()

    assert table.advance(run_id) is RunStatus.BLOCKED
    assert len(spoken) == table.run(run_id).max_steps
    assert "steps" in said(table)[-1]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(("look", {"what": 3}), id="wrong type"),
        pytest.param(("look", {"why": "x"}), id="unknown argument"),
        pytest.param(("erase_everything", {}), id="unknown tool"),
        pytest.param(("publish", {}), id="missing argument"),
        pytest.param(("", {"unreadable": "{"}), id="garbled"),
    ],
)
def test_a_wrong_call_is_answered_and_the_run_goes_on(lay: Lay, call: tuple[str, dict[str, object]]) -> None:
    table = lay(in_order(says(a=call), says(b=("look", {})), AIMessage("Better.")))
    run_id = table.start()

    table.advance(run_id)

    assert done == ["look around"]
    assert said(table) == ["Better."]
    assert asked(table, run_id) == []


def test_specialists_hold_their_own_tools_and_report_back(lay: Lay) -> None:
    def script(messages: list[BaseMessage], tools: frozenset[str]) -> AIMessage:
        if "hand_to" in tools:
            handed = any(getattr(message, "name", "") == "scout" for message in messages)
            return AIMessage("All seen.") if handed else says(h=("hand_to", {"specialist": "scout", "task": "look"}))
        looked = any(getattr(message, "name", "") == "look" for message in messages)
        return AIMessage("I looked.") if looked else says(l=("look", {}), p=("publish", {"name": "x"}))

    table = lay(script, team=TEAM)
    run_id = table.start()

    status = table.advance(run_id)

    assert done == ["look around"]
    assert said(table) == ["All seen."]
    assert asked(table, run_id) == []
    assert status is RunStatus.BLOCKED  # the scout reached for a tool it does not hold


def test_two_runs_of_one_conversation_do_not_disturb_each_other(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("End.")))
    first, second = table.start("one"), table.start("two")
    table.advance(first)
    table.advance(second)

    answer(table, asked(table, second)[0].id, yes=False)

    assert table.advance(second) is RunStatus.DEGRADED
    assert table.advance(first) is RunStatus.WAITING


def test_the_owner_of_another_workspace_cannot_answer(lay: Lay) -> None:
    table = lay(in_order(says(a=("publish", {"name": "x"})), AIMessage("End.")))
    run_id = table.start()
    table.advance(run_id)
    question = asked(table, run_id)[0]
    with table.deps.database.session() as session:
        other = workspaces.ensure_workspace(session, "other")
        stranger = workspaces.ensure_member(session, other.id, "terminal", "x", role=table.people.owner.role)

    with pytest.raises(Exception, match="Only an editor"), table.deps.database.session() as session:
        approvals.decide(session, question.id, stranger, approve=True)
