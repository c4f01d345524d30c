"""The caption styles, as data. Sizes are pixels of a frame whose shorter side is 1080; lengths named `_em` are in ems of the caption.

What a brand may change: the accent colour and the font. Blur is not used: it would cost more than all the rest of a caption.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from memory.errors import InputError
from tools.video.additions import Brand
from tools.video.fonts import CAPTION_FONT, Font, find_font

WHITE, BLACK, INK, YELLOW = "FFFFFF", "000000", "101010", "FFE500"


class Place(StrEnum):
    """Where a style's captions lie when nothing is in their way."""

    LOWER = "lower"  # under a talking head's chin
    MIDDLE = "middle"
    LOW = "low"  # as near to the bottom as the platforms leave free


class Entrance(StrEnum):
    """How a cue (or, with `Upcoming.HIDDEN`, each word) comes in."""

    NONE = "none"
    FADE = "fade"
    RISE = "rise"
    POP = "pop"


class Upcoming(StrEnum):
    """How words look that are not spoken yet."""

    SAME = "same"
    DIM = "dim"
    HIDDEN = "hidden"  # each word comes when it is spoken


@dataclass(frozen=True, slots=True)
class Style:
    """How captions look. Colours are RRGGBB; "accent" stands for the accent colour, an empty one for no change."""

    name: str
    font: str
    size_px: int
    words: int  # the most in one cue
    place: Place = Place.LOWER
    lines: int = 2
    is_upper: bool = False
    color: str = WHITE
    accent: str = YELLOW
    outline_color: str = INK
    outline_em: float = 0.085
    shadow_em: float = 0.0
    pitch_em: float = 1.2  # distance of two lines
    gap_em: float = 0.0  # added to the space between words
    active_color: str = ""  # of the spoken word
    active_scale: float = 1.0
    active_box: str = ""  # colour of a box behind the spoken word
    active_line: str = ""  # colour of a line under it
    emphasis_color: str = "accent"
    upcoming: Upcoming = Upcoming.SAME
    panel: str = ""  # colour of a panel behind the whole cue
    panel_alpha: float = 0.7  # 1 is opaque
    enter: Entrance = Entrance.NONE
    tilt_deg: float = 0.0
    has_emoji: bool = False  # pictures are suggested for words

    @property
    def caption_font(self) -> Font:
        return find_font(self.font) or CAPTION_FONT

    def paint(self, color: str) -> str:
        """RRGGBB of a colour field."""
        return self.accent if color == "accent" else color


_ALL = (
    Style("plain", "Montserrat", 76, 6, emphasis_color="", enter=Entrance.FADE, shadow_em=0.04),
    Style("karaoke", "Montserrat", 82, 7, active_color="accent", emphasis_color="", shadow_em=0.04),
    Style(
        "pop",
        "Montserrat",
        86,
        4,
        is_upper=True,
        accent="39FF6A",
        outline_em=0.1,
        shadow_em=0.05,
        gap_em=0.1,
        active_color="accent",
        active_scale=1.12,
        emphasis_color=YELLOW,
        enter=Entrance.POP,
        has_emoji=True,
    ),
    Style(
        "box",
        "Poppins",
        74,
        5,
        accent="7C3AED",
        outline_em=0.065,
        shadow_em=0.035,
        gap_em=0.2,
        pitch_em=1.36,
        active_box="accent",
        emphasis_color="",
        enter=Entrance.FADE,
    ),
    Style(
        "hype",
        "Anton",
        150,
        2,
        Place.MIDDLE,
        is_upper=True,
        accent="FFD60A",
        outline_em=0.07,
        shadow_em=0.05,
        pitch_em=1.16,
        gap_em=0.04,
        emphasis_color="accent",
        upcoming=Upcoming.HIDDEN,
        enter=Entrance.POP,
        has_emoji=True,
    ),
    Style(
        "podcast",
        "Poppins",
        60,
        9,
        accent="FFC857",
        outline_em=0.0,
        pitch_em=1.34,
        upcoming=Upcoming.DIM,
        panel="14161C",
        panel_alpha=0.78,
        enter=Entrance.FADE,
    ),
    Style("minimal", "Inter", 56, 8, Place.LOW, outline_em=0.04, shadow_em=0.035, pitch_em=1.3, emphasis_color="", enter=Entrance.RISE),
    Style("subtitle", "Inter", 48, 12, Place.LOW, outline_em=0.0, pitch_em=1.34, emphasis_color="", panel=BLACK, panel_alpha=0.72),
    Style(
        "marker",
        "Montserrat",
        78,
        5,
        accent="FF4D6D",
        outline_em=0.08,
        gap_em=0.06,
        pitch_em=1.34,
        active_line="accent",
        emphasis_color="",
        enter=Entrance.RISE,
    ),
    Style(
        "comic",
        "Bangers",
        112,
        4,
        is_upper=True,
        color="FFF3B0",
        accent="FF3B30",
        outline_em=0.09,
        shadow_em=0.06,
        pitch_em=1.1,
        gap_em=0.06,
        active_color=WHITE,
        active_scale=1.1,
        enter=Entrance.POP,
        tilt_deg=3.0,
        has_emoji=True,
    ),
    Style(
        "headline",
        "Bebas Neue",
        128,
        4,
        Place.MIDDLE,
        is_upper=True,
        accent="2DE2E6",
        outline_em=0.05,
        shadow_em=0.04,
        pitch_em=1.0,
        upcoming=Upcoming.HIDDEN,
        enter=Entrance.RISE,
    ),
)
STYLES: dict[str, Style] = {style.name: style for style in _ALL}


def names() -> tuple[str, ...]:
    return tuple(STYLES)


def find_style(name: str, brand: Brand | None = None) -> Style:
    """The style of this name with a brand's accent and font in it. A font that is not in the registry is passed over.

    Raises:
        InputError: There is no such style.
    """
    if name not in STYLES:
        raise InputError(f"There is no caption style {name!r}.", hint=f"Choose one of {', '.join(STYLES)}.")
    style = STYLES[name]
    if brand is None:
        return style
    accent = brand.accent.lstrip("#").upper()
    if len(accent) == 6 and all(digit in "0123456789ABCDEF" for digit in accent):
        style = replace(style, accent=accent)
    return replace(style, font=brand.caption_font) if find_font(brand.caption_font) is not None else style


def ink_on(color: str) -> str:
    """Dark or white letters on a colour, by its relative luminance (WCAG 2.2). White up to 0.3: on a strong colour, bold white is liked."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return INK if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.3 else WHITE
