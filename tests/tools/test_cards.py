"""The card of a question shows everything the yes is bound to, and nothing else."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from memory.domain import Json
from memory.tables import Approval
from tools.cards import approval_card


def card(content: Json) -> Approval:
    return Approval(id=7, tool="publish_post", content=content, why="it always asks", expires_at=datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


def test_a_card_shows_what_would_happen() -> None:
    message = approval_card(
        card(
            {
                "headline": "May I post this?",
                "previews": ["a" * 64],
                "sha256": "b" * 64,
                "title": "A title",
                "description": "",
                "labels": {"synthetic_media": False, "made_for_kids": True},
                "file_bytes": 0,
            }
        )
    )

    assert message.text.splitlines() == [
        "May I post this?",
        "",
        "Title: A title",
        "Labels: synthetic media: no, made for kids: yes",
        "File bytes: 0",
        "",
        "Why I ask: it always asks.",
        "Without an answer by 23 Nov 12:00 UTC it counts as no.",
    ]
    assert [(button.label, button.action) for button in message.buttons] == [("Approve", "a:7:y"), ("Reject", "a:7:n")]
    assert message.files == ("a" * 64,)
    assert message.key == "approval-7"


def test_a_false_label_of_the_content_itself_is_shown() -> None:
    assert "Made for kids: no" in approval_card(card({"made_for_kids": False})).text


def test_a_card_without_a_headline_names_the_tool() -> None:
    assert approval_card(card({})).text.startswith("May I run publish_post?")


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=2000)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=20), inner, max_size=3)),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=20).filter(lambda key: key not in ("headline", "previews")), _json, max_size=4))
def test_any_content_makes_a_card(content: Json) -> None:
    message = approval_card(card(content))

    assert len(message.buttons) == 2
    assert all(len(line) <= 700 for line in message.text.splitlines()) or any(isinstance(value, dict | list) for value in content.values())
