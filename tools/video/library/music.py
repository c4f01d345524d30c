"""The pieces of the library: chords, bass, drums and a melody each, written as data and played on `synth`'s instruments in a circle."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tools.video.library.synth import (
    Loop,
    bass,
    bell,
    clap,
    deep_bass,
    ensemble,
    hat,
    keys,
    kick,
    piano,
    pluck,
    snare,
)

Chord = tuple[int, ...]  # MIDI notes, the root first


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of music: how it feels, which directions of an edit it suits, its tempo, its length and how it is played."""

    name: str
    mood: str
    suits: tuple[str, ...]
    bpm: float
    beats: int
    play: Callable[[Loop], Loop]


def _bars(loop: Loop, chords: Sequence[Chord], bar: float = 4.0) -> Iterator[tuple[float, Chord]]:
    """Each bar's first beat and its chord, going round the chords until the loop is full."""
    for n in range(round(loop.beats / bar)):
        yield n * bar, chords[n % len(chords)]


def _steps(pattern: str, at: float, step: float = 0.5) -> Iterator[tuple[float, float]]:
    """Beats and gains of a pattern: x is loud, o softer, - very soft, . none."""
    gains = {"x": 1.0, "o": 0.6, "-": 0.3}
    for n, sign in enumerate(pattern.replace(" ", "")):
        if sign in gains:
            yield at + n * step, gains[sign]


def _mix(loop: Loop, *parts: tuple[Loop, float]) -> Loop:
    for part, gain in parts:
        loop.sound += gain * part.sound
    return loop


def _warm(loop: Loop) -> Loop:
    """Electric piano in D: seventh chords, brushed drums a little behind the beat."""
    chords = [(50, 57, 61, 64, 66), (47, 57, 61, 62, 66), (43, 55, 59, 62, 66), (45, 55, 59, 61, 64)]
    rng, comp, low, drums, lead = np.random.default_rng(11), loop.like(), loop.like(), loop.like(), loop.like()
    for at, chord in _bars(loop, chords):
        for offset, gain in ((0.0, 1.0), (1.5, 0.55), (2.5, 0.7)):
            for n, note in enumerate(chord[1:]):
                comp.add(keys(note, 2.4), at + offset + 0.012 * n + rng.uniform(0, 0.01), gain * 0.3, pan=(n - 1.5) * 0.3)
        for offset, note, gain in ((0.0, chord[0], 1.0), (1.5, chord[0], 0.5), (2.0, chord[0] + 7, 0.6), (3.5, chord[0] + 12, 0.4)):
            low.add(bass(note - 12, 0.8), at + offset, gain * 0.7)
        for beat, gain in _steps("x..- x.o. .x.. ....", at, 0.25):
            drums.add(kick(hard=0.2), beat, 0.5 * gain)
        for beat, gain in _steps("..x...x.", at):
            drums.add(snare(3, soft=True), beat + 0.03, 0.35 * gain)
        for beat, gain in _steps("o-x-o-x-", at):
            drums.add(hat(round(beat * 7) % 5, seconds=0.05), beat + 0.02 * (beat % 1), 0.3 * gain, pan=0.25)
    for beat, note in ((2, 78), (3.5, 76), (6.5, 74), (10, 73), (11, 74), (14.5, 69), (18, 78), (19.5, 81), (22, 76), (26, 74), (30, 73)):
        lead.add(bell(note, 2.0), beat, 0.10, pan=-0.3)
    comp.filter(120, 5200).reverb(1.6, 0.35, 1)
    return (
        _mix(loop, (comp, 1.0), (low, 0.9), (drums, 0.9), (lead.echo(0.75, 0.4, 0.3).reverb(2.0, 0.5, 2), 1.0))
        .filter(32, 13_000)
        .master(1.6)
    )


def _focus(loop: Loop) -> Loop:
    """Soft plucks going round over a thin pad: attentive, out of the way."""
    chords = [(45, 60, 64, 69, 71), (41, 60, 64, 65, 69), (48, 60, 64, 67, 71), (43, 59, 62, 67, 69)]
    plucks, pad, low, drums = (loop.like() for _ in range(4))
    order = (0, 2, 1, 3, 2, 0, 3, 1)
    for at, chord in _bars(loop, chords):
        for step, place in enumerate(order):
            note = chord[1 + place] + (12 if step in (3, 6) else 0)
            plucks.add(pluck(note, 1.1, bright=0.75), at + step * 0.5, 0.32 + 0.1 * (step % 4 == 0), pan=0.5 * np.sin(step * 1.7))
        for note in chord[1:4]:
            pad.add(ensemble(note, 4.4 * loop.beat_s, bright=0.15, attack_s=0.8, seed=3), at, 0.16)
        low.add(bass(chord[0] - 12 if chord[0] > 43 else chord[0], 1.6, growl=0.1), at, 0.6)
        low.add(bass(chord[0] - 12 if chord[0] > 43 else chord[0], 0.6, growl=0.1), at + 2.5, 0.35)
        for beat, gain in _steps("x... o.x.", at):
            drums.add(kick(hard=0.05), beat, 0.32 * gain)
        for beat, gain in _steps(".-.o.-.o", at):
            drums.add(hat(round(beat * 3) % 4, seconds=0.05), beat, 0.26 * gain, pan=-0.3)
    plucks.echo(0.75, 0.45, 0.35).reverb(1.8, 0.35, 4)
    return _mix(loop, (plucks, 1.0), (pad.reverb(2.6, 0.6, 5), 0.8), (low, 0.9), (drums, 1.0)).filter(35, 14_000).master(1.6)


def _drive(loop: Loop) -> Loop:
    """Four on the floor in F minor: pumping chords, running bass, claps, a riff that climbs."""
    chords = [(41, 56, 60, 65), (37, 56, 61, 65), (44, 56, 60, 63), (39, 55, 58, 63)]
    chord_bus, low, drums, lead = (loop.like() for _ in range(4))
    for bar, (at, chord) in enumerate(_bars(loop, chords)):
        for note in (*chord[1:], chord[1] + 12):
            chord_bus.add(ensemble(note, 4.05 * loop.beat_s, bright=0.62, attack_s=0.03, seed=bar % 4), at, 0.2)
        for beat, gain in _steps(".xox.xox", at):
            low.add(bass(chord[0] - 12, 0.26, growl=0.9), beat, 0.75 * gain)
        for beat, _ in _steps("xxxx", at, 1):
            drums.add(kick(hard=0.9), beat, 0.85)
        for beat, _ in _steps(".x.x", at, 1):
            drums.add(clap(9), beat, 0.5)
        for beat, gain in _steps("-ox- -ox- -ox- -oxo", at, 0.25):
            drums.add(hat(round(beat * 4) % 6, seconds=0.09 if gain == 1 else 0.05), beat, 0.36 * gain, pan=0.2)
        notes = [note + 12 for note in chord[1:]] + [note + 24 for note in chord[1:3]]
        riff = (0, 2, 1, 2, 3, 2, 1, 2) if bar % 2 == 0 else (0, 2, 1, 2, 4, 3, 2, 1)
        if bar % 8 >= 4:
            for step, place in enumerate(riff):
                lead.add(pluck(notes[place], 0.7, bright=1.6), at + step * 0.5 + (0.25 if step % 3 == 2 else 0), 0.26, pan=0.4)
    for step in range(8):
        drums.add(snare(20 + step, seconds=0.2), loop.beats - 2 + step * 0.25, 0.12 + 0.05 * step)
    chord_bus.filter(160, 7000).pump(0.75).reverb(1.2, 0.18, 6)
    lead.echo(0.75, 0.5, 0.4).pump(0.35)
    return _mix(loop, (chord_bus, 0.9), (low.pump(0.5), 0.9), (drums.reverb(0.5, 0.08, 7), 1.0), (lead, 1.0)).filter(32, 16_000).master(1.8)


def _bounce(loop: Loop) -> Loop:
    """Half-time trap in A minor: deep bass that slides with the kick, rolling hats, a bell riff."""
    chords = [(45, 57, 60, 64), (41, 57, 60, 65), (38, 57, 62, 65), (40, 55, 59, 64)]
    bells, pad, low, drums = (loop.like() for _ in range(4))
    question = ((0, 81), (1, 84), (1.5, 83), (2.5, 79), (3, 76), (4, 77), (5, 81), (5.5, 79), (6.5, 77), (7, 76))
    answer = ((0, 77), (1, 81), (1.5, 79), (2.5, 77), (3, 74), (4, 76), (5, 79), (5.5, 83), (6.5, 79), (7, 76))
    for bar, (at, chord) in enumerate(_bars(loop, chords)):
        for note in chord[1:]:
            pad.add(ensemble(note, 4.2 * loop.beat_s, bright=0.25, attack_s=0.2, seed=8), at, 0.12)
        for beat, gain in _steps("x.....o. ..x.....", at, 0.25):
            drums.add(kick(hard=0.8), beat, 0.8 * gain)
            low.add(deep_bass(chord[0] - 12, 1.1 if gain == 1 else 0.5), beat, 0.62)
        drums.add(snare(31), at + 2, 0.6)
        drums.add(clap(32), at + 2, 0.35)
        for beat, gain in _steps("x-o-x-o- x-o-x-o-", at, 0.25):
            drums.add(hat(round(beat * 4) % 7), beat, 0.36 * gain, pan=-0.2)
        if bar % 2:
            for n in range(6):  # the roll
                drums.add(hat(n), at + 3 + n / 6, 0.10 + 0.025 * n, pan=-0.6 + n * 0.24)
        if bar % 2 == 0 and bar % 8 != 6:
            for beat, note in question if bar % 4 == 0 else answer:
                bells.add(bell(note - (12 if bar % 8 >= 4 else 0), 1.4), at + beat, 0.2, pan=0.35)
    bells.echo(0.75, 0.4, 0.35).reverb(1.6, 0.4, 9)
    return _mix(loop, (bells, 0.9), (pad.reverb(2.0, 0.4, 10), 0.8), (low, 0.9), (drums, 1.0)).filter(28, 16_000).master(2.0)


def _drift(loop: Loop) -> Loop:
    """Slow pads and a felt piano far away: wide, patient, a little sad."""
    chords = [(38, 57, 62, 65, 69), (34, 58, 62, 65, 69), (41, 57, 60, 65, 72), (36, 55, 60, 64, 67)]
    pad, low, keys_bus, air = (loop.like() for _ in range(4))
    for bar, (at, chord) in enumerate(_bars(loop, chords)):
        for note in chord[1:]:
            pad.add(ensemble(note, 5.6 * loop.beat_s, bright=0.3, attack_s=1.6, voices=4, seed=12), at - 0.6, 0.18)
        low.add(ensemble(chord[0], 5.0 * loop.beat_s, bright=0.1, attack_s=0.9, voices=2, seed=13), at - 0.3, 0.3)
        line = (
            ((0.5, chord[4] + 12), (2, chord[3] + 12), (3, chord[2] + 12)) if bar % 2 == 0 else ((1, chord[2] + 12), (2.5, chord[4] + 12))
        )
        for beat, note in line:
            keys_bus.add(piano(note, 3.5), at + beat, 0.28, pan=-0.2)
        air.add(bell(chord[3] + 24, 3.0), at + 3.5, 0.035, pan=0.6)
    pad.filter(110, 4200).reverb(4.5, 0.8, 14, dark_hz=4500)
    keys_bus.echo(1.0, 0.45, 0.4).reverb(4.0, 0.9, 15, dark_hz=5000)
    return (
        _mix(loop, (pad, 0.9), (low.filter(32, 900), 0.9), (keys_bus, 0.8), (air.reverb(4.0, 1.0, 16), 1.0)).filter(30, 13_000).master(0.8)
    )


def _rise(loop: Loop) -> Loop:
    """Strings in even eighths over low drums: something is about to happen."""
    chords = [(45, 57, 60, 64, 69), (41, 57, 60, 65, 69), (48, 55, 60, 64, 67), (43, 55, 59, 62, 67)]
    short, long, low, drums = (loop.like() for _ in range(4))
    for bar, (at, chord) in enumerate(_bars(loop, chords)):
        lift = 0.55 + 0.45 * (bar % 8) / 7
        for step in range(8):
            note = chord[1 + (0, 1, 2, 1, 3, 2, 1, 2)[step]]
            short.add(ensemble(note, 0.3, bright=0.55, attack_s=0.02, seed=17), at + step * 0.5, (0.5 if step % 4 == 0 else 0.34) * lift)
        for note in chord[2:]:
            long.add(ensemble(note + (12 if bar % 8 >= 4 else 0), 4.5 * loop.beat_s, bright=0.4, attack_s=0.5, seed=18), at, 0.16 * lift)
        low.add(ensemble(chord[0] - 12, 4.2 * loop.beat_s, bright=0.35, attack_s=0.06, voices=2, seed=19), at, 0.34)
        for beat, gain in _steps("x..o..x." if bar % 2 == 0 else "x..o.oxo", at):
            drums.add(kick(hard=0.25, seconds=0.9), beat, 0.75 * gain * lift, pan=-0.15)
            drums.add(snare(40, seconds=0.5, tone_hz=92, soft=True), beat, 0.22 * gain * lift, pan=0.2)
    short.filter(140, 8000).reverb(1.9, 0.4, 20)
    drums.reverb(2.2, 0.35, 21, dark_hz=3500)
    return (
        _mix(loop, (short, 1.0), (long.reverb(2.8, 0.5, 22), 0.9), (low.filter(30, 1500), 0.9), (drums, 0.9)).filter(30, 15_000).master(1.2)
    )


def _sunny(loop: Loop) -> Loop:
    """Strummed strings in C, claps and a whistled line: light and friendly."""
    chords = [(48, 60, 64, 67, 72), (43, 59, 62, 67, 71), (45, 60, 64, 69, 72), (41, 60, 65, 69, 72)]
    strum, low, drums, lead = (loop.like() for _ in range(4))
    for at, chord in _bars(loop, chords):
        for beat, gain in _steps("x.x. oxox", at):
            up = round(beat * 2) % 2 == 1
            for n, note in enumerate(reversed(chord[1:]) if up else chord[1:]):
                strum.add(pluck(note, 0.9, bright=1.25), beat + 0.022 * n, 0.24 * gain, pan=0.15 * (n - 1.5))
        for offset, note, gain in ((0, chord[0], 1.0), (1.5, chord[0], 0.5), (2, chord[0] + 7, 0.8), (3.5, chord[0] + 7, 0.4)):
            low.add(bass(note - 12, 0.5), at + offset, 0.6 * gain)
        for beat, gain in _steps("x...x.o.", at):
            drums.add(kick(hard=0.4), beat, 0.55 * gain)
        for beat, _ in _steps(".x.x", at, 1):
            drums.add(clap(50), beat, 0.32, pan=0.1)
        for beat, gain in _steps("-o-x-o-x", at):
            drums.add(hat(round(beat * 2) % 5, seconds=0.05), beat, 0.3 * gain, pan=-0.35)
    line = ((0, 79), (1, 76), (1.5, 79), (3, 81), (4, 79), (5.5, 74), (8, 76), (9, 72), (9.5, 76), (11, 77), (12, 76), (13, 74), (14, 72))
    for beat, note in line:
        lead.add(keys(note, 0.9, hard=0.15), beat, 0.2, pan=-0.25)
        lead.add(keys(note + 12, 0.7, hard=0.0), beat + 16, 0.14, pan=-0.25)
    strum.filter(180, 9000).reverb(0.9, 0.22, 23)
    return (
        _mix(loop, (strum, 1.0), (low, 0.9), (drums, 0.9), (lead.echo(1.0, 0.3, 0.25).reverb(1.5, 0.35, 24), 1.0))
        .filter(35, 15_000)
        .master(1.5)
    )


PIECES = (
    Piece("warm", "warm", ("clean", "podcast"), 84, 32, _warm),
    Piece("focus", "focused", ("clean", "podcast"), 96, 32, _focus),
    Piece("sunny", "happy", ("clean",), 112, 32, _sunny),
    Piece("drive", "energetic", ("hype",), 124, 64, _drive),
    Piece("bounce", "confident", ("hype",), 140, 64, _bounce),
    Piece("drift", "calm", ("cinematic",), 60, 24, _drift),
    Piece("rise", "tense", ("cinematic",), 100, 32, _rise),
)
