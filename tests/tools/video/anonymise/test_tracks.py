"""Sightings to regions: gaps filled, carried on at both ends, no further than the shot."""

from tools.video.additions import HiddenTrack
from tools.video.anonymise.looks import Look, Sighting
from tools.video.anonymise.mask import box_at
from tools.video.anonymise.tracks import follow, to_hidden
from tools.video.geometry import Box
from tools.video.timeline import to_seconds, to_ticks

FRAME = to_ticks(1 / 30)


def face(x: float, y: float = 300.0, score: float = 0.9, size: float = 60.0) -> Sighting:
    return Sighting(Box(x, y, size, size), score)


def looks(*found: tuple[Sighting, ...], cuts: tuple[int, ...] = ()) -> list[Look]:
    return [Look(to_ticks(n / 10), n in cuts, faces) for n, faces in enumerate(found)]


def hidden(known: list[Look], end_s: float = 10.0) -> list[HiddenTrack]:
    return [to_hidden(track) for track in follow(known, 0, to_ticks(end_s), FRAME, 1280)]


def covers(track: HiddenTrack, at_s: float, sighting: Sighting) -> bool:
    box = box_at(track, to_ticks(at_s))
    if box is None:
        return False
    inner = sighting.box
    left, top = box.x_px <= inner.x_px, box.y_px <= inner.y_px
    right = box.x_px + box.width_px >= inner.x_px + inner.width_px
    return left and top and right and box.y_px + box.height_px >= inner.y_px + inner.height_px


def test_a_gap_is_filled_and_both_ends_are_carried_on() -> None:
    seen = [() for _ in range(20)] + [(face(500 + 2 * n),) for n in range(10)] + [() for _ in range(9)] + [(face(540),)] * 6
    (track,) = hidden(looks(*seen, *[()] * 20))

    assert all(covers(track, at_s, face(500 + 2 * (at_s * 10 - 20))) for at_s in (2.0, 2.35, 2.9))
    assert covers(track, 3.4, face(529))
    assert 1.0 < to_seconds(track.keys[0].at) < 2.0
    assert 4.4 < to_seconds(track.keys[-1].at) < 6.0


def test_a_track_ends_where_the_shot_does() -> None:
    first, second = hidden(looks(*[(face(300),)] * 10, *[(face(900),)] * 10, cuts=(10,)), end_s=2.0)

    assert to_seconds(first.keys[-1].at) < 1.0 <= to_seconds(second.keys[0].at)


def test_every_sighting_lies_in_its_region_with_few_keys() -> None:
    path = [(face(200 + 30 * n + 9 * (n % 3), 300 + 8 * (n % 2)),) for n in range(30)]
    (track,) = hidden(looks(*path), end_s=3.0)

    assert all(covers(track, n / 10, sightings[0]) for n, sightings in enumerate(path))
    assert len(track.keys) <= 5 * 3 + 2  # and one to carry it on


def test_what_moves_faster_gets_a_wider_margin() -> None:
    (still,) = hidden(looks(*[(face(500),)] * 10))
    (quick,) = hidden(looks(*[(face(200 + 40 * n),) for n in range(10)]))

    assert quick.keys[2].width_px > still.keys[-1].width_px * 1.2


def test_two_faces_that_pass_keep_their_own_tracks() -> None:
    tracks = hidden(looks(*[(face(200 + 40 * n, 200), face(600 - 40 * n, 400)) for n in range(11)]))

    assert len(tracks) == 2
    assert all(len({round(key.y_px, -2) for key in track.keys}) == 1 for track in tracks)


def test_a_doubtful_pattern_seen_once_is_no_face_but_seen_often_it_is() -> None:
    assert hidden(looks((face(300, score=0.55),), (), ())) == []
    assert len(hidden(looks(*[(face(300, score=0.55),)] * 3))) == 1
    assert len(hidden(looks((face(300, score=0.8),), (), ()))) == 1


def test_small_faces_are_followed_through_a_quick_pan_from_their_first_sighting() -> None:
    tracks = hidden(looks(*[(face(900 - 25 * n, size=16), face(700 - 25 * n, 500, size=14)) for n in range(12)]))

    assert len(tracks) == 2
    assert covers(tracks[0], 1.5, face(900 - 25 * 15, size=16))
