"""Is the rendered file what the timeline asked for? Everything here is measured on the file itself, except the captions' layout.

The cost is kept small, because it counts as part of a render: the picture is sampled at its key frames (one a second), the sound is
decoded once. `blocked` means the file is broken and must not be published; `degraded` means it plays and a person should know something
about it, for instance that the source itself is black or frozen for a while.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from memory.domain import Verdict
from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.captions import SAFE_AREA, Area, cue_area, title_area
from tools.video.loudness import MEASURE_FILTER, SILENT_LUFS, Loudness, parse_summary
from tools.video.timeline import FINAL, Preset, Timeline, to_seconds

_SAMPLE_PX = (90, 160)  # width and height of a sampled frame
_BAND = (0.35, 0.58)  # the rows between title and captions, as shares from the top: what is burned in must not hide black or freeze
_BLACK_LUMA = 24  # limited-range black is 16; a frame is black when nearly all of it is darker than this
_FROZEN_DIFFERENCE = 0.5  # mean luma difference of two key frames a second apart below which nothing moved
_SILENCE_DB, _SILENCE_S = -50, 1.0
_FASTEST_CPS = 30.0  # characters a second; word by word captions follow speech, which stays below this
_DURATION_S, _DRIFT_S = 0.15, 0.1
_LOUDNESS_LU = 1.0
_PEAK_DBTP = -1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One property: the measured value, the limit in words, and a sentence for the owner when it is not met."""

    ok: bool
    value: float | str | None
    limit: str
    message: str = ""
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """The verdict and what it rests on."""

    verdict: Verdict
    checks: dict[str, Check]
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0
    duration_s: float = 0.0
    loudness_lufs: float | None = None  # None without sound
    true_peak_dbtp: float | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(check.message for check in self.checks.values() if not check.ok)


@dataclass(frozen=True, slots=True)
class _Picture:
    """What demuxing the file and decoding its key frames told."""

    video_streams: int
    width_px: int
    height_px: int
    fps: float
    video_s: float
    audio_s: float | None
    frames: int
    black_share: float
    freeze_share: float


def inspect(path: Path, timeline: Timeline, preset: Preset = FINAL) -> Inspection:
    """Measure a rendered file against its timeline. A file that cannot be read is a blocked inspection, not an error."""
    captions = _caption_checks(timeline)
    try:
        picture = _look(path, timeline)
        loudness, silence_share = _listen(path, timeline)
    except InputError as error:
        broken = Check(False, None, "decodable", f"The finished file cannot be read: {error.message}", is_blocking=True)
        return Inspection(Verdict.BLOCKED, {"decodable": broken, **captions})
    checks = {
        "decodable": Check(True, picture.frames, "decodable"),
        **_shape_checks(picture, timeline, preset),
        **_picture_checks(picture),
        **_sound_checks(timeline, loudness, silence_share),
        **captions,
    }
    return Inspection(
        verdict(checks.values()),
        checks,
        picture.width_px,
        picture.height_px,
        picture.fps,
        picture.video_s,
        _finite(loudness.integrated_lufs),
        _finite(loudness.true_peak_dbtp),
    )


def verdict(checks: Iterable[Check]) -> Verdict:
    """The worst of the checks."""
    failed = [check for check in checks if not check.ok]
    if any(check.is_blocking for check in failed):
        return Verdict.BLOCKED
    return Verdict.DEGRADED if failed else Verdict.OK


def _shape_checks(picture: _Picture, timeline: Timeline, preset: Preset) -> dict[str, Check]:
    size, wanted = f"{picture.width_px}x{picture.height_px}", "x".join(map(str, preset.size(timeline)))
    fps = float(timeline.fps)
    frames = round(timeline.duration * timeline.time_base * timeline.fps)
    off_s = abs(picture.video_s - timeline.duration_s)
    drift_s = math.inf if picture.audio_s is None else abs(picture.video_s - picture.audio_s)
    return {
        "streams": _must(picture.video_streams == 1, picture.video_streams, "1 video stream", f"{picture.video_streams} picture tracks."),
        "size": _must(size == wanted, size, wanted, f"The picture is {size} instead of {wanted}."),
        "fps": _must(abs(picture.fps - fps) < 0.02, round(picture.fps, 3), f"{fps:.3f}", f"It has {picture.fps:.2f} fps, not {fps:.2f}."),
        "frames": _must(abs(picture.frames - frames) <= 2, picture.frames, f"{frames} ± 2", f"It has {picture.frames} of {frames} frames."),
        "duration": _must(
            off_s <= _DURATION_S,
            round(picture.video_s, 3),
            f"{timeline.duration_s:.3f} ± {_DURATION_S} s",
            f"Its length is {off_s:.2f} s off.",
        ),
        "av_drift": _must(drift_s <= _DRIFT_S, round(drift_s, 3), f"<= {_DRIFT_S} s", f"Picture and sound end {drift_s:.2f} s apart."),
    }


def _picture_checks(picture: _Picture) -> dict[str, Check]:
    black, frozen = picture.black_share, picture.freeze_share
    return {
        "black": Check(black <= 0.1, round(black, 3), "<= 0.1 of the time", f"The picture is black {black:.0%} of the time."),
        "freeze": Check(frozen <= 0.5, round(frozen, 3), "<= 0.5 of the time", f"The picture stands still for {frozen:.0%} of the time."),
    }


def _sound_checks(timeline: Timeline, loudness: Loudness, silence_share: float) -> dict[str, Check]:
    if not timeline.source.has_audio:
        return {"silence": Check(True, None, "no sound in the source", "The source has no sound, so the short is silent.")}
    lufs, peak, target = loudness.integrated_lufs, loudness.true_peak_dbtp, timeline.loudness_lufs
    if lufs < SILENT_LUFS:
        return {"silence": Check(False, 1.0, "<= 0.5 of the time", "This part of the video has no audible sound.")}
    return {
        "silence": Check(
            silence_share <= 0.5, round(silence_share, 3), "<= 0.5 of the time", f"It is silent {silence_share:.0%} of the time."
        ),
        "loudness": Check(
            abs(lufs - target) <= _LOUDNESS_LU, lufs, f"{target:g} ± {_LOUDNESS_LU:g} LUFS", f"It is {lufs:.1f} LUFS loud, not {target:g}."
        ),
        "true_peak": Check(peak <= _PEAK_DBTP, peak, f"<= {_PEAK_DBTP:g} dBTP", f"Its peaks reach {peak:.1f} dBTP and may distort."),
    }


def _caption_checks(timeline: Timeline) -> dict[str, Check]:
    cues = timeline.cues
    areas = [cue_area(cue) for cue in cues] + ([title_area(timeline.hook)] if timeline.hook else [])
    outside = sum(not _inside(area) for area in areas)
    overlapping = sum(cue.end > following.start for cue, following in pairwise(cues))
    fastest = max((len(cue.text) / max(1e-3, to_seconds(cue.end - cue.start)) for cue in cues), default=0.0)
    return {
        "caption_area": Check(outside == 0, outside, "0 outside the safe area", f"{outside} captions leave the safe area."),
        "caption_overlap": Check(overlapping == 0, overlapping, "0 overlaps", f"{overlapping} captions overlap."),
        "caption_speed": Check(
            fastest <= _FASTEST_CPS,
            round(fastest, 1),
            f"<= {_FASTEST_CPS:g} characters/s",
            f"A caption shows {fastest:.0f} characters a second.",
        ),
    }


def _must(ok: bool, value: float | str | None, limit: str, message: str) -> Check:
    return Check(ok, value, limit, message, is_blocking=True)


def _inside(area: Area) -> bool:
    return area.left >= SAFE_AREA.left and area.right <= SAFE_AREA.right and area.top >= SAFE_AREA.top and area.bottom <= SAFE_AREA.bottom


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _look(path: Path, timeline: Timeline) -> _Picture:
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
            black, frozen = _shares(samples)
            return _Picture(
                video_streams=len(container.streams.video),
                width_px=stream.width,
                height_px=stream.height,
                fps=float(stream.average_rate or 0),
                video_s=_length_s(stream),
                audio_s=None if audio is None else _length_s(audio),
                frames=frames,
                black_share=black,
                freeze_share=frozen,
            )
    except av.FFmpegError as error:
        raise InputError(f"{error.strerror or error}.") from error


def _read(container: Any, stream: Any, timeline: Timeline) -> tuple[int, list[Any]]:
    """The number of coded frames, and the band of each key frame that is not in a fade, as uint8 arrays."""
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
                samples.append(small.to_ndarray()[top:bottom])
    return frames, samples


def _shares(samples: list[Any]) -> tuple[float, float]:
    """The share of sampled frames that are black, and of neighbours between which nothing moves."""
    import numpy as np

    if not samples:
        return 0.0, 0.0
    black = [float(np.percentile(sample, 98)) < _BLACK_LUMA for sample in samples]
    still = [float(np.abs(a.astype(np.int16) - b).mean()) < _FROZEN_DIFFERENCE for a, b in pairwise(samples)]
    return sum(black) / len(black), sum(still) / len(still) if still else 0.0


def _length_s(stream: Any) -> float:
    return float((stream.duration or 0) * (stream.time_base or Fraction(0)))


def _listen(path: Path, timeline: Timeline) -> tuple[Loudness, float]:
    """Loudness, and the share of the time that is silent, in one decode of the sound."""
    name, options = MEASURE_FILTER
    measured = f"silencedetect=n={_SILENCE_DB}dB:d={_SILENCE_S},{name}={':'.join(f'{key}={value}' for key, value in options.items())}"
    arguments = ["-vn", "-i", str(path), "-map", "0:a:0", "-af", measured, "-f", "null", "-"]
    result = run_ffmpeg(arguments, timeout_s=60 + timeline.duration_s, log_level="info", stderr_lines=2000)
    silent_s = sum(float(found) for found in re.findall(r"silence_duration: ([\d.]+)", result.stderr_tail))
    return parse_summary(result.stderr_tail), min(1.0, silent_s / timeline.duration_s)
