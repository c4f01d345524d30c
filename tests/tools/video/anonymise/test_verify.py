"""The second look finds what the first one missed, says so, and fails closed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from memory.errors import InputError, StoppedError
from tools.video import models
from tools.video.additions import HiddenKey, HiddenTrack, Hiding, Look, LookKind
from tools.video.anonymise import cover_leaks, verify
from tools.video.anonymise.verify import chosen_frames
from tools.video.render import render
from tools.video.timeline import QUICK, Timeline, to_ticks

MAN = 39.0
FACE = (330.0, 150.0, 290.0, 370.0)


def track(start_s: float, end_s: float) -> HiddenTrack:
    return HiddenTrack((HiddenKey(to_ticks(start_s), *FACE), HiddenKey(to_ticks(end_s), *FACE)))


def test_a_face_that_comes_out_from_under_its_mask_is_a_leak_and_is_covered_by_a_second_try(
    show: Callable[..., Timeline], tmp_path: Path
) -> None:
    timeline = show(MAN, length_s=1.2, hiding=Hiding((track(MAN, MAN + 0.5),)))
    render(timeline, tmp_path / "leaking.mp4", preset=QUICK)

    found = verify(tmp_path / "leaking.mp4", timeline)
    again = cover_leaks(timeline, found)
    render(again, tmp_path / "covered.mp4", preset=QUICK)

    assert found.leaks
    assert all(leak.time_s > 0.45 and leak.box.x_px == pytest.approx(384, abs=60) for leak in found.leaks)
    assert verify(tmp_path / "covered.mp4", again).leaks == ()


def test_leaks_are_covered_where_they_are_through_a_crop_and_a_mirror(show: Callable[..., Timeline], tmp_path: Path) -> None:
    mirror = Look(LookKind.MIRROR)
    bare = show(MAN, length_s=0.5, crop=(200, 0, 608, 1080), width_px=1080, height_px=1920, hiding=Hiding(()), looks=(mirror,))
    render(bare, tmp_path / "bare.mp4", preset=QUICK)

    covered = cover_leaks(bare, verify(tmp_path / "bare.mp4", bare))
    render(covered, tmp_path / "covered.mp4", preset=QUICK)

    assert covered.hiding is not None
    key = covered.hiding.tracks[0].keys[0]
    assert (key.x_px + key.width_px / 2, key.y_px + key.height_px / 2) == pytest.approx((474, 333), abs=40)
    assert verify(tmp_path / "covered.mp4", covered).leaks == ()


def test_the_moments_at_which_a_mask_comes_or_goes_are_looked_at(show: Callable[..., Timeline]) -> None:
    without = chosen_frames(show(MAN, length_s=3.0))
    within = chosen_frames(show(MAN, length_s=3.0, hiding=Hiding((track(MAN + 0.63, MAN + 2.6),))))

    assert max(later - first for first, later in pairwise(without)) <= 12
    assert set(without) <= set(within)
    assert any(abs(frame - 19) <= 6 for frame in within) and any(abs(frame - 78) <= 6 for frame in within)


def test_without_its_weights_nothing_is_verified(show: Callable[..., Timeline], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "CENTERFACE", tmp_path / "gone.onnx")

    with pytest.raises(InputError, match=r"gone\.onnx is missing"):
        verify(tmp_path / "any.mp4", show(MAN))


def test_a_file_that_is_shorter_than_it_should_be_is_not_verified(show: Callable[..., Timeline], tmp_path: Path) -> None:
    short = show(MAN, length_s=0.5, hiding=Hiding((track(MAN, MAN + 5),)))
    render(short, tmp_path / "short.mp4", preset=QUICK)
    longer = replace(show(MAN, length_s=2.5), hiding=short.hiding)

    with pytest.raises(InputError, match="could be checked"):
        verify(tmp_path / "short.mp4", longer)
    with pytest.raises(StoppedError):
        verify(tmp_path / "short.mp4", short, cancel=lambda: True)
