"""Which frames are worth showing: sharp, eyes open, a large face with an expression; else detail and colour. And which differ.

YuNet gives five points of a face (eyes, nose, corners of the mouth). What they say is compared among the frames of the same short, so that
a narrow-eyed person is not taken for a blinking one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tools.video import models
from tools.video.anonymise.mask import box_at
from tools.video.geometry import Box, to_frame
from tools.video.thumbnails.stills import Still
from tools.video.timeline import Timeline, to_seconds, to_ticks

LOOK_PX = 640  # the longer side of the picture that is judged
_FACE_PX = 128  # faces are compared at one size
_MIN_SCORE = 0.8
_LEAK_SCORE = 0.55  # where faces are hidden, what might be one counts as one
_LEAST_FACE = 0.05  # of the frame's height: smaller faces do not carry a thumbnail
_BEST_FACE = 0.28
_LARGE_FACE = 0.36  # a larger one leaves no room for a title
_BLINK = 0.72  # eyes with less contrast than this share of the usual are closed
_APART_S = 0.8
_ALIKE = 0.3  # a picture that looks like one already chosen must be this much better than one that does not
_DARK, _BRIGHT = 45.0, 215.0


@dataclass(frozen=True, slots=True)
class Face:
    """A face in the frame, in its pixels, with what is compared: sharpness, eyes, mouth (larger: sharper, opener, wider)."""

    box: Box
    sharpness: float
    eyes: float
    mouth: float
    frontal: float  # 1 looks into the camera, 0 is a profile


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame that may be shown; `score` and `reasons` come with `choose`."""

    at: int
    clip: int
    faces: tuple[Face, ...]
    sharpness: float
    colour: float
    light: float  # mean luma
    height_px: int
    small: NDArray[np.uint8]  # grey, to tell pictures apart
    score: float = 0.0
    reasons: tuple[str, ...] = ()


class Judge:
    """Looks at stills of one timeline."""

    def __init__(self, timeline: Timeline) -> None:
        import cv2

        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # a warning about back ends that this model does not use
        self._timeline = timeline
        self._hides = timeline.hiding is not None and timeline.hiding.checks_faces
        score = _LEAK_SCORE if self._hides else _MIN_SCORE
        self._detector = cv2.FaceDetectorYN.create(str(models.YUNET), "", (320, 320), score)

    def look(self, still: Still) -> list[Judged]:
        """What the frame (in any size) is worth; nothing where it shows a face although faces are hidden."""
        import cv2

        picture, height = still.picture, self._timeline.height_px
        scale = picture.shape[0] / height
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        faces = self._faces(picture, np.asarray(grey, dtype=np.uint8), scale)
        if self._hides and any(not self._may_show(still, face) for face in faces):
            return []
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        small = cv2.resize(grey, (24, 24), interpolation=cv2.INTER_AREA)
        sharpness = float(np.sqrt(cv2.Laplacian(grey, cv2.CV_32F).var()))
        colour = float(hsv[..., 1].mean() / 255 + grey.std() / 128)
        light = float(grey.mean())
        return [Judged(still.at, still.clip, tuple(faces), sharpness, colour, light, height, np.asarray(small, dtype=np.uint8))]

    def _may_show(self, still: Still, face: Face) -> bool:
        """Whether what looks like a face is covered, or that of a person who agreed to be seen."""
        hiding, clip = self._timeline.hiding, self._timeline.clips[still.clip]
        elapsed = still.at - self._timeline.starts()[still.clip]
        x, y = face.box.x_px + face.box.width_px / 2, face.box.y_px + face.box.height_px / 2
        for track in (*hiding.tracks, *hiding.kept_tracks) if hiding is not None else ():
            box = box_at(track, clip.source_at(elapsed)) if track.media == clip.media else None
            for seen in to_frame(self._timeline, replace(clip, zoom=None), elapsed, box) if box is not None else ():
                if seen.x_px <= x <= seen.x_px + seen.width_px and seen.y_px <= y <= seen.y_px + seen.height_px:
                    return True
        return False

    def _faces(self, picture: NDArray[np.uint8], grey: NDArray[np.uint8], scale: float) -> list[Face]:
        self._detector.setInputSize((picture.shape[1], picture.shape[0]))
        _, rows = self._detector.detect(np.ascontiguousarray(picture[..., ::-1]))
        found = [_face(grey, row, scale) for row in (rows if rows is not None else [])]
        tall = [face for face in found if face is not None and (self._hides or face.box.height_px * scale >= _LEAST_FACE * grey.shape[0])]
        return sorted(tall, key=lambda face: -face.box.width_px * face.box.height_px)


def choose(judged: Sequence[Judged], count: int) -> list[Judged]:
    """The best frames, the best first, none like another where there are others."""
    scored = [_scored(one, judged) for one in judged]
    chosen: list[Judged] = []
    while len(chosen) < count and (left := [one for one in scored if all(_is_apart(one, other) for other in chosen)]):
        chosen.append(max(left, key=lambda one: (one.score - _ALIKE * _likeness(one, chosen), -one.at)))
    if chosen:  # a still picture: at least the designs differ
        chosen += [chosen[0]] * (count - len(chosen))
    return sorted(chosen[:count], key=lambda one: (-one.score, one.at))


def _face(grey: NDArray[np.uint8], row: NDArray[np.float32], scale: float) -> Face | None:
    x, y, width, height = (float(value) for value in row[:4])
    points = row[4:14].reshape(5, 2).astype(float)
    patch = _patch(grey, (x, y, width, height))
    between = float(np.hypot(*(points[1] - points[0])))
    if patch is None or between < 4:
        return None
    import cv2

    eyes = [_openness(grey, (float(px), float(py)), between) for px, py in points[:2]]
    mouth = float(np.hypot(*(points[4] - points[3]))) / between + 0.004 * _openness(grey, _middle(points[3], points[4]), between)
    off_middle = abs(float(points[2][0]) - _middle(points[0], points[1])[0]) / between
    sharpness = float(np.sqrt(cv2.Laplacian(patch, cv2.CV_32F).var()))
    box = Box(x / scale, y / scale, width / scale, height / scale)
    return Face(box, sharpness, min(eyes), mouth, max(0.0, 1 - 1.6 * off_middle))


def _patch(grey: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8] | None:
    import cv2

    x, y, width, height = box
    part = grey[max(0, round(y)) : max(0, round(y + height)), max(0, round(x)) : max(0, round(x + width))]
    return np.asarray(cv2.resize(part, (_FACE_PX, _FACE_PX), interpolation=cv2.INTER_AREA)) if min(part.shape) >= 12 else None


def _openness(grey: NDArray[np.uint8], at: tuple[float, float], between: float) -> float:
    """How much light and dark there is around a point: a lid is even, an open eye has white, iris and pupil."""
    half_width, half_height = 0.24 * between, 0.15 * between
    left, top = max(0, round(at[0] - half_width)), max(0, round(at[1] - half_height))
    part = grey[top : round(at[1] + half_height) + 1, left : round(at[0] + half_width) + 1]
    return float(part.std()) if part.size else 0.0


def _middle(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    return float(one[0] + other[0]) / 2, float(one[1] + other[1]) / 2


def _scored(one: Judged, others: Sequence[Judged]) -> Judged:
    """The score among the frames of the short: half of it is what a face tells, where there is one."""
    sharp = _rank(one.sharpness, [other.sharpness for other in others])
    well_lit = 1.0 if _DARK <= one.light <= _BRIGHT else 0.6
    if not one.faces:
        colour = _rank(one.colour, [other.colour for other in others])
        return replace(
            one, score=well_lit * (0.3 * sharp + 0.25 * colour), reasons=("sharp picture",) if sharp > 0.6 else ("calm picture",)
        )
    face = one.faces[0]
    near = [other.faces[0] for other in others if other.clip == one.clip and other.faces and abs(to_seconds(other.at - one.at)) < 8]
    usual_eyes, usual_mouth = median(other.eyes for other in near), median(other.mouth for other in near)
    is_blink = face.eyes < _BLINK * usual_eyes
    face_sharp = _rank(face.sharpness, [other.faces[0].sharpness for other in others if other.faces])
    share = face.box.height_px / one.height_px
    size = min(1.0, share / _BEST_FACE) - max(0.0, min(1.0, 4 * (share - _LARGE_FACE)))
    expression = min(1.0, max(0.0, 0.5 + 3 * (face.mouth - usual_mouth)))
    score = 0.35 + well_lit * (0.25 * face_sharp + 0.15 * size + 0.15 * expression + 0.1 * face.frontal) - (0.4 if is_blink else 0.0)
    reasons = [word for word, holds in (
        ("sharp face", face_sharp > 0.6), ("eyes open", not is_blink), ("large face", size > 0.8), ("lively expression", expression > 0.6),
        ("looks at you", face.frontal > 0.8),
    ) if holds]  # fmt: skip
    return replace(one, score=max(0.0, min(1.0, score)), reasons=tuple(reasons) or ("a face",))


def _rank(value: float, values: Sequence[float]) -> float:
    """0 for the worst, 1 for the best tenth, in between by value."""
    low, high = min(values), float(np.quantile(values, 0.9))
    return 1.0 if high <= low else min(1.0, max(0.0, (value - low) / (high - low)))


def _is_apart(one: Judged, other: Judged) -> bool:
    return abs(one.at - other.at) >= to_ticks(_APART_S)


def _likeness(one: Judged, others: Sequence[Judged]) -> float:
    """How alike a picture and the most similar other are, 0 to 1: the correlation of their small copies."""
    most = 0.0
    for other in others:
        first, second = (picture.astype(np.float32) - picture.mean() for picture in (one.small, other.small))
        most = max(most, float((first * second).sum() / max(1e-6, np.sqrt((first**2).sum() * (second**2).sum()))))
    return most
