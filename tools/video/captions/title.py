"""The hook title: laid out for any frame and script, and drawn over the first seconds."""

from dataclasses import replace
from typing import NamedTuple

from tools.video.additions import Brand
from tools.video.captions.areas import Area, clamped, column_px, frame_area, title_y, unit
from tools.video.captions.layout import Block, lay_lines, margin_em
from tools.video.captions.script import alpha, color, drawn_text, edges, event
from tools.video.captions.styles import INK, WHITE, YELLOW, Style, find_style
from tools.video.captions.text import plain, without_emoji
from tools.video.fonts import TITLE_FONT, Font, break_lines, find_font, joined, split_units, split_wide, width_px
from tools.video.timeline import CueWord, HookTitle, Timeline

SIZES_PX = (112, 100, 88, 76)  # in a frame whose shorter side is 1080: the largest at which the title fits
_SMALLEST_PX = 60
_MOST_LINES = 3
_STYLE = Style("title", TITLE_FONT.name, SIZES_PX[0], 12, outline_em=0.07, shadow_em=0.045)


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
    return margin_em(_STYLE)[0] * size_px


def title_area(hook: HookTitle, timeline: Timeline | None = None) -> Area:
    """Where a title is drawn, its outline included; without a timeline in a frame of 1080x1920."""
    return _lay_title(hook, timeline).area


def _lay_title(hook: HookTitle, timeline: Timeline | None) -> Block:
    """The title's words, placed inside the safe area."""
    frame = (timeline.width_px, timeline.height_px) if timeline else (1080, 1920)
    free = frame_area(frame, timeline.platform if timeline else "any")
    style = replace(_STYLE, font=title_font(timeline.brand if timeline else None).name)
    lines = [[CueWord(word, hook.start, hook.end) for word in line.split()] for line in hook.lines]
    wanted = float(hook.center_y_px or title_y(frame))
    height = lay_lines(lines, style, hook.size_px, (frame[0] / 2, wanted)).area.height
    return lay_lines(lines, style, hook.size_px, (frame[0] / 2, clamped(wanted, height, free)))


def title_events(timeline: Timeline, hook: HookTitle) -> list[str]:
    """White lines, the last one in the accent colour, rising in one after the other. A word is an event, as in the captions."""
    brand, font = timeline.brand, title_font(timeline.brand)
    accent = find_style(timeline.caption_style, brand).accent if brand and brand.accent else YELLOW
    block, em = _lay_title(hook, timeline), hook.size_px
    rows = sorted({placed.y_px for placed in block.words})
    events = []
    for placed in block.words:
        row = rows.index(placed.y_px)
        text, shift = drawn_text(placed.text, font, em, japanese=block.japanese)
        x, y, start = placed.x_px, placed.y_px + shift, row * 70
        ink = accent if len(rows) > 1 and row == len(rows) - 1 else WHITE
        move = rf"\an5\move({x:.1f},{y + 0.25 * em:.1f},{x:.1f},{y:.1f},{start},{start + 160})\fad({start + 130},220)"
        look = edges(_STYLE.outline_em * em, _STYLE.shadow_em * em) + rf"\1c{color(ink)}\3c{color(INK)}\4a{alpha(0.55)}"
        events.append(event(6, hook.start, hook.end, move + look, text))
    return events
