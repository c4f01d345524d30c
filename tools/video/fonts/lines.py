"""Breaking words into lines with the real fonts, also where a script writes no spaces.

Source of the rules for East Asian text: JIS X 4051 and the W3C note "Requirements for Japanese Text Layout", 3.1.7 (what may not begin a
line) and 3.1.8 (what may not end one).
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from tools.video.fonts.measure import is_japanese, width_px
from tools.video.fonts.registry import Font

NOT_FIRST = frozenset("、。，．・：；？！）］｝〕〉》」』】〙〗ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻‐゠–〜…‥,.!?;:)]}»”’%％℃°")
NOT_LAST = frozenset("（［｛〔〈《「『【〘〖([{«“‘¿¡$€£¥￥＄#＃")
_WIDE = ((0x3000, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFF65))
_SMALL_KANA = frozenset("ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻")


def is_wide(char: str) -> bool:
    """A character of a script that is written without spaces between words and may break nearly anywhere: Han and kana."""
    code = ord(char)
    return (
        0x3000 <= code <= 0x30FF
        or 0x31F0 <= code <= 0x31FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFF65
    )


def joined(words: Sequence[str]) -> str:
    """Words as one line of text: a space between them, none between Chinese or Japanese ones."""
    text = ""
    for word in words:
        text += word if not text or not word or (is_wide(text[-1]) and is_wide(word[0])) else f" {word}"
    return text


def is_spaced(left: str, right: str) -> bool:
    """A space stands between these two words."""
    return not (left and right and is_wide(left[-1]) and is_wide(right[0]))


def split_units(text: str) -> list[str]:
    """A heard word of Chinese or Japanese in units of about a word, each with its punctuation; any other word as it is.

    A unit begins where Han follows kana (a new stem after its ending) and where katakana begins or ends; a long one is parted evenly.
    """
    if not any(is_wide(char) for char in text):
        return [text]
    units: list[str] = []
    for char in text:
        if units and _stays(units[-1][-1], char):
            units[-1] += char
        else:
            units.append(char)
    return [part for unit in units for part in _even_parts(unit)]


def _stays(last: str, char: str) -> bool:
    if char in NOT_FIRST or last in NOT_LAST or unicodedata.combining(char):
        return True
    if last in NOT_FIRST - _SMALL_KANA or char in NOT_LAST:
        return False
    before, after = _kind(last), _kind(char)
    return before == after or (before, after) == ("han", "hiragana")


def _even_parts(unit: str) -> list[str]:
    """A unit in parts of at most about a word's length, none beginning with what may not begin a line."""
    kinds = {_kind(char) for char in unit if char not in NOT_FIRST or char in _SMALL_KANA}
    longest = 12 if kinds <= {"katakana", "other"} else 6 if "hiragana" in kinds else 4
    letters = len([char for char in unit if char not in NOT_FIRST or char in _SMALL_KANA])
    count = -(-letters // longest)
    if count < 2:
        return [unit]
    cuts = [round(letters * index / count) for index in range(1, count)]
    cuts = [at for at in cuts if unit[at] not in NOT_FIRST and unit[at - 1] not in NOT_LAST]
    return [unit[first:last] for first, last in pairwise([0, *cuts, len(unit)])]


def _kind(char: str) -> str:
    code = ord(char)
    if 0x3041 <= code <= 0x309F:
        return "hiragana"
    if 0x30A0 <= code <= 0x30FF or 0x31F0 <= code <= 0x31FF:
        return "katakana"
    return "han" if is_wide(char) else "other"


def split_wide(text: str, font: Font, em_px: float, most_px: float) -> list[str]:
    """A word too wide for a line in parts that fit, cut between letters with their marks; a word that fits as it is."""
    japanese = is_japanese(text)
    if width_px(text, font, em_px, japanese=japanese) <= most_px:
        return [text]
    parts = [""]
    for cluster in _clusters(text):
        if parts[-1] and width_px(parts[-1] + cluster, font, em_px, japanese=japanese) > most_px:
            parts.append("")
        parts[-1] += cluster
    return parts


def _clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for char in text:
        if clusters and (unicodedata.category(char).startswith("M") or char in "\u200c\u200d" or clusters[-1][-1] == "\u200d"):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def break_lines(words: Sequence[str], font: Font, em_px: float, most_px: float, gap_px: float = 0.0) -> list[list[str]]:
    """Words in as few lines as the width allows, the lines as even as possible; a word wider than `most_px` stands alone.

    `gap_px` is added to each space between words.
    """
    japanese = is_japanese("".join(words))
    space_px = font.width_px(" ", em_px) + gap_px
    widths = [width_px(word, font, em_px, japanese=japanese) for word in words]
    gaps = [space_px if is_spaced(left, right) else 0.0 for left, right in pairwise(words)]
    groups = _parted(_glued(words), widths, gaps, most_px)
    starts = _greedy(groups, widths, gaps, most_px)
    narrow = most_px
    while narrow > 40:  # the narrowest width that gives the same number of lines gives the most even ones
        narrow -= 20
        tried = _greedy(groups, widths, gaps, narrow)
        if len(tried) > len(starts):
            break
        starts = tried
    return [list(words[first:end]) for first, end in pairwise([*starts, len(words)])]


def _glued(words: Sequence[str]) -> list[range]:
    """Words with those a line may not part them from: closing signs with what they close, opening ones with what they open."""
    groups: list[range] = []
    for at, word in enumerate(words):
        if at and ((word and is_wide(word[0]) and word[0] in NOT_FIRST) or words[at - 1][-1:] in NOT_LAST):
            groups[-1] = range(groups[-1].start, at + 1)
        else:
            groups.append(range(at, at + 1))
    return groups


def _parted(groups: Sequence[range], widths: Sequence[float], gaps: Sequence[float], most_px: float) -> list[range]:
    """The groups, with those wider than a line in single words: nothing is left but to part them."""
    parted: list[range] = []
    for group in groups:
        fits = sum(widths[group.start : group.stop]) + sum(gaps[group.start : group.stop - 1]) <= most_px
        parted += [group] if fits else [range(at, at + 1) for at in group]
    return parted


def _greedy(groups: Sequence[range], widths: Sequence[float], gaps: Sequence[float], most_px: float) -> list[int]:
    """The first word of each line, when each line takes what fits."""
    starts: list[int] = []
    line_px = 0.0
    for group in groups:
        inner_px = sum(widths[group.start : group.stop]) + sum(gaps[group.start : group.stop - 1])
        gap_px = gaps[group.start - 1] if group.start else 0.0
        if starts and line_px + gap_px + inner_px <= most_px:
            line_px += gap_px + inner_px
        else:
            starts.append(group.start)
            line_px = inner_px
    return starts
