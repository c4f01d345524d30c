"""A short of three pieces with everything an edit may meet: captions, title, music, effects, overlays, graphics, looks, zooms."""

from fractions import Fraction

import pytest

from tools.video.additions import Graphic, GraphicKind, Look, LookKind, Music, Overlay, Rect, SoundEffect, Voice
from tools.video.captions import make_cues
from tools.video.media import Analysis, Probe, Word
from tools.video.timeline import (
    Clip,
    Crop,
    CropFrom,
    HookTitle,
    Layout,
    Media,
    MediaKind,
    Source,
    Timeline,
    Transition,
    TransitionKind,
    Zoom,
    to_ticks,
)

SAID = "we walked to the river in the morning and nobody knew the way back so Jon asked a man who sat with his dog".split()
WORDS = tuple(Word(text, 10.05 + 0.375 * n, 10.35 + 0.375 * n) for n, text in enumerate(SAID))

ANALYSIS = Analysis(Probe(60.0, 1920, 1080, 30.0, 0, True, True), words=WORDS)


def media(key: str, kind: MediaKind = MediaKind.AUDIO, **more: object) -> Media:
    return Media(key, f"/nowhere/{key}", key, kind, **more)  # type: ignore[arg-type]


def make_short(fps: Fraction = Fraction(30)) -> Timeline:
    """9 s of a 1920x1080 source: a piece of 3 s with two crops, one of 3 s that drifts, one of 3 s in split screen."""
    s, frame = to_ticks, 1 / fps
    ticks = [round(round((10 + at) / frame) * frame * 240_000) for at in (0, 3, 6, 9)]
    clips = (
        Clip(
            ticks[0],
            ticks[1],
            (CropFrom(ticks[0], Crop(400, 0, 606, 1080)), CropFrom(ticks[0] + s(1.5), Crop(800, 0, 606, 1080))),
            zoom=Zoom(1.0, 1.2),
        ),
        Clip(
            ticks[1],
            ticks[2],
            (CropFrom(ticks[1], Crop(200, 0, 606, 1080), drift_to=Crop(600, 0, 606, 1080)),),
            zoom=Zoom(1.1, 1.1),
            transition=Transition(TransitionKind.FADE, s(0.4)),
        ),
        Clip(
            ticks[2],
            ticks[3],
            (CropFrom(ticks[2], Crop(0, 0, 960, 854)),),
            layout=Layout.SPLIT,
            second=(CropFrom(ticks[2], Crop(960, 0, 960, 854)),),
        ),
    )
    source = Source("/nowhere/talk.mp4", "f" * 32, 1920, 1080, float(fps), True)
    timeline = Timeline(
        source,
        clips,
        fps,
        make_cues(WORDS, clips),
        HookTitle(("NOBODY KNEW",), 0, s(2.8), 100),
        media=(
            media("library:warm"),
            media("library:whoosh"),
            media("asset:1", MediaKind.IMAGE, width_px=200, height_px=100),
            media("asset:2", MediaKind.VIDEO, width_px=640, height_px=360, fps=30.0, duration=s(9)),
            media("asset:3", duration=s(2)),
        ),
        looks=(Look(LookKind.GRADE, 0.5, value="warm"), Look(LookKind.FLASH, 0.6, s(3.0), s(3.2))),
        overlays=(
            Overlay("asset:1", 0, sum(clip.duration for clip in clips), Rect(40, 80, 150, 76), opacity=0.8),
            Overlay("asset:2", s(4), s(6.5), offset=s(1)),
        ),
        graphics=(Graphic(GraphicKind.PROGRESS), Graphic(GraphicKind.LOWER_THIRD, s(1), s(4), "Ada", "Engineer")),
        music=Music("library:warm", fade_out=s(1)),
        voices=(Voice("asset:3", s(5)),),
        effects=(SoundEffect("library:whoosh", s(3)), SoundEffect("library:whoosh", s(6))),
    )
    return timeline


@pytest.fixture
def short() -> Timeline:
    return make_short()
