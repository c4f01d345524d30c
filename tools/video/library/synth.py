"""Instruments and rooms for the library's own sounds: additive and noise synthesis with numpy, at 48 kHz.

Tones are sums of partials below 18 kHz, so nothing aliases; a filter that closes over time is a set of partials of which the higher ones
decay faster. A `Loop` is a circle: what rings on after its end goes on at its start, and its reverb is a circular convolution, so a piece
has no seam. Everything random comes from a seeded generator.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
_HIGHEST_HZ = 18_000.0

Sound = NDArray[np.float64]  # (n,) or (n, 2)


def times(seconds: float) -> Sound:
    return np.arange(max(1, round(seconds * RATE_HZ))) / RATE_HZ


def hertz(note: float) -> float:
    """The frequency of a MIDI note number (69 is A at 440 Hz)."""
    return 440.0 * 2 ** ((note - 69) / 12)


def swell(n: int, attack_s: float, release_s: float) -> Sound:
    """An envelope from 0 to 1 and back, with rounded corners."""
    edge = np.ones(n)
    rise, fall = min(n, max(2, round(attack_s * RATE_HZ))), min(n, max(2, round(release_s * RATE_HZ)))
    edge[:rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    edge[-fall:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall)
    return edge


def partials(hz: float, t: Sound, amplitudes: Sequence[float], decay_s: float, damping: float, *, stretch: float = 0.0) -> Sound:
    """Harmonics of `hz`; the k-th decays at 1 / decay_s + damping * (k - 1) per second. `stretch` is a string's stiffness."""
    sound = np.zeros(len(t))
    for k, amplitude in enumerate(amplitudes, 1):
        partial_hz = hz * k * math.sqrt(1 + stretch * k * k)
        if partial_hz > _HIGHEST_HZ or not amplitude:
            continue
        sound += amplitude * np.exp(-t * (1 / decay_s + damping * (k - 1))) * np.sin(2 * np.pi * partial_hz * t + 1.7 * k * k)
    return sound


def pluck(note: float, seconds: float = 1.6, *, bright: float = 1.0) -> Sound:
    """A plucked string."""
    t, hz = times(seconds), hertz(note)
    shape = [math.sin(math.pi * k * 0.21) / k ** (1.4 / bright) for k in range(1, 40)]
    return partials(hz, t, shape, 0.9, 1.1 / bright, stretch=5e-5) * swell(len(t), 0.003, 0.1)


def keys(note: float, seconds: float = 2.5, *, hard: float = 0.6) -> Sound:
    """An electric piano: a sine whose phase is bent by another one, a tine above it."""
    t, hz = times(seconds), hertz(note)
    bend = hard * 1.6 * np.exp(-t * 3.2) * np.sin(2 * np.pi * hz * t)
    tine = 0.12 * hard * np.exp(-t * 14) * np.sin(2 * np.pi * min(_HIGHEST_HZ, hz * 7.03) * t)
    return (np.sin(2 * np.pi * hz * t + bend) * np.exp(-t * 0.9) + tine) * swell(len(t), 0.004, 0.25)


def piano(note: float, seconds: float = 3.0, *, soft: float = 1.0) -> Sound:
    """A felt piano: stiff strings, dull hammer, two strings slightly apart."""
    t, hz = times(seconds), hertz(note)
    shape = [1 / k ** (1.1 + 0.7 * soft) for k in range(1, 24)]
    strings = sum(partials(hz * cents, t, shape, 2.2 * (60 / note), 0.7, stretch=2e-4) for cents in (0.9996, 1.0005))
    return np.asarray(strings * 0.5 * swell(len(t), 0.006, 0.4))


def bell(note: float, seconds: float = 2.4) -> Sound:
    t, hz = times(seconds), hertz(note)
    sound = np.zeros(len(t))
    for ratio, amplitude, decay in ((1, 1.0, 1.8), (2.0, 0.5, 2.6), (3.01, 0.3, 4.5), (4.17, 0.2, 7.0), (5.43, 0.12, 11.0)):
        if hz * ratio < _HIGHEST_HZ:
            sound += amplitude * np.exp(-t * decay) * np.sin(2 * np.pi * hz * ratio * t)
    return sound * swell(len(t), 0.002, 0.3)


def ensemble(note: float, seconds: float, *, bright: float = 0.5, attack_s: float = 0.5, voices: int = 3, seed: int = 0) -> Sound:
    """Strings or a pad in stereo: detuned saws with a soft top; `bright` 0 to 1 is how slowly the harmonics fall off."""
    t, hz, rng = times(seconds), hertz(note), np.random.default_rng(seed + round(note * 10))
    sound = np.zeros((len(t), 2))
    shape = [math.exp(-k * (0.45 - 0.38 * bright)) / k**0.6 for k in range(1, 28)]
    for voice in range(voices):
        apart = 1 + (voice - (voices - 1) / 2) * 0.0035
        wave = np.zeros(len(t))
        for k, amplitude in enumerate(shape, 1):
            if hz * k * apart < _HIGHEST_HZ and amplitude > 0.002:
                wave += amplitude * np.sin(2 * np.pi * hz * k * apart * t + rng.uniform(0, 2 * np.pi))
        drift = 1 + 0.12 * np.sin(2 * np.pi * rng.uniform(0.15, 0.4) * t + rng.uniform(0, 6))
        sound += panned(wave * drift, (voice / max(1, voices - 1) * 2 - 1) * 0.7)
    return sound / voices * swell(len(t), attack_s, max(0.2, attack_s))[:, None]


def bass(note: float, seconds: float, *, growl: float = 0.3) -> Sound:
    """A round bass: few harmonics, gently saturated."""
    t, hz = times(seconds), hertz(note)
    shape = [1.0, 0.5 * growl + 0.15, 0.35 * growl, 0.2 * growl, 0.1 * growl]
    return np.asarray(np.tanh(1.4 * partials(hz, t, shape, 1.8, 1.5)) * swell(len(t), 0.006, 0.06))


def deep_bass(note: float, seconds: float) -> Sound:
    """A long sine that falls onto its pitch, driven a little so that small speakers let it be heard."""
    t, hz = times(seconds), hertz(note)
    phase = 2 * np.pi * (hz * t + hz * 1.2 * 0.035 * (1 - np.exp(-t / 0.035)))
    return np.asarray(np.tanh(1.9 * np.sin(phase) * np.exp(-t * 0.9)) * swell(len(t), 0.004, 0.12))


def noise(seconds: float, seed: int, low_hz: float = 20.0, high_hz: float = 18_000.0) -> Sound:
    """White noise between two frequencies, at about the level of a full-scale sine."""
    n = max(64, round(seconds * RATE_HZ))
    sound = np.random.default_rng(seed).normal(0, 1, n)
    return unit(filtered(sound, low_hz, high_hz)) * 0.7


def kick(*, hard: float = 0.6, seconds: float = 0.45) -> Sound:
    t = times(seconds)
    phase = 2 * np.pi * (46 * t + 150 * 0.028 * (1 - np.exp(-t / 0.028)))
    body = np.sin(phase) * np.exp(-t * 7.5)
    click = noise(seconds, 5, 1500, 7000)[: len(t)] * np.exp(-t * 260) * 0.35 * hard
    return np.asarray(np.tanh((1 + hard) * body + click) * swell(len(t), 0.001, 0.05))


def snare(seed: int, *, seconds: float = 0.28, tone_hz: float = 185.0, soft: bool = False) -> Sound:
    t = times(seconds)
    rattle = noise(seconds, seed, 900, 6500 if soft else 11_000)[: len(t)] * np.exp(-t * (26 if soft else 18))
    return (0.75 * rattle + 0.5 * np.sin(2 * np.pi * tone_hz * t) * np.exp(-t * 28)) * swell(len(t), 0.001, 0.04)


def clap(seed: int, seconds: float = 0.3) -> Sound:
    t = times(seconds)
    hands = sum(np.exp(-np.abs(t - at) * (420 if at < 0.03 else 24)) * (t >= at) for at in (0.0, 0.011, 0.021, 0.031))
    return noise(seconds, seed, 700, 6000)[: len(t)] * np.asarray(hands) * 0.8


def hat(seed: int, *, seconds: float = 0.06) -> Sound:
    t = times(max(0.05, seconds * 2))
    return noise(len(t) / RATE_HZ, seed, 6500, 15_000)[: len(t)] * np.exp(-t * 3.2 / seconds) * swell(len(t), 0.001, 0.01)


def panned(sound: Sound, pan: float = 0.0) -> Sound:
    """Mono to stereo at equal power; `pan` is -1 (left) to 1."""
    angle = (pan + 1) * np.pi / 4
    return np.stack([sound * math.cos(angle), sound * math.sin(angle)], axis=1) * math.sqrt(2)


def unit(sound: Sound) -> Sound:
    """With its highest sample at 1."""
    return sound / max(1e-9, float(np.abs(sound).max()))


def filtered(sound: Sound, low_hz: float = 0.0, high_hz: float = 0.0, order: int = 2) -> Sound:
    """Butterworth-shaped band, without a shift in time; the sound is taken for a circle."""
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    shape = np.ones(len(hz))
    if low_hz:
        shape *= 1 / np.sqrt(1 + (low_hz / np.maximum(hz, 1e-3)) ** (2 * order))
    if high_hz:
        shape *= 1 / np.sqrt(1 + (hz / high_hz) ** (2 * order))
    spectrum = np.fft.rfft(sound, axis=0)
    return np.fft.irfft(spectrum * (shape if sound.ndim == 1 else shape[:, None]), len(sound), axis=0)


def room(seconds: float, seed: int, *, dark_hz: float = 6000.0) -> Sound:
    """The answer of a room: decaying stereo noise after a short silence, the top going first."""
    t = times(seconds * 1.3)
    rng = np.random.default_rng(seed)
    raw = rng.normal(0, 1, (len(t), 2)) * np.exp(-t * 6.9 / seconds)[:, None]
    early, late = filtered(raw, 180, dark_hz), filtered(raw, 180, dark_hz * 0.4)
    blend = np.exp(-t * 6 / seconds)[:, None]
    tail = (early * blend + late * (1 - blend)) * swell(len(t), 0.02, 0.1)[:, None]
    tail = np.concatenate([np.zeros((round(0.012 * RATE_HZ), 2)), tail])
    return tail / np.sqrt((tail**2).sum(axis=0))


class Loop:
    """A stereo circle of so many beats. Positions are beats, which may be fractions and may lie beyond the end."""

    def __init__(self, bpm: float, beats: float) -> None:
        self.bpm, self.beats = bpm, beats
        self.sound = np.zeros((round(beats * 60 / bpm * RATE_HZ), 2))

    @property
    def beat_s(self) -> float:
        return 60 / self.bpm

    def like(self) -> "Loop":
        return Loop(self.bpm, self.beats)

    def add(self, sound: Sound, beat: float, gain: float = 1.0, pan: float = 0.0) -> None:
        stereo = panned(sound, pan) if sound.ndim == 1 else sound
        at, n = round(beat * self.beat_s * RATE_HZ), len(self.sound)
        for begin in range(0, len(stereo), n):  # a sound may be longer than the circle
            block = stereo[begin : begin + n] * gain
            first = (at + begin) % n
            head = min(len(block), n - first)
            self.sound[first : first + head] += block[:head]
            self.sound[: len(block) - head] += block[head:]

    def reverb(self, seconds: float, wet: float, seed: int, *, dark_hz: float = 6000.0) -> "Loop":
        answer = room(seconds, seed, dark_hz=dark_hz)
        folded = np.zeros_like(self.sound)
        for begin in range(0, len(answer), len(folded)):
            block = answer[begin : begin + len(folded)]
            folded[: len(block)] += block
        spectra = np.fft.rfft(self.sound, axis=0) * np.fft.rfft(folded, axis=0)
        self.sound = self.sound + wet * np.fft.irfft(spectra, len(self.sound), axis=0)
        return self

    def echo(self, beats: float, feedback: float, wet: float) -> "Loop":
        """Echoes that change sides."""
        dry, gain, shift = self.sound.copy(), wet, round(beats * self.beat_s * RATE_HZ)
        for n in range(1, 7):
            turned = dry if n % 2 == 0 else dry[:, ::-1]
            self.sound += gain * np.roll(turned, n * shift, axis=0)
            gain *= feedback
        return self

    def pump(self, depth: float, every: float = 1.0) -> "Loop":
        """Lower at each beat and back before the next, as under a kick."""
        beat = np.arange(len(self.sound)) / RATE_HZ / self.beat_s % every / every
        self.sound *= (1 - depth * np.exp(-((beat / 0.32) ** 2)) * np.minimum(1, beat / 0.015))[:, None]
        return self

    def filter(self, low_hz: float = 0.0, high_hz: float = 0.0) -> "Loop":
        self.sound = filtered(self.sound, low_hz, high_hz)
        return self

    def master(self, tilt_db: float) -> "Loop":
        """Tilted to the top by so many dB an octave (a phone has no low end), then evened out by half of how its level moves."""
        hz = np.fft.rfftfreq(len(self.sound), 1 / RATE_HZ)
        octaves = np.log2(np.clip(hz, 70, 10_000) / 500)
        self.sound = np.fft.irfft(np.fft.rfft(self.sound, axis=0) * (10 ** (tilt_db * octaves / 20))[:, None], len(self.sound), axis=0)
        level = np.sqrt(np.maximum(filtered((self.sound**2).mean(axis=1), 0, 1.5, order=1), 1e-8))
        self.sound = self.sound * np.sqrt(np.median(level) / level)[:, None]
        return self
