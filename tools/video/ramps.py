"""Speed ramps: a clip that slows down around an instant and speeds up again, in steps of whole frames. The pitch of the sound stays."""

from dataclasses import replace
from fractions import Fraction

from memory.errors import InputError
from tools.video.geometry import crop_at
from tools.video.timeline import TIME_BASE, Clip, CropFrom, to_ticks

_STEPS = 4  # on either side of the slowest part: at 30 fps the eye takes them for one movement
_SIDE = to_ticks(0.6)  # of the source, in which the speed falls or rises
_HELD = to_ticks(0.35)  # of the source, at the slowest speed


def ramp(clip: Clip, at: int, slowest: float, fps: Fraction) -> tuple[Clip, ...]:
    """Slow a clip down around `at` (ticks of its file) to `slowest` times its speed, evenly in steps; the pieces follow each other.

    Each piece is a whole number of frames, and every tick of the source is in exactly one of them, but for less than a frame at the end.
    The transition stays with the first piece; a zoom is given up, because it would begin anew in each.

    Raises:
        InputError: The speed is not between 0.1 and 1, or the instant lies outside the clip.
    """
    if not 0.1 <= slowest <= 1:
        raise InputError(f"A ramp slows down to 0.1 to 1 times the speed, not {slowest}.")
    if not clip.start <= at < clip.end:
        raise InputError("The instant to slow down at lies outside the clip.")
    pieces: list[Clip] = []
    start = clip.start
    for until, share in _plan(clip, at, slowest):
        speed = clip.speed * share
        frame = round(Fraction(speed).limit_denominator(10_000) / (fps * TIME_BASE))  # ticks of the source in one frame
        end = start + max(0, round((min(until, clip.end) - start) / frame)) * frame
        end = end if end <= clip.end else end - frame
        if end > start:
            pieces.append(_piece(clip, start, end, speed, is_first=not pieces))
            start = end
    return tuple(pieces)


def _plan(clip: Clip, at: int, slowest: float) -> list[tuple[int, float]]:
    """(where a step ends, its share of the clip's speed)."""
    shares = [1 - (1 - slowest) * (n + 1) / (_STEPS + 1) for n in range(_STEPS)]
    first = at - _HELD // 2 - _SIDE
    down = [(first + _SIDE * (n + 1) // _STEPS, share) for n, share in enumerate(shares)]
    held_to = at + _HELD // 2
    up = [(held_to + _SIDE * (n + 1) // _STEPS, share) for n, share in enumerate(reversed(shares))]
    return [(first, 1.0), *down, (held_to, slowest), *up, (clip.end, 1.0)]


def _piece(clip: Clip, start: int, end: int, speed: float, *, is_first: bool) -> Clip:
    crops, second = (_crops(parts, start, end, clip.end) for parts in (clip.crops, clip.second))
    transition = clip.transition if is_first else None
    return replace(clip, start=start, end=end, speed=speed, crops=crops, second=second, zoom=None, transition=transition)


def _crops(parts: tuple[CropFrom, ...], start: int, end: int, clip_end: int) -> tuple[CropFrom, ...]:
    """The crops of a part of a clip; a drift is cut where the part begins and ends."""
    kept = []
    for index, part in enumerate(parts):
        until = parts[index + 1].start if index + 1 < len(parts) else clip_end
        first, last = max(part.start, start), min(until, end)
        if first >= last:
            continue
        if part.drift_to is None:
            kept.append(replace(part, start=first))
        else:
            kept.append(CropFrom(first, crop_at(parts, first, clip_end), crop_at((part,), last, until)))
    return tuple(kept)
