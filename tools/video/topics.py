"""Where a source speaks of what the owner named: by the words themselves and their stems, and by what a model says a part is about."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from memory.errors import InputError
from tools.video.catching import bare
from tools.video.judgement import Judged, is_mostly_in
from tools.video.media import Word

_MEANT = 0.8  # the fit of what a model says is about it
_ENOUGH_HITS = 4  # a moment that says its topic this often is about it
_FEWEST_LETTERS = 5  # of a stem that may be the beginning of a longer word: "invest" finds "investment", "cat" not "category"
_ENDINGS = (("sses", "ss"), ("ies", "y"), ("ing", ""), ("edly", ""), ("ed", ""), ("ly", ""), ("es", "e"), ("s", ""))
_SAID_ANYWAY = frozenset(
    "the and but that this those these with from have has had was were will would could should there their they them then than what when "
    "where which who whom whose why how you your yours our ours for not are is its it's i'm don't can't just like know think really very "
    "about into out over some any all one two more most much many also because been being did does doing done get got going gonna here "
    "him his her hers she he we us me my mine let let's make made well yeah yes okay right thing things something want way say said see "
    "come came even every other only still take time lot kind sort actually basically".split()
)


class Topic:
    """The times at which the words of a topic are said."""

    def __init__(self, topic: str, words: Sequence[Word], judged: Sequence[Judged] = ()) -> None:
        """Look the topic up in the words heard.

        Raises:
            InputError: Nothing was heard, the topic has no word to look for, or none of them was said; names what was heard instead.
        """
        wanted = {stem(word): bare(word) for word in topic.split() if bare(word)}
        telling = {root: word for root, word in wanted.items() if word not in _SAID_ANYWAY} or wanted
        if not telling:
            raise InputError(f"The topic {topic!r} has no word to look for.", hint="Name it in a word or two, like: about dogs.")
        if not words:
            raise InputError(f"No words were heard in this video, so nothing about {topic!r} can be found.", hint="Leave the topic out.")
        rooted = [(word.start_s, stem(word.text)) for word in words]
        self._times = {said: [at_s for at_s, root in rooted if _is_same(root, wanted_root)] for wanted_root, said in telling.items()}
        self._meant = [one for one in judged if _is_about(one, telling)]
        if not any(self._times.values()) and not self._meant:
            often = ", ".join(common_words(words)) or "none that stand out"
            raise InputError(f"Nobody says anything about {topic!r} in it. Said most: {often}.", hint="Name one of these, or no topic.")

    def fit(self, start_s: float, end_s: float) -> float:
        """How much a stretch is about the topic, 0 (not a word of it) to 1."""
        hits = self.hits(start_s, end_s)
        said = 0.6 * len(hits) / len(self._times) + 0.4 * min(1.0, sum(hits.values()) / _ENOUGH_HITS)
        return max(said, _MEANT if self._is_meant(start_s, end_s) else 0.0)

    def hits(self, start_s: float, end_s: float) -> dict[str, int]:
        """How often each word of the topic is said between two times; words that are not said are left out."""
        found = {said: bisect_left(times, end_s) - bisect_left(times, start_s) for said, times in self._times.items()}
        return {said: count for said, count in found.items() if count}

    def reason(self, start_s: float, end_s: float) -> str:
        hits = self.hits(start_s, end_s)
        if not hits:
            return f"The model says it is about {', '.join(self._times)}."
        return "It says " + ", ".join(f'"{said}"' if count == 1 else f'"{said}" {count} times' for said, count in hits.items()) + "."

    def _is_meant(self, start_s: float, end_s: float) -> bool:
        return any(is_mostly_in(one, start_s, end_s) for one in self._meant)


def stem(text: str) -> str:
    """A word without case, punctuation and the usual English endings: "Dogs'" and "dog" are one."""
    word = bare(text).replace("’", "'").removesuffix("'s").strip("'")
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 3 and not (ending == "s" and word.endswith("ss")):
            word = word.removesuffix(ending) + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]  # running, run
    return word.removesuffix("e") if len(word) > 3 else word


def common_words(words: Sequence[Word], most: int = 5) -> list[str]:
    """The telling words said most, for an owner who has to name one."""
    said = Counter(bare(word.text) for word in words)
    telling = [(word, count) for word, count in said.items() if len(word) > 3 and word not in _SAID_ANYWAY and word.isalpha()]
    return [word for word, _ in sorted(telling, key=lambda one: (-one[1], one[0]))[:most]]


def _is_about(one: Judged, telling: Mapping[str, str]) -> bool:
    """Whether a model's key words have every telling word of a topic."""
    roots = {stem(word) for word in one.about.split()}
    return all(any(_is_same(root, wanted) for root in roots) for wanted in telling)


def _is_same(said: str, wanted: str) -> bool:
    if said == wanted:
        return True
    short, long = sorted((said, wanted), key=len)
    return len(short) >= _FEWEST_LETTERS and long.startswith(short)
