"""What a step needs and is not there ends the plan; nobody is sent round in circles for it."""

import json

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agents.offline import next_message, render_request


def result(name: str, **fields: object) -> ToolMessage:
    return ToolMessage(json.dumps(fields), tool_call_id=name, name=name)


def test_a_supervisor_without_a_connected_account_ends_with_words() -> None:
    looked = [
        result("list_clips", text="Clips: 1", clips=[{"variant_id": 1, "title": "A claim", "verdict": "ok"}]),
        result("list_accounts", text="No account is connected.", accounts=[]),
    ]
    request = HumanMessage(render_request("/post 1", {"command": "post", "arguments": "1"}))

    message = next_message([request, *looked], frozenset({"hand_to", "propose_plan"}))

    assert isinstance(message, AIMessage)
    assert message.tool_calls == []
    assert "No account is connected that works" in message.text
