"""The captions and other texts as they are laid out: inside the safe area, one at a time, slow enough to read."""

from itertools import pairwise

from tools.video.additions import GraphicKind
from tools.video.captions import Area, cue_area, graphic_area, safe_area, title_area
from tools.video.inspection.checks import Check
from tools.video.timeline import Cue, Timeline, to_seconds

_FASTEST_CPS = 30.0  # characters a second; word by word captions follow speech, which stays below this


def text_checks(timeline: Timeline) -> dict[str, Check]:
    cues, safe = timeline.cues, safe_area(timeline)
    areas = [cue_area(timeline, cue) for cue in cues] + ([title_area(timeline.hook, timeline)] if timeline.hook else [])
    areas += [graphic_area(timeline, graphic) for graphic in timeline.graphics if graphic.kind is not GraphicKind.PROGRESS]
    outside = sum(not _inside(area, safe) for area in areas)
    overlapping = sum(cue.end > following.start for cue, following in pairwise(cues)) + _under_title(timeline)
    fastest = max((_speed(cue) for cue in cues), default=0.0)
    return {
        "caption_area": Check(outside == 0, outside, "0 outside the safe area", f"{outside} captions leave the safe area."),
        "caption_overlap": Check(overlapping == 0, overlapping, "0 overlaps", f"{overlapping} captions overlap."),
        "caption_speed": Check(
            fastest <= _FASTEST_CPS,
            round(fastest, 1),
            f"<= {_FASTEST_CPS:g} characters/s",
            f"A caption shows {fastest:.0f} characters a second.",
        ),
    }


def _speed(cue: Cue) -> float:
    """Characters a second. A word or two are taken in at a glance, so they count half."""
    glance = 0.5 if len(cue.text.split()) <= 2 else 1.0
    return glance * len(cue.text) / max(1e-3, to_seconds(cue.end - cue.start))


def _under_title(timeline: Timeline) -> int:
    """Captions that lie over the title while it is shown."""
    hook = timeline.hook
    if hook is None:
        return 0
    title = title_area(hook, timeline)
    together = (cue_area(timeline, cue) for cue in timeline.cues if cue.start < hook.end and hook.start < cue.end)
    return sum(area.top < title.bottom and title.top < area.bottom for area in together)


def _inside(area: Area, safe: Area) -> bool:
    return area.left >= safe.left and area.right <= safe.right and area.top >= safe.top and area.bottom <= safe.bottom
