"""Which frames of a rendered short an edit changed, and whether its sound changed: found by comparing the two timelines."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tools.video.additions import LookKind
from tools.video.captions import write_ass
from tools.video.timeline import Timeline, to_ticks

_EVENT = re.compile(r"Dialogue: [^,]*,(\d+):(\d\d):(\d\d\.\d\d),(\d+):(\d\d):(\d\d\.\d\d),")
_STATEFUL = (LookKind.STABILISE, LookKind.DENOISE)  # what they do to a frame depends on the frames before it
_EDGE_FRAMES = 1  # an event begins and ends between frames

Frames = tuple[int, int]
"""The first frame and the one after the last."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What must be made again. `frames` are ordered and do not touch."""

    frames: tuple[Frames, ...]
    sound: bool


def find_changes(before: Timeline, after: Timeline) -> Changes | None:
    """What is different in the finished file; None when so much is that it must be rendered as a whole."""
    comparable = replace(
        before,
        cues=after.cues,
        hook=after.hook,
        graphics=after.graphics,
        caption_style=after.caption_style,
        caption_scale=after.caption_scale,
        overlays=after.overlays,
        looks=after.looks,
        labels=after.labels,
        media=after.media,
        fade_out=after.fade_out,
        music=after.music,
        voices=after.voices,
        effects=after.effects,
        original_gain_db=after.original_gain_db,
        noise_reduction=after.noise_reduction,
        platform=after.platform,
        source=replace(before.source, path=after.source.path),
    )
    if comparable != after or any(look.kind in _STATEFUL for look in after.looks):
        return None
    spans = [*_text_spans(before, after), *_overlay_spans(before, after), *_look_spans(before, after), *_fade_spans(before, after)]
    return Changes(_as_frames(after, spans), _sound_of(before) != _sound_of(after))


def _sound_of(timeline: Timeline) -> tuple[object, ...]:
    return (
        timeline.music,
        timeline.voices,
        timeline.effects,
        timeline.original_gain_db,
        timeline.noise_reduction,
        timeline.fade_out,
    )


def _text_spans(before: Timeline, after: Timeline) -> Iterable[tuple[int, int]]:
    """When the drawn texts differ: the events of one script that the other does not have; all of them when the styles differ."""
    (old_head, old), (new_head, new) = _script(before), _script(after)
    different = old + new if old_head != new_head else (old - new) + (new - old)
    for line in different:
        found = _EVENT.match(line)
        assert found is not None, line
        yield _ticks(found.groups()[:3]), _ticks(found.groups()[3:])


def _script(timeline: Timeline) -> tuple[list[str], Counter[str]]:
    lines = write_ass(timeline).splitlines()
    return [line for line in lines if not _EVENT.match(line)], Counter(line for line in lines if _EVENT.match(line))


def _ticks(stamp: Sequence[str]) -> int:
    hours, minutes, seconds = stamp
    return to_ticks(int(hours) * 3600 + int(minutes) * 60 + float(seconds))


def _overlay_spans(before: Timeline, after: Timeline) -> Iterable[tuple[int, int]]:
    different = set(before.overlays) ^ set(after.overlays)
    if [one for one in before.overlays if one in after.overlays] != [one for one in after.overlays if one in before.overlays]:
        different |= {*before.overlays, *after.overlays}  # their order is which lies above which
    return [(one.start, one.end) for one in different]


def _look_spans(before: Timeline, after: Timeline) -> Iterable[tuple[int, int]]:
    if before.looks == after.looks:
        return []
    shared = [one for one in before.looks if one in after.looks]
    if shared != [one for one in after.looks if one in before.looks]:
        return [(0, after.duration)]
    return [(one.start, one.end or after.duration) for one in set(before.looks) ^ set(after.looks)]


def _fade_spans(before: Timeline, after: Timeline) -> Iterable[tuple[int, int]]:
    if before.fade_out == after.fade_out:
        return []
    return [(after.duration - max(before.fade_out, after.fade_out), after.duration)]


def _as_frames(timeline: Timeline, spans: Iterable[tuple[int, int]]) -> tuple[Frames, ...]:
    """The frames of these spans of ticks, each a little longer, without overlaps."""
    rate, total = timeline.time_base * timeline.fps, timeline.frames
    frames = sorted((max(0, int(a * rate) - _EDGE_FRAMES), min(total, int(b * rate) + 1 + _EDGE_FRAMES)) for a, b in spans if a < b)
    return merged(frames)


def merged(frames: Iterable[Frames]) -> tuple[Frames, ...]:
    """Ordered spans with those that overlap or touch made one."""
    found: list[Frames] = []
    for first, last in sorted(frames):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        elif first < last:
            found.append((first, last))
    return tuple(found)
