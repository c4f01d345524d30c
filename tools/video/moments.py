"""Which parts of a source can stand alone, how good each is, and why.

The source is laid out as units (sentences; stretches without speech), so every moment begins and ends in a pause and no word is ever
cut. Every run of units of the right length is scored, most of a sentence boundary at both ends, and the best that do not repeat each
other are kept. A feature for which the analysis has no data (no sound, no faces) is left out of the score; it does not count as zero.
What a model thought of the transcript (`judgement`) counts for half where there is one. Nothing here is random.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from memory.errors import InputError
from tools.video.fillers import find_gaps
from tools.video.judgement import Judged, Judgement
from tools.video.media import Analysis, Span
from tools.video.packing import Window, best_apart, packed
from tools.video.scores import Scorer
from tools.video.titles import hook_title
from tools.video.topics import Topic
from tools.video.units import Unit, split_into_units
from tools.video.wishes import clock

_MOST_WINDOWS = 40_000  # about what three hours of sentences make; more are thinned, so that choosing takes seconds at most
_FEWEST_ENDS = 3  # of every start, however many starts there are


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
    analysis: Analysis,
    *,
    count: int,
    min_s: float = 15,
    max_s: float = 60,
    title_hint: str = "",
    from_s: float = 0.0,
    to_s: float = 0.0,
    topic: str = "",
    judged: Sequence[Judged] = (),
    tightened: bool = False,
) -> tuple[Moment, ...]:
    """Choose up to `count` moments, the best first.

    Args:
        count: 1 to 9; fewer come back when the source has no more that begin and end with a sentence and do not overlap.
        min_s: Shortest moment in seconds. A source (or part) shorter than this is taken whole.
        max_s: Longest moment in seconds.
        title_hint: The title of a moment without words.
        from_s: Only moments from here on, in seconds of the source.
        to_s: And only moments up to here; 0 is the end.
        topic: Words the moments should be about: only moments that say one of them, or that a model calls so, come back.
        judged: What a model liked; empty where none was asked.
        tightened: The lengths are those that are left when fillers and silences are taken out (`fillers.tighten`).

    Raises:
        InputError: A bad count, bad lengths or bad times, a source without a picture, or a topic nobody speaks of.
    """
    _check(analysis, count, min_s, max_s)
    part = _part(analysis, from_s, to_s)
    units = split_into_units(analysis, most_s=max(1.0, min(10.0, (max_s - min_s) / 2)), whole_s=max_s, within=part)
    if not units:
        raise InputError(
            f"Between {part.start_s:.0f} s and {part.end_s:.0f} s there is only one word that goes on.", hint="Name a longer part."
        )
    wished = _Wished(analysis, units, topic, judged)
    played = _Played(units, find_gaps(analysis, part) if tightened else ())
    if played.lasts_s(0, len(units) - 1) <= min_s:
        return (_whole(wished, part, analysis, min_s, title_hint),)
    chosen = _choose(wished, played, count, min_s, max_s)
    return tuple(_moment(wished, window, title_hint) for window in chosen)


class _Wished:
    """The score of a run of units with everything that counts, and the reason."""

    def __init__(self, analysis: Analysis, units: Sequence[Unit], topic: str, judged: Sequence[Judged]) -> None:
        self.units = units
        self._scorer = Scorer(analysis, units)
        self._topic = Topic(topic, [word for unit in units for word in unit.words], judged) if topic.strip() else None
        self._judgement = Judgement(judged) if judged else None

    def scored(self, runs: Sequence[tuple[int, int]]) -> list[Window]:
        """The runs as windows; with a topic only those that say a word of it."""
        found = []
        for first, last in runs:
            start_s, end_s = self.units[first].start_s, self.units[last].end_s
            fit = self._topic.fit(start_s, end_s) if self._topic else 1.0
            if fit:
                found.append(Window(self.score(first, last, fit), start_s, end_s, first, last))
        return found

    def score(self, first: int, last: int, fit: float = 1.0) -> float:
        """0 to 1. `fit` is how well the run fits the topic."""
        score = self._scorer.score(first, last)
        if self._judgement:
            score = (score + self._judgement.rating(self.units[first].start_s, self.units[last].end_s)) / 2
        return (score + fit) / 2 if self._topic else score

    def reason(self, first: int, last: int) -> str:
        start_s, end_s = self.units[first].start_s, self.units[last].end_s
        said = [self._topic.reason(start_s, end_s)] if self._topic else []
        liked = self._judgement.liked(start_s, end_s) if self._judgement else ""
        return " ".join([*said, *([f"The model liked: {liked.rstrip('.')}."] if liked else []), self._scorer.reason(first, last)])


def _check(analysis: Analysis, count: int, min_s: float, max_s: float) -> None:
    if not 1 <= count <= 9:
        raise InputError(f"count {count} must be from 1 to 9.")
    if not 1 <= min_s < max_s:
        raise InputError(f"min_s {min_s:g} must be at least 1 and less than max_s {max_s:g}.")
    if not analysis.probe.has_video or analysis.probe.duration_s <= 0:
        raise InputError("This file has no picture to make a short from.", hint="Send a video, not a sound file.")


def _part(analysis: Analysis, from_s: float, to_s: float) -> Span:
    duration_s = analysis.probe.duration_s
    end_s = min(to_s, duration_s) if to_s > 0 else duration_s
    if not 0 <= from_s < duration_s:
        raise InputError(f"from_s {from_s:g} lies outside the video, which is {clock(duration_s)} long.", hint="Name an earlier part.")
    if not end_s - from_s >= 1:
        raise InputError(f"to_s {to_s:g} must be at least a second after from_s {from_s:g}.")
    return Span(from_s, end_s)


class _Played:
    """How long runs of units play, without the gaps that will be taken out of them."""

    def __init__(self, units: Sequence[Unit], gaps: Sequence[Span]) -> None:
        self.units = units
        gap_starts, taken_s = [gap.start_s for gap in gaps], [0.0, *accumulate(gap.duration_s for gap in gaps)]

        def at(time_s: float) -> float:
            index = bisect_right(gap_starts, time_s)
            return time_s - taken_s[index] + (max(0.0, gaps[index - 1].end_s - time_s) if index else 0.0)

        self.starts_s, self.ends_s = [at(unit.start_s) for unit in units], [at(unit.end_s) for unit in units]

    def lasts_s(self, first: int, last: int) -> float:
        return self.ends_s[last] - self.starts_s[first]


def _choose(wished: _Wished, played: _Played, count: int, min_s: float, max_s: float) -> list[Window]:
    """The best windows whose edges are fit for a moment; where the source has none, the best of any; at worst what is not too long."""
    scored = wished.scored(_runs(played, min_s, max_s, only_whole=True))
    scored = scored or wished.scored(_runs(played, min_s, max_s, only_whole=False)) or wished.scored([_best_effort(played, max_s)])
    if not scored:
        raise InputError(f"Nothing of {min_s:g} to {max_s:g} s about the topic fits in here.", hint="Ask for other lengths or no topic.")
    chosen = best_apart(scored, count)
    if len(chosen) < count:  # the best ones left no room for the number that was asked for
        chosen = max(chosen, packed(scored, count), key=len)
    return sorted(chosen, key=lambda window: (-window.score, window.start_s))


def _runs(played: _Played, min_s: float, max_s: float, *, only_whole: bool) -> list[tuple[int, int]]:
    """Runs of units whose length is allowed, as first and last index. Of very many, every start keeps ends spread over the lengths."""
    units, ends_s = played.units, played.ends_s
    starts = [index for index, unit in enumerate(units) if unit.opens or not only_whole]
    most_ends = max(_FEWEST_ENDS, _MOST_WINDOWS // max(1, len(starts)))
    found: list[tuple[int, int]] = []
    for first in starts:
        start_s = played.starts_s[first]
        upto = bisect_right(ends_s, start_s + max_s)
        lasts = [last for last in range(bisect_left(ends_s, start_s + min_s), upto) if units[last].closes or not only_whole]
        found += [(first, last) for last in _spread(lasts, most_ends) if last >= first]
    return found


def _best_effort(played: _Played, max_s: float) -> tuple[int, int]:
    """The longest run from the start that is not too long, for lengths no run can meet."""
    return 0, max(0, bisect_right(played.ends_s, played.starts_s[0] + max_s) - 1)


def _spread(items: Sequence[int], most: int) -> Sequence[int]:
    if len(items) <= most:
        return items
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]


def _moment(wished: _Wished, window: Window, title_hint: str) -> Moment:
    words = [word for unit in wished.units[window.first : window.last + 1] for word in unit.words]
    reason = wished.reason(window.first, window.last)
    return Moment(round(window.start_s, 3), round(window.end_s, 3), round(window.score, 3), reason, hook_title(words, title_hint))


def _whole(wished: _Wished, part: Span, analysis: Analysis, min_s: float, title_hint: str) -> Moment:
    units = wished.units
    last = len(units) - 1
    is_all = part.duration_s >= analysis.probe.duration_s
    start_s, end_s = (part.start_s, part.end_s) if is_all else (units[0].start_s, units[-1].end_s)
    moment = _moment(wished, Window(wished.score(0, last), start_s, end_s, 0, last), title_hint)
    named = "The whole video" if is_all else "The whole part you named"
    return replace(moment, reason=f"{named}: it lasts {end_s - start_s:.1f} s, no more than the {min_s:g} s asked for. {moment.reason}")
