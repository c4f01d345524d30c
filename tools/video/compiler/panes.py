"""One clip's picture: crops over time, the panes of its layout, its zoom.

What comes in is the file's picture in the clip's own time (0 is its first frame); what goes out is the frame.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg

from tools.video.additions import Rect
from tools.video.compiler.views import Axis, viewed
from tools.video.geometry import clip_panes, covering
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Preset, Timeline, Zoom, to_seconds

_BACKDROP_SHRINK = 10  # the backdrop is blurred at a tenth of the size: a hundredth of the work
_BACKDROP_BLUR = 0.028  # sigma as a share of its width
_BACKDROP_LIGHT = 0.68  # share of its brightness that is left, so that the sharp middle leads
_DIVIDER_PX = 8  # of 1080


def is_plain(clip: Clip) -> bool:
    """Whether all that is done to the clip is a crop that stands still between cuts, so that it can be scaled together with others."""
    return clip.layout is Layout.FULL and not _moves(clip.crops, clip.zoom)


def cropped(timeline: Timeline, clip: Clip, picture: Any, source_fps: float) -> Any:
    """What a plain clip shows, at the timeline's rate, not yet scaled."""
    return _Pane(timeline, clip, source_fps).cut(picture, clip.crops, clip.zoom)


def scaled(picture: Any, size: tuple[int, int]) -> Any:
    return picture.filter("scale", *size, flags="bicubic", out_range="tv")


def framed(timeline: Timeline, clip: Clip, picture: Any, source_fps: float, preset: Preset) -> Any:
    """The clip's frame in the size of the preset, at the timeline's rate."""
    frame = preset.size(timeline)
    if clip.layout is Layout.FULL:
        return _Pane(timeline, clip, source_fps).drawn(picture, clip.crops, frame, clip.zoom)
    composed = _composed(timeline, clip, picture, source_fps, preset)
    return _zoomed(composed, clip, frame) if clip.zoom is not None else composed


def is_moving(clip: Clip) -> bool:
    """Whether the frame shows different parts of a still picture over time."""
    return _moves(clip.crops, clip.zoom) or _moves(clip.second, None) or len(clip.crops) > 1 or len(clip.second) > 1


def rated(timeline: Timeline, picture: Any) -> Any:
    """At the timeline's constant rate from time 0 on: what is shown at time 0 may have begun before it."""
    return picture.filter("fps", fps=str(timeline.fps), start_time=0)


class _Pane:
    """Draws crops of a clip into an area of the frame."""

    def __init__(self, timeline: Timeline, clip: Clip, source_fps: float) -> None:
        self.timeline, self.clip = timeline, clip
        self.source_fps = source_fps * clip.speed

    def drawn(self, picture: Any, crops: Sequence[CropFrom], size: tuple[int, int], zoom: Zoom | None = None) -> Any:
        if _moves(crops, zoom):
            return self._moving(picture, crops, size, zoom)
        return scaled(self.cut(picture, crops, zoom), size)

    def cut(self, picture: Any, crops: Sequence[CropFrom], zoom: Zoom | None = None) -> Any:
        """The crops, and of a punch-in the part that it shows. Cropping copies nothing."""
        fixed = (zoom.start_scale, zoom.x, zoom.y) if zoom is not None else (1.0, 0.5, 0.5)
        placed = [_enlarged(part.crop, *fixed) for part in crops]
        x, y = (self._steps(crops, [(str(value), "") for value in axis], self.source_fps) for axis in _positions(placed))
        return rated(self.timeline, picture.filter("crop", placed[0].width_px, placed[0].height_px, x, y))

    def _moving(self, picture: Any, crops: Sequence[CropFrom], size: tuple[int, int], zoom: Zoom | None) -> Any:
        """Only the part of the picture that is ever seen is worked on."""
        ends = [end for part in crops for end in (part.crop, part.drift_to or part.crop)]
        left, top = min(end.x_px for end in ends), min(end.y_px for end in ends)
        width = max(end.x_px for end in ends) + ends[0].width_px - left
        height = max(end.y_px for end in ends) + ends[0].height_px - top
        picture = rated(self.timeline, picture.filter("crop", width, height, left, top))
        rate = float(self.timeline.fps)
        x = self._steps(crops, [_from_to(p.crop.x_px - left, (p.drift_to or p.crop).x_px - left) for p in crops], rate)
        y = self._steps(crops, [_from_to(p.crop.y_px - top, (p.drift_to or p.crop).y_px - top) for p in crops], rate)
        across, down = _axes((width, height), (x, y), (ends[0].width_px, ends[0].height_px), size, self.clip, zoom)
        return viewed(picture, across, down)

    def _steps(self, crops: Sequence[CropFrom], values: Sequence[tuple[str, str]], rate: float) -> str:
        """An expression of the time `t` that goes through the parts' (first value, change) pairs, evenly inside a part that changes.

        The steps come half a frame early, so that rounding never shows a late crop.
        """
        starts = [to_seconds(part.start - self.clip.start) / self.clip.speed for part in crops]
        ends = [*starts[1:], to_seconds(self.clip.end - self.clip.start) / self.clip.speed]
        expression = ""
        for (first, change), start_s, end_s in reversed(list(zip(values, starts, ends, strict=True))):
            value = f"{first}+{change}*clip((t-{start_s:.5f})/{max(1e-3, end_s - start_s):.5f},0,1)" if change else first
            expression = f"if(lt(t,{end_s - 0.5 / max(1.0, rate):.5f}),{value},{expression})" if expression else value
        return expression


def _composed(timeline: Timeline, clip: Clip, picture: Any, source_fps: float, preset: Preset) -> Any:
    pane, frame = _Pane(timeline, clip, source_fps), preset.size(timeline)
    parts = clip_panes(timeline, clip)
    areas = [_scaled(area, preset.scale, frame) for area, _ in parts]
    branches = picture.filter_multi_output("split", 2)
    upper = pane.drawn(branches[0], parts[0][1], (areas[0].width_px, areas[0].height_px))
    if clip.layout is Layout.BLURRED:
        backdrop = _backdrop(pane, branches[1], clip.crops, frame, timeline)
        return ffmpeg.overlay(backdrop, upper, x=areas[0].x_px, y=areas[0].y_px, format="yuv420")
    lower = pane.drawn(branches[1], parts[1][1], (areas[1].width_px, areas[1].height_px))
    is_beside = areas[1].x_px > 0
    both = ffmpeg.filter((upper.filter("setsar", 1), lower.filter("setsar", 1)), "hstack" if is_beside else "vstack", shortest=0)
    return _divided(timeline, both, areas[1], frame, is_beside) if clip.layout is Layout.SPLIT else both


def _backdrop(pane: _Pane, picture: Any, crops: Sequence[CropFrom], frame: tuple[int, int], timeline: Timeline) -> Any:
    """The covering part, blurred and darkened while it is small, then enlarged: smooth is what enlarging makes anyway."""
    size = timeline.width_px, timeline.height_px
    covers = [CropFrom(p.start, covering(p.crop, *size), covering(p.drift_to, *size) if p.drift_to else None) for p in crops]
    small = max(2, frame[0] // _BACKDROP_SHRINK // 2 * 2), max(2, frame[1] // _BACKDROP_SHRINK // 2 * 2)
    blurred = pane.drawn(picture, covers, small).filter("gblur", sigma=f"{_BACKDROP_BLUR * small[0]:.3f}")
    darker = blurred.filter("lutyuv", y=f"round(16+(val-16)*{_BACKDROP_LIGHT})", u="round(128+(val-128)*0.9)", v="round(128+(val-128)*0.9)")
    return darker.filter("scale", *frame, flags="bilinear", out_range="tv")


def _divided(timeline: Timeline, picture: Any, second: Rect, frame: tuple[int, int], is_beside: bool) -> Any:
    """A line between two panes: the brand's accent where it has one, else near black."""
    color = timeline.brand.accent if timeline.brand is not None and timeline.brand.accent else "0E0E12"
    thick = max(2, round(_DIVIDER_PX * min(frame) / 1080) // 2 * 2)
    if is_beside:
        return picture.filter("drawbox", x=second.x_px - thick // 2, y=0, w=thick, h=frame[1], color=f"0x{color}", t="fill")
    return picture.filter("drawbox", x=0, y=second.y_px - thick // 2, w=frame[0], h=thick, color=f"0x{color}", t="fill")


def _zoomed(picture: Any, clip: Clip, frame: tuple[int, int]) -> Any:
    """A frame of several panes, enlarged as a whole."""
    assert clip.zoom is not None
    if clip.zoom.start_scale != clip.zoom.end_scale:
        return viewed(picture, *_axes(frame, ("0", "0"), frame, frame, clip, clip.zoom))
    larger = [_even(length * clip.zoom.start_scale) for length in frame]
    x, y = (_even((length - size) * share) for length, size, share in zip(larger, frame, (clip.zoom.x, clip.zoom.y), strict=True))
    return picture.filter("scale", *larger, flags="bicubic").filter("crop", *frame, x, y)


def _axes(
    picture: tuple[int, int], starts: tuple[str, str], shown: tuple[int, int], frame: tuple[int, int], clip: Clip, zoom: Zoom | None
) -> tuple[Axis, Axis]:
    if zoom is None:
        across, down = (Axis(picture[n], starts[n], shown[n], frame[n]) for n in (0, 1))
        return across, down
    over_s = to_seconds(zoom.over or clip.duration)
    scale = f"{zoom.start_scale}+{zoom.end_scale - zoom.start_scale:.6f}*clip(t/{over_s:.6f},0,1)"
    least = min(zoom.start_scale, zoom.end_scale)
    across, down = (Axis(picture[n], starts[n], shown[n], frame[n], (zoom.x, zoom.y)[n], scale, least) for n in (0, 1))
    return across, down


def _moves(crops: Sequence[CropFrom], zoom: Zoom | None) -> bool:
    if zoom is not None and zoom.start_scale != zoom.end_scale:
        return True
    return any(part.drift_to is not None and part.drift_to != part.crop for part in crops)


def _from_to(first: int, last: int) -> tuple[str, str]:
    return str(first), "" if first == last else f"({last - first})"


def _positions(crops: Sequence[Crop]) -> tuple[list[int], list[int]]:
    return [crop.x_px for crop in crops], [crop.y_px for crop in crops]


def _enlarged(crop: Crop, scale: float, x: float, y: float) -> Crop:
    """The part of a crop that a zoom of this scale shows."""
    if scale == 1:
        return crop
    width, height = max(2, _even(crop.width_px / scale)), max(2, _even(crop.height_px / scale))
    return Crop(crop.x_px + _even((crop.width_px - width) * x), crop.y_px + _even((crop.height_px - height) * y), width, height)


def _scaled(area: Rect, scale: Fraction, frame: tuple[int, int]) -> Rect:
    """A place of the timeline's picture in a preset's; what touches the far edges still does."""
    left, top = _even(area.x_px * scale), _even(area.y_px * scale)
    right, bottom = _even((area.x_px + area.width_px) * scale), _even((area.y_px + area.height_px) * scale)
    return Rect(left, top, max(2, min(right, frame[0]) - left), max(2, min(bottom, frame[1]) - top))


def _even(value: float | Fraction) -> int:
    """The nearest even number."""
    return 2 * round(value / 2)
