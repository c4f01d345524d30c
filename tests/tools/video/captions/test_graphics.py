"""Lower third, progress bar, small print and card: drawn where they say, when they say, inside the safe area."""

from collections.abc import Callable
from typing import Any

import pytest

from tools.video.additions import Brand, Graphic, GraphicKind
from tools.video.captions import Area, graphic_area, safe_area, title_area, write_ass
from tools.video.captions.areas import PLATFORMS, frame_area, margins
from tools.video.timeline import ASPECTS, Timeline, to_ticks

from .conftest import FLAT, SHRINK, bounds

TEXTS = [
    pytest.param(GraphicKind.LOWER_THIRD, "Eileen Collins", "Commander, STS-93", id="lower-third"),
    pytest.param(GraphicKind.CREDIT, "Photo: NASA, public domain. Contains a synthetic voice.", "", id="credit"),
    pytest.param(GraphicKind.PROGRESS, "", "", id="progress"),
]


@pytest.mark.parametrize(("kind", "text", "detail"), TEXTS)
@pytest.mark.parametrize("aspect", ["9:16", "16:9"])
def test_a_graphic_is_drawn_where_it_says(
    kind: GraphicKind, text: str, detail: str, aspect: str, caption: Callable[..., Timeline], draw: Callable[..., Any]
) -> None:
    graphic = Graphic(kind, 0, to_ticks(4), text, detail, "FF8800")
    timeline = caption(frame=ASPECTS[aspect], graphics=(graphic,))
    planned, drawn = graphic_area(timeline, graphic), Area(*bounds(draw(timeline)))

    assert safe_area(timeline).holds(planned) or (kind is GraphicKind.PROGRESS and planned.top == 0)
    assert planned.holds(drawn, slack_px=2 * SHRINK)
    assert drawn.width > 0.8 * planned.width and drawn.height > 0.6 * planned.height


def test_a_progress_bar_fills_with_the_time(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    bar = Graphic(GraphicKind.PROGRESS, color="00FF00")
    timeline = caption(graphics=(bar,))
    area = graphic_area(timeline, bar)
    for share in (0.25, 0.5, 0.9):
        frame = draw(timeline, start_s=20 * share, seconds=0.2)[0].astype(int)
        columns = ((frame[..., 1] > 200) & (frame[..., 0] < 60)).any(axis=0).nonzero()[0]
        assert (columns[-1] * SHRINK - area.left) / area.width == pytest.approx(share, abs=0.02)


def test_a_graphic_comes_and_goes(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    import numpy as np

    timeline = caption(graphics=(Graphic(GraphicKind.LOWER_THIRD, to_ticks(1), to_ticks(3), "Ada", "counts"),))
    changed = [np.abs(frame.astype(int) - FLAT).max() > 24 for frame in draw(timeline, seconds=4, fps=4)]

    assert changed[:4] == [False] * 4 and all(changed[5:11]) and changed[12:] == [False] * 4


def test_a_card_darkens_the_picture_under_its_words(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    card = Graphic(GraphicKind.CARD, 0, to_ticks(3), "Follow for part two", "@viralforge")
    timeline = caption(graphics=(card,))
    frame, area = draw(timeline, start_s=1.5, seconds=0.2)[0], graphic_area(timeline, card)

    assert frame[5, 5].max() < 0.6 * FLAT and frame[-5, -5].max() < 0.6 * FLAT
    inside = frame[int(area.top) // SHRINK : int(area.bottom) // SHRINK, int(area.left) // SHRINK : int(area.right) // SHRINK]
    assert inside.max() > 230 and safe_area(timeline).holds(area)


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize(
    "title", ["Nobody told me this about bees", "蜂は四つまで数えることができます", "האם ידעתם שדבורים יודעות לספור?", "x" * 60]
)
def test_a_title_fits_every_frame_and_script(title: str, aspect: str, caption: Callable[..., Timeline]) -> None:
    timeline = caption(title=title, frame=ASPECTS[aspect])

    assert timeline.hook is not None
    assert safe_area(timeline).holds(title_area(timeline.hook, timeline))


def test_a_title_without_its_emoji_is_drawn_where_planned(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    timeline = caption(title="Money 🔥 talks 👨‍👩‍👧", brand=Brand(title_font="Bebas Neue", accent="00AAFF"))
    assert timeline.hook is not None

    assert timeline.hook.lines == ("MONEY TALKS",) and r"\fnBebas Neue" in write_ass(timeline)
    assert title_area(timeline.hook, timeline).holds(Area(*bounds(draw(timeline))), slack_px=2 * SHRINK)
    assert caption(title="🔥🔥").hook is None


@pytest.mark.parametrize("text", ["", "🔥", "{\\pos(0,0)}", "long " * 80, "שלום עולם"])
@pytest.mark.parametrize("kind", GraphicKind)
def test_graphics_take_any_text(kind: GraphicKind, text: str, caption: Callable[..., Timeline]) -> None:
    graphic = Graphic(kind, 0, to_ticks(4), text, text)
    timeline = caption(graphics=(graphic,))

    area = graphic_area(timeline, graphic)
    assert safe_area(timeline).holds(area) or (kind is GraphicKind.PROGRESS and area.top == 0)
    assert "{\\pos(0,0)}" not in write_ass(timeline)


@pytest.mark.parametrize("frame", ASPECTS.values())
def test_what_is_safe_on_any_platform_is_safe_on_each(frame: tuple[int, int]) -> None:
    for platform in PLATFORMS:
        if platform != "meta_ads":
            assert frame_area(frame, platform).holds(frame_area(frame, "any"))
        assert all(0 <= side < 0.4 for side in margins(platform, frame))
