"""Number plates, screens and what an owner drew."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video.anonymise import DrawnRegion, find_hidden
from tools.video.anonymise.things import find_plates, find_screens
from tools.video.brief import Hide
from tools.video.timeline import Timeline, to_seconds


def road(noise: int = 6) -> NDArray[np.uint8]:
    """A dull picture with a soft gradient."""
    rng = np.random.default_rng(3)
    picture = np.linspace(70, 120, 720)[:, None, None] + rng.normal(0, noise, (720, 1280, 3))
    return np.clip(cv2.GaussianBlur(picture, (5, 5), 0), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("ground", "ink", "angle"), [(235, 20, 0), (30, 220, 0), (235, 20, 7)])
def test_a_number_plate_is_found_dark_on_light_light_on_dark_and_tilted(ground: int, ink: int, angle: int) -> None:
    plate = np.full((60, 260, 3), ground, np.uint8)
    cv2.putText(plate, "B FG 2047", (12, 44), cv2.FONT_HERSHEY_DUPLEX, 1.35, (ink,) * 3, 3, cv2.LINE_AA)
    picture = road()
    turn = cv2.getRotationMatrix2D((130, 30), angle, 1)
    turn[:, 2] += (500, 400)
    mask = cv2.warpAffine(np.full((60, 260), 255, np.uint8), turn, (1280, 720))
    picture[mask > 0] = cv2.warpAffine(plate, turn, (1280, 720))[mask > 0]

    found = find_plates(cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8))

    assert any(abs(one.box.x_px + one.box.width_px / 2 - 630) < 60 and one.box.width_px > 140 for one in found)
    assert find_plates(road()) == []


def test_a_lit_screen_is_found_and_a_bright_picture_is_none() -> None:
    picture = road()
    corners = np.array([(300, 200), (760, 180), (770, 470), (310, 480)])
    cv2.fillConvexPoly(picture, corners, (230, 225, 220))

    (screen,) = find_screens(picture)

    assert (screen.box.x_px, screen.box.y_px) == pytest.approx((300, 180), abs=12)
    assert screen.what == "screen"
    assert find_screens(np.full((720, 1280, 3), 240, np.uint8)) == []


def test_what_an_owner_drew_is_hidden_at_its_times(show: Callable[..., Timeline]) -> None:
    timeline = show(39.0)

    drawn = (DrawnRegion(0.5, 0.25, 0.1, 0.2, 39.1, 39.5), DrawnRegion(0, 0, 1, 1))
    hiding = find_hidden(Path(timeline.source.path), timeline, hide=Hide.NOTHING, regions=drawn)

    first, second = hiding.tracks
    assert (first.keys[0].x_px, first.keys[0].width_px, first.is_round) == (960, 192, False)
    assert [to_seconds(key.at) for key in first.keys] == pytest.approx([39.1, 39.5])
    assert to_seconds(second.keys[-1].at) >= 39.8
    assert hiding.checks_faces is False


@pytest.mark.parametrize("region", [DrawnRegion(1.2, 0, 0.1, 0.1), DrawnRegion(0, 0, 0, 0.1), DrawnRegion(0, 0, 0.1, 0.1, 5, 4)])
def test_a_region_outside_of_picture_or_time_is_refused(region: DrawnRegion, show: Callable[..., Timeline]) -> None:
    with pytest.raises(InputError, match="region"):
        find_hidden(Path("x.mp4"), show(39.0), hide=Hide.NOTHING, regions=(region,))
