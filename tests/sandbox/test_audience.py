from dataclasses import astuple

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.audience import age_of_order, make_profile, mean_retention, numbers, orders, reach, retention

seeds = st.integers(0, 2**32)
ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=11, max_size=11)
lengths = st.floats(0, 43_200)
hours = st.integers(0, 23)
ages = st.floats(0, 10 * 365 * 86_400)


@given(seeds, ids, lengths, hours, ages, ages)
def test_numbers_never_shrink_and_are_whole(seed: int, video_id: str, length: float, hour: int, one: float, other: float) -> None:
    profile = make_profile(seed, video_id, length, hour)
    early, late = (astuple(numbers(profile, age)) for age in sorted((one, other)))

    assert all(isinstance(value, int) and 0 <= before <= value for before, value in zip(early, late, strict=True))


@given(seeds, ids, lengths, hours, ages)
def test_the_same_arguments_give_the_same_numbers(seed: int, video_id: str, length: float, hour: int, age: float) -> None:
    first, second = (numbers(make_profile(seed, video_id, length, hour), age) for _ in range(2))

    assert first == second


@given(seeds, ids, lengths, hours, ages)
def test_parts_never_exceed_the_whole(seed: int, video_id: str, length: float, hour: int, age: float) -> None:
    profile = make_profile(seed, video_id, length, hour)
    seen = numbers(profile, age)

    assert max(seen.engaged_views, seen.likes, seen.comments, seen.shares, seen.subscribers) <= seen.views
    assert retention(profile, 1.0) <= mean_retention(profile) <= retention(profile, 0.0)


@settings(max_examples=50)
@given(seeds, ids, hours)
def test_an_order_is_placed_when_the_expected_orders_reach_it(seed: int, video_id: str, hour: int) -> None:
    profile = make_profile(seed, video_id, 30, hour)
    upto = 30 * 86_400
    wanted = orders(profile, upto) / 2

    age = age_of_order(profile, wanted, upto)

    assert orders(profile, age - 0.2) < wanted <= orders(profile, age + 0.2)


def test_some_videos_take_off_and_some_decay() -> None:
    profiles = [make_profile(7, f"video-{n:05}", 30, 18) for n in range(400)]
    after_a_day = [reach(profile, 86_400) for profile in profiles]
    after_an_hour = [reach(profile, 3600) for profile in profiles]

    assert 0.3 < sum(profile.wave_views > 0 for profile in profiles) / 400 < 0.9
    assert max(after_a_day) > 20 * sorted(after_a_day)[40]
    assert all(10 < views < 5000 for views in after_an_hour)
