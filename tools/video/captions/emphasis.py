"""Which word of a caption carries the weight: a number, a strong word, capitals in a text of small letters, a long rare word."""

from collections.abc import Sequence
from dataclasses import replace

from tools.video.catching import bare
from tools.video.timeline import CueWord

STRONG = frozenset(
    "never always nobody everybody everyone nothing everything secret truth lie lies dead death kill die money rich poor free million "
    "billion thousand hundred zero first last best worst biggest fastest only must stop wrong right win lose lost love hate fear danger "
    "dangerous impossible incredible insane crazy huge massive shocking mistake mistakes proof power powerful success fail failed failure "
    "forever suddenly exactly literally guaranteed warning illegal war peace god hell amazing unbelievable terrible perfect broke "
    # Spanish, Portuguese, French, German, Italian
    "nunca siempre nadie todo nada secreto verdad dinero gratis millón mejor peor increíble imposible sempre ninguém segredo verdade "
    "dinheiro jamais toujours personne rien argent gratuit meilleur pire incroyable impossible nie immer niemand alles nichts geheimnis "
    "wahrheit geld kostenlos beste schlimmste unglaublich unmöglich mai nessuno tutto niente segreto verità soldi migliore".split()
)
_WEAK = frozenset(
    "something sometimes somebody everywhere themselves ourselves yourselves yesterday basically actually probably especially different "
    "together important remember interesting beautiful understand through although because between without another business".split()
)
_LONG = 9  # letters of a word that is likely to be a rare one


def emphasised(words: Sequence[CueWord]) -> list[CueWord]:
    """The words of one cue, at most one of them marked; none is when none stands out."""
    shouted = sum(_is_shouted(word.text) for word in words)
    weights = [_weight(word.text, is_usual=shouted > 1) for word in words]
    best = max(weights, default=0.0)
    if best <= 0:
        return [replace(word, is_emphasised=False) for word in words]
    chosen = weights.index(best)
    return [replace(word, is_emphasised=index == chosen) for index, word in enumerate(words)]


def _weight(text: str, *, is_usual: bool) -> float:
    word = bare(text)
    if any(char.isdigit() for char in text):
        return 4.0 if any(sign in text for sign in "%$€£¥₹") or sum(char.isdigit() for char in text) > 1 else 3.0
    if word in STRONG:
        return 3.5
    if _is_shouted(text) and not is_usual:
        return 2.5
    if len(word) >= _LONG and word.isalpha() and word.isascii() and word not in _WEAK:
        return 1.0 + len(word) / 100
    return 0.0


def _is_shouted(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 3 and all(char.isupper() for char in letters)
