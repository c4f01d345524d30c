"""Placing: captions off faces."""

from tools.video.media import Analysis
from tools.video.timeline import Timeline


def place(timeline: Timeline, analysis: Analysis) -> Timeline:
    return timeline
