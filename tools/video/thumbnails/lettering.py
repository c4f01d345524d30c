"""The title on a thumbnail: drawn in one of three designs, readable by measure.

`gradient` darkens that side of the picture, `outline` puts a black edge around the letters, `box` a coloured plate behind each line. What
is drawn is made stronger until the contrast holds, and the contrast is measured again on the written file.
Source of the measure and of 4.5: WCAG 2.2, success criterion 1.4.3 and its definition of relative luminance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.video.fonts import TITLE_FONT, Run, find_font, runs
from tools.video.geometry import Box
from tools.video.thumbnails.judge import Judged
from tools.video.thumbnails.placing import Block, place_title
from tools.video.thumbnails.stills import Still
from tools.video.timeline import Timeline

DESIGNS = ("gradient", "box", "outline")
LEAST_CONTRAST = 4.5
_ACCENT = "FFD60A"
_WHITE, _BLACK = (255.0, 255.0, 255.0), (12.0, 12.0, 16.0)
_STRENGTHS = (0.62, 0.74, 0.84, 0.91, 0.96)
_OUTLINE = 0.085  # of the em
_PAD = 0.14  # of the em, around a line on its plate

Picture = NDArray[np.float32]  # RGB, 0 to 255, shape (height, width, 3)
Mask = NDArray[np.float32]  # 0 to 1, shape (height, width)


@dataclass(frozen=True, slots=True)
class Lettering:
    """A picture with its title; `masks` are the letters of each line, for measuring."""

    picture: Any  # PIL.Image.Image
    block: Block | None
    masks: tuple[Mask, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return self.block.lines if self.block is not None else ()


def letter(still: Still, judged: Judged, timeline: Timeline, title: str, design: str, texts: Sequence[Box] = ()) -> Lettering:
    """The still, a little crisper, with the title where the picture is emptiest; `texts` lie in the picture already."""
    from PIL import Image

    picture = _crisp(still.picture)
    brand = timeline.brand
    font = (find_font(brand.title_font) if brand is not None and brand.title_font else None) or TITLE_FONT
    block = place_title(picture, [face.box for face in judged.faces], title, font, texts)
    if block is None:
        return Lettering(Image.fromarray(picture.astype(np.uint8)), None, ())
    accent = _colour(brand.accent if brand is not None and brand.accent else _ACCENT)
    masks = tuple(_line_mask(picture.shape[:2], block, n) for n in range(len(block.lines)))
    drawn = _DRAWN[design](picture, block, masks, accent)
    return Lettering(Image.fromarray(np.clip(drawn, 0, 255).astype(np.uint8)), block, masks)


def contrast_of(file: Path, lettering: Lettering) -> float:
    """The least contrast of a line of the title in a written picture; 21 without a title."""
    from PIL import Image

    if lettering.block is None:
        return 21.0
    with Image.open(file) as image:
        picture = np.asarray(image.convert("RGB"), dtype=np.float32)
    return min(_contrast(picture, mask, lettering.block.em_px) for mask in lettering.masks)


def luminance(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relative luminance, 0 to 1, of sRGB colours (the last axis, 0 to 255)."""
    share = picture / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), dtype=np.float32)


def _contrast(picture: Picture, mask: Mask, em_px: int) -> float:
    """The letters against what surrounds them, where that is nearest to their own brightness (all but a tenth)."""
    import cv2

    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    reach = max(4, round(0.05 * em_px))
    window = (slice(max(0, rows[0] - reach), rows[-1] + reach + 1), slice(max(0, columns[0] - reach), columns[-1] + reach + 1))
    letters, light = mask[window], luminance(picture[window])
    inner = cv2.erode(letters, np.ones((3, 3), np.uint8)) > 0.95
    near = cv2.dilate(letters, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))) > 0.5
    ring = near & (cv2.dilate(letters, np.ones((3, 3), np.uint8)) < 0.02)
    if not inner.any() or not ring.any():
        return 1.0
    own = float(np.median(light[inner]))
    around = float(np.quantile(light[ring], 0.9 if own > float(np.median(light[ring])) else 0.1))
    return (max(own, around) + 0.05) / (min(own, around) + 0.05)


def _gradient(picture: Picture, block: Block, masks: tuple[Mask, ...], accent: tuple[float, ...]) -> Picture:
    """Darker towards the side on which the title stands, a short bar in the accent's colour over it."""
    height, width = picture.shape[:2]
    if width > 1.2 * height:
        ramp = _ramp(width, block.left, block.left + block.width_px)[None, :, None]
    else:
        ramp = _ramp(height, block.top, block.top + block.height_px)[:, None, None]
    colours = _line_colours(block, accent)
    for strength in _STRENGTHS:
        drawn = np.asarray(picture * (1 - strength * ramp), dtype=np.float32)
        drawn = _filled(_shaded(drawn, masks, block.em_px), masks, colours)
        if min(_contrast(drawn, mask, block.em_px) for mask in masks) >= 1.1 * LEAST_CONTRAST:
            break
    thick, wide = max(4, round(0.09 * block.em_px)), round(1.1 * block.em_px)
    top = round(block.top - 0.3 * block.em_px)
    if top > 0:
        left = round(block.left + (block.width_px - wide) * block.align)
        drawn[top : top + thick, left : left + wide] = accent
    return drawn


def _ramp(length: int, first: float, last: float) -> NDArray[np.float32]:
    """From 0 to 1 along an axis, 1 from the title on to that end of the picture which is nearer to it."""
    reach, steps = 0.16 * length, np.arange(length, dtype=np.float32)
    way = (steps - (first - reach)) if first + last > length else (last + reach - steps)
    share = np.clip(way / reach, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def _outlined(picture: Picture, block: Block, masks: tuple[Mask, ...], accent: tuple[float, ...]) -> Picture:
    """White letters (one line in the accent's colour) with a thick dark edge and a soft shadow."""
    import cv2

    for share in (1.0, 1.3, 1.6):
        width = max(3, round(share * _OUTLINE * block.em_px))
        round_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
        drawn = _shaded(picture, masks, 1.6 * block.em_px)
        for mask in masks:
            edge = cv2.GaussianBlur(cv2.dilate(mask, round_brush), (0, 0), 1.0)[..., None]
            drawn = drawn * (1 - edge) + np.array(_BLACK, dtype=np.float32) * edge
        drawn = _filled(drawn, masks, _line_colours(block, accent))
        if min(_contrast(drawn, mask, block.em_px) for mask in masks) >= 1.1 * LEAST_CONTRAST:
            break
    return drawn


def _boxed(picture: Picture, block: Block, masks: tuple[Mask, ...], accent: tuple[float, ...]) -> Picture:
    """Each line on a plate: the accent's colour for the line that matters most, near black for the others."""
    drawn = picture.copy()
    pad = round(_PAD * block.em_px)
    colours: list[tuple[float, ...]] = []
    for n, line in enumerate(block.lines):
        plate = accent if n == block.strong or len(block.lines) == 1 else _BLACK
        left, top, right, bottom = block.line_box(n)
        rows = slice(max(0, top - pad), min(picture.shape[0], bottom + pad))
        drawn[rows, max(0, left - round(1.4 * pad)) : min(picture.shape[1], right + round(1.4 * pad))] = plate
        colours.append(_readable_on(plate) if line else _WHITE)
    return _filled(drawn, masks, colours)


def _readable_on(plate: tuple[float, ...]) -> tuple[float, ...]:
    """Black or white, whichever stands out more; one of them always has more than 4.5."""
    light = float(luminance(np.array(plate, dtype=np.float32)))
    return _WHITE if 1.05 / (light + 0.05) >= (light + 0.05) / 0.055 else _BLACK


def _line_colours(block: Block, accent: tuple[float, ...]) -> list[tuple[float, ...]]:
    """White, and the accent's colour for the strongest line of several where it is bright enough for dark ground."""
    bright = float(luminance(np.array(accent, dtype=np.float32))) > 0.3
    return [accent if bright and len(block.lines) > 1 and n == block.strong else _WHITE for n in range(len(block.lines))]


def _filled(picture: Picture, masks: tuple[Mask, ...], colours: list[tuple[float, ...]]) -> Picture:
    drawn = picture
    for mask, colour in zip(masks, colours, strict=True):
        drawn = drawn * (1 - mask[..., None]) + np.array(colour, dtype=np.float32) * mask[..., None]
    return np.asarray(drawn, dtype=np.float32)


def _shaded(picture: Picture, masks: tuple[Mask, ...], em_px: float) -> Picture:
    """A soft shadow a little below the letters."""
    import cv2

    letters = np.maximum.reduce(masks)
    low = np.roll(letters, round(0.04 * em_px), axis=0)
    shadow = cv2.GaussianBlur(low, (0, 0), max(1.0, 0.07 * em_px))
    return np.asarray(picture * (1 - 0.7 * shadow[..., None]), dtype=np.float32)


def _line_mask(shape: tuple[int, ...], block: Block, line: int) -> Mask:
    """The letters of one line, drawn run by run; a line of a right-to-left script begins at the right."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (shape[1], shape[0]), 0)
    draw = ImageDraw.Draw(image)
    x, baseline = block.origin(line)
    parts = runs(block.lines[line], block.font, japanese=block.japanese)
    rightward = is_rightward(block.lines[line])
    for run in reversed(parts) if rightward else parts:
        drawing = drawing_font(run, block.em_px)
        text = run.text.rstrip(" ")  # not every font that draws letters has a space
        gap = block.font.width_px(" ", block.em_px) * (len(run.text) - len(text))
        draw.text((x + gap if rightward else x, baseline), text, font=drawing, fill=255, anchor="ls")
        x += drawing.getlength(text) + gap
    return np.asarray(np.asarray(image, dtype=np.float32) / 255, dtype=np.float32)


def drawing_font(run: Run, em_px: int) -> Any:
    """The run's font at a size, shaping letters where Pillow can."""
    from PIL import ImageFont, features

    engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(run.font.path), em_px, layout_engine=engine)


def is_rightward(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    import unicodedata

    return next((unicodedata.bidirectional(c) in ("R", "AL") for c in text if unicodedata.bidirectional(c) in ("L", "R", "AL")), False)


def _crisp(picture: NDArray[np.uint8]) -> Picture:
    """A little more contrast, colour and sharpness: a thumbnail is seen at a tenth of its size."""
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), 2.0)
    sharp = cv2.addWeighted(picture, 1.3, soft, -0.3, 0).astype(np.float32)
    grey = sharp @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    coloured = grey[..., None] + 1.12 * (sharp - grey[..., None])
    return np.asarray(np.clip(128 + 1.05 * (coloured - 128), 0, 255), dtype=np.float32)


def _colour(text: str) -> tuple[float, ...]:
    return tuple(float(int(text[n : n + 2], 16)) for n in (0, 2, 4))


_DRAWN = {"gradient": _gradient, "box": _boxed, "outline": _outlined}
