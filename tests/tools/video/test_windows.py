"""A webcam window is found by edges that stay, a room's furniture is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.video.frames import RawFrame
from tools.video.media import FaceBox, FaceSample, Probe
from tools.video.windows import WindowFinder

PROBE = Probe(10, 1280, 720, 30, 0, True, True)
FACE = FaceBox(140, 120, 120, 150, 0.9)
SAMPLES = np.random.default_rng(4)


def screen(window: tuple[int, int, int, int] | None) -> NDArray[np.uint8]:
    """A small picture of a desktop with a terminal and, at (left, top, right, bottom), a window in which something moves."""
    luma = np.full((360, 640), 200, dtype=np.uint8)
    luma[30:330, 340:620] = 20
    if window is not None:
        left, top, right, bottom = window
        soft = SAMPLES.integers(60, 130, (6, 8)).astype(np.float32)
        luma[top:bottom, left:right] = cv2.resize(soft, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    return luma


def find(windows: list[tuple[int, int, int, int] | None], faces: tuple[FaceBox, ...] = (FACE,)) -> tuple[tuple[float, ...], ...]:
    finder = WindowFinder(PROBE)
    for n, window in enumerate(windows):
        planes = np.concatenate([screen(window), np.full((180, 640), 128, dtype=np.uint8)])
        finder.add(RawFrame(float(n), planes, 2.0), starts_shot=n == 0)
        finder.see(FaceSample(float(n), faces))
    return tuple((one.x_px, one.y_px, one.width_px, one.height_px) for one in finder.finish())


def test_the_window_around_a_small_face_is_found_to_a_few_pixels() -> None:
    ((x, y, width, height),) = find([(30, 40, 210, 180)] * 8)

    assert (x, y, width, height) == pytest.approx((60, 80, 360, 280), abs=8)


def test_a_window_in_the_corner_ends_at_the_pictures_edge() -> None:
    ((x, y, width, height),) = find([(0, 40, 210, 180)] * 8)

    assert (x, y, width, height) == pytest.approx((0, 80, 420, 280), abs=8)


@pytest.mark.parametrize(
    ("windows", "faces"),
    [
        pytest.param([None] * 8, (FACE,), id="no-window"),
        pytest.param([(30 + 6 * n, 40, 210 + 6 * n, 180) for n in range(8)], (FACE,), id="it-moves"),
        pytest.param([(30, 40, 210, 180)] * 8, (), id="nobody-in-it"),
        pytest.param([(30, 40, 210, 180)] * 8, (FaceBox(140, 100, 300, 400, 0.9),), id="a-large-face"),
        pytest.param([(30, 40, 210, 180)], (FACE,), id="seen-once"),
    ],
)
def test_nothing_else_is_taken_for_one(windows: list[tuple[int, int, int, int] | None], faces: tuple[FaceBox, ...]) -> None:
    assert find(windows, faces) == ()


@pytest.mark.slow
def test_the_demo_source_has_one_at_its_end() -> None:
    from tools.video.faces_yunet import YuNet
    from tools.video.picture import see
    from tools.video.probe import probe

    demo = Path(__file__).resolve().parents[3] / "demo" / "source.mp4"
    (inset,) = see(demo, probe(demo), YuNet()).insets

    assert (inset.start_s, inset.x_px, inset.y_px) == pytest.approx((38.7, 132, 72), abs=12)
    assert (inset.width_px, inset.height_px) == pytest.approx((757, 566), abs=20)
