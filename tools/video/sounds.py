"""Laughter, applause and music in a sound track, by plain measures and cautious limits: what is doubtful is not reported.

Music holds tones still and begins new ones; a voice glides (held tones carry 0.46 to 0.94 of the energy of music, at most 0.05 of speech).
Applause is noise from many short claps: flat in spectrum, rougher than steady noise, well above the room. Laughter repeats one voiced burst
four to six times a second; speech changes its sound from syllable to syllable. These limits were set on synthesised and a few real sounds:
they are measures, not a trained ear.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack
from tools.video.hearing import HOP_S, TONE_HOP_S, Floats, Hearing, listen
from tools.video.media import SoundEvent, Span

_QUIET_DB = -55.0  # below it nothing is judged
_MUSIC_WINDOW_S, _MUSIC_STEP_S, _MIN_MUSIC_S = 4.0, 1.0, 4.0
_HELD, _BEGUN = 0.25, 2.0  # share of energy in held tones, and moments in a window at which tones begin: a hum begins once
_APPLAUSE_WINDOW_S, _APPLAUSE_STEP_S, _MIN_APPLAUSE_S = 1.0, 0.25, 1.5
_FLAT = 0.35  # spectral flatness from 500 Hz to 6 kHz: noise has 0.56 in windows of this length, speech 0.1
_ROUGH_DB = 1.2  # spread of the level between 16 ms windows: claps; steady noise has 0.5
_GAP_DB = 8.0  # deeper holes between bursts are a drum's or a machine's
_ABOVE_DB = 10.0  # over the quietest tenth of the track
_LAUGH_WINDOW_S, _LAUGH_STEP_S, _MIN_LAUGH_S = 1.28, 0.16, 1.0
_LAUGH_HZ = (3.6, 6.6)
_REPEATS, _ALIKE, _DEPTH_DB = 0.45, 0.93, 12.0  # of the envelope at one period; of the bursts' spectra; between bursts and gaps
_VOICED = 0.5
_SPREAD = 5.0  # bands within 20 dB of the strongest: a beep has one or two


def find_sounds(track: AudioTrack, hearing: Hearing | None = None) -> tuple[SoundEvent, ...]:
    """Events in order of time; music and the two others do not overlap."""
    hearing = hearing or listen(track)
    if not len(hearing.level_db):
        return ()
    music = find_music(hearing, track.duration_s)
    others = [*_applause(hearing, track.duration_s), *_laughter(track, hearing)]
    apart = [event for event in others if not any(event.start_s < song.end_s and song.start_s < event.end_s for song in music)]
    return tuple(sorted((*music, *apart), key=lambda event: (event.start_s, event.kind)))


def find_music(hearing: Hearing, duration_s: float) -> tuple[SoundEvent, ...]:
    """Stretches of at least four seconds with held tones that change."""
    count, step = round(_MUSIC_WINDOW_S / TONE_HOP_S), round(_MUSIC_STEP_S / TONE_HOP_S)
    hits: list[tuple[Span, float]] = []
    for first in range(0, max(1, len(hearing.held) - count // 2), step):
        held, begun = hearing.held[first : first + count], hearing.begun[first : first + count]
        level = hearing.level_db[first * 4 : (first + count) * 4]
        if not len(level) or float(np.percentile(level, 80)) < _QUIET_DB:
            continue
        share = float(held.mean())
        moments = len(np.unique(np.flatnonzero(begun) // 4))  # quarters of a second
        if share >= _HELD and moments >= _BEGUN * len(held) / count and len(held) >= count // 2:
            hits.append((Span(first * TONE_HOP_S, (first + len(held)) * TONE_HOP_S), min(1.0, share / 0.7)))
    return tuple(_trimmed(event, hearing) for event in _events("music", hits, duration_s, _MIN_MUSIC_S))


def _trimmed(event: SoundEvent, hearing: Hearing) -> SoundEvent:
    """A window reaches over the music's ends by up to half its length: cut to where tones are held, and half a second around."""
    first, last = round(event.start_s / TONE_HOP_S), round(event.end_s / TONE_HOP_S)
    held = np.flatnonzero(np.convolve(hearing.held[first:last], np.full(8, 1 / 8), mode="same") >= _HELD)
    start_s = max(event.start_s, (first + int(held[0])) * TONE_HOP_S - 0.5)
    return SoundEvent(event.kind, round(start_s, 2), round(min(event.end_s, (first + int(held[-1])) * TONE_HOP_S + 0.5), 2), event.score)


def _applause(hearing: Hearing, duration_s: float) -> list[SoundEvent]:
    count, step = round(_APPLAUSE_WINDOW_S / HOP_S), round(_APPLAUSE_STEP_S / HOP_S)
    room_db = float(np.percentile(hearing.level_db, 10))
    hits: list[tuple[Span, float]] = []
    for first in range(0, len(hearing.level_db) - count + 1, step):
        level, flat = hearing.level_db[first : first + count], hearing.flatness[first : first + count]
        loud_db = float(np.median(level))
        rough_db = float(np.std(level - _smoothed(level)))
        is_noise = float(np.median(flat)) >= _FLAT and float(np.percentile(flat, 20)) >= 0.6 * _FLAT
        goes_on = float(np.percentile(level, 10)) >= loud_db - _GAP_DB
        if is_noise and goes_on and rough_db >= _ROUGH_DB and loud_db >= max(_QUIET_DB, room_db + _ABOVE_DB):
            hits.append((Span(first * HOP_S, (first + count) * HOP_S), min(1.0, float(np.median(flat)) / 0.56)))
    return _events("applause", hits, duration_s, _MIN_APPLAUSE_S)


def _smoothed(level: Floats) -> NDArray[np.floating]:
    """The level without what changes within a fifth of a second."""
    return np.convolve(np.pad(level, 6, mode="edge"), np.full(13, 1 / 13), mode="valid")


def _laughter(track: AudioTrack, hearing: Hearing) -> list[SoundEvent]:
    count, step = round(_LAUGH_WINDOW_S / HOP_S), round(_LAUGH_STEP_S / HOP_S)
    hits: list[tuple[Span, float]] = []
    for first in range(0, len(hearing.level_db) - count + 1, step):
        level = np.maximum(hearing.level_db[first : first + count], -70.0)
        if float(np.percentile(level, 90)) < _QUIET_DB + 10 or float(np.percentile(level, 85) - np.percentile(level, 15)) < _DEPTH_DB:
            continue
        score = _laughs(level, hearing.bands_db[first : first + count])
        start_s = first * HOP_S
        if score > 0 and _voiced_share(track, level, start_s) >= _VOICED:
            hits.append((Span(start_s, start_s + _LAUGH_WINDOW_S), score))
    return _events("laughter", hits, track.duration_s, _MIN_LAUGH_S)


def _laughs(level: Floats, bands: Floats) -> float:
    """How much a window sounds like "ha-ha-ha": 0 when it does not, else 0 to 1."""
    own = level - level.mean()
    by_lag = np.correlate(own, own, mode="full")[len(own) - 1 :]
    lags = np.arange(len(own))
    by_lag = by_lag / max(1e-6, float(by_lag[0])) * len(own) / (len(own) - lags)  # fewer pairs at longer lags
    low, high = (round(1 / hertz / HOP_S) for hertz in reversed(_LAUGH_HZ))
    lag = low + int(np.argmax(by_lag[low : high + 1]))
    is_steady = by_lag[lag] >= _REPEATS and by_lag[2 * lag] >= 0.6 * _REPEATS and by_lag[lag // 2] < by_lag[lag] / 2
    if not is_steady:
        return 0.0
    loud = bands[level >= np.percentile(level, 70)]
    shape = loud - loud.mean(axis=1, keepdims=True)
    mean = shape.mean(axis=0)
    alike = (shape @ mean) / np.maximum(1e-6, np.linalg.norm(shape, axis=1) * np.linalg.norm(mean))
    likeness = float(np.percentile(alike, 25))
    spread = float(np.median((loud >= loud.max(axis=1, keepdims=True) - 20.0).sum(axis=1)))
    return 0.0 if likeness < _ALIKE or spread < _SPREAD else min(1.0, 0.5 * float(by_lag[lag]) + 0.5 * likeness)


def _voiced_share(track: AudioTrack, level: Floats, start_s: float) -> float:
    """The share of the bursts that have a pitch between 90 and 700 Hz: drums and dripping water have none."""
    loud = np.flatnonzero(level >= np.percentile(level, 75))[::3]
    voiced = 0
    for index in loud:
        at_s = start_s + float(index) * HOP_S
        samples = track.clip(at_s, at_s + 0.04)
        samples = samples - samples.mean()
        by_lag = np.correlate(samples, samples, mode="full")[len(samples) - 1 :]
        low, high = SAMPLE_RATE_HZ // 700, min(len(by_lag) - 1, SAMPLE_RATE_HZ // 90)
        voiced += bool(high > low and by_lag[0] > 0 and float(by_lag[low:high].max()) >= 0.5 * float(by_lag[0]))
    return voiced / max(1, len(loud))


def _events(kind: str, hits: list[tuple[Span, float]], duration_s: float, min_s: float) -> list[SoundEvent]:
    """Join windows that touch; keep what lasts."""
    events: list[SoundEvent] = []
    for span, score in hits:
        if events and span.start_s <= events[-1].end_s:
            last = events[-1]
            events[-1] = SoundEvent(kind, last.start_s, max(last.end_s, span.end_s), max(last.score, score))
        else:
            events.append(SoundEvent(kind, span.start_s, span.end_s, score))
    kept = [event for event in events if min(event.end_s, duration_s) - event.start_s >= min_s - 1e-6]
    return [SoundEvent(kind, round(e.start_s, 2), round(min(e.end_s, duration_s), 2), math.floor(e.score * 100) / 100) for e in kept]
