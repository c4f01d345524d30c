"""Speed: moments without speech go by faster (HYPE) or slower (CINEMATIC). It changes when words are spoken, so captions come after it."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from tools.video.brief import Direction
from tools.video.direct.splitting import excerpt
from tools.video.media import Analysis
from tools.video.timeline import Clip, to_ticks, whole_frames

_MARGIN_S = 0.25  # of real time left around a word
_RAMPS: dict[Direction, tuple[float, tuple[tuple[float, float], ...]]] = {
    # the shortest pause in seconds, and shares of it with their speeds
    Direction.HYPE: (1.2, ((0.2, 1.5), (0.6, 2.5), (0.2, 1.5))),
    Direction.CINEMATIC: (1.6, ((0.2, 0.75), (0.6, 0.5), (0.2, 0.75))),
}
_SHORTEST = to_ticks(0.08)
_SLOW_FPS = 45.0  # a source with fewer frames a second would stutter in slow motion


def pace(clips: Sequence[Clip], analysis: Analysis, fps: Fraction, direction: Direction) -> tuple[Clip, ...]:
    """The clips with speed ramps where a direction has them and nobody speaks; the sound keeps its pitch.

    Call it between planning the clips and making the captions. Each clip still is a whole number of frames, and shows the same.
    """
    ramp = _RAMPS.get(direction)
    if ramp is None or not analysis.words or (direction is Direction.CINEMATIC and analysis.probe.fps < _SLOW_FPS):
        return tuple(clips)
    return tuple(part for clip in clips for part in _ramped(clip, _pauses(clip, analysis, ramp[0]), ramp[1], fps))


def _pauses(clip: Clip, analysis: Analysis, shortest_s: float) -> list[tuple[int, int]]:
    """Stretches of the clip, in source ticks, in which nobody speaks and nothing is applauded or laughed about."""
    if clip.media or clip.speed != 1 or clip.zoom is not None:
        return []
    busy = [(to_ticks(word.start_s), to_ticks(word.end_s)) for word in analysis.words]
    busy += [(to_ticks(event.start_s), to_ticks(event.end_s)) for event in analysis.sounds]
    inside = sorted((start, end) for start, end in busy if end > clip.start and start < clip.end)
    edges = [(clip.start, clip.start), *inside, (clip.end, clip.end)]
    pauses, reached = [], clip.start
    for before, after in pairwise(edges):
        reached = max(reached, before[1])
        start = reached + (to_ticks(_MARGIN_S) if reached > clip.start else 0)
        end = after[0] - (to_ticks(_MARGIN_S) if after[0] < clip.end else 0)
        if end - start >= to_ticks(shortest_s):
            pauses.append((start, end))
    return pauses


def _ramped(clip: Clip, pauses: Sequence[tuple[int, int]], ramp: Sequence[tuple[float, float]], fps: Fraction) -> list[Clip]:
    parts: list[tuple[int, float]] = []  # where each ends, and its speed
    for start, end in pauses:
        parts.append((start, 1.0))
        at = float(start)
        for share, speed in ramp:
            at += share * (end - start)
            parts.append((round(at), speed))
    found: list[Clip] = []
    begin = clip.start
    for wanted, speed in (*parts, (clip.end, 1.0)):
        if (wanted - begin) / speed < _SHORTEST:
            continue  # too short to be seen: the next part begins here
        end = whole_frames(begin, wanted, fps, speed)
        found.append(replace(excerpt(clip, begin, end, speed), transition=None if found else clip.transition))
        begin = end
    return found or [clip]
