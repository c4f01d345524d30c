"""Where to look: from what analysis saw to clips with crops and layouts.

`tracks` follows faces, `speakers` says whose turn it is, `camera` moves as little as it can, `layouts` and `screens` choose how a stretch
is shown. A crop stands still: following every move of a face looks like a nervous camera. Nothing here reads a file.
"""

from collections.abc import Sequence
from fractions import Fraction

from memory.errors import InputError
from tools.video.media import Analysis, Span
from tools.video.reframe.camera import crop_size
from tools.video.reframe.layouts import plan_pieces
from tools.video.reframe.stage import Piece
from tools.video.timeline import ASPECTS, TIME_BASE, Clip, CropFrom, to_seconds, to_ticks, whole_frames

__all__ = ["crop_size", "plan_clips", "plan_crops"]


def plan_clips(
    analysis: Analysis, spans: Sequence[Span], fps: Fraction, *, aspect: str = "9:16", allow_layouts: bool = True
) -> tuple[Clip, ...]:
    """Clips that cover the spans in order, each a whole number of frames; without `allow_layouts` one crop always fills the frame.

    Raises:
        InputError: `aspect` is none of `timeline.ASPECTS`.
    """
    if aspect not in ASPECTS:
        raise InputError(f"aspect {aspect!r} must be one of {', '.join(ASPECTS)}.")
    clips: list[Clip] = []
    for span in spans:
        start = to_ticks(span.start_s)
        end = whole_frames(start, to_ticks(span.end_s), fps)
        pieces = plan_pieces(analysis, Span(span.start_s, to_seconds(end)), ASPECTS[aspect], allow_layouts=allow_layouts)
        clips.extend(_clips(pieces, start, end, fps))
    return tuple(clips)


def plan_crops(analysis: Analysis, span: Span, aspect: Fraction = Fraction(9, 16)) -> tuple[CropFrom, ...]:
    """The crops of a span shown in one size without layouts; the first starts with the span."""
    frame = (aspect.numerator * 120, aspect.denominator * 120)
    pieces = plan_pieces(analysis, span, frame, allow_layouts=False)
    return _without_repeats([part for piece in pieces for part in piece.crops])


def _clips(pieces: Sequence[Piece], start: int, end: int, fps: Fraction) -> list[Clip]:
    """Pieces of one shape that follow each other as one clip; the seams lie on frames."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and groups[-1][-1].shape == piece.shape:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    seams = [start, *(_on_frame(to_ticks(group[0].span.start_s), start, fps) for group in groups[1:]), end]
    clips = []
    for group, first, last in zip(groups, seams, seams[1:], strict=False):
        if last > first:  # a piece shorter than half a frame is none
            crops = _starting(_without_repeats([part for piece in group for part in piece.crops]), first, last)
            second = _starting(_without_repeats([part for piece in group for part in piece.second]), first, last)
            clips.append(Clip(first, last, crops, group[0].layout, second))
    return clips


def _on_frame(at: int, start: int, fps: Fraction) -> int:
    """The frame of a clip from `start` in which the source's frame at `at` is shown first."""
    frames = round((at - start) * TIME_BASE * fps)
    return start + round(frames / fps / TIME_BASE)


def _without_repeats(parts: Sequence[CropFrom]) -> tuple[CropFrom, ...]:
    kept: list[CropFrom] = []
    for part in parts:
        if not (kept and kept[-1].drift_to is part.drift_to is None and kept[-1].crop == part.crop):
            kept.append(part)
    return tuple(kept)


def _starting(parts: Sequence[CropFrom], start: int, end: int) -> tuple[CropFrom, ...]:
    """The parts of a clip whose seams were moved to frames: the first starts exactly with it, none after its end."""
    if not parts:
        return ()
    first = max((n for n, part in enumerate(parts) if part.start <= start), default=0)
    later = tuple(part for part in parts[first + 1 :] if start < part.start < end)
    return (CropFrom(start, parts[first].crop, parts[first].drift_to), *later)
