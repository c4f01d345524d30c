"""The pieces a moment is built from: sentences and stretches without speech, laid in order over the source or a part of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.video.media import Analysis, SoundEvent, Span, Word

CROWD = ("laughter", "applause")  # kinds of `SoundEvent`
SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")
_LONG_PAUSE_S = 0.8  # a pause this long ends a sentence whatever the punctuation
_PAD_BEFORE_S = 0.15  # air before the first word
_PAD_AFTER_S = 0.35  # and after the last
_CLEAR_S = 0.1  # kept from the next word: word times are that uncertain
_QUIET_S = 2.5  # a gap this long is a piece of its own
_LAUGH_WITHIN_S, _LAUGH_S = 1.0, 2.5  # a laugh that begins this soon after the last word belongs to it, for this long


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the source. `start_s` and `end_s` lie in pauses; `is_sentence` says it ends where a sentence ends.

    `opens` and `closes` say that a moment may begin or end here: not so inside a sentence that fits into a moment as a whole.
    """

    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    is_sentence: bool = False
    opens: bool = True
    closes: bool = True


def split_into_units(analysis: Analysis, *, most_s: float, whole_s: float = 0.0, within: Span | None = None) -> list[Unit]:
    """Lay units over the source, or over the words that lie `within` a part of it.

    Args:
        most_s: None is longer than about this, unless a single word is.
        whole_s: Sentences up to this long are to stay whole: the pieces inside them neither open nor close a moment. Longer ones
            may be entered at their pauses.
    """
    words = clean_words(analysis.words, analysis.probe.duration_s)
    part = _between_words(within or Span(0.0, analysis.probe.duration_s), words)
    cuts = sorted({shot.start_s for shot in analysis.shots if part.start_s < shot.start_s < part.end_s})
    units: list[Unit] = []
    position_s = part.start_s
    pieces = _pieces(words, part, most_s, whole_s)
    laughs = [event for event in analysis.sounds if event.kind in CROWD]
    laugh_starts = [event.start_s for event in laughs]
    for index, piece in enumerate(pieces):
        first, last = piece.words[0], piece.words[-1]
        next_s = pieces[index + 1].words[0].start_s if index + 1 < len(pieces) else part.end_s
        start_s = max(position_s, first.start_s - _PAD_BEFORE_S)
        if first.start_s - position_s >= _QUIET_S:
            units += _quiet(Span(position_s, start_s), cuts, analysis.speech, most_s)
        clear_s = next_s - min(_CLEAR_S, max(0.0, next_s - last.end_s) / 2)
        end_s = min(max(last.end_s, min(_with_laugh(last.end_s, laughs, laugh_starts), clear_s)), part.end_s)
        units.append(Unit(start_s, end_s, piece.words, last.text.endswith(SENTENCE_END), piece.opens, piece.closes))
        position_s = end_s
    if part.end_s - position_s >= (_QUIET_S if units else 0.0):
        units += _quiet(Span(position_s, part.end_s), cuts, analysis.speech, most_s)
    return units


def clean_words(words: Sequence[Word], duration_s: float) -> list[Word]:
    """Words in order, without overlaps and inside the source: recognisers and aligners now and then give crossed times."""
    clean: list[Word] = []
    position_s = 0.0
    for word in sorted(words, key=lambda word: (word.start_s, word.end_s)):
        start_s = max(word.start_s, position_s)
        end_s = min(max(word.end_s, start_s + 0.01), duration_s)
        if word.text.strip() and start_s < end_s:
            clean.append(Word(word.text.strip(), start_s, end_s))
            position_s = end_s
    return clean


def sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Words by sentence: up to a full stop, or to a pause as long as one."""
    found: list[tuple[Word, ...]] = []
    current: list[Word] = []
    for index, word in enumerate(words):
        current.append(word)
        last = index + 1 == len(words)
        pause_s = 0.0 if last else words[index + 1].start_s - word.end_s
        if last or word.text.endswith(SENTENCE_END) or pause_s >= _LONG_PAUSE_S:
            found.append(tuple(current))
            current = []
    return found


def _with_laugh(end_s: float, laughs: Sequence[SoundEvent], starts: Sequence[float]) -> float:
    """Where a piece ends whose last word ends at `end_s`: after a breath, or after the laugh that follows."""
    near = laughs[max(0, bisect_left(starts, end_s) - 1) : bisect_left(starts, end_s + _LAUGH_WITHIN_S)]
    laughed_s = max((min(event.end_s, end_s + _LAUGH_S) for event in near), default=0.0)
    return max(end_s + _PAD_AFTER_S, laughed_s)


@dataclass(frozen=True, slots=True)
class _Piece:
    words: tuple[Word, ...]
    opens: bool
    closes: bool


def _between_words(part: Span, words: Sequence[Word]) -> Span:
    """The part, made smaller where its edges would cut a word."""
    starts, ends = [word.start_s for word in words], [word.end_s for word in words]
    start_s, end_s = part.start_s, part.end_s
    at = bisect_right(starts, start_s) - 1
    if at >= 0 and ends[at] > start_s:
        start_s = start_s if starts[at] == start_s else ends[at]
    at = bisect_left(starts, end_s) - 1
    if at >= 0 and ends[at] > end_s:
        end_s = starts[at]
    return Span(start_s, max(start_s, end_s))


def _pieces(words: Sequence[Word], part: Span, most_s: float, whole_s: float) -> list[_Piece]:
    pieces: list[_Piece] = []
    for sentence in sentences(words):
        inside = tuple(word for word in sentence if word.start_s >= part.start_s and word.end_s <= part.end_s)
        if not inside:
            continue
        may_enter = sentence[-1].end_s - sentence[0].start_s > whole_s
        split = _halved(inside, most_s)
        for index, run in enumerate(split):
            begins = index == 0 and inside[0] is sentence[0]
            ends = index == len(split) - 1 and inside[-1] is sentence[-1]
            pieces.append(_Piece(run, begins or may_enter, ends or may_enter))
    return pieces


def _halved(words: tuple[Word, ...], most_s: float) -> list[tuple[Word, ...]]:
    """Split what is too long at the longest pause near its middle, until nothing is. In order."""
    done: list[tuple[Word, ...]] = []
    waiting = [words]
    while waiting:
        run = waiting.pop()
        if len(run) < 2 or run[-1].end_s - run[0].start_s <= most_s:
            done.append(run)
        else:
            at = _where_to_split(run)
            waiting += [run[at:], run[:at]]
    return done


def _where_to_split(words: Sequence[Word]) -> int:
    """The index of the word that begins the second half. Only the middle half of the time is looked at, so that halving ends soon."""
    middle_s = (words[0].start_s + words[-1].end_s) / 2
    half_s = middle_s - words[0].start_s

    def fitness(index: int) -> float:
        pause_s = words[index].start_s - words[index - 1].end_s
        return pause_s + 0.3 * words[index - 1].text.endswith((",", ";", ":")) - 0.5 * abs(words[index].start_s - middle_s) / half_s

    near = [index for index in range(1, len(words)) if abs(words[index].start_s - middle_s) <= half_s / 2]
    if near:
        return max(near, key=fitness)
    return min(range(1, len(words)), key=lambda index: abs(words[index].start_s - middle_s))


def _quiet(span: Span, cuts: Sequence[float], speech: Sequence[Span], most_s: float) -> list[Unit]:
    """Split a stretch without known words at shot changes, and evenly where a shot is long; speech is split only in its pauses."""
    inner = cuts[bisect_right(cuts, span.start_s + 0.5) : bisect_left(cuts, span.end_s - 0.5)]
    points = [span.start_s]
    for start_s, end_s in pairwise([span.start_s, *inner, span.end_s]):
        parts = max(1, -(-int((end_s - start_s) * 1000) // int(most_s * 1000)))
        points += [start_s + (end_s - start_s) * part / parts for part in range(1, parts + 1)]
    starts = [one.start_s for one in speech]
    moved = [_out_of_speech(point, speech, starts, most_s / 2) for point in points[1:-1]]
    kept = sorted({point for point in moved if span.start_s < point < span.end_s})
    bounds = [span.start_s, *kept, span.end_s]
    return [Unit(start_s, end_s) for start_s, end_s in pairwise(bounds) if end_s > start_s]


def _out_of_speech(point_s: float, speech: Sequence[Span], starts: Sequence[float], reach_s: float) -> float:
    """The nearest edge of the voice activity that covers this point, where one is in reach."""
    at = bisect_left(starts, point_s) - 1
    if at < 0 or point_s >= speech[at].end_s:
        return point_s
    edge_s = min(speech[at].start_s, speech[at].end_s, key=lambda edge: abs(edge - point_s))
    return edge_s if abs(edge_s - point_s) <= reach_s else point_s
