from datetime import UTC, datetime, timedelta

import pytest

from tools.discovery.velocity import measure_velocity

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def series(*points: int | None, minutes: float = 60) -> list[tuple[datetime, int | None]]:
    return [(START + timedelta(minutes=minutes * n), value) for n, value in enumerate(points)]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param([], id="nothing"),
        pytest.param(series(900), id="one look"),
        pytest.param(series(None, None, None), id="a source without a counter"),
        pytest.param(series(None, 5), id="one counter"),
        pytest.param(series(10, 40, minutes=0.5), id="half a minute apart"),
        pytest.param(series(100, 0), id="a reset and nothing after"),
    ],
)
def test_without_two_usable_observations_there_is_no_data(seen: list[tuple[datetime, int | None]]) -> None:
    assert measure_velocity(seen) is None


def test_two_looks_give_points_per_hour() -> None:
    velocity = measure_velocity(series(10, 40, minutes=30))

    assert velocity == (60.0, 2, 0.5)


def test_a_thing_that_stands_still_has_a_velocity_of_zero() -> None:
    velocity = measure_velocity(series(7, 7))

    assert velocity is not None and velocity.per_hour == 0


def test_a_reset_makes_neither_a_negative_speed_nor_a_jump() -> None:
    velocity = measure_velocity(series(100, 160, 0, 60, 120))

    assert velocity is not None and velocity.per_hour == 60


def test_the_order_of_the_observations_does_not_matter() -> None:
    seen = series(1, 5, 9, 40)

    assert measure_velocity(reversed(seen)) == measure_velocity(seen)
