"""Captions and title keep off faces and text, stay where they are while they can, and bring their emoji."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tools.video.additions import Brand, Graphic, GraphicKind, Overlay, Rect
from tools.video.captions import Area, cue_area, graphic_area, names, place, safe_area, title_area
from tools.video.captions.emoji import FOLDER, key_of, picture, suggest
from tools.video.captions.words import SUGGESTED
from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span, TextArea
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Timeline, to_ticks

SAID = "we went along the river and came home very late at last because of the weather"


def seen(*faces: FaceBox, shots: tuple[Span, ...] = (Span(0, 20),), texts: tuple[TextArea, ...] = ()) -> Analysis:
    samples = tuple(FaceSample(n / 2, faces) for n in range(40)) if faces else ()
    return Analysis(Probe(20, 1080, 1920, 30, 0, True, True), faces=samples, shots=shots, texts=texts)


def covered(timeline: Timeline, box: Area) -> float:
    """The largest share of a caption that lies on a box."""
    areas = [cue_area(timeline, cue) for cue in timeline.cues]
    return max(area.overlap(box) / (area.width * area.height) for area in areas)


@pytest.mark.parametrize("style", names())
def test_captions_leave_a_face_in_a_close_up(style: str, caption: Callable[..., Timeline]) -> None:
    face = FaceBox(240, 700, 600, 640, 0.9)  # the chin at 1340: on the captions' usual place
    timeline = place(caption(SAID, style), seen(face))
    features = Area(240, 700 + 0.12 * 640, 840, 700 + 0.88 * 640)

    assert covered(timeline, features) == 0
    assert covered(timeline, Area(240, 700, 840, 1340)) < 0.2
    assert all(safe_area(timeline).holds(cue_area(timeline, cue)) for cue in timeline.cues)
    assert len({cue.center_y_px for cue in timeline.cues}) <= 2  # it does not hop


def test_captions_stay_at_their_place_when_nothing_is_in_the_way(caption: Callable[..., Timeline]) -> None:
    timeline = caption(SAID)

    assert place(timeline, seen(FaceBox(400, 500, 250, 300, 0.9))) == timeline
    assert place(timeline, Analysis(Probe(20, 1080, 1920, 30, 0, True, True))) == timeline


def test_captions_leave_text_that_is_in_the_picture(caption: Callable[..., Timeline]) -> None:
    banner = TextArea(0, 20, 100, 1200, 880, 180)
    timeline = place(caption(SAID), seen(texts=(banner,)))

    assert covered(timeline, Area(100, 1200, 980, 1380)) == 0


def test_a_place_changes_only_with_what_is_seen(caption: Callable[..., Timeline]) -> None:
    low, high = FaceBox(240, 850, 600, 560, 0.9), FaceBox(240, 300, 300, 300, 0.9)
    samples = tuple(FaceSample(n / 4, (low if 2 <= n / 4 < 4 else high,)) for n in range(80))
    analysis = replace(seen(shots=(Span(0, 2), Span(2, 4), Span(4, 20))), faces=samples)
    timeline = place(caption(SAID), analysis)
    by_shot = [
        {cue.center_y_px for cue in timeline.cues if a <= cue.start + cue.end < b} for a, b in ((0, 960_000), (1_000_000, 1_800_000))
    ]

    assert by_shot[0] == {0} and 0 not in by_shot[1]
    assert all(len(places) == 1 for places in by_shot)


def test_faces_are_followed_through_layouts(caption: Callable[..., Timeline]) -> None:
    plain = caption(SAID)
    source = replace(plain.source, width_px=1920, height_px=1080)
    crops = (CropFrom(0, Crop(0, 0, 960, 854)),), (CropFrom(0, Crop(960, 0, 960, 854)),)
    clip = Clip(0, to_ticks(20), crops[0], layout=Layout.SPLIT, second=crops[1])
    face = FaceBox(1200, 100, 400, 500, 0.9)  # in the lower pane: from y 1072 to 1635
    timeline = place(replace(plain, source=source, clips=(clip,)), seen(face))

    assert all(cue.center_y_px and cue_area(timeline, cue).bottom < 1150 for cue in timeline.cues)


def test_the_title_and_graphics_are_left_alone(caption: Callable[..., Timeline]) -> None:
    third = Graphic(GraphicKind.LOWER_THIRD, 0, to_ticks(4), "Eileen Collins", "Astronaut")
    face = FaceBox(200, 640, 680, 880, 0.9)
    timeline = place(caption(SAID, title="Nobody told me about the river", graphics=(third,)), seen(face))
    assert timeline.hook is not None
    title, lower = title_area(timeline.hook, timeline), graphic_area(timeline, third)

    assert title.overlap(Area(200, 740, 880, 1400)) == 0
    for cue in timeline.cues:
        area = cue_area(timeline, cue)
        assert cue.start >= timeline.hook.end or area.overlap(title) == 0
        assert cue.start >= third.end or area.overlap(lower) == 0


def test_captions_made_without_the_brand_are_broken_anew_for_its_font(caption: Callable[..., Timeline]) -> None:
    timeline = replace(caption("Extraordinarily complicated circumstances " * 3, "headline"), brand=Brand(caption_font="Montserrat"))
    placed = place(timeline, seen())

    assert any(not safe_area(timeline).holds(cue_area(timeline, cue)) for cue in timeline.cues)
    assert all(safe_area(placed).holds(cue_area(placed, cue)) for cue in placed.cues)


def test_emoji_of_the_words_are_pictures_and_others_are_left_out(caption: Callable[..., Timeline]) -> None:
    timeline = place(caption("this is 🔥 and 👨‍👩‍👧‍👦 too"), seen())
    shown = timeline.overlays

    assert [one.media for one in shown] == ["emoji:1f525"]
    assert timeline.find_media("emoji:1f525").path == str(picture("emoji:1f525"))
    area = shown[0].area
    assert area is not None and shown[0].is_over_text and shown[0].pop > 0
    assert safe_area(timeline).holds(Area(area.x_px, area.y_px, area.x_px + area.width_px, area.y_px + area.height_px), slack_px=1)
    assert all(cue_area(timeline, cue).overlap(Area(area.x_px, area.y_px, area.x_px + area.width_px, area.y_px + area.height_px)) == 0
               for cue in timeline.cues)  # fmt: skip


@pytest.mark.parametrize(("style", "count"), [("hype", 2), ("karaoke", 0)])
def test_a_style_that_wants_them_gets_emoji_for_words(style: str, count: int, caption: Callable[..., Timeline]) -> None:
    timeline = place(caption("all that money is gone and then later on the whole house was on fire money money", style), seen())

    assert len(timeline.overlays) >= count and (count > 0 or not timeline.overlays)
    assert len({one.media for one in timeline.overlays[:3]}) == len(timeline.overlays[:3])
    for one, following in zip(timeline.overlays, timeline.overlays[1:], strict=False):
        assert following.start - one.start > to_ticks(1.5)


def test_placing_again_changes_nothing_and_keeps_other_overlays(caption: Callable[..., Timeline]) -> None:
    logo = Overlay("asset:1", 0, 100, Rect(0, 0, 10, 10))
    timeline = replace(caption("so much money 🔥 today", "hype"), overlays=(logo,))
    once = place(timeline, seen(FaceBox(240, 700, 600, 640, 0.9)))

    assert once.overlays[0] == logo and len(once.overlays) > 1
    assert place(once, seen(FaceBox(240, 700, 600, 640, 0.9))) == once


def test_every_suggested_emoji_has_a_picture() -> None:
    assert all(key_of(emoji) for emoji in SUGGESTED.values())
    assert suggest("Money,") == "emoji:1f4b0" and suggest("bees") == "emoji:1f41d" and suggest("the") is None
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 700_000
