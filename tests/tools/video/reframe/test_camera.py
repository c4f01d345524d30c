"""The camera stands still, goes where the subject goes, and does not turn back more often than its budget allows."""

import math
import random
from itertools import pairwise

import pytest

from tools.video.geometry import crop_at
from tools.video.media import Span
from tools.video.reframe.camera import MOST_REVERSALS_PER_S, Leg, Point, plan_path, to_crops
from tools.video.timeline import to_ticks

WHOLE, SIZE, ZONE = 1920.0, 606.0, 100.0


def path(values: list[float], step_s: float = 1 / 3) -> tuple[Leg, ...]:
    points = [Point(n * step_s, value) for n, value in enumerate(values)]
    return plan_path(points, Span(0, len(values) * step_s), ZONE, SIZE, WHOLE)


def at(legs: tuple[Leg, ...], time_s: float) -> float:
    leg = next((one for one in legs if time_s < one.end_s), legs[-1])
    return leg.first + (leg.last - leg.first) * (time_s - leg.start_s) / (leg.end_s - leg.start_s)


def reversals(legs: tuple[Leg, ...]) -> int:
    ways = [leg.last - leg.first for leg in legs if abs(leg.last - leg.first) > 1]
    return sum(one * other < 0 for one, other in pairwise(ways))


def test_legs_join_without_a_jump_and_cover_the_span() -> None:
    chance = random.Random(5)
    for _ in range(60):
        x, values = 900.0, []
        for _ in range(chance.randint(1, 90)):
            x += chance.choice((0, 0, 0, 30, -30, 200, -250)) * chance.random()
            values.append(x)
        legs = path(values)
        assert legs[0].start_s == 0 and legs[-1].end_s == pytest.approx(len(values) / 3)
        for one, other in pairwise(legs):
            assert one.end_s == pytest.approx(other.start_s) and one.last == pytest.approx(other.first)
        assert reversals(legs) <= MOST_REVERSALS_PER_S * len(values) / 3


def test_nodding_and_one_false_box_move_nothing() -> None:
    nodding = [900 + 80 * math.sin(n) for n in range(60)]
    jumped = [900.0] * 60
    jumped[20] = 1700.0

    assert len(path(nodding)) == 1 and path(nodding)[0].first == path(nodding)[0].last
    assert path(jumped)[0] == Leg(0, 20, 900, 900)


def test_a_move_to_another_place_is_one_even_drift_about_when_it_happens() -> None:
    values = [500.0] * 30 + [500 + 90.0 * n for n in range(1, 7)] + [1040.0] * 30
    legs = path(values)

    moving = [leg for leg in legs if leg.first != leg.last]
    assert len(moving) == 1
    assert 9 <= moving[0].start_s <= 11 and 11 <= moving[0].end_s <= 13
    assert all(abs(at(legs, n / 3) - value) <= 0.3 * SIZE for n, value in enumerate(values))


def test_a_pan_is_one_even_way_that_stops_at_the_pictures_edge() -> None:
    values = [100 + 1700 * n / 59 for n in range(60)]
    legs = path(values)

    assert len([leg for leg in legs if leg.first != leg.last]) == 1
    assert all(SIZE / 2 - 1 <= end <= WHOLE - SIZE / 2 + 1 for leg in legs for end in (leg.first, leg.last))
    assert all(abs(at(legs, n / 3) - value) < 5 for n, value in enumerate(values) if 310 < value < 1600)


def test_who_paces_is_not_chased() -> None:
    values = [700 + 350 * math.sin(2 * math.pi * n / 12) for n in range(90)]  # to and fro every four seconds

    assert reversals(path(values)) <= MOST_REVERSALS_PER_S * 30


def test_no_drift_is_faster_than_a_hand() -> None:
    legs = path([500.0] * 20 + [1200.0] * 20)

    assert all(abs(leg.last - leg.first) / (leg.end_s - leg.start_s) <= 0.5 * SIZE for leg in legs if leg.first != leg.last)


def test_crops_follow_both_axes_without_jumps() -> None:
    across = (Leg(0, 4, 400, 400), Leg(4, 6, 400, 900), Leg(6, 10, 900, 900))
    down = (Leg(0, 5, 700, 700), Leg(5, 7, 700, 900), Leg(7, 10, 900, 900))
    crops = to_crops(across, down, (600, 800), (1920, 1600))

    seen = [crop_at(crops, to_ticks(n / 30), to_ticks(10)) for n in range(300)]
    assert (seen[0].x_px, seen[0].y_px, seen[-1].x_px, seen[-1].y_px) == (100, 300, 600, 500)
    assert all(abs(one.x_px - other.x_px) <= 10 and abs(one.y_px - other.y_px) <= 6 for one, other in pairwise(seen))
