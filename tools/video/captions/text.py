"""What may be shown of any text: one printable line, with nothing in it that the caption format would obey."""

import re
import unicodedata
from functools import lru_cache

# Pictographs: the emoji blocks, the dingbats and symbols that are shown as emoji, keycaps, flags; joiners and selectors between them.
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U0001f1e6-\U0001f1ff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u3030\u303d\u3297\u3299\u24c2]"
    "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    "(?:\u200d[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
_SELECTORS = re.compile("[\ufe0e\ufe0f\u20e3]")
_MOST_MARKS = 3  # over or under one letter: no language stacks more, and a tower of them would leave its place
_MOST_CHARACTERS = 2000  # of one word; more was never said


def plain(text: str) -> str:
    """One line of printable text: line breaks and tabs become spaces, control and formatting characters go.

    The joiners stay where a script or an emoji needs them.
    """
    spaced = " ".join(text[:_MOST_CHARACTERS].split())
    return " ".join("".join(char for at, char in enumerate(spaced) if char == " " or _is_kept(spaced, at)).split())


def _is_kept(text: str, at: int) -> bool:
    char = text[at]
    if char in "\u200c\u200d":
        return 0 < at < len(text) - 1 and _joins(text[at - 1]) and _joins(text[at + 1])
    if at >= _MOST_MARKS and all(unicodedata.category(one) == "Mn" for one in text[at - _MOST_MARKS : at + 1]):
        return False
    return not unicodedata.category(char).startswith("C")


def _joins(char: str) -> bool:
    """Letters of scripts that use joiners (Arabic to Malayalam), and parts of an emoji."""
    return 0x0600 <= ord(char) <= 0x0DFF or ord(char) >= 0x2300 or char == "\ufe0f"


def escape(text: str) -> str:
    """Text that ASS shows as it is: no override block, no line break command. A backslash, which ASS cannot write, becomes a slash."""
    return plain(text).replace("\\", "/").replace("{", r"\{").replace("}", r"\}")


def emoji_in(text: str) -> list[str]:
    """The emoji of a text in order, each with its joiners, skin tones and selectors."""
    return [found for found in _EMOJI.findall(text) if not found.isascii()]


@lru_cache(maxsize=10_000)
def without_emoji(text: str) -> str:
    """The text that is drawn with a font: emoji are pictures of their own."""
    return " ".join(_SELECTORS.sub("", _EMOJI.sub(" ", text)).split()) if not text.isascii() else text


def is_rtl(text: str) -> bool | None:
    """Whether the first strong letter is written from right to left; None without one. Source: Unicode Annex 9, rule P2."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return None


def visual_order(words: list[str], *, rtl: bool) -> list[int]:
    """The indices of a line's words from left to right. `rtl`: the paragraph runs from right to left.

    Source: Unicode Annex 9, with words as the units: a number belongs to the run before it, runs against the paragraph's direction turn.
    """
    directions: list[bool] = []
    for word in words:
        own = is_rtl(word)
        directions.append(own if own is not None else (directions[-1] if directions else rtl))
    order: list[int] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and directions[end] == directions[at]:
            end += 1
        run = list(range(at, end))
        order += run if directions[at] == rtl else run[::-1]  # a run of the paragraph's own direction keeps its order for now
        at = end
    return order[::-1] if rtl else order
