"""The pieces a moment is built from: sentences and stretches without speech, laid end to end over the whole source."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.video.media import Analysis, Span, Word

_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")
_LONG_PAUSE_S = 0.8  # a pause this long ends a sentence whatever the punctuation
_PAD_BEFORE_S = 0.15  # air before the first word
_PAD_AFTER_S = 0.35  # and after the last
_QUIET_S = 2.5  # a gap this long is a piece of its own


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the source. `start_s` and `end_s` lie in pauses; `is_sentence` says it ends where a sentence ends."""

    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    is_sentence: bool = False


def split_into_units(analysis: Analysis, *, most_s: float) -> list[Unit]:
    """Lay units over the source from 0 to its duration. None is longer than about `most_s` unless a single word is."""
    duration_s = analysis.probe.duration_s
    spoken = _sentences(clean_words(analysis.words, duration_s), most_s)
    cuts = sorted({shot.start_s for shot in analysis.shots if 0 < shot.start_s < duration_s})
    units: list[Unit] = []
    position_s = 0.0
    for index, words in enumerate(spoken):
        next_s = spoken[index + 1][0].start_s if index + 1 < len(spoken) else duration_s
        start_s = max(position_s, words[0].start_s - _PAD_BEFORE_S)
        if words[0].start_s - position_s >= _QUIET_S:
            units += _quiet(Span(position_s, start_s), cuts, analysis.speech, most_s)
        end_s = max(words[-1].end_s, min(words[-1].end_s + _PAD_AFTER_S, next_s))
        units.append(Unit(start_s, min(end_s, duration_s), words, words[-1].text.endswith(_SENTENCE_END)))
        position_s = units[-1].end_s
    if duration_s - position_s >= (_QUIET_S if units else 0.0):
        units += _quiet(Span(position_s, duration_s), cuts, analysis.speech, most_s)
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


def _sentences(words: Sequence[Word], most_s: float) -> list[tuple[Word, ...]]:
    sentences: list[tuple[Word, ...]] = []
    current: list[Word] = []
    for index, word in enumerate(words):
        current.append(word)
        last = index + 1 == len(words)
        pause_s = 0.0 if last else words[index + 1].start_s - word.end_s
        if last or word.text.endswith(_SENTENCE_END) or pause_s >= _LONG_PAUSE_S:
            sentences += _halved(tuple(current), most_s)
            current = []
    return sentences


def _halved(words: tuple[Word, ...], most_s: float) -> list[tuple[Word, ...]]:
    """Split what is too long at its longest pause, preferring the middle, until nothing is."""
    if len(words) < 2 or words[-1].end_s - words[0].start_s <= most_s:
        return [words]
    middle_s = (words[0].start_s + words[-1].end_s) / 2
    half_s = middle_s - words[0].start_s

    def fitness(index: int) -> float:
        pause_s = words[index].start_s - words[index - 1].end_s
        return pause_s + 0.3 * words[index - 1].text.endswith((",", ";", ":")) - 0.5 * abs(words[index].start_s - middle_s) / half_s

    at = max(range(1, len(words)), key=fitness)
    return _halved(words[:at], most_s) + _halved(words[at:], most_s)


def _quiet(span: Span, cuts: Sequence[float], speech: Sequence[Span], most_s: float) -> list[Unit]:
    """Split a stretch without known words at shot changes, and evenly where a shot is long; speech is split only in its pauses."""
    edges = [span.start_s, *[cut for cut in cuts if span.start_s + 0.5 < cut < span.end_s - 0.5], span.end_s]
    points = [span.start_s]
    for start_s, end_s in pairwise(edges):
        parts = max(1, -(-int((end_s - start_s) * 1000) // int(most_s * 1000)))
        points += [start_s + (end_s - start_s) * part / parts for part in range(1, parts + 1)]
    moved = [_out_of_speech(point, speech, most_s / 2) for point in points[1:-1]]
    kept = sorted({point for point in moved if span.start_s < point < span.end_s})
    bounds = [span.start_s, *kept, span.end_s]
    return [Unit(start_s, end_s) for start_s, end_s in pairwise(bounds) if end_s > start_s]


def _out_of_speech(point_s: float, speech: Sequence[Span], reach_s: float) -> float:
    """The nearest edge of the voice activity that covers this point, where one is in reach."""
    for span in speech:
        if span.start_s < point_s < span.end_s:
            edge_s = min(span.start_s, span.end_s, key=lambda edge: abs(edge - point_s))
            return edge_s if abs(edge_s - point_s) <= reach_s else point_s
    return point_s
