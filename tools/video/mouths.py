"""How much a mouth moves while its head may move too: what tells a speaker from a listener.

Two pictures a tenth of a second apart are laid over each other by the upper half of the face, which speech moves little; what then still
differs around the mouth, beyond what differs up there, is the mouth's own movement.
"""

import numpy as np
from numpy.typing import NDArray

from tools.video.media import FaceBox

MIN_FACE_PX = 20.0  # in the small picture: below it a mouth has too few pixels to be judged
_WIDTH, _HEIGHT = 64, 80  # every head is brought to this size, so that near and far faces are judged alike
_RIGID = (slice(14, 50), slice(8, 56))  # eyes and nose
_MOUTH = (slice(52, 78), slice(12, 52))
_MOST_SHIFT = 12.0  # pixels of the patch: a head that jumped further is not followed
_MOST_REST = 2.0
_MOST_BLUR = 5.0  # luma levels by which eyes and nose may differ; a head that turns faster hides its mouth's movement


def mouth_motion(before: NDArray[np.uint8], after: NDArray[np.uint8], box: FaceBox) -> float:
    """Mean absolute luma difference (0 to 255) of the mouth's region between two luma pictures of one shape; -1 where it cannot be told.

    `box` is the face in pixels of these pictures, where it was between the two.
    """

    if min(box.width_px, box.height_px) < MIN_FACE_PX:
        return -1.0
    first, second = _patch(before, box), _patch(after, box)
    head = _shift(first, second, _RIGID)
    if np.abs(head).max() > _MOST_SHIFT:
        return -1.0
    second = _moved(second, head)
    # A head that turns, nears or is zoomed at moves its mouth a little otherwise than its eyes.
    rest = _shift(first, second, _MOUTH)
    still = _moved(second, rest) if np.abs(rest).max() <= _MOST_REST else second
    # What misses by a fraction of a pixel differs in proportion to its edges, and a mouth has fewer than eyes with glasses.
    blurred = _difference(first, second, _RIGID)
    if blurred > _MOST_BLUR:
        return -1.0
    expected = blurred * min(1.5, _edges(first, _MOUTH) / max(1e-3, _edges(first, _RIGID)))
    return max(0.0, min(_difference(first, second, _MOUTH), _difference(first, still, _MOUTH)) - expected)


def _shift(first: NDArray[np.float32], second: NDArray[np.float32], region: tuple[slice, slice]) -> NDArray[np.float64]:
    """By how many pixels (right, down) the second patch's region lies off the first one's."""
    import cv2

    window = cv2.createHanningWindow((region[1].stop - region[1].start, region[0].stop - region[0].start), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(np.ascontiguousarray(first[region]), np.ascontiguousarray(second[region]), window)
    return np.asarray(shift, dtype=np.float64)


def _moved(patch: NDArray[np.float32], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    import cv2

    matrix = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(patch, matrix, (_WIDTH, _HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _patch(luma: NDArray[np.uint8], box: FaceBox) -> NDArray[np.float32]:
    """The box brought to the size of the patch."""
    import cv2

    matrix = np.array([[box.width_px / _WIDTH, 0.0, box.x_px], [0.0, box.height_px / _HEIGHT, box.y_px]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(luma, matrix, (_WIDTH, _HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, dtype=np.float32)


def _edges(patch: NDArray[np.float32], region: tuple[slice, slice]) -> float:
    """Mean steepness, in luma per pixel."""
    down, right = np.gradient(patch[region])
    return float(np.mean(np.hypot(down, right)))


def _difference(first: NDArray[np.float32], second: NDArray[np.float32], region: tuple[slice, slice]) -> float:
    """Without what a change of light does to the whole region."""
    change = second[region] - first[region]
    return float(np.mean(np.abs(change - change.mean())))


def same_face(box: FaceBox, others: tuple[FaceBox, ...]) -> FaceBox | None:
    """The face of an earlier sample that this one is: nearly at the same place and of nearly the same size."""
    near = [other for other in others if _distance(box, other) < 0.6 * box.width_px and 0.6 < other.width_px / box.width_px < 1.7]
    return min(near, key=lambda other: _distance(box, other), default=None)


def between(first: FaceBox, second: FaceBox, share: float) -> FaceBox:
    """The box at `share` (0 to 1) of the way."""

    def mix(a: float, b: float) -> float:
        return a + (b - a) * share

    return FaceBox(
        mix(first.x_px, second.x_px), mix(first.y_px, second.y_px), mix(first.width_px, second.width_px),
        mix(first.height_px, second.height_px), second.score,
    )  # fmt: skip


def _distance(first: FaceBox, second: FaceBox) -> float:
    x = first.x_px + first.width_px / 2 - second.x_px - second.width_px / 2
    y = first.y_px + first.height_px / 2 - second.y_px - second.height_px / 2
    return float(np.hypot(x, y))
