"""One look at the picture: every frame is compared with the one before it, and about ten a second come out small.

ffmpeg decodes the file once. Comparing and scaling are hidden behind the decoding (42 s of 1080p: 3.5 s with them, 3.3 s without), while
PyAV took twice as long for the same frames. ffmpeg also is a process of its own: a damaged file that makes its decoder fall or hang
takes no worker with it.
"""

import math
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.ffmpeg import FfmpegError, run_ffmpeg
from tools.video.media import Probe
from tools.video.probe import INPUT_OPTIONS, MAX_DECODED_PX

FRAMES_PER_S = 10.0  # at least, where the source has as many; up to 12.5
_STEP_S = 0.0795  # a little under two frames at 25 and four at 50 a second
_AREA_PX = 640 * 360  # of the small pictures: YuNet takes 7 ms and still finds faces 1/30 of the width wide
_PERCENT = 2.55  # scdet reports differences in percent of full scale; we use 8 bit levels
_SECONDS_PER_SECOND = 6.0  # time limit: a slow machine still decodes 4K faster than this
_START_S = 120.0  # and this long in any case


@dataclass(frozen=True, slots=True)
class Change:
    """How a frame differs from the one before it: mean absolute luma difference, 0 to 255. Of every frame of the source."""

    time_s: float
    difference: float
    is_cut: bool


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """An upright small picture, uint8 BGR of shape (height, width, 3); `scale` turns its pixels into those of the displayed source."""

    time_s: float
    picture: NDArray[np.uint8]
    scale: float


@dataclass(frozen=True, slots=True)
class RawFrame:
    """An upright small picture as decoded: I420 planes, uint8 of shape (height * 3 / 2, width)."""

    time_s: float
    planes: NDArray[np.uint8]
    scale: float

    @property
    def luma(self) -> NDArray[np.uint8]:
        return self.planes[: len(self.planes) * 2 // 3]

    def in_colour(self) -> SmallFrame:
        import cv2

        picture = cv2.cvtColor(self.planes, cv2.COLOR_YUV2BGR_I420)
        return SmallFrame(self.time_s, np.asarray(picture, dtype=np.uint8), self.scale)


def small_size(probe: Probe) -> tuple[int, int]:
    """Upright size of the small pictures: the area of 640x360 in the shape of the source, even, never enlarged."""
    scale = min(1.0, (_AREA_PX / (probe.width_px * probe.height_px)) ** 0.5)
    return max(2, round(probe.width_px * scale / 2) * 2), max(2, round(probe.height_px * scale / 2) * 2)


def watch(
    path: Path,
    probe: Probe,
    on_change: Callable[[Change], None],
    on_frame: Callable[[RawFrame], None],
    *,
    on_progress: Callable[[float], None] = lambda share: None,
    cut_threshold: float = 10.0,
) -> None:
    """Decode the first video stream once, in bounded memory.

    Args:
        on_change: Called for every frame of the source, in order, in a thread of its own.
        on_frame: Called in the same thread for the small pictures, each after the changes up to and with its own.
        cut_threshold: scdet's, in percent of full scale.

    Raises:
        InputError: ffmpeg cannot read the picture, or there is none.
        LimitError: It took far longer than the video lasts.
    """
    width_px, height_px = small_size(probe)
    read_fd, write_fd = os.pipe()
    with os.fdopen(read_fd, "rb", buffering=0), os.fdopen(write_fd, "wb"):
        os.set_blocking(read_fd, False)
        pairing = _Pairing(read_fd, (width_px, height_px), probe.width_px / width_px, on_change, on_frame)
        report = f"file='pipe\\:{write_fd}':direct=1"  # written before the frame goes on, so it is there when the frame is
        filters = (
            f"scale={width_px}:{height_px}:flags=area:out_range=tv,format=yuv420p,scdet=t={cut_threshold},metadata=print:{report},"
            f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{_STEP_S})+gte(n-prev_selected_n,60)',"
            f"metadata=mode=add:key=chosen:value=1,metadata=print:key=chosen:{report}"
        )
        # A stream may grow on the way (so the decoder gets the limit), and where most of it is damaged the rest still counts.
        opening = [*INPUT_OPTIONS, "-max_error_rate", "1", "-max_pixels", str(MAX_DECODED_PX), "-i", str(path.absolute())]
        arguments = [*opening, "-map", "0:V:0", "-vf", filters, "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"]
        try:
            run_ffmpeg(
                arguments,
                timeout_s=_START_S + _SECONDS_PER_SECOND * probe.duration_s,
                on_progress=lambda seconds: on_progress(min(1.0, seconds / probe.duration_s)),
                on_stdout=pairing.take,
                pass_fds=(write_fd,),
            )
        except FfmpegError as error:
            raise InputError(f"The picture of {path.name} cannot be decoded ({error.said}).", hint="Export it again as MP4.") from error
        pairing.finish()
    if not pairing.frames:
        raise InputError("No picture could be decoded from this video.", hint="Export it again as MP4 (H.264).")


class _Pairing:
    """Brings the text that ffmpeg's filters write about frames together with the frames."""

    def __init__(
        self,
        text_fd: int,
        size_px: tuple[int, int],
        scale: float,
        on_change: Callable[[Change], None],
        on_frame: Callable[[RawFrame], None],
    ) -> None:
        self.frames = 0
        self._text_fd, self._width_px, self._scale = text_fd, size_px[0], scale
        self._on_change, self._on_frame = on_change, on_frame
        self._picture = bytearray(size_px[0] * size_px[1] * 3 // 2)
        self._filled = 0
        self._line = b""
        self._time_s = 0.0
        self._pending: Change | None = None
        self._events: deque[Change | float] = deque()  # a number is the time of a chosen frame

    def take(self, piece: bytes) -> None:
        """Take a piece of raw video."""
        left = memoryview(piece)
        while left:
            part = left[: len(self._picture) - self._filled]
            self._picture[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            left = left[len(part) :]
            if self._filled == len(self._picture):
                self._filled = 0
                self._deliver()

    def finish(self) -> None:
        self._read_text()
        self._flush()
        for event in self._events:
            if isinstance(event, Change):
                self._on_change(event)

    def _deliver(self) -> None:
        self._read_text()
        while self._events:
            event = self._events.popleft()
            if isinstance(event, Change):
                self._on_change(event)
                continue
            planes = np.frombuffer(bytes(self._picture), dtype=np.uint8).reshape(-1, self._width_px)
            self.frames += 1
            self._on_frame(RawFrame(event, planes, self._scale))
            return

    def _read_text(self) -> None:
        while True:
            try:
                text = os.read(self._text_fd, 1 << 16)
            except BlockingIOError:
                return
            *lines, self._line = (self._line + text).split(b"\n")
            for line in lines:
                self._read_line(line)

    def _read_line(self, line: bytes) -> None:
        """Per frame: a `pts_time:` line, then `lavfi.scd.mafd=` and, on a cut, `lavfi.scd.time=`; `chosen=1` for one that comes out."""
        key, _, value = line.partition(b"=")
        if line.startswith(b"frame:"):
            self._flush()
            self._time_s = _seconds(line.rpartition(b"pts_time:")[2], self._time_s)
        elif key == b"lavfi.scd.mafd":
            self._pending = Change(self._time_s, _seconds(value, 0.0) * _PERCENT, False)
        elif key == b"lavfi.scd.time" and self._pending is not None:
            self._pending = Change(self._pending.time_s, self._pending.difference, True)
        elif key == b"chosen":
            self._events.append(self._time_s)

    def _flush(self) -> None:
        if self._pending is not None:
            self._events.append(self._pending)
            self._pending = None


def _seconds(text: bytes, otherwise: float) -> float:
    """A number; a frame without a time (`NOPTS`) takes the one of the frame before it."""
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return round(max(0.0, value), 6) if math.isfinite(value) else otherwise
