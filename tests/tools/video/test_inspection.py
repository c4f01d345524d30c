"""The inspection measures files: good ones pass, faults are named, and only broken files are blocked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memory.domain import Verdict
from tools.ffmpeg import run_ffmpeg
from tools.video.inspection import Inspection, inspect
from tools.video.media import Span
from tools.video.render import render
from tools.video.timeline import FINAL, QUICK, Cue, CueWord, to_ticks

LONG = "testsrc2=size=320x180:rate=30:duration=6"
TONE = "sine=frequency=440:duration=6"


def rendered(source: Path, make_timeline: Any, folder: Path, **more: Any) -> tuple[Path, Any]:
    timeline = make_timeline(source, Span(0, 6), **more)
    return render(timeline, folder / "o.mp4", preset=QUICK).path, timeline


def failed(inspection: Inspection) -> set[str]:
    return {name for name, check in inspection.checks.items() if not check.ok}


def test_a_good_short_is_ok(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    inspection = inspect(path, timeline, QUICK)

    assert (inspection.verdict, inspection.problems) == (Verdict.OK, ())
    assert (inspection.width_px, inspection.height_px, inspection.fps) == (360, 640, 30)
    assert inspection.duration_s == pytest.approx(6, abs=0.05)
    assert inspection.loudness_lufs == pytest.approx(-14, abs=1)


@pytest.mark.parametrize(
    ("picture", "sound", "has_audio", "faults"),
    [
        pytest.param("color=black:size=320x180:rate=30:duration=6", TONE, True, {"black", "freeze"}, id="black"),
        pytest.param("smptebars=size=320x180:rate=30:duration=6", TONE, True, {"freeze"}, id="frozen"),
        pytest.param(LONG, "anullsrc=duration=6", True, {"silence"}, id="silent-track"),
        pytest.param(LONG, "sine=duration=2,apad=whole_dur=6", True, {"silence"}, id="mostly-silent"),
        pytest.param(LONG, "", False, set(), id="no-sound-in-the-source"),
    ],
)
def test_faults_of_the_source_degrade(
    picture: str, sound: str, has_audio: bool, faults: set[str], make_source: Any, make_timeline: Any, tmp_path: Path
) -> None:
    path, timeline = rendered(make_source(picture, sound), make_timeline, tmp_path, has_audio=has_audio)
    inspection = inspect(path, timeline, QUICK)

    assert failed(inspection) == faults
    assert inspection.verdict is (Verdict.DEGRADED if faults else Verdict.OK)


def test_broken_files_are_blocked(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    whole = path.read_bytes()
    cut, noise = tmp_path / "cut.mp4", tmp_path / "noise.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    noise.write_bytes(b"not a video")
    silent = tmp_path / "silent.mp4"
    run_ffmpeg(["-i", str(path), "-an", "-c", "copy", str(silent)], timeout_s=20)

    for broken in (cut, noise, silent, tmp_path / "missing.mp4"):
        assert inspect(broken, timeline, QUICK).verdict is Verdict.BLOCKED, broken


def test_another_size_or_length_than_planned_is_blocked(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    longer = make_timeline(make_source(LONG, TONE), Span(0, 7))

    assert failed(inspect(path, timeline, FINAL)) == {"size"}
    assert {"frames", "duration"} <= failed(inspect(path, longer, QUICK))
    assert inspect(path, longer, QUICK).verdict is Verdict.BLOCKED


def test_wrong_loudness_is_degraded(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    loud = tmp_path / "loud.mp4"
    run_ffmpeg(["-i", str(path), "-c:v", "copy", "-af", "volume=14dB", str(loud)], timeout_s=20)
    inspection = inspect(loud, timeline, QUICK)

    assert inspection.verdict is Verdict.DEGRADED
    assert {"loudness", "true_peak"} <= failed(inspection)


def test_bad_captions_are_named(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    wide = CueWord("Unbelievablyincomprehensible", 0, to_ticks(2))
    quick = CueWord("a sentence of forty characters, no less!", to_ticks(1), to_ticks(1.5))
    cues = (Cue(0, to_ticks(2), ((wide,),), 90), Cue(to_ticks(1), to_ticks(1.5), ((quick,),), 30))

    assert failed(inspect(path, replace(timeline, cues=cues), QUICK)) == {"caption_area", "caption_overlap", "caption_speed"}
