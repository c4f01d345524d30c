"""Text that is part of the picture: titles, subtitles, signs and screens, so that captions can keep off them.

Letters are looked for, not read: thin strokes of one shade on another ground, of nearly one height, four or more on a line. Only what
stays in its place for two looks counts, because foliage and windows that look like letters flicker when anything moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.video.frames import RawFrame
from tools.video.media import Probe, TextArea

LOOK_S = 1.0  # between two looks inside a shot
_KERNEL_PX = 21  # strokes are thinner than this, in the small picture
_CONTRAST = 50  # levels of luma between a stroke and its ground
_PEAK = 0.6  # of the strongest contrast near by
_SHADE = 18  # levels within which the ink of a text lies, but for its blurred edges
_HEIGHTS_PX = (7, 64)  # of letters, in the small picture
_LETTERS = 4  # on a line, at least
_MOST_JOINS = 20
_REACH = 1.3  # of the taller letter's height: a space between words
_SAME = 0.6  # overlap (intersection over union) of two looks at one text
_MARGIN = 0.15  # of its height, added around a line

Box = tuple[int, int, int, int]  # x, y, width, height in pixels of the small picture


@dataclass(slots=True)
class _Line:
    box: Box
    start_s: float
    end_s: float
    looks: int = 1


class TextFinder:
    """Takes the small pictures of a source in order and looks at one a second and at the first of every shot."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._next_s = 0.0
        self._scale = 1.0
        self._open: list[_Line] = []  # seen at the last look
        self._found: list[TextArea] = []

    def add(self, frame: RawFrame, *, starts_shot: bool) -> None:
        if starts_shot:
            self._close(self._open, frame.time_s)
            self._open = []
        if not starts_shot and frame.time_s < self._next_s:
            return
        self._next_s, self._scale = frame.time_s + LOOK_S, frame.scale
        kept: list[_Line] = []
        for box in find_lines(frame.luma):
            known = max(self._open, key=lambda line: _overlap(line.box, box), default=None)
            if known is not None and _overlap(known.box, box) >= _SAME:
                self._open.remove(known)
                kept.append(_Line(_union(known.box, box), known.start_s, frame.time_s, known.looks + 1))
            else:
                kept.append(_Line(box, frame.time_s, frame.time_s))
        self._close(self._open, frame.time_s)
        self._open = kept

    def finish(self) -> tuple[TextArea, ...]:
        """Areas in order of time, in pixels of the displayed source."""
        self._close(self._open, self._probe.duration_s)
        self._open = []
        return tuple(sorted(self._found, key=lambda area: (area.start_s, area.y_px, area.x_px)))

    def _close(self, lines: Sequence[_Line], end_s: float) -> None:
        """Keep what was seen twice; it may have stayed until the look that missed it."""
        for line in lines:
            if line.looks >= 2:
                self._found.append(self._in_source(line, min(end_s, line.end_s + LOOK_S)))

    def _in_source(self, line: _Line, end_s: float) -> TextArea:
        x, y, width, height = line.box
        margin = _MARGIN * height
        left, top = max(0.0, (x - margin) * self._scale), max(0.0, (y - margin) * self._scale)
        right = min(float(self._probe.width_px), (x + width + margin) * self._scale)
        bottom = min(float(self._probe.height_px), (y + height + margin) * self._scale)
        numbers = (round(value, 1) for value in (left, top, right - left, bottom - top))
        return TextArea(round(line.start_s, 3), round(end_s, 3), *numbers)


def find_lines(luma: NDArray[np.uint8]) -> list[Box]:
    """Boxes of what looks like lines of text, bright on dark or dark on bright, from top to bottom."""
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_KERNEL_PX, _KERNEL_PX))
    lines: list[Box] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strokes = np.asarray(cv2.morphologyEx(luma, operation, kernel))
        strongest = np.asarray(cv2.dilate(strokes, kernel))  # half way up an edge letters still touch; nearer to full contrast they part
        mask = ((strokes >= _CONTRAST) & (strokes >= _PEAK * strongest)).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        letters = _letters(np.asarray(stats[1:], dtype=np.int32))
        lines.extend(_whole(_around(chain), letters) for chain in _chains(letters) if _is_text(chain, luma, mask))
    return sorted(_apart(lines), key=lambda box: (box[1], box[0]))


def _apart(lines: list[Box]) -> list[Box]:
    """Lines found twice (the letters, and the holes in them) made one."""
    kept: list[Box] = []
    for line in lines:
        same = [other for other in kept if _shared(line, other) >= 0.5]
        kept = [other for other in kept if other not in same]
        for other in same:
            line = _union(line, other)
        kept.append(line)
    return kept


def _letters(stats: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rows (x, y, width, height, area) of components with the shape of a letter or of a few joined ones, from left to right."""
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    fill = area / np.maximum(1, width * height)
    good = (height >= _HEIGHTS_PX[0]) & (height <= _HEIGHTS_PX[1]) & (width <= 5 * height) & (width >= 2) & (fill > 0.2)
    letters = stats[good]
    return letters[np.lexsort((letters[:, 1], letters[:, 0]))]


def _chains(letters: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Letters that stand in a line, of about one height; only chains that may be text are returned."""
    chains: list[list[list[int]]] = []
    open_chains: list[list[list[int]]] = []
    for letter in letters.tolist():
        open_chains = [chain for chain in open_chains if letter[0] - chain[-1][0] - chain[-1][2] <= _REACH * chain[-1][3] / 0.5]
        fitting = [chain for chain in open_chains if _follows(chain[-1], letter)]
        if fitting:
            max(fitting, key=lambda chain: chain[-1][0]).append(letter)
        else:
            open_chains.append([letter])
            chains.append(open_chains[-1])
    return [np.array(chain, dtype=np.int32) for chain in chains if len(chain) >= _LETTERS]


def _follows(last: list[int], letter: list[int]) -> bool:
    """Whether a letter stands on the same line a little further right."""
    tall, small = max(last[3], letter[3]), min(last[3], letter[3])
    gap = letter[0] - last[0] - last[2]
    shared = min(last[1] + last[3], letter[1] + letter[3]) - max(last[1], letter[1])
    return small >= 0.5 * tall and -0.3 * tall <= gap <= _REACH * tall and shared >= 0.75 * small


def _is_text(chain: NDArray[np.int32], luma: NDArray[np.uint8], mask: NDArray[np.uint8]) -> bool:
    """Whether a chain is long enough and made of thin strokes of one shade in shapes that differ."""
    x, y, width, height = _around(chain)
    if width < _LETTERS * 0.7 * height:
        return False
    ink = mask[y : y + height, x : x + width] > 0
    light = luma[y : y + height, x : x + width][ink].astype(np.float32)
    is_one_shade = float(np.mean(np.abs(light - np.median(light)) <= _SHADE)) >= 0.7
    runs = int((np.diff(ink.astype(np.int8), axis=1) == 1).sum())
    is_thin = ink.sum() / max(1, runs) <= 0.5 * float(np.median(chain[:, 3]))
    differs = len({(int(row[2]), int(row[4])) for row in chain}) >= max(3, len(chain) // 3)  # a fence repeats one shape
    bottoms = chain[:, 1] + chain[:, 3]
    stands = float(np.mean(np.abs(bottoms - np.median(bottoms)) <= max(1.0, 0.1 * height))) >= 0.6  # letters stand on one line
    return is_one_shade and is_thin and differs and stands and _is_apart(mask, (x, y, width, height))


def _is_apart(mask: NDArray[np.uint8], line: Box) -> bool:
    """Whether it is quieter above and below than on the line: grass and leaves go on."""
    x, y, width, height = line
    strip = max(3, round(0.6 * height))
    above, below = mask[max(0, y - strip) : y, x : x + width], mask[y + height : y + height + strip, x : x + width]
    around = np.concatenate([above.ravel(), below.ravel()])
    return around.size == 0 or float(around.mean()) <= 0.4 * float(mask[y : y + height, x : x + width].mean())


def _whole(line: Box, letters: NDArray[np.int32]) -> Box:
    """The line with what stands near its ends: letters that touch each other, or lie on a ground of their shade, broke the chain."""
    for _ in range(_MOST_JOINS):
        x, y, width, height = line
        inside = (letters[:, 1] >= y - 0.3 * height) & (letters[:, 1] + letters[:, 3] <= y + 1.3 * height) & (letters[:, 3] >= 0.4 * height)
        near = inside & (letters[:, 0] <= x + width + 1.5 * height) & (letters[:, 0] + letters[:, 2] >= x - 1.5 * height)
        wider = _union(line, _around(letters[near])) if near.any() else line
        if wider == line:
            break
        line = wider
    return line


def _around(chain: NDArray[np.int32]) -> Box:
    left, top = int(chain[:, 0].min()), int(chain[:, 1].min())
    return left, top, int((chain[:, 0] + chain[:, 2]).max()) - left, int((chain[:, 1] + chain[:, 3]).max()) - top


def _common(first: Box, second: Box) -> int:
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return max(0, width) * max(0, height)


def _overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    common = _common(first, second)
    return common / (first[2] * first[3] + second[2] * second[3] - common)


def _shared(first: Box, second: Box) -> float:
    """Intersection over the smaller of the two."""
    return _common(first, second) / min(first[2] * first[3], second[2] * second[3])


def _union(first: Box, second: Box) -> Box:
    left, top = min(first[0], second[0]), min(first[1], second[1])
    right, bottom = max(first[0] + first[2], second[0] + second[2]), max(first[1] + first[3], second[1] + second[3])
    return left, top, right - left, bottom - top
