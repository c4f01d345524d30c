"""Number plates and screens, found by their look alone: edges, shape, contrast. Rather too much is found than too little."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.video.anonymise.looks import Sighting
from tools.video.anonymise.pictures import Picture
from tools.video.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCORE = 0.75  # of what passes every rule: one sighting is enough to hide it
_PLATE_ASPECT = (1.3, 7.5)  # two-line plates to American and European ones, seen a little from the side
_PLATE_WIDTH = (0.02, 0.5)  # shares of the picture's width
_STROKES = 6  # changes from dark to light along a line through a plate, at least: three characters
_SCREEN_AREA = 0.015  # share of the picture, at least
_SCREEN_CONTRAST = 30  # levels (0 to 255) that a screen is brighter than what surrounds it


def find_plates(picture: Picture) -> list[Sighting]:
    """Find what looks like a number plate: a low, wide patch full of upright strokes, dark on light or light on dark."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    patch = cv2.getStructuringElement(cv2.MORPH_RECT, (17, 5))
    found: list[Sighting] = []
    for strokes in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
        upright = cv2.convertScaleAbs(cv2.Sobel(cv2.morphologyEx(grey, strokes, patch), cv2.CV_16S, 1, 0, ksize=3))
        joined = cv2.morphologyEx(cv2.blur(upright, (5, 5)), cv2.MORPH_CLOSE, patch)
        _, dense = cv2.threshold(joined, 60, 255, cv2.THRESH_BINARY)
        dense = cv2.morphologyEx(dense, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (9, 5)))
        for box in _boxes(np.asarray(dense, dtype=np.uint8)):
            if _is_plate(np.asarray(grey, dtype=np.uint8), box):
                found.append(Sighting(Box(*(float(number) for number in box)), _SCORE, "plate"))
    return found


def _boxes(mask: NDArray[np.uint8]) -> "Iterator[tuple[int, int, int, int]]":
    import cv2

    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        if cv2.contourArea(contour) > 0.45 * width * height:
            yield x, y, width, height


def _is_plate(grey: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bool:
    x, y, width, height = box
    share = width / grey.shape[1]
    if not (_PLATE_ASPECT[0] <= width / height <= _PLATE_ASPECT[1] and _PLATE_WIDTH[0] <= share <= _PLATE_WIDTH[1] and height >= 8):
        return False
    inside = grey[y : y + height, x : x + width].astype(np.int16)
    low, high = (float(level) for level in np.percentile(inside, (10, 90)))
    if high - low < 50:
        return False
    rows = inside[height // 4 : max(height // 4 + 1, 3 * height // 4)] > (low + high) / 2
    changes = np.count_nonzero(rows[:, 1:] != rows[:, :-1], axis=1)
    return bool(np.median(changes) >= 2 * _STROKES // 2)


def find_screens(picture: Picture) -> list[Sighting]:
    """Find what looks like a lit screen: a large, bright patch with four straight sides."""
    import cv2

    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    height, width = grey.shape
    found: list[Sighting] = []
    for level in sorted({int(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]), 150, 190}):
        bright = cv2.morphologyEx((grey > level).astype(np.uint8) * 255, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            if cv2.contourArea(contour) < _SCREEN_AREA * width * height:
                continue
            hull = cv2.convexHull(contour)
            corners = cv2.approxPolyDP(hull, 0.04 * cv2.arcLength(hull, True), True)
            solid = cv2.contourArea(contour) / max(1.0, cv2.contourArea(hull))
            x, y, wide, high = cv2.boundingRect(hull)
            fills = wide >= 0.97 * width and high >= 0.97 * height  # the whole picture is no screen in it
            if len(corners) == 4 and solid > 0.85 and not fills and _stands_out(np.asarray(grey, dtype=np.uint8), (x, y, wide, high)):
                found.append(Sighting(Box(float(x), float(y), float(wide), float(high)), _SCORE, "screen"))
    return _without_doubles(found)


def _stands_out(grey: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bool:
    x, y, width, height = box
    room = max(8, min(width, height) // 6)
    left, top = max(0, x - room), max(0, y - room)
    around = grey[top : y + height + room, left : x + width + room].astype(np.float32)
    inside = grey[y : y + height, x : x + width].astype(np.float32)
    outside = (around.sum() - inside.sum()) / max(1, around.size - inside.size)
    return bool(around.size > inside.size and inside.mean() - outside >= _SCREEN_CONTRAST)


def _without_doubles(found: list[Sighting]) -> list[Sighting]:
    """The largest of those that lie in one another."""
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda sighting: -sighting.box.width_px * sighting.box.height_px):
        middle = (one.box.x_px + one.box.width_px / 2, one.box.y_px + one.box.height_px / 2)
        if not any(_holds(other.box, middle) for other in kept):
            kept.append(one)
    return kept


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box.x_px <= point[0] <= box.x_px + box.width_px and box.y_px <= point[1] <= box.y_px + box.height_px
