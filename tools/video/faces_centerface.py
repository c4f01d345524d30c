"""The face detector that checks what another one did: CenterFace (MIT) on onnxruntime, 110 ms for a picture of 1280x720 on two cores.

It shares neither weights nor training nor code with YuNet, and needs no library that a bare machine lacks. Source of the decoding: Xu et
al.: CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019 (a heat map of centres, with size and offset for each cell).
"""

import numpy as np
from numpy.typing import NDArray

from tools.video import models
from tools.video.media import FaceBox
from tools.video.onnx import open_session

_STRIDE = 4  # pixels of the picture per cell of the heat map
_MULTIPLE = 32  # the network wants sides that are multiples of this
_SAME = 0.3  # boxes that overlap more (intersection over union) are one face


class CenterFace:
    """Finds faces from about 8 pixels wide.

    Raises:
        InputError: The weights are missing (the constructor).
    """

    name = "centerface"

    def __init__(self, min_score: float = 0.5, threads: int = 2) -> None:
        self._session = open_session(models.CENTERFACE, threads, may_use_card=True)
        self._min_score = min_score

    def detect(self, frame_bgr: NDArray[np.uint8]) -> list[FaceBox]:
        import cv2

        height, width = frame_bgr.shape[:2]
        wide, high = -(-width // _MULTIPLE) * _MULTIPLE, -(-height // _MULTIPLE) * _MULTIPLE
        fitting = cv2.copyMakeBorder(frame_bgr, 0, high - height, 0, wide - width, cv2.BORDER_CONSTANT)
        pixels = np.ascontiguousarray(fitting[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)  # red first, 0 to 255
        heat, size, offset = self._session.run(["537", "538", "539"], {"input.1": pixels})
        rows, columns = np.nonzero(heat[0, 0] > self._min_score)
        scores = heat[0, 0, rows, columns]
        heights, widths = (np.exp(size[0, part, rows, columns]) * _STRIDE for part in (0, 1))
        middles_y, middles_x = (
            (place + offset[0, part, rows, columns] + 0.5) * _STRIDE for part, place in enumerate((rows.astype(np.float32), columns))
        )
        boxes = np.stack([middles_x - widths / 2, middles_y - heights / 2, widths, heights], axis=1)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), self._min_score, _SAME) if len(boxes) else ()
        found = [
            FaceBox(float(x), float(y), float(wide_px), float(high_px), float(scores[n]))
            for n in kept
            for x, y, wide_px, high_px in [boxes[n]]
        ]
        return [box for box in found if box.x_px < width and box.y_px < height]
