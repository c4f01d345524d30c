import random
import time

from tools.discovery.dedupe import group_keys
from tools.discovery.words import topic_key


def test_reworded_titles_are_one_group_and_others_stay_apart() -> None:
    titles = ["Heat pumps beat gas boilers in cold climates", "Heat pumps beat gas boilers in a cold climate", "Lunar lander lost"]
    a, b, c = (topic_key(title) for title in titles)

    groups = group_keys([a, b, c])

    assert groups[a] == groups[b] != groups[c]


def test_titles_with_different_numbers_are_different_stories() -> None:
    first, second = topic_key("Python 3.14 is released today"), topic_key("Python 3.15 is released today")

    groups = group_keys([first, second])

    assert groups[first] != groups[second]


def test_a_known_topic_takes_in_its_rewording() -> None:
    known, key = topic_key("Balcony solar explained in one minute"), topic_key("Balcony solar explained in a minute, one")

    assert group_keys([key], [known])[key] == known


def test_groups_do_not_depend_on_the_order_of_the_input() -> None:
    keys = [topic_key(title) for title in planted_titles(400)]

    assert group_keys(keys) == group_keys(keys[::-1])


def test_ten_thousand_titles_are_grouped_within_seconds_and_copies_are_found() -> None:
    titles = planted_titles(10_000)
    started = time.perf_counter()

    keys = [topic_key(title) for title in titles]
    groups = group_keys(keys)
    took_s = time.perf_counter() - started

    originals = len(titles) * 4 // 5
    found = sum(groups[keys[originals + n]] == groups[keys[n]] for n in range(len(titles) - originals))
    assert found >= 0.97 * (len(titles) - originals)
    assert took_s < 15  # about 1 s on two idle cores


def test_ten_thousand_titles_that_are_nearly_the_same_take_no_longer() -> None:
    started = time.perf_counter()

    group_keys(
        [f"the same long story told again and again {chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(10_000)]
    )

    assert time.perf_counter() - started < 15


def planted_titles(count: int) -> list[str]:
    """Four fifths random titles, then a near-copy of each of the first: a suffix, another case, words in another order."""
    draw = random.Random(7)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(4, 9))) for _ in range(3000)]
    titles = [" ".join(draw.choices(words, k=9)) for _ in range(count * 4 // 5)]
    changes = (lambda t: t + " live", str.upper, lambda t: " ".join(reversed(t.split())))
    return titles + [changes[n % 3](title) for n, title in enumerate(titles[: count - len(titles)])]
