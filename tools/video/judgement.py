"""What a model thought of a transcript, as numbered sentences in and as typed, bounded fields out.

The model itself is asked by `agents.judge`; nothing here calls one. A transcript is text from outside: of the model's answer only line
numbers, a score and a short plain reason are kept.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

REASON_CHARACTERS = 120
_PASSED_OVER = 0.3  # the rating of what the model read and did not name


@dataclass(frozen=True, slots=True)
class Judged:
    """A stretch a model liked: whole sentences, `score` 0 to 1, `reason` in at most 120 plain characters."""

    start_s: float
    end_s: float
    score: float
    reason: str


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
        inside = [one for one in self._near(start_s, end_s) if _shared_s(one, start_s, end_s) >= (one.end_s - one.start_s) / 2]
        return max(inside, key=lambda one: (self._rate(one, start_s, end_s), -one.start_s)).reason if inside else ""

    def _near(self, start_s: float, end_s: float) -> Sequence[Judged]:
        return self._judged[bisect_left(self._starts, start_s - self._longest_s) : bisect_left(self._starts, end_s)]

    @staticmethod
    def _rate(one: Judged, start_s: float, end_s: float) -> float:
        union_s = max(one.end_s, end_s) - min(one.start_s, start_s)
        return _PASSED_OVER + (one.score - _PASSED_OVER) * _shared_s(one, start_s, end_s) / union_s


def _shared_s(one: Judged, start_s: float, end_s: float) -> float:
    return max(0.0, min(one.end_s, end_s) - max(one.start_s, start_s))
