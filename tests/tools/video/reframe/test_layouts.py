"""Each stretch in the layout that shows it best; every clip whole frames, one size, panes filled without distortion."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import InputError
from tools.video.geometry import crop_at, pane_areas
from tools.video.media import Analysis, FaceBox, FaceSample, Inset, Probe, Span, TextArea
from tools.video.reframe import plan_clips
from tools.video.timeline import ASPECTS, TIME_BASE, Clip, Layout, to_seconds, to_ticks, whole_frames

FPS = Fraction(30)
SPEECH = (Span(0, 30),)


def analysis(width: int, height: int, faces: tuple[FaceSample, ...] = (), **more: object) -> Analysis:
    return Analysis(Probe(30, width, height, 30, 0, True, True), faces=faces, **more)  # type: ignore[arg-type]


def people(*boxes: FaceBox, seconds: float = 30) -> tuple[FaceSample, ...]:
    return tuple(FaceSample(n / 3, boxes) for n in range(int(3 * seconds)))


def turns(length_s: float, *places: tuple[float, float]) -> tuple[FaceSample, ...]:
    """Two people at these places and sizes whose mouths move in turns."""
    samples = []
    for n in range(90):
        speaker = int(n / 3 / length_s) % len(places)
        samples.append(
            FaceSample(n / 3, tuple(FaceBox(x, 300, w, 1.2 * w, 0.9, 5.0 if k == speaker else 0.1) for k, (x, w) in enumerate(places)))
        )
    return tuple(samples)


def plan(source: Analysis, aspect: str = "9:16", **more: bool) -> tuple[Clip, ...]:
    clips = plan_clips(source, [Span(0, 30)], FPS, aspect=aspect, **more)
    check(clips, source, aspect)
    return clips


def check(clips: tuple[Clip, ...], source: Analysis, aspect: str) -> None:
    """What holds for every plan."""
    for clip in clips:
        frames = clip.duration * TIME_BASE * FPS
        assert abs(frames - round(frames)) < Fraction(1, 1000) and clip.duration > 0
        assert clip.crops[0].start == clip.start
        panes = pane_areas(clip.layout, ASPECTS[aspect], (clip.crops[0].crop.width_px, clip.crops[0].crop.height_px))
        assert len(panes) == (2 if clip.second else 1)
        for pane, crops in zip(panes, (clip.crops, clip.second), strict=False):
            assert [one.start for one in crops] == sorted({one.start for one in crops})
            assert all(clip.start <= one.start < clip.end for one in crops)
            assert len({(one.crop.width_px, one.crop.height_px) for one in crops}) == 1
            for crop in (crop for one in crops for crop in (one.crop, one.drift_to or one.crop)):
                assert all(value % 2 == 0 for value in (crop.x_px, crop.y_px, crop.width_px, crop.height_px))
                assert 0 <= crop.x_px <= source.probe.width_px - crop.width_px
                assert 0 <= crop.y_px <= source.probe.height_px - crop.height_px
                if min(crop.width_px, crop.height_px) >= 100:  # an even size of a tiny crop is no exact aspect
                    assert crop.width_px / crop.height_px == pytest.approx(pane.width_px / pane.height_px, rel=0.03)
    for one, other in pairwise(clips):
        assert one.end == other.start


def test_two_in_quick_turns_share_the_frame() -> None:
    (clip,) = plan(analysis(1920, 1080, turns(2.5, (150, 200), (1550, 190)), speech=SPEECH))

    assert clip.layout is Layout.SPLIT
    upper, lower = clip.crops[0].crop, clip.second[0].crop
    assert upper.x_px <= 150 and upper.x_px + upper.width_px >= 350
    assert lower.x_px <= 1550 and lower.x_px + lower.width_px >= 1740
    assert upper.x_px + upper.width_px < 1550  # the neighbour's face is not in it


def test_long_turns_are_cuts_from_speaker_to_speaker_and_no_more_than_one_in_two_seconds() -> None:
    for allow in (True, False):
        (clip,) = plan(analysis(1920, 1080, turns(7.5, (150, 200), (1550, 190)), speech=SPEECH), allow_layouts=allow)
        assert clip.layout is Layout.FULL
        assert [part.crop.x_px < 900 for part in clip.crops] == [True, False, True, False]
        assert all(to_seconds(other.start - one.start) >= 2 for one, other in pairwise(clip.crops))


def test_two_who_fit_are_both_in_a_still_crop() -> None:
    (clip,) = plan(analysis(1920, 1080, turns(2.5, (700, 180), (1020, 170)), speech=SPEECH))

    assert clip.layout is Layout.FULL and len(clip.crops) == 1
    assert clip.crops[0].crop.x_px <= 700 and clip.crops[0].crop.x_px + 606 >= 1190


def test_three_who_do_not_fit_are_shown_whole_where_nobody_is_heard() -> None:
    three = people(FaceBox(200, 300, 180, 220, 0.9), FaceBox(850, 300, 180, 220, 0.9), FaceBox(1500, 300, 180, 220, 0.9))
    (clip,) = plan(analysis(1920, 1080, three))

    assert clip.layout is Layout.BLURRED
    assert clip.crops[0].crop.x_px <= 200 and clip.crops[0].crop.x_px + clip.crops[0].crop.width_px >= 1680


@pytest.mark.parametrize("aspect", ["9:16", "1:1", "4:5"])
def test_a_webcam_over_a_screen_cast_gets_its_own_pane(aspect: str) -> None:
    texts = tuple(TextArea(0, 30, 1010, 200 + 90 * n, 720, 80) for n in range(4))
    (clip,) = plan(analysis(1920, 1080, people(FaceBox(370, 208, 192, 262, 0.9)), texts=texts), aspect)

    assert clip.layout is Layout.SCREEN_FACE
    screen, face = clip.crops[0].crop, clip.second[0].crop
    assert screen.x_px <= 1010 and screen.x_px + screen.width_px >= 1730
    assert face.x_px <= 370 and face.x_px + face.width_px >= 562 and face.y_px <= 208 and face.y_px + face.height_px >= 470


@pytest.mark.parametrize("aspect", ["9:16", "1:1", "4:5"])
def test_a_known_window_fills_the_faces_pane_and_nothing_beside_it(aspect: str) -> None:
    inset = Inset(0, 30, 132, 69, 759, 567)
    (clip,) = plan(analysis(1920, 1080, people(FaceBox(370, 208, 192, 262, 0.9)), insets=(inset,)), aspect)

    assert clip.layout is Layout.SCREEN_FACE
    screen, face = clip.crops[0].crop, clip.second[0].crop
    assert screen.x_px >= 132 + 759
    assert face.x_px >= 132 - 2 and face.x_px + face.width_px <= 132 + 759 + 2
    assert face.y_px >= 69 - 2 and face.y_px + face.height_px <= 69 + 567 + 2


def test_a_board_behind_somebody_standing_is_no_webcam() -> None:
    board = Inset(0, 30, 60, 69, 700, 1011)  # its lower edge is not seen
    (clip,) = plan(analysis(1920, 1080, people(FaceBox(370, 208, 192, 262, 0.9)), insets=(board,)))

    assert clip.layout is Layout.FULL


def test_somebody_beside_a_wall_is_no_webcam() -> None:
    (clip,) = plan(analysis(1920, 1080, people(FaceBox(370, 208, 192, 262, 0.9))))

    assert clip.layout is Layout.FULL


def test_wide_text_without_faces_is_shown_whole_and_narrow_text_in_the_crop() -> None:
    wide = plan(analysis(1920, 1080, texts=(TextArea(0, 30, 200, 400, 1500, 120),)))[0]
    narrow = plan(analysis(1920, 1080, texts=(TextArea(0, 30, 1300, 400, 420, 120),)))[0]

    assert wide.layout is Layout.BLURRED and wide.crops[0].crop.x_px <= 200
    assert wide.crops[0].crop.x_px + wide.crops[0].crop.width_px >= 1700
    assert narrow.layout is Layout.FULL and narrow.crops[0].crop.x_px <= 1300 <= 1720 <= narrow.crops[0].crop.x_px + 606


def test_a_face_wider_than_the_crop_is_not_cut_off() -> None:
    (clip,) = plan(analysis(1920, 1080, people(FaceBox(500, 50, 800, 1000, 0.9))))

    assert clip.layout is Layout.BLURRED
    assert clip.crops[0].crop.x_px <= 500 and clip.crops[0].crop.x_px + clip.crops[0].crop.width_px >= 1300


def test_who_runs_to_and_fro_is_shown_wider_instead_of_chased() -> None:
    running = tuple(FaceSample(n / 3, (FaceBox(200.0 if (n // 3) % 2 else 1500.0, 300, 120, 150, 0.9),)) for n in range(90))
    clips = plan(analysis(1920, 1080, running))

    assert sum(to_seconds(clip.duration) for clip in clips) == pytest.approx(30)
    assert all(clip.layout is Layout.BLURRED or len(clip.crops) <= 8 for clip in clips)


def test_a_small_face_in_4k_is_brought_nearer_but_not_to_pixels() -> None:
    (clip,) = plan(analysis(3840, 2160, people(FaceBox(1800, 900, 120, 150, 0.9))))
    crop = clip.crops[0].crop

    assert 1080 / 1.35 <= crop.width_px < 1214
    assert (900 + 0.42 * 150 - crop.y_px) / crop.height_px == pytest.approx(0.42, abs=0.02)


def test_a_lost_face_leaves_the_camera_where_it_was() -> None:
    seen = tuple(FaceSample(n / 3, (FaceBox(1300, 300, 200, 240, 0.9),) if n % 9 < 4 else ()) for n in range(90))
    (clip,) = plan(analysis(1920, 1080, seen))

    assert len(clip.crops) == 1 and clip.crops[0].drift_to is None


@pytest.mark.parametrize("aspect", list(ASPECTS))
@pytest.mark.parametrize("size", [(1080, 1920), (1000, 1000), (64, 64), (720, 3000), (333, 187)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_any_source_gets_every_aspect(aspect: str, size: tuple[int, int]) -> None:
    width, height = size
    clips = plan(analysis(width, height, people(FaceBox(0.4 * width, 0.3 * height, 0.2 * width, 0.15 * height, 0.9))), aspect)
    crop = crop_at(clips[0].crops, to_ticks(5), clips[0].end)

    assert crop.x_px <= 0.42 * width and crop.x_px + crop.width_px >= 0.58 * width
    assert crop.y_px <= 0.32 * height and crop.y_px + crop.height_px >= 0.43 * height


def test_shots_in_other_layouts_are_other_clips_on_frames_and_false_cuts_are_none() -> None:
    texts = (TextArea(10.01, 20.02, 200, 400, 1500, 120),)
    shots = (Span(0, 5.003), Span(5.003, 10.01), Span(10.01, 20.02), Span(20.02, 30))
    before = people(FaceBox(800, 300, 200, 240, 0.9), seconds=10)
    after = tuple(FaceSample(20.1 + n / 3, (FaceBox(806, 300, 200, 240, 0.9),)) for n in range(29))
    faces = (*before, *after)
    clips = plan(analysis(1920, 1080, faces, texts=texts, shots=shots))

    assert [clip.layout for clip in clips] == [Layout.FULL, Layout.BLURRED, Layout.FULL]
    assert [len(clip.crops) for clip in clips] == [1, 1, 1]
    assert abs(to_seconds(clips[1].start) - 10.01) <= 1 / 60 + 1e-6


def test_spans_become_clips_in_their_order_and_an_unknown_aspect_is_refused() -> None:
    spans = [Span(20, 22.02), Span(3, 5)]
    clips = plan_clips(analysis(1920, 1080), spans, FPS)

    assert [(clip.start, clip.end) for clip in clips] == [
        (to_ticks(one.start_s), whole_frames(to_ticks(one.start_s), to_ticks(one.end_s), FPS)) for one in spans
    ]
    with pytest.raises(InputError, match="aspect"):
        plan_clips(analysis(1920, 1080), spans, FPS, aspect="2:1")


boxes = st.builds(FaceBox, st.floats(0, 1800), st.floats(0, 1000), st.floats(8, 900), st.floats(8, 900), st.floats(0, 1), st.floats(-1, 30))
seen = st.lists(st.lists(boxes, max_size=4).map(tuple), max_size=30)


@given(seen, st.lists(st.floats(0.1, 29.9), max_size=4, unique=True), st.sampled_from(list(ASPECTS)), st.booleans())
def test_every_plan_is_sound(rows: list[tuple[FaceBox, ...]], cuts: list[float], aspect: str, allow: bool) -> None:
    faces = tuple(FaceSample(n, row) for n, row in enumerate(rows))
    shots = tuple(Span(one, other) for one, other in pairwise([0.0, *sorted(cuts), 30.0]))
    texts = (TextArea(0, 30, 200, 400, 1500, 120),) if len(rows) % 2 else ()
    clips = plan(analysis(1920, 1080, faces, shots=shots, speech=SPEECH, texts=texts), aspect, allow_layouts=allow)

    assert clips[0].start == 0 and clips[-1].end == to_ticks(30)
    assert allow or all(clip.layout is Layout.FULL for clip in clips)
