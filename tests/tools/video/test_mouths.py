"""A mouth that speaks told from a head that moves."""

from pathlib import Path

import numpy as np
import pytest

from tools.ffmpeg import run_ffmpeg
from tools.video.faces_yunet import YuNet
from tools.video.media import FaceBox
from tools.video.mouths import mouth_motion
from tools.video.picture import see
from tools.video.probe import probe

DEMO = Path(__file__).parents[3] / "demo" / "source.mp4"
QUICK = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


def painted_face(mouth_px: int, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Luma of a face of 80x100 pixels at (60, 40), moved by `shift`, whose mouth is open by `mouth_px`."""
    import cv2

    picture = np.full((180, 240), 90, dtype=np.uint8)
    x, y = 60 + shift[0], 40 + shift[1]
    cv2.ellipse(picture, (x + 40, y + 50), (40, 50), 0, 0, 360, 170, -1)
    for eye_x in (x + 24, x + 56):
        cv2.circle(picture, (eye_x, y + 38), 5, 40, -1)
    cv2.line(picture, (x + 40, y + 42), (x + 40, y + 58), 140, 2)
    cv2.ellipse(picture, (x + 40, y + 78), (14, mouth_px), 0, 0, 360, 60, -1)
    return np.asarray(cv2.GaussianBlur(picture, (5, 5), 0))


FACE = FaceBox(60, 40, 80, 100, 0.9)


def test_a_mouth_that_opens_moves() -> None:
    assert mouth_motion(painted_face(2), painted_face(7), FACE) > 6.0


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, 4), (-5, 2)])
def test_a_head_that_moves_does_not_speak(shift: tuple[int, int]) -> None:
    assert mouth_motion(painted_face(3), painted_face(3, shift), FACE) < 1.0


def test_a_moving_head_can_speak() -> None:
    assert mouth_motion(painted_face(2), painted_face(7, (4, 1)), FACE) > 5.0


def test_a_face_too_small_tells_nothing() -> None:
    assert mouth_motion(painted_face(2), painted_face(7), FaceBox(60, 40, 12, 15, 0.9)) == -1.0


def test_the_speaking_man_speaks_and_the_still_portrait_does_not(tmp_path: Path) -> None:
    """0.0 to 3.2 s: a film of a man who speaks; then a still of the astronaut that the camera passes over."""
    parts = [part for start_s in ("38.8", "28.4") for part in ("-ss", start_s, "-t", "3.2", "-i", str(DEMO))]
    run_ffmpeg([*parts, "-filter_complex", "concat=n=2,scale=960:-2", "-an", *QUICK, str(tmp_path / "two.mp4")], timeout_s=60)
    samples = see(tmp_path / "two.mp4", probe(tmp_path / "two.mp4"), YuNet()).faces.samples
    speaker = [box.mouth for sample in samples if sample.time_s < 3.2 for box in sample.boxes[:1] if box.mouth >= 0]
    still = [box.mouth for sample in samples if sample.time_s > 3.2 for box in sample.boxes[:1] if box.mouth >= 0]
    assert len(speaker) >= 6 and len(still) >= 7
    assert np.median(speaker) > 3 * np.median(still) and max(still) < np.median(speaker)


def test_the_first_sample_of_a_shot_knows_no_mouth(tmp_path: Path) -> None:
    class Everywhere:
        name = "everywhere"

        def detect(self, frame_bgr: np.ndarray) -> list[FaceBox]:
            return [FaceBox(100, 100, 80, 100, 0.9)]

    inputs = [part for colour in ("red", "white") for part in ("-f", "lavfi", "-i", f"color={colour}:s=320x240:r=25:d=2")]
    run_ffmpeg([*inputs, "-filter_complex", "concat=n=2", *QUICK, str(tmp_path / "two.mp4")], timeout_s=60)
    samples = see(tmp_path / "two.mp4", probe(tmp_path / "two.mp4"), Everywhere()).faces.samples
    unknown = [sample.time_s for sample in samples if sample.boxes[0].mouth < 0]
    assert unknown == pytest.approx([0.0, 2.0], abs=0.081)
    assert samples[1].boxes[0].mouth == 0.0
