"""What each direction does, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.video.additions import Brand, LookKind
from tools.video.brief import Brief, Direction
from tools.video.timeline import TransitionKind


@dataclass(frozen=True, slots=True)
class Style:
    """How a direction looks and sounds.

    `scales` are the punch-ins in their order, before and after each point; `most` interrupts lie in any ten seconds, `apart_s` from
    each other at least. `accents` are what goes with a point: an effect with its gain in dB, and a look ("" and None: nothing).
    `drift` is how far a slow zoom goes. Music lies `music_db` under the voice and `duck_db` more while somebody speaks.
    """

    scales: tuple[float, ...] = ()
    most: int = 0
    apart_s: float = 3.0
    on_beats: bool = False
    accents: tuple[tuple[str, float, LookKind | None], ...] = (("", 0.0, None),)
    drift: float = 0.0
    looks: tuple[tuple[LookKind, float, str], ...] = ()
    transitions: tuple[TransitionKind, ...] = ()
    transition_s: float = 0.0
    cut_effects: tuple[tuple[str, float], ...] = ()
    hears_shots: bool = False  # the effects of hard cuts on the source's own cuts too
    has_progress: bool = False
    has_name: bool = False
    music_db: float = -12.0
    duck_db: float = 10.0
    captions: str = "karaoke"


STYLES: Mapping[Direction, Style] = {
    Direction.PLAIN: Style(),
    Direction.CLEAN: Style(scales=(1.0, 1.07), most=2, apart_s=3.5, cut_effects=(("whoosh", -16.0),)),
    Direction.HYPE: Style(
        scales=(1.0, 1.16, 1.05, 1.26),
        most=5,
        apart_s=1.3,
        on_beats=True,
        accents=(
            ("swish", -11.0, None),
            ("thump", -9.0, LookKind.SHAKE),
            ("pop", -12.0, None),
            ("shutter", -10.0, LookKind.FLASH),
            ("", 0.0, None),
        ),
        looks=((LookKind.GRADE, 0.6, "punchy"),),
        transitions=(TransitionKind.ZOOM_IN, TransitionKind.SLIDE_LEFT, TransitionKind.SMOOTH_LEFT),
        transition_s=0.2,
        cut_effects=(("whoosh", -9.0), ("swish", -9.0), ("boom", -9.0)),
        hears_shots=True,
        has_progress=True,
        music_db=-9.0,
        duck_db=8.0,
        captions="hype",
    ),
    Direction.PODCAST: Style(
        scales=(1.0, 1.05),
        most=1,
        apart_s=8.0,
        has_progress=True,
        has_name=True,
        music_db=-18.0,
        duck_db=12.0,
        captions="podcast",
    ),
    Direction.CINEMATIC: Style(
        drift=0.09,
        looks=((LookKind.GRADE, 0.8, "cinematic"), (LookKind.VIGNETTE, 0.35, ""), (LookKind.GRAIN, 0.25, "")),
        transitions=(TransitionKind.FADE,),
        transition_s=0.4,
        music_db=-10.0,
        duck_db=11.0,
    ),
}


def caption_style(brief: Brief, brand: Brand | None = None) -> str:
    """The caption style of a brief: what was asked for, else the brand's, else the direction's (captions are made before `direct`)."""
    if brief.captions != Brief().captions:
        return brief.captions
    return (brand.caption_style if brand is not None else "") or STYLES[brief.direction].captions
