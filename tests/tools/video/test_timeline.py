"""The edit as data."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.video.captions import make_cues
from tools.video.media import Span, Word
from tools.video.timeline import Timeline, dump_timeline, fingerprint, output_rate, parse_timeline, timeline_hash, to_seconds, to_ticks
from tools.video.titles import lay_out


@pytest.fixture
def timeline(make_source: Callable[..., Path], make_timeline: Callable[..., Timeline]) -> Timeline:
    plain = make_timeline(make_source(), Span(0.2, 1.9), shots=(Span(0, 1), Span(1, 2)))
    cues = make_cues([Word("Hello,", 0.3, 0.6), Word("world!", 0.7, 1.1)], plain.clips)
    return replace(plain, cues=cues, hook=lay_out("A title of some length", 1.7), labels=("advertising",))


def test_a_timeline_survives_json(timeline: Timeline) -> None:
    assert parse_timeline(dump_timeline(timeline)) == timeline


def test_the_hash_follows_the_edit_and_not_the_path(timeline: Timeline) -> None:
    moved = replace(timeline, source=replace(timeline.source, path="/elsewhere/a.mp4"))
    other_content = replace(timeline, source=replace(timeline.source, fingerprint="0" * 32))

    assert timeline_hash(moved) == timeline_hash(parse_timeline(dump_timeline(timeline))) == timeline_hash(timeline)
    assert timeline_hash(other_content) != timeline_hash(timeline)
    assert timeline_hash(replace(timeline, fade_in=0)) != timeline_hash(timeline)


@given(st.floats(0, 40_000), st.sampled_from(["24", "25", "30", "60", "24000/1001", "30000/1001", "60000/1001"]))
def test_a_frame_is_a_whole_number_of_ticks(seconds: float, rate: str) -> None:
    ticks_per_frame = 1 / Fraction(rate) * 240_000

    assert ticks_per_frame.denominator == 1
    assert to_seconds(to_ticks(seconds)) == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    ("source_fps", "is_variable", "expected"),
    [
        pytest.param(30, False, "30", id="usual"),
        pytest.param(29.97, False, "30000/1001", id="ntsc"),
        pytest.param(25, False, "25", id="pal"),
        pytest.param(23.976, False, "24000/1001", id="film"),
        pytest.param(60, False, "30", id="sixty-is-halved"),
        pytest.param(50, False, "25", id="fifty-is-halved"),
        pytest.param(240, False, "30", id="slow-motion"),
        pytest.param(1, False, "30", id="one-a-second"),
        pytest.param(0, False, "30", id="unknown"),
        pytest.param(24.4, True, "30", id="variable"),
    ],
)
def test_the_output_rate_is_constant_and_usual(source_fps: float, is_variable: bool, expected: str) -> None:
    assert output_rate(source_fps, is_variable=is_variable) == Fraction(expected)


def test_a_fingerprint_sees_a_changed_end(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(bytes(3_000_000))
    second.write_bytes(bytes(2_999_999) + b"x")

    assert fingerprint(first) != fingerprint(second)
