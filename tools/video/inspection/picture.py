"""The picture of a rendered file: its shape, and whether it is black or stands still where its source does not.

Everything is demuxed, only key frames (one a second) are decoded. Where those look black or frozen, a few frames of the source tell whose
fault it is: the source's own darkness is worth knowing (degraded), ours means a broken render (blocked).
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from memory.errors import InputError
from tools.video.geometry import crop_at
from tools.video.inspection.checks import Check, clock, must
from tools.video.timeline import Clip, Layout, MediaKind, Preset, Timeline, to_seconds, to_ticks

_SAMPLE_PX = (90, 160)  # width and height of a sampled frame
_BAND = (0.35, 0.58)  # the rows between title and captions, as shares from the top: what is burned in must not hide black or freeze
_BLACK_LUMA = 24  # limited-range black is 16; a frame is black when nearly all of it is darker than this
_FROZEN_DIFFERENCE = 0.5  # mean luma difference of two key frames a second apart below which nothing moved
_MOVING_DIFFERENCE = 2.0  # and of two source frames above which something surely did
_MOST_LOOKS = 6  # at the source, for each kind of suspicion
_DURATION_S, _DRIFT_S = 0.15, 0.1


@dataclass(frozen=True, slots=True)
class Picture:
    """What demuxing the file and decoding its key frames told. `samples` are (seconds, uint8 band of the picture)."""

    video_streams: int
    width_px: int
    height_px: int
    fps: float
    video_s: float
    audio_s: float | None
    frames: int
    samples: list[tuple[float, Any]]


def look(path: Path, timeline: Timeline) -> Picture:
    """Demux everything and decode the key frames.

    Raises:
        InputError: The file cannot be opened or decoded, or has no picture.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InputError("it has no picture.")
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            frames, samples = _read(container, stream, timeline)
            audio = container.streams.audio[0] if container.streams.audio else None
            return Picture(
                video_streams=len(container.streams.video),
                width_px=stream.width,
                height_px=stream.height,
                fps=float(stream.average_rate or 0),
                video_s=_length_s(stream),
                audio_s=None if audio is None else _length_s(audio),
                frames=frames,
                samples=samples,
            )
    except av.FFmpegError as error:
        raise InputError(f"{error.strerror or error}.") from error


def shape_checks(picture: Picture, timeline: Timeline, preset: Preset) -> dict[str, Check]:
    """Streams, size, rate, length, and whether picture and sound end together."""
    size, wanted = f"{picture.width_px}x{picture.height_px}", "x".join(map(str, preset.size(timeline)))
    fps, frames = float(timeline.fps), timeline.frames
    off_s = abs(picture.video_s - timeline.duration_s)
    drift_s = math.inf if picture.audio_s is None else abs(picture.video_s - picture.audio_s)
    return {
        "streams": must(picture.video_streams == 1, picture.video_streams, "1 video stream", f"{picture.video_streams} picture tracks."),
        "size": must(size == wanted, size, wanted, f"The picture is {size} instead of {wanted}."),
        "fps": must(abs(picture.fps - fps) < 0.02, round(picture.fps, 3), f"{fps:.3f}", f"It has {picture.fps:.2f} fps, not {fps:.2f}."),
        "frames": must(abs(picture.frames - frames) <= 2, picture.frames, f"{frames} ± 2", f"It has {picture.frames} of {frames} frames."),
        "duration": must(
            off_s <= _DURATION_S,
            round(picture.video_s, 3),
            f"{timeline.duration_s:.3f} ± {_DURATION_S} s",
            f"Its length is {off_s:.2f} s off.",
        ),
        "av_drift": must(drift_s <= _DRIFT_S, round(drift_s, 3), f"<= {_DRIFT_S} s", f"Picture and sound end {drift_s:.2f} s apart."),
    }


def picture_checks(picture: Picture, timeline: Timeline) -> dict[str, Check]:
    """Black and frozen stretches, blocking where the source shows something else."""
    black = [time_s for time_s, sample in picture.samples if _is_black(sample)]
    still = [one_s for (one_s, one), (_, other) in pairwise(picture.samples) if _difference(one, other) < _FROZEN_DIFFERENCE]
    black_share = len(black) / max(1, len(picture.samples))
    still_share = len(still) / max(1, len(picture.samples) - 1)
    return {"black": _black_check(black, black_share, timeline), "freeze": _freeze_check(still, still_share, timeline)}


def _black_check(black: list[float], share: float, timeline: Timeline) -> Check:
    limit = "<= 0.1 of the time, and only where the source is"
    for time_s in _spread(black):
        frame = _source_frame(timeline, time_s)
        if frame is not None and not _is_black(frame):
            return must(False, round(share, 3), limit, f"The picture is black at {clock(time_s)}, where the source is not.")
    return Check(share <= 0.1, round(share, 3), limit, f"The source itself is black {share:.0%} of the time.")


def _freeze_check(still: list[float], share: float, timeline: Timeline) -> Check:
    limit = "<= 0.5 of the time, and only where the source does"
    for time_s in _spread(still):
        one, other = _source_frame(timeline, time_s), _source_frame(timeline, time_s + 1.0)
        if one is not None and other is not None and _difference(one, other) > _MOVING_DIFFERENCE:
            return must(False, round(share, 3), limit, f"The picture stands still at {clock(time_s)}, where the source moves.")
    return Check(share <= 0.5, round(share, 3), limit, f"The source itself stands still for {share:.0%} of the time.")


def _spread(times_s: list[float]) -> list[float]:
    """At most `_MOST_LOOKS` of them, evenly."""
    step = max(1, -(-len(times_s) // _MOST_LOOKS))
    return times_s[::step]


def _is_black(sample: Any) -> bool:
    import numpy as np

    return float(np.percentile(sample, 98)) < _BLACK_LUMA


def _difference(one: Any, other: Any) -> float:
    import numpy as np

    return float(np.abs(one.astype(np.int16) - other).mean())


def _source_frame(timeline: Timeline, time_s: float) -> Any | None:
    """The band of the crop that is shown at a time of the timeline, as a small grey picture of its file; None where that cannot be told.

    None for held pictures, other layouts and what lies under a covering overlay: those may be black or still on purpose.
    """
    at = to_ticks(time_s)
    covered = any(one.area is None and one.start <= at < one.end for one in timeline.overlays)
    for start, clip in zip(timeline.starts(), timeline.clips, strict=True):
        if start <= at < start + clip.duration:
            media = timeline.find_media(clip.media)
            is_other = covered or media.kind is MediaKind.IMAGE or clip.layout is not Layout.FULL
            return None if is_other else _cropped_frame(media.path, clip, clip.source_at(at - start))
    return None


def _cropped_frame(path: str, clip: Clip, at: int) -> Any | None:
    import av

    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            origin = stream.start_time or 0
            container.seek(origin + int(to_seconds(at) / (stream.time_base or 1)), stream=stream)
            for frame in container.decode(stream):
                if frame.time is not None and frame.time - float(origin * (stream.time_base or 0)) >= to_seconds(at) - 0.05:
                    crop = crop_at(clip.crops, at, clip.end)
                    grey = frame.to_ndarray(format="gray")
                    if frame.rotation:
                        return None  # turned by the player: not worth the trouble for a second opinion
                    top, bottom = (crop.y_px + int(share * crop.height_px) for share in _BAND)
                    return _averaged(grey[top:bottom, crop.x_px : crop.x_px + crop.width_px])
    except (av.FFmpegError, IndexError):
        return None
    return None


def _averaged(grey: Any) -> Any:
    """Blocks of 8x8 pixels as one, like the samples of the rendered file: single pixels flicker where nothing moves."""
    height, width = max(8, grey.shape[0] // 8 * 8), max(8, grey.shape[1] // 8 * 8)
    if grey.shape[0] < 8 or grey.shape[1] < 8:
        return grey
    return grey[:height, :width].reshape(height // 8, 8, width // 8, 8).mean(axis=(1, 3)).astype("uint8")


def _read(container: Any, stream: Any, timeline: Timeline) -> tuple[int, list[tuple[float, Any]]]:
    """The number of coded frames, and the band of each key frame that is not in a fade, as uint8 arrays with their times."""
    first_s, last_s = to_seconds(timeline.fade_in), timeline.duration_s - to_seconds(timeline.fade_out)
    top, bottom = (int(share * _SAMPLE_PX[1]) for share in _BAND)
    frames, samples = 0, []
    for packet in container.demux(stream):
        frames += packet.size > 0
        if packet.size and not packet.is_keyframe:
            continue
        for frame in packet.decode():
            if first_s <= (frame.time or 0.0) <= last_s:
                small = frame.reformat(width=_SAMPLE_PX[0], height=_SAMPLE_PX[1], format="gray")
                samples.append((float(frame.time or 0.0), small.to_ndarray()[top:bottom]))
    return frames, samples


def _length_s(stream: Any) -> float:
    return float((stream.duration or 0) * (stream.time_base or Fraction(0)))
