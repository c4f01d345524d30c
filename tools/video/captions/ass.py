"""The ASS script of a timeline: captions word by word, the title, graphics. One event for each look a word goes through; no blur."""

from collections.abc import Iterator
from typing import NamedTuple

from tools.video.captions.areas import Area
from tools.video.captions.graphics import graphic_events
from tools.video.captions.layout import (
    BOX_PAD_EM,
    LINE_ABOVE_EM,
    LINE_HEIGHT_EM,
    LINE_PAD_EM,
    OVERSHOOT,
    PANEL_PAD_EM,
    Block,
    PlacedWord,
    lay_cue,
)
from tools.video.captions.script import alpha, box, color, drawn_text, edges, event, header
from tools.video.captions.styles import Entrance, Style, Upcoming, find_style, ink_on
from tools.video.captions.title import title_events
from tools.video.fonts import find_font
from tools.video.timeline import Cue, Timeline, to_ticks

_PANEL, _BEHIND, _TEXT, _SPOKEN = 0, 1, 2, 3  # layers
_DIM = 0.45  # opacity of words that are not spoken yet
_ENTER_MS = 110


def write_ass(timeline: Timeline) -> str:
    """The whole ASS script of a timeline.

    Raises:
        InputError: Its caption style or platform is not known.
    """
    style = find_style(timeline.caption_style, timeline.brand)
    events = [line for cue in timeline.cues for line in _cue_events(timeline, cue, style)]
    if timeline.hook is not None:
        events += title_events(timeline, timeline.hook)
    events += [line for graphic in timeline.graphics for line in graphic_events(timeline, graphic)]
    return "\n".join([*_header(timeline, style), *(line for line in events if line), ""])


def _header(timeline: Timeline, style: Style) -> list[str]:
    brand = timeline.brand
    used = {style.caption_font} | ({font for font in (find_font(brand.title_font),) if font is not None} if brand else set())
    own = sorted((font for font in used if font.is_own), key=lambda font: font.name)
    return header(timeline.width_px, timeline.height_px, own)


class _Piece(NamedTuple):
    """A stretch of a cue in which a word looks the same."""

    start: int
    end: int
    state: str  # "upcoming", "spoken" or "over"


def _cue_events(timeline: Timeline, cue: Cue, style: Style) -> Iterator[str]:
    block = lay_cue(timeline, cue, style)
    drawn = sorted(block.words, key=lambda placed: placed.number)
    if style.panel and drawn:
        yield _panel_event(cue, block, style)
    for number, placed in enumerate(drawn):
        start = cue.start if number == 0 else min(cue.end, max(cue.start, placed.word.start))
        following = drawn[number + 1].word.start if number + 1 < len(drawn) else cue.end
        end = min(cue.end, max(start, following))
        yield from _word_events(cue, block, style, placed, _pieces(cue, style, start, end))


def _pieces(cue: Cue, style: Style, start: int, end: int) -> list[_Piece]:
    """The looks of a word that is spoken from `start` to `end`; neighbours that look the same are one piece."""
    is_lit = bool(style.active_color or style.active_box or style.active_line or style.active_scale > 1)
    pieces = [_Piece(start, end, "spoken" if is_lit else "over"), _Piece(end, cue.end, "over")]
    if style.upcoming is not Upcoming.HIDDEN:
        pieces.insert(0, _Piece(cue.start, start, "upcoming" if style.upcoming is Upcoming.DIM else "over"))
    joined: list[_Piece] = []
    for piece in pieces:
        if piece.start >= piece.end:
            continue
        if joined and joined[-1].state == piece.state and joined[-1].end == piece.start:
            joined[-1] = joined[-1]._replace(end=piece.end)
        else:
            joined.append(piece)
    return joined


def _word_events(cue: Cue, block: Block, style: Style, placed: PlacedWord, pieces: list[_Piece]) -> Iterator[str]:
    em = block.em_px
    text, shift = drawn_text(placed.text, style.caption_font, em, japanese=block.japanese)
    for number, piece in enumerate(pieces):
        enters = number == 0 and (style.upcoming is Upcoming.HIDDEN or piece.start == cue.start)
        spoken = piece.state == "spoken"
        if spoken:
            yield from _behind_events(block, style, placed, piece)
        place = (placed.x_px, placed.y_px + shift)
        tags = _place_tags(block, style, place, enters=enters, spoken=spoken) + _ink_tags(style, placed, piece, em)
        yield event(_SPOKEN if spoken else _TEXT, piece.start, piece.end, tags, text)


def _ink_tags(style: Style, placed: PlacedWord, piece: _Piece, em: float) -> str:
    base = style.paint(style.emphasis_color) if placed.word.is_emphasised and style.emphasis_color else style.color
    ink, outline = base, style.outline_color
    if piece.state == "spoken" and style.active_box:
        ink = ink_on(style.paint(style.active_box))
        outline = style.paint(style.active_box)
    elif piece.state == "spoken" and style.active_color and not (placed.word.is_emphasised and style.emphasis_color):
        ink = style.paint(style.active_color)
    shadow = style.shadow_em * em
    tags = edges(style.outline_em * em, shadow) + rf"\1c{color(ink)}\3c{color(outline)}"
    if shadow:
        tags += rf"\4a{alpha(0.55)}"
    if piece.state == "upcoming":
        tags += rf"\1a{alpha(_DIM)}" + (rf"\3a{alpha(_DIM)}" if style.outline_em else "")
    return tags


def _place_tags(block: Block, style: Style, place: tuple[float, float], *, enters: bool, spoken: bool) -> str:
    (x, y), em, body = place, block.em_px, block.body
    tags, rest = r"\an5", ""
    if enters and style.enter is Entrance.RISE:
        tags += rf"\move({x:.1f},{y + 0.22 * em:.1f},{x:.1f},{y:.1f},0,{_ENTER_MS})\fad({_ENTER_MS},0)"
    else:
        tags += rf"\pos({x:.1f},{y:.1f})"
    if enters and style.enter is Entrance.FADE:
        tags += rf"\fad({_ENTER_MS},0)"
    peak, over = round(100 * style.active_scale), round(100 * (style.active_scale + OVERSHOOT))
    if spoken and style.active_scale > 1:
        rest = rf"\fscx94\fscy94\t(0,70,\fscx{over}\fscy{over})\t(70,150,\fscx{peak}\fscy{peak})"
    elif enters and style.enter is Entrance.POP:
        rest = r"\fscx60\fscy60\t(0,80,\fscx107\fscy107)\t(80,140,\fscx100\fscy100)"
    if style.tilt_deg:
        tags += rf"\org({(body.left + body.right) / 2:.0f},{(body.top + body.bottom) / 2:.0f})\frz{style.tilt_deg:g}"
    return tags + rest


def _behind_events(block: Block, style: Style, placed: PlacedWord, piece: _Piece) -> Iterator[str]:
    """The box or the line of the spoken word."""
    em, half = block.em_px, placed.width_px / 2
    if style.active_box:
        across, down = BOX_PAD_EM[0] * em, (0.5 + BOX_PAD_EM[1]) * em
        area = Area(placed.x_px - half - across, placed.y_px - down, placed.x_px + half + across, placed.y_px + down)
        tags, path = box(area, 0.2 * em)
        grow = r"\fscx88\fscy88\t(0,70,\fscx103\fscy103)\t(70,120,\fscx100\fscy100)"
        yield event(_BEHIND, piece.start, piece.end, tags + rf"\1c{color(style.paint(style.active_box))}" + grow, path)
    if style.active_line:
        top, across = placed.y_px + (style.caption_font.cap_height / 2 - LINE_ABOVE_EM) * em, half + LINE_PAD_EM * em
        area = Area(placed.x_px - across, top, placed.x_px + across, top + LINE_HEIGHT_EM * em)
        tags, path = box(area, 0.08 * em)
        left, right, bottom = round(area.left) - 2, round(area.right) + 2, round(area.bottom) + 2
        wipe = rf"\clip({left},{round(top) - 2},{left},{bottom})\t(0,160,\clip({left},{round(top) - 2},{right},{bottom}))"
        yield event(_BEHIND, piece.start, piece.end, tags + rf"\1c{color(style.paint(style.active_line))}" + wipe, path)


def _panel_event(cue: Cue, block: Block, style: Style) -> str:
    across, down = (share * block.em_px for share in PANEL_PAD_EM)
    body = block.body
    area = Area(body.left - across, body.top - down, body.right + across, body.bottom + down)
    tags, path = box(area, 0.42 * block.em_px)
    fade = rf"\fad({_ENTER_MS},0)" if style.enter is not Entrance.NONE and cue.end - cue.start > to_ticks(0.3) else ""
    return event(_PANEL, cue.start, cue.end, tags + rf"\1c{color(style.panel)}\1a{alpha(style.panel_alpha)}" + fade, path)
