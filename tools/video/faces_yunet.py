"""The default face detector: YuNet (MIT) through OpenCV, 7 ms for a picture of 640x360."""

import numpy as np
from numpy.typing import NDArray

from tools.video import models
from tools.video.media import FaceBox


class YuNet:
    """Finds faces from about 10 pixels wide. `min_score` 0.8 keeps out galaxies and drawings (up to 0.77 in the demo source); dogs pass."""

    name = "yunet"

    def __init__(self, min_score: float = 0.8, threads: int = 2) -> None:
        import cv2

        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # a warning about back ends that this model does not use
        cv2.setNumThreads(threads)
        self._detector = cv2.FaceDetectorYN.create(str(models.YUNET), "", (320, 320), min_score)
        self._size = (320, 320)

    def detect(self, frame_bgr: NDArray[np.uint8]) -> list[FaceBox]:
        return [FaceBox(*(float(row[column]) for column in (0, 1, 2, 3, 14))) for row in self.rows(frame_bgr)]

    def rows(self, frame_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
        """One row a face: box (x, y, width, height), points (x, y of the eyes, nose and corners of the mouth), score; shape (n, 15)."""
        height_px, width_px = frame_bgr.shape[:2]
        if self._size != (width_px, height_px):
            self._size = (width_px, height_px)
            self._detector.setInputSize(self._size)
        _, rows = self._detector.detect(frame_bgr)
        return np.empty((0, 15), dtype=np.float32) if rows is None else np.asarray(rows, dtype=np.float32)
