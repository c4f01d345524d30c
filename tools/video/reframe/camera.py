"""The camera's hand: rectangles that hold still, and even drifts between holds where the subject really goes somewhere else.

A path is planned over the whole stretch at once (the future is known), separately across and down: the longest holds in which the
subject stays inside a dead zone; what lies between is one drift; what turns back too often is flattened until the budget is kept.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import fmean, linear_regression, median
from typing import NamedTuple

from tools.video.media import Span
from tools.video.timeline import Crop, CropFrom, to_ticks

MOST_REVERSALS_PER_S = 0.13
_LEAST_HOLD_S = 1.2  # a shorter stay is part of a way
_LEAST_DRIFT_S = 0.8
_LEAST_STILL_S = 0.25  # a shorter stop before or after a way would be seen as a jerk
_SPEED = 0.45  # crop widths (or heights) a second: a drift takes at least as long as this makes it
_TWITCH = 0.05  # a move shorter than this share of the crop is not made
_COVERED = 0.6  # a line is drawn only through samples that cover this share of the stretch


class Point(NamedTuple):
    """Where something is along one axis, in pixels, at a time of the source."""

    time_s: float
    value: float


class Leg(NamedTuple):
    """A stretch of a path: still where `first` equals `last`, else an even way."""

    start_s: float
    end_s: float
    first: float
    last: float


def crop_size(width_px: int, height_px: int, aspect: Fraction = Fraction(9, 16)) -> tuple[int, int]:
    """The largest even rectangle of this aspect inside the picture (at least 2x2)."""
    if Fraction(width_px, height_px) > aspect:
        return _even(min(width_px, float(height_px * aspect))), _even(height_px)
    return _even(width_px), _even(min(height_px, float(width_px / aspect)))


def placed(x: float, y: float, size: tuple[int, int], picture: tuple[int, int]) -> Crop:
    """The crop of this size around a centre, moved inside the picture."""
    return Crop(_clamped(x, size[0], picture[0]), _clamped(y, size[1], picture[1]), *size)


def plan_path(points: Sequence[Point], span: Span, dead_zone: float, size: float, whole: float) -> tuple[Leg, ...]:
    """The legs of the camera along one axis over the span.

    Args:
        points: Where the crop's middle should be.
        dead_zone: How far from there it may be.
        size: The crop's length along this axis, `whole` the picture's.
    """
    reach = (min(size, whole) / 2, max(whole - size / 2, size / 2))
    raw = _calmed(points)
    calm = [Point(point.time_s, min(max(point.value, reach[0]), reach[1])) for point in raw]
    values = [point.value for point in calm]
    if max(values) - min(values) <= 2 * dead_zone:
        return (_still(calm, span, dead_zone),)
    if (line := _line(raw, span, dead_zone)) is not None:
        return tuple(_inside(line, reach))
    groups = _stays(calm, dead_zone)
    most = int(MOST_REVERSALS_PER_S * span.duration_s)
    levels = [_middle(group, dead_zone) for group in groups]
    while len(groups) > 1 and (_reversals(levels) > most or _least_step(levels) < _TWITCH * size):
        groups = _merged(groups, levels, most)
        levels = [_middle(group, dead_zone) for group in groups]
    return tuple(_joined(groups, levels, span, size))


def to_crops(across: Sequence[Leg], down: Sequence[Leg], size: tuple[int, int], picture: tuple[int, int]) -> tuple[CropFrom, ...]:
    """Both axes as crops: a part starts where a leg of either starts."""
    starts = sorted({leg.start_s for leg in (*across, *down)})
    ends = [*starts[1:], across[-1].end_s]
    parts: list[CropFrom] = []
    for start_s, end_s in zip(starts, ends, strict=True):
        if end_s - start_s < 1e-6:
            continue
        first = placed(_at(across, start_s), _at(down, start_s), size, picture)
        last = placed(_at(across, end_s, before=True), _at(down, end_s, before=True), size, picture)
        drift_to = last if _differ(first, last) else None
        if parts and drift_to is None and not _differ((parts[-1].drift_to or parts[-1].crop), first):
            if parts[-1].drift_to is None:
                continue
            first = parts[-1].drift_to  # what a drift reached is kept to the pixel
        parts.append(CropFrom(to_ticks(start_s), first, drift_to))
    return tuple(parts)


def nearly_same(one: Crop, other: Crop, share: float = 0.04) -> bool:
    """Whether two crops differ too little to be worth a change: over a false cut that would be a twitch."""
    limit = share * one.width_px
    same_size = (one.width_px, one.height_px) == (other.width_px, other.height_px)
    return same_size and abs(one.x_px - other.x_px) < limit and abs(one.y_px - other.y_px) < limit


def _calmed(points: Sequence[Point]) -> list[Point]:
    """The points with each value the median of three: one false box moves nothing."""
    if len(points) < 3:
        return list(points)
    inner = [Point(b.time_s, median((a.value, b.value, c.value))) for a, b, c in zip(points, points[1:], points[2:], strict=False)]
    return [Point(points[0].time_s, inner[0].value), *inner, Point(points[-1].time_s, inner[-1].value)]


def _still(points: Sequence[Point], span: Span, dead_zone: float) -> Leg:
    middle = _middle(points, dead_zone)
    return Leg(span.start_s, span.end_s, middle, middle)


def _line(points: Sequence[Point], span: Span, dead_zone: float) -> Leg | None:
    """One even way through all points (least squares), where they stay that near to it."""
    times_s, values = [point.time_s for point in points], [point.value for point in points]
    if len(set(times_s)) < 4 or times_s[-1] - times_s[0] < _COVERED * span.duration_s:
        return None
    slope, at_zero = linear_regression(times_s, values)
    if max(abs(value - slope * at - at_zero) for at, value in zip(times_s, values, strict=True)) > 0.6 * dead_zone:
        return None
    return Leg(span.start_s, span.end_s, slope * span.start_s + at_zero, slope * span.end_s + at_zero)


def _inside(leg: Leg, reach: tuple[float, float]) -> list[Leg]:
    """An even way that stands still where it would lead past the picture's edge."""
    slope = (leg.last - leg.first) / (leg.end_s - leg.start_s)
    crossings = [leg.start_s + (edge - leg.first) / slope for edge in reach]
    times_s = [leg.start_s, *sorted(at for at in crossings if leg.start_s < at < leg.end_s), leg.end_s]
    values = [min(max(leg.first + slope * (at - leg.start_s), reach[0]), reach[1]) for at in times_s]
    return [Leg(*times, *ends) for times, ends in zip(pairwise(times_s), pairwise(values), strict=True)]


def _stays(points: Sequence[Point], dead_zone: float) -> list[list[Point]]:
    """The longest runs inside a dead zone, without those too short to be a stay; the first and the last one always stay."""
    runs: list[list[Point]] = [[]]
    for point in points:
        values = [one.value for one in runs[-1]] + [point.value]
        if max(values) - min(values) > 2 * dead_zone:
            runs.append([])
        runs[-1].append(point)
    inner = [run for run in runs[1:-1] if run[-1].time_s - run[0].time_s >= _LEAST_HOLD_S]
    return [runs[0], *inner, runs[-1]]


def _merged(groups: Sequence[list[Point]], levels: Sequence[float], most: int) -> list[list[Point]]:
    """Two neighbours made one: those whose step, weighed by the shorter one's length, is the smallest. Steps that turn back come first."""
    turning = {n for n in range(len(levels) - 1) if _turns_at(levels, n) or _turns_at(levels, n + 1)}
    among = turning if _reversals(levels) > most and turning else set(range(len(levels) - 1))
    step = min(among, key=lambda n: abs(levels[n + 1] - levels[n]) * (0.3 + min(_length(groups[n]), _length(groups[n + 1]))))
    return [*groups[:step], [*groups[step], *groups[step + 1]], *groups[step + 2 :]]


def _joined(groups: Sequence[list[Point]], levels: Sequence[float], span: Span, size: float) -> list[Leg]:
    """Holds at the levels and even ways between them, each about when the subject goes, none faster than a hand."""
    legs: list[Leg] = []
    at_s, middles = span.start_s, [fmean((group[0].time_s, group[-1].time_s)) for group in groups]
    for place, (level, following) in enumerate(pairwise(levels)):
        leaves_s, arrives_s = groups[place][-1].time_s, groups[place + 1][0].time_s
        lasts_s = max(_LEAST_DRIFT_S, abs(following - level) / (_SPEED * size), arrives_s - leaves_s)
        half_s, middle_s = lasts_s / 2, (leaves_s + arrives_s) / 2
        earliest_s = max(at_s, middles[place]) if place else at_s
        latest_s = middles[place + 1] if place + 2 < len(levels) else span.end_s
        start_s, end_s = max(earliest_s, middle_s - half_s), min(latest_s, middle_s + half_s)
        end_s = max(end_s, start_s + 0.1)
        if start_s - at_s < _LEAST_STILL_S:
            start_s = at_s
        elif start_s > at_s:
            legs.append(Leg(at_s, start_s, level, level))
        end_s = span.end_s if span.end_s - end_s < _LEAST_STILL_S else end_s
        legs.append(Leg(start_s, end_s, level, following))
        at_s = end_s
    return [*legs, Leg(at_s, span.end_s, levels[-1], levels[-1])] if span.end_s > at_s else legs


def _middle(points: Sequence[Point], dead_zone: float) -> float:
    """Where a hold looks: the median, moved as little as keeps every point inside the dead zone where that can be."""
    values = [point.value for point in points]
    low, high = max(values) - dead_zone, min(values) + dead_zone
    return min(max(median(values), low), high) if low <= high else (low + high) / 2


def _turns_at(levels: Sequence[float], place: int) -> bool:
    if not 0 < place < len(levels) - 1:
        return False
    return (levels[place] - levels[place - 1]) * (levels[place + 1] - levels[place]) < 0


def _reversals(levels: Sequence[float]) -> int:
    return sum(_turns_at(levels, place) for place in range(len(levels)))


def _least_step(levels: Sequence[float]) -> float:
    return min(abs(later - earlier) for earlier, later in pairwise(levels))


def _length(group: Sequence[Point]) -> float:
    return group[-1].time_s - group[0].time_s


def _at(legs: Sequence[Leg], at_s: float, *, before: bool = False) -> float:
    """The path's value at a time; at the seam of two legs that of the earlier one with `before`, else of the later one."""
    leg = next((one for one in legs if at_s < one.end_s or (before and at_s <= one.end_s)), legs[-1])
    share = min(1.0, max(0.0, (at_s - leg.start_s) / max(1e-9, leg.end_s - leg.start_s)))
    return leg.first + share * (leg.last - leg.first)


def _differ(one: Crop, other: Crop) -> bool:
    return not nearly_same(one, other, 0.01)


def _clamped(center: float, size: int, whole: int) -> int:
    return _even_down(max(0.0, min(center - size / 2, whole - size)))


def _even(value: float) -> int:
    return max(2, _even_down(value))


def _even_down(value: float) -> int:
    return int(value) // 2 * 2
