"""Where an edit may be interrupted: at the start of a sentence or on a beat, never inside a word, and not too often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.video import library
from tools.video.direct.splitting import frame_of
from tools.video.direct.styles import Style
from tools.video.media import Analysis
from tools.video.timeline import TIME_BASE, Timeline, to_seconds, to_ticks

_WINDOW = to_ticks(10.0)
_EDGE = to_ticks(0.8)  # from the first and the last frame, and from a cut that is there already
_PHRASE = to_ticks(0.35)  # a pause that ends a phrase, where nothing is written
_ENDS = (".", "?", "!", "…", "。", "？", "！", "؟", "।")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word in timeline ticks."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Point:
    """A frame at which something may happen; the lower the `rank`, the better the place."""

    at: int
    rank: int


def spoken(timeline: Timeline, analysis: Analysis) -> tuple[Spoken, ...]:
    """The source's words as the timeline plays them, cut where a clip ends, in order."""
    found = []
    for clip, begin in zip(timeline.clips, timeline.starts(), strict=True):
        for word in analysis.words if not clip.media else ():
            start, end = max(clip.start, to_ticks(word.start_s)), min(clip.end, to_ticks(word.end_s))
            if start < end:
                first, last = (begin + round((at - clip.start) / clip.speed) for at in (start, end))
                found.append(Spoken(word.text, first, last))
    return tuple(sorted(found, key=lambda word: (word.start, word.end)))


def beats(timeline: Timeline, analysis: Analysis) -> tuple[int, ...]:
    """The beats that are heard, in timeline ticks: those of the library's music, else those of music in the source."""
    music = timeline.music
    if music is not None and music.media.startswith(library.PREFIX):
        beat = to_ticks(60 / library.find(music.media).bpm)
        return tuple(range(-music.offset % beat, timeline.duration, beat))
    found = []
    for clip, begin in zip(timeline.clips, timeline.starts(), strict=True):
        inside = [to_ticks(beat_s) for beat_s in analysis.beats_s if not clip.media and clip.start <= to_ticks(beat_s) < clip.end]
        found += [begin + round((at - clip.start) / clip.speed) for at in inside]
    return tuple(sorted(found))


def find_points(timeline: Timeline, analysis: Analysis, style: Style) -> tuple[int, ...]:
    """The frames of the interrupts, in order: the best places first, as many as the style's budget allows."""
    if not style.most:
        return ()
    words = spoken(timeline, analysis)
    candidates = [*_sentences(timeline, words), *(_on_beats(timeline, words, beats(timeline, analysis)) if style.on_beats else ())]
    cuts = [0, *timeline.starts(), *shot_cuts(timeline, analysis), timeline.duration]
    chosen: list[int] = []
    for point in sorted(candidates, key=lambda one: (one.rank, one.at)):
        is_free = all(abs(point.at - cut) >= _EDGE for cut in cuts) and all(abs(point.at - at) >= to_ticks(style.apart_s) for at in chosen)
        if is_free and not splits_word(words, point.at) and _is_within_budget([*chosen, point.at], style.most):
            chosen.append(point.at)
    return tuple(sorted(chosen))


def splits_word(words: Sequence[Spoken], at: int) -> bool:
    return any(word.start < at < word.end for word in words)


def _sentences(timeline: Timeline, words: Sequence[Spoken]) -> Iterator[Point]:
    """The frame at or just before the first word of each sentence (rank 0) or phrase (rank 1)."""
    frame = float(1 / timeline.fps / TIME_BASE)
    for before, after in pairwise(words):
        is_end = before.text.rstrip("\"'”’)»").endswith(_ENDS)
        if not is_end and after.start - before.end < _PHRASE:
            continue
        at = frame_of(timeline, after.start)
        yield Point(at if at <= after.start else frame_of(timeline, at - frame), 0 if is_end else 1)


def _on_beats(timeline: Timeline, words: Sequence[Spoken], heard: Sequence[int]) -> Iterator[Point]:
    """Beats between words; of music alone, each second one."""
    for n, beat in enumerate(heard):
        near = [word for word in words if abs(word.start - beat) < to_ticks(1.5) or abs(word.end - beat) < to_ticks(1.5)]
        if near or n % 2 == 0:
            yield Point(frame_of(timeline, beat), 2 if near else 1)


def _is_within_budget(times: Sequence[int], most: int) -> bool:
    return all(sum(start <= at < start + _WINDOW for at in times) <= most for start in times)


def shot_cuts(timeline: Timeline, analysis: Analysis) -> tuple[int, ...]:
    """The frames inside clips at which the source itself cuts."""
    frame, found = float(1 / timeline.fps / TIME_BASE), []
    for clip, begin in zip(timeline.clips, timeline.starts(), strict=True):
        for shot in analysis.shots if not clip.media else ():
            at = frame_of(timeline, begin + (to_ticks(shot.start_s) - clip.start) / clip.speed)
            if begin + frame <= at <= begin + clip.duration - frame:
                found.append(at)
    return tuple(sorted(set(found)))


def hard_cuts(timeline: Timeline) -> tuple[int, ...]:
    """Where the picture jumps to another file or by more than two seconds: no punch-in, no filler taken out."""
    found = []
    for (before, clip), at in zip(pairwise(timeline.clips), timeline.starts()[1:], strict=True):
        if before.media != clip.media or abs(to_seconds(clip.start - before.end)) > 2.0:
            found.append(at)
    return tuple(found)
