"""Every style draws what was planned, where it was planned, whatever the text."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from memory.errors import InputError
from tools.video.additions import Brand
from tools.video.captions import STYLES, Area, cue_area, find_style, names, safe_area, write_ass
from tools.video.timeline import ASPECTS, Timeline

from .conftest import SHRINK, bounds

SAID = "So 25 bees jump over MONEY, and nobody expected it!"


@pytest.mark.parametrize("name", names())
def test_a_style_draws_its_words_where_they_were_planned(name: str, caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    timeline = caption(SAID, name)
    drawn = Area(*bounds(draw(timeline)))
    shown = [cue_area(timeline, cue) for cue in timeline.cues if cue.start < 3 * 240_000]
    planned = Area(
        min(area.left for area in shown),
        min(area.top for area in shown),
        max(area.right for area in shown),
        max(area.bottom for area in shown),
    )

    assert planned.holds(drawn, slack_px=2 * SHRINK)
    assert drawn.width > 0.7 * planned.width and drawn.height > 0.5 * planned.height
    assert safe_area(timeline).holds(planned)


@pytest.mark.parametrize(("name", "aspect"), [*itertools.product(names(), ASPECTS)])
def test_every_style_fits_every_frame(name: str, aspect: str, caption: Callable[..., Timeline]) -> None:
    timeline = caption(SAID + " Incomprehensibilities characteristically counterrevolutionary", name, ASPECTS[aspect])
    style = find_style(name)

    for cue in timeline.cues:
        assert safe_area(timeline).holds(cue_area(timeline, cue))
        assert len(cue.lines) <= style.lines and sum(map(len, cue.lines)) <= style.words


def test_styles_differ_in_what_is_seen(caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    frames = {name: draw(caption(SAID, name), start_s=0.9, seconds=0.2).tobytes() for name in names()}

    assert len(STYLES) >= 8 and len(set(frames.values())) == len(frames)


@pytest.mark.parametrize("name", ["karaoke", "pop", "box", "marker"])
def test_the_spoken_word_alone_has_the_accent(name: str, caption: Callable[..., Timeline], draw: Callable[..., Any]) -> None:
    import numpy as np

    timeline = caption("they walk along slowly", name, brand=Brand(accent="00FF00"))
    middles = []
    for start_s in (0.4, 0.7, 1.0):
        frame = draw(timeline, start_s=start_s, seconds=0.2)[0].astype(np.int16)
        green = (frame[..., 1] > 180) & (frame[..., 0] < 110) & (frame[..., 2] < 110)
        assert green.sum() > 40
        rows, columns = np.nonzero(green)
        middles.append((round(float(rows.mean()) / 25), float(columns.mean())))

    assert middles == sorted(middles)  # from left to right, then down


def test_a_brand_changes_the_accent_and_the_font(caption: Callable[..., Timeline]) -> None:
    plain, branded = (write_ass(caption(SAID, brand=brand)) for brand in (None, Brand(accent="#12ab34", caption_font="bebas neue")))

    assert r"\1c&H34AB12&" in branded and r"\1c&H34AB12&" not in plain
    assert r"\fnBebas Neue" in branded and r"\fnMontserrat ExtraBold" not in branded
    assert find_style("pop", Brand(accent="no colour", caption_font="Comic Papyrus")) == STYLES["pop"]


def test_an_unknown_style_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="no caption style") as caught:
        find_style("sparkles")

    assert "karaoke" in caught.value.hint
