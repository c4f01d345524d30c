"""Crops stay inside the picture and keep the face in."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.video.geometry import crop_at
from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span
from tools.video.reframe import crop_size, plan_crops
from tools.video.timeline import Crop, to_ticks

SPAN = Span(0, 10)


def analysis(width: int, height: int, faces: tuple[FaceSample, ...] = (), shots: tuple[Span, ...] = ()) -> Analysis:
    return Analysis(Probe(10, width, height, 30, 0, True, True), faces=faces, shots=shots)


boxes = st.builds(FaceBox, st.floats(-200, 4000), st.floats(-200, 4000), st.floats(1, 2000), st.floats(1, 2000), st.floats(0, 1))
samples = st.lists(st.builds(FaceSample, st.floats(0, 9.9), st.lists(boxes, max_size=4).map(tuple)), max_size=12).map(tuple)


@given(st.integers(2, 7680), st.integers(2, 4320), samples, st.lists(st.floats(0.1, 9.9), max_size=5, unique=True))
def test_every_crop_is_even_and_inside_the_picture(width: int, height: int, faces: tuple[FaceSample, ...], cuts: list[float]) -> None:
    edges = [0.0, *sorted(cuts), 10.0]
    shots = tuple(Span(a, b) for a, b in pairwise(edges))
    crops = plan_crops(analysis(width, height, faces, shots), SPAN)

    assert crops[0].start == 0
    assert [one.start for one in crops] == sorted({one.start for one in crops})
    assert len({(one.crop.width_px, one.crop.height_px) for one in crops}) == 1
    for crop in (crop for one in crops for crop in (one.crop, one.drift_to or one.crop)):
        assert min(crop.width_px, crop.height_px) >= 2
        assert all(value % 2 == 0 for value in (crop.x_px, crop.y_px, crop.width_px, crop.height_px))
        assert 0 <= crop.x_px <= width - crop.width_px
        assert 0 <= crop.y_px <= height - crop.height_px


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        pytest.param((1920, 1080), (606, 1080), id="wide"),
        pytest.param((1080, 1920), (1080, 1920), id="vertical"),
        pytest.param((1000, 1000), (562, 1000), id="square"),
        pytest.param((720, 3000), (720, 1280), id="taller-than-the-target"),
        pytest.param((64, 64), (36, 64), id="tiny"),
    ],
)
def test_the_crop_is_the_largest_even_nine_to_sixteen(picture: tuple[int, int], expected: tuple[int, int]) -> None:
    assert crop_size(*picture) == expected


def test_without_faces_the_middle_is_shown() -> None:
    assert plan_crops(analysis(1920, 1080), SPAN)[0].crop == Crop(656, 0, 606, 1080)


def test_each_shot_follows_its_own_face() -> None:
    faces = (FaceSample(2, (FaceBox(100, 300, 200, 200, 0.9),)), FaceSample(7, (FaceBox(1500, 300, 200, 200, 0.9),)))
    crops = plan_crops(analysis(1920, 1080, faces, (Span(0, 5), Span(5, 10))), SPAN)

    assert [one.start for one in crops] == [0, to_ticks(5)]
    assert crops[0].crop.x_px <= 100 and crops[0].crop.x_px + 606 >= 300
    assert crops[1].crop.x_px <= 1500 and crops[1].crop.x_px + 606 >= 1700


def test_the_face_that_stays_wins_over_one_that_passes() -> None:
    staying = tuple(FaceSample(n, (FaceBox(1400, 300, 200, 200, 0.9),)) for n in range(9))
    passing = (FaceSample(9, (FaceBox(50, 300, 260, 260, 0.9), FaceBox(1400, 300, 200, 200, 0.9))),)
    crop = plan_crops(analysis(1920, 1080, (*staying, *passing)), SPAN)[0].crop

    assert crop.x_px <= 1400 and crop.x_px + crop.width_px >= 1600


def test_two_people_side_by_side_are_both_shown() -> None:
    pair = tuple(FaceSample(n, (FaceBox(700, 300, 180, 180, 0.9), FaceBox(1020, 300, 170, 170, 0.9))) for n in range(10))
    crop = plan_crops(analysis(1920, 1080, pair), SPAN)[0].crop

    assert crop.x_px <= 700 and crop.x_px + crop.width_px >= 1190


def test_a_pan_keeps_the_face_in_the_crop_and_a_nod_does_not_move_it() -> None:
    pan = tuple(FaceSample(n / 4, (FaceBox(100 + 25 * n, 300, 200, 200, 0.9),)) for n in range(40))
    nod = tuple(FaceSample(n / 4, (FaceBox(800 + 40 * (n % 2), 300, 200, 200, 0.9),)) for n in range(40))
    moving, still = (plan_crops(analysis(1920, 1080, faces), SPAN) for faces in (pan, nod))

    assert len(still) == 1 and still[0].drift_to is None
    assert sum(part.drift_to is not None for part in moving) == 1
    for sample in pan:
        x = crop_at(moving, to_ticks(sample.time_s), to_ticks(10)).x_px
        assert x <= sample.boxes[0].x_px and sample.boxes[0].x_px + 200 <= x + 606
