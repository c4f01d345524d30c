"""What must not be seen, covered: the joined picture merged with a coarse copy of itself where a mask says so.

The mask is small grey frames, one per output frame, fed to the same ffmpeg run on `pipe:0` (see `tools/video/anonymise`).
"""

from typing import Any

from memory.errors import InputError
from tools.video.timeline import Preset, Timeline


def hidden(timeline: Timeline, picture: Any, preset: Preset) -> Any:
    """The picture with every hidden region covered."""
    raise InputError("Hiding faces is not built in here.")
