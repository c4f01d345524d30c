"""The two people of the demo's source, as timelines of a second."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.ffmpeg import run_ffmpeg
from tools.video.timeline import Clip, Crop, CropFrom, Source, Timeline, fingerprint, to_ticks, whole_frames

SOURCE = Path(__file__).parents[4] / "demo" / "source.mp4"
MAN = 39.0  # second of the source from which a man speaks; his face lies at 384, 211 and is 179 by 244
ASTRONAUT = 36.2  # and an astronaut is shown

Frames = Callable[[Path, int, int], NDArray[np.uint8]]


@pytest.fixture
def show() -> Callable[..., Timeline]:
    """A timeline of whole pictures of the demo's source: `show(second, length_s)`; `crop` cuts, `more` adds fields."""

    def make(*seconds: float, length_s: float = 0.8, crop: tuple[int, int, int, int] = (0, 0, 1920, 1080), **more: object) -> Timeline:
        clips = []
        for second in seconds:
            start = to_ticks(second)
            clips.append(Clip(start, whole_frames(start, to_ticks(second + length_s), 30), (CropFrom(start, Crop(*crop)),)))
        source = Source(str(SOURCE), fingerprint(SOURCE), 1920, 1080, 30.0, True)
        size = {"width_px": 1920, "height_px": 1080, "fade_in": 0, "fade_out": 0}
        return Timeline(source, tuple(clips), Fraction(30), **{**size, **more})  # type: ignore[arg-type]

    return make


@pytest.fixture
def read_grey() -> Frames:
    """The luma of every frame of a file, uint8 of shape (frames, height, width)."""

    def read(path: Path, width: int, height: int) -> NDArray[np.uint8]:
        raw = run_ffmpeg(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"], timeout_s=30, want_stdout=True).stdout
        return np.frombuffer(raw, dtype=np.uint8).reshape(-1, height, width)

    return read
