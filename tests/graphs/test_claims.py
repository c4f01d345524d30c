"""A model that says it posted, and did not, is corrected in the same message."""

from collections.abc import Callable

import pytest
from langchain_core.messages import AIMessage

from agents.scripted import in_order
from memory.domain import RunStatus
from memory.repositories import outbox
from tests.graphs.small_team import Table


def answer_to(lay: Callable[..., Table], words: str) -> tuple[RunStatus, str]:
    table = lay(in_order(AIMessage(words)))
    status = table.advance(table.start())
    with table.deps.database.reading() as session:
        return status, outbox.recent(session, table.people.conversation.id, 1)[0].payload["text"]


@pytest.mark.parametrize(
    "words", ["Posted! Everything was approved.", "Done. I've published your clip.", "Your clip is now live on YouTube."]
)
def test_a_claim_without_a_post_is_corrected(lay: Callable[..., Table], words: str) -> None:
    status, text = answer_to(lay, words)

    assert status is RunStatus.DEGRADED
    assert text.startswith(words) and "Not proven: no platform has confirmed a post" in text


@pytest.mark.parametrize(
    "words", ["Nothing was posted.", "The clip was not published: its rights are unknown.", "Your clip will be posted once you approve."]
)
def test_other_words_stay_as_they_are(lay: Callable[..., Table], words: str) -> None:
    assert answer_to(lay, words) == (RunStatus.SUCCEEDED, words)
