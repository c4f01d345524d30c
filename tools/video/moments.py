"""Which parts of a source can stand alone, how good each is, and why.

The source is laid out as contiguous units (sentences; stretches without speech), so every moment begins and ends in a pause and no word
is ever cut. Every run of units of the right length is scored and the best that do not repeat each other are kept. A feature for which
the analysis has no data (no sound, no faces) is left out of the score; it does not count as zero. Nothing here is random.
"""

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


def choose_moments(
    analysis: Analysis, *, count: int, min_s: float = 15, max_s: float = 60, title_hint: str = ""
) -> tuple[Moment, ...]:
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
    units = split_into_units(analysis, most_s=max(1.0, min(10.0, (max_s - min_s) / 2)))
    if analysis.probe.duration_s <= min_s:
        return (_whole(analysis, units, min_s, title_hint),)
    scorer = Scorer(analysis)
    windows = _windows(units, min_s, max_s) or [_best_effort(units, max_s)]
    ranked = sorted(((scorer.score(window), window) for window in windows), key=lambda pair: (-pair[0], pair[1][0].start_s))
    chosen: list[tuple[float, Sequence[Unit]]] = []
    for score, window in ranked:
        if len(chosen) == count:
            break
        if all(_overlap(window, other) <= _MOST_OVERLAP for _, other in chosen):
            chosen.append((score, window))
    return tuple(_moment(scorer, score, window, title_hint) for score, window in chosen)


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


def _overlap(one: Sequence[Unit], other: Sequence[Unit]) -> float:
    shared = min(one[-1].end_s, other[-1].end_s) - max(one[0].start_s, other[0].start_s)
    shorter = min(one[-1].end_s - one[0].start_s, other[-1].end_s - other[0].start_s)
    return max(0.0, shared) / shorter


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
