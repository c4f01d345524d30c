"""The shape of the frame and how clips fill it, changed without looking at the source again: only geometry."""

from collections.abc import Sequence
from dataclasses import replace

from memory.errors import InputError
from tools.video.additions import Overlay, Rect
from tools.video.edit.cuts import check_piece
from tools.video.edit.edits import SetAspect, SetLayout
from tools.video.edit.texts import refitted
from tools.video.geometry import pane_areas
from tools.video.timeline import ASPECTS, Clip, Crop, CropFrom, Layout, Media, Timeline


def set_aspect(timeline: Timeline, edit: SetAspect) -> Timeline:
    size = ASPECTS.get(edit.aspect)
    if size is None:
        raise InputError(f"There is no format {edit.aspect!r}.", hint=f"There is: {', '.join(ASPECTS)}.")
    if size == (timeline.width_px, timeline.height_px):
        raise InputError(f"The short is {edit.aspect} already.")
    clips = tuple(_refilled(clip, timeline.find_media(clip.media), size) for clip in timeline.clips)
    overlays = tuple(_moved(timeline, one, size) for one in timeline.overlays)
    return refitted(replace(timeline, clips=clips, overlays=overlays, width_px=size[0], height_px=size[1]))


def set_layout(timeline: Timeline, edit: SetLayout) -> Timeline:
    if edit.layout not in (Layout.FULL, Layout.BLURRED):
        raise InputError(
            "A split screen needs to know where the people are, which is found when clips are made.",
            hint='Possible here: "fill the frame" and "show the whole picture with a blurred background".',
        )
    chosen = range(len(timeline.clips)) if edit.piece == 0 else [check_piece(timeline, edit.piece)]
    clips = tuple(_laid_out(timeline, clip, edit.layout) if index in chosen else clip for index, clip in enumerate(timeline.clips))
    if clips == timeline.clips:
        raise InputError("The picture fills the frame like that already.")
    return replace(timeline, clips=clips)


def _laid_out(timeline: Timeline, clip: Clip, layout: Layout) -> Clip:
    if clip.layout is layout:
        return clip
    media = timeline.find_media(clip.media)
    if layout is Layout.BLURRED:
        whole = Crop(0, 0, media.width_px // 2 * 2, media.height_px // 2 * 2)
        return replace(clip, layout=layout, crops=(CropFrom(clip.start, whole),), second=())
    single = replace(clip, layout=Layout.FULL, second=())
    return _refilled(single, media, (timeline.width_px, timeline.height_px))


def _refilled(clip: Clip, media: Media, frame: tuple[int, int]) -> Clip:
    """The clip with crops that fill its panes in a frame of this size, about the same places of the source."""
    if clip.layout is Layout.BLURRED:
        return clip
    first = clip.crops[0].crop
    areas = pane_areas(clip.layout, frame, (first.width_px, first.height_px))
    keeps_shape = clip.layout is Layout.SCREEN_FACE  # the screen above is shown at its own aspect
    crops = clip.crops if keeps_shape else _reshaped(clip.crops, areas[0], media)
    return replace(clip, crops=crops, second=_reshaped(clip.second, areas[1], media) if clip.second else ())


def _reshaped(crops: Sequence[CropFrom], area: Rect, media: Media) -> tuple[CropFrom, ...]:
    """Crops of the area's aspect, as high as they were where the source is wide enough, with the middles they had."""
    old = crops[0].crop
    aspect = area.width_px / area.height_px
    height = min(float(old.height_px), media.width_px / aspect)
    if old.height_px * aspect < old.width_px:  # a flatter old crop: keep its area instead, so that what was in it stays in it
        height = min(media.height_px, media.width_px / aspect, old.width_px / aspect)
    size = max(2, int(height * aspect) // 2 * 2), max(2, int(height) // 2 * 2)
    return tuple(
        CropFrom(part.start, _about(part.crop, size, media), part.drift_to and _about(part.drift_to, size, media)) for part in crops
    )


def _about(old: Crop, size: tuple[int, int], media: Media) -> Crop:
    """A crop of this size about the middle of the old one, inside the source."""
    width, height = size
    x = min(max(0, old.x_px + (old.width_px - width) // 2), media.width_px - width)
    y = min(max(0, old.y_px + (old.height_px - height) // 2), media.height_px - height)
    return Crop(x // 2 * 2, y // 2 * 2, width, height)


def _moved(timeline: Timeline, overlay: Overlay, size: tuple[int, int]) -> Overlay:
    """An overlay of a part of the frame, at the same share of the new one and no larger than it."""
    if overlay.area is None:
        return overlay
    area, across, down = overlay.area, size[0] / timeline.width_px, size[1] / timeline.height_px
    scale = min(1.0, across, down)
    width, height = (max(2, int(side * scale) // 2 * 2) for side in (area.width_px, area.height_px))
    x = int((area.x_px + area.width_px / 2) * across - width / 2)
    y = int((area.y_px + area.height_px / 2) * down - height / 2)
    return replace(overlay, area=Rect(min(max(0, x), size[0] - width), min(max(0, y), size[1] - height), width, height))
