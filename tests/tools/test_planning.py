"""Showing a plan, and handing the work over."""

import pytest

from memory.errors import InputError
from memory.repositories import outbox, runs
from tests.conftest import People
from tools.planning import WRITERS, hand_to, propose_plan
from tools.registry import BY_AGENT
from tools.toolkit import Context, Deps


def propose(deps: Deps, people: People, steps: list[str], *, quiet: bool = False) -> int:
    with deps.database.session() as session:
        conversation_id = None if quiet else people.conversation.id
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="go", conversation_id=conversation_id)
        propose_plan.function(Context(deps, session, run, "c"), understood="make it", steps=steps)
        return run.id


def test_a_plan_is_shown_with_its_start_button_and_kept(deps: Deps, people: People) -> None:
    run_id = propose(deps, people, ["cut", "caption"])

    with deps.database.reading() as session:
        (row,) = outbox.recent(session, people.conversation.id, 5)
        message = outbox.to_message(row)
        assert runs.get(session, run_id).plan == ["cut", "caption"]
    assert message.text == "I understood: make it\n\nThe plan:\n1. cut\n2. caption"
    assert [button.action for button in message.buttons] == [f"go:{run_id}", f"no:{run_id}"]


@pytest.mark.parametrize("steps", [[], ["x"] * 13])
def test_a_plan_has_one_to_twelve_steps(deps: Deps, people: People, steps: list[str]) -> None:
    with pytest.raises(InputError, match="1 to 12"):
        propose(deps, people, steps)


def test_a_scheduled_run_keeps_its_plan_and_tells_nobody(deps: Deps, people: People) -> None:
    run_id = propose(deps, people, ["cut"], quiet=True)

    with deps.database.reading() as session:
        assert runs.get(session, run_id).plan == ["cut"]
        assert outbox.recent(session, people.conversation.id, 5) == []


def test_work_goes_to_the_specialists_and_the_writers_alone() -> None:
    for name in (*(set(BY_AGENT) - {"supervisor"}), WRITERS):
        assert hand_to.parse({"specialist": name, "task": "t"})["specialist"] == name
    for name in ("supervisor", "root", ""):
        with pytest.raises(InputError):
            hand_to.parse({"specialist": name, "task": "t"})
