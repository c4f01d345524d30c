"""Where a title goes on a thumbnail: as large as fits beside the faces, over the emptiest part of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tools.video.fonts import Font, break_lines, is_japanese, joined, runs, split_units, split_wide, width_px
from tools.video.geometry import Box

_SIDE = 0.065  # margin at the sides, as a share of the width
_TOP, _BOTTOM = 0.05, 0.1  # of the height: apps put their buttons and names over the bottom
_WIDE_BOTTOM = 0.07  # wide thumbnails have only the length of the video in a corner
_SIZES = (0.175, 0.155, 0.135, 0.12, 0.105, 0.09, 0.078, 0.066, 0.055)  # of the frame's shorter side, the largest that fits
_MOST_LINES = 4
_MOST_HEIGHT = 0.4
_AROUND_FACE = (0.03, 0.04, 0.03, 0.04)  # of the face: left, top, right, bottom that stay clear too
_HAIR = 0.35  # of the face's height, above it: better left free
_LINE, _TALL_LINE = 1.16, 1.45  # from baseline to baseline, in ems
_LARGER = 6.0  # what a larger title is worth, per share of the frame's shorter side
_LONG_WORD = 14  # characters; a longer word may be cut, a shorter one makes the title smaller
_PREFERRED = 0.68  # the title's middle, as a share of the height, where everything is equally empty


@dataclass(frozen=True, slots=True)
class Block:
    """A title's lines and where they lie. `align` is 0 at the left of the block, 0.5 centred; `strong` is the line that matters most."""

    lines: tuple[str, ...]
    font: Font
    em_px: int
    left: int
    top: int
    width_px: int
    height_px: int
    pitch_px: int
    align: float
    strong: int
    japanese: bool

    def origin(self, line: int) -> tuple[float, float]:
        """The left end of a line's baseline."""
        width = width_px(self.lines[line], self.font, self.em_px, japanese=self.japanese)
        cap = self.font.cap_height * self.em_px
        return self.left + (self.width_px - width) * self.align, self.top + cap + line * self.pitch_px

    def line_box(self, line: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a line's capitals."""
        x, baseline = self.origin(line)
        width = width_px(self.lines[line], self.font, self.em_px, japanese=self.japanese)
        return round(x), round(baseline - self.font.cap_height * self.em_px), round(x + width), round(baseline)


def place_title(picture: NDArray[np.float32], faces: Sequence[Box], title: str, font: Font, texts: Sequence[Box] = ()) -> Block | None:
    """The title's place on a picture (shape (height, width, 3)); None where it has no letters or nothing but faces is there."""
    height, width = picture.shape[:2]
    shown = _drawable(title, font)
    words = [unit for word in shown.split() for unit in split_units(word)]
    if not words:
        return None
    clutter = _clutter(picture)
    found: list[tuple[float, Block]] = []
    for share in _SIZES:
        em_px = round(share * min(width, height * 0.75))
        lines = _lines(words, shown, font, em_px, _most_width(width, height))
        spots = _spots(lines, font, em_px, width, height) if lines is not None else []
        free = [spot for spot in spots if not any(_covers(spot, face) for face in faces)]
        found.extend((_cost(spot, clutter, faces, texts, height) - _LARGER * share, spot) for spot in free)
    return min(found, key=lambda one: one[0])[1] if found else None


def _drawable(title: str, font: Font) -> str:
    """What can be drawn of a title, in capitals; nothing where no letter is left."""
    shown = " ".join("".join(run.text for run in runs(title.upper(), font, japanese=is_japanese(title))).split())
    return shown if any(char.isalnum() for char in shown) else ""


def _as_written(lines: Sequence[str], shown: str) -> list[str]:
    """The lines with spaces only where the title has them: figures in Chinese and Japanese stand without."""
    written, at = [], 0
    for line in lines:
        start, left = at, len(line.replace(" ", ""))
        while left:
            left -= shown[at] != " "
            at += 1
        written.append(shown[start:at].strip())
    return written


def _most_width(width: int, height: int) -> float:
    """A title takes the width of a tall picture and at most half of a wide one."""
    return width * (1 - 2 * _SIDE) if width <= 1.2 * height else 0.5 * width


def _lines(words: Sequence[str], shown: str, font: Font, em_px: int, most_px: float) -> list[str] | None:
    """The lines at a size; None where they are too many or one is too wide."""
    japanese = is_japanese("".join(words))
    parts = [part for word in words for part in (split_wide(word, font, em_px, most_px) if len(word) > _LONG_WORD else [word])]
    lines = _as_written([joined(line) for line in break_lines(parts, font, em_px, most_px)], shown)
    if len(lines) > _MOST_LINES or any(width_px(line, font, em_px, japanese=japanese) > most_px for line in lines):
        return None
    return lines


def _spots(lines: Sequence[str], font: Font, em_px: int, width: int, height: int) -> list[Block]:
    """The block at every place of a grid inside the margins."""
    japanese = is_japanese("".join(lines))
    used = {run.font for line in lines for run in runs(line, font, japanese=japanese)}
    pitch = round((_TALL_LINE if any(one.is_tall for one in used) else _LINE) * em_px)
    block_width = round(max(width_px(line, font, em_px, japanese=japanese) for line in lines))
    block_height = round((len(lines) - 1) * pitch + font.cap_height * em_px)
    if block_height > _MOST_HEIGHT * height:
        return []
    is_wide = width > 1.2 * height
    last = height * (1 - (_WIDE_BOTTOM if is_wide else _BOTTOM)) - block_height
    tops = np.linspace(_TOP * height + 0.3 * em_px, last, 28)
    free = width - 2 * _SIDE * width - block_width
    sides = [(0.0, 0.0), (1.0, 0.0)] if is_wide else [(0.5, 0.5)]
    strong = _strong(lines)
    return [
        Block(
            tuple(lines), font, em_px, round(_SIDE * width + free * side), round(float(top)), block_width, block_height, pitch, align,
            strong, japanese,
        )
        for top, (side, align) in product(tops, sides)
    ]  # fmt: skip


def _strong(lines: Sequence[str]) -> int:
    """The line with a number, a question or an exclamation, else the longest."""
    return max(range(len(lines)), key=lambda n: (any(c.isdigit() for c in lines[n]), lines[n][-1] in "?!？！", len(lines[n]), -n))


def _covers(spot: Block, face: Box) -> bool:
    left, top, right, bottom = _AROUND_FACE
    pad = 0.2 * spot.em_px  # plates and outlines
    return (
        spot.left - pad < face.x_px + (1 + right) * face.width_px
        and spot.left + spot.width_px + pad > face.x_px - left * face.width_px
        and spot.top - pad < face.y_px + (1 + bottom) * face.height_px
        and spot.top + spot.height_px + pad > face.y_px - top * face.height_px
    )


def _cost(spot: Block, clutter: NDArray[np.float32], faces: Sequence[Box], texts: Sequence[Box], height: int) -> float:
    """How full the picture is there, how far that is from the preferred height, and how much hair and other text it covers."""
    scale = clutter.shape[0] / height
    rows = slice(int(spot.top * scale), int((spot.top + spot.height_px) * scale) + 1)
    columns = slice(int(spot.left * scale), int((spot.left + spot.width_px) * scale) + 1)
    fullness = float(clutter[rows, columns].mean())
    middle = (spot.top + spot.height_px / 2) / height
    hair = [Box(face.x_px, face.y_px - _HAIR * face.height_px, face.width_px, _HAIR * face.height_px) for face in faces[:2]]
    return fullness + 0.5 * abs(middle - _PREFERRED) + 0.5 * sum(_shared(spot, one) for one in (*hair, *texts))


def _shared(spot: Block, box: Box) -> float:
    """The share of the box that the block covers."""
    across = min(spot.left + spot.width_px, box.x_px + box.width_px) - max(spot.left, box.x_px)
    down = min(spot.top + spot.height_px, box.y_px + box.height_px) - max(spot.top, box.y_px)
    return max(0.0, across) * max(0.0, down) / max(1.0, box.width_px * box.height_px)


def _clutter(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much detail there is, 0 to about 1, in a small copy."""
    import cv2

    scale = 240 / picture.shape[0]
    grey = cv2.resize(picture, (max(8, round(picture.shape[1] * scale)), 240), interpolation=cv2.INTER_AREA) @ np.array([0.3, 0.59, 0.11])
    across, down = cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1)
    return np.asarray(cv2.GaussianBlur(np.hypot(across, down), (0, 0), 4) / 120, dtype=np.float32)
