"""The second face detector: MediaPipe's full-range model (Apache-2.0), in a process of its own.

Its native part needs libEGL and libGLES even on a machine without a screen, prints to stderr, and has been seen to hang: so it lives in
a child process, every picture has a time limit, and where it cannot run `mediapipe_available` says why. Run as a module this file is
that child.
"""

import ctypes
import json
import select
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
from numpy.typing import NDArray

from memory.errors import TransientError
from tools.video import models
from tools.video.media import FaceBox

_ROOT = Path(__file__).resolve().parents[2]
_START_S = 30.0  # importing takes 1.2 s on an idle machine
_PICTURE_S = 10.0  # a picture takes 4 ms
_LIBRARIES = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}  # and the Debian packages that bring them


def missing_libraries() -> str | None:
    """Return which native library MediaPipe lacks and how to get it; None when none is missing."""
    for library, package in _LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            return f"{library} is missing; install it with `apt install {package}`."
    return None


@cache
def mediapipe_available() -> str | None:
    """Return None when the second detector works here, else why not and what would help (for `forge doctor`; takes a second or two)."""
    if reason := missing_libraries():
        return reason
    try:
        with MediaPipe() as detector:
            detector.detect(np.zeros((64, 64, 3), dtype=np.uint8))
    except TransientError as error:
        return error.message
    return None


class MediaPipe:
    """Finds faces up to about 5 m away. A context manager: leaving it ends the child process.

    Raises:
        TransientError: The child did not start, died or took too long (the constructor and `detect`).
    """

    name = "mediapipe"

    def __init__(self, min_score: float = 0.75) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tools.video.faces_mediapipe", str(min_score)],
            cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip
        try:
            self._read_line(_START_S)
        except BaseException:
            self.close()
            raise

    def detect(self, frame_bgr: NDArray[np.uint8]) -> list[FaceBox]:
        height_px, width_px = frame_bgr.shape[:2]
        try:
            _pipe(self._child.stdin).write(json.dumps([height_px, width_px]).encode() + b"\n")
            _write_all(_pipe(self._child.stdin), np.ascontiguousarray(frame_bgr).tobytes())
        except OSError as error:
            raise TransientError("MediaPipe's process ended.", hint="Run `forge doctor`.") from error
        return [FaceBox(*numbers) for numbers in json.loads(self._read_line(_PICTURE_S))]

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            _pipe(pipe).close()

    def __enter__(self) -> "MediaPipe":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _read_line(self, limit_s: float) -> bytes:
        pipe, line, deadline = _pipe(self._child.stdout), b"", time.monotonic() + limit_s
        while not line.endswith(b"\n"):
            if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TransientError(f"MediaPipe gave no answer in {limit_s:g} s.", hint="The other face detector goes on alone.")
            chunk = pipe.read(65536)
            if not chunk:
                raise TransientError("MediaPipe cannot run here: its process ended.", hint="The other face detector goes on alone.")
            line += chunk
        return line


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # all three are set by the constructor
    return pipe


def _write_all(pipe: IO[bytes], content: bytes) -> None:
    left = memoryview(content)
    while left:  # an unbuffered pipe takes what fits
        left = left[pipe.write(left) :]


def _serve(min_score: float, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each picture (a JSON line [height, width], then its BGR bytes) by a JSON line of boxes [x, y, width, height, score]."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    base = BaseOptions(model_asset_path=str(models.MEDIAPIPE_FACE))
    with vision.FaceDetector.create_from_options(vision.FaceDetectorOptions(base, min_detection_confidence=min_score)) as detector:
        answers.write(b"ready\n")
        answers.flush()
        while line := requests.readline():
            height_px, width_px = json.loads(line)
            bgr = np.frombuffer(requests.read(height_px * width_px * 3), dtype=np.uint8).reshape(height_px, width_px, 3)
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(bgr[:, :, ::-1]))
            found = [(item.bounding_box, item.categories[0].score) for item in detector.detect(image).detections]
            boxes = [[float(box.origin_x), float(box.origin_y), float(box.width), float(box.height), float(score)] for box, score in found]
            answers.write(json.dumps(boxes).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    _serve(float(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
