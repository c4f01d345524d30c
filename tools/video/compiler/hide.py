"""What must not be seen, covered: the joined picture merged with a coarse copy of itself where a mask says so.

The mask is small frames, one per output frame, fed to the same ffmpeg run on `pipe:0` (see `tools/video/anonymise/mask.py`). The coarse
copy holds so little of the picture that nothing can be won back from it: six cells across the largest region (a region is a face with its
margin, so fewer than five lie across the face), colour included. Mosaics of 8 and more cells have been matched to people by machines.
Source: McPherson, Shokri, Shmatikov: Defeating Image Obfuscation with Deep Learning, 2016.
"""

from typing import Any

import ffmpeg

from tools.video.additions import HideMethod
from tools.video.anonymise.mask import cell_px, mask_size
from tools.video.timeline import Preset, Timeline

_MASK_LUMA = 40  # of a filled box: a dark grey


def hidden(timeline: Timeline, picture: Any, preset: Preset) -> Any:
    """The picture with every hidden region covered."""
    assert timeline.hiding is not None
    width, height = preset.size(timeline)
    seen, below = _twice(picture)
    mask = ffmpeg.input("pipe:0", f="rawvideo", pix_fmt="yuv420p", video_size=mask_size(timeline), framerate=str(timeline.fps)).video
    # Its range is said to be the picture's: else ffmpeg turns 255 into 235, and a twelfth of what is covered shines through.
    mask = mask.filter("setparams", range="tv").filter("scale", width, height, flags="bilinear")
    covered = _covered(timeline, below, timeline.hiding.method, (width, height))
    merged = ffmpeg.filter([seen, covered, mask.filter("setsar", 1)], "maskedmerge")
    return merged.filter("trim", end_frame=timeline.frames)  # it would go on as long as any of its three inputs


def _twice(picture: Any) -> tuple[Any, Any]:
    copies = picture.split()
    return copies[0], copies[1]


def _covered(timeline: Timeline, picture: Any, method: HideMethod, size: tuple[int, int]) -> Any:
    if method is HideMethod.MASK:
        return picture.filter("lutyuv", y=_MASK_LUMA, u=128, v=128)
    small = picture.filter("scale", *cells(timeline), flags="area")
    if method is HideMethod.BLUR:
        return small.filter("scale", *size, flags="bicubic").filter("setsar", 1).filter("format", "yuv420p")
    # At half the resolution the cells of the colour would be twice as large as the others: so 4:4:4 until they are enlarged.
    sharp = small.filter("format", "yuv444p").filter("scale", *size, flags="neighbor")
    return sharp.filter("format", "yuv420p").filter("setsar", 1)


def cells(timeline: Timeline) -> tuple[int, int]:
    """How many cells the coarse copy has, across and down: one size for the whole timeline."""
    known = timeline.hiding.cell_px if timeline.hiding is not None else 0.0
    side = max(known, cell_px(timeline))
    return max(2, int(timeline.width_px / side)), max(2, int(timeline.height_px / side))
