"""What the apps leave free of a picture, as data, and where in it captions go when nothing is in their way.

The shares are those of ordinary posts as of 2026, measured by creators on current phones and rounded to the cautious side; Meta asks
advertisers for more (14 % above, 35 % below, 6 % at the sides), which is the platform "meta_ads".
"""

from typing import NamedTuple

from memory.errors import InputError
from tools.video.additions import Rect
from tools.video.captions.styles import Place
from tools.video.timeline import ASPECTS, Timeline


class Area(NamedTuple):
    """A rectangle of the timeline's picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, other: "Area", slack_px: float = 0.5) -> bool:
        """The other area lies inside this one."""
        return (
            other.left >= self.left - slack_px
            and other.top >= self.top - slack_px
            and other.right <= self.right + slack_px
            and other.bottom <= self.bottom + slack_px
        )

    def overlap(self, other: "Area") -> float:
        """The common surface in square pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down)


class Margins(NamedTuple):
    """What an app covers, as shares of the width (left, right) and the height (top, bottom)."""

    left: float
    top: float
    right: float
    bottom: float


_SIDE = 60 / 1080
TALL: dict[str, Margins] = {  # 9:16, shown full screen under the app's own text and buttons
    "tiktok": Margins(_SIDE, 0.068, 0.13, 0.195),
    "instagram": Margins(_SIDE, 180 / 1920, 0.12, 0.2),
    "youtube": Margins(_SIDE, 0.08, 150 / 1080, 0.195),
    "facebook": Margins(_SIDE, 180 / 1920, 0.12, 0.2),
}
ADS = Margins(0.06, 0.14, 0.06, 0.35)
FEED: dict[str, Margins] = {  # the buttons lie beside the picture; players draw a bar over its foot
    "4:5": Margins(0.055, 0.05, 0.055, 0.07),
    "1:1": Margins(0.055, 0.055, 0.055, 0.08),
    "16:9": Margins(0.05, 0.06, 0.05, 0.1),
}
PLATFORMS = (*TALL, "meta_ads", "any")

# The middle of a caption as a share of the height, by place and aspect.
_CAPTION_Y: dict[Place, dict[str, float]] = {
    Place.LOWER: {"9:16": 1290 / 1920, "4:5": 0.77, "1:1": 0.78, "16:9": 0.77},
    Place.MIDDLE: {"9:16": 0.6, "4:5": 0.68, "1:1": 0.7, "16:9": 0.7},
    Place.LOW: {"9:16": 0.735, "4:5": 0.84, "1:1": 0.84, "16:9": 0.82},
}
_TITLE_Y = {"9:16": 420 / 1920, "4:5": 0.2, "1:1": 0.21, "16:9": 0.22}
_SCALE = {"9:16": 1.0, "4:5": 0.94, "1:1": 0.87, "16:9": 0.85}
_WIDEST_PX = 1240  # a line wider than this is not read at a glance


def aspect_of(frame: tuple[int, int]) -> str:
    """The named aspect nearest to a frame's."""
    return min(ASPECTS, key=lambda name: abs(ASPECTS[name][0] / ASPECTS[name][1] - frame[0] / frame[1]))


def margins(platform: str, frame: tuple[int, int]) -> Margins:
    """What is covered on a platform; "any" is the most of all of them.

    Raises:
        InputError: There is no such platform.
    """
    if platform not in PLATFORMS:
        raise InputError(f"There are no safe areas for {platform!r}.", hint=f"Choose one of {', '.join(PLATFORMS)}.")
    aspect = aspect_of(frame)
    if aspect != "9:16":
        return FEED[aspect]
    if platform == "meta_ads":
        return ADS
    chosen = TALL.values() if platform == "any" else [TALL[platform]]
    return Margins(*(max(sides) for sides in zip(*chosen, strict=True)))


def frame_area(frame: tuple[int, int], platform: str = "any") -> Area:
    """The safe area of a frame of this size."""
    width, height = frame
    covered = margins(platform, frame)
    return Area(covered.left * width, covered.top * height, (1 - covered.right) * width, (1 - covered.bottom) * height)


def safe_area(timeline: Timeline) -> Area:
    """Where captions, title and graphics of a timeline must lie."""
    return frame_area((timeline.width_px, timeline.height_px), timeline.platform)


def column_px(frame: tuple[int, int], platform: str = "any") -> float:
    """The widest that something centred in the frame may be, in pixels."""
    free, middle = frame_area(frame, platform), frame[0] / 2
    return min(2 * min(middle - free.left, free.right - middle) - 2, _WIDEST_PX * unit(frame))


def unit(frame: tuple[int, int]) -> float:
    """What a size of the styles is multiplied by in a frame: 1 in one of 1080x1920, less where there is less height for as much width."""
    return min(frame) / 1080 * _SCALE[aspect_of(frame)]


def caption_y(place: Place, frame: tuple[int, int]) -> float:
    """The middle of a caption that nothing is in the way of."""
    return _CAPTION_Y[place][aspect_of(frame)] * frame[1]


def title_y(frame: tuple[int, int]) -> float:
    return _TITLE_Y[aspect_of(frame)] * frame[1]


def clamped(center_y: float, height: float, free: Area) -> float:
    """The nearest middle at which something of this height lies inside an area; the area's own middle when it is too high for it."""
    if height + 2 >= free.height:
        return (free.top + free.bottom) / 2
    return min(max(center_y, free.top + 1 + height / 2), free.bottom - 1 - height / 2)


def as_rect(area: Area) -> Rect:
    return Rect(round(area.left), round(area.top), round(area.width), round(area.height))


SAFE_AREA = frame_area((1080, 1920))  # of a tall frame, on any platform
