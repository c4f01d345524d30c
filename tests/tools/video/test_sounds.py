"""Laughter, applause, music and beats in synthesised sound, and none of them where there is speech, noise or a hum."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack, load_audio
from tools.video.beats import find_beats
from tools.video.hearing import listen
from tools.video.media import SoundEvent
from tools.video.sounds import find_sounds

DEMO = Path(__file__).parents[3] / "demo" / "source.mp4"
Samples = NDArray[np.float64]


def track_of(samples: Samples) -> AudioTrack:
    return AudioTrack((np.clip(samples, -1, 1) * 32767).astype(np.int16))


def seconds(length_s: float) -> Samples:
    return np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def room(length_s: float) -> Samples:
    return np.random.default_rng(5).normal(0, 0.0008, len(seconds(length_s)))


def voice(pitch_hz: NDArray[np.float64]) -> Samples:
    """A vowel: harmonics of a gliding pitch through the two formants of "ah"."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    strengths = [(n, 1 / (1 + ((n * 200 - 750) / 300) ** 2) + 0.5 / (1 + ((n * 200 - 1200) / 300) ** 2)) for n in range(1, 16)]
    return np.asarray(sum(strength * np.sin(n * phase) for n, strength in strengths))


def laughter(length_s: float) -> Samples:
    """Voiced bursts about five times a second, unevenly, each falling in pitch, with breath between."""
    draw = np.random.default_rng(2)
    out = np.zeros(len(seconds(length_s)))
    at_s = 0.05
    while at_s < length_s - 0.2:
        burst = seconds(0.1)
        pitch = draw.uniform(230, 260) * np.exp(-1.5 * burst)
        ha = 0.25 * voice(pitch) * np.hanning(len(burst)) + draw.normal(0, 0.01, len(burst)) * np.hanning(len(burst))
        first = round(at_s * SAMPLE_RATE_HZ)
        out[first : first + len(ha)] += ha
        at_s += draw.uniform(0.185, 0.215)
    return out


def applause(length_s: float) -> Samples:
    """Sixty people clapping four times a second, each a short burst of noise."""
    draw = np.random.default_rng(3)
    out = np.zeros(len(seconds(length_s)) + 1000)
    clap = np.exp(-seconds(0.02) * 350)
    for _ in range(round(60 * 4 * length_s)):
        at = draw.integers(0, len(out) - 1000)
        out[at : at + len(clap)] += draw.normal(0, draw.uniform(0.02, 0.25), len(clap)) * clap
    return out[:-1000]


def music(length_s: float, bpm: float) -> Samples:
    """Chords that change every two beats, a plucked note on every beat and a soft noise between."""
    draw, time_s = np.random.default_rng(4), seconds(length_s)
    beat_s = 60 / bpm
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    number = np.floor(time_s / (2 * beat_s)).astype(int) % 4
    pitches = np.array(chords)[number]
    since_chord, since_beat = time_s % (2 * beat_s), time_s % beat_s
    pads = sum(np.sin(2 * np.pi * pitches[:, n] * k * time_s) / k for n in range(3) for k in (1, 2, 3)) * np.exp(-since_chord)
    plucks = np.sin(2 * np.pi * 2 * pitches[:, 0] * time_s) * np.exp(-12 * since_beat)
    ticks = draw.normal(0, 1, len(time_s)) * np.exp(-80 * ((time_s + beat_s / 2) % beat_s))
    return np.asarray(0.05 * pads + 0.2 * plucks + 0.03 * ticks)


def planted(sound: Samples, *, before_s: float = 4.0, after_s: float = 4.0) -> AudioTrack:
    whole = np.concatenate([np.zeros(round(before_s * SAMPLE_RATE_HZ)), sound, np.zeros(round(after_s * SAMPLE_RATE_HZ))])
    return track_of(whole + room(len(whole) / SAMPLE_RATE_HZ))


@pytest.mark.parametrize(
    ("kind", "make", "slack_s"),
    [("laughter", laughter, 0.7), ("applause", applause, 0.6), ("music", lambda length_s: music(length_s, 110), 1.6)],
)
def test_a_planted_sound_is_found_where_it_is(kind: str, make: Callable[[float], Samples], slack_s: float) -> None:
    (found,) = find_sounds(planted(make(8.0)))
    assert found.kind == kind and 0.3 < found.score <= 1.0
    assert found.start_s == pytest.approx(4.0, abs=slack_s) and found.end_s == pytest.approx(12.0, abs=slack_s)


@pytest.fixture(scope="module")
def reading() -> AudioTrack:
    return load_audio(DEMO)


def test_speech_is_no_laughter_no_applause_and_no_music(reading: AudioTrack) -> None:
    assert find_sounds(reading) == ()


def beeps(length_s: float) -> Samples:
    time_s = seconds(length_s)
    return 0.3 * np.sin(2 * np.pi * 440 * time_s) * (time_s % 0.2 < 0.1)


def drums(length_s: float) -> Samples:
    time_s = seconds(length_s)
    return np.random.default_rng(7).normal(0, 0.3, len(time_s)) * np.exp(-40 * (time_s % 0.2))


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.random.default_rng(1).normal(0, 0.1, 16_000 * 8), id="steady noise"),
        pytest.param(0.3 * np.sin(2 * np.pi * 440 * seconds(8.0)), id="one tone"),
        pytest.param(0.2 * np.sign(np.sin(2 * np.pi * 100 * seconds(8.0))), id="a hum with harmonics"),
        pytest.param(beeps(8.0), id="beeps five times a second"),
        pytest.param(drums(8.0), id="drums five times a second"),
        pytest.param(0.3 * voice(200 + 40 * np.sin(2 * np.pi * 0.7 * seconds(8.0))), id="a long vowel"),
    ],
)
def test_other_sounds_are_not_reported(sound: Samples) -> None:
    assert find_sounds(planted(sound)) == ()


def test_speech_over_soft_music_is_no_laughter(reading: AudioTrack) -> None:
    speech = reading.clip(1.0, 21.0).astype(np.float64)
    mixed = track_of(speech + 0.15 * music(20.0, 100)[: len(speech)])
    assert {event.kind for event in find_sounds(mixed)} <= {"music"}


@pytest.mark.parametrize("bpm", [72, 100, 128, 150])
def test_beats_follow_the_music(bpm: int) -> None:
    track = planted(music(16.0, bpm))
    hearing = listen(track)
    beats = find_beats(hearing, find_sounds(track, hearing))
    period_s = 60 / bpm
    inside = [time_s for time_s in beats if 5.0 <= time_s <= 19.0]
    gaps = [after - before for before, after in pairwise(inside)]
    assert len(inside) >= 0.85 * 14 / period_s / 2  # half time is a fair way to tap
    off = [abs((time_s - 4.0 + period_s / 4) % (period_s / 2) - period_s / 4) for time_s in inside]
    assert float(np.median(off)) < 0.05
    assert any(float(np.median(gaps)) == pytest.approx(fair * period_s, rel=0.04) for fair in (0.5, 1, 2))


def test_no_beats_without_music(reading: AudioTrack) -> None:
    hearing = listen(reading)
    assert find_beats(hearing, find_sounds(reading, hearing)) == ()
    assert find_beats(hearing, [SoundEvent("applause", 0.0, 20.0, 0.9)]) == ()


def test_no_sound_and_a_blink_of_it_are_heard_out() -> None:
    for length_s in (0.0, 0.01, 0.3, 2.0):
        track = track_of(room(length_s))
        hearing = listen(track)
        assert find_sounds(track, hearing) == () and find_beats(hearing, ()) == ()


def test_measures_do_not_depend_on_where_blocks_end(reading: AudioTrack) -> None:
    whole, late = listen(reading), listen(AudioTrack(reading.samples[128 * 256 :]))
    assert np.allclose(whole.bands_db[128 : 128 + 2200], late.bands_db[:2200], atol=0.1)
