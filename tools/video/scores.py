"""How good a stretch of the source is as a short, from 0 to 1, and the reason in words.

Every feature is a number from 0 to 1 with a weight; features without data are left out and the weights of the rest count for more.
The weights are our own judgement until posted shorts teach better ones.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from statistics import median, pstdev

from tools.video.media import Analysis
from tools.video.units import Unit, clean_words

_WEIGHTS = {
    "opening": 0.20,
    "speech": 0.18,
    "face": 0.14,
    "complete": 0.12,
    "pace": 0.08,
    "content": 0.08,
    "energy": 0.08,
    "motion": 0.05,
    "cuts": 0.04,
    "length": 0.03,
}
_ENERGY_STEP_S, _MOTION_STEP_S = 0.1, 0.5  # what one entry of Analysis.energy_db and Analysis.motion covers
_NUMBER = re.compile(r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|percent)\b", re.I)
# A listener who has not heard what came before cannot place these.
_LEANING = frozenset("and but so because or he she they it this that these those then also which who".split())
_CALLING = frozenset("how why what never always nobody everyone secret mistake imagine best worst stop".split())


def bare(text: str) -> str:
    """A word without case and punctuation."""
    return text.strip(".,!?;:…\"'“”‘’()[]—-").lower()


def opening_strength(text: str) -> float:
    """How well first words catch a stranger, 0 to 1: a question, a number, a direct address; weak when they lean on what came before."""
    words = [bare(word) for word in text.split()]
    if not words:
        return 0.0
    score = 0.4 + 0.35 * ("?" in text) + 0.2 * bool(_NUMBER.search(text)) + 0.2 * bool(_CALLING & set(words))
    score += 0.1 * ("!" in text) + 0.1 * bool({"you", "your"} & set(words))
    return max(0.0, min(1.0, score - 0.35 * (words[0] in _LEANING)))


class Scorer:
    """Scores runs of units of one source. Sums are made once, so that scoring a run costs little however long the source is."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        words = clean_words(analysis.words, analysis.probe.duration_s)
        self._word_starts = [word.start_s for word in words]
        self._spoken = [0.0, *accumulate(word.end_s - word.start_s for word in words)]
        self._face_times = [sample.time_s for sample in analysis.faces]
        self._with_face = [0, *accumulate(bool(sample.boxes) for sample in analysis.faces)]
        self._cut_times = [shot.start_s for shot in analysis.shots][1:]
        self._energy = [0.0, *accumulate(analysis.energy_db)]
        self._motion = [0.0, *accumulate(analysis.motion)]
        self._usual_db = median(analysis.energy_db) if analysis.energy_db else 0.0
        self._usual_motion = median(analysis.motion) if analysis.motion else 0.0
        self._spread_db = max(3.0, 2 * pstdev(analysis.energy_db)) if analysis.energy_db else 3.0
        self._motion_spread = max(2.0, 2 * pstdev(analysis.motion)) if analysis.motion else 2.0

    def score(self, units: Sequence[Unit]) -> float:
        known = self.features(units)
        return sum(_WEIGHTS[name] * value for name, value in known.items()) / sum(_WEIGHTS[name] for name in known)

    def features(self, units: Sequence[Unit]) -> dict[str, float]:
        """The features this source has data for, each 0 to 1."""
        start_s, end_s = units[0].start_s, units[-1].end_s
        duration_s = end_s - start_s
        found = {"length": 1.0 if 18 <= duration_s <= 45 else 0.5}
        if self._word_starts:
            count = bisect_left(self._word_starts, end_s) - bisect_left(self._word_starts, start_s)
            opening = next((" ".join(word.text for word in unit.words) for unit in units if unit.words), "")
            found["opening"] = opening_strength(opening) * (1.0 if units[0].words else 0.5)
            found["speech"] = min(1.0, self._speech_share(start_s, end_s) / 0.75)
            found["pace"] = max(0.0, min(1.0, count / duration_s / 3.0))
            found["content"] = min(1.0, sum(_is_telling(unit) for unit in units) / 3)
            found["complete"] = 0.5 * units[-1].is_sentence + 0.5 * _starts_fresh(units)
        if self._face_times:
            found["face"] = self._face_share(start_s, end_s)
        if self._analysis.energy_db:
            found["energy"] = _around(self._mean(self._energy, start_s, end_s, _ENERGY_STEP_S) - self._usual_db, self._spread_db)
        if self._analysis.motion:
            found["motion"] = _around(self._mean(self._motion, start_s, end_s, _MOTION_STEP_S) - self._usual_motion, self._motion_spread)
        if self._analysis.shots:
            found["cuts"] = min(1.0, self._cuts(start_s, end_s) / duration_s * 10 / 3)
        return found

    def reason(self, units: Sequence[Unit]) -> str:
        """One sentence: the strongest things this stretch has going for it, with their numbers."""
        known = self.features(units)
        start_s, end_s = units[0].start_s, units[-1].end_s
        louder_db = self._mean(self._energy, start_s, end_s, _ENERGY_STEP_S) - self._usual_db if self._analysis.energy_db else 0.0
        phrases = {
            "opening": _opening_phrase(units),
            "speech": f"speech fills {self._speech_share(start_s, end_s):.0%} of it",
            "face": f"a face is in view {known.get('face', 0):.0%} of the time",
            "complete": "it starts and ends with a full sentence" if known.get("complete") == 1 else "",
            "energy": f"the sound is {louder_db:.0f} dB livelier than usual here" if louder_db >= 1 else "",
            "motion": "it moves more than the rest" if known.get("motion", 0) > 0.6 else "",
            "cuts": f"the picture changes {self._cuts(start_s, end_s)} times" if self._cuts(start_s, end_s) > 1 else "",
        }
        gains = {name: _WEIGHTS[name] * value for name, value in known.items() if phrases.get(name) and value >= 0.3}
        said = [phrases[name] for name in sorted(gains, key=lambda name: -gains[name])[:3]]
        missing = "" if self._word_starts else " No words were heard, so it was chosen by picture and sound."
        text = ", ".join(said) or "the most even stretch of this length"
        return f"{text[0].upper()}{text[1:]}.{missing}"

    def _speech_share(self, start_s: float, end_s: float) -> float:
        first, last = bisect_left(self._word_starts, start_s), bisect_left(self._word_starts, end_s)
        return min(1.0, (self._spoken[last] - self._spoken[first]) / (end_s - start_s))

    def _face_share(self, start_s: float, end_s: float) -> float:
        first, last = bisect_left(self._face_times, start_s), bisect_left(self._face_times, end_s)
        return (self._with_face[last] - self._with_face[first]) / max(1, last - first)

    def _cuts(self, start_s: float, end_s: float) -> int:
        return bisect_left(self._cut_times, end_s) - bisect_left(self._cut_times, start_s + 0.1)

    def _mean(self, sums: Sequence[float], start_s: float, end_s: float, step_s: float) -> float:
        most = len(sums) - 1
        first = min(int(start_s / step_s), most - 1)
        last = max(first + 1, min(int(end_s / step_s), most))
        return (sums[last] - sums[first]) / (last - first)


def _opening_phrase(units: Sequence[Unit]) -> str:
    opening = next((" ".join(word.text for word in unit.words) for unit in units if unit.words), "")
    if not opening or opening_strength(opening) < 0.5:
        return ""
    if "?" in opening:
        return "it opens with a question"
    return "it opens with a number" if _NUMBER.search(opening) else "it opens with words that call to the viewer"


def _starts_fresh(units: Sequence[Unit]) -> bool:
    first = units[0].words
    return bool(first) and bare(first[0].text) not in _LEANING and first[0].text[:1] == first[0].text[:1].upper()


def _is_telling(unit: Unit) -> bool:
    text = " ".join(word.text for word in unit.words)
    return "?" in text or bool(_NUMBER.search(text))


def _around(difference: float, scale: float) -> float:
    """0.5 at the usual level, 1 at `scale` above it, 0 at `scale` below."""
    return max(0.0, min(1.0, 0.5 + difference / (2 * scale)))
