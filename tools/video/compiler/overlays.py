"""Pictures and videos over the main picture: b-roll, picture in picture, watermark, emoji."""

from typing import Any

from tools.video.timeline import Preset, Timeline


def overlaid(timeline: Timeline, picture: Any, preset: Preset, *, over_text: bool) -> Any:
    """The picture with the overlays of one layer: those under the captions, or those over them."""
    return picture
