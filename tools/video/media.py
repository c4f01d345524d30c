"""What analysis knows about a source, as plain data. Everything here is small enough to be stored as JSON.

Times are float seconds from the start of the source; pixels count from the top left corner of the picture as displayed
(after rotation). Inside a `Timeline` time is integer ticks: see `timeline.py`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the source, `start_s` included, `end_s` excluded."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Word:
    """One heard word as it should be shown (with case and punctuation)."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class FaceBox:
    """One face in one frame, in pixels of the displayed source picture. `score` is 0 to 1.

    `mouth` is how much the mouth moved since the sample before (mean absolute luma difference, 0 to 255, of the mouth's region with the
    head's own movement taken out); -1 where it is not known.
    """

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    score: float
    mouth: float = -1.0


@dataclass(frozen=True, slots=True)
class FaceSample:
    """The faces seen in the frame at `time_s`, largest first; empty when none was found."""

    time_s: float
    boxes: tuple[FaceBox, ...]


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """Something heard that is no word: `kind` is laughter, applause or music. `score` is 0 to 1."""

    kind: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class TextArea:
    """Text that is part of the picture, in pixels of the displayed source picture."""

    start_s: float
    end_s: float
    x_px: float
    y_px: float
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Inset:
    """A window with a speaker's small picture over a screen cast, in pixels of the displayed source picture."""

    start_s: float
    end_s: float
    x_px: float
    y_px: float
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Probe:
    """What a container says about itself and what decoding its first frames confirmed."""

    duration_s: float
    width_px: int  # as displayed, after rotation; 0 without video
    height_px: int
    fps: float  # average; 0 without video
    rotation_deg: int  # clockwise turn a player applies: 0, 90, 180 or 270
    has_video: bool
    has_audio: bool
    video_codec: str = ""
    audio_codec: str = ""
    sample_rate_hz: int = 0
    audio_channels: int = 0
    is_variable_fps: bool = False
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the edit is made from. Lists are ordered by time; `shots` cover the whole duration without gaps."""

    probe: Probe
    speech: tuple[Span, ...] = ()  # where voice activity was found
    words: tuple[Word, ...] = ()
    shots: tuple[Span, ...] = ()
    faces: tuple[FaceSample, ...] = ()  # sampled a few times a second, at least once in every shot
    energy_db: tuple[float, ...] = ()  # RMS in dBFS per 100 ms of the first audio stream; empty without audio
    motion: tuple[float, ...] = ()  # mean absolute luma difference (0 to 255) per 500 ms of a small picture
    sounds: tuple[SoundEvent, ...] = ()
    beats_s: tuple[float, ...] = ()  # times of the beats where there is music
    texts: tuple[TextArea, ...] = ()
    insets: tuple[Inset, ...] = ()
    notes: tuple[str, ...] = field(default=())  # what was missing or stood aside, in words an owner understands
    timings_s: dict[str, float] = field(default_factory=dict)  # wall seconds per stage


_ANALYSIS = TypeAdapter(Analysis)


def save_analysis(analysis: Analysis, path: Path) -> None:
    path.write_bytes(_ANALYSIS.dump_json(analysis))


def load_analysis(path: Path) -> Analysis:
    return _ANALYSIS.validate_json(path.read_bytes())
