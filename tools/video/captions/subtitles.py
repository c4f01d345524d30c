"""Subtitle files beside the video: SRT and WebVTT, in lines a player shows well, whatever style the captions have in the picture."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from memory.errors import InputError
from tools.video.captions.text import plain
from tools.video.fonts import joined
from tools.video.fonts.lines import is_wide
from tools.video.media import Word
from tools.video.timeline import CueWord, Timeline, to_seconds, to_ticks

_LINE, _WIDE_LINE = 40, 17  # characters of a line. Source: the usual broadcast practice, 37 to 42; 16 to 18 for Chinese and Japanese
_MOST_LINES = 2
_LONGEST_S, _PAUSE_S, _LINGER_S, _SHORTEST_S = 6.0, 0.8, 0.5, 1.0
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_TIME = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})")
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,80}>|\{\\[^}]{0,80}\}|<\d[\d:.]*>")


class Subtitle(NamedTuple):
    """One subtitle, in seconds."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def write_srt(timeline: Timeline) -> str:
    """The captions as SubRip; empty without captions."""
    blocks = []
    for number, one in enumerate(subtitles(timeline), 1):
        lines = "\n".join(line.replace("-->", "→") for line in one.lines)
        blocks.append(f"{number}\n{_stamp(one.start_s, ',')} --> {_stamp(one.end_s, ',')}\n{lines}\n")
    return "\n".join(blocks)


def write_vtt(timeline: Timeline) -> str:
    """The captions as WebVTT."""
    blocks = ["WEBVTT\n"]
    for one in subtitles(timeline):
        lines = "\n".join(html.escape(line, quote=False) for line in one.lines)
        blocks.append(f"{_stamp(one.start_s, '.')} --> {_stamp(one.end_s, '.')}\n{lines}\n")
    return "\n".join(blocks)


def subtitles(timeline: Timeline) -> list[Subtitle]:
    """The words of the captions as subtitles of at most two lines, none over another, all inside the video."""
    words = [word for cue in timeline.cues for line in cue.lines for word in line if word.text.strip()]
    groups = list(_groups(sorted(words, key=lambda word: word.start)))
    starts = [to_seconds(group[0].start) for group in groups]
    limits = [*starts, timeline.duration_s][1:]
    found = []
    for group, start_s, limit_s in zip(groups, starts, limits, strict=True):
        end_s = max(to_seconds(group[-1].end) + _LINGER_S, start_s + _SHORTEST_S)
        end_s = min(end_s, limit_s)
        if round(end_s, 3) > round(start_s, 3):
            found.append(Subtitle(start_s, end_s, tuple(_lines([word.text for word in group]))))
    return found


def _groups(words: Sequence[CueWord]) -> Iterator[list[CueWord]]:
    group: list[CueWord] = []
    for word in words:
        if group and not _belongs(group, word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _belongs(group: Sequence[CueWord], word: CueWord) -> bool:
    texts = [*(one.text for one in group), word.text]
    return (
        not group[-1].text.endswith(_SENTENCE_END)
        and word.start - group[-1].end < to_ticks(_PAUSE_S)
        and word.end - group[0].start <= to_ticks(_LONGEST_S)
        and len(_lines(texts)) <= _MOST_LINES
    )


def _lines(texts: Sequence[str]) -> list[str]:
    """Lines of at most so many characters, even ones; a longer word stands alone."""
    whole = joined(texts)
    most = _WIDE_LINE if sum(map(is_wide, whole)) * 2 > len(whole) else _LINE
    if len(whole) <= most:
        return [whole]
    lines: list[list[str]] = []
    for text in texts:
        if lines and len(joined([*lines[-1], text])) <= most:
            lines[-1].append(text)
        else:
            lines.append([text])
    if len(lines) != _MOST_LINES:
        return [joined(line) for line in lines]
    half = min(range(1, len(texts)), key=lambda at: _unevenness(texts, at, most))
    return [joined(texts[:half]), joined(texts[half:])]


def _unevenness(texts: Sequence[str], at: int, most: int) -> int:
    first, second = len(joined(texts[:at])), len(joined(texts[at:]))
    return abs(first - second) + (1000 if max(first, second) > most else 0)


def _stamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{milliseconds:03d}"


def read_subtitles(text: str) -> tuple[Word, ...]:
    """The words of an SRT or WebVTT text, each with its share of its subtitle's time.

    Raises:
        InputError: There is no subtitle in it.
    """
    words: list[Word] = []
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = [(at, found) for at, line in enumerate(lines) if (found := _TIME.search(line))]
    ends = [*(at for at, _ in marks), len(lines)][1:]
    for (at, found), end in zip(marks, ends, strict=True):
        start_s, end_s = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        body = _body(lines[at + 1 : end])
        if body and end_s > start_s:
            words += _shared(body, start_s, end_s)
    if not words:
        raise InputError(
            "This is no subtitle file.", hint="Send SRT or WebVTT: lines of text under times like 00:00:01,000 --> 00:00:02,500."
        )
    return tuple(words)


def _body(lines: Sequence[str]) -> list[str]:
    """The words up to the first empty line."""
    kept: list[str] = []
    for line in lines:
        if not line.strip():
            break
        kept += plain(html.unescape(_TAG.sub("", line))).split()
    return kept


def _shared(texts: Sequence[str], start_s: float, end_s: float) -> list[Word]:
    from tools.video.captions.dictionary import shares

    return [Word(text, first, last) for text, (first, last) in zip(texts, shares(start_s, end_s, texts), strict=True)]


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, milliseconds = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + int((milliseconds or "0").ljust(3, "0")) / 1000
