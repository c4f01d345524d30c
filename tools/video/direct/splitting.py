"""A clip cut in two at a frame, so that the two parts play exactly what the whole one did."""

from dataclasses import replace

from tools.video.geometry import crop_at, zoom_at
from tools.video.timeline import TIME_BASE, Clip, Crop, CropFrom, Timeline, Zoom


def split(clip: Clip, at: int) -> tuple[Clip, Clip]:
    """The clip before and after `at` timeline ticks into it, with the same crops, drifts and zoom going on.

    Raises:
        ValueError: `at` is not inside the clip.
    """
    if not 0 < at < clip.duration:
        raise ValueError(f"a clip of {clip.duration} ticks cannot be split at {at}")
    middle = clip.source_at(at)
    before, after = _zooms(clip, at)
    first = replace(clip, end=middle, crops=_until(clip.crops, clip.end, middle), second=_until(clip.second, clip.end, middle), zoom=before)
    rest = replace(clip, start=middle, crops=_since(clip.crops, clip.end, middle), second=_since(clip.second, clip.end, middle))
    return first, replace(rest, zoom=after, transition=None)


def excerpt(clip: Clip, start: int, end: int, speed: float = 1.0) -> Clip:
    """A part of a clip without zoom, in its file's ticks, at another speed."""
    crops, second = (_since(_until(part, clip.end, end), end, start) for part in (clip.crops, clip.second))
    return replace(clip, start=start, end=end, crops=crops, second=second, speed=speed)


def split_at(timeline: Timeline, at: int) -> Timeline:
    """The timeline with a joint at `at`, which is a whole frame; where there is one already, or no room, nothing changes."""
    clips: list[Clip] = []
    for clip, start in zip(timeline.clips, timeline.starts(), strict=True):
        elapsed = at - start
        clips += split(clip, elapsed) if _divides(timeline, clip, elapsed) else (clip,)
    return replace(timeline, clips=tuple(clips))


def frame_of(timeline: Timeline, at: float) -> int:
    """The tick of the frame nearest to a tick."""
    frames = round(at * TIME_BASE * timeline.fps)
    return round(frames / timeline.fps / TIME_BASE)


def _divides(timeline: Timeline, clip: Clip, elapsed: int) -> bool:
    frame = 1 / timeline.fps / TIME_BASE
    return frame <= elapsed <= clip.duration - frame


def _until(crops: tuple[CropFrom, ...], end: int, middle: int) -> tuple[CropFrom, ...]:
    kept = [part for part in crops if part.start < middle]
    if middle < end and kept and kept[-1].drift_to is not None:
        kept[-1] = replace(kept[-1], drift_to=_even(crop_at(crops, middle - 1, end)))
    return tuple(kept)


def _since(crops: tuple[CropFrom, ...], end: int, middle: int) -> tuple[CropFrom, ...]:
    if not crops:
        return ()
    going_on = [part for part in crops if part.start <= middle][-1:] or list(crops[:1])
    first = replace(going_on[0], start=middle, crop=_even(crop_at(crops, middle, end)))
    return (first, *(part for part in crops if part.start > middle))


def _zooms(clip: Clip, at: int) -> tuple[Zoom | None, Zoom | None]:
    zoom = clip.zoom
    if zoom is None:
        return None, None
    over, scale = zoom.over or clip.duration, zoom_at(clip, at)
    if at >= over:
        return replace(zoom, over=over), replace(zoom, start_scale=zoom.end_scale, over=0)
    return replace(zoom, end_scale=scale, over=0), replace(zoom, start_scale=scale, over=over - at if zoom.over else 0)


def _even(crop: Crop) -> Crop:
    return replace(crop, x_px=crop.x_px // 2 * 2, y_px=crop.y_px // 2 * 2)
