"""Drawn graphics: a name below a speaker, a progress bar, small print, a card. All are text and shapes of the same ASS script."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tools.video.additions import Graphic, GraphicKind
from tools.video.captions.areas import Area, aspect_of, clamped, safe_area, unit
from tools.video.captions.script import alpha, box, color, drawn_text, event
from tools.video.captions.styles import BLACK, INK, WHITE, find_style
from tools.video.captions.text import plain, without_emoji
from tools.video.captions.title import title_font
from tools.video.fonts import CAPTION_FONT, Font, break_lines, find_font, joined, split_units, width_px
from tools.video.timeline import Timeline, to_ticks

_PANEL, _TEXT, _TOP = 7, 8, 9  # layers: over captions and title
_SLIDE_MS = 260
_NAME_PX, _DETAIL_PX, _CREDIT_PX, _CARD_PX, _CARD_DETAIL_PX = 52, 34, 27, 108, 46
_THIRD_Y = {"9:16": 0.545, "4:5": 0.6, "1:1": 0.58, "16:9": 0.7}  # above the captions' own place
_BAR_PX = 12
_SHADE = 0.7  # how much a card darkens the picture
_MOST_CHARACTERS = 160


def graphic_area(timeline: Timeline, graphic: Graphic) -> Area:
    """Where a graphic's text and shapes are drawn; of a card its text alone, not the darkened picture."""
    return _AREAS[graphic.kind](timeline, graphic)


def graphic_events(timeline: Timeline, graphic: Graphic) -> list[str]:
    """The ASS events of a graphic; none when it has nothing to show."""
    return list(_EVENTS[graphic.kind](timeline, graphic))


def span_of(timeline: Timeline, graphic: Graphic) -> tuple[int, int]:
    """When a graphic is shown, in timeline ticks."""
    end = min(graphic.end or timeline.duration, timeline.duration)
    return max(0, min(graphic.start, end)), end


def _accent(timeline: Timeline, graphic: Graphic) -> str:
    own = graphic.color.lstrip("#").upper()
    if len(own) == 6 and all(digit in "0123456789ABCDEF" for digit in own):
        return own
    return find_style(timeline.caption_style, timeline.brand).accent


def _frame(timeline: Timeline) -> tuple[int, int]:
    return timeline.width_px, timeline.height_px


def _clean(text: str) -> str:
    return plain(without_emoji(plain(text)))[:_MOST_CHARACTERS]


def _font(name: str) -> Font:
    return find_font(name) or CAPTION_FONT


def _column(timeline: Timeline) -> Area:
    """The safe area, made as wide on the left as on the right."""
    free, middle = safe_area(timeline), timeline.width_px / 2
    half = min(middle - free.left, free.right - middle) - 1
    return Area(middle - half, free.top, middle + half, free.bottom - 1)


# --- lower third --------------------------------------------------------------------------------------------------


class _Third(NamedTuple):
    """The measures of a lower third, in pixels."""

    area: Area
    name: str
    detail: str
    name_px: float
    detail_px: float
    pad_px: float
    bar_px: float


def _third(timeline: Timeline, graphic: Graphic) -> _Third:
    scale, column = unit(_frame(timeline)), _column(timeline)
    name, detail = _clean(graphic.text), _clean(graphic.detail)
    pad, bar = 30 * scale, 12 * scale
    room = column.width - 2 * pad - bar
    name_px = _fitted(name, _font("Poppins"), _NAME_PX * scale, room)
    detail_px = _fitted(detail, _font("Inter"), _DETAIL_PX * scale, room)
    width = max(width_px(name, _font("Poppins"), name_px), width_px(detail, _font("Inter"), detail_px)) + 2 * pad + bar
    height = 1.3 * pad + name_px * 1.15 + (detail_px * 1.45 if detail else 0.0)
    top = clamped(_THIRD_Y[aspect_of(_frame(timeline))] * timeline.height_px, height, column) - height / 2
    return _Third(Area(column.left, top, column.left + width, top + height), name, detail, name_px, detail_px, pad, bar)


def _fitted(text: str, font: Font, size_px: float, most_px: float) -> float:
    return size_px * min(1.0, most_px / max(1.0, width_px(text, font, size_px)))


def _third_area(timeline: Timeline, graphic: Graphic) -> Area:
    return _third(timeline, graphic).area


def _third_events(timeline: Timeline, graphic: Graphic) -> Iterator[str]:
    """A dark panel wiped in from its accent bar, then the words; wiped out the same way."""
    third, (start, end) = _third(timeline, graphic), span_of(timeline, graphic)
    if not third.name or start >= end:
        return
    area, accent = third.area, color(_accent(timeline, graphic))
    length_ms = round((end - start) / to_ticks(0.001))
    left, right = round(area.left) - 1, round(area.right) + 1
    top, bottom = round(area.top) - 1, round(area.bottom) + 1
    shut, wide = rf"\clip({left},{top},{left},{bottom})", rf"\clip({left},{top},{right},{bottom})"
    leave = max(_SLIDE_MS, length_ms - _SLIDE_MS)
    wipe = rf"{shut}\t(0,{_SLIDE_MS},0.6,{wide})\t({leave},{length_ms},1.6,{shut})"
    tags, path = box(area, 0.3 * third.pad_px)
    yield event(_PANEL, start, end, tags + rf"\1c{color('14161C')}\1a{alpha(0.86)}" + wipe, path)
    bar_tags, bar_path = box(Area(area.left, area.top, area.left + third.bar_px, area.bottom), 0)
    yield event(_TEXT, start, end, bar_tags + rf"\1c{accent}" + wipe, bar_path)
    x = area.left + third.bar_px + third.pad_px
    name_y = area.top + 0.65 * third.pad_px + third.name_px * 0.575
    rows = [(third.name, _font("Poppins"), third.name_px, name_y, WHITE)]
    if third.detail:
        rows.append((third.detail, _font("Inter"), third.detail_px, name_y + third.name_px * 0.575 + third.detail_px * 0.75, "C9CED6"))
    for text, font, size_px, y, ink in rows:
        drawn, shift = drawn_text(text, font, size_px)
        middle = x + width_px(text, font, size_px) / 2
        move = rf"\an5\move({middle - 24:.1f},{y + shift:.1f},{middle:.1f},{y + shift:.1f},80,{_SLIDE_MS + 120})"
        yield event(_TEXT, start, end, rf"{move}\bord0\shad0\1c{color(ink)}\fad(240,120)" + wipe, drawn)


# --- progress bar -------------------------------------------------------------------------------------------------


def _bar_area(timeline: Timeline, graphic: Graphic) -> Area:
    """Along the upper edge of the frame: the apps draw nothing there, and at the lower end of the safe area it would cross a face."""
    return Area(0, 0, timeline.width_px, max(4.0, _BAR_PX * unit(_frame(timeline))))


def _bar_events(timeline: Timeline, graphic: Graphic) -> Iterator[str]:
    """A rail, and a bar on it that a moving clip uncovers."""
    area, (start, end) = _bar_area(timeline, graphic), span_of(timeline, graphic)
    if start >= end:
        return
    tags, path = box(area, area.height / 2)
    left, right, top, bottom = round(area.left) - 1, round(area.right) + 1, round(area.top) - 1, round(area.bottom) + 1
    length_ms = round((end - start) / to_ticks(0.001))
    grow = rf"\clip({left},{top},{left},{bottom})\t(0,{length_ms},\clip({left},{top},{right},{bottom}))"
    yield event(_PANEL, start, end, tags + rf"\1c{color(BLACK)}\1a{alpha(0.45)}", path)
    yield event(_TEXT, start, end, tags + rf"\1c{color(_accent(timeline, graphic))}" + grow, path)


# --- small print --------------------------------------------------------------------------------------------------


def _credit_rows(timeline: Timeline, graphic: Graphic) -> tuple[list[str], float]:
    size_px = _CREDIT_PX * unit(_frame(timeline))
    words = [unit_ for word in _clean(graphic.text).split() for unit_ in split_units(word)]
    lines = [joined(line) for line in break_lines(words, _font("Inter"), size_px, _column(timeline).width * 0.96)] if words else []
    widest = max((width_px(line, _font("Inter"), size_px) for line in lines), default=1.0)
    return lines, size_px * min(1.0, _column(timeline).width * 0.96 / max(1.0, widest))


def _credit_area(timeline: Timeline, graphic: Graphic) -> Area:
    lines, size_px = _credit_rows(timeline, graphic)
    column = _column(timeline)
    bottom = column.bottom - 2 * unit(_frame(timeline))
    width = max((width_px(line, _font("Inter"), size_px) for line in lines), default=0.0) + 0.3 * size_px
    return Area(column.left, bottom - len(lines) * 1.3 * size_px, column.left + width, bottom)


def _credit_events(timeline: Timeline, graphic: Graphic) -> Iterator[str]:
    (lines, size_px), area = _credit_rows(timeline, graphic), _credit_area(timeline, graphic)
    start, end = span_of(timeline, graphic)
    for index, line in enumerate(lines if start < end else []):
        drawn, shift = drawn_text(line, _font("Inter"), size_px)
        x = area.left + 0.15 * size_px + width_px(line, _font("Inter"), size_px) / 2
        y = area.top + (index + 0.5) * 1.3 * size_px + shift
        look = rf"\an5\pos({x:.1f},{y:.1f})\bord{0.07 * size_px:.1f}\shad0\1c{color(WHITE)}\1a{alpha(0.88)}\3c{color(INK)}\3a{alpha(0.6)}"
        yield event(_TEXT, start, end, look + r"\fad(200,0)", drawn)


# --- card ---------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A centred line of a card."""

    text: str
    font: Font
    size_px: float
    y_px: float
    ink: str


def _card_rows(timeline: Timeline, graphic: Graphic) -> list[_Row]:
    frame = _frame(timeline)
    scale, column = unit(frame), _column(timeline)
    upper, lower = _clean(graphic.text).upper(), _clean(graphic.detail)
    font, size_px = title_font(timeline.brand), _CARD_PX * scale
    lines = _card_lines(upper, font, size_px, column.width)
    while len(lines) > 4 and size_px > 40 * scale:
        size_px *= 0.9
        lines = _card_lines(upper, font, size_px, column.width)
    rows = [(line, font, _fitted(line, font, size_px, column.width * 0.97), 1.22, WHITE) for line in lines]
    detail_px = _CARD_DETAIL_PX * scale
    for line in _card_lines(lower, _font("Poppins"), detail_px, column.width):
        rows.append(
            (line, _font("Poppins"), _fitted(line, _font("Poppins"), detail_px, column.width * 0.97), 1.4, _accent(timeline, graphic))
        )
    height = sum(size * pitch for _, _, size, pitch, _ in rows)
    y, placed = timeline.height_px * 0.46 - height / 2, []
    for text, one, size, pitch, ink in rows:
        placed.append(_Row(text, one, size, y + size * pitch / 2, ink))
        y += size * pitch
    return placed


def _card_lines(text: str, font: Font, size_px: float, most_px: float) -> list[str]:
    words = [unit_ for word in text.split() for unit_ in split_units(word)]
    return [joined(line) for line in break_lines(words, font, size_px, most_px * 0.97)] if words else []


def _card_area(timeline: Timeline, graphic: Graphic) -> Area:
    rows, middle = _card_rows(timeline, graphic), timeline.width_px / 2
    if not rows:
        return Area(middle, timeline.height_px / 2, middle, timeline.height_px / 2)
    half = max(width_px(row.text, row.font, row.size_px) for row in rows) / 2
    return Area(middle - half, rows[0].y_px - 0.6 * rows[0].size_px, middle + half, rows[-1].y_px + 0.7 * rows[-1].size_px)


def _card_events(timeline: Timeline, graphic: Graphic) -> Iterator[str]:
    """The picture darkened, an accent line, and the words rising in one line after the other."""
    rows, (start, end) = _card_rows(timeline, graphic), span_of(timeline, graphic)
    if not rows or start >= end:
        return
    whole = Area(-2, -2, timeline.width_px + 2, timeline.height_px + 2)
    fade = rf"\fad({_SLIDE_MS},{_SLIDE_MS})"
    tags, path = box(whole, 0)
    yield event(_TOP, start, end, tags + rf"\1c{color('0B0D12')}\1a{alpha(_SHADE)}{fade}", path)
    for index, row in enumerate(rows):
        drawn, shift = drawn_text(row.text, row.font, row.size_px)
        x, y, at = timeline.width_px / 2, row.y_px + shift, index * 80
        move = rf"\an5\move({x:.1f},{y + 0.3 * row.size_px:.1f},{x:.1f},{y:.1f},{at},{at + 220})"
        yield event(_TOP + 1, start, end, rf"{move}\bord0\shad0\1c{color(row.ink)}\fad({at + 220},{_SLIDE_MS})", drawn)


_AREAS: dict[GraphicKind, Callable[[Timeline, Graphic], Area]] = {
    GraphicKind.LOWER_THIRD: _third_area,
    GraphicKind.PROGRESS: _bar_area,
    GraphicKind.CREDIT: _credit_area,
    GraphicKind.CARD: _card_area,
}
_EVENTS: dict[GraphicKind, Callable[[Timeline, Graphic], Iterator[str]]] = {
    GraphicKind.LOWER_THIRD: _third_events,
    GraphicKind.PROGRESS: _bar_events,
    GraphicKind.CREDIT: _credit_events,
    GraphicKind.CARD: _card_events,
}
