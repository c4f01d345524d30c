"""Which font draws which letter, and how wide a line of several fonts is."""

from functools import cache, lru_cache
from typing import Any, NamedTuple

from tools.video.fonts.registry import CAPTION_FONT, Font, find_font

_MEASURED_AT_PX = 200  # widths scale linearly; measured once at this em

# Unicode blocks whose letters one family draws; the others are looked for in the order of _GENERAL.
_BLOCKS = (
    (0x0590, 0x05FF, "Noto Sans Hebrew"),
    (0xFB1D, 0xFB4F, "Noto Sans Hebrew"),
    (0x0600, 0x06FF, "Cairo"),
    (0x0750, 0x077F, "Cairo"),
    (0x08A0, 0x08FF, "Cairo"),
    (0xFB50, 0xFDFF, "Cairo"),
    (0xFE70, 0xFEFF, "Cairo"),
    (0x0900, 0x097F, "Poppins"),
    (0x0E00, 0x0E7F, "Noto Sans Thai"),
    (0x1100, 0x11FF, "Noto Sans KR"),
    (0x3130, 0x318F, "Noto Sans KR"),
    (0xAC00, 0xD7AF, "Noto Sans KR"),
    (0x3040, 0x30FF, "Noto Sans JP"),
    (0x31F0, 0x31FF, "Noto Sans JP"),
)
_PROBES = ((0x0370, 0x03FF, "αω"), (0x0400, 0x052F, "жя"))
_GENERAL = ("Montserrat", "Inter", "Poppins")
_JAPANESE = ("Noto Sans JP", "Noto Sans SC", "Noto Sans TC", "Noto Sans KR")
_CHINESE = ("Noto Sans SC", "Noto Sans TC", "Noto Sans JP", "Noto Sans KR")


class Run(NamedTuple):
    """A stretch of text that one font draws."""

    font: Font
    text: str


def is_japanese(text: str) -> bool:
    """Kana decide in whose forms Han characters are drawn."""
    return any(0x3040 <= ord(char) <= 0x30FF for char in text)


def runs(text: str, font: Font, *, japanese: bool = False) -> list[Run]:
    """The text in stretches of one font each: `font` where it has the letters, else a family that has. A character no font has is left out.

    Spaces, marks and joiners stay with the letter before them.
    """
    if text.isascii():
        return [Run(font, text)] if text else []
    found: list[Run] = []
    for char in text:
        chosen = found[-1].font if found and _follows(char) else font_of(char, font, japanese)
        if chosen is None:
            continue
        if found and found[-1].font is chosen:
            found[-1] = Run(chosen, found[-1].text + char)
        else:
            found.append(Run(chosen, char))
    return found


@lru_cache(maxsize=20_000)
def width_em(text: str, font: Font, japanese: bool = False) -> float:
    """The advance width of one line of text in ems, as `runs` divides it."""
    return sum(run_width(run.font, run.text) for run in runs(text, font, japanese=japanese))


def width_px(text: str, font: Font, em_px: float, *, japanese: bool = False) -> float:
    """The advance width of one line of text as `runs` divides it."""
    return width_em(text, font, japanese) * em_px


@lru_cache(maxsize=20_000)
def font_of(char: str, font: Font, japanese: bool = False) -> Font | None:
    """The font that draws a character; None when none has it."""
    if char.isascii() or _writes(font, char):
        return font
    code = ord(char)
    names = [name for first, last, name in _BLOCKS if first <= code <= last]
    for name in [*names, *_GENERAL, *(_JAPANESE if japanese else _CHINESE)]:
        other = find_font(name) or CAPTION_FONT
        if _writes(other, char):
            return other
    return None


def _writes(font: Font, char: str) -> bool:
    """The font has the character, and its script: many Latin fonts have a few Greek letters for formulas."""
    probe = next((letters for first, last, letters in _PROBES if first <= ord(char) <= last), "")
    return covers(font, char) and all(covers(font, letter) for letter in probe)


def covers(font: Font, char: str) -> bool:
    return ord(char) in _codes(font)


@cache
def _codes(font: Font) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font.path, lazy=True) as file:
        return frozenset(file.getBestCmap() or {})


def _follows(char: str) -> bool:
    """Marks of the letter before, spaces, and the joiners."""
    import unicodedata

    return char in " \u200c\u200d" or unicodedata.category(char).startswith("M")


@lru_cache(maxsize=20_000)
def run_width(font: Font, text: str) -> float:
    """The advance width in ems of text in one font."""
    return float(_loaded(font).getlength(text)) / _MEASURED_AT_PX


@cache
def _loaded(font: Font) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(font.path), _MEASURED_AT_PX, layout_engine=_layout_engine())


@cache
def _layout_engine() -> Any:
    """Shaping where the machine has what Pillow needs for it (libfribidi); without, a line is measured up to 3 % too wide."""
    from PIL import ImageFont, features

    return ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC


def pillow_font(font: Font, em_px: int) -> Any:
    """The font for drawing with Pillow at this em."""
    from PIL import ImageFont

    return ImageFont.truetype(str(font.path), em_px, layout_engine=ImageFont.Layout.BASIC)
