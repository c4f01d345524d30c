"""Frames of a short without what is laid over it: from the source, cropped and laid out as the timeline says, hidden regions covered."""

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video.additions import HideMethod, Rect
from tools.video.anonymise.mask import box_at
from tools.video.geometry import Box, clip_panes, covering, crop_at
from tools.video.probe import first_video, open_media
from tools.video.timeline import Clip, Crop, Layout, Timeline, to_seconds, to_ticks

if TYPE_CHECKING:
    import av.container
    import av.video.frame
    import av.video.stream

_SEAM_S = 0.12  # on both sides of a seam: a frame there may be of the neighbour
_CELLS = 6  # across a hidden face, as in the render
_BACKDROP_LIGHT = 0.68
_NEAR_S = 1.5  # frames nearer than this are reached by decoding on, farther ones by seeking


@dataclass(frozen=True, slots=True)
class Still:
    """A frame of the short: at `at` ticks of the timeline, uint8 RGB of shape (height, width, 3) in the timeline's size."""

    at: int
    clip: int  # its place in the timeline
    picture: NDArray[np.uint8]


def still_times(timeline: Timeline, most: int, least_step_s: float) -> list[int]:
    """Ticks spread over the short, none in a fade, in a transition or at a seam; clips of other files are left out where others are."""
    step = max(to_ticks(least_step_s), timeline.duration // max(1, most))
    own = [n for n, clip in enumerate(timeline.clips) if not clip.media] or range(len(timeline.clips))
    starts = timeline.starts()
    times: list[int] = []
    for place in own:
        clip = timeline.clips[place]
        first, last = starts[place] + to_ticks(_SEAM_S), starts[place] + clip.duration - to_ticks(_SEAM_S)
        first = max(first, timeline.fade_in, starts[place] + (clip.transition.duration if clip.transition else 0))
        last = min(last, timeline.duration - timeline.fade_out)
        times.extend(range(first, last, step) if last > first else [])
    return times or [timeline.duration // 2]


def read_stills(timeline: Timeline, rotation_deg: int, times: Sequence[int], *, longest_px: int = 0) -> Iterator[Still]:
    """Yield the frames at these ticks of the timeline (ordered), one held at a time; a time past the source's last frame yields nothing.

    With `longest_px` they are so many pixels long at their longer side instead of in the timeline's size.

    Raises:
        InputError: A file cannot be read.
    """
    import av

    scale = longest_px / max(timeline.width_px, timeline.height_px) if longest_px else 1.0
    wanted = [(at, *_clip_at(timeline, at)) for at in times]
    for key in dict.fromkeys(timeline.clips[place].media for _, place, _ in wanted):
        media = timeline.find_media(key)
        mine = sorted((source, at, place) for at, place, source in wanted if timeline.clips[place].media == key)
        turn = rotation_deg if not key else 0
        try:
            for (_, at, place), frame in _frames(Path(media.path), mine):
                picture = _upright(frame, media.width_px, media.height_px, turn)
                clip, elapsed = timeline.clips[place], at - timeline.starts()[place]
                cover(timeline, clip, clip.source_at(elapsed), picture)
                yield Still(at, place, compose(timeline, clip, elapsed, picture, scale))
        except av.FFmpegError as error:
            raise InputError(
                f"The picture of {Path(media.path).name} cannot be read: {error.strerror}.", hint="Send the video again."
            ) from error


def compose(timeline: Timeline, clip: Clip, elapsed: int, picture: NDArray[np.uint8], scale: float = 1.0) -> NDArray[np.uint8]:
    """The file's picture as the clip's layout shows it at a scale of the timeline's size, without its zoom (that is for movement)."""
    at, size = clip.source_at(elapsed), (round(scale * timeline.width_px), round(scale * timeline.height_px))
    frame = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    panes = [(area, crop_at(crops, at, clip.end)) for area, crops in clip_panes(timeline, clip)]
    if clip.layout is Layout.BLURRED:
        frame[:] = _backdrop(picture, covering(panes[0][1], timeline.width_px, timeline.height_px), size)
    for area, crop in panes:
        pane = _pane(frame, area, scale)
        pane[:] = _scaled(_cut(picture, crop), (pane.shape[1], pane.shape[0]))
    return frame


def cover(timeline: Timeline, clip: Clip, at: int, picture: NDArray[np.uint8]) -> None:
    """Cover what the timeline hides, in the file's own picture: whatever crop shows it then shows it covered. The whole box is covered."""
    if timeline.hiding is None:
        return
    for track in timeline.hiding.tracks:
        box = box_at(track, at) if track.media == clip.media else None
        if box is not None:
            _cover_box(picture, box, timeline.hiding.method)


def _cover_box(picture: NDArray[np.uint8], box: Box, method: HideMethod) -> None:
    import cv2

    left, top = max(0, math.floor(box.x_px)), max(0, math.floor(box.y_px))
    part = picture[top : max(0, math.ceil(box.y_px + box.height_px)), left : max(0, math.ceil(box.x_px + box.width_px))]
    if not part.size:
        return
    if method is HideMethod.MASK:
        part[:] = 24
        return
    height, width = part.shape[:2]
    rows = max(1, min(height, round(_CELLS * height / max(1.0, box.width_px))))
    small = cv2.resize(part, (min(width, _CELLS), rows), interpolation=cv2.INTER_AREA)
    enlarged = cv2.INTER_NEAREST if method is HideMethod.PIXELATE else cv2.INTER_CUBIC
    part[:] = cv2.resize(small, (width, height), interpolation=enlarged)


def _clip_at(timeline: Timeline, at: int) -> tuple[int, int]:
    """The place of the clip shown at a tick of the timeline, and the tick of its file."""
    starts = timeline.starts()
    place = max(0, bisect.bisect_right(starts, at) - 1)
    return place, timeline.clips[place].source_at(at - starts[place])


def _frames(path: Path, wanted: Sequence[tuple[int, int, int]]) -> Iterator[tuple[tuple[int, int, int], "av.video.frame.VideoFrame"]]:
    """The first frame at or after each source tick; a hole between wanted frames is jumped over."""
    with open_media(path) as container:
        stream = first_video(container)
        if stream is None:
            raise InputError(f"{path.name} has no picture.", hint="Choose a file with a picture.")
        stream.thread_type = "AUTO"
        groups: list[list[tuple[int, int, int]]] = []
        for one in wanted:
            if groups and one[0] - groups[-1][-1][0] <= to_ticks(_NEAR_S):
                groups[-1].append(one)
            else:
                groups.append([one])
        for group in groups:
            yield from _group(container, stream, group)


def _group(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", wanted: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[tuple[int, int, int], "av.video.frame.VideoFrame"]]:
    import av

    start_s = (container.start_time or 0) / av.time_base
    container.seek(max(0, int((to_seconds(wanted[0][0]) + start_s) * av.time_base)))
    left = list(wanted)
    for frame in container.decode(stream):
        at_s = (frame.time or 0.0) - start_s
        while left and at_s >= to_seconds(left[0][0]) - 0.004:
            yield left.pop(0), frame
        if not left:
            return


def _upright(frame: "av.video.frame.VideoFrame", width_px: int, height_px: int, rotation_deg: int) -> NDArray[np.uint8]:
    turned = rotation_deg in (90, 270)
    width, height = (height_px, width_px) if turned else (width_px, height_px)
    picture = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(picture, -rotation_deg // 90))


def _cut(picture: NDArray[np.uint8], crop: Crop) -> NDArray[np.uint8]:
    return picture[crop.y_px : crop.y_px + crop.height_px, crop.x_px : crop.x_px + crop.width_px]


def _scaled(part: NDArray[np.uint8], size: tuple[int, int]) -> Any:
    import cv2

    is_smaller = size[0] < part.shape[1]
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LANCZOS4)


def _backdrop(picture: NDArray[np.uint8], crop: Crop, size: tuple[int, int]) -> Any:
    """Blurred and darkened while small, then enlarged."""
    import cv2

    small = _scaled(_cut(picture, crop), (max(2, size[0] // 10), max(2, size[1] // 10)))
    blurred = cv2.GaussianBlur(small, (0, 0), 0.028 * small.shape[1])
    return cv2.resize((blurred * _BACKDROP_LIGHT).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)


def _pane(frame: NDArray[np.uint8], area: Rect, scale: float) -> NDArray[np.uint8]:
    left, top, right, bottom = (
        round(scale * edge) for edge in (area.x_px, area.y_px, area.x_px + area.width_px, area.y_px + area.height_px)
    )
    return frame[top:bottom, left:right]
