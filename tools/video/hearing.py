"""Sound as numbers over time: levels, spectra and how steady they are, in one pass of bounded memory. What `sounds` and `beats` judge by.

Two spectrograms of the 16 kHz track: a fast one (32 ms windows every 16 ms) for bursts and onsets, and a fine one (128 ms windows every
64 ms, 7.8 Hz apart) for tones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack

HOP = 256  # samples: 16 ms
HOP_S = HOP / SAMPLE_RATE_HZ
TONE_HOP_S = 4 * HOP_S
_WINDOW, _TONE_WINDOW, _TONE_HOP = 512, 2048, 1024
_BLOCK_S = 32.768  # 512 tone hops
BANDS = 24  # of the fast spectrogram, even in mel from 100 Hz to 7.5 kHz
_RIDGE_HZ = (300.0, 4000.0)  # where tones are followed: below, the harmonics of a voice glide too little to be told from held notes
_RIDGE_DB = 10.0  # a tone stands out this far from its surroundings
_RIDGE_FRAMES = 5  # and lies still this long: 0.32 s
_SAME_BINS = 4  # 31 Hz: the edges of a beep spread it
_FRESH_FRAMES = 23  # a tone that began at the same frequency in the last 1.5 s is the same one again: a beep
FLOOR_DB = -100.0

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hearing:
    """`bands_db` has shape (n, BANDS), one row per 16 ms. One value per 16 ms: `level_db` (100 Hz to 7.5 kHz, dBFS), `flatness` (0 tone, 1
    noise, 500 Hz to 6 kHz), `onset` (how much louder the bands got, dB). One value per 64 ms: `held` (share of the energy that lies in held
    tones), `begun` (how many began that were not heard in the last 1.5 s)."""

    bands_db: Floats
    level_db: Floats
    flatness: Floats
    onset: Floats
    held: Floats
    begun: Floats


def listen(track: AudioTrack) -> Hearing:
    """Measure the whole track."""
    bank, flat = _mel_bank(), _bins(500.0, 6000.0, _WINDOW)
    rows: list[tuple[Floats, ...]] = []
    tones = _Tones()
    last = np.full(BANDS, FLOOR_DB, dtype=np.float32)
    for start in np.arange(0.0, track.duration_s, _BLOCK_S):
        count = round(min(_BLOCK_S, track.duration_s - start) / HOP_S)
        samples = track.clip(start, start + _BLOCK_S + _TONE_WINDOW / SAMPLE_RATE_HZ)
        power = _power(samples, _WINDOW, HOP, count)
        bands = np.maximum(FLOOR_DB, 10 * np.log10(power @ bank + 1e-10)).astype(np.float32)
        level = np.maximum(FLOOR_DB, 10 * np.log10((power @ bank).sum(axis=1) + 1e-10)).astype(np.float32)
        own = power[:, flat] + 1e-12
        flatness = np.exp(np.log(own).mean(axis=1)) / own.mean(axis=1)
        heard = np.maximum(bands, -70.0)  # what nobody hears makes no onset
        onset = np.maximum(0.0, np.diff(heard, axis=0, prepend=np.maximum(last, -70.0)[np.newaxis])).mean(axis=1)
        last = bands[-1] if len(bands) else last
        tones.add(_power(samples, _TONE_WINDOW, _TONE_HOP, -(-count // 4)))
        rows.append((bands, level, flatness.astype(np.float32), onset.astype(np.float32)))
    held, begun = tones.finish()
    if not rows:
        nothing = np.zeros(0, dtype=np.float32)
        return Hearing(np.zeros((0, BANDS), dtype=np.float32), nothing, nothing, nothing, held, begun)
    bands_db, level_db, flat_all, onset_all = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return Hearing(bands_db, level_db, flat_all, onset_all, held, begun)


def _power(samples: Floats, window: int, hop: int, count: int) -> Floats:
    """Power of `count` windows, shape (count, window / 2 + 1); a full-scale sine has 0.5 in all."""
    samples = np.pad(samples, (0, max(0, (count - 1) * hop + window - len(samples))))
    if count <= 0:
        return np.zeros((0, window // 2 + 1), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop][:count]
    shape = np.hanning(window).astype(np.float32)
    spectrum = np.fft.rfft(frames * shape, axis=1)
    return (2.0 * np.abs(spectrum) ** 2 / (window * float((shape**2).sum()))).astype(np.float32)


def _bins(low_hz: float, high_hz: float, window: int) -> slice:
    return slice(round(low_hz * window / SAMPLE_RATE_HZ), round(high_hz * window / SAMPLE_RATE_HZ))


def _mel_bank() -> Floats:
    """Triangles from bins to bands, shape (bins, BANDS)."""
    edges_mel = np.linspace(1127 * np.log(1 + 100 / 700), 1127 * np.log(1 + 7500 / 700), BANDS + 2)
    edges = 700 * (np.exp(edges_mel / 1127) - 1) * _WINDOW / SAMPLE_RATE_HZ
    bins = np.arange(_WINDOW // 2 + 1)[:, np.newaxis]
    rising, falling = (bins - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - bins) / np.diff(edges)[1:]
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


class _Tones:
    """Follows tones that stay at one frequency."""

    def __init__(self) -> None:
        self._bins = _bins(*_RIDGE_HZ, _TONE_WINDOW)
        self._age = np.zeros(self._bins.stop - self._bins.start, dtype=np.int32)
        self._since = np.full(len(self._age), _FRESH_FRAMES + 1, dtype=np.int64)  # frames since a tone began at this frequency
        self._held: list[float] = []
        self._begun: list[float] = []

    def add(self, power: Floats) -> None:
        rows = power[:, self._bins]
        level = 10 * np.log10(rows + 1e-12)
        sums = np.cumsum(np.pad(level, ((0, 0), (16, 15)), mode="edge"), axis=1)
        around = (sums[:, 31:] - sums[:, :-31]) / 31  # mean of 31 bins: 240 Hz
        is_peak = (level - around >= _RIDGE_DB) & (level > -75.0) & (level >= level.max(axis=1, initial=-200.0, keepdims=True) - 40.0)
        is_peak[:, 1:-1] &= (rows[:, 1:-1] >= rows[:, :-2]) & (rows[:, 1:-1] >= rows[:, 2:])
        for row, peaks in zip(rows, is_peak, strict=True):
            before = np.maximum(self._age, np.maximum(np.roll(self._age, 1), np.roll(self._age, -1)))  # a bin of drift is rounding
            self._age = np.where(peaks, before + 1, 0)
            held = self._age >= _RIDGE_FRAMES
            near = held | np.roll(held, 1) | np.roll(held, -1)
            total = float(row.sum())
            self._held.append(float(row[near].sum()) / total if total > 1e-9 else 0.0)
            begun = self._age == _RIDGE_FRAMES
            self._begun.append(float((begun & (self._since > _FRESH_FRAMES)).sum()))
            again = np.convolve(held, np.ones(2 * _SAME_BINS + 1), mode="same") > 0
            self._since = np.where(again, 0, self._since + 1)

    def finish(self) -> tuple[Floats, Floats]:
        return np.array(self._held, dtype=np.float32), np.array(self._begun, dtype=np.float32)
