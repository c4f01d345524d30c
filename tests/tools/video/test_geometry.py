"""Places of the source followed into the frame: panes, crops over time, zooms, and what lies outside."""

import pytest

from tools.video.additions import Rect
from tools.video.geometry import Box, clip_panes, crop_at, pane_areas, to_frame
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Source, Timeline, Zoom, output_rate, to_ticks

SOURCE = Source("s.mp4", "f", 1920, 1080, 30.0, True)
MIDDLE = Crop(656, 0, 608, 1080)


def one_clip(clip: Clip) -> Timeline:
    return Timeline(SOURCE, (clip,), output_rate(30.0))


def test_a_full_frame_shows_the_crop_enlarged() -> None:
    clip = Clip(0, to_ticks(2), (CropFrom(0, MIDDLE),))

    (found,) = to_frame(one_clip(clip), clip, 0, Box(656 + 304, 540, 100, 100))

    assert found == pytest.approx((540, 960, 100 * 1080 / 608, 100 * 1920 / 1080), rel=0.01)


def test_what_the_crop_leaves_out_is_nowhere() -> None:
    clip = Clip(0, to_ticks(2), (CropFrom(0, MIDDLE),))

    assert to_frame(one_clip(clip), clip, 0, Box(0, 0, 600, 600)) == []


def test_a_drifting_crop_is_followed() -> None:
    crops = (CropFrom(0, Crop(0, 0, 608, 1080), Crop(600, 0, 608, 1080)),)

    assert [crop_at(crops, at, 100).x_px for at in (0, 50, 100)] == [0, 300, 600]


def test_split_panes_share_a_tall_frame_and_a_wide_one() -> None:
    assert pane_areas(Layout.SPLIT, (1080, 1920), (1080, 960)) == (Rect(0, 0, 1080, 960), Rect(0, 960, 1080, 960))
    assert pane_areas(Layout.SPLIT, (1920, 1080), (960, 1080)) == (Rect(0, 0, 960, 1080), Rect(960, 0, 960, 1080))


def test_a_screen_keeps_its_aspect_and_the_face_gets_the_rest() -> None:
    screen, face = pane_areas(Layout.SCREEN_FACE, (1080, 1920), (1920, 1080))

    assert screen == Rect(0, 0, 1080, 606) and face == Rect(0, 606, 1080, 1314)


def test_a_face_in_two_panes_is_seen_twice_and_behind_a_blur_too() -> None:
    split = Clip(0, 100, (CropFrom(0, Crop(0, 0, 960, 852)),), Layout.SPLIT, (CropFrom(0, Crop(100, 0, 960, 852)),))
    blurred = Clip(0, 100, (CropFrom(0, Crop(0, 0, 1920, 1080)),), Layout.BLURRED)

    assert len(to_frame(one_clip(split), split, 0, Box(300, 300, 50, 50))) == 2
    assert len(to_frame(one_clip(blurred), blurred, 0, Box(900, 500, 50, 50))) == 2
    assert len(clip_panes(one_clip(blurred), blurred)) == 1


def test_a_zoom_keeps_its_focus_in_place() -> None:
    clip = Clip(0, to_ticks(2), (CropFrom(0, MIDDLE),), zoom=Zoom(1.0, 2.0, 0.5, 0.5))
    at_focus = Box(656 + 304, 540, 0.001, 0.001)

    for elapsed in (0, to_ticks(1), to_ticks(2)):
        (found,) = to_frame(one_clip(clip), clip, elapsed, at_focus)
        assert (found.x_px, found.y_px) == pytest.approx((540, 960), abs=0.1)


def test_a_faster_clip_is_shorter_and_shows_its_source_sooner() -> None:
    clip = Clip(to_ticks(1), to_ticks(5), (CropFrom(to_ticks(1), MIDDLE),), speed=2.0)

    assert clip.duration == to_ticks(2)
    assert clip.source_at(to_ticks(1)) == to_ticks(3)
