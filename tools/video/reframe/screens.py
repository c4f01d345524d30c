"""A speaker's small picture over a screen cast: finding it, and showing screen and speaker each in a pane."""

from collections.abc import Sequence
from typing import NamedTuple

from tools.video.geometry import pane_areas
from tools.video.media import TextArea
from tools.video.reframe.camera import crop_size, placed
from tools.video.reframe.stage import EYES, Piece, Stage, eyes_y
from tools.video.reframe.tracks import Track
from tools.video.timeline import Crop, CropFrom, Layout, to_ticks

_MOST_HEIGHT = 0.34  # a face higher than this share of the picture is no inset
_WANDERS = 0.8  # of its own width: a webcam face stays where the webcam window is
_PRESENT = 0.6  # of the shot
_ASIDE = 0.16  # of the picture's width, from its middle: insets sit at a side
_TEXT_AREA = 0.02  # of the picture: a screen has text
_TEXT_TIME = 0.5
_FACE_HEIGHT = 2.1  # of the face: the height of the window around it where its edges are not known
_GAP = 0.01
_WIDEST = 1.35  # the face's pane is at most this much flatter than the window
_LEAST_SCREEN = 0.45  # of the width: a narrower part is not what the screen cast is about
_FLOATS = 0.97
_MARGIN = 0.06  # of the width: beside the first letters of the screen's text


class Inset(NamedTuple):
    """The face and the rectangle of its window, in pixels of the source: left, top, right, bottom."""

    person: Track
    left: float
    top: float
    right: float
    bottom: float


def find_inset(stage: Stage, people: Sequence[Track]) -> Inset | None:
    """The window of a single small face that stays at a side while text fills the rest; None where there is none or nothing is cropped."""
    if len(people) != 1 or not stage.is_cropped or stage.frame[0] > stage.frame[1]:
        return None
    person, (width, height) = people[0], stage.picture
    xs = [box.x_px for box in person.boxes]
    seen_s = person.times_s[-1] - person.times_s[0] + 0.4
    is_aside = abs(person.center[0] - width / 2) > _ASIDE * width
    stays = max(xs) - min(xs) < _WANDERS * person.size[0] and seen_s > _PRESENT * stage.shot.duration_s
    if not (person.size[1] < _MOST_HEIGHT * height and is_aside and stays):
        return None
    known = _known_window(stage, person)
    inset = known or _window(stage, person)
    texts = [text for text in stage.analysis.texts if _is_screen_text(stage, text, inset)]
    area = sum(text.width_px * text.height_px for text in texts)
    floats = known is not None and known.bottom < _FLOATS * height  # a body would hide the lower edge of what hangs behind it
    return inset if floats or area >= _TEXT_AREA * width * height else None


def plan_screen(stage: Stage, inset: Inset) -> Piece:
    """The screen beside the window above, the face below."""
    screen = _screen_crop(stage, inset)
    panes = pane_areas(Layout.SCREEN_FACE, stage.frame, (screen.width_px, screen.height_px))
    aspect = stage.aspect_of(panes[1])
    face = inset.person
    width, height = crop_size(round(inset.right - inset.left), round(inset.bottom - inset.top), aspect)
    larger = max(1.0, 1.3 * face.size[1] / height)  # a pane much wider than the window would cut the face
    size = crop_size(min(stage.picture[0], round(width * larger)), min(stage.picture[1], round(height * larger)), aspect)
    x = min(max(face.center[0], inset.left + size[0] / 2), max(inset.left + size[0] / 2, inset.right - size[0] / 2))
    y = eyes_y(face.center[1], face.size[1]) + (0.5 - EYES) * size[1]
    y = min(max(y, inset.top + size[1] / 2), max(inset.top + size[1] / 2, inset.bottom - size[1] / 2))
    at = to_ticks(stage.shot.start_s)
    return Piece(stage.shot, Layout.SCREEN_FACE, (CropFrom(at, screen),), (CropFrom(at, placed(x, y, size, stage.picture)),))


def _known_window(stage: Stage, person: Track) -> Inset | None:
    """The window that analysis saw around the face for most of the shot."""
    for one in stage.analysis.insets:
        shown_s = min(one.end_s, stage.shot.end_s) - max(one.start_s, stage.shot.start_s)
        inset = Inset(person, one.x_px, one.y_px, one.x_px + one.width_px, one.y_px + one.height_px)
        x, y = person.center
        if shown_s >= _TEXT_TIME * stage.shot.duration_s and inset.left < x < inset.right and inset.top < y < inset.bottom:
            return inset
    return None


def _window(stage: Stage, person: Track) -> Inset:
    """About what a webcam window shows around a face: as wide as high, the face a little above its middle."""
    height = min(float(stage.picture[1]), _FACE_HEIGHT * person.size[1])
    top = min(max(0.0, person.center[1] - 0.48 * height), stage.picture[1] - height)
    left = min(max(0.0, person.center[0] - 0.6 * height), stage.picture[0] - 1.2 * height)
    return Inset(person, max(0.0, left), top, min(float(stage.picture[0]), left + 1.2 * height), top + height)


def _screen_crop(stage: Stage, inset: Inset) -> Crop:
    """The larger side beside the window, in the shape of the upper pane; the whole picture where the window leaves too little."""
    width, height = stage.picture
    texts = [text for text in stage.analysis.texts if _is_screen_text(stage, text, inset)]
    first = min((text.x_px for text in texts), default=float(width))
    last = max((text.x_px + text.width_px for text in texts), default=0.0)
    if inset.left < width - inset.right:  # beside the window by a little, and as near to the text as that leaves room
        left, right = inset.right + _GAP * width, float(width)
        left = max(left, first - _MARGIN * width) if texts else left
    else:
        left, right = 0.0, inset.left - _GAP * width
        right = min(right, last + _MARGIN * width) if texts else right
    if right - left < _LEAST_SCREEN * width or (texts and (first < left or last > right)):
        left, right = 0.0, float(width)
    below = stage.frame[0] / (_WIDEST * (inset.right - inset.left) / (inset.bottom - inset.top))  # what the face's pane needs
    highest = max(0.25 * stage.frame[1], min(0.6 * stage.frame[1], stage.frame[1] - below)) / stage.frame[0]  # as pane_areas has it
    crop_width = int(right - left) // 2 * 2
    crop_height = int(min(height, crop_width * highest)) // 2 * 2
    top = min((text.y_px for text in texts), default=0.0)
    return placed((left + right) / 2, max(crop_height / 2, top - 0.04 * height + crop_height / 2), (crop_width, crop_height), stage.picture)


def _is_screen_text(stage: Stage, text: TextArea, inset: Inset) -> bool:
    shown_s = min(text.end_s, stage.shot.end_s) - max(text.start_s, stage.shot.start_s)
    x, y = text.x_px + text.width_px / 2, text.y_px + text.height_px / 2
    is_inside = inset.left < x < inset.right and inset.top < y < inset.bottom
    return shown_s >= _TEXT_TIME * stage.shot.duration_s and not is_inside
