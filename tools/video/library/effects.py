"""The effects of the library. `accent` is where an effect strikes, in seconds: that point belongs on the cut, not its first sample."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools.video.library.synth import RATE_HZ, Sound, bell, filtered, kick, noise, panned, room, swell, times, unit


@dataclass(frozen=True, slots=True)
class Effect:
    """A short sound: what it is like, when it strikes, how it is made (stereo)."""

    name: str
    mood: str
    accent_s: float
    make: Callable[[], Sound]


def _band(seconds: float, seed: int, path: Sound, width: float) -> Sound:
    """Noise in a band whose middle follows `path` (hertz, one per sample): slices of octave-wide noise, blended over each other."""
    t = times(seconds)
    centers = np.geomspace(120, 14_000, 22)
    sound = np.zeros(len(t))
    for n, center in enumerate(centers):
        near = np.exp(-((np.log2(path / center) / width) ** 2))
        sound += noise(seconds, seed + n, center / 1.25, center * 1.25)[: len(t)] * near
    return sound


def _wide(sound: Sound, from_pan: float, to_pan: float) -> Sound:
    angle = (np.linspace(from_pan, to_pan, len(sound)) + 1) * np.pi / 4
    return np.stack([sound * np.cos(angle), sound * np.sin(angle)], axis=1) * np.sqrt(2)


def _roomy(sound: Sound, seconds: float, wet: float, seed: int) -> Sound:
    """The sound and the room's answer to it, with all of its tail."""
    answer = room(seconds, seed)
    n = len(sound) + len(answer)
    spectra = np.fft.rfft(sound, n, axis=0) * np.fft.rfft(answer, n, axis=0)
    dry = np.concatenate([sound, np.zeros((len(answer), 2))])
    return (dry + wet * np.fft.irfft(spectra, n, axis=0)) * swell(n, 0.001, 0.2)[:, None]


def _whoosh() -> Sound:
    t = times(0.9)
    bell_curve = np.exp(-(((t - 0.42) / 0.17) ** 2))
    return _wide(_band(0.9, 100, 300 + 3600 * bell_curve, 0.9) * bell_curve * swell(len(t), 0.05, 0.15), -0.7, 0.7)


def _swish() -> Sound:
    t = times(0.42)
    curve = np.exp(-(((t - 0.16) / 0.065) ** 2))
    return _wide(_band(0.42, 140, 1800 + 8000 * t / 0.42, 0.7) * curve * swell(len(t), 0.02, 0.1), 0.6, -0.6)


def _pop() -> Sound:
    t = times(0.16)
    phase = 2 * np.pi * np.cumsum(420 + 900 * (1 - np.exp(-t / 0.03))) / RATE_HZ
    return panned((np.sin(phase) + 0.25 * np.sin(2 * phase)) * np.exp(-t * 42) * swell(len(t), 0.002, 0.03))


def _click() -> Sound:
    t = times(0.09)
    snap, tick = noise(0.09, 160, 1800, 7500)[: len(t)] * np.exp(-t * 320), np.sin(2 * np.pi * 1450 * t) * np.exp(-t * 150)
    return panned((snap + 0.5 * tick) * swell(len(t), 0.0005, 0.01))


def _ding() -> Sound:
    sound = panned(bell(84, 1.6), -0.15) + panned(bell(91, 1.6), 0.15) * 0.6
    return _roomy(sound, 1.2, 0.25, 161)


def _riser() -> Sound:
    t = times(2.2)
    climb = (t / t[-1]) ** 2
    tone = sum(np.sin(2 * np.pi * np.cumsum(220 * 2 ** (2.2 * climb) * k) / RATE_HZ) / k for k in (1, 2, 3))
    sound = (_band(2.2, 170, 400 * 2 ** (4.5 * climb), 0.8) + 0.28 * np.asarray(tone)) * (0.05 + climb) * swell(len(t), 0.1, 0.04)
    return _wide(sound, -0.3, 0.3)


def _boom() -> Sound:
    t = times(1.4)
    low = np.sin(2 * np.pi * (38 * t + 90 * 0.05 * (1 - np.exp(-t / 0.05)))) * np.exp(-t * 2.6)
    crack = noise(1.4, 190, 60, 3600)[: len(t)] * (np.exp(-t * 16) + 0.3 * np.exp(-t * 4)) * 0.8
    return _roomy(panned(np.tanh(1.8 * low + crack) * swell(len(t), 0.002, 0.3)), 1.8, 0.3, 191)


def _drop() -> Sound:
    t = times(1.3)
    phase = 2 * np.pi * np.cumsum(34 + 120 * np.exp(-t / 0.32)) / RATE_HZ
    return panned(np.tanh(1.5 * np.sin(phase)) * np.exp(-t * 1.6) * swell(len(t), 0.005, 0.3))


def _glitch() -> Sound:
    rng, t = np.random.default_rng(200), times(0.5)
    sound = np.zeros((len(t), 2))
    at = 0
    while at < len(t) - 1200:
        n = int(rng.choice([900, 1400, 2100, 3000]))
        block = np.arange(min(n, len(t) - at)) / RATE_HZ
        hz = float(rng.choice([110, 220, 440, 660, 1320]))
        tone = sum(np.sin(2 * np.pi * hz * k * block) / k for k in (1, 3, 5, 7) if hz * k < 16_000)
        grain = np.asarray(tone) if rng.random() < 0.6 else noise(len(block) / RATE_HZ, at, 800, 9000)[: len(block)]
        if rng.random() < 0.75:
            sound[at : at + len(block)] += panned(grain[: len(block)] * swell(len(block), 0.001, 0.002), rng.uniform(-0.8, 0.8))
        at += n
    return filtered(sound, 90, 12_000) * swell(len(t), 0.001, 0.02)[:, None]


def _shutter() -> Sound:
    t = times(0.22)
    sound = 0.2 * np.sin(2 * np.pi * 320 * t) * np.exp(-t * 60)
    for n, (at, gain) in enumerate(((0.004, 1.0), (0.052, 0.6), (0.075, 0.8))):
        sound += gain * noise(0.22, 210 + n, 1200, 9000)[: len(t)] * np.exp(-np.abs(t - at) * 240) * (t >= at)
    return panned(sound * swell(len(t), 0.001, 0.03))


def _applause() -> Sound:
    """A few hundred single claps of different hands in a hall."""
    rng, seconds = np.random.default_rng(220), 2.6
    n = round(seconds * RATE_HZ)
    sound = np.zeros((n + RATE_HZ, 2))
    hands = [noise(0.05, 221 + k, 700 + 120 * k, 2600 + 420 * k) * np.exp(-times(0.05) * (130 + 12 * k)) for k in range(9)]
    for _ in range(620):
        at = rng.beta(1.5, 2.2) * (seconds - 0.1)
        hand = hands[int(rng.integers(len(hands)))]
        first = int(at * RATE_HZ)
        sound[first : first + len(hand)] += panned(hand * rng.uniform(0.25, 1.0), rng.uniform(-0.9, 0.9))
    return _roomy(sound[:n] * swell(n, 0.25, 0.9)[:, None], 0.9, 0.35, 240)


def _scratch() -> Sound:
    """A record pushed forth and back: a tone and dust read at a speed that changes its sign."""
    t = times(0.55)
    speed = 2.6 * np.sin(2 * np.pi * 3.4 * t) * np.exp(-t * 1.6)
    place = np.cumsum(speed) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 420 * k * place) / k for k in (1, 2, 3, 4, 5))
    dust = noise(0.55, 230, 900, 6000)[: len(t)] * np.abs(speed) / 2.6
    return filtered(panned((np.asarray(voice) * np.minimum(1, np.abs(speed)) + 0.5 * dust) * swell(len(t), 0.004, 0.05)), 150, 9000)


def _thump() -> Sound:
    return panned(kick(hard=0.5, seconds=0.5))


EFFECTS = (
    Effect("whoosh", "movement", 0.42, _whoosh),
    Effect("swish", "quick movement", 0.16, _swish),
    Effect("pop", "appearing", 0.005, _pop),
    Effect("click", "interface", 0.001, _click),
    Effect("ding", "idea", 0.003, _ding),
    Effect("riser", "tension", 2.18, _riser),
    Effect("boom", "impact", 0.01, _boom),
    Effect("drop", "falling", 0.02, _drop),
    Effect("glitch", "broken", 0.01, _glitch),
    Effect("shutter", "photo", 0.005, _shutter),
    Effect("applause", "praise", 0.6, _applause),
    Effect("scratch", "stopping", 0.03, _scratch),
    Effect("thump", "beat", 0.005, _thump),
)


def made(effect: Effect) -> Sound:
    """The effect at full scale, at most 1."""
    return unit(effect.make())
