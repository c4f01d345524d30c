"""Words become cues, and people change them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from memory.errors import InputError
from tools.video.captions import cue_area, edit_cue, make_cues, replace_text, restyle, safe_area
from tools.video.captions.dictionary import write_as
from tools.video.captions.emphasis import emphasised
from tools.video.media import Word
from tools.video.timeline import Clip, Crop, CropFrom, CueWord, Timeline, to_seconds, to_ticks

from .conftest import say

CROP = (CropFrom(0, Crop(0, 0, 100, 180)),)
DICTIONARY = (("viral forge", "ViralForge"), ("cue bernetties", "Kubernetes"), ("um", ""), ("nyc", "New York City"), ("new york", "NYC"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("with Viral forge, today", "with ViralForge, today", id="two-to-one"),
        pytest.param("(NYC) rocks", "(New York City) rocks", id="one-to-three"),
        pytest.param("well, um, yes", "well, yes", id="left-out"),
        pytest.param("in New York.", "in NYC.", id="full-stop-stays"),
        pytest.param("umbrella", "umbrella", id="whole-words-only"),
    ],
)
def test_the_dictionary_says_how_words_are_written(said: str, shown: str) -> None:
    words = say(said)
    written = write_as(words, DICTIONARY)

    assert " ".join(word.text for word in written) == shown
    assert written[0].start_s >= words[0].start_s and written[-1].end_s <= words[-1].end_s
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(written))


def test_words_follow_the_speed_of_their_clip_and_skip_other_files() -> None:
    words = [Word("one", 1.0, 1.4), Word("two", 5.0, 5.4), Word("three", 11.0, 11.5)]
    clips = (
        Clip(to_ticks(0), to_ticks(6), CROP, speed=2.0),
        Clip(to_ticks(0), to_ticks(2), CROP, media="asset:1"),
        Clip(to_ticks(10), to_ticks(12), CROP, speed=0.5),
    )
    found = [word for cue in make_cues(words, clips) for line in cue.lines for word in line]

    assert [(word.text, to_seconds(word.start), to_seconds(word.end)) for word in found] == [
        ("one", 0.5, 0.7),
        ("two", 2.5, 2.7),
        ("three", 7.0, 8.0),
    ]


def test_a_sentence_goes_on_over_a_tight_cut() -> None:
    words = [Word("the", 1.0, 1.3), Word("river", 3.0, 3.4)]
    cues = make_cues(words, (Clip(to_ticks(0.5), to_ticks(1.4), CROP), Clip(to_ticks(2.9), to_ticks(4), CROP)))

    assert [cue.text for cue in cues] == ["the river"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        pytest.param("it costs 25% more", "25%", id="number"),
        pytest.param("nobody told me", "nobody", id="strong"),
        pytest.param("this is HUGE stuff", "HUGE", id="capitals"),
        pytest.param("a photosynthesis thing", "photosynthesis", id="long-and-rare"),
        pytest.param("we went along there", None, id="none"),
        pytest.param("ALL OF THIS SHOUTED TEXT", None, id="all-capitals"),
    ],
)
def test_at_most_one_word_of_a_cue_is_marked(text: str, marked: str | None) -> None:
    words = emphasised([CueWord(word, n, n + 1) for n, word in enumerate(text.split())])

    assert [word.text for word in words if word.is_emphasised] == ([marked] if marked else [])


def test_as_many_new_words_keep_the_times_of_the_old(caption: Callable[..., Timeline]) -> None:
    cue = caption("we went home").cues[0]
    changed = replace_text(cue, "they ran off")

    assert changed.text == "they ran off" and (changed.start, changed.end) == (cue.start, cue.end)
    assert [(word.start, word.end) for line in changed.lines for word in line] == [(word.start, word.end) for word in cue.lines[0]]


def test_other_words_share_the_time_of_the_cue(caption: Callable[..., Timeline]) -> None:
    cue = caption("we went home").cues[0]
    words = [word for line in replace_text(cue, "I extraordinarily agree with you all").lines for word in line]

    assert words[0].start == cue.lines[0][0].start and words[-1].end <= cue.end
    assert all(one.end <= other.start for one, other in pairwise(words))
    assert words[1].end - words[1].start > 4 * (words[0].end - words[0].start)


def test_a_long_caption_gets_smaller_and_stays_inside(caption: Callable[..., Timeline]) -> None:
    timeline = edit_cue(
        caption("we went home"), 0, "perhaps we should all have gone home much earlier than we did that very long night, you know"
    )
    cue = timeline.cues[0]

    assert safe_area(timeline).holds(cue_area(timeline, cue)) and cue.size_px < 82


@pytest.mark.parametrize("text", ["x" * 301, "\u200b\u200b", ""])
def test_what_cannot_be_a_caption_is_refused(text: str, caption: Callable[..., Timeline]) -> None:
    with pytest.raises(InputError):
        replace_text(caption("we went home").cues[0], text)


def test_an_empty_text_takes_a_caption_away(caption: Callable[..., Timeline]) -> None:
    timeline = caption("One. Two. Three.")

    assert [cue.text for cue in edit_cue(timeline, 1, " ").cues] == ["One.", "Three."]
    with pytest.raises(InputError, match="no caption 9"):
        edit_cue(timeline, 8, "x")


def test_another_style_groups_the_same_words_anew(caption: Callable[..., Timeline]) -> None:
    timeline = caption("So this is what we found there, and it was not at all what they said")
    hype, back = restyle(timeline, style="hype"), restyle(restyle(timeline, style="hype"), style="karaoke")

    assert hype.caption_style == "hype" and max(sum(map(len, cue.lines)) for cue in hype.cues) <= 2
    assert [replace(cue, end=0) for cue in back.cues] == [replace(cue, end=0) for cue in timeline.cues]
    assert restyle(timeline, scale=0.5).cues[0].size_px == 41
