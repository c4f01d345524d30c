"""Overlays put where they belong: watermarks, picture in picture, b-roll. Each gives back a timeline with one overlay more."""

from dataclasses import replace

from memory.errors import InputError
from tools.video.additions import Overlay, Rect
from tools.video.captions import safe_area
from tools.video.timeline import Media, MediaKind, Timeline, to_ticks

CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
_LOGO_SHARE = 0.15  # of the frame's width
_INSET_SHARE = 0.36
_RADIUS_PX, _BORDER_PX = 28, 6  # of 1080


def watermark(timeline: Timeline, media: Media, corner: str = "top_left", *, opacity: float = 0.85, share: float = _LOGO_SHARE) -> Timeline:
    """A logo in a corner of the safe area, over the whole timeline, above captions; `share` is its width as a share of the frame's.

    Raises:
        InputError: An unknown corner, or a file that is no picture.
    """
    if media.kind is not MediaKind.IMAGE:
        raise InputError("A watermark is a still picture.", hint="Send the logo as a PNG file.")
    area = _in_corner(timeline, corner, share, media.height_px / max(1, media.width_px))
    return _with(timeline, media, Overlay(media.key, 0, timeline.duration, area, opacity=opacity, is_over_text=True))


def picture_in_picture(
    timeline: Timeline,
    media: Media,
    start: int,
    end: int,
    *,
    corner: str = "top_right",
    share: float = _INSET_SHARE,
    aspect: float = 0.0,
    offset: int = 0,
    is_rounded: bool = True,
) -> Timeline:
    """A small picture or video in a corner of the safe area with a light border.

    Args:
        share: Its width as a share of the frame's.
        aspect: Height ÷ width; 0 takes the file's own. What does not fit is cut off.
        offset: Where a video starts, in its ticks.
    """
    if media.kind is MediaKind.AUDIO:
        raise InputError("A sound has no picture to show.")
    area = _in_corner(timeline, corner, share, aspect or media.height_px / max(1, media.width_px))
    unit = min(timeline.width_px, timeline.height_px) / 1080
    radius, border = round(_RADIUS_PX * unit) if is_rounded else 0, 2 * round(_BORDER_PX * unit / 2)
    shown = Overlay(media.key, start, end, area, offset=offset, fade=to_ticks(0.2), radius_px=radius, border_px=border)
    return _with(timeline, media, shown)


def b_roll(timeline: Timeline, media: Media, start: int, end: int, *, offset: int = 0, fade: int = 0) -> Timeline:
    """A picture or video that covers the frame from `start` to `end` while the sound goes on; captions stay above it."""
    if media.kind is MediaKind.AUDIO:
        raise InputError("A sound has no picture to show.")
    return _with(timeline, media, Overlay(media.key, start, end, offset=offset, fade=fade))


def _with(timeline: Timeline, media: Media, overlay: Overlay) -> Timeline:
    if overlay.end <= overlay.start:
        raise InputError("It would never be seen: its end is not after its start.")
    files = timeline.media if any(one.key == media.key for one in timeline.media) else (*timeline.media, media)
    return replace(timeline, media=files, overlays=(*timeline.overlays, overlay))


def _in_corner(timeline: Timeline, corner: str, share: float, aspect: float) -> Rect:
    if corner not in CORNERS:
        raise InputError(f"There is no corner {corner!r}.", hint=f"Choose one of {', '.join(CORNERS)}.")
    free = safe_area(timeline)
    width = min(timeline.width_px * share, free.width)
    height = min(width * aspect, free.height)
    left = free.right - width if corner.endswith("right") else free.left
    top = free.bottom - height if corner.startswith("bottom") else free.top
    return Rect(*(2 * round(value / 2) for value in (left, top, width, height)))
