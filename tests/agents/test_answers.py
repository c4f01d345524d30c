"""Arguments that could not be stored are answered like garbled ones, however they arrive."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from agents.answers import as_message

STORABLE = {"idea_id": 2**63 - 1, "title": "Ünïcode 😀", "deep": [1, [2.5, None, {"a": True}]]}


def whole(arguments: dict[str, Any]) -> AIMessage:
    return AIMessage("", tool_calls=[{"id": "a", "name": "look", "args": arguments}])


def streamed(arguments: dict[str, Any]) -> AIMessageChunk:
    return AIMessageChunk("", tool_call_chunks=[{"id": "a", "name": "look", "args": json.dumps(arguments), "index": 0}])


@pytest.mark.parametrize("answer", [whole, streamed])
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"idea_id": 10**40}, id="huge integer"),
        pytest.param({"deep": [{"n": -(2**63) - 1}]}, id="huge integer inside"),
        pytest.param({"x": float("nan")}, id="NaN"),
        pytest.param({"title": "half \ud83d"}, id="lone surrogate"),
        pytest.param({"title": "zero \x00"}, id="NUL"),
        pytest.param({"title": "x" * 60_000}, id="too long"),
    ],
)
def test_arguments_that_cannot_be_stored_are_unreadable(answer: Any, arguments: dict[str, Any]) -> None:
    (call,) = as_message(answer(arguments), []).tool_calls

    assert list(call["args"]) == ["unreadable"]
    json.dumps(call["args"], ensure_ascii=False).encode()


@pytest.mark.parametrize("answer", [whole, streamed])
def test_other_arguments_stay_as_they_are(answer: Any) -> None:
    (call,) = as_message(answer(STORABLE), []).tool_calls

    assert call["args"] == STORABLE
