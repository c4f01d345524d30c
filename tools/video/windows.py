"""Webcam windows over a screen cast: the straight edges, still for a whole shot, around a small face at a side of the picture.

What is inside such a window moves, its edges do not, so what counts is in how many looks at a shot a pixel was an edge.
"""

from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tools.video.frames import RawFrame
from tools.video.media import FaceBox, FaceSample, Inset, Probe

LOOK_S = 1.0  # between two looks inside a shot
_LEAST_LOOKS = 2
_MOST_FACE = 0.34  # of the picture's height: a larger face is no inset
_REACH = 3.0  # in face sizes: how far from the face an edge is looked for
_STEP = 4.0  # luma levels from pixel to pixel of the small picture: an edge
_STAYS = 0.6  # of the looks at a shot: an edge that stays
_STRAIGHT = 0.72  # of a side's length that must be edge ...
_LEAST_SIDES = 3  # ... on so many sides; ...
_FAINT = 0.5  # ... this is enough for the fourth, else the picture's edge is taken
_NEARLY = 0.93  # a nearer line this straight, compared with the straightest, is the window's, the other one something behind it
_MOST_AREA = 0.4  # of the picture
_DETAIL = 0.004  # of the rest: a screen has edges that stay, a plain ground has none (the demo's terminal: 0.035)

Sides = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(slots=True)
class _Shot:
    """What was seen of a shot so far, at the size of the small pictures."""

    start_s: float
    across: NDArray[np.float32] | None = None  # in how many looks there was an edge between columns, and between rows
    down: NDArray[np.float32] | None = None
    looks: int = 0
    faces: list[FaceBox] = field(default_factory=list)
    samples: int = 0


class WindowFinder:
    """Takes the small pictures of a source in order, with the faces found in them, and looks at one a second."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._shot = _Shot(0.0)
        self._next_s = 0.0
        self._scale = 1.0
        self._found: list[Inset] = []

    def add(self, frame: RawFrame, *, starts_shot: bool) -> None:
        if starts_shot:
            self._close(frame.time_s)
            self._shot, self._next_s = _Shot(frame.time_s), frame.time_s
        if frame.time_s < self._next_s:
            return
        self._next_s, self._scale = frame.time_s + LOOK_S, frame.scale
        luma, shot = frame.luma.astype(np.float32), self._shot
        across, down = (
            np.asarray(np.abs(np.diff(luma, axis=axis, prepend=luma[:1] if axis == 0 else luma[:, :1])) > _STEP, dtype=np.float32)
            for axis in (1, 0)
        )
        shot.across = across if shot.across is None else shot.across + across
        shot.down = down if shot.down is None else shot.down + down
        shot.looks += 1

    def see(self, sample: FaceSample) -> None:
        """Take the faces of a sample of the present shot."""
        self._shot.samples += 1
        if len(sample.boxes) == 1:
            self._shot.faces.append(sample.boxes[0])

    def finish(self) -> tuple[Inset, ...]:
        """The windows in order of time, in pixels of the displayed source."""
        self._close(self._probe.duration_s)
        self._shot = _Shot(self._probe.duration_s)
        return tuple(self._found)

    def _close(self, end_s: float) -> None:
        shot = self._shot
        if shot.looks < _LEAST_LOOKS or shot.across is None or shot.down is None or len(shot.faces) < 0.6 * shot.samples or not shot.faces:
            return
        x, y, width, height = (
            median(getattr(face, name) for face in shot.faces) / self._scale for name in ("x_px", "y_px", "width_px", "height_px")
        )
        if height > _MOST_FACE * shot.across.shape[0]:
            return
        across, down = (np.asarray(count / shot.looks, dtype=np.float32) for count in (shot.across, shot.down))
        sides = find_window(across, down, (x, y, width, height))
        if sides is not None:
            left, top, right, bottom = (round(side * self._scale, 1) for side in sides)
            self._found.append(Inset(shot.start_s, end_s, left, top, right - left, bottom - top))


def find_window(across: NDArray[np.float32], down: NDArray[np.float32], face: tuple[float, float, float, float]) -> Sides | None:
    """The rectangle of straight edges around a face (x, y, width, height); `across`, `down`: in what share of the looks there was one.

    None where fewer than three sides are straight lines, where it is no small part of the picture, or where there is nothing beside it.
    """
    rows, columns = across.shape
    x, y, width, height = (int(value) for value in face)
    upright, level = across >= _STAYS, down >= _STAYS
    ways = (
        (int(x - 0.15 * width), int(x - _REACH * width)),
        (int(y - 0.15 * height), int(y - 0.7 * _REACH * height)),
        (int(x + 1.15 * width), int(x + (1 + _REACH) * width)),
        (int(y + 1.15 * height), int(y + (1 + 0.7 * _REACH) * height)),
    )
    # First along the face alone, then along what that gave: only a window's own edges are as long as the window.
    box = [x, y, x + width, y + height]
    for least, unknown in ((_STRAIGHT, tuple(box)), (_FAINT, (0, 0, columns, rows))):
        beside = upright[max(0, box[1]) : box[3]].mean(axis=0)
        above = level[:, max(0, box[0]) : box[2]].mean(axis=1)
        lines = [_line(beside if n % 2 == 0 else above, *way) for n, way in enumerate(ways)]
        if sum(share >= _STRAIGHT for _, share in lines) < _LEAST_SIDES:
            return None
        box = [place if share >= least else edge for (place, share), edge in zip(lines, unknown, strict=True)]
    area = (box[2] - box[0]) * (box[3] - box[1])
    drawn = upright | level
    detail = int(drawn.sum()) - int(drawn[max(0, box[1] - 3) : box[3] + 3, max(0, box[0] - 3) : box[2] + 3].sum())
    if area > _MOST_AREA * rows * columns or detail < _DETAIL * (rows * columns - area):
        return None
    return box[0], box[1], box[2], box[3]


def _line(shares: NDArray[np.float64], near: int, far: int) -> tuple[int, float]:
    """The straightest line between two places (the nearest of those nearly as straight) and how much of it is edge."""
    step = 1 if far > near else -1
    places = [place for place in range(near, far, step) if 0 <= place < len(shares)]
    if not places:
        return 0, 0.0
    best = max(float(shares[place]) for place in places)
    return next((place, float(shares[place])) for place in places if shares[place] >= _NEARLY * best)
