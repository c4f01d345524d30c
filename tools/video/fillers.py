"""What can be taken out of a moment without loss: filler words, immediate repeats, long silences.

Cuts lie between words, never in one. Where voice, laughter or loud sound is heard that no word stands for, nothing is taken out.
The joints get their crossfades when the sound is compiled.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from statistics import quantiles

from tools.video.catching import bare
from tools.video.media import Analysis, Span, Word
from tools.video.units import CROWD, SENTENCE_END, clean_words

LONGEST_SILENCE_S = 0.6
SHORTEST_PIECE_S = 0.4
_AIR_AFTER_S, _AIR_BEFORE_S = 0.1, 0.08  # what stays of a silence after the word before it and before the word after it
_LEAST_GAIN_S = 0.15  # a cut that saves less is not worth its joint
_QUIETER_DB = 10.0  # silence is at least this much below the level of the words
_STEP_S = 0.1  # of Analysis.energy_db
_VOICE_PAD_S = 0.1  # kept around voice that no word stands for
_REACH_S = 0.3  # how far a word may sound beyond its time: the rest of such voice is the detector's hold

_HUMS = frozenset("um umm uh uhh uhm er erm hm hmm mm mhm eh".split())
_ASIDES = (("you", "know"), ("i", "mean"), ("like",))  # fillers only where commas or pauses set them apart
# Said twice in a row these are a slip; "very very", "no no", "had had" and "that that" are not.
_SLIPS = frozenset(
    "a an the i we you he she it they my your our his her their this to of in on at for with from by and but or so if as is are was were "
    "be i'm i've i'll it's we're there when what where who how because".split()
)
_LONGEST_REPEAT = 3  # words


def tighten(analysis: Analysis, span: Span) -> tuple[Span, ...]:
    """The pieces of a moment that stay, in order, each at least 0.4 s long; the moment itself where nothing is to be taken out.

    Silences of more than 0.6 s keep 0.18 s. A source in which no words were heard is left as it is.
    """
    return _pieces(span, find_gaps(analysis, span))


def find_gaps(analysis: Analysis, span: Span) -> list[Span]:
    """What could be taken out of a span, in order, before short pieces between two gaps are spared."""
    words = [w for w in clean_words(analysis.words, analysis.probe.duration_s) if w.end_s > span.start_s and w.start_s < span.end_s]
    fillers = find_fillers(words)
    if len(fillers) == len(words):
        return []
    return _joined(sorted([*_fillers_out(words, fillers, span), *_silences_out(analysis, words, span)], key=lambda one: one.start_s))


def find_fillers(words: Sequence[Word]) -> frozenset[int]:
    """Indices of the words that say nothing: hums, set-off "you know", and the first of two equal beginnings."""
    hums = {index for index, word in enumerate(words) if bare(word.text) in _HUMS}
    found = set(hums)
    said = [index for index in range(len(words)) if index not in hums]  # "the, um, the river" repeats too
    for at in range(len(said)):
        for length in range(_LONGEST_REPEAT, 0, -1):
            if _is_slip(words, said[at : at + length], said[at + length : at + 2 * length]):
                found |= set(range(said[at], said[at + length]))
                break
        found |= {said[at]} if at + 1 < len(said) and _is_broken_off(words[said[at]], words[said[at + 1]]) else set()
    for aside in _ASIDES:
        found |= {index for at in range(len(words)) if _is_aside(words, at, aside) for index in range(at, at + len(aside))}
    return frozenset(found)


def _is_slip(words: Sequence[Word], first: Sequence[int], again: Sequence[int]) -> bool:
    if not first or len(first) != len(again):
        return False
    one, two = ([bare(words[index].text) for index in run] for run in (first, again))
    ends = any(words[index].text.endswith(SENTENCE_END) for index in first)
    return one == two and not ends and all(word in _SLIPS for word in one)


def _is_broken_off(word: Word, following: Word) -> bool:
    """ "wh- what": the beginning of the next word, marked as broken off."""
    return word.text.endswith(("-", "–", "—")) and bool(bare(word.text)) and bare(following.text).startswith(bare(word.text).rstrip("–"))


def _is_aside(words: Sequence[Word], at: int, aside: Sequence[str]) -> bool:
    run = words[at : at + len(aside)]
    if [bare(word.text) for word in run] != list(aside) or any(word.text.endswith(SENTENCE_END) for word in run):
        return False
    before = at == 0 or words[at - 1].text.endswith((",", *SENTENCE_END)) or bare(words[at - 1].text) in _HUMS
    return before and run[-1].text.endswith(",")


def _fillers_out(words: Sequence[Word], fillers: frozenset[int], span: Span) -> Iterator[Span]:
    """One stretch for every run of fillers, with the pauses around it shortened to the usual air."""
    index = 0
    while index < len(words):
        if index not in fillers:
            index += 1
            continue
        first = index
        while index in fillers:
            index += 1
        before_s = words[first - 1].end_s if first else span.start_s
        after_s = words[index].start_s if index < len(words) else span.end_s
        start_s = before_s + min(_AIR_AFTER_S, max(0.0, words[first].start_s - before_s)) if first else span.start_s
        end_s = after_s - min(_AIR_BEFORE_S, max(0.0, after_s - words[index - 1].end_s))
        if end_s - start_s >= _LEAST_GAIN_S:
            yield Span(max(span.start_s, start_s), min(span.end_s, end_s))


def _silences_out(analysis: Analysis, words: Sequence[Word], span: Span) -> Iterator[Span]:
    """The silent inside of every long gap between words."""
    loud_db = _words_level(analysis, words) - _QUIETER_DB
    voices = _Heard(analysis.speech)
    crowd = _Heard([Span(one.start_s - _VOICE_PAD_S, one.end_s + _VOICE_PAD_S) for one in analysis.sounds if one.kind in CROWD])
    edges = [span.start_s, *(edge for word in words for edge in (word.start_s, word.end_s)), span.end_s]
    for index in range(0, len(edges), 2):
        gap = Span(edges[index], edges[index + 1])
        if gap.duration_s <= LONGEST_SILENCE_S:
            continue
        for quiet in _silent_parts(analysis, gap, loud_db, voices, crowd):
            start_s = max(quiet.start_s, gap.start_s + (_AIR_AFTER_S if index else 0.0))
            end_s = min(quiet.end_s, gap.end_s - (_AIR_BEFORE_S if gap.end_s < span.end_s else 0.0))
            if quiet.duration_s > LONGEST_SILENCE_S and end_s - start_s >= _LEAST_GAIN_S:
                yield Span(start_s, end_s)


class _Heard:
    """Stretches in which something is heard, to be looked up quickly."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = _joined(sorted(spans, key=lambda one: one.start_s))
        self._ends = [one.end_s for one in self._spans]
        self._starts = [one.start_s for one in self._spans]

    def between(self, gap: Span) -> Sequence[Span]:
        return self._spans[bisect_right(self._ends, gap.start_s) : bisect_left(self._starts, gap.end_s)]


def _silent_parts(analysis: Analysis, gap: Span, loud_db: float, voices: _Heard, crowd: _Heard) -> list[Span]:
    """A gap without the voice, laughter and loud sound in it."""
    heard = [*crowd.between(gap)]
    heard += [Span(one.start_s - _VOICE_PAD_S, one.end_s + _VOICE_PAD_S) for one in _voice_beside_words(voices, gap)]
    first = int(gap.start_s / _STEP_S) + 1  # the steps that lie wholly in the gap: the others hold the ends of words
    last = int(gap.end_s / _STEP_S)
    for step, level_db in enumerate(analysis.energy_db[first:last], first):
        if level_db > loud_db:
            heard.append(Span(step * _STEP_S, (step + 1) * _STEP_S))
    inside = _joined(sorted((one for one in heard if one.end_s > gap.start_s and one.start_s < gap.end_s), key=lambda one: one.start_s))
    edges = [gap.start_s, *(edge for one in inside for edge in (one.start_s, one.end_s)), gap.end_s]
    return [Span(start_s, end_s) for start_s, end_s in zip(edges[::2], edges[1::2], strict=True) if end_s > start_s]


def _voice_beside_words(voices: _Heard, gap: Span) -> Iterator[Span]:
    """Voice in a gap: words nobody recognised. Of voice that reaches in from a word only its end or its beginning counts."""
    for voice in voices.between(gap):
        if voice.start_s <= gap.start_s:
            yield Span(gap.start_s, min(voice.end_s, gap.start_s + _REACH_S) - _VOICE_PAD_S)
        if voice.end_s >= gap.end_s:
            yield Span(max(voice.start_s, gap.end_s - _REACH_S) + _VOICE_PAD_S, gap.end_s)
        if voice.start_s > gap.start_s and voice.end_s < gap.end_s:
            yield voice


def _words_level(analysis: Analysis, words: Sequence[Word]) -> float:
    """How loud the words are, in dBFS: the upper quarter of the steps they cover; -inf would be no data, so 0 stands for it."""
    levels = [level for word in words for level in analysis.energy_db[int(word.start_s / _STEP_S) : max(1, int(word.end_s / _STEP_S))]]
    return quantiles(levels, n=4)[2] if len(levels) > 1 else 0.0


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans in order of their start, with those that touch made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s <= joined[-1].end_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _pieces(span: Span, taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of a span. Where a piece would be too short, the smaller gap beside it is given back."""
    gaps = list(taken)
    while True:
        edges = [span.start_s, *(edge for gap in gaps for edge in (gap.start_s, gap.end_s)), span.end_s]
        pieces = [Span(start_s, end_s) for start_s, end_s in zip(edges[::2], edges[1::2], strict=True)]
        short = next((i for i, one in enumerate(pieces) if one.duration_s < SHORTEST_PIECE_S and not _is_empty_edge(i, pieces)), None)
        if short is None or not gaps:
            return tuple(one for one in pieces if one.duration_s > 0)
        beside = [index for index in (short - 1, short) if 0 <= index < len(gaps)]
        gaps.pop(min(beside, key=lambda index: gaps[index].duration_s))


def _is_empty_edge(index: int, pieces: Sequence[Span]) -> bool:
    """A silence at the very start or end leaves nothing there."""
    return index in (0, len(pieces) - 1) and pieces[index].duration_s <= 1e-9
