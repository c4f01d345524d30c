"""Filters over the joined picture: colour, light, grain, movement. Each is a `Look` of the timeline."""

from typing import Any

from tools.video.timeline import Preset, Timeline


def looked(timeline: Timeline, picture: Any, preset: Preset) -> Any:
    """The picture with every look applied, in the order of the timeline."""
    return picture
