"""How words are to be written: names, brands and terms that a recogniser spells by ear."""

from collections.abc import Sequence
from itertools import pairwise

from tools.video.media import Word

_EDGES = ".,!?;:…\"'“”‘’«»()[]—–-"


def write_as(words: Sequence[Word], dictionary: Sequence[tuple[str, str]]) -> list[Word]:
    """The words with every heard phrase of the dictionary written as it says; case does not count, the longest phrase wins.

    The new words share the time of the old ones by their length. Punctuation around a phrase stays; one shown as nothing is left out.
    """
    entries = {tuple(_bare(part) for part in heard.split()): shown.split() for heard, shown in dictionary if heard.strip()}
    longest = max(map(len, entries), default=0)
    heard = [_bare(word.text) for word in words]
    written: list[Word] = []
    at = 0
    while at < len(words):
        length = next((n for n in range(min(longest, len(words) - at), 0, -1) if tuple(heard[at : at + n]) in entries), 0)
        if length:
            written += _replaced(words[at : at + length], entries[tuple(heard[at : at + length])])
        else:
            written.append(words[at])
        at += length or 1
    return written


def _replaced(old: Sequence[Word], texts: Sequence[str]) -> list[Word]:
    if not texts:
        return []
    first, last = old[0].text, old[-1].text
    before, after = first[: len(first) - len(first.lstrip(_EDGES))], last[len(last.rstrip(_EDGES)) :]
    shown = list(texts)
    if not shown[-1].endswith(tuple(_EDGES)):
        shown[-1] += after
    shown[0] = before + shown[0]
    bounds = shares(old[0].start_s, old[-1].end_s, shown)
    return [Word(text, start_s, end_s) for text, (start_s, end_s) in zip(shown, bounds, strict=True)]


def shares(start: float, end: float, texts: Sequence[str]) -> list[tuple[float, float]]:
    """A stretch of time divided among texts by their length."""
    weights = [len(text) + 1 for text in texts]
    total, bounds = sum(weights), [start]
    for index in range(len(weights)):
        bounds.append(start + (end - start) * sum(weights[: index + 1]) / total)
    return list(pairwise(bounds))


def _bare(text: str) -> str:
    return text.casefold().replace("’", "'").strip(_EDGES)
