"""How fast something rises, measured by ourselves: a number a source states about its own speed is never used."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

MIN_SPAN_S = 60.0  # counters are whole numbers: over a shorter span one point more would read as 60 an hour and beyond


class Velocity(NamedTuple):
    """Points per hour over `span_h` hours, from `observations` of ours."""

    per_hour: float
    observations: int
    span_h: float


def measure_velocity(series: Iterable[tuple[datetime, int | None]]) -> Velocity | None:
    """Measure points per hour over our own observations, in any order.

    A counter that falls was reset or corrected by its source: the step across the fall is left out, points and time alike, so that
    a reset makes neither a negative speed nor a jump.

    Returns:
        None, which means "no data": fewer than two observations with a counter, or less than a minute of usable time between them.
    """
    seen = sorted((at, points) for at, points in series if points is not None)
    gained, usable_s = 0, 0.0
    for (at, points), (next_at, next_points) in pairwise(seen):
        if next_points >= points:
            gained += next_points - points
            usable_s += (next_at - at).total_seconds()
    if usable_s < MIN_SPAN_S:
        return None
    return Velocity(gained * 3600 / usable_s, len(seen), usable_s / 3600)
