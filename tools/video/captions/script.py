"""The words of an ASS script: events, colours, shapes, fonts. What is said with them is in `ass.py` and `graphics.py`."""

from collections.abc import Sequence
from functools import cache

from tools.video.captions.areas import Area
from tools.video.captions.layout import baseline_shift
from tools.video.captions.text import escape
from tools.video.fonts import CAPTION_FONT, Font, Run, is_japanese, runs
from tools.video.timeline import to_seconds

STYLE = "Base"  # the only style of a script: every event says how it looks
_CURVE = 0.5523  # control points of a quarter circle as a cubic, as a share of the radius


def event(layer: int, start: int, end: int, tags: str, text: str) -> str:
    """A dialogue line; empty when it would last less than the hundredth of a second that ASS counts in."""
    first, last = stamp(start), stamp(end)
    return f"Dialogue: {layer},{first},{last},{STYLE},,0,0,0,,{{{tags}}}{text}" if first != last else ""


def stamp(ticks: int) -> str:
    """ASS time, h:mm:ss.cc."""
    hundredths = round(to_seconds(ticks) * 100)
    seconds, hundredths = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{hundredths:02d}"


def color(rgb: str) -> str:
    """&HBBGGRR& of RRGGBB."""
    return f"&H{rgb[4:6]}{rgb[2:4]}{rgb[0:2]}&".upper()


def alpha(opacity: float) -> str:
    """&HAA& of an opacity: 1 is opaque."""
    return f"&H{round(255 * (1 - min(1.0, max(0.0, opacity)))):02X}&"


def edges(outline_px: float, shadow_px: float) -> str:
    return rf"\bord{outline_px:.1f}\shad{shadow_px:.1f}"


def drawn_text(text: str, font: Font, em_px: float, *, japanese: bool | None = None) -> tuple[str, float]:
    """The text with the fonts that draw it, and how far below the middle of its capitals it must be placed (with `\\an5`)."""
    found = runs(text, font, japanese=is_japanese(text) if japanese is None else japanese)
    parts = [rf"{{\fn{run.font.family}\fs{run.font.ass_size(em_px)}}}{escape_run(run)}" for run in found]
    return "".join(parts), baseline_shift(found, font, em_px)


def escape_run(run: Run) -> str:
    """A run's text with its outer spaces, which `escape` would take."""
    inner = escape(run.text)
    before, after = (" " if run.text[:1] == " " else ""), (" " if run.text[-1:] == " " and run.text.strip() else "")
    return f"{before}{inner}{after}"


def box(area: Area, radius_px: float) -> tuple[str, str]:
    """Tags and path of a filled rectangle with round corners around its own middle, so that scaling grows it from there."""
    middle = rf"\an5\pos({(area.left + area.right) / 2:.1f},{(area.top + area.bottom) / 2:.1f})\bord0\shad0\p1"
    return middle, box_path(round(area.width), round(area.height), round(radius_px))


@cache
def box_path(width: int, height: int, radius: int) -> str:
    """An ASS drawing from 0,0."""
    r = max(0, min(radius, width // 2, height // 2))
    if r == 0:
        return f"m 0 0 l {width} 0 {width} {height} 0 {height}"
    c = round(r * (1 - _CURVE))
    w, h = width, height
    return (
        f"m {r} 0 l {w - r} 0 b {w - c} 0 {w} {c} {w} {r} l {w} {h - r} b {w} {h - c} {w - c} {h} {w - r} {h} "
        f"l {r} {h} b {c} {h} 0 {h - c} 0 {h - r} l 0 {r} b 0 {c} {c} 0 {r} 0"
    )


def header(width_px: int, height_px: int, own_fonts: Sequence[Font] = ()) -> list[str]:
    """Everything before the events. Encoding -1 lets libass find each line's direction itself; a brand's own fonts travel in the script."""
    fields = "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, Encoding"
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width_px}",
        f"PlayResY: {height_px}",
        "WrapStyle: 2",
        "ScaledBorderAndShadow: yes",
        "[V4+ Styles]",
        f"Format: {fields}",
        f"Style: {STYLE},{CAPTION_FONT.family},80,&H00FFFFFF&,&H00101010&,&H60000000&,0,1,0,0,5,-1",
    ]
    if own_fonts:
        lines.append("[Fonts]")
        for font in own_fonts:
            lines += [f"fontname: {font.path.name}", *_encoded(font)]
    return [*lines, "[Events]", "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"]


@cache
def _encoded(font: Font) -> tuple[str, ...]:
    """A file in ASS's own encoding: three bytes as four characters of 33 + six bits, 80 characters a line. Source: ASS specification."""
    content = font.path.read_bytes()
    rest = len(content) % 3
    padded = content + bytes((3 - rest) % 3)
    signs = bytearray()
    for at in range(0, len(padded), 3):
        value = int.from_bytes(padded[at : at + 3], "big")
        signs += bytes((33 + (value >> shift & 63)) for shift in (18, 12, 6, 0))
    if rest:
        del signs[len(signs) - (3 - rest) :]
    text = signs.decode("ascii")
    return tuple(text[at : at + 80] for at in range(0, len(text), 80))
