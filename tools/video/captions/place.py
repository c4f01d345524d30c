"""Captions and title moved off faces and off text that is already in the picture, without hopping about.

Within a shot all captions have one middle (for some seconds at a time), and it changes only when the new place is clearly better. Cost of a
place: how much of the caption lies on faces (from eyes to mouth above all) and on text, and how far it is from where the style wants it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from tools.video.captions.areas import Area, caption_y, column_px, safe_area, title_y, unit
from tools.video.captions.cues import restyle
from tools.video.captions.emoji import with_emoji
from tools.video.captions.graphics import graphic_area, span_of
from tools.video.captions.layout import lay_cue
from tools.video.captions.styles import Style, find_style
from tools.video.captions.title import title_area
from tools.video.geometry import Box, crop_at, to_frame
from tools.video.media import Analysis
from tools.video.timeline import Clip, Cue, HookTitle, Layout, Timeline, to_seconds, to_ticks

_STEP_PX = 24  # between two places that are tried, in a frame whose shorter side is 1080
_HOLD_S = 6.0  # a shot longer than this may change its place on the way
_CLEARLY, _HOP = 0.25, 2.5  # a new place must be this much cheaper, and more so (per frame of height) the further away it is
_HOP_AT_CUT = 0.6  # where the picture changes anyway, a hop disturbs less
_FACE, _FEATURES, _TEXT, _DRAWN = 4.0, 12.0, 8.0, 300.0  # cost of a caption that lies wholly on one
_AWAY = 3.0  # cost of being a whole frame away from the style's place
_EYES_TO_MOUTH = (0.12, 0.88)  # of the height of a detector's face box, which ends near the chin
_CHIN = 0.05  # this much more of its height belongs to the face
_TITLE_ZONE = 0.45  # a title stays in the upper part of the frame


class Obstacle(NamedTuple):
    """Something that is better not covered, from `start` to `end` in timeline ticks; `cost` is that of lying wholly on it all the time."""

    start: int
    end: int
    area: Area
    cost: float


def place(timeline: Timeline, analysis: Analysis) -> Timeline:
    """Move the title and the captions to where they cover neither faces nor text, and add the captions' emoji.

    Captions that do not fit their style (a brand's font is wider than the one they were made with) are broken into lines anew first.
    """
    style = find_style(timeline.caption_style, timeline.brand)
    if any(_is_too_wide(timeline, cue, style) for cue in timeline.cues):
        timeline = restyle(timeline)
    seen = [*_faces(timeline, analysis), *_texts(timeline, analysis)]
    drawn = [_drawn(timeline, index) for index in range(len(timeline.graphics))]
    timeline = _placed_title(timeline, [*seen, *drawn])
    if timeline.hook is not None:
        drawn.append(Obstacle(timeline.hook.start, timeline.hook.end, title_area(timeline.hook, timeline), _DRAWN))
    obstacles = [*seen, *drawn]
    timeline = replace(timeline, cues=tuple(_placed_cues(timeline, analysis, style, obstacles)))
    return with_emoji(timeline, [(one.start, one.end, one.area) for one in obstacles])


def _is_too_wide(timeline: Timeline, cue: Cue, style: Style) -> bool:
    return lay_cue(timeline, cue, style).area.width > column_px((timeline.width_px, timeline.height_px), timeline.platform) + 2


# --- what is in the way -------------------------------------------------------------------------------------------


def _faces(timeline: Timeline, analysis: Analysis) -> Iterator[Obstacle]:
    """Every face seen, as long as until the next sample, and what speaks in it, from the eyes to the mouth."""
    times = [sample.time_s for sample in analysis.faces]
    ends = [*times[1:], times[-1] + 0.5] if times else []
    for sample, until_s in zip(analysis.faces, ends, strict=True):
        for clip, start, end in _shown(timeline, sample.time_s, min(until_s, sample.time_s + 1.0)):
            for face in sample.boxes:
                box = Box(face.x_px, face.y_px, face.width_px, face.height_px * (1 + _CHIN))
                for area in _in_frame(timeline, clip, start, box):
                    yield Obstacle(start, end, area, _FACE)
                    top, bottom = (area.top + share * area.height / (1 + _CHIN) for share in _EYES_TO_MOUTH)
                    yield Obstacle(start, end, area._replace(top=top, bottom=bottom), _FEATURES)


def _texts(timeline: Timeline, analysis: Analysis) -> Iterator[Obstacle]:
    for text in analysis.texts:
        box = Box(text.x_px, text.y_px, text.width_px, text.height_px)
        for clip, start, end in _shown(timeline, text.start_s, text.end_s):
            for area in _in_frame(timeline, clip, start, box):
                yield Obstacle(start, end, area, _TEXT)


def _shown(timeline: Timeline, start_s: float, end_s: float) -> Iterator[tuple[tuple[Clip, int], int, int]]:
    """Where a stretch of the source is shown: the clip with its own start, and from when to when, in timeline ticks."""
    first, last = to_ticks(start_s), to_ticks(end_s)
    for clip, offset in zip(timeline.clips, timeline.starts(), strict=True):
        begin, end = max(first, clip.start), min(last, clip.end)
        if not clip.media and begin < end:
            yield (clip, offset), offset + round((begin - clip.start) / clip.speed), offset + round((end - clip.start) / clip.speed)


def _in_frame(timeline: Timeline, shown: tuple[Clip, int], at: int, box: Box) -> list[Area]:
    clip, offset = shown
    found = to_frame(timeline, clip, at - offset, box)
    if clip.layout is Layout.BLURRED:  # the backdrop is out of focus: only the sharp middle counts
        crop = crop_at(clip.crops, clip.source_at(at - offset), clip.end)
        beside = box.x_px >= crop.x_px + crop.width_px or box.x_px + box.width_px <= crop.x_px
        found = [] if beside or box.y_px >= crop.y_px + crop.height_px or box.y_px + box.height_px <= crop.y_px else found[:1]
    return [Area(one.x_px, one.y_px, one.x_px + one.width_px, one.y_px + one.height_px) for one in found]


def _drawn(timeline: Timeline, index: int) -> Obstacle:
    graphic = timeline.graphics[index]
    return Obstacle(*span_of(timeline, graphic), graphic_area(timeline, graphic), _DRAWN)


# --- where to -----------------------------------------------------------------------------------------------------


def _placed_title(timeline: Timeline, obstacles: Sequence[Obstacle]) -> Timeline:
    hook = timeline.hook
    if hook is None:
        return timeline
    area, free = title_area(replace(hook, center_y_px=0), timeline), safe_area(timeline)
    own = (area.top + area.bottom) / 2
    highest, lowest = free.top + area.height / 2, max(free.top + area.height / 2, _TITLE_ZONE * timeline.height_px - area.height / 2)
    relevant = [one for one in obstacles if one.start < hook.end and hook.start < one.end]
    best = min(_places(timeline, own, highest, lowest), key=lambda y: (_cost(timeline, hook, area, y - own, relevant), abs(y - own)))
    is_own = abs(best - own) < 1 and abs(own - title_y((timeline.width_px, timeline.height_px))) < 1
    return replace(timeline, hook=replace(hook, center_y_px=0 if is_own else round(best)))


def _placed_cues(timeline: Timeline, analysis: Analysis, style: Style, obstacles: Sequence[Obstacle]) -> Iterator[Cue]:
    own = caption_y(style.place, (timeline.width_px, timeline.height_px))
    last, before = own, -1
    cues = [replace(cue, center_y_px=0) for cue in timeline.cues]
    for (_, shot, _), members in groupby(_scenes(timeline, analysis, cues), key=lambda pair: pair[0]):
        group = [cue for _, cue in members]
        hop, before = _HOP if shot == before else _HOP_AT_CUT, shot
        last = _place_for(timeline, style, group, obstacles, own, last, hop)
        for cue in group:
            yield replace(cue, center_y_px=0 if abs(last - own) < 1 else round(last))


def _scenes(timeline: Timeline, analysis: Analysis, cues: Sequence[Cue]) -> Iterator[tuple[tuple[int, int, int], Cue]]:
    """Each cue with the clip, the shot and the stretch of seconds it belongs to."""
    starts = timeline.starts()
    for cue in cues:
        middle = (cue.start + cue.end) // 2
        index = max((n for n, start in enumerate(starts) if start <= middle), default=0)
        at_s = to_seconds(timeline.clips[index].source_at(middle - starts[index]))
        shot = max((n for n, one in enumerate(analysis.shots) if one.start_s <= at_s), default=0)
        yield (index, shot, int(to_seconds(middle) / _HOLD_S)), cue


def _place_for(
    timeline: Timeline, style: Style, group: Sequence[Cue], obstacles: Sequence[Obstacle], own: float, last: float, hop: float
) -> float:
    """The middle for all captions of a scene; `hop` is what leaving the `last` middle costs per frame of height."""
    free = safe_area(timeline)
    areas = [lay_cue(timeline, replace(cue, center_y_px=round(own)), style).area for cue in group]
    relevant = [[one for one in obstacles if one.start < cue.end and cue.start < one.end] for cue in group]
    above, below = max(own - area.top for area in areas), max(area.bottom - own for area in areas)

    def cost(y: float) -> float:
        each = (_cost(timeline, cue, area, y - own, seen) for cue, area, seen in zip(group, areas, relevant, strict=True))
        return sum(each) / len(areas)

    highest, lowest = free.top + above, free.bottom - below
    if highest >= lowest:
        return own
    best = min(_places(timeline, own, highest, lowest), key=lambda y: (cost(y), abs(y - own)))
    worth = _CLEARLY + hop * abs(best - last) / timeline.height_px
    return last if highest <= last <= lowest and cost(last) <= cost(best) + worth else best


def _places(timeline: Timeline, own: float, highest: float, lowest: float) -> list[float]:
    """The style's own middle first, then others up and down from it."""
    step = _STEP_PX * unit((timeline.width_px, timeline.height_px))
    count = int(timeline.height_px / step)
    tried = [own + index * step for index in range(-count, count + 1)]
    return [y for y in (own, highest, lowest, *tried) if highest <= y <= lowest] or [min(max(own, highest), lowest)]


def _cost(timeline: Timeline, shown: Cue | HookTitle, area: Area, down: float, obstacles: Sequence[Obstacle]) -> float:
    """What it costs to draw something `down` pixels below where it was laid out, while it is shown."""
    moved = Area(area.left, area.top + down, area.right, area.bottom + down)
    surface, cost = max(1.0, moved.width * moved.height), _AWAY * abs(down) / timeline.height_px
    for one in obstacles:
        covered = moved.overlap(one.area)
        if covered:
            together = min(one.end, shown.end) - max(one.start, shown.start)
            cost += one.cost * covered / surface * together / max(1, shown.end - shown.start)
    return cost
