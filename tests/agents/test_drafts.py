"""The rules a draft must pass, and the plain way to make one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.drafts import Brief, draft_plain, find_invented, parse_draft

SOURCE = "Why we lost 3 million users\nWe lost 3 million users in 2019. Go to example.org now. Coffee, coffee!"


def answer(title: str = "A title", description: str = "", hashtags: list[str] | None = None, **more: object) -> str:
    return json.dumps({"title": title, "description": description, "hashtags": hashtags or [], **more})


def test_a_good_draft_is_taken_out_of_the_talk_around_it() -> None:
    draft, problem = parse_draft(f"Sure! ```json\n{answer('We lost 3 million users', 'In 2019.', ['#coffee'])}\n```", SOURCE)

    assert problem == ""
    assert draft is not None
    assert draft.report() == {"title": "We lost 3 million users", "description": "In 2019.\n\n#coffee"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("no json", "one JSON object", id="no json"),
        pytest.param("}{", "one JSON object", id="backwards"),
        pytest.param('{"title": 5}', "title", id="wrong type"),
        pytest.param('{"title": "x", "description"', "one JSON object", id="cut"),
        pytest.param("{'title': 'x'}", "JSON", id="not json"),
        pytest.param(answer(""), "title", id="no title"),
        pytest.param(answer("x" * 101), "title", id="long title"),
        pytest.param(answer("a <b>"), "< or >", id="angle brackets"),
        pytest.param(answer("a\x07b"), "control", id="bell"),
        pytest.param(answer("a", "x" * 1001), "description", id="long description"),
        pytest.param(answer("a", hashtags=["a1", "b1", "c1", "d1", "e1", "f1"]), "hashtags", id="many tags"),
        pytest.param(answer("a", hashtags=["two words"]), "one word", id="tag of two words"),
        pytest.param(answer("a", publish=True), "publish", id="something else"),
        pytest.param(answer("5 tricks"), "5", id="invented number"),
        pytest.param(answer("2019 and 2020"), "2020", id="one of two numbers invented"),
        pytest.param(answer("a", "see http://evil.example/x"), "evil.example", id="invented link"),
        pytest.param(answer("a", "see evil.com"), "evil.com", id="invented domain"),
        pytest.param(answer("a", "by @someone"), "@someone", id="invented name tag"),
        pytest.param(answer("billions gone"), "billions", id="invented quantity"),
        pytest.param(answer("a", "Sponsored by nobody"), "sponsored", id="invented sponsor"),
        pytest.param(answer("a", hashtags=["ad"]), "#ad", id="invented advertisement"),
        pytest.param(answer("a", hashtags=["top10"]), "10", id="number in a tag"),
    ],
)
def test_a_bad_draft_is_refused_with_a_reason(text: str, said: str) -> None:
    draft, problem = parse_draft(text, SOURCE)

    assert draft is None
    assert said in problem


def test_what_the_clip_says_may_be_said() -> None:
    draft, problem = parse_draft(answer("3 million in 2019", "Go to example.org now."), SOURCE)

    assert (draft is not None, problem) == (True, "")


@given(st.text(max_size=400))
def test_any_answer_of_a_model_is_a_draft_or_a_reason(text: str) -> None:
    draft, problem = parse_draft(text, SOURCE)

    assert (draft is None) == bool(problem)


@given(title=st.text(max_size=300), words=st.text(max_size=2000), niche=st.text(max_size=60))
def test_the_plain_draft_always_keeps_the_limits(title: str, words: str, niche: str) -> None:
    draft = draft_plain(Brief(4, title, words, niche))

    assert 1 <= len(draft.title) <= 100
    assert len(draft.description) <= 1000
    assert len(draft.hashtags) <= 5


def test_the_plain_draft_is_made_of_the_clips_own_words() -> None:
    brief = Brief(4, "We lost 3 million users", "Coffee is hard. Coffee costs 4 dollars. " + "And so on and on. " * 30, "home barista")

    draft = draft_plain(brief)

    assert draft.title == "We lost 3 million users"
    assert draft.description.startswith("Coffee is hard. Coffee costs 4 dollars.")
    assert draft.hashtags == ("home", "barista", "coffee")
    assert find_invented(draft, brief.source) == []
