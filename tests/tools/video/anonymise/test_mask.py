"""Where the mask lies: with crops that drift, zooms, panes, backdrops and transitions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.video.additions import HiddenKey, HiddenTrack, Hiding
from tools.video.anonymise.mask import box_at, draw_mask, mask_frames, mask_size, regions_at
from tools.video.geometry import Box
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Source, Timeline, Transition, TransitionKind, Zoom, to_ticks

SECOND = to_ticks(1)


def moving(*places: tuple[float, float], size: float = 100.0) -> HiddenTrack:
    """A square region whose middle is at these places, one a second."""
    return HiddenTrack(tuple(HiddenKey(n * SECOND, x - size / 2, y - size / 2, size, size) for n, (x, y) in enumerate(places)))


def timeline(*clips: Clip, tracks: tuple[HiddenTrack, ...]) -> Timeline:
    source = Source("x.mp4", "", 1920, 1080, 30.0, False)
    return Timeline(source, clips, Fraction(30), hiding=Hiding(tracks))


def clip(crop: Crop, *, start: int = 0, drift_to: Crop | None = None, **more: object) -> Clip:
    return Clip(start, start + SECOND, (CropFrom(start, crop, drift_to),), **more)  # type: ignore[arg-type]


def masks(of: Timeline) -> NDArray[np.uint8]:
    width, height = mask_size(of)
    frames = [np.frombuffer(frame, dtype=np.uint8)[: width * height].reshape(height, width) for frame in mask_frames(of)]
    return np.stack(frames)


def middle(mask: NDArray[np.uint8], of: Timeline) -> tuple[float, float]:
    """The centre of what is covered, in pixels of the timeline's picture."""
    rows, columns = np.nonzero(mask > 127)
    return (columns.mean() + 0.5) * of.width_px / mask.shape[1], (rows.mean() + 0.5) * of.height_px / mask.shape[0]


def test_a_region_moves_evenly_from_key_to_key_and_ends_with_its_last() -> None:
    track = moving((100, 100), (300, 100))

    assert box_at(track, SECOND // 2) == Box(150, 50, 100, 100)
    assert box_at(track, SECOND) == Box(250, 50, 100, 100)
    assert box_at(track, SECOND + 1) is None


def test_the_mask_has_a_frame_for_every_frame_and_covers_the_whole_region() -> None:
    of = timeline(clip(Crop(656, 0, 608, 1080)), tracks=(moving((960, 540), (960, 540)),))

    made = masks(of)

    assert len(made) == of.frames == 30
    assert middle(made[7], of) == pytest.approx((540, 960), abs=4)
    assert made[7][made.shape[1] // 2, made.shape[2] // 2] == 255
    inside = draw_mask(of, regions_at(of, of.hiding.tracks if of.hiding else (), 7), mask_size(of))
    assert (made[7][inside == 255] == 255).all()


def test_the_mask_follows_a_crop_that_drifts() -> None:
    of = timeline(clip(Crop(0, 0, 608, 1080), drift_to=Crop(400, 0, 608, 1080)), tracks=(moving((500, 540), (500, 540)),))

    made = masks(of)

    assert middle(made[0], of)[0] == pytest.approx(500 * 1080 / 608, abs=6)
    assert middle(made[15], of)[0] == pytest.approx(300 * 1080 / 608, abs=6)


def test_the_mask_grows_with_a_zoom() -> None:
    zoomed = clip(Crop(656, 0, 608, 1080), zoom=Zoom(1.0, 2.0, 0.5, 0.5))
    of = timeline(zoomed, tracks=(moving((960, 540), (960, 540)),))

    made = masks(of)

    assert (made[29] > 127).sum() > 3 * (made[0] > 127).sum()


def test_each_pane_of_a_split_hides_its_own_part() -> None:
    pane = Crop(0, 0, 1080, 960)
    split = Clip(0, SECOND, (CropFrom(0, pane),), Layout.SPLIT, (CropFrom(0, Crop(840, 100, 1080, 960)),))
    of = timeline(split, tracks=(moving((300, 500), (300, 500)), moving((1500, 500), (1500, 500))))

    made = masks(of)[3]

    upper, lower = made[: made.shape[0] // 2], made[made.shape[0] // 2 :]
    assert (upper > 127).sum() == pytest.approx((lower > 127).sum(), rel=0.2)


def test_the_blurred_backdrop_is_covered_too() -> None:
    blurred = Clip(0, SECOND, (CropFrom(0, Crop(0, 0, 1920, 1080)),), Layout.BLURRED)
    of = timeline(blurred, tracks=(moving((960, 540), (960, 540)),))
    full = timeline(replace(blurred, layout=Layout.FULL), tracks=(moving((960, 540), (960, 540)),))

    places = regions_at(of, of.hiding.tracks if of.hiding else (), 0)

    assert len(places) == 2
    assert places[1].seen.width_px > 2 * places[0].seen.width_px
    assert len(regions_at(full, full.hiding.tracks if full.hiding else (), 0)) == 1


def test_half_a_face_at_the_edge_is_an_oval_around_its_true_middle() -> None:
    of = timeline(clip(Crop(960, 0, 608, 1080)), tracks=(moving((960, 540), (960, 540), size=200),))

    made = masks(of)[0]

    rows = np.nonzero(made[:, 0] > 127)[0]
    assert len(rows) * 1920 / made.shape[0] == pytest.approx(200 * 1080 / 608, rel=0.06)


def test_a_transition_goes_on_hiding_the_clip_before() -> None:
    first = clip(Crop(0, 0, 608, 1080))
    second = clip(Crop(1300, 0, 608, 1080), start=4 * SECOND, transition=Transition(TransitionKind.FADE, SECOND // 2))
    face = HiddenTrack(tuple(HiddenKey(n * SECOND, 200, 500, 100, 100) for n in range(3)))
    of = timeline(first, second, tracks=(face,))

    made = masks(of)

    assert all((made[frame] > 127).any() for frame in range(45))
    assert not made[46:].any()


@pytest.mark.parametrize(("kind", "axis"), [(TransitionKind.SLIDE_LEFT, 0), (TransitionKind.SLIDE_UP, 1)])
def test_a_slide_takes_the_mask_with_it(kind: TransitionKind, axis: int) -> None:
    first = clip(Crop(0, 0, 608, 1080))
    second = clip(Crop(1300, 0, 608, 1080), start=4 * SECOND, transition=Transition(kind, SECOND))
    face = HiddenTrack(tuple(HiddenKey(n * SECOND, 254, 490, 100, 100) for n in range(4)))
    of = timeline(first, second, tracks=(face,))

    made = masks(of)

    before, half = middle(made[0], of)[axis], middle(made[38], of)[axis]
    assert half == pytest.approx(before - (1080, 1920)[axis] * 8 / 30, abs=20)


def test_faces_of_another_file_are_not_looked_for_in_the_source() -> None:
    of = timeline(clip(Crop(656, 0, 608, 1080)), tracks=(replace(moving((960, 540), (960, 540)), media="asset:3"),))

    assert not masks(of).any()


def test_the_cut_between_two_crops_is_covered_on_both_sides() -> None:
    parts = (CropFrom(0, Crop(0, 0, 608, 1080)), CropFrom(SECOND // 2, Crop(600, 0, 608, 1080)))
    of = timeline(Clip(0, SECOND, parts), tracks=(moving((604, 540), (604, 540)),))

    at_the_cut = regions_at(of, of.hiding.tracks if of.hiding else (), 15)

    assert {round(place.whole.x_px) < 540 for place in at_the_cut} == {True, False}
