"""Breaking words into lines with the real fonts, also where a script writes no spaces.

Source of the rules for East Asian text: JIS X 4051 and the W3C note "Requirements for Japanese Text Layout", 3.1.7 (what may not begin a
line) and 3.1.8 (what may not end one).
"""

import unicodedata
from collections.abc import Callable, Sequence

from tools.video.fonts.measure import is_japanese, width_px
from tools.video.fonts.registry import Font

NOT_FIRST = frozenset("、。，．・：；？！）］｝〕〉》」』】〙〗ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻‐゠–〜…‥,.!?;:)]}»”’%％℃°")
NOT_LAST = frozenset("（［｛〔〈《「『【〘〖([{«“‘¿¡$€£¥￥＄#＃")
_WIDE = ((0x3000, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFF65))
_LONGEST_UNIT = 4  # characters of one unit of Chinese or Japanese: about a word


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

    A unit begins where Han follows kana (a new stem after its ending), where katakana begins or ends, and after four characters.
    """
    if not any(is_wide(char) for char in text):
        return [text]
    units: list[str] = []
    for char in text:
        if units and _stays(units[-1], char):
            units[-1] += char
        else:
            units.append(char)
    return units


def _stays(unit: str, char: str) -> bool:
    last = unit[-1]
    if char in NOT_FIRST or last in NOT_LAST or unicodedata.combining(char):
        return True
    if last in NOT_FIRST - frozenset("ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〻") or char in NOT_LAST:
        return False
    before, after = _kind(last), _kind(char)
    if before == after == "katakana" or before == after == "other":
        return True
    return len(unit) < _LONGEST_UNIT and (before == after or (before, after) == ("han", "hiragana"))


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

    def width(line: Sequence[str]) -> float:
        text = joined(line)
        return width_px(text, font, em_px, japanese=japanese) + gap_px * text.count(" ")

    groups = _glued(words)
    lines = _greedy(groups, width, most_px)
    narrow = most_px
    while narrow > 40:  # the narrowest width that gives the same number of lines gives the most even ones
        narrow -= 20
        tried = _greedy(groups, width, narrow)
        if len(tried) > len(lines) or any(width(line) > max(most_px, width(line[:1])) for line in tried):
            break
        lines = tried
    return lines


def _glued(words: Sequence[str]) -> list[list[str]]:
    """Words with those a line may not part them from: closing signs with what they close, opening ones with what they open."""
    groups: list[list[str]] = []
    for word in words:
        if groups and word and ((is_wide(word[0]) and word[0] in NOT_FIRST) or groups[-1][-1][-1:] in NOT_LAST):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _greedy(groups: Sequence[Sequence[str]], width: Callable[[Sequence[str]], float], most_px: float) -> list[list[str]]:
    lines: list[list[str]] = []
    for group in groups:
        if lines and width([*lines[-1], *group]) <= most_px:
            lines[-1].extend(group)
        elif len(group) > 1 and width(group) > most_px:
            lines += _greedy([[word] for word in group], width, most_px)  # nothing is left but to part them
        else:
            lines.append(list(group))
    return lines
