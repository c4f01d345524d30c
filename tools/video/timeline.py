"""The edit as data: what is taken from the source, how it is cropped, what is written over it and how loud it gets.

Time is an integer count of ticks of `TIME_BASE`, so cutting and joining is exact; seconds appear only at the edges. Positions and sizes
are in the timeline's own picture (1080x1920), whatever size it is rendered in. `compiler.py` turns a timeline into one ffmpeg run.
"""

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter

# A whole number of ticks in a frame of 24, 25, 30, 50, 60 and of the 1001-based rates, and in a sample of 48 kHz.
TIME_BASE = Fraction(1, 240_000)


def to_ticks(seconds: float) -> int:
    """The nearest tick."""
    return round(seconds / TIME_BASE)


def to_seconds(ticks: int) -> float:
    return float(ticks * TIME_BASE)


@dataclass(frozen=True, slots=True)
class Source:
    """The file a timeline takes its picture and sound from. `fingerprint` names its content, `path` where it lies today."""

    path: str
    fingerprint: str
    width_px: int  # as displayed, after rotation
    height_px: int
    fps: float
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the displayed source picture, from its top left corner; every number is even (yuv420p)."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class CropFrom:
    """From `start` (source ticks) on, the picture is cropped like this, until the next one; with `drift_to` the crop moves there evenly."""

    start: int
    crop: Crop
    drift_to: Crop | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A span of the source in source ticks. `crops` are ordered by time; all have one size and the first starts with the clip."""

    start: int
    end: int
    crops: tuple[CropFrom, ...]

    @property
    def duration(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class CueWord:
    """A word of a caption and when it is the spoken one, in timeline ticks."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption on the screen, one or two lines of words. `size_px` is the em of the font."""

    start: int
    end: int
    lines: tuple[tuple[CueWord, ...], ...]
    size_px: int

    @property
    def text(self) -> str:
        return " ".join(word.text for line in self.lines for word in line)


@dataclass(frozen=True, slots=True)
class HookTitle:
    """The words over the first seconds."""

    lines: tuple[str, ...]
    start: int
    end: int
    size_px: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole short. `labels` say what a platform must be told (for example "synthetic_voice", "advertising")."""

    source: Source
    clips: tuple[Clip, ...]
    fps: Fraction
    cues: tuple[Cue, ...] = ()
    hook: HookTitle | None = None
    fade_in: int = to_ticks(0.15)
    fade_out: int = to_ticks(0.3)
    loudness_lufs: float = -14.0
    true_peak_dbtp: float = -1.5
    width_px: int = 1080
    height_px: int = 1920
    labels: tuple[str, ...] = ()
    time_base: Fraction = TIME_BASE

    @property
    def duration(self) -> int:
        return sum(clip.duration for clip in self.clips)

    @property
    def duration_s(self) -> float:
        return to_seconds(self.duration)


@dataclass(frozen=True, slots=True)
class Preset:
    """How a timeline is written: the size of the picture and how hard x264 works. A lower `crf` is a better picture."""

    name: str
    width_px: int
    height_px: int
    x264_preset: str
    crf: int


FINAL = Preset("final", 1080, 1920, "veryfast", 20)
QUICK = Preset("quick", 360, 640, "ultrafast", 30)  # for a first look and for tests
PRESETS = {preset.name: preset for preset in (FINAL, QUICK)}

_TIMELINE = TypeAdapter(Timeline)


def dump_timeline(timeline: Timeline) -> str:
    """JSON that `parse_timeline` reads back to an equal timeline."""
    return _TIMELINE.dump_json(timeline).decode()


def parse_timeline(text: str | bytes) -> Timeline:
    return _TIMELINE.validate_json(text)


def timeline_hash(timeline: Timeline) -> str:
    """Sixteen hex digits of the edit itself: equal edits of equal content have equal hashes wherever the file lies."""
    plain = _TIMELINE.dump_python(timeline, mode="json")
    del plain["source"]["path"]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def fingerprint(path: Path) -> str:
    """A name for a file's content from its size and its first and last mebibyte, so that a 10-hour file costs nothing."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
        if size > 1 << 20:
            file.seek(max(1 << 20, size - (1 << 20)))
            digest.update(file.read())
    return digest.hexdigest()[:32]


def output_rate(source_fps: float, *, is_variable: bool = False, highest: int = 30) -> Fraction:
    """The constant frame rate to write: the source's nominal rate where it is a usable one, else 30.

    50 and 60 become 25 and 30 (half the encode), because every other frame is then a source frame; a rate below 20 (screen recordings,
    slide shows) and a variable one become 30, because captions change with each word.
    """
    standard = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)]
    standard += [Fraction(50), Fraction(60000, 1001), Fraction(60)]
    if is_variable or source_fps < 20:
        return Fraction(30)
    nearest = min(standard, key=lambda rate: abs(float(rate) - source_fps))
    if abs(float(nearest) - source_fps) > 0.5:
        return Fraction(30)
    return nearest / 2 if nearest > highest else nearest
