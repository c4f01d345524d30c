"""Looking for faces in the stretches of a timeline: about ten times a second and on the first frame of every shot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.video.additions import Rect
from tools.video.anonymise.pictures import Picture, read_pictures
from tools.video.anonymise.stretches import Stretch
from tools.video.faces_yunet import YuNet
from tools.video.geometry import Box
from tools.video.timeline import MediaKind, Timeline, to_seconds, to_ticks

if TYPE_CHECKING:
    from tools.video.anonymise.people import Recogniser

_AREA_PX = 1280 * 720  # of what is looked at; smaller pictures are enlarged, up to twice
_EVERY_S = 0.095  # every third frame of 30 a second
_SMALL = 4  # the second look is at so many times smaller a picture: YuNet does not see faces much wider than 300 pixels
_LEAST_SCORE = 0.3  # a track needs better ones too (see tracks.py); these carry it on
_CUT = 0.25  # ffmpeg's `scene`: a new shot; too low splits a track in two, which hides no less
_SAME = 0.45  # boxes that overlap more (intersection over union) are one face
_KNOW_EVERY_S = 0.4  # how often a face is compared with the people to keep
_SECONDS_PER_SECOND = 30.0  # time limit; 1.1 s are usual on two cores


@dataclass(frozen=True, slots=True)
class Sighting:
    """One found place in pixels of the displayed picture. `descriptor` says who it is, where that was asked (see people.py)."""

    box: Box
    score: float
    what: str = "face"
    descriptor: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in one frame, at a tick of its file. `is_cut`: a new shot begins with it."""

    at: int
    is_cut: bool
    found: tuple[Sighting, ...]


Finder = Callable[[Picture], list[Sighting]]
"""Finds places in a picture (uint8 BGR), in its own pixels."""


def look(
    timeline: Timeline,
    stretch: Stretch,
    finders: Sequence[Finder],
    *,
    cancel: Callable[[], bool] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Look]:
    """Look at a stretch. `on_progress` is called with the seconds done. Holds one picture at a time.

    Raises:
        InputError: The file cannot be read.
        StoppedError: `cancel` said so.
    """
    media = timeline.find_media(stretch.media)
    size, scale = _working_size(stretch.area)
    found: list[list[Sighting]] = []

    def take(picture: Picture) -> None:
        found.append([_in_source(one, stretch.area, scale) for finder in finders for one in finder(picture)])

    length_s = to_seconds(stretch.end - stretch.start)
    is_still = media.kind is MediaKind.IMAGE
    source = ["-i", media.path] if is_still else ["-ss", f"{to_seconds(stretch.start):.6f}", "-t", f"{length_s:.6f}", "-i", media.path]
    area = stretch.area
    moments = read_pictures(
        source,
        [
            f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{_EVERY_S})+gt(scene,{_CUT})'",
            f"scale={media.width_px}:{media.height_px}",  # no work unless pixels are not square
            f"crop={area.width_px}:{area.height_px}:{area.x_px}:{area.y_px}",
        ],
        size,
        take,
        timeout_s=120 + _SECONDS_PER_SECOND * length_s,
        cancel=cancel,
        on_progress=on_progress,
    )
    return [
        Look(stretch.start + to_ticks(moment.time_s), moment.change > _CUT, tuple(places))
        for moment, places in zip(moments, found, strict=False)
    ]


def _working_size(area: Rect) -> tuple[tuple[int, int], float]:
    """The size pictures of this area are looked at in, and the scale from the source to it."""
    scale = min(2.0, (_AREA_PX / (area.width_px * area.height_px)) ** 0.5)
    width, height = (max(32, round(side * scale / 2) * 2) for side in (area.width_px, area.height_px))
    return (width, height), width / area.width_px


def _in_source(one: Sighting, area: Rect, scale: float) -> Sighting:
    x, y, width, height = (number / scale for number in one.box)
    return Sighting(Box(area.x_px + x, area.y_px + y, width, height), one.score, one.what, one.descriptor)


class FaceFinder:
    """Finds faces of every size with YuNet; every `_KNOW_EVERY_S` it also says who they are, where somebody is to be kept."""

    def __init__(self, recogniser: "Recogniser | None" = None) -> None:
        self._near, self._far = YuNet(_LEAST_SCORE), YuNet(_LEAST_SCORE)  # one for each size: changing it costs time
        self._recogniser = recogniser
        self._pictures = 0

    def __call__(self, picture: Picture) -> list[Sighting]:
        import cv2

        small = cv2.resize(picture, (picture.shape[1] // _SMALL, picture.shape[0] // _SMALL), interpolation=cv2.INTER_AREA)
        near = self._near.rows(np.asarray(small, dtype=np.uint8))
        near[:, :14] *= _SMALL
        rows = np.concatenate([self._far.rows(picture), near])
        if not len(rows):
            return []
        kept = [rows[n] for n in cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), _LEAST_SCORE, _SAME)]
        asks = self._recogniser is not None and self._pictures % round(_KNOW_EVERY_S / _EVERY_S) == 0
        self._pictures += 1
        return [self._sighting(picture, row, asks) for row in kept]

    def _sighting(self, picture: Picture, row: NDArray[np.float32], asks: bool) -> Sighting:
        box = Box(*(float(number) for number in row[:4]))
        known = self._recogniser.describe(picture, row) if asks and self._recogniser is not None else None
        return Sighting(box, float(row[14]), "face", known)
