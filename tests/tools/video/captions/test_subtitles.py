"""SRT and WebVTT beside the video, and reading them back."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from memory.errors import InputError
from tools.video.captions import names, read_subtitles, write_srt, write_vtt
from tools.video.captions.subtitles import subtitles
from tools.video.media import Word
from tools.video.timeline import Timeline, to_seconds

SAID = "It was the best of times, it was the worst of times. It was the age of wisdom, it was the age of foolishness & <b>more</b> --> yes."


@pytest.mark.parametrize("write", [write_srt, write_vtt])
@pytest.mark.parametrize("style", ["karaoke", "hype"])
def test_what_is_written_is_read_back(write: Callable[[Timeline], str], style: str, caption: Callable[..., Timeline]) -> None:
    timeline = caption(SAID.replace("<b>more</b>", "more").replace("--> ", ""), style)
    read = read_subtitles(write(timeline))
    words = [word for cue in timeline.cues for line in cue.lines for word in line]

    assert [word.text for word in read] == [word.text for word in words]
    for one, other in zip(read, words, strict=True):
        assert one.start_s == pytest.approx(to_seconds(other.start), abs=1.5)
    assert read[0].start_s == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize("style", names())
def test_the_file_does_not_depend_on_the_style(style: str, caption: Callable[..., Timeline]) -> None:
    assert write_srt(caption(SAID, style)) == write_srt(caption(SAID))


def test_subtitles_are_short_lines_one_after_the_other(caption: Callable[..., Timeline]) -> None:
    timeline = caption(SAID)
    shown = subtitles(timeline)

    assert all(len(one.lines) <= 2 and max(map(len, one.lines)) <= 42 for one in shown)
    assert all(one.end_s <= following.start_s for one, following in pairwise(shown))
    assert shown[-1].end_s <= timeline.duration_s and all(one.end_s - one.start_s >= 0.3 for one in shown)


def test_srt_and_vtt_have_their_own_shape(caption: Callable[..., Timeline]) -> None:
    timeline = caption(SAID)
    srt, vtt = write_srt(timeline), write_vtt(timeline)

    assert srt.startswith("1\n00:00:00,200 --> 00:00:0") and re.search(r"\n\n2\n00:00:\d\d,\d{3} --> ", srt)
    assert vtt.startswith("WEBVTT\n\n00:00:00.200 --> ") and "&amp;" in vtt and "&lt;b&gt;" in vtt
    assert all("-->" not in line or re.match(r"[\d:.]+ --> [\d:.]+$", line) for line in vtt.split("\n"))
    assert write_srt(caption("")) == "" and write_vtt(caption("")) == "WEBVTT\n"


def test_chinese_is_written_without_spaces_and_hebrew_as_it_is_read(caption: Callable[..., Timeline]) -> None:
    assert "你知道吗，蜜蜂可以数到四，" in write_srt(caption("你知道吗， 蜜蜂可以 数到四，"))
    assert "האם ידעתם שדבורים" in write_srt(caption("האם ידעתם שדבורים"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no times here",
        "\x00\xff" * 50,
        "99:99 --> 1",
        "1\n00:00:02,000 --> 00:00:01,000\nbackwards\n",
        "1\n00:00:01,000 --> 00:00:02,000\n\n",
    ],
)
def test_what_is_no_subtitle_file_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no subtitle file"):
        read_subtitles(text)


def test_tags_and_windows_line_ends_are_read_over() -> None:
    text = "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>{\\an8}Hello</i> there\r\n\r\n"
    text += "2\r\n00:00:03.000 --> 00:00:04.5 align:start\r\nyou\r\n"

    assert [word.text for word in read_subtitles(text)] == ["Hello", "there", "you"]
    assert read_subtitles(text)[-1] == Word("you", 3.0, 4.5)
