"""Clips joined: hard cuts, and transitions that change no length.

A transition blends the going-on picture of one clip with the first frames of the next. Only the blended frames go through `xfade`: it works
in full chroma, and taking the whole film through it would convert every frame twice. Plain clips are joined before they are scaled, however
their crops differ: forty scalers would each keep their own pictures in memory to the end.
"""

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import ffmpeg

from tools.video.compiler.panes import scaled
from tools.video.compiler.stretches import tail
from tools.video.compiler.views import Axis, viewed
from tools.video.timeline import Timeline, TransitionKind


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of the result, in order; `is_unscaled` ones may differ in size among each other."""

    picture: Any
    is_unscaled: bool


def joined(timeline: Timeline, clips: list[Part], frame: tuple[int, int]) -> Any:
    """The clips, each longer by its tail, as one picture in the size of the frame."""
    runs = [
        _scaled_together([part.picture for part in run], frame) if is_unscaled else _one_after_another([_plain(part) for part in run])
        for is_unscaled, run in groupby(_with_transitions(timeline, clips, frame), key=lambda part: part.is_unscaled)
    ]
    return _one_after_another(runs)


def frames_of(timeline: Timeline, ticks: int) -> int:
    return round(ticks * timeline.time_base * timeline.fps)


def _one_after_another(pictures: list[Any], **options: Any) -> Any:
    return pictures[0] if len(pictures) == 1 else ffmpeg.concat(*pictures, v=1, a=0, **options)


def _scaled_together(pictures: list[Any], frame: tuple[int, int]) -> Any:
    """`unsafe` lets parts of different size through; the scaler takes each as it comes."""
    return scaled(_one_after_another(pictures, unsafe=1), frame).filter("setsar", 1).filter("format", "yuv420p")


def _plain(part: Part) -> Any:
    return part.picture.filter("format", "yuv420p")


def _with_transitions(timeline: Timeline, clips: list[Part], frame: tuple[int, int]) -> list[Part]:
    """What is to be joined: whole clips, and where there are transitions their blends and what is left of the clips beside them."""
    parts: list[Part] = []
    going_on: Part | None = None
    for index, clip in enumerate(clips):
        before = frames_of(timeline, tail(timeline, index - 1)) if index else 0
        own, after = frames_of(timeline, timeline.clips[index].duration), frames_of(timeline, tail(timeline, index))
        head, body, rest = _pieces(clip, [(0, before), (before, own), (own, own + after)])
        if head is not None and going_on is not None:
            parts.append(Part(_blended(timeline, index, going_on, head, frame), False))
        parts += [body] if body is not None else []
        going_on = rest
    return parts


def _pieces(part: Part, cuts: list[tuple[int, int]]) -> list[Part | None]:
    """A part cut at frames; None for an empty piece."""
    wanted = [cut for cut in cuts if cut[1] > cut[0]]
    if len(wanted) == 1:
        return [part if cut in wanted else None for cut in cuts]
    copies = part.picture.filter_multi_output("split", len(wanted))
    pieces = [copies[n].filter("trim", start_frame=start, end_frame=end) for n, (start, end) in enumerate(wanted)]
    kept = iter(replace(part, picture=piece.filter("setpts", "PTS-STARTPTS")) for piece in pieces)
    return [next(kept) if cut in wanted else None for cut in cuts]


def _flown_into(picture: Any, frame: tuple[int, int], duration_s: float) -> Any:
    """The picture coming nearer, faster and faster."""
    zoom = f"1+0.8*pow(t/{duration_s:.6f},2)"
    across, down = (Axis(length, "0", length, length, zoom=zoom) for length in frame)
    return viewed(picture.filter("format", "yuv420p"), across, down).filter("setsar", 1)


def _blended(timeline: Timeline, index: int, before: Part, after: Part, frame: tuple[int, int]) -> Any:
    transition, frames = timeline.clips[index].transition, frames_of(timeline, tail(timeline, index - 1))
    assert transition is not None
    first, second = ((scaled(side.picture, frame) if side.is_unscaled else side.picture).filter("setsar", 1) for side in (before, after))
    duration_s, kind = float(frames / timeline.fps), transition.kind.value
    if transition.kind is TransitionKind.ZOOM_IN:  # xfade's own ends in a single colour
        first, kind = _flown_into(first, frame, duration_s), TransitionKind.FADE.value
    blend = ffmpeg.filter((first, second), "xfade", transition=kind, duration=f"{duration_s:.6f}", offset=0)
    blend = blend.filter("format", "yuv420p").filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=frames)
    return blend.filter("setpts", "PTS-STARTPTS").filter("setsar", 1)
