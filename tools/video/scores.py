"""How good a run of units is as a short, from 0 to 1, and the reason in words.

Every feature is a number from 0 to 1 with a weight; features without data are left out and the weights of the rest count for more.
The weights are our own judgement until posted shorts teach better ones.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from statistics import median, pstdev

from tools.video.catching import asks, bare, counts, opening_strength, starts_fresh
from tools.video.media import Analysis, SoundEvent
from tools.video.units import CROWD, Unit, clean_words

__all__ = ["Scorer", "bare", "opening_strength"]

_WEIGHTS = {
    "opening": 0.20,
    "speech": 0.18,
    "face": 0.14,
    "complete": 0.12,
    "crowd": 0.10,
    "pace": 0.08,
    "content": 0.08,
    "energy": 0.08,
    "motion": 0.05,
    "cuts": 0.04,
    "length": 0.03,
}
_REMARKABLE = {"crowd": 3.0, "opening": 1.5}  # rarer, so said before what weighs as much
_ENERGY_STEP_S, _MOTION_STEP_S = 0.1, 0.5  # what one entry of Analysis.energy_db and Analysis.motion covers
_OPENING_WORDS = 20
_MUCH_CROWD_S = 3.0  # laughter and applause of a moment that could not be better received


class Scorer:
    """Scores runs of the units of one source: `first` and `last` are indices into them, both included.

    Sums are made once, so that scoring a run takes microseconds however long the run and the source are.
    """

    def __init__(self, analysis: Analysis, units: Sequence[Unit]) -> None:
        self._analysis, self._units = analysis, units
        words = clean_words(analysis.words, analysis.probe.duration_s)
        self._word_starts = [word.start_s for word in words]
        self._spoken = [0.0, *accumulate(word.end_s - word.start_s for word in words)]
        self._face_times = [sample.time_s for sample in analysis.faces]
        self._with_face = [0, *accumulate(bool(sample.boxes) for sample in analysis.faces)]
        self._cut_times = [shot.start_s for shot in analysis.shots][1:]
        self._crowd = [event for event in analysis.sounds if event.kind in CROWD]
        self._crowd_starts = [event.start_s for event in self._crowd]
        self._crowd_s = [0.0, *accumulate((event.end_s - event.start_s) * event.score for event in self._crowd)]
        self._energy, self._usual_db, self._spread_db = _levels(analysis.energy_db, 3.0)
        self._motion, self._usual_motion, self._motion_spread = _levels(analysis.motion, 2.0)
        texts = [" ".join(word.text for word in unit.words) for unit in units]
        self._questions = [0, *accumulate(asks(text) for text in texts)]
        self._numbers = [0, *accumulate(counts(text) for text in texts)]
        self._opening_texts = _opening_texts(units, texts)
        self._openings = [opening_strength(text) for text in self._opening_texts]
        self._fresh = [starts_fresh(unit.words) for unit in units]
        self._next_spoken = _next_spoken(units)

    def score(self, first: int, last: int) -> float:
        known = self.features(first, last)
        return sum(_WEIGHTS[name] * value for name, value in known.items()) / sum(_WEIGHTS[name] for name in known)

    def features(self, first: int, last: int) -> dict[str, float]:
        """The features this source has data for, each 0 to 1."""
        start_s, end_s = self._units[first].start_s, self._units[last].end_s
        duration_s = end_s - start_s
        found = {"length": 1.0 if 18 <= duration_s <= 45 else 0.5}
        if self._word_starts:
            found |= self._of_speech(first, last)
        if self._face_times:
            found["face"] = self._face_share(start_s, end_s)
        if self._crowd:
            found["crowd"] = min(1.0, self._crowd_between(start_s, end_s) / _MUCH_CROWD_S)
        if self._analysis.energy_db:
            found["energy"] = _around(_mean(self._energy, start_s, end_s, _ENERGY_STEP_S) - self._usual_db, self._spread_db)
        if self._analysis.motion:
            found["motion"] = _around(_mean(self._motion, start_s, end_s, _MOTION_STEP_S) - self._usual_motion, self._motion_spread)
        if self._analysis.shots:
            found["cuts"] = min(1.0, self._cuts(start_s, end_s) / duration_s * 10 / 3)
        return found

    def reason(self, first: int, last: int) -> str:
        """One sentence: the strongest things this stretch has going for it, with their numbers."""
        known, phrases = self.features(first, last), self._phrases(first, last)
        gains = {name: _WEIGHTS[name] * value for name, value in known.items() if phrases.get(name) and value >= 0.3}
        said = [phrases[name] for name in sorted(gains, key=lambda name: -gains[name] * _REMARKABLE.get(name, 1.0))[:3]]
        missing = "" if self._word_starts else " No words were heard, so it was chosen by picture and sound."
        text = ", ".join(said) or "the most even stretch of this length"
        return f"{text[0].upper()}{text[1:]}.{missing}"

    def _of_speech(self, first: int, last: int) -> dict[str, float]:
        start_s, end_s = self._units[first].start_s, self._units[last].end_s
        count = bisect_left(self._word_starts, end_s) - bisect_left(self._word_starts, start_s)
        spoken = self._next_spoken[first]
        opening = self._openings[spoken] if spoken <= last else 0.0
        telling = self._between(self._questions, first, last) + self._between(self._numbers, first, last)
        return {
            "opening": opening * (1.0 if spoken == first else 0.5),
            "speech": min(1.0, self._speech_share(start_s, end_s) / 0.75),
            "pace": max(0.0, min(1.0, count / (end_s - start_s) / 3.0)),
            "content": min(1.0, telling / 3),
            "complete": 0.5 * self._units[last].is_sentence + 0.5 * (self._fresh[first] and self._units[first].opens),
        }

    def _phrases(self, first: int, last: int) -> dict[str, str]:
        start_s, end_s = self._units[first].start_s, self._units[last].end_s
        louder_db = _mean(self._energy, start_s, end_s, _ENERGY_STEP_S) - self._usual_db if self._analysis.energy_db else 0.0
        known = self.features(first, last)
        return {
            "opening": self._opening_phrase(first, last),
            "speech": f"speech fills {self._speech_share(start_s, end_s):.0%} of it",
            "face": f"a face is in view {known.get('face', 0):.0%} of the time",
            "complete": "it starts and ends with a full sentence" if known.get("complete") == 1 else "",
            "crowd": self._crowd_phrase(start_s, end_s),
            "content": self._content_phrase(first, last),
            "energy": f"the sound is {louder_db:.0f} dB livelier than usual here" if louder_db >= 1 else "",
            "motion": "it moves more than the rest" if known.get("motion", 0) > 0.6 else "",
            "cuts": f"the picture changes {self._cuts(start_s, end_s)} times" if self._cuts(start_s, end_s) > 1 else "",
        }

    def _opening_phrase(self, first: int, last: int) -> str:
        spoken = self._next_spoken[first]
        if spoken > last or self._openings[spoken] < 0.5:
            return ""
        if asks(self._opening_texts[spoken]):
            return "it opens with a question"
        return "it opens with a number" if counts(self._opening_texts[spoken]) else "it opens with words that call to the viewer"

    def _content_phrase(self, first: int, last: int) -> str:
        questions, numbers = self._between(self._questions, first, last), self._between(self._numbers, first, last)
        parts = [f"{_times(questions, 'question')}"] * (questions > 0) + [f"{_times(numbers, 'sentence')} with a number"] * (numbers > 0)
        return f"it has {' and '.join(parts)}" if parts else ""

    def _crowd_phrase(self, start_s: float, end_s: float) -> str:
        heard = self._events(start_s, end_s)
        kinds = [kind for kind in CROWD if any(event.kind == kind for event in heard)]
        return f"there is {' and '.join(kinds)} in it" if kinds else ""

    def _events(self, start_s: float, end_s: float) -> Sequence[SoundEvent]:
        return self._crowd[bisect_left(self._crowd_starts, start_s) : bisect_left(self._crowd_starts, end_s)]

    def _crowd_between(self, start_s: float, end_s: float) -> float:
        first, last = bisect_left(self._crowd_starts, start_s), bisect_left(self._crowd_starts, end_s)
        return self._crowd_s[last] - self._crowd_s[first]

    def _speech_share(self, start_s: float, end_s: float) -> float:
        first, last = bisect_left(self._word_starts, start_s), bisect_left(self._word_starts, end_s)
        return min(1.0, (self._spoken[last] - self._spoken[first]) / (end_s - start_s))

    def _face_share(self, start_s: float, end_s: float) -> float:
        first, last = bisect_left(self._face_times, start_s), bisect_left(self._face_times, end_s)
        return (self._with_face[last] - self._with_face[first]) / max(1, last - first)

    def _cuts(self, start_s: float, end_s: float) -> int:
        return bisect_left(self._cut_times, end_s) - bisect_left(self._cut_times, start_s + 0.1)

    @staticmethod
    def _between(sums: Sequence[int], first: int, last: int) -> int:
        return sums[last + 1] - sums[first]


def _levels(values: Sequence[float], least_spread: float) -> tuple[list[float], float, float]:
    """Running sums, the usual value, and how far from it is much."""
    sums = [0.0, *accumulate(values)]
    return (sums, median(values), max(least_spread, 2 * pstdev(values))) if values else (sums, 0.0, least_spread)


def _mean(sums: Sequence[float], start_s: float, end_s: float, step_s: float) -> float:
    most = len(sums) - 1
    first = min(int(start_s / step_s), most - 1)
    last = max(first + 1, min(int(end_s / step_s), most))
    return (sums[last] - sums[first]) / (last - first)


def _next_spoken(units: Sequence[Unit]) -> list[int]:
    """For every unit the index of the first one from it on that has words."""
    found = [len(units)] * (len(units) + 1)
    for index in range(len(units) - 1, -1, -1):
        found[index] = index if units[index].words else found[index + 1]
    return found


def _opening_texts(units: Sequence[Unit], texts: Sequence[str]) -> list[str]:
    """For every unit what a viewer hears first there: up to the end of the sentence, or `_OPENING_WORDS` words."""
    found = list(texts)
    for index in range(len(units) - 2, -1, -1):
        if texts[index] and not units[index].is_sentence:
            found[index] = " ".join(f"{texts[index]} {found[index + 1]}".split()[:_OPENING_WORDS])
    return found


def _times(count: int, what: str) -> str:
    return f"a {what}" if count == 1 else f"{count} {what}s"


def _around(difference: float, scale: float) -> float:
    """0.5 at the usual level, 1 at `scale` above it, 0 at `scale` below."""
    return max(0.0, min(1.0, 0.5 + difference / (2 * scale)))
