"""What an edit may add to its clips: looks, overlays, graphics, music, voices, sound effects, hidden faces.

Times are ticks of the timeline (see `timeline.py`) and positions are pixels of the timeline's own picture unless a field says otherwise.
Files are named by the key of a `Media` of the timeline.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of the timeline's picture, from its top left corner."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


class LookKind(StrEnum):
    MIRROR = "mirror"
    GRADE = "grade"  # `value`: a named look, or the key of a .cube file
    MONOCHROME = "monochrome"
    GLOW = "glow"
    GRAIN = "grain"
    HANDHELD = "handheld"
    GLITCH = "glitch"
    FLASH = "flash"
    SHAKE = "shake"
    VIGNETTE = "vignette"
    STABILISE = "stabilise"
    DENOISE = "denoise"


@dataclass(frozen=True, slots=True)
class Look:
    """A filter over the picture from `start` to `end` (0: to the end). `strength` is 0 to 1."""

    kind: LookKind
    strength: float = 0.5
    start: int = 0
    end: int = 0
    value: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture or video over the main picture. Without `area` it covers the frame (b-roll: the main sound goes on).

    `offset` is where in a video it starts, in ticks of that video; `is_over_text` puts it above captions and title. A video that ends
    sooner gives the main picture back. `border_px` is a white frame inside the area, `radius_px` rounds its corners.
    """

    media: str
    start: int
    end: int
    area: Rect | None = None
    offset: int = 0
    opacity: float = 1.0
    fade: int = 0
    pop: int = 0  # it grows in over so many ticks (emoji)
    is_over_text: bool = False
    radius_px: int = 0
    border_px: int = 0


class GraphicKind(StrEnum):
    LOWER_THIRD = "lower_third"  # a name (`text`) and what they do (`detail`)
    PROGRESS = "progress"  # a bar that fills over the whole short
    CREDIT = "credit"  # small print: attribution, a disclosure label
    CARD = "card"  # a centred text over a darkened picture: intro, outro, call to action


@dataclass(frozen=True, slots=True)
class Graphic:
    """Drawn text and shapes. `color` is RRGGBB, empty for the style's accent."""

    kind: GraphicKind
    start: int = 0
    end: int = 0  # 0: to the end
    text: str = ""
    detail: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class Music:
    """Music under everything, looped to the length. `gain_db` is relative to the voice; while somebody speaks it is `duck_db` lower."""

    media: str
    gain_db: float = -10.0
    duck_db: float = 10.0
    offset: int = 0
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True, slots=True)
class Voice:
    """Narration over the picture. While it lasts the clips' own sound is `duck_db` lower (60 or more: silent)."""

    media: str
    start: int
    gain_db: float = 0.0
    duck_db: float = 12.0


@dataclass(frozen=True, slots=True)
class SoundEffect:
    """A short sound at `at`."""

    media: str
    at: int
    gain_db: float = -8.0


class HideMethod(StrEnum):
    BLUR = "blur"
    PIXELATE = "pixelate"
    MASK = "mask"  # a filled box with soft edges


@dataclass(frozen=True, slots=True)
class HiddenKey:
    """Where a hidden region lies at `at`, margin included: source ticks and pixels of the displayed source picture."""

    at: int
    x_px: float
    y_px: float
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class HiddenTrack:
    """A region that moves evenly from key to key and exists from its first key to its last. `what` is face, plate, screen or region.

    `media` is the key of the file it is in, "" for the timeline's source; ticks and pixels are that file's.
    """

    keys: tuple[HiddenKey, ...]
    what: str = "face"
    is_round: bool = True
    media: str = ""


@dataclass(frozen=True, slots=True)
class Hiding:
    """What must not be seen. `kept` are the names of people who agreed to be seen (consent on file); `checks_faces`: any face the second
    detector finds in the rendered file, and that is not covered or kept, blocks the video."""

    tracks: tuple[HiddenTrack, ...]
    method: HideMethod = HideMethod.PIXELATE
    checks_faces: bool = True
    kept: tuple[str, ...] = ()
    kept_tracks: tuple[HiddenTrack, ...] = ()  # where the kept people are, so that the check knows them
    cell_px: float = 0.0  # the coarse picture's cells are at least so large (timeline's pixels): a part rendered alone looks like the whole


@dataclass(frozen=True, slots=True)
class Brand:
    """How a channel looks. Colours are RRGGBB; an empty field leaves the style's own. Fonts are family names of the font registry."""

    name: str = ""
    accent: str = ""
    caption_font: str = ""
    title_font: str = ""
    logo: str = ""  # a media key; shown as watermark
    logo_corner: str = "top_left"
    caption_style: str = ""
    music: str = ""
    grade: str = ""
    intro: str = ""  # a media key: a video or picture shown before
    outro: str = ""  # and after
