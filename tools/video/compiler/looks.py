"""Filters over the joined picture: colour, light, grain, movement. Each is a `Look` of the timeline.

A look that lasts for a part of the timeline is drawn over that part alone: the rest goes round it untouched, at no cost. Captions, titles
and graphics are written later, so no look makes them harder to read. Everything random is seeded: equal timelines give equal files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import ffmpeg

from memory.errors import InputError
from tools.video.additions import Look, LookKind
from tools.video.compiler.grades import GRADES, check_cube, graded
from tools.video.compiler.views import Axis, viewed
from tools.video.timeline import Preset, Timeline, to_seconds, to_ticks

NAMES: dict[LookKind, str] = {
    LookKind.MIRROR: "left and right change places",
    LookKind.GRADE: "a colour look: " + ", ".join(GRADES) + ", or a .cube file",
    LookKind.MONOCHROME: "black and white; the strength is its contrast",
    LookKind.GLOW: "light areas shine",
    LookKind.GRAIN: "film grain",
    LookKind.HANDHELD: "the slow sway of a camera in the hand",
    LookKind.GLITCH: "bands and colours slip for moments",
    LookKind.FLASH: "a flash of light that fades within a third of a second",
    LookKind.SHAKE: "a blow that shakes the picture for half a second",
    LookKind.VIGNETTE: "darker corners",
    LookKind.STABILISE: "a shaky recording held still",
    LookKind.DENOISE: "the noise of a dark recording smoothed",
}
"""What each kind does, for tools and documentation."""

_FLASH = to_ticks(0.33)
_SHAKE = to_ticks(0.5)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What a look is drawn with: the frame's size, how many of its pixels make one of 1080, the look's place
    in the timeline (it keeps equal nodes apart for ffmpeg-python) and the length of its part."""

    width: int
    height: int
    unit: float
    index: int
    duration_s: float


def looked(timeline: Timeline, picture: Any, preset: Preset, lead: int = 0) -> Any:
    """The picture with every look applied, in the order of the timeline. It begins at the tick `lead`, with frames timed so.

    Raises:
        InputError: An unknown colour look, or a broken .cube file.
    """
    width, height = preset.size(timeline)
    for index, look in enumerate(timeline.looks):
        start, end = _span(timeline, look)
        if end <= start or look.strength <= 0:
            continue
        for first, last in _takes(timeline, look, start, end):
            canvas = _Canvas(width, height, min(width, height) / 1080, index, to_seconds(last - first))
            picture = _during(timeline, picture, (lead, first, last), _drawer(timeline, look, canvas))
    return picture


def _span(timeline: Timeline, look: Look) -> tuple[int, int]:
    """First and last tick, on whole frames; a blow and a flash end by themselves."""
    end = min(look.end or timeline.duration, timeline.duration)
    end = min(end, look.start + {LookKind.FLASH: _FLASH, LookKind.SHAKE: _SHAKE}.get(look.kind, end))
    frame = 1 / (timeline.fps * timeline.time_base)
    return round(round(look.start / frame) * frame), round(round(end / frame) * frame)


def _takes(timeline: Timeline, look: Look, start: int, end: int) -> list[tuple[int, int]]:
    """What is drawn at a time: to hold a recording still, each clip by itself, because a cut is no movement."""
    if look.kind is not LookKind.STABILISE:
        return [(start, end)]
    clips = zip(timeline.starts(), timeline.clips, strict=True)
    takes = [(max(start, begin), min(end, begin + clip.duration)) for begin, clip in clips]
    return [(first, last) for first, last in takes if last > first]


def _during(timeline: Timeline, picture: Any, ticks: tuple[int, int, int], draw: Callable[[Any], Any]) -> Any:
    """The picture, which begins at the first of the ticks, with `draw` applied from the second to the third, where `t` counts from."""
    lead, start, end = (round(at * timeline.time_base * timeline.fps) for at in ticks)
    bounds = [0, max(0, start - lead), max(0, end - lead), timeline.frames - lead]
    spans = [(first, last, n == 1) for n, (first, last) in enumerate(pairwise(bounds)) if last > first]
    begin_s, lead_s = (f"{to_seconds(at):.6f}" for at in (ticks[1], lead and ticks[0]))
    if len(spans) == 1:
        return _even_frames(_later(draw(_later(picture, f"-{begin_s}", start)), begin_s, start)) if spans[0][2] else picture
    copies = picture.filter_multi_output("split", len(spans))
    parts = []
    for n, (first, last, is_drawn) in enumerate(spans):
        part = copies[n].filter("trim", start_frame=first, end_frame=last)
        part = _even_frames(draw(_later(part, f"-{begin_s}", start))) if is_drawn else part
        parts.append(part.filter("setpts", "PTS-STARTPTS"))
    return _later(ffmpeg.concat(*parts, v=1, a=0), lead_s, lead)


def _later(picture: Any, seconds: str, frames: int) -> Any:
    return picture.filter("setpts", f"PTS+({seconds})/TB") if frames else picture


def _even_frames(picture: Any) -> Any:
    return picture.filter("setsar", 1).filter("format", "yuv420p")


def _drawer(timeline: Timeline, look: Look, canvas: _Canvas) -> Callable[[Any], Any]:
    if look.kind is LookKind.GRADE:
        return _grade(timeline, look)
    draw = _DRAWN[look.kind]
    return lambda picture: draw(picture, min(1.0, look.strength), canvas)


def _grade(timeline: Timeline, look: Look) -> Callable[[Any], Any]:
    if look.value in GRADES:
        return lambda picture: graded(picture, look.value, min(1.0, look.strength))
    table = next((Path(media.path) for media in timeline.media if media.key == look.value), None)
    if table is None:
        raise InputError(f'There is no colour look "{look.value}".', hint=f"Choose one of {', '.join(GRADES)}, or send a .cube file.")
    check_cube(table)

    def draw(picture: Any) -> Any:
        if look.strength >= 1:
            return picture.filter("lut3d", file=str(table), interp="tetrahedral")
        kept, copy = (picture.filter_multi_output("split", 2)[n] for n in (0, 1))
        return _mixed(kept, copy.filter("lut3d", file=str(table), interp="tetrahedral").filter("format", "yuv420p"), look.strength)

    return draw


def _mixed(kept: Any, changed: Any, share: float) -> Any:
    """`share` of the changed picture over the kept one."""
    return ffmpeg.filter((changed, kept), "blend", all_mode="normal", all_opacity=f"{min(1.0, share):.3f}")


def _mirror(picture: Any, strength: float, canvas: _Canvas) -> Any:
    return picture.filter("hflip")


def _monochrome(picture: Any, strength: float, canvas: _Canvas) -> Any:
    centred = "(val-126)/110"
    return picture.filter("lutyuv", y=f"round(clip(val+{40 * strength:.1f}*{centred}*(1-{centred}*{centred}),16,235))", u=128, v=128)


def _glow(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """Highlights, blurred at a sixth of the size, screened over the luma."""
    sharp, light = (picture.filter_multi_output("split", 2)[n] for n in (0, 1))
    light = light.filter("scale", max(2, canvas.width // 12 * 2), max(2, canvas.height // 12 * 2), flags="area")
    light = light.filter("lutyuv", y="clip((val-100)*1.3,0,255)").filter("gblur", sigma=f"{max(0.8, 13 * canvas.unit):.2f}")
    light = light.filter("scale", canvas.width, canvas.height, flags="bilinear")
    opacity = f"{0.3 + 0.6 * strength:.3f}"
    modes = {"c0_mode": "screen", "c0_opacity": opacity, "c1_mode": "normal", "c2_mode": "normal"}
    return ffmpeg.filter((sharp, light), "blend", **modes)


def _grain(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """Gaussian noise in the luma, anew in each frame, with a deviation of 1 to 10 codes; colour noise looks like a cheap sensor."""
    deviation = 1 + 9 * strength
    return picture.filter("noise", c0_strength=round(deviation / 0.53), c0_flags="t", c0_seed=1137)  # measured: 0.53 codes for each step


def _handheld(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """Three slow waves on each axis, whose periods have no common measure: it does not repeat within a short."""
    reach = (4 + 12 * strength) * canvas.unit  # pixels to either side
    zoom = 1 + 2.4 * reach / canvas.width
    across = "0.55*sin(2*PI*0.23*t+0.4)+0.3*sin(2*PI*0.61*t+1.9)+0.15*sin(2*PI*1.13*t+4.1)"
    down = "0.55*sin(2*PI*0.19*t+2.2)+0.3*sin(2*PI*0.53*t+0.7)+0.15*sin(2*PI*1.31*t+3.3)"
    axes = [
        Axis(length, f"{reach:.3f}*({wave})", length, length, zoom=f"{zoom:.5f}", least=zoom)
        for length, wave in ((canvas.width, across), (canvas.height, down))
    ]
    return viewed(picture, axes[0], axes[1])


def _shake(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """It dies away within its half second; so fast that whole pixels do."""
    reach = (14 + 34 * strength) * canvas.unit
    size = [2 * round(length * (1 + 2.2 * reach / min(canvas.width, canvas.height)) / 2) for length in (canvas.width, canvas.height)]
    fall = f"{reach:.2f}*exp(-7*t)"
    x = f"(in_w-out_w)/2+{fall}*sin(2*PI*11*t+0.6)"
    y = f"(in_h-out_h)/2+{fall}*sin(2*PI*9*t+2.4)"
    return picture.filter("scale", *size, flags="bilinear").filter("crop", canvas.width, canvas.height, x, y)


def _flash(picture: Any, strength: float, canvas: _Canvas) -> Any:
    left = f"pow(max(0,1-t/{canvas.duration_s:.4f}),2)"
    return picture.filter("eq", brightness=f"{0.25 + 0.65 * strength:.3f}*{left}", eval="frame")


def _random(step: str, seed: float) -> str:
    """A number from 0 to 1 that stays for each value of `step`."""
    return f"mod(abs(sin(({step})*12.9898+{seed})*43758.5453),1)"


def _glitch(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """In about half of the twelfths of a second the colours part and three bands slip sideways."""
    step = "floor(t*12)"
    shift = max(2, round((6 + 22 * strength) * canvas.unit))
    picture = picture.filter("chromashift", cbh=-shift, crh=shift, enable=f"lt({_random(step, 1.7)},{0.3 + 0.4 * strength:.2f})")
    for n, (top, share) in enumerate(((0.13, 0.05), (0.44, 0.09), (0.78, 0.035))):
        kept, copy = (picture.filter_multi_output("split", 2)[k] for k in (0, 1))
        height = max(2, round(canvas.height * share) // 2 * 2)
        band = copy.filter("crop", canvas.width, height, 0, round(canvas.height * top) // 2 * 2)
        x = f"{4 * shift}*(2*{_random(step, 5.1 * n)}-1)"
        y = f"{canvas.height}*({top}+0.12*{_random(step, 3.3 + n)})"
        picture = ffmpeg.overlay(kept, band, x=x, y=y, format="yuv420", enable=f"lt({_random(step, 9.3 + n)},{0.2 + 0.35 * strength:.2f})")
    return picture


def _vignette(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """One black frame, clear in the middle, laid over all: ffmpeg's own filter works out every pixel anew."""
    far = "hypot((X-W/2)/(W/2),(Y-H/2)/(H/2))/1.414"
    small = f"{canvas.width // 8 * 2}x{canvas.height // 8 * 2}"  # a quarter: it is smooth
    source = ffmpeg.input(f"color=black:s={small}:r=1:d=1,format=yuva420p,settb=1/1000+0*{canvas.index}", f="lavfi")["v:0"]
    shade = f"{round(255 * (0.35 + 0.5 * strength))}*pow(clip(({far}-0.38)/0.62,0,1),1.6)"
    black = source.filter("geq", lum=16, cb=128, cr=128, a=shade).filter("scale", canvas.width, canvas.height, flags="bilinear")
    return ffmpeg.overlay(picture, black, eof_action="repeat", format="yuv420")


def _stabilise(picture: Any, strength: float, canvas: _Canvas) -> Any:
    """Motion found and undone within the one run (`deshake`), then enlarged by what its rim needs."""
    reach = max(16, round(16 + 32 * strength) // 16 * 16)
    steady = picture.filter("deshake", rx=reach, ry=reach, edge="mirror", blocksize=16)
    size = [2 * round(length * (1.02 + 0.04 * strength) / 2) for length in (canvas.width, canvas.height)]
    return steady.filter("scale", *size, flags="bilinear").filter("crop", canvas.width, canvas.height)


def _denoise(picture: Any, strength: float, canvas: _Canvas) -> Any:
    return picture.filter(
        "hqdn3d", f"{1 + 7 * strength:.2f}", f"{1 + 5 * strength:.2f}", f"{2 + 10 * strength:.2f}", f"{2 + 8 * strength:.2f}"
    )


_DRAWN: dict[LookKind, Callable[[Any, float, _Canvas], Any]] = {
    LookKind.MIRROR: _mirror,
    LookKind.MONOCHROME: _monochrome,
    LookKind.GLOW: _glow,
    LookKind.GRAIN: _grain,
    LookKind.HANDHELD: _handheld,
    LookKind.GLITCH: _glitch,
    LookKind.FLASH: _flash,
    LookKind.SHAKE: _shake,
    LookKind.VIGNETTE: _vignette,
    LookKind.STABILISE: _stabilise,
    LookKind.DENOISE: _denoise,
}
