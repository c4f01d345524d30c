"""What a model thought of a transcript, as numbered sentences in and as typed, bounded fields out.

The model itself is asked by `agents.judge`; nothing here calls one. A transcript is text from outside: of the model's answer only line
numbers, a score and a short plain reason are kept.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tools.video.media import Analysis
from tools.video.units import clean_words, sentences
from tools.video.wishes import clock

REASON_CHARACTERS, ABOUT_CHARACTERS = 120, 80
_PASSED_OVER = 0.3  # the rating of what the model read and did not name
_CHUNK_CHARACTERS = 18_000  # 4,500 tokens of English, 6,000 of what tokenises badly
_MOST_CHUNKS = 12
_LINE_CHARACTERS = 1_000
_LONGEST_LIKED_S = 180.0
_NO_WORD = re.compile(r"://|\w\.\w|[@#<>{}\[\]/\\|=`*]")
_PLAIN = re.compile(r"[^\w\s.,;:!?'’%&()-]")


@dataclass(frozen=True, slots=True)
class Judged:
    """A stretch a model liked: whole sentences, `score` 0 to 1, `reason` in at most 120 plain characters.

    `about` is what it is about, in at most 80 plain characters of key words, also such as are not said in it.
    """

    start_s: float
    end_s: float
    score: float
    reason: str
    about: str = ""


class Judgement:
    """Looks up what was liked; fast for thousands of questions."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        self._judged = sorted(judged, key=lambda one: one.start_s)
        self._starts = [one.start_s for one in self._judged]
        self._longest_s = max((one.end_s - one.start_s for one in judged), default=0.0)

    def rating(self, start_s: float, end_s: float) -> float:
        """The model's rating of a stretch, 0 to 1: full where it is what the model named, less the less they share."""
        return max((self._rate(one, start_s, end_s) for one in self._near(start_s, end_s)), default=_PASSED_OVER)

    def liked(self, start_s: float, end_s: float) -> str:
        """What the model said of the best stretch that is mostly inside; empty when it named none."""
        inside = [one for one in self._near(start_s, end_s) if is_mostly_in(one, start_s, end_s)]
        return max(inside, key=lambda one: (self._rate(one, start_s, end_s), -one.start_s)).reason if inside else ""

    def _near(self, start_s: float, end_s: float) -> Sequence[Judged]:
        return self._judged[bisect_left(self._starts, start_s - self._longest_s) : bisect_left(self._starts, end_s)]

    @staticmethod
    def _rate(one: Judged, start_s: float, end_s: float) -> float:
        union_s = max(one.end_s, end_s) - min(one.start_s, start_s)
        return _PASSED_OVER + (one.score - _PASSED_OVER) * _shared_s(one, start_s, end_s) / union_s


def is_mostly_in(one: Judged, start_s: float, end_s: float) -> bool:
    return _shared_s(one, start_s, end_s) >= (one.end_s - one.start_s) / 2


def _shared_s(one: Judged, start_s: float, end_s: float) -> float:
    return max(0.0, min(one.end_s, end_s) - max(one.start_s, start_s))


# --- the transcript a model reads ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a transcript with the number a model calls it by."""

    number: int
    start_s: float
    end_s: float
    text: str

    def __str__(self) -> str:
        return f"{self.number} [{clock(self.start_s)}] {self.text}"


def transcript(analysis: Analysis) -> tuple[Line, ...]:
    """The sentences of a source, numbered from 1."""
    runs = sentences(clean_words(analysis.words, analysis.probe.duration_s))
    return tuple(
        Line(number, run[0].start_s, run[-1].end_s, " ".join(word.text for word in run)[:_LINE_CHARACTERS])
        for number, run in enumerate(runs, 1)
    )


def in_chunks(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """The lines in chunks of about 5,000 tokens, each beginning with the last tenth of the one before: a story may lie across a seam.

    A source so long that it would take more than 12 chunks gets larger ones.
    """
    total = sum(len(str(line)) + 1 for line in lines)
    most = max(_CHUNK_CHARACTERS, total * 10 // (9 * (_MOST_CHUNKS - 1)))
    chunks: list[tuple[Line, ...]] = []
    first = 0
    while first < len(lines):
        last, size = first, 0
        while last < len(lines) and (size == 0 or size + len(str(lines[last])) < most):
            size += len(str(lines[last])) + 1
            last += 1
        chunks.append(tuple(lines[first:last]))
        back, shared = last, 0
        while last < len(lines) and back - 1 > first and shared < most // 10:
            back -= 1
            shared += len(str(lines[back])) + 1
        first = back if last < len(lines) else last
    return chunks


def judged_of(chunk: Sequence[Line], first: int, last: int, score: float, reason: str, about: str = "") -> Judged | None:
    """What a model said of lines `first` to `last` of a chunk; None when it names lines that are not there or far too much."""
    by_number = {line.number: line for line in chunk}
    if first not in by_number or last not in by_number or last < first or not 0 <= score <= 1:
        return None
    start_s, end_s = by_number[first].start_s, by_number[last].end_s
    if end_s - start_s > _LONGEST_LIKED_S:
        return None
    return Judged(round(start_s, 3), round(end_s, 3), round(score, 3), plain(reason), plain(about, ABOUT_CHARACTERS))


def plain(text: str, most: int = REASON_CHARACTERS) -> str:
    """A model's words as words and simple punctuation, cut to length: no links, names of accounts, markup or brackets."""
    words = [word for word in text[:1000].split() if not _NO_WORD.search(word)]
    kept = " ".join(" ".join(_PLAIN.sub(" ", word) for word in words).split())
    return kept if len(kept) <= most else kept[: most - 1].rsplit(" ", 1)[0] + "…"
