"""Reading the pictures that are looked at: ffmpeg decodes, chooses, crops and scales them in a process of its own, and hands them over."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.ffmpeg import run_ffmpeg

Picture = NDArray[np.uint8]


class Moment(NamedTuple):
    """When a picture is shown, in seconds from the start of the input, and how much it differs from the one before (ffmpeg's `scene`)."""

    time_s: float
    change: float


def read_pictures(
    source: Sequence[str],
    filters: Sequence[str],
    size: tuple[int, int],
    take: Callable[[Picture], None],
    *,
    timeout_s: float,
    cancel: Callable[[], bool] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Moment]:
    """Hand over every picture that passes the filters, one at a time, in order.

    Args:
        source: ffmpeg's input arguments.
        filters: A chain of ffmpeg filters; one of them may choose frames.
        size: Width and height the pictures are scaled to, both even.
        take: Called in a thread of its own with uint8 BGR of shape (height, width, 3); what it raises ends the reading and is passed on.
        on_progress: Called with the seconds read.

    Returns:
        The moments of the pictures, in the same order.

    Raises:
        InputError: ffmpeg cannot read the file.
        LimitError: It took too long.
        StoppedError: `cancel` said so.
    """
    with tempfile.NamedTemporaryFile(prefix="moments-", suffix=".txt") as times:
        gather = _Gatherer(size, take)
        chain = [
            *filters,
            f"metadata=print:file=/dev/fd/{times.fileno()}",
            f"scale={size[0]}:{size[1]}:flags=area:out_range=tv",
            "format=yuv420p",
        ]
        run_ffmpeg(
            [*source, "-map", "0:V:0", "-vf", ",".join(chain), "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"],
            timeout_s=timeout_s,
            cancel=cancel,
            on_progress=on_progress,
            on_stdout=gather.take,
            pass_fds=(times.fileno(),),
        )
        return _moments(Path(times.name).read_text())


class _Gatherer:
    """Puts the pieces of a raw I420 stream together to pictures."""

    def __init__(self, size: tuple[int, int], take: Callable[[Picture], None]) -> None:
        self._planes = np.empty((size[1] * 3 // 2, size[0]), dtype=np.uint8)
        self._flat = self._planes.reshape(-1)
        self._filled = 0
        self._take = take

    def take(self, piece: bytes) -> None:
        import cv2

        left = np.frombuffer(piece, dtype=np.uint8)
        while left.size:
            part = left[: self._flat.size - self._filled]
            self._flat[self._filled : self._filled + part.size] = part
            self._filled += part.size
            left = left[part.size :]
            if self._filled == self._flat.size:
                self._filled = 0
                self._take(np.asarray(cv2.cvtColor(self._planes, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8))


def _moments(text: str) -> list[Moment]:
    """Read the lines of ffmpeg's `metadata=print`: one that names the frame and its time, then one for each value."""
    found: list[Moment] = []
    for line in text.splitlines():
        if line.startswith("frame:"):
            found.append(Moment(float(line.rpartition("pts_time:")[2].split()[0]), 0.0))
        elif line.startswith("lavfi.scene_score=") and found:
            found[-1] = found[-1]._replace(change=float(line.partition("=")[2]))
    return found
