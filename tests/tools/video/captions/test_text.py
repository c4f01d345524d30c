"""Hostile and foreign text: shown as text or not at all, never obeyed, never out of place."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.video.captions import names, safe_area, write_ass
from tools.video.captions.layout import lay_cue
from tools.video.captions.styles import find_style
from tools.video.captions.text import emoji_in, escape, plain, visual_order, without_emoji
from tools.video.media import Word
from tools.video.timeline import Timeline

from .conftest import bounds

HOSTILE = [
    r"{\pos(0,0)\fs900}HUGE",
    r"a\Nb\hc\n",
    "one\ntwo\r\n\tthree",
    "x" * 10_000,
    "​‌‍﻿⁠",
    "a​b‮c⁦d",
    "👨‍👩‍👧‍👦🏳️‍🌈👩🏽‍🚀",
    "}{}{\\}\\{",
    "Dialogue: 0,0:00:00.00,9:00:00.00,Base,,0,0,0,,boo",
    "[Events]",
    "é" * 300,
    "a" + "\u0301" * 400,
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
]


@pytest.mark.parametrize("style", names())
def test_hostile_words_stay_words(style: str, caption: Callable[..., Timeline]) -> None:
    words = [Word(text, 0.2 + n * 0.6, 0.7 + n * 0.6) for n, text in enumerate(HOSTILE)]
    timeline = caption(style=style, words=words, title=HOSTILE[0] + HOSTILE[6])
    lines = write_ass(timeline).split("\n")
    events = [line for line in lines if line.startswith("Dialogue:")]

    assert events and all(re.fullmatch(r"Dialogue: \d,[\d:.]+,[\d:.]+,Base,,0,0,0,,\{.*", line) for line in events)
    for event in events:
        unescaped = re.sub(r"\\[{}]", "", event.split(",,", 2)[-1])
        for block in re.findall(r"\{([^{}]*)\}", unescaped):
            assert re.fullmatch(r"(\\[0-9a-z]+(&H[0-9A-F]+&|[-\d.]+|[A-Za-z ]+|\((?:[^()]|\([^()]*\))*\))?)*", block), block
        assert "{" not in re.sub(r"\{[^{}]*\}", "", unescaped)


def test_hostile_words_are_drawn_inside_the_safe_area(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    words = [Word(text, 0.2 + n * 0.6, 0.7 + n * 0.6) for n, text in enumerate(HOSTILE[:12])]
    timeline = caption(words=words)
    left, top, right, bottom = bounds(draw(timeline, seconds=8))
    free = safe_area(timeline)

    assert left >= free.left and top >= free.top and right <= free.right and bottom <= free.bottom


@given(st.text(max_size=80))
@settings(deadline=None)
def test_what_is_shown_has_no_command_in_it(text: str) -> None:
    shown = escape(text)

    assert "\n" not in shown and not re.search(r"(?<!\\)[{}]", shown) and not re.search(r"\\(?![{}])", shown)
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "emoji", "rest"),
    [
        pytest.param("fire🔥", ["🔥"], "fire", id="after-a-word"),
        pytest.param("👩🏽‍🚀", ["👩🏽‍🚀"], "", id="zwj-sequence"),
        pytest.param("I❤️you", ["❤️"], "I you", id="selector"),
        pytest.param("100% at 5#", [], "100% at 5#", id="digits-are-no-keycaps"),
        pytest.param("日本", [], "日本", id="han"),
    ],
)
def test_emoji_are_told_from_letters(text: str, emoji: list[str], rest: str) -> None:
    assert emoji_in(text) == emoji and without_emoji(text) == rest


@pytest.mark.parametrize(
    ("words", "rtl", "seen"),
    [
        pytest.param("one two three", False, "one two three", id="latin"),
        pytest.param("האם ידעתם שדבורים", True, "שדבורים ידעתם האם", id="hebrew"),
        pytest.param("כמו iPhone Pro טוב", True, "טוב iPhone Pro כמו", id="latin-in-hebrew"),
        pytest.param("עד 4 דבורים", True, "דבורים 4 עד", id="number-in-hebrew"),
        pytest.param("he said שלום עולם loudly", False, "he said עולם שלום loudly", id="hebrew-in-latin"),
    ],
)
def test_words_are_ordered_as_they_are_read(words: str, rtl: bool, seen: str) -> None:
    assert [words.split()[index] for index in visual_order(words.split(), rtl=rtl)] == seen.split()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("האם ידעתם שדבורים", id="hebrew"),
        pytest.param("هل تعرف النحل", id="arabic"),
        pytest.param("قال طارق شكرا", id="arabic2"),
    ],
)
def test_right_to_left_karaoke_lights_the_words_from_the_right(
    text: str, caption: Callable[..., Timeline], draw: Callable[..., Any]
) -> None:
    import numpy as np

    timeline = caption(text)
    planned = lay_cue(timeline, timeline.cues[0], find_style("karaoke")).words
    for number, start_s in enumerate((0.3, 0.6, 0.9)):
        frame = draw(timeline, start_s=start_s, seconds=0.2)[0].astype(np.int16)
        _, columns = np.nonzero((frame[..., 0] > 200) & (frame[..., 1] > 180) & (frame[..., 2] < 90))
        word = next(one for one in planned if one.number == number)

        assert columns.mean() * 3 == pytest.approx(word.x_px, abs=20)
        assert columns.max() * 3 <= word.x_px + word.width_px / 2 + 12 and columns.min() * 3 >= word.x_px - word.width_px / 2 - 12
    assert [one.number for one in sorted(planned, key=lambda one: (one.y_px, -one.x_px))] == [0, 1, 2]
