"""Wishes: checked, kept, made a brief of, said in words."""

from dataclasses import fields
from typing import Any

import pytest

from memory.domain import Json
from memory.errors import InputError
from memory.repositories import assets, productions, runs
from memory.repositories import people as keep_list
from tests.conftest import People
from tools.toolkit import Context, Deps
from tools.video import timeline
from tools.video.additions import HideMethod
from tools.video.brief import Brief, Direction, Hide
from tools.video.regions import DrawnRegion
from tools.video.tools import make_shorts
from tools.video.wishes import ASPECTS, brief_of, caption_styles, check_wishes, in_words

USUAL = Brief(preset="quick", title_hint="talk")
ALL: Json = {
    "count": 4,
    "min_s": 20.0,
    "max_s": 40.0,
    "from_s": 180.0,
    "to_s": 480.0,
    "topic": "dogs",
    "aspect": "1:1",
    "captions": "hype",
    "direction": "podcast",
    "music": "none",
    "tighten": True,
    "hide": "others",
    "hide_method": "blur",
    "keep": ["Ana"],
    "hide_plates": True,
    "hide_screens": True,
    "hide_regions": [
        {"x": 0.0, "y": 0.66, "width": 0.34, "height": 0.34},
        {"x": 0.5, "y": 0.25, "width": 0.1, "height": 0.2, "end_s": 9.0},
    ],
}


def test_every_wish_reaches_the_brief() -> None:
    brief = brief_of(check_wishes(ALL), USUAL)

    assert brief == Brief(
        count=4,
        min_s=20.0,
        max_s=40.0,
        preset="quick",
        title_hint="talk",
        from_s=180.0,
        to_s=480.0,
        topic="dogs",
        aspect="1:1",
        captions="hype",
        direction=Direction.PODCAST,
        music="none",
        tighten=True,
        hide=Hide.OTHERS,
        hide_method=HideMethod.BLUR,
        keep=("Ana",),
        hide_plates=True,
        hide_screens=True,
        regions=(DrawnRegion(0.0, 0.66, 0.34, 0.34), DrawnRegion(0.5, 0.25, 0.1, 0.2, 0.0, 9.0)),
    )
    assert brief.hides and not USUAL.hides


def test_what_was_not_said_is_as_usual() -> None:
    assert brief_of(check_wishes({"count": 3, "topic": None, "keep": [], "music": ""}), USUAL) == USUAL
    assert brief_of({"count": 3, "min_s": None, "max_s": None, "call_id": "x"}, USUAL) == USUAL


def test_one_length_for_both_ends_still_fits_something() -> None:
    brief = brief_of({"min_s": 30.0, "max_s": 30.0}, USUAL)

    assert (brief.min_s, brief.max_s) == (21.0, 30.0)


def test_no_is_also_a_wish() -> None:
    assert not brief_of(check_wishes({"tighten": False}), Brief(tighten=True)).tighten


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"aspect": "2:1"}, "aspect '2:1' must be one of: 9:16, 1:1, 4:5, 16:9"),
        ({"captions": "fancy"}, "captions 'fancy' must be one of: "),
        ({"direction": "wild"}, "plain, clean, hype, podcast, cinematic"),
        ({"music": "beatles"}, "music 'beatles' must be one of: auto, none"),
        ({"hide": "dogs"}, "nothing, faces, others"),
        ({"hide_method": "burn"}, "blur, pixelate, mask"),
        ({"from_s": 30.0, "to_s": 20.0}, "to_s 20 must be greater than from_s 30"),
        ({"from_s": -1.0}, "0 or more"),
        ({"to_s": float("nan")}, "0 or more"),
        ({"count": 10}, "1 to 9"),
        ({"min_s": 30.0, "max_s": 20.0}, "at most max_s"),
        ({"hide": "others"}, "Name them in keep"),
        ({"hide": "faces", "keep": ["Ana"]}, "nobody to keep"),
        ({"keep": [""]}, "1 to 40 characters"),
        ({"hide_regions": [[0, 0, 1]]}, "x, y, width, height and, where it is not hidden all the time, start_s and end_s; not [0, 0, 1]"),
        ({"hide_regions": [[0, 0, 1, 1, 0, 5, 6]]}, "x, y, width, height"),
        ({"hide_regions": [{"x": 0, "y": 0, "width": 1, "h": 1}]}, "x, y, width, height"),
        ({"hide_regions": [{"x": 0, "y": 0, "width": 1, "height": "all"}]}, "Each of them is a number"),
        ({"hide_regions": [{"x": 0, "y": 0, "width": 640, "height": 360}]}, "0.5 is half of it"),
        ({"hide_regions": [[0, 0, 1, float("nan")]]}, "not inside the picture"),
        ({"hide_regions": [[0, 0, 1, 1, 9, 5]]}, "end 5 s must be after its start 9 s"),
        ({"hide_regions": "lower left"}, "a list of at most 20"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_can(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_wishes(asked)

    assert said in str(caught.value)


def test_a_mood_finds_a_piece_of_music() -> None:
    assert check_wishes({"music": "calm"}) == {"music": "drift"}


def test_names_to_keep_mean_that_the_others_are_hidden() -> None:
    assert check_wishes({"keep": [" Ana  Li "]}) == {"keep": ["Ana Li"], "hide": "others"}


def test_wishes_are_said_as_an_owner_would() -> None:
    assert in_words(ALL) == (
        "between 3:00 and 8:00, about dogs, square, in podcast style, hype captions, no music, without fillers and long silences, "
        "number plates, screens, the lower left corner (a third of width and height), "
        "a part of 10% by 20% at 50% from the left and 25% from the top from second 0 to 9 and all faces but those of Ana blurred"
    )
    assert in_words({"count": 2}) == ""
    assert in_words({"from_s": 3723.0}) == "from 1:02:03 on"
    assert in_words({"hide_plates": True}) == "number plates pixelated"
    assert in_words({"hide": "faces", "hide_screens": True, "hide_method": "mask"}) == "screens and all faces covered"


def test_a_region_may_be_an_object_or_numbers_and_is_kept_as_an_object() -> None:
    whole = {"x": 0.0, "y": 0.0, "width": 1.0, "height": 0.5}

    assert check_wishes({"hide_regions": [[0, 0, 1, 0.5], {**whole, "start_s": None}]}) == {"hide_regions": [whole, whole]}
    assert check_wishes({"hide_regions": [0, 0, 1, 0.5, 3]}) == {"hide_regions": [{**whole, "start_s": 3.0}]}


def test_the_tool_takes_regions_of_both_kinds() -> None:
    asked = [{"x": 0, "y": 0.5, "width": 0.1, "height": 0.2}, [0, 0, 1, 1, 3]]

    assert make_shorts.parse({"asset_id": 1, "hide_regions": asked})["hide_regions"] == asked
    with pytest.raises(InputError, match="hide_regions"):
        make_shorts.parse({"asset_id": 1, "hide_regions": ["lower left"]})


def test_the_shapes_are_those_a_timeline_has() -> None:
    assert set(ASPECTS) == set(timeline.ASPECTS)


def test_the_tool_takes_every_wish_and_names_every_choice() -> None:
    taken = make_shorts.schema.model_fields
    described = make_shorts.openai_schema["function"]["parameters"]["properties"]
    own = {field.name for field in fields(Brief)} - {"preset", "title_hint", "labels", "dictionary", "regions"} | {"hide_regions"}

    assert own <= set(taken)
    choices = {"captions": caption_styles(), "direction": tuple(Direction), "hide": tuple(Hide), "hide_method": tuple(HideMethod)}
    for name, known in {**choices, "aspect": ASPECTS}.items():
        assert all(choice in described[name]["description"] for choice in known), name


def test_the_wishes_are_kept_with_the_production_and_names_need_consent(deps: Deps, people: People) -> None:
    with deps.database.session() as session:
        workspace_id = people.workspace.id
        source, photo = (
            assets.add(session, workspace_id=workspace_id, sha256=letter * 64, size_bytes=1, kind=kind, name="x")
            for letter, kind in (("a", "source"), ("b", "photo"))
        )
        run = runs.add(session, workspace_id=workspace_id, trigger="message", request="go")
        context = Context(deps, session, run, "call-1")
        with pytest.raises(InputError, match="no photo with consent on file for ana"):
            make_shorts.function(context, asset_id=source.id, keep=["ana"])
        keep_list.keep(session, workspace_id=workspace_id, name="Ana", asset_id=photo.id, consent="said yes", consent_by="owner")
        made = make_shorts.function(context, asset_id=source.id, count=1, keep=["ana"], music="none", topic=" dogs  and cats ")
        kept = productions.get(session, workspace_id, made["production_id"]).brief

    assert kept == {"count": 1, "music": "none", "topic": "dogs and cats", "hide": "others", "keep": ["Ana"], "call_id": "call-1"}
