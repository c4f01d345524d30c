"""Where captions are drawn, for the checks."""

from tools.video.captions.areas import Area
from tools.video.captions.layout import lay_cue
from tools.video.captions.styles import find_style
from tools.video.timeline import Clip, Crop, CropFrom, Cue, Source, Timeline, output_rate

_TALL = Timeline(Source("", "", 1080, 1920, 30.0, False), (Clip(0, 1, (CropFrom(0, Crop(0, 0, 1080, 1920)),)),), output_rate(30.0))


def cue_area(timeline: Timeline | Cue, cue: Cue | None = None) -> Area:
    """Where a cue is drawn, its outline and what lies behind it included; a cue alone is one of a plain 1080x1920 timeline."""
    if isinstance(timeline, Cue):
        return lay_cue(_TALL, timeline, find_style(_TALL.caption_style)).area
    assert cue is not None
    return lay_cue(timeline, cue, find_style(timeline.caption_style, timeline.brand)).area
