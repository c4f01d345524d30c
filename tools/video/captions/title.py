"""The hook title: laid out for any frame and script, and drawn over the first seconds."""

from collections.abc import Sequence
from typing import NamedTuple

from tools.video.additions import Brand
from tools.video.captions.areas import Area, clamped, column_px, frame_area, title_y, unit
from tools.video.captions.layout import is_tall
from tools.video.captions.script import alpha, color, drawn_text, edges, event
from tools.video.captions.styles import INK, WHITE, YELLOW, find_style
from tools.video.captions.text import plain, without_emoji
from tools.video.fonts import TITLE_FONT, Font, break_lines, find_font, joined, split_units, split_wide, width_px
from tools.video.timeline import HookTitle, Timeline

SIZES_PX = (112, 100, 88, 76)  # in a frame whose shorter side is 1080: the largest at which the title fits
_SMALLEST_PX = 60
_MOST_LINES = 3
_OUTLINE_EM, _SHADOW_EM = 0.07, 0.045
_PITCH_EM = 1.2
_TALL = 1.3


class Title(NamedTuple):
    """A title in lines and the size they are set in."""

    lines: tuple[str, ...]
    size_px: int


def title_font(brand: Brand | None) -> Font:
    """The brand's title font where the registry has it."""
    return (find_font(brand.title_font) if brand else None) or TITLE_FONT


def break_title(text: str, frame: tuple[int, int], brand: Brand | None = None) -> Title | None:
    """The lines of a title at the largest size that fits the frame; None when nothing can be shown. Emoji are left out."""
    shown = plain(without_emoji(plain(text))).upper()
    if not shown:
        return None
    font, scale = title_font(brand), unit(frame)
    widest_px = column_px(frame) * 0.995
    units = [part for word in shown.split() for unit_ in split_units(word) for part in _fitting(unit_, font, scale, widest_px)]
    size_px = lines = None
    for size in (*SIZES_PX, _SMALLEST_PX):
        size_px = round(size * scale)
        inner_px = widest_px - 2 * _edge(size_px)
        lines = break_lines(units, font, size_px, inner_px)
        if len(lines) <= _MOST_LINES and all(width_px(joined(line), font, size_px) <= inner_px for line in lines):
            break
    assert lines is not None and size_px is not None
    return Title(tuple(joined(line) for line in lines), size_px)


def _fitting(word: str, font: Font, scale: float, widest_px: float) -> list[str]:
    size_px = round(_SMALLEST_PX * scale)
    return split_wide(word, font, size_px, widest_px - 2 * _edge(size_px))


def _edge(size_px: float) -> float:
    return (_OUTLINE_EM + _SHADOW_EM) * size_px


def title_area(hook: HookTitle, timeline: Timeline | None = None) -> Area:
    """Where a title is drawn, its outline included; without a timeline in a frame of 1080x1920."""
    frame = (timeline.width_px, timeline.height_px) if timeline else (1080, 1920)
    font = title_font(timeline.brand if timeline else None)
    half_width = max((width_px(line, font, hook.size_px) for line in hook.lines), default=0.0) / 2 + _edge(hook.size_px)
    half_height = _height(hook.lines, hook.size_px, font) / 2
    middle = _middle(hook, timeline, font)
    return Area(frame[0] / 2 - half_width, middle - half_height, frame[0] / 2 + half_width, middle + half_height)


def _pitch(lines: Sequence[str], size_px: float, font: Font) -> float:
    return size_px * _PITCH_EM * (_TALL if is_tall("".join(lines), font) else 1.0)


def _height(lines: Sequence[str], size_px: float, font: Font) -> float:
    return len(lines) * _pitch(lines, size_px, font) + 2 * _edge(size_px)


def _middle(hook: HookTitle, timeline: Timeline | None, font: Font) -> float:
    frame = (timeline.width_px, timeline.height_px) if timeline else (1080, 1920)
    free = frame_area(frame, timeline.platform if timeline else "any")
    wanted = hook.center_y_px or title_y(frame)
    return clamped(wanted, _height(hook.lines, hook.size_px, font), free)


def title_events(timeline: Timeline, hook: HookTitle) -> list[str]:
    """One event for each line: white, the last one in the accent colour, rising in one after the other."""
    brand, font = timeline.brand, title_font(timeline.brand)
    accent = find_style(timeline.caption_style, brand).accent if brand and brand.accent else YELLOW
    pitch, middle = _pitch(hook.lines, hook.size_px, font), _middle(hook, timeline, font)
    events = []
    for index, line in enumerate(hook.lines):
        text, shift = drawn_text(line, font, hook.size_px)
        x, y = timeline.width_px / 2, middle + (index - (len(hook.lines) - 1) / 2) * pitch + shift
        ink = accent if len(hook.lines) > 1 and index == len(hook.lines) - 1 else WHITE
        start = index * 70
        move = rf"\move({x:.1f},{y + 0.25 * hook.size_px:.1f},{x:.1f},{y:.1f},{start},{start + 160})\fad({start + 130},220)"
        look = edges(_OUTLINE_EM * hook.size_px, _SHADOW_EM * hook.size_px) + rf"\1c{color(ink)}\3c{color(INK)}\4a{alpha(0.55)}"
        events.append(event(6, hook.start, hook.end, rf"\an5{move}{look}", text))
    return events
