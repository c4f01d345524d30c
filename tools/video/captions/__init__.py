"""Captions word by word, the hook title, emoji, graphics and subtitle files: planned against the real fonts, drawn by libass.

`styles` says how captions look, `areas` what the apps leave free, `cues` which words stand together, `layout` where each word lies, `ass`
writes the script that the compiler burns in, `place` moves captions off faces, `subtitles` writes SRT and VTT.
"""

from tools.video.captions.areas import SAFE_AREA, Area, frame_area, safe_area
from tools.video.captions.ass import write_ass
from tools.video.captions.cues import edit_cue, make_cues, replace_text, restyle
from tools.video.captions.graphics import graphic_area
from tools.video.captions.inside import cue_area
from tools.video.captions.place import place
from tools.video.captions.styles import STYLES, Style, find_style, names
from tools.video.captions.subtitles import read_subtitles, write_srt, write_vtt
from tools.video.captions.text import escape, plain
from tools.video.captions.title import title_area

__all__ = [
    "SAFE_AREA",
    "STYLES",
    "Area",
    "Style",
    "cue_area",
    "edit_cue",
    "escape",
    "find_style",
    "frame_area",
    "graphic_area",
    "make_cues",
    "names",
    "place",
    "plain",
    "read_subtitles",
    "replace_text",
    "restyle",
    "safe_area",
    "title_area",
    "write_ass",
    "write_srt",
    "write_vtt",
]
