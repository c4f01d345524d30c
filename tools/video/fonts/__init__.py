"""Fonts: the families there are, which of them draws which letter, how wide words are in them, and where lines break."""

from tools.video.fonts.lines import break_lines, is_spaced, joined, split_units, split_wide
from tools.video.fonts.measure import Run, is_japanese, pillow_font, runs, width_px
from tools.video.fonts.registry import BUILT_IN, CAPTION_FONT, FONTS_FOLDER, TITLE_FONT, Font, add_font, find_font, font_names

__all__ = [
    "BUILT_IN",
    "CAPTION_FONT",
    "FONTS_FOLDER",
    "TITLE_FONT",
    "Font",
    "Run",
    "add_font",
    "break_lines",
    "find_font",
    "font_names",
    "is_japanese",
    "is_spaced",
    "joined",
    "pillow_font",
    "runs",
    "split_units",
    "split_wide",
    "width_px",
]
