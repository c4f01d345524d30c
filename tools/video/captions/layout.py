"""Where each word of a caption, or each line of a title, is drawn: planned here once for the script, the areas and the boxes behind words.

Every word is placed by itself, so that what lies behind a word lies exactly behind it, in any script and any direction.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tools.video.captions.areas import Area, caption_y, clamped, safe_area, unit
from tools.video.captions.styles import Style, Upcoming
from tools.video.captions.text import is_rtl, visual_order, without_emoji
from tools.video.fonts import Font, Run, is_japanese, is_spaced, runs, width_px
from tools.video.timeline import Cue, CueWord, Timeline

BOX_PAD_EM = (0.17, 0.13)  # of the box behind a word, beside the letters and above and below them
PANEL_PAD_EM = (0.42, 0.34)
LINE_ABOVE_EM, LINE_HEIGHT_EM, LINE_PAD_EM = 0.17, 0.34, 0.07  # of the marker line: from above the baseline down, and beside the word
OVERSHOOT = 0.05  # how much larger a word that pops is for a moment than it stays
_REACH_EM = 0.62  # how far letters with accents and tails reach from the middle of their line
_TALL = 1.3  # that much more for scripts with marks above and below


class PlacedWord(NamedTuple):
    """A word with the text that is drawn and its middle; `number` counts the words of the cue as they are spoken."""

    word: CueWord
    text: str
    number: int
    x_px: float
    y_px: float  # the middle of the line, where capitals have theirs
    width_px: float


class Block(NamedTuple):
    """A laid out cue. `area` is all that is drawn, decoration included; `body` only the lines of text."""

    words: tuple[PlacedWord, ...]
    em_px: float
    japanese: bool
    body: Area
    area: Area


def shown(text: str, style: Style) -> str:
    """The text of a word as its style draws it; empty when it is nothing but emoji."""
    drawn = without_emoji(text)
    return drawn.upper() if style.is_upper else drawn


def lay_cue(timeline: Timeline, cue: Cue, style: Style) -> Block:
    """Place a cue in its timeline's frame: where it was moved to, or at its style's place, inside the safe area as far as it fits."""
    frame = (timeline.width_px, timeline.height_px)
    block = lay_lines(cue.lines, style, cue.size_px, (frame[0] / 2, cue.center_y_px or caption_y(style.place, frame)))
    middle = (block.area.top + block.area.bottom) / 2
    off = clamped(middle, block.area.height, safe_area(timeline)) - middle
    moved = (frame[0] / 2, (block.body.top + block.body.bottom) / 2 + off)
    return lay_lines(cue.lines, style, cue.size_px, moved) if abs(off) >= 1 else block


def lay_lines(lines: Sequence[Sequence[CueWord]], style: Style, em_px: float, center: tuple[float, float]) -> Block:
    """Place lines of words around a point."""
    font, drawn = style.caption_font, [[(word, shown(word.text, style)) for word in line] for line in lines]
    kept = [[pair for pair in line if pair[1]] for line in drawn]
    whole = " ".join(text for line in drawn for _, text in line)
    japanese, rtl = is_japanese(whole), bool(is_rtl(whole))
    visible = [line for line in kept if line]
    pitch = em_px * style.pitch_em * (_TALL if is_tall(whole, font) else 1.0)
    placed: list[PlacedWord] = []
    widest, reach, index = 0.0, 0.0, 0
    for number, line in enumerate(visible):
        y = center[1] + (number - (len(visible) - 1) / 2) * pitch
        words, width = _lay_line(line, style, em_px, japanese, rtl, (center[0], y), index)
        placed += words
        index, widest = index + len(line), max(widest, width)
        reach = max(reach, width / 2 + swell_px(style, max(one.width_px for one in words)))
    half = (len(visible) - 1) / 2 * pitch + em_px * 0.5 if visible else 0.0
    body = Area(center[0] - widest / 2, center[1] - half, center[0] + widest / 2, center[1] + half)
    return Block(tuple(placed), em_px, japanese, body, _grown(body, style, em_px, whole, reach) if visible else body)


def _lay_line(
    line: Sequence[tuple[CueWord, str]], style: Style, em_px: float, japanese: bool, rtl: bool, middle: tuple[float, float], first: int
) -> tuple[list[PlacedWord], float]:
    font = style.caption_font
    order = visual_order([text for _, text in line], rtl=rtl)
    widths = [width_px(line[index][1], font, em_px, japanese=japanese) for index in order]
    gaps = [space_px(line[a][1], line[b][1], style, em_px) for a, b in pairwise(order)]
    total = sum(widths) + sum(gaps)
    x = middle[0] - total / 2
    placed = []
    for index, width, gap in zip(order, widths, [*gaps, 0.0], strict=True):
        placed.append(PlacedWord(line[index][0], line[index][1], first + index, x + width / 2, middle[1], width))
        x += width + gap
    return placed, total


def space_px(left: str, right: str, style: Style, em_px: float) -> float:
    """The distance between two words of a line."""
    if not is_spaced(left, right):
        return 0.0
    return style.caption_font.width_px(" ", em_px) + style.gap_em * em_px


def line_width(words: Sequence[str], style: Style, em_px: float, *, japanese: bool) -> float:
    """The width of a line of words as the style draws them, with what lies behind and around them."""
    drawn = [text for text in (shown(word, style) for word in words) if text]
    widths = [width_px(text, style.caption_font, em_px, japanese=japanese) for text in drawn]
    gaps = sum(space_px(a, b, style, em_px) for a, b in pairwise(drawn))
    return sum(widths) + gaps + 2 * (margin_em(style)[0] * em_px + swell_px(style, max(widths, default=0.0)))


def swell_px(style: Style, widest_word: float) -> float:
    """How far a spoken word at the edge of a line may grow over it."""
    return widest_word * (style.active_scale - 1 + OVERSHOOT) / 2 if style.active_scale > 1 else 0.0


def margin_em(style: Style) -> tuple[float, float]:
    """What is drawn beside, and above or below, the letters of a block."""
    edge = style.outline_em + style.shadow_em
    across, down = edge, _REACH_EM - 0.5 + edge
    if style.active_scale > 1:
        down += 0.5 * (style.active_scale - 1 + OVERSHOOT)
    if style.active_box:
        across, down = max(across, BOX_PAD_EM[0]), max(down, BOX_PAD_EM[1])
    if style.active_line:
        across, down = max(across, LINE_PAD_EM), max(down, LINE_HEIGHT_EM - LINE_ABOVE_EM)
    if style.panel:
        across, down = PANEL_PAD_EM
    if style.tilt_deg:
        across, down = across + 0.05, down + 0.18
    return across, down


def _grown(body: Area, style: Style, em_px: float, text: str, reach: float) -> Area:
    """All that is drawn of a block whose words reach so far to each side, with what lies around and behind them."""
    across, down = (share * em_px for share in margin_em(style))
    across += reach - body.width / 2
    if is_tall(text, style.caption_font) and not style.panel:
        down += (_TALL - 1) * em_px
    return Area(body.left - across, body.top - down, body.right + across, body.bottom + down)


def is_tall(text: str, font: Font) -> bool:
    """Some of the text is in a script whose letters need more room above and below."""
    if text.isascii():
        return False
    return any(run.font.is_tall or 0x0900 <= ord(run.text[0]) <= 0x0DFF for run in runs(text, font))


def scaled_size(style: Style, frame: tuple[int, int], scale: float) -> int:
    """The em of a style in a frame of this size, in pixels."""
    return max(8, round(style.size_px * unit(frame) * min(3.0, max(0.4, scale))))


def baseline_shift(found: Sequence[Run], font: Font, em_px: float) -> float:
    """How far below the middle of its capitals libass must place the middle of a line box of these fonts, in pixels.

    libass puts the middle of the box at `\\an5\\pos`; the box reaches from the highest Windows ascent to the lowest descent of its fonts.
    """
    ascent = max((run.font.ascent for run in found), default=font.ascent)
    descent = max((run.font.descent for run in found), default=font.descent)
    return (font.cap_height - (ascent - descent)) / 2 * em_px


def is_revealed(style: Style) -> bool:
    return style.upcoming is Upcoming.HIDDEN
