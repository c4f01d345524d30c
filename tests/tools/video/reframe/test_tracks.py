"""Boxes of one person are one track: through gaps, past each other, and without the false finds."""

import pytest

from tools.video.media import FaceBox, FaceSample, Span
from tools.video.reframe.tracks import link_faces

SHOT = Span(0, 10)


def box(x: float, width: float = 200, y: float = 300, mouth: float = -1.0) -> FaceBox:
    return FaceBox(x, y, width, width * 1.2, 0.9, mouth)


def samples(*rows: tuple[float, ...]) -> tuple[FaceSample, ...]:
    """A sample each third of a second with faces at these left edges."""
    return tuple(FaceSample(round(n / 3, 3), tuple(box(x) for x in row)) for n, row in enumerate(rows))


def test_two_people_stay_two_whatever_order_their_boxes_come_in() -> None:
    rows = [(100.0, 900.0) if n % 2 else (900.0, 100.0) for n in range(20)]
    tracks = link_faces(samples(*rows), SHOT)

    assert sorted(track.center[0] for track in tracks) == [200, 1000]
    assert all(len(track.boxes) == 20 for track in tracks)


def test_somebody_who_turns_away_for_two_seconds_is_the_same_person() -> None:
    tracks = link_faces(samples(*[(500.0,)] * 8, *[()] * 6, *[(530.0,)] * 8), SHOT)

    assert len(tracks) == 1 and len(tracks[0].boxes) == 16


def test_people_who_walk_past_each_other_keep_their_identity() -> None:
    rows = [(100 + 60.0 * n, 1300 - 60.0 * n) for n in range(21)]
    tracks = link_faces(samples(*rows), SHOT)

    assert len(tracks) == 2
    for track in tracks:
        edges = [one.x_px for one in track.boxes]
        assert edges == sorted(edges) or edges == sorted(edges, reverse=True)


def test_a_face_of_another_size_at_the_same_place_is_another_person() -> None:
    near = tuple(FaceSample(n / 3, (box(500, 100),)) for n in range(10))
    far = tuple(FaceSample(4 + n / 3, (box(450, 300),)) for n in range(10))

    assert len(link_faces((*near, *far), SHOT)) == 2


def test_a_find_in_one_sample_of_many_is_no_person_but_a_lone_find_is() -> None:
    rows: list[tuple[float, ...]] = [(500.0,)] * 20
    rows[7] = (500.0, 1500.0)

    assert len(link_faces(samples(*rows), SHOT)) == 1
    assert len(link_faces((FaceSample(5.0, (box(1500),)),), SHOT)) == 1


def test_a_shot_has_only_its_own_faces() -> None:
    tracks = link_faces(samples(*[(500.0,)] * 30), Span(2, 4))

    assert all(2 <= at < 4 for at in tracks[0].times_s)
    assert link_faces((), SHOT) == ()


@pytest.mark.parametrize(("known", "has_mouth"), [(9, True), (3, False)])
def test_a_mouth_is_known_when_half_of_its_samples_are(known: int, has_mouth: bool) -> None:
    seen = tuple(FaceSample(n / 3, (box(500, mouth=1.0 if n < known else -1.0),)) for n in range(10))

    assert link_faces(seen, SHOT)[0].has_mouth is has_mouth
