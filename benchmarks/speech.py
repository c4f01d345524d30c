"""How fast speech becomes timed words, and how well: python -m benchmarks.speech [--quick] [--json]

Voice activity + transcription + alignment (and decoding the sound) of the reading in the demo source, wall time divided by its length.
The bar on speed counts only with the word error rate and with a time for every word, so that speed cannot be bought with errors.
The median of five passes counts; the models are open before the first.
"""

import argparse
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from benchmarks.report import report
from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack, load_audio
from tools.video.media import Word
from tools.video.transcribe import MoonshineTiny, transcribe
from tools.video.vad import speech_chunks, speech_probabilities, speech_spans

DEMO = Path(__file__).resolve().parent.parent / "demo"
READING_S = 42.0  # the part of the demo source whose words are known (demo/LICENSES.md)
BAR = 0.06
WER_BAR = 0.10  # 0.042 was measured; more than twice that means that something broke


class Counting(MoonshineTiny):
    """The usual recogniser, counting the words it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.words = 0

    def hear(self, samples: NDArray[np.float32]) -> str:
        text = super().hear(samples)
        self.words += len(text.split())
        return text


def plain_words(text: str) -> list[str]:
    """Lower case, without punctuation: what word errors are counted on."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def word_error_rate(heard: str, said: str) -> float:
    """Substitutions, deletions and insertions per word said."""
    return Levenshtein.distance(plain_words(heard), plain_words(said)) / len(plain_words(said))


def run(transcriber: Counting) -> tuple[float, tuple[Word, ...]]:
    """Return wall seconds and the words of one pass."""
    started = time.monotonic()
    track = AudioTrack(load_audio(DEMO / "source.mp4").samples[: int(READING_S * SAMPLE_RATE_HZ)])
    probabilities = speech_probabilities(track)
    chunks = speech_chunks(speech_spans(probabilities, track.duration_s), probabilities)
    words = transcribe(track, chunks, transcriber=transcriber)
    return time.monotonic() - started, words


def measure(repeats: int) -> dict[str, Any]:
    cold_s, _ = run(Counting())  # opens the models
    walls: list[float] = []
    for _ in range(repeats):
        counting = Counting()
        wall_s, words = run(counting)
        walls.append(wall_s)
    wall_s = statistics.median(walls)
    wer = word_error_rate(" ".join(word.text for word in words), (DEMO / "transcript.txt").read_text())
    timed = sum(word.end_s > word.start_s for word in words)
    ratio = wall_s / READING_S
    return {
        "name": "speech", "value": round(wall_s, 3), "unit": "s", "baseline": READING_S, "ratio": round(ratio, 4), "bar": BAR,
        "holds": ratio <= BAR and wer <= WER_BAR and timed == counting.words > 0,
        "wer": round(wer, 4), "wer_bar": WER_BAR, "words": counting.words, "words_timed": timed,
        "words_timed_share": round(timed / max(1, counting.words), 4), "cold_s": round(cold_s, 3),
        "min_s": round(min(walls), 3), "max_s": round(max(walls), 3),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.speech", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two passes instead of five")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    given = parser.parse_args()
    return report([measure(2 if given.quick else 5)], given.json)


if __name__ == "__main__":
    sys.exit(main())
