"""Which titles tell the same story. Brute force with rapidfuzz: at 10,000 titles it beats hashing schemes in recall and nearly in time."""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

SAME = 85  # rapidfuzz ratio of two keys from which they count as one story; 0.99 of planted near-copies are found at it
_CHUNK = 256

# Two texts of lengths a <= b share at most 2a/(a+b) of their characters, so at a ratio of 85 % the longer one has at most this
# many times the length of the shorter one: (2 - 0.85) / 0.85. Nothing outside that window needs to be compared.
_LONGER = (200 - SAME) / SAME

_Leader = tuple[int, str]


def group_keys(keys: Iterable[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Map each topic key to the key of its group.

    Keys with different numbers are never one story ("Python 3.14" and "Python 3.15"). A group forms around one key and every
    member is at least `SAME` like that one, so groups do not grow by chains. `known` keys come first as such centres; otherwise
    the shortest key is the centre, whatever the order of the input.
    """
    leaders: dict[frozenset[str], list[_Leader]] = {}
    for key in sorted(set(known) - {""}):
        leaders.setdefault(_numbers(key), []).append((len(key), key))
    for ranked in leaders.values():
        ranked.sort()
    parts: dict[frozenset[str], list[str]] = {}
    for key in sorted(set(keys) - {""}, key=lambda key: (len(key), key)):
        parts.setdefault(_numbers(key), []).append(key)
    groups: dict[str, str] = {}
    for numbers, part in parts.items():
        for start in range(0, len(part), _CHUNK):
            groups |= _group_chunk(part[start : start + _CHUNK], leaders.setdefault(numbers, []))
    return groups


def _group_chunk(keys: Sequence[str], leaders: list[_Leader]) -> dict[str, str]:
    """Group keys sorted by length; those that are like no leader yet are compared among themselves. Adds to `leaders`."""
    low = bisect_left(leaders, (int(len(keys[0]) / _LONGER), ""))
    high = bisect_right(leaders, (int(len(keys[-1]) * _LONGER) + 1, ""))
    nearest = _nearest(keys, [key for _, key in leaders[low:high]])
    rest = [key for key in keys if key not in nearest]
    among = _first_like(rest)
    for key in dict.fromkeys(among.values()):
        insort(leaders, (len(key), key))
    return nearest | among


def _nearest(keys: Sequence[str], choices: Sequence[str]) -> dict[str, str]:
    """For each key that is like a choice, the most similar one."""
    if not choices:
        return {}
    similarity = _similarity(keys, choices)
    best = similarity.argmax(axis=1)
    return {key: choices[best[row]] for row, key in enumerate(keys) if similarity[row, best[row]] >= SAME}


def _first_like(keys: Sequence[str]) -> dict[str, str]:
    """Each key takes in those after it that are like it and were not taken in before."""
    if len(keys) < 2:
        return {key: key for key in keys}
    similarity = _similarity(keys, keys)
    leader: dict[str, str] = {}
    for row, key in enumerate(keys):
        if key in leader:
            continue
        for column in (similarity[row] >= SAME).nonzero()[0]:
            leader.setdefault(keys[column], key)
    return leader


def _similarity(keys: Sequence[str], choices: Sequence[str]):  # type: ignore[no-untyped-def]  # numpy stays a late import
    import numpy as np
    from rapidfuzz import fuzz, process

    return process.cdist(keys, choices, scorer=fuzz.ratio, score_cutoff=SAME, dtype=np.uint8, workers=2)


def _numbers(key: str) -> frozenset[str]:
    """The words of a key that hold a digit."""
    return frozenset(word for word in key.split() if re.search(r"\d", word))
