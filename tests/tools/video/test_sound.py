"""Sound on the source's clock, speech found where it is, words with times that hold."""

import math
import resource
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.errors import InputError, LimitError
from tools.ffmpeg import run_ffmpeg
from tools.video.align import align_words
from tools.video.audio import SAMPLE_RATE_HZ, SILENCE_DB, AudioTrack, load_audio, measure_energy_db
from tools.video.media import Span, Word
from tools.video.pronounce import pronounce, spoken_forms
from tools.video.transcribe import transcribe
from tools.video.vad import speech_chunks, speech_probabilities, speech_spans

DEMO = Path(__file__).parents[3] / "demo" / "source.mp4"


@pytest.fixture(scope="module")
def reading() -> AudioTrack:
    return load_audio(DEMO)


def track_of(samples: NDArray[np.float64] | NDArray[np.float32]) -> AudioTrack:
    return AudioTrack((np.clip(samples, -1, 1) * 32767).astype(np.int16))


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)


def spans_of(track: AudioTrack) -> tuple[Span, ...]:
    return speech_spans(speech_probabilities(track), track.duration_s)


def hear(track: AudioTrack) -> tuple[Word, ...]:
    probabilities = speech_probabilities(track)
    return transcribe(track, speech_chunks(speech_spans(probabilities, track.duration_s), probabilities))


def test_sound_has_the_length_of_the_source(reading: AudioTrack) -> None:
    assert reading.duration_s == pytest.approx(42.0, abs=0.1)
    assert reading.samples.dtype == np.int16


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_sound_that_was_read_does_not_stay_in_memory(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "anoisesrc=r=16000:d=1200:a=0.1", "-c:a", "pcm_s16le", str(tmp_path / "long.wav")], timeout_s=60)
    track = load_audio(tmp_path / "long.wav")
    before = resident_bytes()
    levels = measure_energy_db(track)
    assert len(levels) == 12_000 and resident_bytes() - before < 20_000_000  # of 38 MB of samples


def test_a_tone_lies_where_it_was_planted(tmp_path: Path) -> None:
    tone = "aevalsrc='if(between(t,2,3),0.5*sin(2*PI*440*t),0)':d=5:s=44100"
    run_ffmpeg(["-f", "lavfi", "-i", tone, "-c:a", "aac", str(tmp_path / "tone.m4a")], timeout_s=30)
    levels = measure_energy_db(load_audio(tmp_path / "tone.m4a"))
    assert len(levels) in (50, 51)
    loud = [index for index, level in enumerate(levels) if level > -20]
    assert loud == list(range(20, 30))
    assert levels[25] == pytest.approx(-9.03, abs=0.3)  # half of full scale: 6.02 dB below the 3.01 of a sine


def test_sound_that_starts_late_is_placed_on_the_sources_clock(tmp_path: Path) -> None:
    picture, tone = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=4"], ["-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=d=2"]
    run_ffmpeg([*picture, *tone, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(tmp_path / "late.mkv")], timeout_s=30)
    track = load_audio(tmp_path / "late.mkv")
    assert np.abs(track.clip(0, 1.4)).max() < 0.01
    assert np.abs(track.clip(1.6, 2.0)).max() > 0.05


def test_a_source_without_sound_gives_an_empty_track(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x240:d=1", "-c:v", "libx264", str(tmp_path / "mute.mp4")], timeout_s=30)
    track = load_audio(tmp_path / "mute.mp4")
    assert track.duration_s == 0 and measure_energy_db(track) == () and spans_of(track) == () and hear(track) == ()


def test_what_is_not_sound_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "note.wav").write_text("no sound")
    with pytest.raises(InputError, match=r"note\.wav cannot be decoded"):
        load_audio(tmp_path / "note.wav")


def test_no_room_for_the_sound_is_a_limit(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=20", str(tmp_path / "tone.wav")], timeout_s=30)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # what a full disk or a quota does, for this process alone
    try:
        with pytest.raises(LimitError, match="no space left"):
            load_audio(tmp_path / "tone.wav")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_energy_of_silence_is_the_floor() -> None:
    assert measure_energy_db(track_of(silence(0.35))) == (SILENCE_DB,) * 4


def test_silence_tones_and_noise_are_not_speech() -> None:
    seconds = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(1).normal(0, 0.1, len(seconds))
    for sound in (silence(4), 0.5 * np.sin(2 * math.pi * 440 * seconds), noise):
        assert spans_of(track_of(sound)) == ()


def test_speech_is_found_where_it_was_planted(reading: AudioTrack) -> None:
    phrase = reading.clip(0.5, 2.4)
    track = track_of(np.concatenate([silence(2), phrase, silence(3), phrase, silence(1)]))
    first, second = spans_of(track)
    assert first.start_s == pytest.approx(2.03, abs=0.2) and first.end_s == pytest.approx(3.9, abs=0.3)
    assert second.start_s == pytest.approx(first.start_s + 4.9, abs=0.1)


def test_spans_and_chunks_are_ordered_and_bounded(reading: AudioTrack) -> None:
    probabilities = speech_probabilities(reading)
    spans = speech_spans(probabilities, reading.duration_s)
    chunks = speech_chunks(spans, probabilities, max_s=5.0)
    assert all(before.end_s <= after.start_s for before, after in pairwise(spans))
    assert all(before.end_s <= after.start_s for before, after in pairwise(chunks))
    assert max(chunk.duration_s for chunk in chunks) <= 5.0
    assert sum(chunk.duration_s for chunk in chunks) >= sum(span.duration_s for span in spans) - 0.01


def test_words_move_with_the_speech(reading: AudioTrack) -> None:
    phrase = reading.clip(0.5, 4.2)
    early, late = hear(track_of(np.concatenate([silence(1), phrase, silence(1)]))), hear(track_of(np.concatenate([silence(6), phrase])))
    assert [word.text.strip(".,").lower() for word in early] == "it was the best of times it was the worst of times".split()
    for before, after in zip(early, late, strict=True):
        assert after.start_s - before.start_s == pytest.approx(5.0, abs=0.12)
    assert 1.0 <= early[0].start_s <= 1.2 and early[-1].end_s <= 4.75


def test_every_word_has_a_time_even_one_nobody_knows(reading: AudioTrack) -> None:
    heard = "It was — the bestest of 1,000 times. It was the worst of timesish.".split()
    words = align_words(heard, reading.clip(0.5, 4.2), 10.0)
    assert [word.text for word in words] == heard
    assert all(10.0 <= word.start_s <= word.end_s <= 13.7 for word in words)
    assert all(before.end_s <= after.start_s for before, after in pairwise(words))


def test_text_that_does_not_fit_still_gets_ordered_times(reading: AudioTrack) -> None:
    words = align_words(["anything"] * 60, reading.clip(0.5, 1.5), 0.0)
    assert len(words) == 60 and words[-1].end_s <= 1.0
    assert all(before.end_s <= after.start_s for before, after in pairwise(words))
    again = align_words("It was the best of times".split(), reading.clip(0.5, 2.4), 0.0)
    assert again[-1].start_s == pytest.approx(1.05, abs=0.2)  # and the next alignment is not disturbed


def test_alignment_of_no_sound_does_not_fail() -> None:
    assert [word.end_s for word in align_words(["hello", "there"], silence(0), 3.0)] == [3.0, 3.0]


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("times.", "times"), ("well-known", "well known"), ("Don’t", "don't"), ("—", ""), ("42", "forty two"),
        ("1,250", "one thousand two hundred fifty"), ("1994,", "nineteen ninety four"), ("1905", "nineteen oh five"),
        ("2000", "two thousand"), ("3.5", "three point five"), ("$20", "twenty dollars"), ("50%", "fifty percent"),
        ("R&D", "r and d"), ("007", "zero zero seven"), ("0", "zero"), ("COVID-19", "covid nineteen"),
    ],
)  # fmt: skip
def test_shown_words_are_spoken_in_full(word: str, spoken: str) -> None:
    assert " ".join(spoken_forms(word)) == spoken


@pytest.mark.parametrize(
    ("word", "phones"), [("noisy", "N OY S IY"), ("shake", "SH AE K"), ("nation", "N AE SH AH N"), ("x", "K S"), ("'", "AH")]
)
def test_unknown_words_are_read_off_their_spelling(word: str, phones: str) -> None:
    assert pronounce(word) == phones
