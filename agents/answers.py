"""What an endpoint answered, made safe to keep: calls read strictly, ids that cannot collide, nothing that a chunk carries besides."""

import json
import re
from collections.abc import Iterable, Sequence

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall

from memory.domain import Json

_LONGEST_ID = 64  # the columns hold 80; endpoints refuse longer ones when they get them back
_LONGEST_NAME = 60
_LONGEST_ARGUMENTS = 50_000  # characters; a description may have 5,000 bytes
_ID_CHARACTERS = re.compile(r"[^A-Za-z0-9_.:-]")


def as_message(answer: BaseMessage, history: Sequence[BaseMessage]) -> AIMessage:
    """A plain AIMessage of an answer to `history`.

    Calls the model garbled stay calls, with one argument no tool takes, so that it is told what was wrong. The message has no id of
    its own: an endpoint that always sends the same one would make LangGraph replace the message before.
    """
    assert isinstance(answer, AIMessage)
    calls = [*_chunked_calls(answer)] if isinstance(answer, AIMessageChunk) else [*_whole_calls(answer)]
    return AIMessage(
        content=_plain(str(answer.text)),
        tool_calls=_with_safe_ids(calls, _ids_in(history)),
        usage_metadata=answer.usage_metadata,
        response_metadata={"model_name": answer.response_metadata.get("model_name", "")},
    )


def _chunked_calls(answer: AIMessageChunk) -> Iterable[ToolCall]:
    """Calls of a streamed answer. Read strictly: LangChain completes cut JSON, and half a title would be a title."""
    for chunk in answer.tool_call_chunks:
        yield ToolCall(name=_plain(chunk["name"] or "")[:_LONGEST_NAME], args=_arguments(chunk["args"] or ""), id=chunk["id"])


def _whole_calls(answer: AIMessage) -> Iterable[ToolCall]:
    for call in answer.tool_calls:
        yield ToolCall(name=_plain(call["name"])[:_LONGEST_NAME], args=_arguments(json.dumps(call["args"])), id=call["id"])
    for broken in answer.invalid_tool_calls:
        yield ToolCall(name=_plain(broken["name"] or "")[:_LONGEST_NAME], args=_unreadable(str(broken["args"])), id=broken["id"])


def _arguments(text: str) -> Json:
    """Arguments as an object.

    What no database column or checkpoint takes (NaN, infinity, NUL, half a surrogate pair, numbers of more than 64 bits) counts as
    unreadable, and so do arguments longer than anything a tool accepts.
    """
    try:
        arguments = json.loads(text or "{}", parse_int=_integer) if len(text) <= _LONGEST_ARGUMENTS else None
        plain = json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return _unreadable(text)
    return arguments if isinstance(arguments, dict) and b"\\u0000" not in plain else _unreadable(text)


def _integer(digits: str) -> int:
    number = int(digits)
    if not -(2**63) <= number < 2**63:
        raise ValueError("more than 64 bits")
    return number


def _unreadable(text: str) -> Json:
    return {"unreadable": _plain(text[:200])}


def _plain(text: str) -> str:
    """The text without what PostgreSQL and UTF-8 cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _ids_in(history: Sequence[BaseMessage]) -> set[str]:
    return {str(call["id"]) for message in history if isinstance(message, AIMessage) for call in message.tool_calls}


def _with_safe_ids(calls: Iterable[ToolCall], taken: set[str]) -> list[ToolCall]:
    """The calls with ids that are short, plain, and unlike every other id of the run.

    Local servers count from `call_0` in every answer; a call with a known id would be answered with the old result.
    """
    safe: list[ToolCall] = []
    for call in calls:
        wanted = _ID_CHARACTERS.sub("", call["id"] or "")[:_LONGEST_ID] or f"call_{len(taken)}"
        chosen, number = wanted, 1
        while chosen in taken:
            number += 1
            chosen = f"{wanted[: _LONGEST_ID - 8]}-{number}"
        taken.add(chosen)
        safe.append(ToolCall(name=call["name"], args=call["args"], id=chosen, type="tool_call"))
    return safe
