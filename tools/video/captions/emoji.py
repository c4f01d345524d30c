"""Emoji as pictures over the captions: those in the words, and those suggested for words where a style wants them.

The pictures are Noto Color Emoji's, 136x128, beside their licence in `tools/video/emoji`. An emoji without a picture is not shown.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.video.additions import Overlay
from tools.video.captions.areas import Area, as_rect, safe_area
from tools.video.captions.layout import lay_cue
from tools.video.captions.styles import Style, find_style
from tools.video.captions.text import emoji_in
from tools.video.captions.words import SUGGESTED
from tools.video.catching import bare
from tools.video.timeline import Cue, Media, MediaKind, Timeline, to_ticks

FOLDER = Path(__file__).parents[1] / "emoji"
_PREFIX = "emoji:"
_WIDTH_PX, _HEIGHT_PX = 136, 128
_MOST, _MOST_IN_CUE = 12, 3  # pictures of one short, each an input of the render; and of one caption
_APART_S, _AGAIN_S = 2.5, 9.0  # between two suggestions, and before one comes again
_POP_S = 0.18
_SIZE_EM, _GAP_EM = 1.45, 0.1
_LEAST_SHOWN_S = 0.25


class Emoji(NamedTuple):
    """A picture to be shown with a cue from `start` on. One that stands in the words is `said`, the others are suggestions."""

    key: str
    start: int
    said: bool


def key_of(emoji: str) -> str | None:
    """The media key of an emoji, "emoji:1f525"; None when there is no picture. Without one in its skin tone the plain one is taken."""
    codes = [f"{ord(char):x}" for char in emoji if char not in "\ufe0e\ufe0f"]
    toneless = [code for code in codes if not 0x1F3FB <= int(code, 16) <= 0x1F3FF]
    for tried in (codes, toneless):
        if tried and (FOLDER / f"{'-'.join(tried)}.png").is_file():
            return _PREFIX + "-".join(tried)
    return None


def picture(key: str) -> Path:
    """Where the picture of an emoji's media key lies."""
    return FOLDER / f"{key.removeprefix(_PREFIX)}.png"


def is_emoji(key: str) -> bool:
    return key.startswith(_PREFIX)


@cache
def media(key: str) -> Media:
    path = picture(key)
    return Media(key, str(path), hashlib.sha256(path.read_bytes()).hexdigest()[:32], MediaKind.IMAGE, _WIDTH_PX, _HEIGHT_PX)


def suggest(text: str) -> str | None:
    """The media key of the emoji for a word; None for most words."""
    word = bare(text)
    emoji = SUGGESTED.get(word) or (SUGGESTED.get(word[:-1]) if len(word) > 3 and word.endswith("s") else None)
    return key_of(emoji) if emoji else None


def with_emoji(timeline: Timeline, blocked: Sequence[tuple[int, int, Area]] = ()) -> Timeline:
    """The timeline with the pictures its captions want, in place of those it had.

    Args:
        blocked: From when to when (ticks) which area is not to be covered by a suggestion.
    """
    style = find_style(timeline.caption_style, timeline.brand)
    added: list[Overlay] = []
    for cue, emoji in _wanted(timeline, style):
        if len(added) < _MOST:
            added += _overlays(timeline, style, cue, emoji, blocked)[: _MOST - len(added)]
    overlays = tuple(one for one in timeline.overlays if not is_emoji(one.media))
    used = {one.media for one in added}
    files = tuple(one for one in timeline.media if not is_emoji(one.key)) + tuple(media(key) for key in sorted(used))
    return replace(timeline, overlays=(*overlays, *added), media=files)


def _wanted(timeline: Timeline, style: Style) -> Iterator[tuple[Cue, list[Emoji]]]:
    last_at, last_of = -to_ticks(_APART_S), dict[str, int]()
    for cue in timeline.cues:
        said = [emoji for emoji in _said(cue) if cue.end - emoji.start >= to_ticks(_LEAST_SHOWN_S)]
        if said:
            yield cue, said[:_MOST_IN_CUE]
        elif style.has_emoji and cue.start - last_at >= to_ticks(_APART_S):
            found = next((one for one in _suggested(cue) if one.start - last_of.get(one.key, -to_ticks(99)) > to_ticks(_AGAIN_S)), None)
            if found is not None:
                last_at, last_of[found.key] = cue.start, found.start
                yield cue, [found]


def _said(cue: Cue) -> Iterator[Emoji]:
    for word in (word for line in cue.lines for word in line):
        for emoji in emoji_in(word.text):
            key = key_of(emoji)
            if key is not None:
                yield Emoji(key, min(max(cue.start, word.start), cue.end), said=True)


def _suggested(cue: Cue) -> Iterator[Emoji]:
    for word in (word for line in cue.lines for word in line):
        key = suggest(word.text)
        if key is not None and cue.end - max(cue.start, word.start) >= to_ticks(_LEAST_SHOWN_S):
            yield Emoji(key, max(cue.start, word.start), said=False)


def _overlays(
    timeline: Timeline, style: Style, cue: Cue, emoji: Sequence[Emoji], blocked: Sequence[tuple[int, int, Area]]
) -> list[Overlay]:
    """The pictures in a row above the caption, else below it; a suggestion that would cover something is dropped."""
    block, free = lay_cue(timeline, cue, style), safe_area(timeline)
    height = _SIZE_EM * block.em_px
    width, gap = height * _WIDTH_PX / _HEIGHT_PX, _GAP_EM * block.em_px
    total = len(emoji) * width + (len(emoji) - 1) * gap
    middle = (block.body.left + block.body.right) / 2
    tops = (block.area.top - gap - height, block.area.bottom + gap) if block.words else (block.body.top - height / 2,)
    rows = [Area(middle - total / 2, top, middle + total / 2, top + height) for top in tops]
    clear = [row for row in rows if free.holds(row) and not _is_blocked(row, cue, blocked)]
    fitting = clear or ([row for row in rows if free.holds(row)] if emoji[0].said else [])
    overlays = []
    for index, one in enumerate(emoji if fitting else ()):
        left = fitting[0].left + index * (width + gap)
        area = as_rect(Area(left, fitting[0].top, left + width, fitting[0].bottom))
        overlays.append(Overlay(one.key, one.start, cue.end, area, pop=to_ticks(_POP_S), is_over_text=True))
    return overlays


def _is_blocked(row: Area, cue: Cue, blocked: Sequence[tuple[int, int, Area]]) -> bool:
    return any(start < cue.end and cue.start < end and row.overlap(area) > 0.08 * row.width * row.height for start, end, area in blocked)
