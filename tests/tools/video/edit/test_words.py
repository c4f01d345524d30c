"""Which sentences are understood as which edits, and which are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import InputError
from tools.video.additions import HideMethod, LookKind
from tools.video.edit import read
from tools.video.edit.edits import (
    AddLook,
    AddZoom,
    CaptionPlace,
    CaptionSize,
    CaptionsShown,
    CaptionStyle,
    CaptionText,
    ChangeSpeed,
    ChangeZoom,
    CutEnd,
    CutOut,
    CutStart,
    Edit,
    KeepOnly,
    LookStrength,
    MovePiece,
    MusicGain,
    NoiseReduction,
    OriginalSound,
    Place,
    ProgressBar,
    RemoveLook,
    RemovePiece,
    SetAspect,
    SetFade,
    SetHideMethod,
    SetLayout,
    SetMusic,
    SetTransitions,
    Shorten,
    SoundEffects,
    SwapPieces,
    TitleText,
    Watermark,
)
from tools.video.timeline import Layout, TransitionKind


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Cut the first two seconds", CutStart(2.0)),
        ("cut the first 2 seconds of clip 3", CutStart(2.0)),
        ("please trim off the first half a second.", CutStart(0.5)),
        ("cut 1.5s from the start", CutStart(1.5)),
        ("start 1 second later", CutStart(1.0)),
        ("start at 0:03", CutStart(3.0)),
        ("cut the last three seconds", CutEnd(3.0)),
        ("take 2 seconds off the end", CutEnd(2.0)),
        ("make it 5 seconds shorter", CutEnd(5.0)),
        ("end it at 0:12", CutOut(12.0, 0.0)),
        ("remove everything after 12 seconds", CutOut(12.0, 0.0)),
        ("cut from 3 to 5 seconds", CutOut(3.0, 5.0)),
        ("take out 0:03-0:05.5", CutOut(3.0, 5.5)),
        ("cut out the part between 3 and 5 seconds", CutOut(3.0, 5.0)),
        ("keep only 2 to 9 seconds", KeepOnly(2.0, 9.0)),
        ("only keep the last five seconds", KeepOnly(-5.0, 0.0)),
        ("make it 15 seconds long", Shorten(15.0)),
        ("shorten it to one and a half minutes", Shorten(90.0)),
        ("swap clip 2 and 3", SwapPieces(2, 3)),
        ("swap the first two pieces", SwapPieces(1, 2)),
        ("switch pieces two and four", SwapPieces(2, 4)),
        ("move piece 3 to the start", MovePiece(3, 1)),
        ("move the last part before part 1", MovePiece(-1, 1)),
        ("end with piece 1", MovePiece(1, 0)),
        ("remove piece 2", RemovePiece(2)),
        ("delete the second scene", RemovePiece(2)),
        ("20% faster", ChangeSpeed(1.2)),
        ("make it twice as fast", ChangeSpeed(2.0)),
        ("slow piece 2 down by 20 %", ChangeSpeed(0.833, 2)),
        ("play it at 1.5x", ChangeSpeed(1.5, is_absolute=True)),
        ("normal speed", ChangeSpeed(1.0, is_absolute=True)),
        ("bigger captions", CaptionSize(1.25)),
        ("make the subtitles 20 percent smaller", CaptionSize(0.833)),
        ("the captions are too small", CaptionSize(1.25)),
        ("hype captions", CaptionStyle("hype")),
        ("change the caption style to minimal", CaptionStyle("minimal")),
        ("no captions", CaptionsShown(False)),
        ("turn the subtitles on", CaptionsShown(True)),
        ("move the captions to the top", CaptionPlace(Place.TOP)),
        ("change the caption “Jon” to “John”", CaptionText("Jon", "John")),
        ("change the caption 'it isn't' to 'it's not' in clip 2", CaptionText("it isn't", "it's not")),
        ("replace “of clip 3” with “, and”", CaptionText("of clip 3", ", and")),
        ("write John instead of Jon", None),
        ('write "John" instead of "Jon"', CaptionText("Jon", "John")),
        ("change the word Jon to John", CaptionText("Jon", "John")),
        ('caption 3: "Hello there, and welcome"', CaptionText("", "Hello there, and welcome", 3)),
        ('remove the word "um"', CaptionText("um", "")),
        ('title "Nobody told me this"', TitleText("Nobody told me this")),
        ("change the title to Nobody told me", TitleText("Nobody told me")),
        ("remove the title", TitleText("")),
        ("slower zoom", ChangeZoom(speed=0.625)),
        ("no zoom", ChangeZoom(amount=0.0)),
        ("less zoom on piece 2", ChangeZoom(amount=0.667, piece=2)),
        ("zoom in slowly on piece 2", AddZoom(1.0, 1.08, 2)),
        ("punch in on the last piece", AddZoom(1.15, 1.15, -1)),
        ("no music", SetMusic("")),
        ("use the drive music", SetMusic("drive")),
        ("music: warm", SetMusic("warm")),
        ("play calm music", SetMusic("calm")),
        ("make the music quieter", MusicGain(-4.0)),
        ("turn the music up by 3 dB", MusicGain(3.0)),
        ("music twice as loud", None),
        ("without sound effects", SoundEffects(False)),
        ("mute the original sound", OriginalSound(is_muted=True)),
        ("make his voice louder", OriginalSound(4.0)),
        ("reduce the background noise", NoiseReduction(0.6)),
        ("make it black and white", AddLook(LookKind.MONOCHROME, 1.0)),
        ("add film grain", AddLook(LookKind.GRAIN)),
        ("a teal and orange look", AddLook(LookKind.GRADE, value="teal_orange")),
        ("cool colours", AddLook(LookKind.GRADE, value="cool")),
        ("stronger vignette", LookStrength(LookKind.VIGNETTE, 1.4)),
        ("no grain", RemoveLook(LookKind.GRAIN)),
        ("remove all filters", RemoveLook(None)),
        ("make it square", SetAspect("1:1")),
        ("change the format to 16:9", SetAspect("16:9")),
        ("blurred background", SetLayout(Layout.BLURRED)),
        ("fill the frame", SetLayout(Layout.FULL)),
        ("no transitions", SetTransitions(None)),
        ("slide transitions between the pieces", SetTransitions(TransitionKind.SLIDE_LEFT)),
        ("add a progress bar", ProgressBar(True)),
        ("no watermark", Watermark(False)),
        ("fade out over one second", SetFade(out_s=1.0)),
        ("no fade in", SetFade(in_s=0.0)),
        ("blur the faces instead", SetHideMethod(HideMethod.BLUR)),
    ],
)
def test_one_wish(words: str, expected: Edit | None) -> None:
    if expected is None:
        with pytest.raises(InputError):
            read(words)
    else:
        assert read(words) == (expected,)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cut the first two seconds, bigger captions and no music", (CutStart(2.0), CaptionSize(1.25), SetMusic(""))),
        ("Could you swap clip 2 and 3 and then cut from 3 to 5 seconds, please?", (SwapPieces(2, 3), CutOut(3.0, 5.0))),
        ("clip 4: make the captions bigger and move them to the top", (CaptionSize(1.25), CaptionPlace(Place.TOP))),
        ('title "Why, and how"; no zoom', (TitleText("Why, and how"), ChangeZoom(amount=0.0))),
        ("black and white and a bit slower", (AddLook(LookKind.MONOCHROME, 1.0), ChangeSpeed(0.889))),
        ("add grain, a vignette and glow", (AddLook(LookKind.GRAIN), AddLook(LookKind.VIGNETTE), AddLook(LookKind.GLOW))),
    ],
)
def test_several_wishes(words: str, expected: tuple[Edit, ...]) -> None:
    assert read(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "make it funnier",
        "cut it",
        "don't cut the first two seconds",
        "cut the first two seconds unless it is good",
        "post clip 4",
        "bigger",
    ],
)
def test_what_is_not_understood_is_not_done_by_half(words: str) -> None:
    with pytest.raises(InputError, match="cut the first two seconds"):
        read(words)


_vocabulary = st.sampled_from(
    "cut the first last two 2.5 seconds from to 3 and , bigger captions no music zoom slower piece clip swap title \"a b\" 'c' 20% faster "
    "start end make it remove all at half a".split(" ")
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(_vocabulary, max_size=10).map(" ".join)))
def test_any_text_is_read_or_refused_in_words(words: str) -> None:
    try:
        assert read(words)
    except InputError as error:
        assert error.hint
