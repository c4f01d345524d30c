"""The director: turns a plain timeline (clips, captions, title) into a finished edit, by the direction of the brief.

| Direction | Picture | Sound |
|---|---|---|
| PLAIN | as it is | as it is, or the music that was asked for by name |
| CLEAN | soft punch-ins where a sentence begins | a quiet bed under the voice, a soft whoosh on hard cuts |
| HYPE | punch-ins, flashes and blows on beats and sentences, strong colours, progress bar, quick transitions | energetic music, effects |
| PODCAST | a name, progress bar, few and small punch-ins | next to no music |
| CINEMATIC | slow zooms to the subject, grade, grain, dissolves | ambient music that gives way |

Captions are made before, so nothing here changes when a word is spoken: cuts only split clips, on whole frames and between words. Speed
does change it and is planned before the captions, by `pace`. An intro and an outro lengthen the edit; everything moves with an intro.
Equal timelines and briefs give equal edits: whatever is chosen is chosen by the timeline's content.
"""

from dataclasses import replace
from random import Random

from tools.video.additions import Brand
from tools.video.brief import Brief, Direction
from tools.video.direct.dressing import dressed, framed_by_brand
from tools.video.direct.pacing import pace
from tools.video.direct.points import find_points
from tools.video.direct.punches import punched
from tools.video.direct.score import scored
from tools.video.direct.splitting import split
from tools.video.direct.styles import STYLES, caption_style
from tools.video.media import Analysis
from tools.video.timeline import Timeline, timeline_hash

__all__ = ["caption_style", "direct", "pace", "split"]


def direct(timeline: Timeline, analysis: Analysis, brief: Brief, brand: Brand | None = None) -> Timeline:
    """The finished edit. The source's own clips keep their length, order and crops, and the captions their times.

    Args:
        analysis: Of the timeline's source: words, faces, music.
        brand: Its files (logo, intro, outro, its own music) are used where the timeline has them among its `media`.

    Raises:
        InputError: `brief.music` names a piece that the library does not have.
    """
    brand = brand or timeline.brand
    timeline, style = scored(timeline, analysis, brief, brand), STYLES[brief.direction]
    if brief.direction is Direction.PLAIN:
        return timeline
    rng = Random(timeline_hash(replace(timeline, media=())))
    points = find_points(timeline, analysis, style)
    timeline = punched(timeline, analysis, style, points, rng)
    return framed_by_brand(dressed(timeline, style, brand, rng), brand)
