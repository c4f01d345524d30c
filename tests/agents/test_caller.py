"""The model client against a real HTTP endpoint: what is said, booked, tried again and given up."""

import json
from collections.abc import Callable

import pytest
from aiohttp import web
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from sqlalchemy import text

from agents.agent import Agent
from memory.errors import InputError, LimitError, StoppedError, TransientError
from memory.repositories import controls, runs
from memory.tables import Workspace
from tests.agents.conftest import Endpoint, Line, Reply, calls, chunk, fails, says, stream, usage_chunk
from tests.conftest import HandClock
from tests.graphs.small_team import look, publish
from tools.planning import PROPOSE

Dial = Callable[..., Line]
AGENT = Agent("scout", "You look.", (look, publish))


def ask(line: Line, history: list[BaseMessage] | None = None) -> tuple[AIMessage, list[str]]:
    heard: list[str] = []
    return line.caller.call(line.run_id, AGENT, history or [HumanMessage("hello")], heard.append), heard


def test_the_answer_is_heard_while_it_grows_and_its_cost_is_booked(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("Good ", "morning", ".", usage=(1000, 7)))
    line = dial(input_price_per_million=0.25, output_price_per_million=2.0)

    message, heard = ask(line)

    assert message.text == "Good morning."
    assert heard == ["Good ", "Good morning", "Good morning."]
    run = line.run()
    assert (run.tokens_in, run.tokens_out, run.steps, run.model) == (1000, 7, 1, "tiny-1")
    assert run.cost_micros == 264  # 1000 tokens at 0.25 and 7 at 2.00 a million: 250 + 14 millionths


def test_the_endpoint_gets_the_instructions_the_tools_and_the_limit(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("Yes."))

    ask(dial(max_output_tokens=77))

    (heard,) = endpoint.heard
    assert heard["messages"][0]["role"] == "system"
    assert "You look." in heard["messages"][0]["content"]
    assert [tool["function"]["name"] for tool in heard["tools"]] == ["look", "publish"]
    assert heard["max_completion_tokens"] == 77
    assert heard["stream_options"] == {"include_usage": True}


def test_an_agent_without_tools_offers_none(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("Yes."))
    line = dial()

    line.caller.call(line.run_id, Agent("writer", "You write.", ()), [HumanMessage("hello")])

    assert "tools" not in endpoint.heard[0]


def test_an_endpoint_without_usage_still_reaches_the_budget(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("word " * 300, usage=None))
    line = dial(input_price_per_million=1.0, output_price_per_million=10.0)

    ask(line)

    run = line.run()
    assert (run.tokens_in, run.tokens_out) == (0, 0)
    assert run.cost_micros > 4000


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(fails(429), id="busy"),
        pytest.param(fails(500), id="broken"),
        pytest.param(fails(503), id="away"),
        pytest.param(fails(408), id="slow"),
        pytest.param(stream(chunk({"content": "Half an ans"}), ends=False), id="cut connection"),
        pytest.param(stream(chunk({"content": "Half an ans"})), id="ended without a finish"),
        pytest.param(stream("{not json"), id="garbage"),
        pytest.param(stream('"a string"'), id="a string"),
        pytest.param(stream(chunk({"content": "Half"}), "{oh no", chunk({}, "stop")), id="garbage in the middle"),
        pytest.param(stream(chunk({"content": "Half"}), {"error": {"message": "overloaded"}}), id="error in the stream"),
        pytest.param(stream(), id="nothing"),
        pytest.param(stream(chunk({"content": ""}, "stop"), usage_chunk(5, 0)), id="empty answer"),
    ],
)
def test_a_passing_trouble_is_tried_again_and_booked_once(dial: Dial, endpoint: Endpoint, bad: Reply) -> None:
    endpoint.will(bad, bad, says("Whole."))
    line = dial()

    message, _ = ask(line)

    assert message.text == "Whole."
    assert len(endpoint.heard) == 3
    run = line.run()
    assert (run.steps, run.tokens_in, run.tokens_out) == (1, 100, 10)


def test_tries_are_bounded(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(fails(500))
    line = dial(max_tries=3)

    with pytest.raises(TransientError, match="500"):
        ask(line)

    assert len(endpoint.heard) == 3
    assert line.run().steps == 0


def test_an_endpoint_that_is_not_there_is_a_passing_trouble(dial: Dial) -> None:
    line = dial(base_url="http://127.0.0.1:9/v1", max_tries=2)

    with pytest.raises(TransientError, match="cannot be reached"):
        ask(line)


def test_waiting_is_as_long_as_the_endpoint_asks(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(fails(429, Retry_After="7"), says("Now."))
    line = dial()

    ask(line)

    assert sum(line.slept_s) == 7.0


def test_a_long_wait_is_left_to_the_queue(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(fails(429, Retry_After="300"))
    line = dial()

    with pytest.raises(TransientError) as caught:
        ask(line)

    assert caught.value.retry_after_s == 300.0
    assert (line.slept_s, len(endpoint.heard)) == ([], 1)


@pytest.mark.parametrize("value", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT", "nan", "inf", "-5"])
def test_an_odd_retry_after_does_no_harm(dial: Dial, endpoint: Endpoint, value: str) -> None:
    endpoint.will(fails(429, Retry_After=value), says("Now."))
    line = dial()

    ask(line)

    assert sum(line.slept_s) < 1.0


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(fails(400), "400", id="bad request"),
        pytest.param(fails(403), "403", id="forbidden"),
        pytest.param(fails(404), "404", id="unknown model"),
    ],
)
def test_a_refusal_is_told_at_once(dial: Dial, endpoint: Endpoint, reply: Reply, said: str) -> None:
    endpoint.will(reply)

    with pytest.raises(InputError, match=said) as caught:
        ask(dial())

    assert "MODEL_NAME" in str(caught.value)
    assert len(endpoint.heard) == 1


def test_a_wrong_key_is_told_without_showing_it(dial: Dial, endpoint: Endpoint) -> None:
    with pytest.raises(InputError, match=r"401.*MODEL_API_KEY") as caught:
        ask(dial(api_key="sk-wrong-and-secret"))

    assert "sk-wrong" not in str(caught.value)


def test_an_account_without_credit_is_not_asked_again(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(fails(429, {"error": {"message": "no", "code": "insufficient_quota", "type": "insufficient_quota"}}))

    with pytest.raises(LimitError, match="no credit"):
        ask(dial())

    assert len(endpoint.heard) == 1


def test_silence_after_the_plan_was_shown_ends_the_turn(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(stream(chunk({"content": ""}, "stop")))
    asked = AIMessage("", tool_calls=[{"name": PROPOSE, "args": {}, "id": "p"}])

    message, _ = ask(dial(), [HumanMessage("go"), asked, ToolMessage("{}", tool_call_id="p", name=PROPOSE)])

    assert message.text == ""
    assert len(endpoint.heard) == 1


# --- limits and stop ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("steps", 40, "40 steps"), ("cost_micros", 1_000_000, "spent 1.00 of 1.00"), ("max_wall_s", 0, "hours old")],
)
def test_a_spent_limit_ends_it_before_the_call(dial: Dial, endpoint: Endpoint, column: str, value: int, said: str) -> None:
    endpoint.will(says("Too late."))
    line = dial()
    with line.deps.database.session() as session:
        setattr(runs.get(session, line.run_id), column, value)

    with pytest.raises(LimitError, match=said):
        ask(line)

    assert endpoint.heard == []


def test_the_budget_of_the_day_counts_every_run_of_the_workspace(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("Yes."))
    spender, line = dial(), dial()
    with line.deps.database.session() as session:
        runs.get(session, spender.run_id).cost_micros = 5_000_000
        session.get_one(Workspace, line.people.workspace.id).budget_minor = 500

    with pytest.raises(LimitError, match=r"5\.00 USD is spent"):
        ask(line)
    clock = line.deps.clock
    assert isinstance(clock, HandClock)
    with line.deps.database.session() as session:
        runs.get(session, spender.run_id).created_at = clock.now()
        runs.get(session, line.run_id).max_wall_s = 10**6
    clock.advance(hours=25)

    assert ask(line)[0].text == "Yes."


def stop(line: Line) -> None:
    with line.deps.database.session() as session:
        controls.set_stopped(session, f"workspace:{line.people.workspace.id}", stopped=True, by="owner")


def test_stop_is_read_before_the_call(dial: Dial, endpoint: Endpoint) -> None:
    line = dial()
    stop(line)

    with pytest.raises(StoppedError):
        ask(line)

    assert endpoint.heard == []


def test_a_stop_table_that_cannot_be_read_counts_as_stopped(dial: Dial, endpoint: Endpoint) -> None:
    line = dial()
    with line.deps.database.session() as session:
        session.execute(text("DROP TABLE controls"))

    with pytest.raises(StoppedError):
        ask(line)

    assert endpoint.heard == []


def test_stop_pressed_while_waiting_ends_the_waiting(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(fails(429, Retry_After="10"), says("Never."))
    line = dial()

    def sleep(seconds: float) -> None:
        line.slept_s.append(seconds)
        if len(line.slept_s) == 3:
            stop(line)

    object.__setattr__(line.caller, "sleep", sleep)

    with pytest.raises(StoppedError):
        ask(line)

    assert (len(line.slept_s), len(endpoint.heard)) == (3, 1)


def drips(pause_s: float) -> Reply:
    async def reply(request: web.Request) -> web.StreamResponse:
        import asyncio

        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(f"data: {json.dumps(chunk({'content': 'drip '}))}\n\n".encode())
            await asyncio.sleep(pause_s)
        return response

    return reply


def test_stop_pressed_while_it_speaks_ends_the_listening(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(drips(0.05))
    line = dial(timeout_s=30)

    with pytest.raises(StoppedError):
        line.caller.call(line.run_id, AGENT, [HumanMessage("go")], lambda text: stop(line) if text == "drip " else None)


def test_an_answer_that_never_ends_is_given_up(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(drips(0.02))

    with pytest.raises(TransientError, match=r"not done after 0\.3 s"):
        ask(dial(timeout_s=0.3, max_tries=1))


# --- tool calls ---------------------------------------------------------------------------------------------------


def test_a_tool_call_in_pieces_is_put_together(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(calls(("c1", "look", '{"what": "left"}'), ("c2", "look", "")))

    message, _ = ask(dial())

    assert [(call["id"], call["name"], call["args"]) for call in message.tool_calls] == [
        ("c1", "look", {"what": "left"}),
        ("c2", "look", {}),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        '{"what": "le',
        "[1]",
        "left",
        '"left"',
        "null",
        '{"n": NaN}',
        '{"n": 1e999}',
        '{"what": "\\u0000"}',
        '{"what": "\\ud800"}',
        "{" * 5000,
    ],
)
def test_garbled_arguments_stay_a_call_that_can_be_answered(dial: Dial, endpoint: Endpoint, arguments: str) -> None:
    endpoint.will(calls(("c1", "look", arguments)))

    message, _ = ask(dial())

    (call,) = message.tool_calls
    assert list(call["args"]) == ["unreadable"]
    assert message.invalid_tool_calls == []


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([None, None], id="missing"),
        pytest.param(["", ""], id="empty"),
        pytest.param(["same", "same"], id="the same twice"),
        pytest.param(["x" * 500, "x" * 500], id="very long"),
        pytest.param(["a b\n", "é"], id="odd characters"),
        pytest.param(["old", "old-2"], id="known from an earlier turn"),
    ],
)
def test_call_ids_are_made_safe(dial: Dial, endpoint: Endpoint, ids: list[str | None]) -> None:
    endpoint.will(calls(*((call_id, "look", "{}") for call_id in ids)))
    earlier = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "old"}])

    message, _ = ask(dial(), [HumanMessage("go"), earlier, ToolMessage("{}", tool_call_id="old", name="look")])

    made = [str(call["id"]) for call in message.tool_calls]
    assert len({*made, "old"}) == len(ids) + 1
    assert all(1 <= len(call_id) <= 64 and call_id.isascii() and call_id.isprintable() and " " not in call_id for call_id in made)


def test_text_that_no_database_holds_is_cleaned(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(stream(chunk({"content": "a\0b\ud800c"}), chunk({}, "stop")))

    assert ask(dial())[0].text == "ab?c"


def test_answers_keep_no_id_of_the_endpoint(dial: Dial, endpoint: Endpoint) -> None:
    endpoint.will(says("One."), says("Two."))
    line = dial()

    assert {ask(line)[0].id, ask(line)[0].id} == {None}
