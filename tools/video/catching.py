"""What a stranger's ear catches in words: questions, numbers, calls; and words that lean on what came before."""

import re
from collections.abc import Sequence

from tools.video.media import Word

_NUMBER = re.compile(r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|percent)\b", re.I)
# A listener who has not heard what came before cannot place these.
_LEANING = frozenset("and but so because or he she they it this that these those then also which who".split())
_CALLING = frozenset("how why what never always nobody everyone secret mistake imagine best worst stop".split())


def bare(text: str) -> str:
    """A word without case and punctuation."""
    return text.strip(".,!?;:…\"'“”‘’()[]—-").lower()


def asks(text: str) -> bool:
    return "?" in text or "？" in text


def counts(text: str) -> bool:
    """Whether a number is named."""
    return bool(_NUMBER.search(text))


def starts_fresh(words: Sequence[Word]) -> bool:
    """Whether these words begin like a sentence that needs nothing before it."""
    return bool(words) and bare(words[0].text) not in _LEANING and words[0].text[:1] == words[0].text[:1].upper()


def opening_strength(text: str) -> float:
    """How well first words catch a stranger, 0 to 1: a question, a number, a direct address; weak when they lean on what came before."""
    words = [bare(word) for word in text.split()]
    if not words:
        return 0.0
    score = 0.4 + 0.35 * asks(text) + 0.2 * counts(text) + 0.2 * bool(_CALLING & set(words))
    score += 0.1 * ("!" in text) + 0.1 * bool({"you", "your"} & set(words))
    return max(0.0, min(1.0, score - 0.35 * (words[0] in _LEANING)))
