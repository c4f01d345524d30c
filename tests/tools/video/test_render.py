"""Rendered files, probed: size, rate, length, picture at known times, loudness, and nothing left behind."""

import os
import resource
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from memory.errors import InputError, LimitError, StoppedError
from tools.ffmpeg import run_ffmpeg
from tools.video import render as render_module
from tools.video.captions import make_cues
from tools.video.inspection import inspect
from tools.video.loudness import Loudness, parse_summary
from tools.video.media import FaceBox, FaceSample, Span, Word
from tools.video.render import render
from tools.video.timeline import QUICK, Timeline
from tools.video.titles import lay_out

TWO_COLORS = "color=red:size=320x180:rate=30:duration=2,drawbox=x=160:w=160:h=180:color=blue:t=fill"  # red left, blue right


def loudness_of(path: Path) -> Loudness:
    arguments = ["-vn", "-i", str(path), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    return parse_summary(run_ffmpeg(arguments, timeout_s=30, log_level="info").stderr_tail)


def mean_rgb(path: Path, time_s: float) -> tuple[float, ...]:
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            if (frame.time or 0) >= time_s - 1e-6:
                return tuple(float(value) for value in frame.to_ndarray(format="rgb24").mean(axis=(0, 1)))
    raise AssertionError(f"no frame at {time_s} s")


def shape(path: Path) -> tuple[int, int, Fraction, int, int]:
    """Width, height, rate, frames, audio rate."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert len(container.streams) == 2
        return video.width, video.height, Fraction(video.average_rate or 0), video.frames, audio.rate


def test_a_short_has_the_size_rate_and_length_it_was_given(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    seen: list[float] = []
    result = render(make_timeline(make_source(), Span(0.3, 1.8)), tmp_path / "o.mp4", preset=QUICK, on_progress=seen.append)

    assert shape(result.path) == (360, 640, Fraction(30), 45, 48_000)
    assert seen[-1] == pytest.approx(1.0, abs=0.05) and seen == sorted(seen)
    assert os.listdir(tmp_path) == ["o.mp4"]


def test_the_picture_is_encoded_once(make_source: Any, make_timeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[str]] = []

    def counting(arguments: list[str], **options: Any) -> Any:
        runs.append(arguments)
        return run_ffmpeg(arguments, **options)

    monkeypatch.setattr(render_module, "run_ffmpeg", counting)
    render(make_timeline(make_source(), Span(0, 0.5), Span(1, 1.5)), tmp_path / "o.mp4", preset=QUICK)

    assert ["libx264" in arguments for arguments in runs] == [True]


def test_the_crop_changes_on_the_frame_of_the_cut(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    faces = (FaceSample(0.5, (FaceBox(20, 50, 40, 40, 0.9),)), FaceSample(1.5, (FaceBox(260, 50, 40, 40, 0.9),)))
    timeline = make_timeline(make_source(TWO_COLORS), Span(0.1, 1.9), faces=faces, shots=(Span(0, 1), Span(1, 2)), fade_in=0, fade_out=0)
    render(timeline, tmp_path / "o.mp4", preset=QUICK)

    assert mean_rgb(tmp_path / "o.mp4", 26 / 30)[0] > 200  # 0.967 s of the source: left, red
    assert mean_rgb(tmp_path / "o.mp4", 27 / 30)[2] > 200  # 1.000 s: right, blue


def test_a_drifting_crop_moves_evenly(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    faces = tuple(FaceSample(n / 5, (FaceBox(30 + 22 * n, 50, 30, 30, 0.9),)) for n in range(11))
    timeline = make_timeline(make_source(TWO_COLORS), Span(0, 2), faces=faces, fade_in=0, fade_out=0)
    render(timeline, tmp_path / "o.mp4", preset=QUICK)
    reds = [mean_rgb(tmp_path / "o.mp4", time_s)[0] for time_s in (0.1, 1.0, 1.9)]

    assert timeline.clips[0].crops[0].drift_to is not None
    assert reds[0] > 200 and 80 < reds[1] < 180 and reds[2] < 50


def test_clips_are_joined_in_their_order(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    picture = "color=red:size=320x180:rate=30:duration=1[a];color=lime:size=320x180:rate=30:duration=1[b];[a][b]concat"
    render(make_timeline(make_source(picture), Span(1.2, 1.7), Span(0.2, 0.7), fade_in=0, fade_out=0), tmp_path / "o.mp4", preset=QUICK)

    assert mean_rgb(tmp_path / "o.mp4", 0.2)[1] > 200
    assert mean_rgb(tmp_path / "o.mp4", 0.8)[0] > 200
    assert shape(tmp_path / "o.mp4")[3] == 30


def test_the_picture_fades_in_from_half_and_out_to_black(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    render(make_timeline(make_source("color=white:size=320x180:rate=30:duration=2"), Span(0, 2)), tmp_path / "o.mp4", preset=QUICK)

    assert 90 < max(mean_rgb(tmp_path / "o.mp4", 0)) < 165  # a cover taken from the first frame is not black
    assert max(mean_rgb(tmp_path / "o.mp4", 59 / 30)) < 60
    assert min(mean_rgb(tmp_path / "o.mp4", 1)) > 220


PEAKY = "aevalsrc='0.03*sin(2*PI*300*t)+0.9*sin(2*PI*900*t)*lt(mod(t,0.5),0.004)':d=4:s=48000"


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param("sine=frequency=440:duration=4", id="tone"),
        pytest.param("anoisesrc=amplitude=0.02:duration=4:seed=3", id="quiet-noise"),
        pytest.param("anoisesrc=amplitude=1:duration=4:seed=3,volume=12dB", id="clipped-noise"),
        pytest.param(PEAKY, id="sharp-peaks"),
    ],
)
def test_sound_lands_on_its_loudness_below_the_peak(sound: str, make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    source = make_source("testsrc2=size=320x180:rate=30:duration=4", sound)
    render(make_timeline(source, Span(0, 4)), tmp_path / "o.mp4", preset=QUICK)
    found = loudness_of(tmp_path / "o.mp4")

    assert found.integrated_lufs == pytest.approx(-14, abs=1)
    assert found.true_peak_dbtp <= -1.0


@pytest.mark.parametrize("sound", [pytest.param("", id="no-sound"), pytest.param("anullsrc=duration=2", id="digital-silence")])
def test_silence_stays_silent(sound: str, make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    render(make_timeline(make_source(sound=sound), Span(0, 1), has_audio=bool(sound)), tmp_path / "o.mp4", preset=QUICK)

    assert loudness_of(tmp_path / "o.mp4").is_silent
    assert shape(tmp_path / "o.mp4")[3:] == (30, 48_000)


@pytest.mark.parametrize(
    ("picture", "extra", "size", "fps"),
    [
        pytest.param("testsrc2=size=320x180:rate=1:duration=3", (), (320, 180), 1.0, id="one-a-second"),
        pytest.param("testsrc2=size=320x180:rate=60:duration=3,select='mod(n,3)'", ("-fps_mode", "vfr"), (320, 180), 40.0, id="variable"),
        pytest.param("testsrc2=size=180x320:rate=25:duration=3", (), (180, 320), 25.0, id="vertical"),
        pytest.param("testsrc2=size=64x64:rate=30:duration=3", (), (64, 64), 30.0, id="tiny-square"),
        pytest.param("testsrc2=size=320x180:rate=30:duration=3,setsar=2", (), (640, 180), 30.0, id="wide-pixels"),
        pytest.param("testsrc2=size=322x182:rate=30:duration=3", ("-pix_fmt", "yuv444p"), (322, 182), 30.0, id="odd-chroma"),
    ],
)
def test_odd_sources_become_constant_and_full_length(
    picture: str, extra: tuple[str, ...], size: tuple[int, int], fps: float, make_source: Any, make_timeline: Any, tmp_path: Path
) -> None:
    source = make_source(picture, "sine=duration=3", extra)
    timeline = make_timeline(source, Span(0.5, 2.5), size=size, fps=fps)
    render(timeline, tmp_path / "o.mp4", preset=QUICK)
    checks = inspect(tmp_path / "o.mp4", timeline, QUICK).checks

    assert [name for name, check in checks.items() if not check.ok and check.is_blocking] == []


def test_a_rotated_source_is_shown_upright(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    run_ffmpeg(["-display_rotation", "90", "-i", str(make_source(TWO_COLORS)), "-c", "copy", str(turned)], timeout_s=20)
    render(make_timeline(turned, Span(0.2, 1.2), size=(180, 320), fade_in=0), tmp_path / "o.mp4", preset=QUICK)
    with av.open(str(tmp_path / "o.mp4")) as container:
        first = next(container.decode(container.streams.video[0])).to_ndarray(format="rgb24").astype(np.int16)

    top, bottom = first[:200].mean(axis=(0, 1)), first[-200:].mean(axis=(0, 1))
    assert sorted((int(top.argmax()), int(bottom.argmax()))) == [0, 2]  # red and blue now lie above each other


def test_a_picture_that_ends_early_holds_its_last_frame(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    source = make_source("testsrc2=size=320x180:rate=30:duration=1", "sine=duration=3")
    timeline = make_timeline(source, Span(0, 2.5))
    render(timeline, tmp_path / "o.mp4", preset=QUICK)

    assert shape(tmp_path / "o.mp4")[3] == 75


def test_equal_timelines_give_equal_files_even_with_strange_names(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    timeline = make_timeline(make_source(name="it's: a, [b] 100% 🎬.mp4"), Span(0, 1))
    words = [Word(r"it's", 0.1, 0.3), Word(r"{50%}:", 0.4, 0.6), Word(r"\N[x],", 0.6, 0.9)]
    timeline = replace(timeline, cues=make_cues(words, timeline.clips), hook=lay_out("A 'title', or: two", 1))
    render(timeline, tmp_path / "a.mp4", preset=QUICK)
    render(timeline, tmp_path / "it's: [odd], 🎬" / "b.mp4", preset=QUICK)

    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "it's: [odd], 🎬" / "b.mp4").read_bytes()


def test_captions_and_title_are_drawn_where_planned(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    timeline = make_timeline(make_source("color=gray:size=320x180:rate=30:duration=2"), Span(0, 2), fade_in=0, fade_out=0)
    timeline = replace(timeline, cues=make_cues([Word("Hello", 0.5, 1.5)], timeline.clips), hook=lay_out("Above", 1))
    render(timeline, tmp_path / "o.mp4", preset=QUICK)
    with av.open(str(tmp_path / "o.mp4")) as container:
        frames = [frame.to_ndarray(format="gray").astype(np.int16) for frame in container.decode(container.streams.video[0])]
    contrast = [[float(np.ptp(frame[rows])) for rows in (slice(60, 220), slice(380, 480), slice(512, 640))] for frame in frames]

    assert contrast[9][0] > 150 and contrast[9][1] < 40  # 0.3 s: the title alone
    assert contrast[27][1] > 150  # 0.9 s: the caption
    assert contrast[45][0] < 40 and contrast[45][1] > 150  # 1.5 s: the title has gone
    assert max(row[2] for row in contrast) < 40  # nothing in the lower fifth


def test_a_stop_leaves_nothing(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    asked = count()

    with pytest.raises(StoppedError):
        render(make_timeline(make_source(), Span(0, 2)), tmp_path / "o.mp4", cancel=lambda: next(asked) > 8)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing_and_says_so(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    timeline = make_timeline(make_source(), Span(0, 2))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(LimitError, match="Free some space"):
            render(timeline, tmp_path / "o.mp4", preset=QUICK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


def test_what_a_killed_render_left_is_swept(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    (tmp_path / ".render-999999999-abc").mkdir()
    (tmp_path / f".render-{os.getpid()}-other").mkdir()
    render(make_timeline(make_source(), Span(0, 0.5)), tmp_path / "o.mp4", preset=QUICK)

    assert sorted(os.listdir(tmp_path)) == [f".render-{os.getpid()}-other", "o.mp4"]


def test_a_source_that_is_gone_is_named(make_source: Any, make_timeline: Any, tmp_path: Path) -> None:
    timeline: Timeline = make_timeline(make_source(), Span(0, 1))

    with pytest.raises(InputError, match=r"gone\.mp4"):
        render(replace(timeline, source=replace(timeline.source, path="/nowhere/gone.mp4")), tmp_path / "o.mp4")


def test_an_empty_clip_is_refused(make_source: Callable[..., Path], make_timeline: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty clip"):
        render(make_timeline(make_source(), Span(1, 1)), tmp_path / "o.mp4")
