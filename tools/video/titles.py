"""The hook title: a strong clause of the moment's own words, never an invented one, laid out for the top of the picture."""

import re
from collections.abc import Iterator, Sequence

from tools.video.additions import Brand
from tools.video.captions.title import break_title
from tools.video.catching import bare, opening_strength
from tools.video.fillers import find_fillers
from tools.video.media import Word
from tools.video.timeline import HookTitle, to_ticks

MOST_CHARACTERS = 60
_FEWEST = 12
_LONGEST_S = 2.8
_CLAUSE = re.compile(r"(?<=[.!?;:,—…])\s+")
_LINKING = re.compile(r"^(?:(?:and|but|or|because)\b,?|(?:so|then|well|now),) +", re.I)  # ties a clause to one that the title leaves out
_DANGLING = frozenset("a an the of to in on at for with and or but is was were by from as that".split())


def hook_title(words: Sequence[Word], hint: str = "") -> str:
    """The catchiest clause among the first words, at most 60 characters; `hint`, shortened, when nothing was said."""
    fillers = find_fillers(words)
    text = " ".join(word.text for index, word in enumerate(words) if index not in fillers)
    sentences = re.split(r"(?<=[.!?…])\s+", text)[:6]
    if not text.strip():
        return shorten(hint)
    candidates = [(index, clause) for index, sentence in enumerate(sentences) for clause in _clauses(sentence)]
    _, best = max(candidates, key=lambda candidate: _catchiness(candidate[1], candidate[0]))
    return shorten(best)


def shorten(text: str) -> str:
    """At most 60 characters, cut between words and marked with an ellipsis when cut; end punctuation other than ? and ! goes."""
    clean = " ".join(text.split())
    if len(clean) <= MOST_CHARACTERS:
        clean = clean.rstrip(".,;:—- ")
        return clean[:1].upper() + clean[1:]
    kept = clean[: MOST_CHARACTERS - 1].rsplit(" ", 1)[0].split(" ")
    while len(kept) > 2 and bare(kept[-1]) in _DANGLING:
        kept.pop()
    cut = " ".join(kept).rstrip(".,;:—- ") + "…"
    return cut[:1].upper() + cut[1:]


def lay_out(title: str, duration_s: float, frame: tuple[int, int] = (1080, 1920), brand: Brand | None = None) -> HookTitle | None:
    """Break a title into lines at the largest size that fits the frame; None when there is nothing to show."""
    broken = break_title(title, frame, brand)
    if broken is None:
        return None
    return HookTitle(broken.lines, 0, to_ticks(min(_LONGEST_S, duration_s)), broken.size_px)


def _clauses(sentence: str) -> list[str]:
    """A sentence that fits as a whole, and its runs of clauses that fit."""
    parts = _CLAUSE.split(sentence)
    runs = [_LINKING.sub("", run) for first in range(len(parts)) for run in _runs_from(parts[first:])]
    fitting = [run for run in runs if _FEWEST <= len(run) <= MOST_CHARACTERS]
    return fitting or [sentence]


def _runs_from(parts: Sequence[str]) -> Iterator[str]:
    """The first part, the first two, and so on, up to what is longer than a title with its linking word."""
    run = ""
    for part in parts:
        run = f"{run} {part}".strip()
        if len(run) > MOST_CHARACTERS + 10:
            return
        yield run


def _catchiness(clause: str, sentence_index: int) -> tuple[float, int]:
    """Catching words first; whole and early clauses before others; longer before shorter among equals."""
    fits = len(clause) <= MOST_CHARACTERS
    ends = clause.endswith((".", "!", "?"))
    return opening_strength(clause) + 0.3 * fits + 0.15 * ends - 0.1 * sentence_index, len(clause)
