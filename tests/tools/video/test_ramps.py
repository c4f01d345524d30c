"""Speed ramps as clips: whole frames, no gap, slowest where it was asked."""

from fractions import Fraction
from itertools import pairwise

import pytest

from memory.errors import InputError
from tools.video.ramps import ramp
from tools.video.timeline import TIME_BASE, Clip, Crop, CropFrom, Transition, TransitionKind, to_ticks

FPS = Fraction(30)
CLIP = Clip(
    to_ticks(2.0), to_ticks(6.0), (CropFrom(to_ticks(2.0), Crop(0, 0, 608, 1080), Crop(400, 0, 608, 1080)),),
    transition=Transition(TransitionKind.FADE, to_ticks(0.3)),
)  # fmt: skip


@pytest.mark.parametrize("at_s", [2.0, 2.2, 4.0, 5.9])
def test_the_pieces_follow_each_other_in_whole_frames(at_s: float) -> None:
    pieces = ramp(CLIP, to_ticks(at_s), 0.4, FPS)

    assert pieces[0].start == CLIP.start and CLIP.end - pieces[-1].end < to_ticks(1 / 30) and pieces[-1].end <= CLIP.end
    assert all(one.end == other.start for one, other in pairwise(pieces))
    for piece in pieces:
        frames = piece.duration * TIME_BASE * FPS
        assert abs(frames - round(frames)) < Fraction(1, 100) and piece.crops[0].start == piece.start


def test_it_is_slowest_at_the_instant_and_as_before_far_away() -> None:
    pieces = ramp(CLIP, to_ticks(4.0), 0.4, FPS)
    at = next(piece for piece in pieces if piece.start <= to_ticks(4.0) < piece.end)

    assert at.speed == min(piece.speed for piece in pieces) == pytest.approx(0.4)
    assert pieces[0].speed == pieces[-1].speed == 1.0 and max(abs(a.speed - b.speed) for a, b in pairwise(pieces)) < 0.2
    assert [piece.transition for piece in pieces] == [CLIP.transition] + [None] * (len(pieces) - 1)


def test_a_drift_goes_on_from_piece_to_piece() -> None:
    pieces = ramp(CLIP, to_ticks(4.0), 0.5, FPS)
    ends = [(piece.crops[0].crop.x_px, (piece.crops[-1].drift_to or piece.crops[-1].crop).x_px) for piece in pieces]

    assert ends[0][0] == 0 and ends[-1][1] >= 395 and all(abs(a[1] - b[0]) <= 1 for a, b in pairwise(ends))


def test_what_is_no_ramp_is_refused() -> None:
    with pytest.raises(InputError, match="slows down to"):
        ramp(CLIP, to_ticks(4.0), 2.0, FPS)
    with pytest.raises(InputError, match="outside"):
        ramp(CLIP, to_ticks(9.0), 0.5, FPS)
