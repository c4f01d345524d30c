"""Pictures and videos over the main picture: b-roll, picture in picture, watermark, emoji.

A still picture is decoded and scaled once. Outside its time an overlay lets the frames through untouched (`enable`); one that moves or
fades is a stream just as long as it is seen.
"""

from dataclasses import dataclass
from typing import Any

import ffmpeg

from tools.video.additions import Overlay, Rect
from tools.video.timeline import Media, MediaKind, Preset, Timeline, to_seconds

_BORDER_COLOR = "0xF7F7F5"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and when an overlay is seen: pixels of the preset, the first frame and the one after the last. `index` keeps nodes apart."""

    area: Rect
    first: int
    last: int
    rate: str
    frame_s: float
    index: int

    @property
    def frames(self) -> int:
        return self.last - self.first

    @property
    def start_s(self) -> float:
        return self.first * self.frame_s

    @property
    def enable(self) -> str:
        """From half a frame before its first frame to half a frame before the one after its last."""
        return f"between(t,{(self.first - 0.5) * self.frame_s:.6f},{(self.last - 0.5) * self.frame_s:.6f})"


def overlaid(timeline: Timeline, picture: Any, preset: Preset, *, over_text: bool) -> Any:
    """The picture with the overlays of one layer: those under the captions, or those over them. Later ones lie above earlier ones."""
    for index, overlay in enumerate(timeline.overlays):
        place = _place(timeline, overlay, preset, index)
        if overlay.is_over_text == over_text and place.frames > 0:
            picture = _laid(timeline, picture, overlay, place, preset)
    return picture


def _place(timeline: Timeline, overlay: Overlay, preset: Preset, index: int) -> _Place:
    frame_s = float(1 / timeline.fps)
    first, last = (round(max(0, min(at, timeline.duration)) * timeline.time_base * timeline.fps) for at in (overlay.start, overlay.end))
    width, height = preset.size(timeline)
    area = Rect(0, 0, width, height)
    if (given := overlay.area) is not None:
        across, down = width / timeline.width_px, height / timeline.height_px
        size = max(2, 2 * round(given.width_px * across / 2)), max(2, 2 * round(given.height_px * down / 2))
        area = Rect(2 * round(given.x_px * across / 2), 2 * round(given.y_px * down / 2), *size)
    return _Place(area, first, last, str(timeline.fps), frame_s, index)


def _laid(timeline: Timeline, picture: Any, overlay: Overlay, place: _Place, preset: Preset) -> Any:
    media, scale = timeline.find_media(overlay.media), float(preset.scale)
    border, radius = 2 * round(overlay.border_px * scale / 2), round(overlay.radius_px * scale)
    if border:
        picture = _on(picture, _card(place, radius, overlay.opacity), place)
        inner = Rect(
            place.area.x_px + border, place.area.y_px + border, place.area.width_px - 2 * border, place.area.height_px - 2 * border
        )
        place, radius = _Place(inner, place.first, place.last, place.rate, place.frame_s, place.index), max(0, radius - border)
    is_held = media.kind is MediaKind.IMAGE and not overlay.fade and not overlay.pop
    top = _shown(timeline, media, overlay, place)
    if radius:
        top = ffmpeg.filter((top.filter("format", "yuva420p"), _mask(place, radius)), "alphamerge")
    if overlay.opacity < 1:
        top = top.filter("format", "yuva420p").filter("lutyuv", a=f"val*{max(0.0, overlay.opacity):.3f}")
    if is_held:
        return _on(picture, top.filter("setpts", f"{place.start_s:.6f}/TB"), place)
    return _on(picture, _timed(top, media, overlay, place), place, grows=bool(overlay.pop), held=False)


def _on(picture: Any, top: Any, place: _Place, *, grows: bool = False, held: bool = True) -> Any:
    x, y = str(place.area.x_px), str(place.area.y_px)
    if grows:  # around its middle
        x, y = f"{x}+({place.area.width_px}-overlay_w)/2", f"{y}+({place.area.height_px}-overlay_h)/2"
    return ffmpeg.overlay(picture, top, x=x, y=y, eof_action="repeat" if held else "pass", enable=place.enable)


def _shown(timeline: Timeline, media: Media, overlay: Overlay, place: _Place) -> Any:
    """The overlay's picture filling its area; what sticks out is cut off evenly."""
    if media.kind is MediaKind.IMAGE:
        still = ffmpeg.input(media.path)["v:0"]
        stream = still.filter("settb", f"{timeline.time_base}+0*{place.index}")  # the zero keeps equal overlays apart for ffmpeg-python
        stream = stream.filter("format", "rgba")  # a palette would be scaled to a format without transparency
    else:
        digits = 6 + [one.media == overlay.media and one.offset == overlay.offset for one in timeline.overlays[: place.index]].count(True)
        length_s = place.frames * place.frame_s
        seek = {"ss": f"{to_seconds(overlay.offset):.{digits}f}", "t": f"{length_s:.6f}", "threads": 2}
        stream = ffmpeg.input(media.path, **seek)["V:0"].filter("fps", fps=place.rate, start_time=0)
    width, height = place.area.width_px, place.area.height_px
    larger = max(width / max(1, media.width_px), height / max(1, media.height_px)) if media.width_px and media.height_px else 0
    size = (
        (max(width, 2 * round(media.width_px * larger / 2)), max(height, 2 * round(media.height_px * larger / 2)))
        if larger
        else (width, height)
    )
    stream = stream.filter("scale", size[0], size[1], flags="bicubic", out_color_matrix="bt709", out_range="tv")
    stream = stream.filter("crop", width, height) if size != (width, height) else stream
    return stream.filter("setsar", 1)


def _timed(top: Any, media: Media, overlay: Overlay, place: _Place) -> Any:
    """A stream from its first to its last frame, fading and growing as asked."""
    frames = place.frames
    if media.kind is MediaKind.IMAGE:
        top = top.filter("loop", loop=frames, size=1).filter("setpts", f"N*{place.frame_s:.9f}/TB")
    elif media.duration:
        left = round(max(0.0, to_seconds(media.duration - overlay.offset)) / place.frame_s)
        frames = max(1, min(frames, left))
    top = top.filter("trim", end_frame=frames)
    if overlay.fade:
        fade_s = min(to_seconds(overlay.fade), frames * place.frame_s / 2)
        top = top.filter("format", "yuva420p").filter("fade", t="in", d=f"{fade_s:.4f}", alpha=1)
        top = top.filter("fade", t="out", st=f"{frames * place.frame_s - fade_s:.4f}", d=f"{fade_s:.4f}", alpha=1)
    if overlay.pop:
        grown = _grown(to_seconds(overlay.pop))
        size = [f"max(2,2*round({length}*{grown}/2))" for length in (place.area.width_px, place.area.height_px)]
        top = top.filter("scale", *size, eval="frame", flags="bilinear")
    return top.filter("setpts", f"PTS+{place.start_s:.6f}/TB")


def _grown(over_s: float) -> str:
    """From nothing to a little too large and back to 1. Source: the easing curve "back" (easings.net)."""
    share = f"(clip((t+0.02)/{over_s:.4f},0,1)-1)"
    return f"(1+2.70158*pow({share},3)+1.70158*pow({share},2))"


def _mask(place: _Place, radius: int) -> Any:
    """One grey frame, white where the area is seen."""
    width, height = place.area.width_px, place.area.height_px
    source = ffmpeg.input(f"color=black:s={width}x{height}:r=1:d=1,format=gray,settb=1/1000+0*{place.index}", f="lavfi")["v:0"]
    return source.filter("geq", lum=_rounded(radius))


def _card(place: _Place, radius: int, opacity: float) -> Any:
    """One frame of the border's colour in the rounded area."""
    width, height = place.area.width_px, place.area.height_px
    color = f"color={_BORDER_COLOR}:s={width}x{height}:r=1:d=1,format=yuva420p,settb=1/1000+0*{place.index}"
    source = ffmpeg.input(color, f="lavfi")["v:0"]
    card = source.filter("geq", lum="p(X,Y)", cb="p(X,Y)", cr="p(X,Y)", a=f"{opacity:.3f}*{_rounded(radius)}")
    return card.filter("setpts", f"{place.start_s:.6f}/TB")


def _rounded(radius: int) -> str:
    """255 inside a rounded rectangle, 0 outside, in between on its edge."""
    across, down = f"max(abs(X-W/2+0.5)-(W/2-{radius}),0)", f"max(abs(Y-H/2+0.5)-(H/2-{radius}),0)"
    return f"255*clip({max(radius, 1)}-hypot({across},{down})+0.5,0,1)"
