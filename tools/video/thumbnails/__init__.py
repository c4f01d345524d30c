"""Thumbnails: the best moments of a short as still pictures with its title, for the owner to choose from.

`stills` takes frames from the source as the timeline crops them (so no captions are burned in, and what is hidden stays hidden), `judge`
says which are worth showing, `lettering` sets the title where the picture is empty and makes sure that it can be read.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from memory.errors import InputError, StoppedError
from tools.video.geometry import Box, to_frame
from tools.video.media import Analysis
from tools.video.thumbnails.judge import LOOK_PX, Judge, Judged, choose
from tools.video.thumbnails.lettering import DESIGNS, Lettering, contrast_of, letter
from tools.video.thumbnails.stills import Still, read_stills, still_times
from tools.video.timeline import Timeline, to_seconds
from tools.video.titles import shorten

__all__ = ["MOST_BYTES", "Thumbnail", "make_thumbnails"]

MOST_BYTES = 2_000_000  # YouTube's limit for a thumbnail was 2 MB for long; smaller platforms still have it
_LOOKED_AT = 60  # frames that are judged: one each half second of most shorts
_LEAST_STEP_S = 0.3
_TITLES = {"gradient": "title over a darker edge", "box": "title on plates", "outline": "outlined title"}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A finished picture. `time_s` is where in the short its frame is, `score` (0 to 1) how good the frame, `contrast` (1 to 21) the least
    of the title's letters against what surrounds them, measured on the file; 21 without a title."""

    path: Path
    time_s: float
    score: float
    contrast: float
    reason: str


def make_thumbnails(
    file: Path,
    timeline: Timeline,
    analysis: Analysis,
    out_dir: Path,
    *,
    title: str,
    count: int = 3,
    cancel: Callable[[], bool] | None = None,
) -> tuple[Thumbnail, ...]:
    """Write up to `count` thumbnails (JPEG, in the timeline's size), the best first, each with another frame and another design.

    Args:
        file: The rendered short, which names the thumbnails; its frames have captions, so the pictures are taken from the source.
        analysis: Of the source: how it is rotated.
        title: What to write, shortened to 60 characters; empty for none. Characters that no font has are left out.

    Raises:
        InputError: The source cannot be read, or every frame of the short shows a face that must be hidden.
        StoppedError: `cancel` said so.
    """
    times = still_times(timeline, _LOOKED_AT, _LEAST_STEP_S)
    judge = Judge(timeline)
    judged: list[Judged] = []
    for still in read_stills(timeline, analysis.probe.rotation_deg, times, longest_px=LOOK_PX):
        if cancel is not None and cancel():
            raise StoppedError("The work was stopped.")
        judged.extend(judge.look(still))
    chosen = choose(judged, count)
    if not chosen:
        raise InputError("No frame of this short can be shown as a thumbnail.", hint="Hide the faces again with a wider margin.")
    stills = {still.at: still for still in read_stills(timeline, analysis.probe.rotation_deg, sorted({one.at for one in chosen}))}
    out_dir.mkdir(parents=True, exist_ok=True)
    made = []
    for place, one in enumerate(chosen):
        path = out_dir / f"{file.stem}-thumbnail-{place + 1}.jpg"
        if one.at in stills:
            made.append(_write(path, one, stills[one.at], timeline, analysis, shorten(title), DESIGNS[place % len(DESIGNS)]))
    return tuple(made)


def _write(path: Path, judged: Judged, still: Still, timeline: Timeline, analysis: Analysis, title: str, design: str) -> Thumbnail:
    lettering = letter(still, judged, timeline, title, design, _texts(still, timeline, analysis))
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(_jpeg(lettering))
    contrast = contrast_of(unfinished, lettering)
    unfinished.replace(path)
    reason = ", ".join((*judged.reasons, *([_TITLES[design]] if lettering.lines else [])))
    return Thumbnail(path, round(to_seconds(still.at), 3), round(judged.score, 3), round(contrast, 2), reason)


def _texts(still: Still, timeline: Timeline, analysis: Analysis) -> list[Box]:
    """Text that is part of the frame's picture, in its pixels."""
    clip, elapsed = replace(timeline.clips[still.clip], zoom=None), still.at - timeline.starts()[still.clip]
    at_s = to_seconds(clip.source_at(elapsed))
    seen = [text for text in analysis.texts if not clip.media and text.start_s <= at_s < text.end_s]
    boxes = [Box(text.x_px, text.y_px, text.width_px, text.height_px) for text in seen]
    return [place for box in boxes for place in to_frame(timeline, clip, elapsed, box)]


def _jpeg(lettering: Lettering) -> bytes:
    """The picture in the best quality that stays below the limit."""
    for quality in (92, 88, 82, 75, 65, 50, 35):
        buffer = io.BytesIO()
        lettering.picture.save(buffer, "JPEG", quality=quality, optimize=True, subsampling=0 if quality > 85 else 2)
        if buffer.tell() <= MOST_BYTES:
            break
    return buffer.getvalue()
