"""Which parts of which files a timeline shows: what must be looked at, and nothing else."""

from collections.abc import Iterable
from typing import NamedTuple

from tools.video.additions import Rect
from tools.video.timeline import Clip, MediaKind, Timeline, to_ticks

_NEAR = to_ticks(1.0)  # stretches that lie nearer are looked at in one go: starting anew costs more than the frames between
_ROUND = 0.08  # what is seen is enlarged by this share on each side: half a face at the edge is found better with its other half


class Stretch(NamedTuple):
    """A part of a file in its ticks, and the rectangle of its displayed picture in which all that is shown of it lies."""

    media: str
    start: int
    end: int
    area: Rect


def find_stretches(timeline: Timeline) -> list[Stretch]:
    """Every part of every file that is shown, in order, near ones joined. With a transition the clip before goes on being shown."""
    found: list[Stretch] = []
    for stretch in sorted((_stretch(timeline, index) for index in range(len(timeline.clips))), key=lambda one: (one.media, one.start)):
        last = found[-1] if found else None
        if last is not None and last.media == stretch.media and stretch.start <= last.end + _NEAR:
            found[-1] = Stretch(last.media, last.start, max(last.end, stretch.end), _around((last.area, stretch.area)))
        else:
            found.append(stretch)
    return found


def _stretch(timeline: Timeline, index: int) -> Stretch:
    clip = timeline.clips[index]
    following = timeline.clips[index + 1] if index + 1 < len(timeline.clips) else None
    goes_on = following.transition.duration if following is not None and following.transition is not None else 0
    media = timeline.find_media(clip.media)
    end = clip.end + round(goes_on * clip.speed)
    if media.kind is MediaKind.IMAGE:
        return Stretch(clip.media, 0, max(end, 1), Rect(0, 0, media.width_px, media.height_px))
    return Stretch(clip.media, clip.start, end, _shown(clip, media.width_px, media.height_px))


def _shown(clip: Clip, width: int, height: int) -> Rect:
    """All crops of a clip with some room around them, cut at the picture's edge, even numbers."""
    crops = [crop for part in (*clip.crops, *clip.second) for crop in (part.crop, part.drift_to or part.crop)]
    all_of_it = _around(Rect(crop.x_px, crop.y_px, crop.width_px, crop.height_px) for crop in crops)
    across, down = all_of_it.width_px * _ROUND, all_of_it.height_px * _ROUND
    left, top = int(max(0, all_of_it.x_px - across)) // 2 * 2, int(max(0, all_of_it.y_px - down)) // 2 * 2
    right, bottom = min(width, all_of_it.x_px + all_of_it.width_px + across), min(height, all_of_it.y_px + all_of_it.height_px + down)
    return Rect(left, top, max(2, int(right - left) // 2 * 2), max(2, int(bottom - top) // 2 * 2))


def _around(areas: Iterable[Rect]) -> Rect:
    known = list(areas)
    left, top = min(one.x_px for one in known), min(one.y_px for one in known)
    right, bottom = max(one.x_px + one.width_px for one in known), max(one.y_px + one.height_px for one in known)
    return Rect(left, top, right - left, bottom - top)
