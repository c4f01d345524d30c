"""A whole run with a model behind HTTP: plan, hand over, a tool, a question to the owner, the answer."""

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from graphs.advance import advance
from graphs.supervisor import build
from memory.checkpoints import open_checkpointer
from memory.domain import RunStatus
from memory.errors import TransientError
from memory.repositories import approvals, jobs, outbox
from memory.settings import StorageSettings
from memory.tables import Approval, Job
from tests.agents.conftest import Endpoint, Line, calls, fails, says
from tests.graphs.small_team import TEAM, done


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    done.clear()
    yield


def test_plan_then_tool_then_approval_then_answer(dial: Callable[..., Line], endpoint: Endpoint, settings: StorageSettings) -> None:
    hand = '{"specialist": "%s", "task": "do it"}'
    endpoint.will(
        calls(("call_0", "propose_plan", '{"understood": "post x", "steps": ["look", "post"]}')),
        calls(("call_0", "hand_to", hand % "scout")),
        calls(("call_0", "look", '{"what": "x"}')),
        fails(500),
        says("I looked."),
        calls(("call_0", "hand_to", hand % "publisher")),
        calls(("call_0", "publish", '{"name": "x"}')),
        says("It is posted."),
        says("Posted x."),
    )
    line = dial()
    deps = line.deps
    with open_checkpointer(settings) as saver:
        graph = build(deps, line.caller, saver, team=TEAM)
        assert advance(deps, graph, line.run_id) is RunStatus.WAITING
        with deps.database.session() as session:
            question = session.scalars(select(Approval)).one()
            approvals.decide(session, question.id, line.people.owner, approve=True, at=deps.clock.now())
        assert advance(deps, graph, line.run_id) is RunStatus.WAITING
        with deps.database.session() as session:
            job = session.scalars(select(Job)).one()
            jobs.claim(session, job.id, "test", 60)
            jobs.succeed(session, job.id, "test", {"verdict": "ok", "text": "done"})
        assert advance(deps, graph, line.run_id) is RunStatus.SUCCEEDED

    with deps.database.reading() as session:
        said = [row.payload["text"] for row in outbox.recent(session, line.people.conversation.id, 20)]
    run = line.run()
    assert done == ["look x"]
    assert run.plan == ["look", "post"]
    assert said[-1] == "Posted x."
    assert run.answer == "Posted x."
    assert (run.steps, run.tokens_in) == (8, 800)
    roles = [message["role"] for message in endpoint.heard[-1]["messages"]]
    assert roles[:4] == ["system", "user", "assistant", "tool"]
    results = [json.loads(message["content"]) for message in endpoint.heard[-1]["messages"] if message["role"] == "tool"]
    assert [result["verdict"] for result in results] == ["ok"] * 5


def test_a_run_goes_on_where_it_was_when_the_endpoint_comes_back(
    dial: Callable[..., Line], endpoint: Endpoint, settings: StorageSettings
) -> None:
    endpoint.will(calls(("a", "hand_to", '{"specialist": "scout", "task": "look"}')), calls(("b", "look", "{}")), fails(503))
    line = dial(max_tries=2)
    with open_checkpointer(settings) as saver:
        graph = build(line.deps, line.caller, saver, team=TEAM)
        with pytest.raises(TransientError):
            advance(line.deps, graph, line.run_id)
        endpoint.heard.clear()
        endpoint.will(says("Seen."), says("All seen."))

        assert advance(line.deps, graph, line.run_id) is RunStatus.SUCCEEDED

    assert done == ["look around"]
    assert line.run().answer == "All seen."


def test_a_wrong_key_blocks_the_run_and_says_why(dial: Callable[..., Line], endpoint: Endpoint, settings: StorageSettings) -> None:
    line = dial(api_key="wrong")
    with open_checkpointer(settings) as saver:
        assert advance(line.deps, build(line.deps, line.caller, saver, team=TEAM), line.run_id) is RunStatus.BLOCKED

    assert "401" in line.run().answer
