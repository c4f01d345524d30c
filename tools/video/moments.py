"""Which parts of a source can stand alone, how good each is, and why.

The source is laid out as contiguous units (sentences; stretches without speech), so every moment begins and ends in a pause and no word
is ever cut. Every run of units of the right length is scored and the best that do not repeat each other are kept. A feature for which
the analysis has no data (no sound, no faces) is left out of the score; it does not count as zero. Nothing here is random.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from memory.errors import InputError
from tools.video.media import Analysis, Span
from tools.video.scores import Scorer
from tools.video.titles import hook_title
from tools.video.units import Unit, split_into_units

_MOST_OVERLAP = 0.2  # of the shorter of two moments


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of the source worth a short. `score` is 0 to 1; `reason` and `title` are shown to the owner."""

    start_s: float
    end_s: float
    score: float
    reason: str
    title: str

    @property
    def span(self) -> Span:
        return Span(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class _Window:
    """A run of units with its score."""

    score: float
    units: Sequence[Unit]

    @property
    def start_s(self) -> float:
        return self.units[0].start_s

    @property
    def end_s(self) -> float:
        return self.units[-1].end_s


def choose_moments(analysis: Analysis, *, count: int, min_s: float = 15, max_s: float = 60, title_hint: str = "") -> tuple[Moment, ...]:
    """Choose up to `count` moments, the best first.

    Args:
        count: 1 to 9; fewer come back when the source has no more that do not overlap.
        min_s: Shortest moment in seconds. A source shorter than this is taken whole.
        max_s: Longest moment in seconds.
        title_hint: The title of a moment without words.

    Raises:
        InputError: A bad count or bad lengths, or a source without a picture.
    """
    _check(analysis, count, min_s, max_s)
    longest_s = max(1.0, min(10.0, (max_s - min_s) / 2))
    units = split_into_units(analysis, most_s=longest_s)
    if analysis.probe.duration_s <= min_s:
        return (_whole(analysis, units, min_s, title_hint),)
    scorer = Scorer(analysis)
    chosen = _choose(scorer, units, count, min_s, max_s)
    if len(chosen) < count:  # shorter units leave fewer holes, at the price of more starts inside a sentence
        chosen = max(chosen, _choose(scorer, split_into_units(analysis, most_s=longest_s / 3), count, min_s, max_s), key=len)
    chosen.sort(key=lambda window: (-window.score, window.start_s))
    return tuple(_moment(scorer, window.score, window.units, title_hint) for window in chosen)


def _choose(scorer: Scorer, units: Sequence[Unit], count: int, min_s: float, max_s: float) -> list[_Window]:
    windows = _windows(units, min_s, max_s) or [_best_effort(units, max_s)]
    scored = [_Window(scorer.score(window), window) for window in windows]
    chosen = _best_apart(scored, count)
    if len(chosen) < count:  # the best ones left no room for the number that was asked for
        chosen = max(chosen, _packed(scored, count), key=len)
    return chosen


def _check(analysis: Analysis, count: int, min_s: float, max_s: float) -> None:
    if not 1 <= count <= 9:
        raise InputError(f"count {count} must be from 1 to 9.")
    if not 1 <= min_s < max_s:
        raise InputError(f"min_s {min_s:g} must be at least 1 and less than max_s {max_s:g}.")
    if not analysis.probe.has_video or analysis.probe.duration_s <= 0:
        raise InputError("This file has no picture to make a short from.", hint="Send a video, not a sound file.")


def _windows(units: Sequence[Unit], min_s: float, max_s: float) -> list[Sequence[Unit]]:
    """Every run of units whose length is allowed."""
    found: list[Sequence[Unit]] = []
    for first in range(len(units)):
        for last in range(first, len(units)):
            duration = units[last].end_s - units[first].start_s
            if duration > max_s:
                break
            if duration >= min_s:
                found.append(units[first : last + 1])
    return found


def _best_effort(units: Sequence[Unit], max_s: float) -> Sequence[Unit]:
    """The longest run from the start that is not too long, for lengths no run can meet."""
    fitting = [unit for unit in units if unit.end_s - units[0].start_s <= max_s]
    return fitting or units[:1]


def _best_apart(windows: Sequence[_Window], count: int) -> list[_Window]:
    """The best window, then the best that hardly overlaps it, and so on."""
    chosen: list[_Window] = []
    for window in sorted(windows, key=lambda window: (-window.score, window.start_s)):
        if len(chosen) == count:
            break
        if all(_overlap(window, other) <= _MOST_OVERLAP for other in chosen):
            chosen.append(window)
    return chosen


def _packed(windows: Sequence[_Window], count: int) -> list[_Window]:
    """As many windows as fit side by side (at most `count`), with the highest sum of scores: weighted interval scheduling."""
    ordered = sorted(windows, key=lambda window: (window.end_s, window.start_s))
    ends = [window.end_s for window in ordered]
    before = [bisect_right(ends, window.start_s + 1e-6) for window in ordered]  # how many end before this one starts
    best: list[tuple[float, list[_Window]]] = [(0.0, [])] * (len(ordered) + 1)  # best choice of `size` among the first n
    answer: list[_Window] = []
    for _ in range(count):
        longer: list[tuple[float, list[_Window]]] = [(-math.inf, [])]
        for index, window in enumerate(ordered):
            total, taken = best[before[index]]
            taking = (total + window.score, [*taken, window]) if total > -math.inf else (-math.inf, [])
            longer.append(max(longer[-1], taking, key=lambda choice: choice[0]))
        if longer[-1][0] == -math.inf:
            break
        best, answer = longer, longer[-1][1]
    return answer


def _overlap(one: _Window, other: _Window) -> float:
    shared = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(0.0, shared) / min(one.end_s - one.start_s, other.end_s - other.start_s)


def _moment(scorer: Scorer, score: float, window: Sequence[Unit], title_hint: str) -> Moment:
    words = [word for unit in window for word in unit.words]
    start_s, end_s = window[0].start_s, window[-1].end_s
    return Moment(round(start_s, 3), round(end_s, 3), round(score, 3), scorer.reason(window), hook_title(words, title_hint))


def _whole(analysis: Analysis, units: Sequence[Unit], min_s: float, title_hint: str) -> Moment:
    scorer = Scorer(analysis)
    duration_s = analysis.probe.duration_s
    reason = f"The whole video: it lasts {duration_s:.1f} s, less than the {min_s:g} s asked for. {scorer.reason(units)}"
    title = hook_title(analysis.words, title_hint)
    return Moment(0.0, round(duration_s, 3), round(scorer.score(units), 3), reason, title)
