"""Who is in the picture: a person cut off by the edge, and faces that should not be seen."""

from collections.abc import Callable
from pathlib import Path

from memory.errors import InputError, LimitError
from tools.video.anonymise import Leaks, verify
from tools.video.geometry import Box, to_frame
from tools.video.inspection.checks import Check, clock, must
from tools.video.media import Analysis, FaceBox
from tools.video.timeline import Clip, Timeline, to_seconds, to_ticks

_LARGE = 0.06  # share of the source's width from which a face is a subject and no passer-by
_WHOLE = 0.85  # this much of a face must be inside
_OFTEN = 0.15  # of the looks with a subject


def subject_check(timeline: Timeline, analysis: Analysis) -> Check:
    """Whether the edge of the frame cuts the face that shows most. Faces that are wholly outside were left out on purpose."""
    looks, cut = 0, []
    for start, clip in zip(timeline.starts(), timeline.clips, strict=True):
        if clip.media:
            continue
        for sample in analysis.faces:
            at = to_ticks(sample.time_s)
            large = [box for box in sample.boxes if box.width_px >= _LARGE * timeline.source.width_px]
            if not clip.start <= at < clip.end or not large:
                continue
            looks += 1
            shares = [share for box in large if (share := _shown(timeline, clip, at, box)) > 0]
            if shares and max(shares) < _WHOLE:
                cut.append(to_seconds(start + round((at - clip.start) / clip.speed)))
    share = len(cut) / max(1, looks)
    where = clock(cut[0]) if cut else ""
    return Check(share <= _OFTEN, round(share, 3), f"<= {_OFTEN} of the looks", f"The edge of the picture cuts a face, first at {where}.")


def _shown(timeline: Timeline, clip: Clip, at: int, box: FaceBox) -> float:
    """The largest share of a face that one pane shows."""
    elapsed = round((at - clip.start) / clip.speed)
    whole = Box(box.x_px, box.y_px, box.width_px, box.height_px)
    seen = to_frame(timeline, clip, elapsed, whole)
    if not seen:
        return 0.0
    # A pane enlarges both axes alike, so the cut shows in the aspect of what is left.
    largest = max(seen, key=lambda one: one.width_px * one.height_px)
    wanted = box.width_px / box.height_px
    aspect = largest.width_px / largest.height_px
    return min(aspect / wanted, wanted / aspect)


def hidden_check(path: Path, timeline: Timeline, cancel: Callable[[], bool] | None) -> tuple[dict[str, Check], Leaks | None]:
    """The second detector's verdict over the rendered file, and what it saw; ({}, None) where nothing had to be hidden.

    It fails closed: where the detector cannot look, the file is blocked.
    """
    if timeline.hiding is None or not timeline.hiding.checks_faces:
        return {}, None
    limit = "no visible face"
    try:
        leaks = verify(path, timeline, cancel=cancel)
    except (InputError, LimitError) as error:
        return {"faces_left": must(False, None, limit, f"Nobody could check that all faces are hidden: {error.message}")}, None
    times = ", ".join(dict.fromkeys(clock(leak.time_s) for leak in leaks.leaks[:20]))
    message = f"A face that should be hidden can be seen at {times}."
    return {"faces_left": must(not leaks.leaks, len(leaks.leaks), limit, message)}, leaks
