"""Speech from text with times that hold: against the sound itself, and against forced alignment."""

import statistics
import subprocess
import sys
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from memory.errors import InputError, LimitError
from tools.studio.voice import MOST_CHARACTERS, speak
from tools.video.align import align_words
from tools.video.audio import load_audio

LINES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.",
    "Good lighting matters more than an expensive camera. Put a window in front of you, lock the focus, and speak a little louder.",
    "Then cut every pause, keep the best sentence, and finish with one clear question.",
)


def test_speech_is_written_with_a_time_for_every_word(tmp_path: Path) -> None:
    words = speak(LINES[0], tmp_path / "line.wav")

    with wave.open(str(tmp_path / "line.wav")) as file:
        duration_s = file.getnframes() / file.getframerate()
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
    assert [word.text for word in words] == LINES[0].split()
    assert all(0 <= word.start_s < word.end_s <= duration_s for word in words)
    assert all(before.end_s <= after.start_s for before, after in pairwise(words))
    assert [path.name for path in tmp_path.iterdir()] == ["line.wav"]


def test_a_pause_between_sentences_belongs_to_no_word(tmp_path: Path) -> None:
    first, second = speak("Stop. Go!", tmp_path / "line.wav")

    sound = load_audio(tmp_path / "line.wav")
    assert second.start_s - first.end_s > 0.2
    assert np.abs(sound.clip(first.end_s + 0.02, second.start_s - 0.02)).max() < 0.02
    assert np.abs(sound.clip(second.start_s, second.end_s)).max() > 0.1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("It cost 1,250 dollars.", ["It", "cost", "1,250", "dollars."], id="number"),
        pytest.param("Fast — and cheap.", ["Fast", "and", "cheap."], id="lone dash"),
        pytest.param("Señor “Ruiz” didn't wait…", ["Señor", "“Ruiz”", "didn't", "wait…"], id="not only ASCII"),
    ],
)
def test_words_are_those_of_the_text(tmp_path: Path, text: str, words: list[str]) -> None:
    assert [word.text for word in speak(text, tmp_path / "line.wav")] == words


def test_a_quicker_voice_needs_less_time(tmp_path: Path) -> None:
    slow = speak(LINES[2], tmp_path / "slow.wav", words_per_minute=110)
    quick = speak(LINES[2], tmp_path / "quick.wav", words_per_minute=220)

    assert quick[-1].end_s < 0.65 * slow[-1].end_s


@pytest.mark.parametrize("voice", ["en", "en-us"])
def test_forced_alignment_agrees_with_the_synthesiser(tmp_path: Path, voice: str) -> None:
    """Measured over these lines: median 10 ms, 90th percentile 56 ms; the bar is 60 ms for the median."""
    errors_ms = []
    for number, line in enumerate(LINES):
        path = tmp_path / f"{number}.wav"
        spoken = speak(line, path, voice=voice)
        sound = load_audio(path)
        samples = sound.clip(0, sound.duration_s)
        aligned = align_words([word.text for word in spoken], samples, 0.0)
        errors_ms += [1000 * abs(after.start_s - before.start_s) for before, after in zip(spoken, aligned, strict=True)]

    assert len(errors_ms) > 50
    assert statistics.median(errors_ms) <= 60
    assert statistics.quantiles(errors_ms, n=10)[-1] <= 150


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        pytest.param("", {}, "holds no word", id="empty"),
        pytest.param(" \n", {}, "holds no word", id="blank"),
        pytest.param("— … !", {}, "holds no word", id="nothing to speak"),
        pytest.param("a " * MOST_CHARACTERS, {}, "at most 5000", id="too long"),
        pytest.param("a\0b", {}, "zero byte", id="zero byte"),
        pytest.param("Hello", {"voice": "../en"}, "no name of a voice", id="a path as voice"),
        pytest.param("Hello", {"voice": "klingon-x"}, "no voice 'klingon-x'", id="unknown voice"),
        pytest.param("Hello", {"words_per_minute": 20}, "between 80 and 450", id="too slow"),
    ],
)
def test_what_cannot_be_spoken_is_refused_with_a_reason(tmp_path: Path, text: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        speak(text, tmp_path / "line.wav", **options)  # type: ignore[arg-type]

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        speak("Hello", tmp_path / "nowhere" / "line.wav")


def test_a_voice_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match=r"not done after 0\.001 s"):
        speak(LINES[0], tmp_path / "line.wav", timeout_s=0.001)

    assert list(tmp_path.iterdir()) == []


def test_the_synthesiser_is_not_loaded_into_our_process(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from tools.studio.voice import speak\n"
        "speak('Hello there', pathlib.Path(sys.argv[1]))\n"
        "sys.exit('espeak' in pathlib.Path('/proc/self/maps').read_text() or 'espeakng_loader' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program, str(tmp_path / "line.wav")], cwd=Path(__file__).parents[3]).returncode == 0
