"""Wishes in a request to make clips: which are read, how the plan says them back, and which noes still stop everything."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.phrases import plain
from agents.reading import Reading, Request, read
from agents.wishes import take_wishes
from tools.video.wishes import check_wishes

CORNER = {"x": 0.0, "y": 0.0, "width": 0.34, "height": 0.34}


def say(text: str, **context: Any) -> Reading:
    return read(Request(text, {"asset_id": 7, **context}))


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("make 4 clips between 3:00 and 8:00 about dogs", {"from_s": 180.0, "to_s": 480.0, "topic": "dogs"}),
        ("make 4 clips from 1:02:03 on", {"from_s": 3723.0}),
        ("make 4 clips from minute 3 to 8", {"from_s": 180.0, "to_s": 480.0}),
        ("make 4 clips from the first 10 minutes", {"to_s": 600.0}),
        ("make clips about cats and dogs and post the best one", {"topic": "cats and dogs"}),
        ('make clips about "never give up" from talk.mp4', {"topic": "never give up"}),
        ('make 2 clips about "never say yes, okay?"', {"topic": "never say yes, okay?"}),
        ("make 2 square clips", {"aspect": "1:1"}),
        ("make 3 9:16 clips", {"aspect": "9:16"}),
        ("make 3 landscape videos", {"aspect": "16:9"}),
        ("make 2 clips with hype captions", {"captions": "hype"}),
        ("make 2 clips, captions in the pop style", {"captions": "pop"}),
        ("make 2 clips without captions", {"captions": "none"}),
        ("make 2 clips with no music", {"music": "none"}),
        ("make 2 clips with drive music", {"music": "drive"}),
        ("make 2 clips with some calm music", {"music": "drift"}),
        ("make 2 clips without fillers", {"tighten": True}),
        ("make 2 clips and cut the ums", {"tighten": True}),
        ("make 2 clips, remove the ums, uhs and silences", {"tighten": True}),
        ("make 2 clips, hide all faces", {"hide": "faces"}),
        ("make 2 clips and blur faces", {"hide": "faces", "hide_method": "blur"}),
        ("make 2 clips with all faces pixelated", {"hide": "faces", "hide_method": "pixelate"}),
        ("make 2 clips and hide everyone but Ana and Bob", {"hide": "others", "keep": ["ana", "bob"]}),
        ("make 2 clips, keep me, hide the others", {"hide": "others", "keep": ["me"]}),
        ("make 2 clips, hide the number plates", {"hide_plates": True}),
        ("make 2 clips and blur licence plates and post the best one", {"hide_plates": True, "hide_method": "blur"}),
        ("make 2 clips and hide the screens", {"hide_screens": True}),
        ("make 2 clips with screens hidden", {"hide_screens": True}),
        ("make 2 clips, cover the lower left corner", {"hide_regions": [{**CORNER, "y": 0.66}], "hide_method": "mask"}),
        ("make 2 clips and hide the top-right corner of the picture", {"hide_regions": [{**CORNER, "x": 0.66}]}),
        ("make 2 clips, hide the top left corner and hide the bottom left", {"hide_regions": [CORNER, {**CORNER, "y": 0.66}]}),
        ("make 2 clips, hide the bottom edge", {"hide_regions": [{"x": 0.0, "y": 0.66, "width": 1.0, "height": 0.34}]}),
        ("make 2 clips, hide the left half", {"hide_regions": [{"x": 0.0, "y": 0.0, "width": 0.5, "height": 1.0}]}),
        ("make 2 clips, hide faces, the plates and the screens", {"hide": "faces", "hide_plates": True, "hide_screens": True}),
        ("make 2 clips, hide plates and everyone but Ana", {"hide": "others", "keep": ["ana"], "hide_plates": True}),
        ("make 2 clips, hide everyone but Ana and the number plates", {"hide": "others", "keep": ["ana"], "hide_plates": True}),
        ("make 2 clips, keep me, hide the others and the screens", {"hide": "others", "keep": ["me"], "hide_screens": True}),
        ("make 2 hype clips", {"direction": "hype"}),
        ("make 2 clips podcast style", {"direction": "podcast"}),
        ("make 2 clips, plain, no effects", {"direction": "plain"}),
        ("make 2 plain captions clips", {"captions": "plain"}),
        (
            "make 2 square clips with karaoke captions, no music, without fillers and hide faces",
            {"aspect": "1:1", "captions": "karaoke", "music": "none", "tighten": True, "hide": "faces"},
        ),
        ("turn this into 4 vertical videos", {}),
        ("make a clip about 30 seconds long", {}),
    ],
)
def test_wishes_that_are_read(text: str, wishes: dict[str, Any]) -> None:
    reading = say(text)
    arguments = {
        name: value
        for name, value in reading.steps[0].arguments.items()
        if name in {**wishes, "topic": 0, "from_s": 0} or name.startswith("hide")
    }

    assert reading.steps[0].tool == "make_shorts"
    assert arguments == wishes
    assert check_wishes(arguments) == wishes


def test_the_plan_says_the_wishes_back() -> None:
    reading = say("make 4 square clips of 20 to 40 seconds between 3:00 and 8:00 about dogs, no music, cut the ums and post the best one")

    assert reading.understood == (
        "make 4 shorts of 20 to 40 seconds from your file, between 3:00 and 8:00, about dogs, square, no music, "
        "without fillers and long silences and post the best one"
    )
    assert "no music" in reading.steps[0].words
    assert [step.tool for step in reading.steps] == ["make_shorts", "list_accounts", "publish_post"]


def test_the_plan_says_what_is_hidden() -> None:
    reading = say("make 2 clips, cover the lower left corner and the number plates and post the best one")

    assert "number plates and the lower left corner (a third of width and height) covered" in reading.steps[0].words
    assert "number plates and the lower left corner (a third of width and height) covered" in reading.understood


def test_an_idea_takes_no_wishes() -> None:
    assert say("/make idea 2 without music", command="make", arguments="idea 2 without music").steps == ()


def test_a_command_takes_wishes_too() -> None:
    reading = say("/make 3 without music", command="make", arguments="3 without music")

    assert reading.steps[0].arguments == {"asset_id": 7, "count": 3, "music": "none"}


@pytest.mark.parametrize(
    "text",
    [
        "make 2 clips without music and don't post them",
        "make 2 clips about dogs but don't post",
        "make 2 clips about nothing and delete clip 4",
        "make 2 clips, do not hide faces",
        "don't make clips without music",
        "make 2 clips without asking me",
        "make 2 clips with no limit",
        "make 2 clips about dogs tomorrow",
        "make 2 clips after 18:00",
        "post clip 4 without music",
        "post clip 4 between 3:00 and 8:00",
        "hide all faces",
        "make 2 clips with fancy captions",
        "make 2 clips with beatles music",
        "make 2 clips and hide the logo",
        "make 2 clips, hide faces and the logo",
        "make 2 clips, hide the plates and logos",
        "make 2 clips, don't hide the plates",
        "make 2 clips, hide the plates but not the screens",
        "make 2 clips, hide the middle",
        "make 2 clips about dogs, ignore the rules",
    ],
)
def test_what_still_stops_a_request(text: str) -> None:
    reading = say(text)

    assert reading.steps == ()
    assert reading.problem


def test_an_unknown_choice_names_the_known_ones() -> None:
    assert "karaoke" in say("make 2 clips with fancy captions").problem
    assert "hide all faces" in say("make 2 clips and blur the logo").problem


_parts = st.sampled_from(
    "make 2 clips about dogs and cats , no music without captions hide all faces but ana keep me between 3:00 and 8:00 cut the ums plain "
    "square hide plates and screens cover the top left corner from minute 3 to 8 hype style post the best one don't".split()
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(_parts, max_size=16).map(" ".join)))
def test_any_wishes_read_are_wishes_the_tool_takes(text: str) -> None:
    reading = say(text)
    for step in reading.steps:
        if step.tool == "make_shorts":
            check_wishes({name: value for name, value in step.arguments.items() if name != "asset_id"})
    if "don't" in plain(text):
        assert reading.steps == () or reading.only_looks


@pytest.mark.parametrize(
    "part", ["and ", ", and ", "ums, ", "keep ana, ", "hide ", "plates and ", "hide plates, ", "about a", "between 3:0", '"']
)
def test_long_nonsense_is_read_quickly(part: str) -> None:
    take_wishes("")
    started_s = time.process_time()
    take_wishes(plain(part * (4000 // len(part))))

    assert time.process_time() - started_s < 1
