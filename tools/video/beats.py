"""The beats of music: tempo from how onsets repeat, then the beats that lie best on the onsets at that tempo.

Source: D. P. W. Ellis, "Beat Tracking by Dynamic Programming", 2007, on the onset strength of `hearing`.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.video.hearing import HOP_S, Hearing
from tools.video.media import SoundEvent

_TEMPO_BPM = (60.0, 190.0)
_USUAL_BPM = 120.0
_SPREAD_OCTAVES = 0.9  # how far from the usual tempo people still tap
_MIN_STRENGTH = 0.12  # of the onsets' autocorrelation: below it nothing pulses
_TIGHTNESS = 100.0  # how much a beat off the tempo costs against a strong onset
_PIECE_S = 30.0  # one tempo is sought in each piece


def find_beats(hearing: Hearing, sounds: Sequence[SoundEvent]) -> tuple[float, ...]:
    """Times in seconds, in order, inside the music among `sounds`; none where nothing pulses."""
    beats: list[float] = []
    for music in (event for event in sounds if event.kind == "music"):
        pieces = max(1, round((music.end_s - music.start_s) / _PIECE_S))
        edges = np.linspace(music.start_s, music.end_s, pieces + 1)
        for start_s, end_s in pairwise(edges):
            first, last = round(float(start_s) / HOP_S), round(float(end_s) / HOP_S)
            for index in track_beats(hearing.onset[first:last]):
                time_s = round((first + index) * HOP_S, 3)
                if not beats or time_s - beats[-1] > 0.5 * 60 / _TEMPO_BPM[1]:
                    beats.append(time_s)
    return tuple(beats)


def track_beats(onset: NDArray[np.float32]) -> list[int]:
    """Indexes of the beats in one piece of onset strength (a value per 16 ms) at one tempo; empty when nothing pulses."""
    strength = _normalised(onset)
    period = _period(strength)
    if period is None:
        return []
    score, before = _chain(strength, period)
    tail = max(1, round(period))
    beat = len(score) - tail + int(np.argmax(score[-tail:]))
    beats = [beat]
    while before[beat] >= 0:
        beat = int(before[beat])
        beats.append(beat)
    return beats[::-1]


def _normalised(onset: NDArray[np.float32]) -> NDArray[np.float64]:
    """Onsets above their surroundings of a second, smoothed over 50 ms, with a spread of 1."""
    window = round(1.0 / HOP_S)
    around = np.convolve(np.pad(onset.astype(np.float64), window // 2, mode="edge"), np.full(window, 1 / window), mode="same")
    peaks = np.maximum(0.0, onset - around[window // 2 : window // 2 + len(onset)])
    smooth = np.convolve(peaks, np.array([0.25, 0.5, 0.25]), mode="same")
    spread = float(smooth.std())
    return smooth / spread if spread > 1e-6 else np.zeros_like(smooth)


def _period(strength: NDArray[np.float64]) -> float | None:
    """The beat's period in steps of 16 ms, between steps where the curve says so."""
    shortest, longest = (60 / bpm / HOP_S for bpm in reversed(_TEMPO_BPM))
    if len(strength) < 4 * longest:
        return None
    own = strength - strength.mean()
    size = 1 << (2 * len(own) - 1).bit_length()
    by_lag = np.fft.irfft(np.abs(np.fft.rfft(own, size)) ** 2)[: round(2 * longest) + 3]
    if by_lag[0] <= 0:
        return None
    by_lag = by_lag / by_lag[0]
    lags = np.arange(len(by_lag))
    usual = np.exp(-0.5 * (np.log2(np.maximum(1, lags) * HOP_S * _USUAL_BPM / 60) / _SPREAD_OCTAVES) ** 2)
    weighed = np.where((lags >= shortest) & (lags <= longest), by_lag * usual, 0.0)
    best = int(np.argmax(weighed))
    if by_lag[best] < _MIN_STRENGTH:
        return None
    left, middle, right = (float(by_lag[best + offset]) for offset in (-1, 0, 1))
    bend = left - 2 * middle + right
    return best + (0.5 * (left - right) / bend if bend < 0 else 0.0)


def _chain(strength: NDArray[np.float64], period: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The best sum of onsets that ends with a beat at each step, and the beat before it (-1 for none)."""
    offsets = np.arange(-round(2 * period), -round(period / 2) + 1)
    cost = -_TIGHTNESS * np.log(-offsets / period) ** 2
    score, before = strength.copy(), np.full(len(strength), -1, dtype=np.int64)
    for step in range(len(strength)):
        first = step + offsets[0]
        skip = max(0, -first)
        if skip >= len(offsets):
            continue
        sums = score[first + skip : step + offsets[-1] + 1] + cost[skip:]
        best = int(np.argmax(sums))
        if sums[best] > 0:
            score[step] += sums[best]
            before[step] = first + skip + best
    return score, before
