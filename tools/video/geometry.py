"""Where in the finished picture a place of the source ends up: panes of a layout, crops over time, zooms.

One description for the compiler that draws it, the mask that hides faces, the captions that avoid them and the checks that look for them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tools.video.additions import Rect
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Timeline


class Box(NamedTuple):
    """A rectangle with fractions of pixels."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float


def pane_areas(layout: Layout, frame: tuple[int, int], first: tuple[int, int]) -> tuple[Rect, ...]:
    """Where a layout's panes lie in a frame of this size; `first` is the size of the first pane's crop.

    FULL has one, BLURRED one (the sharp middle; its backdrop is no pane), SPLIT and SCREEN_FACE two.
    """
    width, height = frame
    if layout is Layout.FULL:
        return (Rect(0, 0, width, height),)
    if layout is Layout.BLURRED:
        shown = min(width / first[0], height / first[1])
        inner_width, inner_height = _even(first[0] * shown), _even(first[1] * shown)
        return (Rect(_even_down((width - inner_width) / 2), _even_down((height - inner_height) / 2), inner_width, inner_height),)
    if layout is Layout.SPLIT and width > height:
        return Rect(0, 0, width // 2, height), Rect(width // 2, 0, width // 2, height)
    upper = _even(height / 2) if layout is Layout.SPLIT else _even(min(0.6 * height, max(0.25 * height, width * first[1] / first[0])))
    return Rect(0, 0, width, upper), Rect(0, upper, width, height - upper)


def clip_panes(timeline: Timeline, clip: Clip) -> tuple[tuple[Rect, tuple[CropFrom, ...]], ...]:
    """Each pane of a clip with its crops."""
    first = clip.crops[0].crop
    areas = pane_areas(clip.layout, (timeline.width_px, timeline.height_px), (first.width_px, first.height_px))
    return tuple(zip(areas, (clip.crops, clip.second)[: len(areas)], strict=True))


def crop_at(crops: Sequence[CropFrom], at: int, end: int) -> Crop:
    """The crop at source tick `at`; the last part ends at `end`."""
    index = max((n for n, part in enumerate(crops) if part.start <= at), default=0)
    part = crops[index]
    if part.drift_to is None:
        return part.crop
    until = crops[index + 1].start if index + 1 < len(crops) else end
    share = min(1.0, max(0.0, (at - part.start) / max(1, until - part.start)))
    one, other = part.crop, part.drift_to
    return Crop(
        round(one.x_px + share * (other.x_px - one.x_px)), round(one.y_px + share * (other.y_px - one.y_px)), one.width_px, one.height_px
    )


def zoom_at(clip: Clip, elapsed: int) -> float:
    """The scale of the clip's zoom `elapsed` timeline ticks into it."""
    if clip.zoom is None:
        return 1.0
    share = min(1.0, elapsed / max(1, clip.zoom.over or clip.duration))
    return clip.zoom.start_scale + share * (clip.zoom.end_scale - clip.zoom.start_scale)


def to_frame(timeline: Timeline, clip: Clip, elapsed: int, box: Box) -> list[Box]:
    """Where a box of the clip's file is seen `elapsed` timeline ticks into the clip: one for each pane that shows some of it, cut there.

    The blurred backdrop of BLURRED counts as a pane of its own: what must not be seen is hidden there too.
    """
    return [place.seen for place in places(timeline, clip, elapsed, box)]


class Place(NamedTuple):
    """Where a box ends up: all of it, as if nothing cut it off, and the part that is seen."""

    whole: Box
    seen: Box


def places(timeline: Timeline, clip: Clip, elapsed: int, box: Box) -> list[Place]:
    """Like `to_frame`, with the whole box beside the part that is seen (a round mask over half a face needs its true middle)."""
    at = clip.source_at(elapsed)
    panes = [(area, crop_at(crops, at, clip.end)) for area, crops in clip_panes(timeline, clip)]
    if clip.layout is Layout.BLURRED:
        panes.append((Rect(0, 0, timeline.width_px, timeline.height_px), covering(panes[0][1], timeline.width_px, timeline.height_px)))
    found = []
    for area, crop in panes:
        whole = _through(box, crop, area)
        seen = _cut(whole, area.x_px, area.y_px, area.x_px + area.width_px, area.y_px + area.height_px)
        zoomed = _zoomed(timeline, clip, elapsed, seen) if seen is not None else None
        visible = _cut(zoomed, 0, 0, timeline.width_px, timeline.height_px) if zoomed is not None else None
        if visible is not None:
            found.append(Place(_zoomed(timeline, clip, elapsed, whole), visible))
    return found


def covering(crop: Crop, width: int, height: int) -> Crop:
    """The middle of a crop with the aspect of a frame: what fills the frame behind the sharp middle of BLURRED."""
    scale = min(crop.width_px / width, crop.height_px / height)
    inner_width, inner_height = _even(width * scale), _even(height * scale)
    x_px, y_px = _even_down((crop.width_px - inner_width) / 2), _even_down((crop.height_px - inner_height) / 2)
    return Crop(crop.x_px + x_px, crop.y_px + y_px, inner_width, inner_height)


def _through(box: Box, crop: Crop, area: Rect) -> Box:
    across, down = area.width_px / crop.width_px, area.height_px / crop.height_px
    left, top = (box.x_px - crop.x_px) * across, (box.y_px - crop.y_px) * down
    return Box(area.x_px + left, area.y_px + top, box.width_px * across, box.height_px * down)


def _zoomed(timeline: Timeline, clip: Clip, elapsed: int, box: Box) -> Box:
    scale = zoom_at(clip, elapsed)
    if clip.zoom is None or scale == 1:
        return box
    left, top = timeline.width_px * clip.zoom.x * (1 - 1 / scale), timeline.height_px * clip.zoom.y * (1 - 1 / scale)
    return Box((box.x_px - left) * scale, (box.y_px - top) * scale, box.width_px * scale, box.height_px * scale)


def _cut(box: Box, left: float, top: float, right: float, bottom: float) -> Box | None:
    x, y = max(left, box.x_px), max(top, box.y_px)
    width, height = min(right, box.x_px + box.width_px) - x, min(bottom, box.y_px + box.height_px) - y
    return Box(x, y, width, height) if width > 0 and height > 0 else None


def _even(value: float) -> int:
    return max(2, _even_down(value))


def _even_down(value: float) -> int:
    return int(value) // 2 * 2
