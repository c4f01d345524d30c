"""Titles out of what is said: whole clauses, no fillers, nothing invented, however long the sentence."""

import time

import pytest

from tools.video.media import Word
from tools.video.titles import hook_title


def said(text: str) -> list[Word]:
    return [Word(word, n * 0.4, n * 0.4 + 0.3) for n, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Um, nobody knew the, the way back.", "Nobody knew the way back"),
        ("And nobody knew the way back.", "Nobody knew the way back"),
        ("So, why do people stop here?", "Why do people stop here?"),
        ("So good that it hurts to leave.", "So good that it hurts to leave"),
        ("We walked, you know, to the river in the morning.", "We walked, to the river in the morning"),
    ],
)
def test_a_title_is_a_clause_without_what_only_fills_or_links(text: str, title: str) -> None:
    assert hook_title(said(text)) == title


def test_a_sentence_without_end_is_read_quickly() -> None:
    words = said("we went on, " * 5000)
    started_s = time.process_time()

    assert hook_title(words)
    assert time.process_time() - started_s < 2
