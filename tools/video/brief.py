"""What an owner may wish for when clips are made, with the choices spelled out once for tools, planners and edits."""

from dataclasses import dataclass
from enum import StrEnum

from tools.video.additions import HideMethod
from tools.video.regions import DrawnRegion


class Hide(StrEnum):
    NOTHING = "nothing"
    FACES = "faces"  # every face
    OTHERS = "others"  # every face but those of `Brief.keep`


class Direction(StrEnum):
    """How much is done to the picture and the sound beside cutting and captions."""

    PLAIN = "plain"  # cuts and captions alone
    CLEAN = "clean"  # a quiet bed of music, soft punch-ins
    HYPE = "hype"  # beats, flashes, zooms, effects on cuts
    PODCAST = "podcast"  # speakers in split screen, names, progress bar
    CINEMATIC = "cinematic"  # grade, grain, slow zooms


@dataclass(frozen=True, slots=True)
class Brief:
    """What the owner asked for. `preset` is "final" or "quick"; `title_hint` stands in for a title where nothing is said."""

    count: int = 3
    min_s: float = 15.0
    max_s: float = 60.0
    preset: str = "final"
    title_hint: str = ""
    labels: tuple[str, ...] = ()
    from_s: float = 0.0  # only moments inside from_s to to_s
    to_s: float = 0.0  # 0: to the end
    topic: str = ""  # words the moments should be about
    aspect: str = "9:16"
    captions: str = "karaoke"  # a caption style, or "none"
    direction: Direction = Direction.CLEAN
    music: str = "auto"  # "auto", "none" or the name of a piece of the library
    tighten: bool = False  # take out fillers and long silences
    hide: Hide = Hide.NOTHING
    hide_method: HideMethod = HideMethod.PIXELATE
    keep: tuple[str, ...] = ()  # names of people with a reference photo and consent, for Hide.OTHERS
    hide_plates: bool = False
    hide_screens: bool = False
    regions: tuple[DrawnRegion, ...] = ()  # parts of the source's picture to hide
    dictionary: tuple[tuple[str, str], ...] = ()  # how words are to be written: (heard, shown)

    @property
    def hides(self) -> bool:
        """Whether anything is to be hidden."""
        return self.hide is not Hide.NOTHING or self.hide_plates or self.hide_screens or bool(self.regions)
