"""Which clips read their file through one input: neighbours that lie close together share a seek and a decoder.

Taking fillers out of a minute of talk leaves forty pieces; forty decoders would hold forty sets of frames. A shared input is decoded once
from front to back, and each clip trims its own part out of it (`offset_s` says where that begins).
"""

from dataclasses import dataclass
from typing import Any

import ffmpeg

from tools.video.timeline import Clip, MediaKind, Timeline, to_seconds, to_ticks

_GAP = to_ticks(3.0)  # decoding so much that is thrown away costs about what another seek and another decoder cost
_THREADS = 2  # of each decoder where there are several: frames in flight are memory, and only one of them works at a time


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one file, in its ticks, that is read by one input; `clips` are the indices of the clips that lie in it, in order.

    It begins a little before its first clip, so that the frame which is on the screen when the clip begins is there too.
    """

    media: str
    start: int
    end: int
    clips: tuple[int, ...]

    def offset(self, clip: Clip) -> int:
        """Ticks from the input's time 0 to the clip's first."""
        return clip.start - self.start

    def offset_s(self, clip: Clip) -> float:
        return to_seconds(self.offset(clip))


def stretches(timeline: Timeline) -> tuple[Stretch, ...]:
    """Each clip in exactly one stretch, in the order of the timeline. A picture file is a stretch of its own.

    A clip joins the stretch of the clip before it where both show the same video and it begins at, or up to three seconds after, the end
    of the one before.
    """
    groups: list[list[int]] = []
    for index, clip in enumerate(timeline.clips):
        before = timeline.clips[index - 1] if index else None
        if before is not None and _continues(timeline, before, clip):
            groups[-1].append(index)
        else:
            groups.append([index])
    return tuple(_stretch(timeline, group) for group in groups)


def stretch_of(timeline: Timeline, index: int) -> Stretch:
    """The stretch that holds the clip of this index."""
    return next(stretch for stretch in stretches(timeline) if index in stretch.clips)


def stretch_input(timeline: Timeline, stretch: Stretch, **options: Any) -> Any:
    """The ffmpeg input of a stretch. Equal calls give one input, so picture and sound share it: ffmpeg-python compares by arguments."""
    media = timeline.find_media(stretch.media)
    if media.kind is MediaKind.IMAGE:
        return ffmpeg.input(media.path, **options)
    if len(stretches(timeline)) > 1:
        options["threads"] = _THREADS
    return ffmpeg.input(media.path, ss=f"{to_seconds(stretch.start):.6f}", t=f"{to_seconds(stretch.end - stretch.start):.6f}", **options)


def tail(timeline: Timeline, index: int) -> int:
    """How many ticks of the timeline a clip goes on after its end, under the transition into the next one: whole frames.

    A transition is never longer than one of the two clips it joins.
    """
    if index + 1 >= len(timeline.clips) or (transition := timeline.clips[index + 1].transition) is None:
        return 0
    longest = min(transition.duration, timeline.clips[index].duration, timeline.clips[index + 1].duration)
    frames = round(longest * timeline.time_base * timeline.fps)
    return round(frames / timeline.fps / timeline.time_base)


def _continues(timeline: Timeline, before: Clip, clip: Clip) -> bool:
    if before.media != clip.media or timeline.find_media(clip.media).kind is not MediaKind.VIDEO:
        return False
    return 0 <= clip.start - before.end <= _GAP


def _stretch(timeline: Timeline, group: list[int]) -> Stretch:
    first = timeline.clips[group[0]]
    ends = [timeline.clips[index].end + round(tail(timeline, index) * timeline.clips[index].speed) for index in group]
    lead = to_ticks(min(2.0, 1.5 / max(timeline.find_media(first.media).fps, 0.5)))
    return Stretch(first.media, max(0, first.start - lead), max(ends), tuple(group))
