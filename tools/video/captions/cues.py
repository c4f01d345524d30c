"""Words as captions: which words stand together, in which lines, how large, and what changes when a person edits them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from memory.errors import InputError
from tools.video.additions import Brand
from tools.video.captions.areas import column_px
from tools.video.captions.dictionary import shares, write_as
from tools.video.captions.emphasis import emphasised
from tools.video.captions.layout import line_width, margin_em, scaled_size, shown, swell_px
from tools.video.captions.styles import Style, find_style
from tools.video.captions.text import plain
from tools.video.fonts import break_lines, is_japanese, split_units, split_wide
from tools.video.media import Word
from tools.video.timeline import Clip, Cue, CueWord, Timeline, to_ticks
from tools.video.units import clean_words

_SMALLEST = 0.5  # a single word too wide even at this share of the size is split
_PAUSE_S = 0.6  # a pause this long ends a cue
_LONGEST_S = 3.0
_LINGER_S = 0.4  # a cue may stay this long after its last word
_EDGE_S = 0.04  # a clip ends on a whole frame, so it may miss a word's last instant
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_CLAUSE_END = (",", ";", ":", "、", "，", "；", "：", "،")
_MOST_CHARACTERS = 300  # of a caption that a person writes

Frame = tuple[int, int]


class _Fit:
    """How a style breaks words into lines in one frame."""

    def __init__(self, style: Style, scale: float, frame: Frame, platform: str) -> None:
        self.style, self.size_px = style, scaled_size(style, frame, scale)
        self.most_px = column_px(frame, platform)

    def lines(self, words: Sequence[CueWord], size_px: int) -> list[tuple[CueWord, ...]]:
        style, at, found = self.style, 0, []
        texts = [shown(word.text, style) for word in words]
        inner_px = self.most_px - 2 * (margin_em(style)[0] * size_px + swell_px(style, 2.5 * size_px))
        for line in break_lines(texts, style.caption_font, size_px, inner_px, style.gap_em * size_px):
            found.append(tuple(words[at : at + len(line)]))
            at += len(line)
        return found

    def is_wide(self, lines: Sequence[Sequence[CueWord]], size_px: int) -> bool:
        return self.widest(lines, size_px) > self.most_px

    def widest(self, lines: Sequence[Sequence[CueWord]], size_px: int) -> float:
        japanese = is_japanese("".join(word.text for line in lines for word in line))
        return max(line_width([word.text for word in line], self.style, size_px, japanese=japanese) for line in lines)


def make_cues(
    words: Sequence[Word],
    clips: Sequence[Clip],
    *,
    style: str = "karaoke",
    scale: float = 1.0,
    dictionary: Sequence[tuple[str, str]] = (),
    frame: Frame = (1080, 1920),
    platform: str = "any",
    brand: Brand | None = None,
) -> tuple[Cue, ...]:
    """Captions for the words spoken inside the clips, in timeline time. They never overlap; a word cut by a clip's edge is left out.

    Args:
        dictionary: How words are to be written: (heard, shown), also several words.
        frame: Width and height of the timeline's picture.

    Raises:
        InputError: There is no such style or platform.
    """
    timed = list(_timed(write_as(clean_words(words, float("inf")), dictionary), clips))
    total = sum(clip.duration for clip in clips)
    return _grouped_cues(timed, _Fit(find_style(style, brand), scale, frame, platform), total)


def restyle(timeline: Timeline, *, style: str | None = None, scale: float | None = None) -> Timeline:
    """The same words as captions of another style or size, grouped and broken anew; also after the frame or the brand changed.

    Raises:
        InputError: There is no such style.
    """
    timeline = replace(timeline, caption_style=style or timeline.caption_style, caption_scale=scale or timeline.caption_scale)
    words = [word for cue in timeline.cues for line in cue.lines for word in line]
    return replace(timeline, cues=_grouped_cues(words, _fit(timeline), timeline.duration))


def replace_text(
    cue: Cue,
    text: str,
    *,
    style: str = "karaoke",
    scale: float = 1.0,
    frame: Frame = (1080, 1920),
    platform: str = "any",
    brand: Brand | None = None,
) -> Cue:
    """The cue with other words: as many words keep their times, else they share the time by their length. Smaller when it would not fit.

    Raises:
        InputError: Nothing can be shown of the text, or it is too long for one caption.
    """
    shown_text = plain(text)
    if len(shown_text) > _MOST_CHARACTERS:
        raise InputError(f"The caption has {len(shown_text)} characters; {_MOST_CHARACTERS} fit.", hint="Write it shorter.")
    texts = [unit for word in shown_text.split() for unit in split_units(word)]
    if not texts:
        raise InputError("The caption would be empty.", hint="To take a caption away, ask for it to be removed.")
    old = [word for line in cue.lines for word in line]
    if len(texts) == len(old):
        words = [replace(word, text=new) for word, new in zip(old, texts, strict=True)]
    else:
        spans = shares(old[0].start if old else cue.start, old[-1].end if old else cue.end, texts)
        words = [CueWord(new, round(start), round(end)) for new, (start, end) in zip(texts, spans, strict=True)]
    fit = _Fit(find_style(style, brand), scale, frame, platform)
    return _shrunk(replace(cue, lines=(tuple(emphasised(words)),)), fit)


def edit_cue(timeline: Timeline, index: int, text: str) -> Timeline:
    """The timeline with the text of one caption (counted from 0) replaced; an empty text takes the caption away.

    Raises:
        InputError: There is no such caption, or the text is too long.
    """
    if not 0 <= index < len(timeline.cues):
        raise InputError(f"There is no caption {index + 1}: the short has {len(timeline.cues)}.")
    cues = list(timeline.cues)
    if not plain(text):
        del cues[index]
        return replace(timeline, cues=tuple(cues))
    frame = (timeline.width_px, timeline.height_px)
    cues[index] = replace_text(
        cues[index],
        text,
        style=timeline.caption_style,
        scale=timeline.caption_scale,
        frame=frame,
        platform=timeline.platform,
        brand=timeline.brand,
    )
    return replace(timeline, cues=tuple(cues))


def _fit(timeline: Timeline) -> _Fit:
    style = find_style(timeline.caption_style, timeline.brand)
    return _Fit(style, timeline.caption_scale, (timeline.width_px, timeline.height_px), timeline.platform)


def _timed(words: Sequence[Word], clips: Sequence[Clip]) -> Iterator[CueWord]:
    """The words of each clip in timeline time, in their clip's speed and without overlaps."""
    offset = 0
    for clip in clips:
        inside = [] if clip.media else [word for word in words if _is_inside(word, clip)]
        for word in inside:
            start, end = (offset + _into(clip, to_ticks(at_s)) for at_s in (word.start_s, word.end_s))
            text = plain(word.text)
            if text and start < end:
                yield CueWord(text, start, end)
        offset += clip.duration


def _into(clip: Clip, tick: int) -> int:
    """How far into a clip's own time a tick of its file is played."""
    return min(clip.duration, max(0, round((tick - clip.start) / clip.speed)))


def _is_inside(word: Word, clip: Clip) -> bool:
    middle_s = (word.start_s + word.end_s) / 2
    edges = clip.start <= to_ticks(word.start_s + _EDGE_S) and to_ticks(word.end_s - _EDGE_S) <= clip.end
    return edges and clip.start <= to_ticks(middle_s) < clip.end


def _grouped_cues(words: Sequence[CueWord], fit: _Fit, total: int) -> tuple[Cue, ...]:
    parts = [part for word in words for part in _parts(word, fit)]
    cues = [_cue(group, fit) for group in _groups(parts, fit)]
    ends = [min(cue.end + to_ticks(_LINGER_S), following.start) for cue, following in pairwise(cues)]
    ends += [min(cue.end + to_ticks(_LINGER_S), total) for cue in cues[-1:]]
    return tuple(replace(cue, end=end) for cue, end in zip(cues, ends, strict=True) if cue.start < end)


def _parts(word: CueWord, fit: _Fit) -> list[CueWord]:
    """A word of a script without spaces in units of about a word, and one too wide for a line in parts that fit; they share its time."""
    font = fit.style.caption_font
    size_px = fit.size_px * _SMALLEST
    inner_px = fit.most_px - 2 * margin_em(fit.style)[0] * size_px
    drawn_wider = 1.15 if fit.style.is_upper else 1.0  # small letters are measured here, capitals are drawn
    texts = [part for unit in split_units(word.text) for part in split_wide(unit, font, size_px * drawn_wider, inner_px)]
    if len(texts) == 1:
        return [word]
    step = (word.end - word.start) / len(texts)
    bounds = [word.start + round(step * index) for index in range(len(texts) + 1)]
    return [CueWord(text, start, end) for text, (start, end) in zip(texts, pairwise(bounds), strict=True)]


def _groups(words: Sequence[CueWord], fit: _Fit) -> list[list[CueWord]]:
    groups: list[list[CueWord]] = []
    for word in words:
        if groups and _belongs(groups[-1], word, fit):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _belongs(group: Sequence[CueWord], word: CueWord, fit: _Fit) -> bool:
    last, style = group[-1], fit.style
    if (
        len(group) >= style.words
        or last.text.endswith(_SENTENCE_END)
        or (len(group) >= min(3, style.words - 1) and last.text.endswith(_CLAUSE_END))
        or word.start - last.end >= to_ticks(_PAUSE_S)
        or word.end - group[0].start > to_ticks(_LONGEST_S)
    ):
        return False
    lines = fit.lines([*group, word], fit.size_px)
    return len(lines) <= style.lines and not fit.is_wide(lines, fit.size_px)


def _cue(group: Sequence[CueWord], fit: _Fit) -> Cue:
    words = emphasised(group)
    return _shrunk(Cue(words[0].start, words[-1].end, (tuple(words),), fit.size_px), fit)


def _shrunk(cue: Cue, fit: _Fit) -> Cue:
    """The cue in the style's lines, as large as the column allows."""
    words = [word for line in cue.lines for word in line]
    size_px = fit.size_px
    lines = fit.lines(words, size_px)
    while len(lines) > fit.style.lines and size_px > fit.size_px * _SMALLEST:
        size_px = int(size_px * 0.94)
        lines = fit.lines(words, size_px)
    size_px = int(size_px * min(1.0, fit.most_px / max(1.0, fit.widest(lines, size_px))))
    return replace(cue, lines=tuple(lines), size_px=max(8, size_px))
