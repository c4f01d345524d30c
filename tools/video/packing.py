"""Which of many scored windows are kept so that none repeats another."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MOST_OVERLAP = 0.2  # of the shorter of two windows


@dataclass(frozen=True, slots=True)
class Window:
    """A run of units, `first` to `last` included, with its times and its score."""

    score: float
    start_s: float
    end_s: float
    first: int
    last: int


def best_apart(windows: Sequence[Window], count: int) -> list[Window]:
    """The best window, then the best that hardly overlaps it, and so on."""
    chosen: list[Window] = []
    for window in sorted(windows, key=lambda window: (-window.score, window.start_s)):
        if len(chosen) == count:
            break
        if all(overlap(window, other) <= MOST_OVERLAP for other in chosen):
            chosen.append(window)
    return chosen


def packed(windows: Sequence[Window], count: int) -> list[Window]:
    """As many windows as fit side by side (at most `count`), with the highest sum of scores: weighted interval scheduling."""
    ordered = sorted(windows, key=lambda window: (window.end_s, window.start_s))
    ends = [window.end_s for window in ordered]
    before = [bisect_right(ends, window.start_s + 1e-6) for window in ordered]  # how many end before this one starts
    best: list[tuple[float, list[Window]]] = [(0.0, [])] * (len(ordered) + 1)  # best choice of `size` among the first n
    answer: list[Window] = []
    for _ in range(count):
        longer: list[tuple[float, list[Window]]] = [(-math.inf, [])]
        for index, window in enumerate(ordered):
            total, taken = best[before[index]]
            taking = (total + window.score, [*taken, window]) if total + window.score > longer[-1][0] else longer[-1]
            longer.append(taking)
        if longer[-1][0] == -math.inf:
            break
        best, answer = longer, longer[-1][1]
    return answer


def overlap(one: Window, other: Window) -> float:
    """What two windows share, as a part of the shorter one."""
    shared = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(0.0, shared) / min(one.end_s - one.start_s, other.end_s - other.start_s)
