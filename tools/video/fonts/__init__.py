"""The fonts kept here (SIL Open Font License, texts beside them) and how wide words are in them.

libass scales a font so that its Windows ascent plus descent (OS/2 table) equals the ASS font size; Pillow's size is the em. `line_scale`
is the ratio of the two, read from each file; `test_fonts.py` checks it against what ffmpeg really draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FONTS_FOLDER = Path(__file__).parent
_MEASURED_AT_PX = 200  # widths scale linearly; measured once at this em


@dataclass(frozen=True, slots=True)
class Font:
    """A font file of this folder, with the family name libass finds it by."""

    file: str
    family: str
    line_scale: float

    @property
    def path(self) -> Path:
        return FONTS_FOLDER / self.file

    def ass_size(self, em_px: float) -> float:
        """The ASS `Fontsize` that draws this em."""
        return round(em_px * self.line_scale, 1)

    def width_px(self, text: str, em_px: float) -> float:
        """The advance width of one line of text, with kerning."""
        return _loaded(self.path).getlength(text) * em_px / _MEASURED_AT_PX


CAPTION_FONT = Font("Montserrat-ExtraBold.ttf", "Montserrat ExtraBold", (1109 + 453) / 1000)
TITLE_FONT = Font("Anton-Regular.ttf", "Anton", (2876 + 674) / 2048)


@cache
def _loaded(path: Path) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), _MEASURED_AT_PX, layout_engine=ImageFont.Layout.BASIC)


def pillow_font(font: Font, em_px: int) -> Any:
    """The font for drawing with Pillow at this em."""
    from PIL import ImageFont

    return ImageFont.truetype(str(font.path), em_px, layout_engine=ImageFont.Layout.BASIC)


def break_lines(words: Sequence[str], font: Font, em_px: float, most_px: float) -> list[list[str]]:
    """Words in as few lines as the width allows, the lines as even as possible; a word wider than `most_px` stands alone."""
    lines = _greedy(words, font, em_px, most_px)
    width_px = most_px
    while width_px > 40:  # the narrowest width that gives the same number of lines gives the most even ones
        narrower = _greedy(words, font, em_px, width_px - 20)
        if len(narrower) > len(lines):
            break
        width_px -= 20
        lines = narrower
    return lines


def _greedy(words: Sequence[str], font: Font, em_px: float, most_px: float) -> list[list[str]]:
    lines: list[list[str]] = []
    for word in words:
        if lines and font.width_px(" ".join([*lines[-1], word]), em_px) <= most_px:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines
