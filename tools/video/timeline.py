"""The edit as data: what is taken from the source, how it is cropped, what is written over it and how loud it gets.

Time is an integer count of ticks of `TIME_BASE`, so cutting and joining is exact; seconds appear only at the edges. Positions and sizes
are in the timeline's own picture (1080x1920 by default), whatever size it is rendered in. `compiler` turns a timeline into one ffmpeg run;
`geometry.py` says where in the picture a place of the source ends up; `additions.py` holds what lies over and under the clips.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter

from tools.video.additions import Brand, Graphic, Hiding, Look, Music, Overlay, SoundEffect, Voice

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


class MediaKind(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Media:
    """Another file the edit uses: music, a logo, b-roll, an intro. `key` is how the edit names it ("library:warm", "asset:12").

    `path` is where it lies today, as with `Source`; what does not apply to its kind is 0.
    """

    key: str
    path: str
    fingerprint: str
    kind: MediaKind
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0
    duration: int = 0
    has_audio: bool = False


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


class Layout(StrEnum):
    """How a clip fills the frame: see `geometry.pane_areas`."""

    FULL = "full"  # the crop fills it
    SPLIT = "split"  # two crops of one size: above each other in a tall frame, side by side in a wide one
    SCREEN_FACE = "screen_face"  # a screen at its own aspect above, a face in the rest below
    BLURRED = "blurred"  # the crop whole in the middle, over a blurred copy that fills the frame


class TransitionKind(StrEnum):
    """ffmpeg's `xfade` transitions that we offer, by their names there (FADE is the plain cross-dissolve)."""

    FADE = "fade"
    FADE_BLACK = "fadeblack"
    FADE_WHITE = "fadewhite"
    SLIDE_LEFT = "slideleft"
    SLIDE_UP = "slideup"
    SMOOTH_LEFT = "smoothleft"
    CIRCLE_OPEN = "circleopen"
    ZOOM_IN = "zoomin"
    PIXELIZE = "pixelize"
    BLUR = "hblur"
    WIPE_LEFT = "wipeleft"


@dataclass(frozen=True, slots=True)
class Transition:
    """How a clip comes in: over its first `duration` ticks its picture blends with the going-on picture of the clip before.

    The timeline's length does not change: the clip before is shown that much longer, from its source where there is more, else held.
    """

    kind: TransitionKind
    duration: int


@dataclass(frozen=True, slots=True)
class Zoom:
    """The frame of a clip enlarged from `start_scale` to `end_scale` (1 is none), evenly over its first `over` ticks (0: all of it).

    The point (`x`, `y`), in shares of the frame, stays where it is. Equal scales are a punch-in.
    """

    start_scale: float
    end_scale: float
    x: float = 0.5
    y: float = 0.42
    over: int = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """A span of a file in that file's ticks; `media` is its key, "" for the timeline's source. A picture file is held for the span.

    `crops` are ordered by time; all have one size and the first starts with the clip. `second` are those of the second pane.
    `speed` is how much faster than real time it plays; the pitch of the sound stays.
    """

    start: int
    end: int
    crops: tuple[CropFrom, ...]
    layout: Layout = Layout.FULL
    second: tuple[CropFrom, ...] = ()
    speed: float = 1.0
    zoom: Zoom | None = None
    transition: Transition | None = None
    media: str = ""

    @property
    def duration(self) -> int:
        """Ticks of the timeline; planners keep it a whole number of frames."""
        return self.end - self.start if self.speed == 1 else round((self.end - self.start) / self.speed)

    def source_at(self, elapsed: int) -> int:
        """The file's tick that is shown `elapsed` timeline ticks into the clip."""
        return self.start + (elapsed if self.speed == 1 else round(elapsed * self.speed))


@dataclass(frozen=True, slots=True)
class CueWord:
    """A word of a caption and when it is the spoken one, in timeline ticks."""

    text: str
    start: int
    end: int
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption on the screen, one or two lines of words. `size_px` is the em of the font.

    `center_y_px` is where its middle lies when it was moved off its style's place (away from a face, or text in the picture); 0: not moved.
    """

    start: int
    end: int
    lines: tuple[tuple[CueWord, ...], ...]
    size_px: int
    center_y_px: int = 0

    @property
    def text(self) -> str:
        return " ".join(word.text for line in self.lines for word in line)


@dataclass(frozen=True, slots=True)
class HookTitle:
    """The words over the first seconds. `center_y_px` is where its middle lies when it was moved (off a face); 0: not moved."""

    lines: tuple[str, ...]
    start: int
    end: int
    size_px: int
    center_y_px: int = 0


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
    media: tuple[Media, ...] = ()
    caption_style: str = "karaoke"
    caption_scale: float = 1.0
    platform: str = "any"  # whose safe areas the captions keep; "any" keeps all of them
    looks: tuple[Look, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    graphics: tuple[Graphic, ...] = ()
    music: Music | None = None
    voices: tuple[Voice, ...] = ()
    effects: tuple[SoundEffect, ...] = ()
    original_gain_db: float = 0.0  # of the clips' own sound; -60 and below is silence
    noise_reduction: float = 0.0  # of the clips' own sound, 0 to 1
    hiding: Hiding | None = None
    brand: Brand | None = None

    @property
    def duration(self) -> int:
        return sum(clip.duration for clip in self.clips)

    @property
    def duration_s(self) -> float:
        return to_seconds(self.duration)

    @property
    def frames(self) -> int:
        return round(self.duration * self.time_base * self.fps)

    def starts(self) -> tuple[int, ...]:
        """Where each clip begins, in timeline ticks."""
        starts, at = [], 0
        for clip in self.clips:
            starts.append(at)
            at += clip.duration
        return tuple(starts)

    def find_media(self, key: str) -> Media:
        """The file of this key; "" is the source."""
        if not key:
            source = self.source
            return Media(
                "", source.path, source.fingerprint, MediaKind.VIDEO, source.width_px, source.height_px, source.fps, 0, source.has_audio
            )
        return next(media for media in self.media if media.key == key)


@dataclass(frozen=True, slots=True)
class Preset:
    """How a timeline is written: the size as a share of the timeline's own and how hard x264 works. A lower `crf` is a better picture."""

    name: str
    scale: Fraction
    x264_preset: str
    crf: int

    def size(self, timeline: Timeline) -> tuple[int, int]:
        """Width and height in pixels, both even."""
        return int(timeline.width_px * self.scale) // 2 * 2, int(timeline.height_px * self.scale) // 2 * 2


FINAL = Preset("final", Fraction(1), "veryfast", 20)
PREVIEW = Preset("preview", Fraction(1, 2), "ultrafast", 26)  # 540p, to look at an edit in seconds
QUICK = Preset("quick", Fraction(1, 3), "ultrafast", 30)  # for a first look and for tests
PRESETS = {preset.name: preset for preset in (FINAL, PREVIEW, QUICK)}

ASPECTS: Mapping[str, tuple[int, int]] = {"9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350), "16:9": (1920, 1080)}
"""The frame of a timeline by its aspect, in pixels."""

_TIMELINE = TypeAdapter(Timeline)


def dump_timeline(timeline: Timeline) -> str:
    """JSON that `parse_timeline` reads back to an equal timeline."""
    return _TIMELINE.dump_json(timeline).decode()


def parse_timeline(text: str | bytes) -> Timeline:
    return _TIMELINE.validate_json(text)


def timeline_hash(timeline: Timeline) -> str:
    """Sixteen hex digits of the edit itself: equal edits of equal content have equal hashes wherever the file lies."""
    plain = _TIMELINE.dump_python(timeline, mode="json")
    for file in (plain["source"], *plain["media"]):
        del file["path"]
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def relocated(timeline: Timeline, source: Path, find: Callable[[str], Path] | None = None) -> Timeline:
    """The same edit with its files where they lie today: `find` gives the path of a media key."""
    media = tuple(replace(one, path=str(find(one.key))) for one in timeline.media) if find is not None else timeline.media
    return replace(timeline, source=replace(timeline.source, path=str(source)), media=media)


def whole_frames(start: int, end: int, fps: Fraction, speed: float = 1.0) -> int:
    """The end of a clip from `start` that makes its duration a whole number of frames, at least one, at or before `end`."""
    frames = max(1, int((end - start) / speed * TIME_BASE * fps + Fraction(1, 1000)))
    return start + round(frames / fps / TIME_BASE * Fraction(speed).limit_denominator(1000))


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
