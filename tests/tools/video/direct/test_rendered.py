"""Every direction rendered over a person who reads: nothing the inspection minds, the voice well above the music, no sound lost."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from memory.domain import Verdict
from tools.ffmpeg import run_ffmpeg
from tools.video.additions import Brand
from tools.video.brief import Brief, Direction
from tools.video.captions import make_cues
from tools.video.compiler.sound import Gain, finished_sound
from tools.video.direct import direct
from tools.video.inspection import inspect
from tools.video.levels import fit_gain
from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span, Word
from tools.video.render import render
from tools.video.timeline import QUICK, Clip, Crop, CropFrom, Source, Timeline, fingerprint, to_seconds, to_ticks

DEMO = Path(__file__).parents[4] / "demo" / "source.mp4"
TEXT = [(0.53, 1.95, "It was the best of times."), (2.35, 4.15, "It was the worst of times."), (4.3, 5.8, "It was the age of wisdom.")]


@pytest.fixture(scope="module")
def reading() -> Analysis:
    """What is known about the first seven seconds: three sentences, a cut at 4.2 s, a face before it."""
    words = []
    for start_s, end_s, sentence in TEXT:
        step = (end_s - start_s) / len(sentence.split())
        words += [Word(text, start_s + n * step, start_s + (n + 0.9) * step) for n, text in enumerate(sentence.split())]
    faces = tuple(FaceSample(n / 4, (FaceBox(540, 190, 200, 250, 0.9),)) for n in range(17))
    return Analysis(Probe(42.0, 1280, 720, 25.0, 0, True, True), words=tuple(words), shots=(Span(0, 4.2), Span(4.2, 8)), faces=faces)


def edited(reading: Analysis, direction: Direction) -> Timeline:
    clips = tuple(Clip(to_ticks(a), to_ticks(b), (CropFrom(to_ticks(a), Crop(438, 0, 404, 720)),)) for a, b in ((0.2, 6.2), (28.4, 30.4)))
    source = Source(str(DEMO), fingerprint(DEMO), 1280, 720, 25.0, True)
    plain = Timeline(source, clips, Fraction(25), make_cues(reading.words, clips))
    return direct(plain, reading, Brief(direction=direction), Brand("Ada", "FFB000"))


@pytest.mark.slow
@pytest.mark.parametrize("direction", list(Direction))
def test_a_directed_short_passes_its_inspection(direction: Direction, reading: Analysis, tmp_path: Path) -> None:
    timeline = edited(reading, direction)
    result = render(timeline, tmp_path / "short.mp4", preset=QUICK)
    found = inspect(result.path, timeline, QUICK)
    assert found.verdict is Verdict.OK, found.problems
    assert found.loudness_lufs == pytest.approx(-14, abs=0.5) and found.true_peak_dbtp is not None and found.true_peak_dbtp <= -1.5


@pytest.mark.parametrize(
    ("direction", "apart_db"), [(Direction.CLEAN, 17), (Direction.HYPE, 11), (Direction.PODCAST, 24), (Direction.CINEMATIC, 15)]
)
def test_the_voice_is_well_above_the_music(direction: Direction, apart_db: float, reading: Analysis) -> None:
    timeline = replace(edited(reading, direction), effects=())
    gain, _ = fit_gain(timeline, timeout_s=60)
    gain = replace(gain, limit=False)
    voice, mix = _heard(replace(timeline, music=None), gain), _heard(timeline, gain)
    at = slice(round(to_seconds(to_ticks(0.6 - 0.2)) * 48_000), round(1.7 * 48_000))
    assert _db(voice[at]) - _db(mix[at] - voice[at]) > apart_db
    assert _db(mix[at] - voice[at]) > -60  # and yet there


def _heard(timeline: Timeline, gain: Gain) -> NDArray[np.float32]:
    arguments = list(ffmpeg.output(finished_sound(timeline, gain), "pipe:1", f="f32le").compile(cmd="ffmpeg"))[1:]
    return np.frombuffer(run_ffmpeg(arguments, timeout_s=60, want_stdout=True).stdout, np.float32).reshape(-1, 2)


def _db(sound: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-14))
