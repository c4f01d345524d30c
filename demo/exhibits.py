"""What the gallery shows: every caption style, look, layout, movement, transition, overlay, direction and frame.

Each is a timeline of the demo source.

The seconds are those of `demo/source.mp4` (LICENSES.md says what is seen when): each exhibit takes a part that shows its subject well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tools.video import captions, placements, ramps
from tools.video.additions import Look, LookKind, Overlay, Rect
from tools.video.brief import Brief, Direction
from tools.video.captions import emoji, make_cues
from tools.video.captions.styles import STYLES
from tools.video.compiler.grades import GRADES
from tools.video.compiler.looks import NAMES
from tools.video.direct import caption_style, direct
from tools.video.media import Analysis, Span
from tools.video.reframe import plan_clips
from tools.video.timeline import (
    ASPECTS,
    Clip,
    Crop,
    CropFrom,
    Layout,
    Media,
    MediaKind,
    Source,
    Timeline,
    Transition,
    TransitionKind,
    Zoom,
    fingerprint,
    output_rate,
    to_ticks,
)
from tools.video.titles import hook_title, lay_out

_TALL = Crop(656, 0, 608, 1080)
_WHOLE = Crop(0, 0, 1920, 1080)
_LOOKS_AT: dict[LookKind, tuple[float, float]] = {  # where each look shows best, and how strong it is shown
    LookKind.MIRROR: (4.6, 1.0),
    LookKind.MONOCHROME: (1.0, 0.8),
    LookKind.GLOW: (4.5, 0.9),
    LookKind.GRAIN: (1.6, 0.9),
    LookKind.HANDHELD: (20.6, 1.0),
    LookKind.GLITCH: (9.0, 0.9),
    LookKind.FLASH: (12.8, 1.0),
    LookKind.SHAKE: (5.0, 1.0),
    LookKind.VIGNETTE: (16.8, 0.8),
    LookKind.STABILISE: (20.6, 0.6),
    LookKind.DENOISE: (39.2, 1.0),
}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing to look at. `stills_s` are the instants its contact sheet shows."""

    section: str
    name: str
    text: str
    timeline: Timeline
    stills_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Studio:
    """The source, and timelines of it."""

    path: Path
    source: Source
    fps: Fraction
    analysis: Analysis

    def clip(self, start_s: float, length_s: float, crop: Crop = _TALL, **more: object) -> Clip:
        frame = 1 / (self.fps * Fraction(1, 240_000))
        start, end = (round(round(to_ticks(at_s) / frame) * frame) for at_s in (start_s, start_s + length_s))
        return Clip(start, end, (CropFrom(start, crop),), **more)  # type: ignore[arg-type]

    def timeline(self, *clips: Clip, **more: object) -> Timeline:
        return Timeline(self.source, clips, self.fps, **{"fade_in": 0, "fade_out": 0, **more})  # type: ignore[arg-type]

    def spoken(self, start_s: float, end_s: float, style: str, aspect: str = "9:16") -> Timeline:
        """A span planned as a short is, with its captions."""
        frame = ASPECTS[aspect]
        clips = plan_clips(self.analysis, (Span(start_s, end_s),), self.fps, aspect=aspect)
        cues = make_cues(self.analysis.words, clips, style=style, frame=frame)
        return self.timeline(*clips, cues=cues, caption_style=style, width_px=frame[0], height_px=frame[1])

    @property
    def film(self) -> Media:
        """The source again, as a file of its own."""
        source = self.source
        size = source.width_px, source.height_px
        return Media("demo:film", str(self.path), source.fingerprint, MediaKind.VIDEO, *size, source.fps, to_ticks(42.0), True)


def exhibits(path: Path, analysis: Analysis) -> tuple[Exhibit, ...]:
    probe = analysis.probe
    source = Source(str(path), fingerprint(path), probe.width_px, probe.height_px, probe.fps, probe.has_audio)
    studio = _Studio(path, source, output_rate(probe.fps, is_variable=probe.is_variable_fps), analysis)
    rooms = (_captions, _looks, _grades, _layouts, _moves, _transitions, _overlays, _directions, _frames)
    return tuple(exhibit for room in rooms for exhibit in room(studio))


def _captions(studio: _Studio) -> Iterator[Exhibit]:
    for name, style in STYLES.items():
        timeline = captions.place(studio.spoken(0.6, 3.9, name), studio.analysis)
        yield Exhibit("Captions", name, f"{style.font}, up to {style.words} words at a time", timeline, (0.9, 2.0))


def _looks(studio: _Studio) -> Iterator[Exhibit]:
    for kind, (start_s, strength) in _LOOKS_AT.items():
        crop = Crop(290, 80, 304, 540) if kind is LookKind.DENOISE else _TALL
        look = Look(kind, strength, start=to_ticks(0.9))
        stills = (0.95, 1.0) if kind in (LookKind.FLASH, LookKind.SHAKE) else (0.5, 1.3)
        timeline = studio.timeline(studio.clip(start_s, 2.0, crop), looks=(look,))
        yield Exhibit("Looks", kind.value, f"{NAMES[kind]} (from 0.9 s on)", timeline, stills)


def _grades(studio: _Studio) -> Iterator[Exhibit]:
    yield Exhibit("Colour", "as it is", "the source", studio.timeline(studio.clip(1.0, 0.6), studio.clip(21.0, 0.6)), (0.3, 0.9))
    for name in GRADES:
        looks = (Look(LookKind.GRADE, 0.9, value=name),)
        timeline = studio.timeline(studio.clip(1.0, 0.6), studio.clip(21.0, 0.6), looks=looks)
        yield Exhibit("Colour", name.replace("_", " "), "a named look; any .cube file works too", timeline, (0.3, 0.9))


def _layouts(studio: _Studio) -> Iterator[Exhibit]:
    left, right = Crop(414, 60, 594, 528), Crop(944, 60, 594, 528)
    shown = {
        "full": (studio.clip(1.0, 1.6), "the crop fills the frame"),
        "split": (
            replace(studio.clip(16.8, 1.6, left, layout=Layout.SPLIT), second=(CropFrom(to_ticks(16.8), right),)),
            "two subjects of one shot, above each other",
        ),
        "screen and face": (
            replace(
                studio.clip(39.0, 1.6, _WHOLE, layout=Layout.SCREEN_FACE), second=(CropFrom(to_ticks(39.0), Crop(210, 110, 440, 534)),)
            ),
            "a screen at its own aspect, the face below",
        ),
        "blurred": (studio.clip(16.8, 1.6, _WHOLE, layout=Layout.BLURRED), "the whole picture over a soft copy of itself"),
    }
    for name, (clip, text) in shown.items():
        yield Exhibit("Layouts", name, text, studio.timeline(clip), (0.8,))


def _moves(studio: _Studio) -> Iterator[Exhibit]:
    still, drift = studio.clip(1.2, 2.0), studio.clip(20.4, 2.0)
    drift = replace(drift, crops=(CropFrom(drift.start, Crop(200, 0, 608, 1080), Crop(1000, 0, 608, 1080)),))
    slowed = ramps.ramp(studio.clip(8.8, 2.6, Crop(600, 0, 608, 1080)), to_ticks(10.0), 0.35, studio.fps)
    first, second = studio.clip(1.2, 1.0), replace(studio.clip(2.2, 1.0), zoom=Zoom(1.25, 1.25))
    shown = {
        "zoom in": ((replace(still, zoom=Zoom(1.0, 1.35)),), "towards the subject, smooth to a fraction of a pixel", (0.1, 1.0, 1.9)),
        "zoom out": ((replace(still, zoom=Zoom(1.35, 1.0, over=to_ticks(1.2))),), "and back, settled after 1.2 s", (0.1, 1.0, 1.9)),
        "punch-in": ((first, second), "a cut to a closer view of the same shot", (0.9, 1.1)),
        "drift": ((drift,), "the crop follows a move of the camera", (0.1, 1.0, 1.9)),
        "speed ramp": (slowed, "slow around an instant; the pitch of the sound stays", (0.5, 1.5, 2.5)),
    }
    for name, (clips, text, stills) in shown.items():
        yield Exhibit("Movement", name, text, studio.timeline(*clips), stills)


def _transitions(studio: _Studio) -> Iterator[Exhibit]:
    for kind in TransitionKind:
        clips = studio.clip(12.8, 0.8), replace(studio.clip(1.2, 1.2), transition=Transition(kind, to_ticks(0.5)))
        text = f"xfade {kind.value}, half a second; the length stays"
        yield Exhibit("Transitions", kind.name.lower().replace("_", " "), text, studio.timeline(*clips), (0.9, 1.05, 1.2))


def _overlays(studio: _Studio) -> Iterator[Exhibit]:
    talk, film = studio.spoken(0.6, 3.2, "karaoke"), studio.film
    rolled = placements.b_roll(talk, film, to_ticks(0.8), to_ticks(2.0), offset=to_ticks(9.0), fade=to_ticks(0.15))
    inset = placements.picture_in_picture(talk, film, to_ticks(0.4), to_ticks(2.4), offset=to_ticks(9.0), share=0.4, aspect=1.0)
    star = replace(emoji.media(emoji.key_of("🚀") or ""), key="demo:rocket")  # under its own name it would be a caption's
    marked = placements.watermark(talk, star, "top_left", opacity=0.8, share=0.1)
    popped = Overlay(star.key, to_ticks(0.6), to_ticks(2.4), Rect(680, 240, 240, 240), pop=to_ticks(0.35), fade=to_ticks(0.1))
    shown = {
        "b-roll": (rolled, "another picture while the voice and the captions go on", (0.5, 1.4)),
        "picture in picture": (inset, "rounded, framed, inside the safe area", (0.5, 1.4)),
        "watermark": (marked, "in a corner that no app covers", (1.4,)),
        "emoji": (replace(talk, media=(star,), overlays=(popped,)), "pops in, a little too large, and settles", (0.7, 1.4)),
    }
    for name, (timeline, text, stills) in shown.items():
        yield Exhibit("Overlays", name, text, captions.place(timeline, studio.analysis), stills)


_SAID = {
    Direction.PLAIN: "cuts and captions alone",
    Direction.CLEAN: "a quiet bed of music, soft punch-ins",
    Direction.HYPE: "beats, flashes, zooms, effects on cuts",
    Direction.PODCAST: "calm, with names and a progress bar",
    Direction.CINEMATIC: "grade, grain and slow zooms",
}


def _directions(studio: _Studio) -> Iterator[Exhibit]:
    for direction in Direction:
        yield Exhibit("Directions", direction.value, _SAID[direction], _directed(studio, direction), (1.0, 3.0, 5.0, 7.0))


def _directed(studio: _Studio, direction: Direction, aspect: str = "9:16", end_s: float = 8.6) -> Timeline:
    brief = Brief(direction=direction, aspect=aspect)
    timeline = studio.spoken(0.6, end_s, caption_style(brief), aspect)
    words = [word for word in studio.analysis.words if 0.4 <= word.start_s < end_s]
    hook = lay_out(hook_title(words), timeline.duration_s, ASPECTS[aspect])
    timeline = replace(timeline, hook=hook, fade_in=to_ticks(0.15), fade_out=to_ticks(0.3))
    return captions.place(direct(timeline, studio.analysis, brief), studio.analysis)


def _frames(studio: _Studio) -> Iterator[Exhibit]:
    for aspect, (width, height) in ASPECTS.items():
        yield Exhibit("Frames", aspect, f"{width} x {height}", _directed(studio, Direction.CLEAN, aspect, 3.9), (1.5,))


def sections(found: Sequence[Exhibit]) -> tuple[str, ...]:
    """The sections' names in their order."""
    return tuple(dict.fromkeys(exhibit.section for exhibit in found))
