"""The inspection measures files: good ones pass, faults are named, and only broken files are blocked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memory.domain import Verdict
from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.additions import Hiding
from tools.video.analysis import analyse
from tools.video.anonymise import find_hidden
from tools.video.brief import Hide
from tools.video.captions import make_cues
from tools.video.inspection import Inspection, inspect, subject
from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span
from tools.video.render import render
from tools.video.timeline import FINAL, QUICK, Cue, CueWord, Timeline, to_seconds, to_ticks

DEMO = Path(__file__).resolve().parents[3] / "demo" / "source.mp4"
LONG = "testsrc2=size=320x180:rate=30:duration=6"
TONE = "sine=frequency=440:duration=6"


def rendered(source: Path, make_timeline: Any, folder: Path, **more: Any) -> tuple[Path, Any]:
    timeline = make_timeline(source, Span(0, 6), **more)
    return render(timeline, folder / "o.mp4", preset=QUICK).path, timeline


def analyse_probe(timeline: Timeline) -> Probe:
    source = timeline.source
    return Probe(to_seconds(timeline.clips[-1].end), source.width_px, source.height_px, source.fps, 0, True, source.has_audio)


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


def test_black_or_frozen_by_our_own_fault_is_blocked(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    spoilers = {"black": "drawbox=t=fill:color=black:enable='gt(t,3)'", "freeze": "loop=loop=89:size=1:start=90,trim=end_frame=180"}
    for fault, filters in spoilers.items():
        spoiled = tmp_path / f"{fault}.mp4"
        run_ffmpeg(["-i", str(path), "-vf", filters, "-c:a", "copy", "-g", "30", "-preset", "ultrafast", str(spoiled)], timeout_s=30)
        inspection = inspect(spoiled, timeline, QUICK)

        assert fault in failed(inspection) and inspection.verdict is Verdict.BLOCKED
        assert any("where the source" in problem for problem in inspection.problems)


def test_sound_that_is_cut_off_at_full_scale_is_named(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    clipped = tmp_path / "clipped.mp4"
    run_ffmpeg(["-i", str(path), "-c:v", "copy", "-af", "volume=30dB", str(clipped)], timeout_s=20)

    assert "clipped" in failed(inspect(clipped, timeline, QUICK))
    assert "clipped" not in failed(inspect(path, timeline, QUICK))


def test_sound_that_ends_before_the_picture_is_blocked(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    short = tmp_path / "short.mp4"
    run_ffmpeg(["-i", str(path), "-c:v", "copy", "-af", "atrim=end=5", str(short)], timeout_s=20)

    assert failed(inspect(short, timeline, QUICK)) >= {"av_drift"}


@pytest.fixture(scope="module")
def heard() -> Analysis:
    return analyse(DEMO, second_detector=False)


def test_a_face_that_should_be_hidden_blocks(heard: Analysis, make_timeline: Any, tmp_path: Path) -> None:
    def largest(sample: FaceSample) -> float:
        return max((box.width_px for box in sample.boxes), default=0.0)

    shown = max(heard.faces, key=largest)
    span = Span(shown.time_s - 0.5, shown.time_s + 0.5)
    size = {"size": (heard.probe.width_px, heard.probe.height_px), "fps": heard.probe.fps}
    timeline = replace(make_timeline(DEMO, span, faces=heard.faces, **size), hiding=Hiding(()))
    left = inspect(render(timeline, tmp_path / "left.mp4", preset=QUICK).path, timeline, QUICK)
    hidden = replace(timeline, hiding=find_hidden(DEMO, timeline, hide=Hide.FACES))
    covered = inspect(render(hidden, tmp_path / "covered.mp4", preset=QUICK).path, hidden, QUICK)

    assert left.verdict is Verdict.BLOCKED and "faces_left" in failed(left)
    assert left.leaks is not None and left.leaks.leaks
    assert covered.checks["faces_left"].ok


def test_a_detector_that_cannot_look_blocks(make_source: Any, make_timeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)

    def cannot(*_: Any, **__: Any) -> None:
        raise InputError("The model file is missing.")

    monkeypatch.setattr(subject, "verify", cannot)
    inspection = inspect(path, replace(timeline, hiding=Hiding(())), QUICK)

    assert inspection.verdict is Verdict.BLOCKED and "Nobody could check" in inspection.problems[-1]


def test_captions_off_the_voice_are_named(heard: Analysis, make_timeline: Any, tmp_path: Path) -> None:
    span = Span(0.0, 12.0)
    clips = make_timeline(DEMO, span, size=(heard.probe.width_px, heard.probe.height_px), fps=heard.probe.fps).clips
    timeline = replace(
        make_timeline(DEMO, span, size=(heard.probe.width_px, heard.probe.height_px), fps=heard.probe.fps),
        cues=make_cues(heard.words, clips),
    )
    path = render(timeline, tmp_path / "o.mp4", preset=QUICK).path
    late = tmp_path / "late.mp4"
    run_ffmpeg(["-i", str(path), "-c:v", "copy", "-af", "adelay=900:all=1,atrim=end=12", str(late)], timeout_s=20)
    on_time, shifted = inspect(path, timeline, QUICK).checks["word_sync"], inspect(late, timeline, QUICK).checks["word_sync"]

    assert on_time.ok, on_time
    assert not shifted.ok and shifted.value == pytest.approx(0.9, abs=0.15) and "ahead of" in shifted.message


def test_a_face_cut_by_the_edge_is_named(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    path, timeline = rendered(make_source(LONG, TONE), make_timeline, tmp_path)
    crop = timeline.clips[0].crops[0].crop
    inside, across = FaceBox(crop.x_px + 20, 60, 50, 50, 0.9), FaceBox(crop.x_px - 25, 60, 50, 50, 0.9)

    def seen(box: FaceBox) -> Inspection:
        faces = tuple(FaceSample(second / 3, (box,)) for second in range(18))
        probe = analyse_probe(timeline)
        return inspect(path, timeline, QUICK, analysis=Analysis(probe, faces=faces))

    assert "subject" in failed(seen(across)) and "subject" not in failed(seen(inside))


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
