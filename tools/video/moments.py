"""Which parts of a source can stand alone, how good each is, and why.

The source is laid out as units (sentences; stretches without speech), so every moment begins and ends in a pause and no word is ever
cut. Every run of units of the right length is scored, most of a sentence boundary at both ends, and the best that do not repeat each
other are kept. A feature for which the analysis has no data (no sound, no faces) is left out of the score; it does not count as zero.
What a model thought of the transcript (`judgement`) counts for half where there is one. Nothing here is random.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memory.errors import InputError
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
    if units[-1].end_s - units[0].start_s <= min_s:
        return (_whole(wished, part, analysis, min_s, title_hint),)
    chosen = _choose(wished, units, count, min_s, max_s)
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


def _choose(wished: _Wished, units: Sequence[Unit], count: int, min_s: float, max_s: float) -> list[Window]:
    """The best windows whose edges are fit for a moment; where the source has none, the best of any; at worst what is not too long."""
    scored = wished.scored(_runs(units, min_s, max_s, only_whole=True))
    scored = scored or wished.scored(_runs(units, min_s, max_s, only_whole=False)) or wished.scored([_best_effort(units, max_s)])
    if not scored:
        raise InputError(f"Nothing of {min_s:g} to {max_s:g} s about the topic fits in here.", hint="Ask for other lengths or no topic.")
    chosen = best_apart(scored, count)
    if len(chosen) < count:  # the best ones left no room for the number that was asked for
        chosen = max(chosen, packed(scored, count), key=len)
    return sorted(chosen, key=lambda window: (-window.score, window.start_s))


def _runs(units: Sequence[Unit], min_s: float, max_s: float, *, only_whole: bool) -> list[tuple[int, int]]:
    """Runs of units whose length is allowed, as first and last index. Of very many, every start keeps ends spread over the lengths."""
    starts = [index for index, unit in enumerate(units) if unit.opens or not only_whole]
    most_ends = max(_FEWEST_ENDS, _MOST_WINDOWS // max(1, len(starts)))
    ends_s = [unit.end_s for unit in units]
    found: list[tuple[int, int]] = []
    for first in starts:
        start_s = units[first].start_s
        upto = bisect_right(ends_s, start_s + max_s)
        lasts = [last for last in range(bisect_right(ends_s, start_s + min_s - 1e-9), upto) if units[last].closes or not only_whole]
        found += [(first, last) for last in _spread(lasts, most_ends) if last >= first]
    return found


def _spread(items: Sequence[int], most: int) -> Sequence[int]:
    if len(items) <= most:
        return items
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]


def _best_effort(units: Sequence[Unit], max_s: float) -> tuple[int, int]:
    """The longest run from the start that is not too long, for lengths no run can meet."""
    fitting = [index for index, unit in enumerate(units) if unit.end_s - units[0].start_s <= max_s]
    return (0, fitting[-1] if fitting else 0)


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
    return replace(moment, reason=f"{named}: it lasts {end_s - start_s:.1f} s, less than the {min_s:g} s asked for. {moment.reason}")
