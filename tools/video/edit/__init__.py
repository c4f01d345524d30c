"""Re-editing a short by words: typed edits of a timeline, what they change in words, and rendering only what changed."""

from tools.video.edit.applying import apply, apply_all
from tools.video.edit.diff import diff
from tools.video.edit.edits import Edit, dump_edits, parse_edits
from tools.video.edit.words import read

__all__ = ["Edit", "apply", "apply_all", "diff", "dump_edits", "parse_edits", "read"]
