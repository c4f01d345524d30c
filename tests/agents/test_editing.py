"""Which sentences change a clip that is there, through the offline planner, and which do not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage

from agents.offline import next_message, render_request
from agents.reading import Reading, Request, read
from tools.planning import HAND_TO, PROPOSE
from tools.video.edit import read as read_edits


def say(text: str) -> Reading:
    return read(Request(text, {"asset_id": 7}))


def call_of(text: str) -> tuple[str, dict[str, Any]]:
    (step,) = say(text).steps
    return step.tool, step.arguments


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cut the first two seconds of clip 3", 3),
        ("Bigger captions on clip 3", 3),
        ("clip 12: no music, slower zoom", 12),
        ("make clip 3 20% faster", 3),
        ("change the caption “Jon” to “John” in clip 2", 2),
        ("swap clip 2 and 3", None),
        ("swap clip 2 and 3 in clip 5", 5),
        ("no music", None),
        ("remove the title and make it square", None),
        ("please remove piece 2", None),
    ],
)
def test_an_edit_is_done_at_once_with_the_owners_words(text: str, number: int | None) -> None:
    tool, arguments = call_of(text)

    assert (tool, arguments["words"], arguments.get("variant_id")) == ("edit_clip", text, number)
    assert say(text).is_undoable
    assert read_edits(arguments["words"])


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("undo", "undo_edit", {}),
        ("undo that", "undo_edit", {}),
        ("Take that back!", "undo_edit", {}),
        ("undo the last two edits of clip 3", "undo_edit", {"variant_id": 3, "steps": 2}),
        ("redo", "redo_edit", {}),
        ("show the edits of clip 3", "show_edits", {"variant_id": 3}),
        ("what did I change", "show_edits", {}),
        ("finish clip 3", "finish_edit", {"variant_id": 3}),
        ("render it in full size", "finish_edit", {}),
    ],
)
def test_undo_redo_and_finish(text: str, tool: str, arguments: dict[str, Any]) -> None:
    assert call_of(text) == (tool, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "delete clip 4",
        "remove clip 4",
        "cut clip 4",
        "bigger captions on clip 3 and on clip 4",
        "cut the first two seconds of clip 3 tomorrow",
        "cut the first two seconds if it is boring",
        "don't cut the first two seconds",
        "finish my taxes",
        "undo the post",
        "undo my payment",
        "cut the budget to 5",
        "no music and post clip 4",
        "bigger captions, then publish everything",
    ],
)
def test_what_is_no_edit(text: str) -> None:
    assert say(text).steps == ()


def test_what_cannot_be_read_of_a_clip_says_what_can_be() -> None:
    assert "I do not know how to change" in say("make clip 4 longer").problem
    assert "slower zoom" in say("make clip 4 longer").problem


@pytest.mark.parametrize(("text", "expected"), [("bigger captions on clip 3", HAND_TO), ("undo", HAND_TO), ("finish clip 3", PROPOSE)])
def test_only_the_full_size_waits_for_start(text: str, expected: str) -> None:
    message = next_message([HumanMessage(render_request(text, {}))], frozenset({HAND_TO, PROPOSE}))

    (call,) = message.tool_calls
    assert call["name"] == expected
    assert call["name"] == PROPOSE or call["args"]["specialist"] == "producer"


_vocabulary = st.sampled_from(
    "undo redo finish clip 3 post publish cut the first two seconds bigger captions no music and , delete all".split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_vocabulary, max_size=9).map(" ".join))
def test_no_edit_ever_posts(text: str) -> None:
    reading = say(text)

    if reading.is_undoable:
        assert not {step.tool for step in reading.steps} - {"edit_clip", "undo_edit", "redo_edit", "show_edits"}
        assert "post" not in text and "publish" not in text
