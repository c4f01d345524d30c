"""Captions: timing, layout inside the safe area, and text that can hold anything."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.ffmpeg import run_ffmpeg
from tools.video.captions import SAFE_AREA, cue_area, escape, make_cues, title_area, write_ass
from tools.video.fonts import CAPTION_FONT, FONTS_FOLDER, TITLE_FONT, Font
from tools.video.media import Span, Word
from tools.video.timeline import Clip, Crop, CropFrom, Timeline, to_seconds, to_ticks
from tools.video.titles import MOST_CHARACTERS, hook_title, lay_out, shorten

CROP = (CropFrom(0, Crop(0, 0, 100, 180)),)
CLIP = Clip(to_ticks(10), to_ticks(40), CROP)

word_lists = st.lists(
    st.builds(
        lambda text, start_s, long_s: Word(text, start_s, start_s + long_s),
        st.text(max_size=40) | st.sampled_from(["Hello,", "you.", "73%", "a" * 90]),
        st.floats(0, 45),
        st.floats(-0.1, 2),
    ),
    max_size=60,
)


@settings(deadline=None)  # the first of a script opens its font
@given(word_lists)
def test_cues_never_overlap_and_stay_in_the_clip_and_the_safe_area(words: list[Word]) -> None:
    cues = make_cues(words, (CLIP,))

    for cue in cues:
        area = cue_area(cue)
        spoken = [word for line in cue.lines for word in line]
        assert 0 <= cue.start < cue.end <= CLIP.duration
        assert 1 <= len(cue.lines) <= 2 and cue.size_px > 0
        assert area.left >= SAFE_AREA.left and area.right <= SAFE_AREA.right
        assert area.top >= SAFE_AREA.top and area.bottom <= SAFE_AREA.bottom
        assert cue.start == spoken[0].start and spoken[-1].end <= cue.end
    for one, following in pairwise(cues):
        assert one.end <= following.start


def test_cues_move_with_their_clips() -> None:
    words = [Word("first", 11, 11.5), Word("left-out", 25, 25.5), Word("second", 31, 31.5)]
    clips = (Clip(to_ticks(10), to_ticks(12), CROP), Clip(to_ticks(30), to_ticks(33), CROP))
    cues = make_cues(words, clips)

    assert [(cue.text, to_seconds(cue.start)) for cue in cues] == [("first", 1.0), ("second", 3.0)]
    assert to_seconds(cues[0].end) == pytest.approx(1.9)


def test_a_sentence_and_a_pause_end_a_cue() -> None:
    words = [Word("One", 10, 10.3), Word("end.", 10.3, 10.6), Word("Two", 10.6, 10.9), Word("later", 12.5, 12.9)]

    assert [cue.text for cue in make_cues(words, (CLIP,))] == ["One end.", "Two", "later"]


def test_an_address_too_wide_for_a_line_is_shown_in_parts() -> None:
    address = "https://example.org/" + "long-path/" * 12
    cues = make_cues([Word(address, 11, 13)], (CLIP,))

    assert "".join(word.text for cue in cues for line in cue.lines for word in line) == address


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(r"{\pos(0,0)}hi", r"\{/pos(0,0)\}hi", id="override"),
        pytest.param(r"a\Nb\hc", "a/Nb/hc", id="commands"),
        pytest.param("a\nb\r\nc\td", "a b c d", id="line-breaks"),
        pytest.param("a\x00b\u202ec", "abc", id="control-and-direction"),
        pytest.param("Ünïcödé, ok!", "Ünïcödé, ok!", id="plain"),
    ],
)
def test_no_text_can_speak_ass(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_events_follow_each_other_word_by_word(make_source: Callable[..., Path], make_timeline: Callable[..., Timeline]) -> None:
    timeline = make_timeline(make_source(), Span(0, 2), hook=lay_out("Look here", 2))
    words = [Word("one", 0.2, 0.5), Word("two", 0.6, 0.9), Word("three", 1.0, 1.4)]
    script = write_ass(replace(timeline, cues=make_cues(words, timeline.clips)))
    lit = re.findall(r"Dialogue: 3,([\d:.]+),([\d:.]+),.*00E5FF.*\}(\w+)", script)

    assert lit == [("0:00:00.20", "0:00:00.60", "one"), ("0:00:00.60", "0:00:01.00", "two"), ("0:00:01.00", "0:00:01.80", "three")]


@pytest.mark.parametrize(("font", "text"), [(CAPTION_FONT, "Fine WAVY Times"), (TITLE_FONT, "WHY DO 9 OF 10 STOP?")])
def test_libass_draws_as_wide_as_was_planned(font: Font, text: str, tmp_path: Path, make_timeline: Any, make_source: Any) -> None:
    import numpy as np

    header = write_ass(make_timeline(make_source(), Span(0, 2)))
    style = f"Style: Plain,{font.family},{font.ass_size(90)},&H00FFFFFF&,&H00FFFFFF&,&H00FFFFFF&,0,1,0,0,5,1"
    script = header.replace("[Events]", f"{style}\n[Events]") + f"Dialogue: 0,0:00:00.00,0:00:02.00,Plain,,0,0,0,,{text}\n"
    (tmp_path / "a.ass").write_text(script)
    drawn = run_ffmpeg(
        ["-f", "lavfi", "-i", "color=black:size=1080x1920:duration=0.1:rate=10", "-frames:v", "1",
         "-vf", f"ass=filename={tmp_path}/a.ass:fontsdir={FONTS_FOLDER},format=gray", "-f", "rawvideo", "pipe:1"],
        timeout_s=30, want_stdout=True,
    ).stdout  # fmt: skip
    columns = np.flatnonzero((np.frombuffer(drawn, np.uint8).reshape(1920, 1080) > 100).any(axis=0))

    assert columns[-1] - columns[0] + 1 == pytest.approx(font.width_px(text, 90), rel=0.03)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_title_fits_whatever_the_words_are(text: str) -> None:
    title = shorten(text)
    hook = lay_out(title, 20)

    assert len(title) <= MOST_CHARACTERS
    if hook is not None:
        area = title_area(hook)
        assert area.left >= SAFE_AREA.left - 1 and area.right <= SAFE_AREA.right + 1 and area.top >= SAFE_AREA.top


@pytest.mark.parametrize(
    ("said", "title"),
    [
        pytest.param("So yeah. Did you know that bees can count to four?", "Did you know that bees can count to four?", id="question"),
        pytest.param("It was the best of times, it was the worst.", "It was the best of times, it was the worst", id="whole"),
        pytest.param("", "Holiday 2024", id="hint"),
    ],
)
def test_a_title_is_a_strong_clause_of_what_was_said(said: str, title: str) -> None:
    words = [Word(text, n, n + 0.5) for n, text in enumerate(said.split())]

    assert hook_title(words, "holiday 2024") == title


def test_a_long_sentence_is_cut_between_words() -> None:
    said = "we have been walking through the endless forest of paper and ink without any map or compass for years"
    title = hook_title([Word(text, n, n + 1) for n, text in enumerate(said.split())])

    assert title.endswith("…") and len(title) <= MOST_CHARACTERS
    assert said.lower().startswith(title[:-1].lower())
