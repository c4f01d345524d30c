"""Where the picture must be covered, frame by frame: regions in the timeline's frame, and the small mask frames a render is fed with."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tools.video.additions import HiddenTrack
from tools.video.geometry import Box, Place, places
from tools.video.timeline import Clip, Timeline, TransitionKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST_PX = 640  # the longer side of a mask frame: a face of 8 pixels in 1280x720 is still four wide
_SOFT_PX = 2  # of the mask, outside the region: the region itself is covered entirely
_CELLS = 6  # of the coarse copy, across the largest region (see compiler/hide.py)
_LEAST_CELL = 1 / 40  # of the frame's shorter side
_SHIFT = 4  # fractional bits of OpenCV's drawing


class Region(NamedTuple):
    """A covered place of one frame, in pixels of the timeline's picture. Only `seen` of it is in the picture."""

    whole: Box
    seen: Box
    is_round: bool


def mask_size(timeline: Timeline) -> tuple[int, int]:
    """Width and height of the mask frames, both even; the render enlarges them to whatever size it writes."""
    divisor = max(2, math.ceil(max(timeline.width_px, timeline.height_px) / _LONGEST_PX))
    return max(2, round(timeline.width_px / divisor / 2) * 2), max(2, round(timeline.height_px / divisor / 2) * 2)


def mask_frames(timeline: Timeline, size: tuple[int, int] | None = None) -> Iterator[bytes]:
    """Yield the mask of every output frame as raw yuv420p of `size`: 255 where it is covered, 0 where not, in all three planes.

    The colour planes hold the mask too, because `maskedmerge` weighs each plane by the same plane of the mask.
    """
    import cv2
    import numpy as np

    width, height = size or mask_size(timeline)
    blank = bytes(width * height * 3 // 2)
    for frame in range(timeline.frames):
        regions = regions_at(timeline, timeline.hiding.tracks if timeline.hiding else (), frame)
        if not regions:
            yield blank
            continue
        mask = draw_mask(timeline, regions, (width, height), soft_px=_SOFT_PX)
        small = cv2.resize(cv2.dilate(mask, np.ones((2, 2), np.uint8)), (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        yield mask.tobytes() + small.tobytes() * 2


def draw_mask(timeline: Timeline, regions: Sequence[Region], size: tuple[int, int], *, soft_px: int = 0) -> "NDArray[np.uint8]":
    """Draw regions as a mask, uint8 of shape (height, width) of `size`, with an edge that fades over `soft_px` outside of them."""
    import cv2
    import numpy as np

    mask = np.zeros((size[1], size[0]), dtype=np.uint8)
    across, down = size[0] / timeline.width_px, size[1] / timeline.height_px
    for region in regions:
        left, top = math.floor(region.seen.x_px * across), math.floor(region.seen.y_px * down)
        right = math.ceil((region.seen.x_px + region.seen.width_px) * across)
        bottom = math.ceil((region.seen.y_px + region.seen.height_px) * down)
        pane = mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        if not pane.size:
            continue
        if not region.is_round:
            pane[:] = 255
            continue
        x, y = (region.whole.x_px + region.whole.width_px / 2) * across, (region.whole.y_px + region.whole.height_px / 2) * down
        axes = region.whole.width_px * across / 2, region.whole.height_px * down / 2
        center = round((x - max(0, left) - 0.5) * (1 << _SHIFT)), round((y - max(0, top) - 0.5) * (1 << _SHIFT))
        radii = math.ceil(axes[0] * (1 << _SHIFT)), math.ceil(axes[1] * (1 << _SHIFT))
        oval = np.zeros_like(pane)
        cv2.ellipse(oval, center, radii, 0, 0, 360, 255, -1, cv2.LINE_8, _SHIFT)
        np.maximum(pane, oval, out=pane)
    if not soft_px:
        return mask
    around = (2 * soft_px + 1, 2 * soft_px + 1)  # enlarged as far as it is blurred: the region itself stays covered entirely
    return np.asarray(cv2.blur(cv2.dilate(mask, np.ones(around, np.uint8)), around), dtype=np.uint8)


def regions_at(timeline: Timeline, tracks: Sequence[HiddenTrack], frame: int) -> list[Region]:
    """Where tracks are seen in an output frame. During a transition that is in both of its clips, each where the transition moves it."""
    starts, at = timeline.starts(), round(frame / timeline.fps / timeline.time_base)
    index = max(0, bisect_right(starts, at) - 1)
    clip, elapsed = timeline.clips[index], at - starts[index]
    found = [_moved(timeline, clip, elapsed, region, is_coming=True) for region in _seen_in(timeline, clip, elapsed, tracks)]
    if clip.transition is not None and index and elapsed < clip.transition.duration:
        before = timeline.clips[index - 1]
        for going_on in (elapsed, 0):  # the clip before goes on, or is held on its last picture where its file ends
            leaving = _seen_in(timeline, before, before.duration + going_on, tracks)
            found += [_moved(timeline, clip, elapsed, region, is_coming=False) for region in leaving]
    return found


def box_at(track: HiddenTrack, at: int) -> Box | None:
    """Where a track is at a source tick; None before its first key and after its last."""
    keys = track.keys
    if not keys or not keys[0].at <= at <= keys[-1].at:
        return None
    after = min(bisect_right(keys, at, key=lambda key: key.at), len(keys) - 1)
    one, other = keys[max(0, after - 1)], keys[after]
    share = (at - one.at) / (other.at - one.at) if other.at > one.at else 0.0
    return Box(
        one.x_px + share * (other.x_px - one.x_px),
        one.y_px + share * (other.y_px - one.y_px),
        one.width_px + share * (other.width_px - one.width_px),
        one.height_px + share * (other.height_px - one.height_px),
    )


def _seen_in(timeline: Timeline, clip: Clip, elapsed: int, tracks: Sequence[HiddenTrack]) -> list[Region]:
    """A crop that steps inside a frame's time is taken before and after the step: which of the two the frame shows is a rounding."""
    half = round(0.75 / timeline.fps / timeline.time_base)
    stepped = [elapsed + offset for offset in (-half, half)]
    at = clip.source_at(elapsed)
    near = any(abs(part.start - at) <= round(half * clip.speed) for part in (*clip.crops[1:], *clip.second[1:]))
    moments = [elapsed, *(stepped if near else ())]
    found = []
    for track in tracks:
        box = box_at(track, at) if track.media == clip.media else None
        if box is not None:
            found += [Region(*place, track.is_round) for moment in moments for place in _placed(timeline, clip, moment, box)]
    return found


def _placed(timeline: Timeline, clip: Clip, elapsed: int, box: Box) -> list[Place]:
    return places(timeline, clip, max(0, elapsed), box)


def _moved(timeline: Timeline, clip: Clip, elapsed: int, region: Region, *, is_coming: bool) -> Region:
    """A region where the transition at the start of `clip` shows it. Source: the expressions of ffmpeg's vf_xfade."""
    transition = clip.transition
    if transition is None or elapsed >= transition.duration:
        return region
    share, width, height = elapsed / transition.duration, timeline.width_px, timeline.height_px
    if transition.kind is TransitionKind.SLIDE_LEFT:
        return _shifted(region, width * ((1 - share) if is_coming else -share), 0)
    if transition.kind is TransitionKind.SLIDE_UP:
        return _shifted(region, 0, height * ((1 - share) if is_coming else -share))
    if transition.kind is TransitionKind.ZOOM_IN and not is_coming:
        near = min(1.0, max(0.0, (1 - share - 0.5) / 0.5))
        scale = 1 / max(0.05, near * near * (3 - 2 * near))
        return Region(_enlarged(region.whole, scale, width, height), _enlarged(region.seen, scale, width, height), region.is_round)
    return region


def _shifted(region: Region, x_px: float, y_px: float) -> Region:
    whole, seen = (box._replace(x_px=box.x_px + x_px, y_px=box.y_px + y_px) for box in (region.whole, region.seen))
    return Region(whole, seen, region.is_round)


def _enlarged(box: Box, scale: float, width: int, height: int) -> Box:
    x, y = (box.x_px - width / 2) * scale + width / 2, (box.y_px - height / 2) * scale + height / 2
    return Box(x, y, box.width_px * scale, box.height_px * scale)


def cell_px(timeline: Timeline) -> float:
    """The side of the coarse copy's cells, in pixels of the timeline's picture, from the largest region that is shown."""
    return max(largest_region(timeline) / _CELLS, _LEAST_CELL * min(timeline.width_px, timeline.height_px))


def largest_region(timeline: Timeline) -> float:
    """The width, in pixels of the frame, of the widest hidden region at any of its keys; 0 where nothing hidden is shown."""
    widest = 0.0
    for clip in timeline.clips:
        for track in timeline.hiding.tracks if timeline.hiding else ():
            if track.media != clip.media:
                continue
            keys = [key for key in track.keys if clip.start <= key.at <= clip.end] or list(track.keys[:1])
            for key in keys:
                elapsed = min(clip.duration, max(0, round((key.at - clip.start) / clip.speed)))
                box = Box(key.x_px, key.y_px, key.width_px, key.height_px)
                widest = max([widest, *(place.whole.width_px for place in places(timeline, clip, elapsed, box))])
    return widest
