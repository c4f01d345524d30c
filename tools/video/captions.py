"""Captions word by word and the hook title, as ASS events that the compiler burns in.

Everything stays inside `SAFE_AREA`, clear of what the apps draw over a short: the description over the lower fifth, the buttons on the
right, the bar at the top. Lines are broken with the real font, so what is planned is what libass draws; libass itself never wraps.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tools.video.fonts import CAPTION_FONT, TITLE_FONT, Font, break_lines
from tools.video.media import Word
from tools.video.timeline import Clip, Cue, CueWord, HookTitle, Timeline, to_seconds, to_ticks
from tools.video.units import clean_words


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


SAFE_AREA = Area(60, 180, 930, 1536)  # of 1080x1920
_CENTER_X = 540
_CAPTION_Y = 1290  # the middle of a caption
_TITLE_Y = 420  # the middle of the title
_CAPTION_WIDTH_PX = 760  # centred, it leaves the buttons free
_SIZE_PX = 82
_SMALLEST_PX = 40  # a single word too wide even at this size is split
_LINE_PITCH = 1.2  # distance of two lines in ems
_OUTLINE_PX = 7

_PAUSE_S = 0.6  # a pause this long ends a cue
_LONGEST_S = 3.0
_MOST_WORDS = 7
_LINGER_S = 0.4  # a cue may stay this long after its last word
_EDGE_S = 0.04  # a clip ends on a whole frame, so it may miss a word's last instant
_SENTENCE_END = (".", "!", "?", "…")

_WHITE, _YELLOW = "&H00FFFFFF&", "&H0000E5FF&"  # ASS colours are &HAABBGGRR


def make_cues(words: Sequence[Word], clips: Sequence[Clip]) -> tuple[Cue, ...]:
    """Captions for the words spoken inside the clips, in timeline time. They never overlap; a word cut by a clip's edge is left out."""
    groups = [group for run in _runs(words, clips) for group in _grouped(run)]
    cues = [_cue(group) for group in groups]
    total = sum(clip.duration for clip in clips)
    ends = [min(cue.end + to_ticks(_LINGER_S), following.start) for cue, following in pairwise(cues)]
    ends += [min(cue.end + to_ticks(_LINGER_S), total) for cue in cues[-1:]]
    return tuple(replace(cue, end=end) for cue, end in zip(cues, ends, strict=True))


def _runs(words: Sequence[Word], clips: Sequence[Clip]) -> Iterator[list[CueWord]]:
    """The words of each clip, moved to timeline time and without overlaps."""
    offset = 0
    for clip in clips:
        inside = [word for word in words if _is_inside(word, clip)]
        shift = offset - clip.start
        timed = [
            CueWord(text, max(clip.start, to_ticks(word.start_s)) + shift, to_ticks(word.end_s) + shift)
            for word in clean_words(inside, to_seconds(clip.end))
            if (text := plain(word.text))
        ]
        yield [part for word in timed for part in _split_wide(word)]
        offset += clip.duration


def _is_inside(word: Word, clip: Clip) -> bool:
    return clip.start <= to_ticks(word.start_s + _EDGE_S) and to_ticks(word.end_s - _EDGE_S) <= clip.end


def _split_wide(word: CueWord) -> list[CueWord]:
    """A word too wide for a line at the smallest size (an address, a script without spaces) in parts that share its time."""
    fits = _CAPTION_WIDTH_PX / CAPTION_FONT.width_px(word.text, _SMALLEST_PX)
    if fits >= 1:
        return [word]
    length = max(1, int(len(word.text) * fits * 0.8))
    parts = [word.text[at : at + length] for at in range(0, len(word.text), length)]
    bounds = [word.start + (word.end - word.start) * index // len(parts) for index in range(len(parts) + 1)]
    return [CueWord(part, start, end) for part, (start, end) in zip(parts, pairwise(bounds), strict=True)]


def _grouped(words: Sequence[CueWord]) -> list[list[CueWord]]:
    groups: list[list[CueWord]] = []
    for word in words:
        if groups and _belongs(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _belongs(group: Sequence[CueWord], word: CueWord) -> bool:
    last = group[-1]
    return (
        len(group) < _MOST_WORDS
        and not last.text.endswith(_SENTENCE_END)
        and not (len(group) >= 3 and last.text.endswith((",", ";", ":")))
        and word.start - last.end < to_ticks(_PAUSE_S)
        and word.end - group[0].start <= to_ticks(_LONGEST_S)
        and len(break_lines([one.text for one in [*group, word]], CAPTION_FONT, _SIZE_PX, _CAPTION_WIDTH_PX)) <= 2
    )


def _cue(group: Sequence[CueWord]) -> Cue:
    texts = [word.text for word in group]
    lines: list[tuple[CueWord, ...]] = []
    at = 0
    for line in break_lines(texts, CAPTION_FONT, _SIZE_PX, _CAPTION_WIDTH_PX):
        lines.append(tuple(group[at : at + len(line)]))
        at += len(line)
    widest = max(CAPTION_FONT.width_px(" ".join(word.text for word in line), _SIZE_PX) for line in lines)
    size_px = int(_SIZE_PX * min(1.0, _CAPTION_WIDTH_PX / widest))
    return Cue(group[0].start, group[-1].end, tuple(lines), size_px)


def cue_area(cue: Cue) -> Area:
    """Where a cue is drawn, its outline included."""
    texts = [" ".join(word.text for word in line) for line in cue.lines]
    return _area(texts, CAPTION_FONT, cue.size_px, _CAPTION_Y)


def title_area(hook: HookTitle) -> Area:
    return _area(hook.lines, TITLE_FONT, hook.size_px, _TITLE_Y)


def _area(lines: Sequence[str], font: Font, size_px: int, center_y: float) -> Area:
    half_width = max(font.width_px(line, size_px) for line in lines) / 2 + _OUTLINE_PX
    half_height = len(lines) * size_px * _LINE_PITCH / 2 + _OUTLINE_PX
    return Area(_CENTER_X - half_width, center_y - half_height, _CENTER_X + half_width, center_y + half_height)


def write_ass(timeline: Timeline) -> str:
    """The whole ASS script of a timeline."""
    events = [event for cue in timeline.cues for event in _cue_events(cue)]
    if timeline.hook is not None:
        events += _title_events(timeline.hook)
    return "\n".join([*_header(timeline), *events, ""])


def _header(timeline: Timeline) -> list[str]:
    fields = "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, BorderStyle, Outline, Shadow, Alignment, Encoding"
    return [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {timeline.width_px}",
        f"PlayResY: {timeline.height_px}",
        "WrapStyle: 2",
        "ScaledBorderAndShadow: yes",
        "[V4+ Styles]",
        f"Format: {fields}",
        f"Style: Caption,{CAPTION_FONT.family},80,{_WHITE},&H00101010&,&H80000000&,0,1,{_OUTLINE_PX},3,5,1",
        f"Style: Title,{TITLE_FONT.family},100,{_WHITE},&H00101010&,&H80000000&,0,1,{_OUTLINE_PX},4,5,1",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ]


def _cue_events(cue: Cue) -> Iterator[str]:
    """One state for each word, from its start to the next one's: the spoken word is yellow."""
    words = [word for line in cue.lines for word in line]
    bounds = [cue.start, *[word.start for word in words[1:]], cue.end]
    for active, (start, end) in zip(words, pairwise(bounds), strict=True):
        if _stamp(start) == _stamp(end):
            continue
        for index, line in enumerate(cue.lines):
            place = _place(CAPTION_FONT, cue.size_px, _CAPTION_Y, index, len(cue.lines))
            text = " ".join(_colored(escape(word.text), word is active) for word in line)
            yield f"Dialogue: 0,{_stamp(start)},{_stamp(end)},Caption,,0,0,0,,{{{place}}}{text}"


def _title_events(hook: HookTitle) -> Iterator[str]:
    for index, line in enumerate(hook.lines):
        place = _place(TITLE_FONT, hook.size_px, _TITLE_Y, index, len(hook.lines))
        color = rf"\1c{_YELLOW}" if len(hook.lines) > 1 and index == len(hook.lines) - 1 else ""
        yield f"Dialogue: 1,{_stamp(hook.start)},{_stamp(hook.end)},Title,,0,0,0,,{{{place}{color}\\fad(120,250)}}{escape(line)}"


def _place(font: Font, size_px: int, center_y: float, index: int, count: int) -> str:
    y = center_y + (index - (count - 1) / 2) * size_px * _LINE_PITCH
    return rf"\an5\pos({_CENTER_X},{y:.0f})\fs{font.ass_size(size_px)}"


def _colored(text: str, is_active: bool) -> str:
    return rf"{{\1c{_YELLOW}}}{text}{{\1c{_WHITE}}}" if is_active else text


def plain(text: str) -> str:
    """One line of printable text: line breaks and tabs become spaces, control and formatting characters go."""
    spaced = " ".join(text.split())
    return "".join(one for one in spaced if one == " " or not unicodedata.category(one).startswith("C")).strip()


def escape(text: str) -> str:
    """Text that ASS shows as it is: no override block, no line break command. A backslash, which ASS cannot write, becomes a slash."""
    return plain(text).replace("\\", "/").replace("{", r"\{").replace("}", r"\}")


def _stamp(ticks: int) -> str:
    """ASS time, h:mm:ss.cc."""
    hundredths = round(to_seconds(ticks) * 100)
    seconds, hundredths = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{hundredths:02d}"
