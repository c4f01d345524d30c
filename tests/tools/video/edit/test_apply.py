"""What each edit does to a timeline, and what holds after any sequence of them."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import InputError
from tests.tools.video.edit.conftest import ANALYSIS, SAID, make_short
from tools.video.additions import LookKind
from tools.video.edit import apply, apply_all, diff, dump_edits, parse_edits, read
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
    SetLayout,
    SetMusic,
    SetTransitions,
    Shorten,
    SoundEffects,
    SwapPieces,
    TitleText,
)
from tools.video.geometry import crop_at, zoom_at
from tools.video.timeline import ASPECTS, Layout, Timeline, TransitionKind, dump_timeline, parse_timeline, timeline_hash, to_ticks


def words_of(timeline: Timeline) -> list[str]:
    return [word.text for cue in timeline.cues for line in cue.lines for word in line]


def check(timeline: Timeline) -> None:
    """What must hold of every timeline."""
    frame, total = 1 / (timeline.fps * timeline.time_base), timeline.duration
    assert total > 0
    for clip in timeline.clips:
        assert abs(clip.duration - round(clip.duration / frame) * frame) <= 2, "a clip is a whole number of frames"
        assert clip.duration >= frame - 1
        for crops in (clip.crops, clip.second):
            assert not crops or crops[0].start == clip.start
            assert all(a.start < b.start for a, b in pairwise(crops)) and all(part.start < clip.end for part in crops)
            assert len({(part.crop.width_px, part.crop.height_px) for part in crops}) <= 1
            for crop in [one for part in crops for one in (part.crop, part.drift_to) if one]:
                assert all(side % 2 == 0 for side in (crop.x_px, crop.y_px, crop.width_px, crop.height_px))
                assert 0 <= crop.x_px <= 1920 - crop.width_px and 0 <= crop.y_px <= 1080 - crop.height_px
        assert clip.zoom is None or 0 <= clip.zoom.over <= clip.duration
        assert clip.transition is None or 0 < clip.transition.duration <= clip.duration
    assert timeline.clips[0].transition is None
    for cue in timeline.cues:
        assert 0 <= cue.start < cue.end <= total
        words = [word for line in cue.lines for word in line]
        assert words and all(cue.start <= word.start <= word.end <= cue.end for word in words)
        assert all(a.start <= b.start for a, b in pairwise(words))
    assert all(a.end <= b.start for a, b in pairwise(timeline.cues)), "captions do not overlap"
    assert timeline.hook is None or 0 <= timeline.hook.start < timeline.hook.end <= total
    assert all(0 <= one.start < one.end <= total for one in timeline.overlays)
    assert all(0 <= one.start < (one.end or total) <= total for one in (*timeline.looks, *timeline.graphics))
    assert all(0 <= effect.at < total for effect in timeline.effects) and all(0 <= voice.start < total for voice in timeline.voices)
    assert timeline.fade_in + timeline.fade_out <= total
    assert parse_timeline(dump_timeline(timeline)) == timeline


seconds = st.sampled_from([0.1, 0.5, 0.77, 1.0, 1.3, 2.0, 3.0, 4.5, 8.2, 20.0])
pieces = st.integers(-1, 5)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(CutStart, seconds),
    st.builds(CutEnd, seconds),
    st.builds(CutOut, seconds, seconds),
    st.builds(KeepOnly, seconds, seconds),
    st.builds(Shorten, seconds),
    st.builds(SwapPieces, pieces, pieces),
    st.builds(MovePiece, pieces, st.integers(0, 4)),
    st.builds(RemovePiece, pieces),
    st.builds(ChangeSpeed, st.sampled_from([0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0]), pieces, st.booleans()),
    st.builds(CaptionSize, st.sampled_from([0.6, 0.8, 1.25, 2.0])),
    st.builds(CaptionStyle, st.sampled_from(["karaoke", "hype", "podcast", "minimal", "nonsense"])),
    st.builds(CaptionsShown, st.booleans()),
    st.builds(CaptionPlace, st.sampled_from(Place)),
    st.builds(
        CaptionText,
        st.sampled_from(["the", "river", "knew the way", "nothing", ""]),
        st.sampled_from(["", "lake", "a much longer text"]),
        st.integers(0, 4),
    ),
    st.builds(TitleText, st.sampled_from(["", "Another title", "x" * 70])),
    st.builds(ChangeZoom, st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([0.0, 0.5, 1.0, 2.0]), pieces),
    st.builds(AddZoom, st.sampled_from([1.0, 1.1]), st.sampled_from([1.0, 1.2]), pieces),
    st.builds(MusicGain, st.sampled_from([-4.0, 4.0])),
    st.builds(SoundEffects, st.just(False)),
    st.builds(OriginalSound, st.sampled_from([-4.0, 0.0, 4.0]), st.booleans()),
    st.builds(NoiseReduction, st.sampled_from([0.0, 0.6])),
    st.builds(AddLook, st.sampled_from(LookKind), value=st.sampled_from(["", "warm", "noir"])),
    st.builds(RemoveLook, st.one_of(st.none(), st.sampled_from(LookKind))),
    st.builds(LookStrength, st.sampled_from(LookKind), st.sampled_from([0.5, 2.0])),
    st.builds(SetAspect, st.sampled_from([*ASPECTS, "3:2"])),
    st.builds(SetLayout, st.sampled_from(Layout), pieces),
    st.builds(SetTransitions, st.one_of(st.none(), st.sampled_from(TransitionKind)), pieces),
    st.builds(ProgressBar, st.booleans()),
    st.builds(SetFade, st.sampled_from([None, 0.0, 0.4, 9.0]), st.sampled_from([None, 0.0, 0.4])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(edits, max_size=8), st.sampled_from([Fraction(30), Fraction(25), Fraction(30000, 1001)]))
def test_any_sequence_of_edits_leaves_a_sound_timeline(wanted: list[Edit], fps: Fraction) -> None:
    timeline = make_short(fps)
    check(timeline)
    for edit in wanted:
        before = timeline
        try:
            timeline = apply(before, edit, analysis=ANALYSIS)
        except InputError as error:
            assert error.message.endswith((".", "…", "”", "pieces")), error.message
            continue
        check(timeline)
        assert timeline_hash(timeline) != timeline_hash(before)
    assert parse_edits(dump_edits(tuple(wanted))) == tuple(wanted)
    diff(make_short(fps), timeline)


def test_cutting_the_start_shifts_all_that_belongs_to_a_time(short: Timeline) -> None:
    after = apply(short, CutStart(2.0))

    assert after.duration_s == pytest.approx(7.0)
    assert after.clips[0].start == short.clips[0].start + to_ticks(2)
    assert [crop.start for crop in after.clips[0].crops] == [after.clips[0].start]
    assert after.clips[0].crops[0].crop.x_px == 800
    assert words_of(after) == SAID[5:]
    assert after.cues[0].lines[0][0].start == to_ticks(0)
    assert [effect.at for effect in after.effects] == [to_ticks(1), to_ticks(4)]
    assert after.voices[0].start == to_ticks(3)
    assert (after.looks[1].start, after.looks[1].end) == (to_ticks(1), to_ticks(1.2))
    assert (after.overlays[1].start, after.overlays[1].end, after.overlays[1].offset) == (to_ticks(2), to_ticks(4.5), to_ticks(1))
    assert after.overlays[0].end == after.duration
    assert after.hook == short.hook
    assert (after.graphics[1].start, after.graphics[1].end) == (0, to_ticks(2))


def test_a_zoom_that_is_cut_goes_on_from_where_it_was(short: Timeline) -> None:
    after = apply(short, CutStart(1.5))

    assert zoom_at(after.clips[0], 0) == pytest.approx(zoom_at(short.clips[0], to_ticks(1.5)), abs=1e-3)
    assert zoom_at(after.clips[0], after.clips[0].duration) == pytest.approx(1.2, abs=1e-3)


def test_a_crop_that_is_cut_drifts_on_as_before(short: Timeline) -> None:
    after = apply(short, CutOut(4.0, 5.0))
    old, parts = short.clips[1], after.clips[1:3]

    for part in parts:
        for at in (part.start, (part.start + part.end) // 2, part.end - 1):
            assert crop_at(part.crops, at, part.end).x_px == pytest.approx(crop_at(old.crops, at, old.end).x_px, abs=2)


def test_what_is_cut_out_takes_its_captions_effects_and_narration_with_it(short: Timeline) -> None:
    after = apply(short, CutOut(4.5, 6.5))

    assert after.duration_s == pytest.approx(7.0)
    assert [effect.at for effect in after.effects] == [to_ticks(3)]
    assert after.voices == ()
    assert len(after.overlays) == 2 and after.overlays[1].end == to_ticks(4.5)
    assert "dog" in words_of(after) and "so" not in words_of(after)


def test_swapping_two_pieces_takes_captions_and_effects_along(short: Timeline) -> None:
    after = apply(short, SwapPieces(2, 3))

    assert [clip.start for clip in after.clips] == [short.clips[n].start for n in (0, 2, 1)]
    assert set(words_of(after)) == set(SAID) and words_of(after) != SAID
    assert sorted(effect.at for effect in after.effects) == [to_ticks(3), to_ticks(6)]
    assert apply(after, SwapPieces(2, 3)).clips == tuple(replace(clip) for clip in short.clips)


def test_twice_as_fast_halves_every_time_and_keeps_the_words(short: Timeline) -> None:
    after = apply(short, ChangeSpeed(2.0))

    assert after.duration_s == pytest.approx(4.5, abs=0.1)
    assert words_of(after) == SAID
    assert after.effects[0].at == pytest.approx(to_ticks(1.5), abs=to_ticks(0.04))
    assert [clip.speed for clip in after.clips] == [2.0, 2.0, 2.0]
    assert apply(after, ChangeSpeed(1.0, is_absolute=True)).duration_s == pytest.approx(9.0, abs=0.1)


def test_bigger_captions_are_bigger_and_keep_every_word(short: Timeline) -> None:
    after = apply(short, CaptionSize(1.25))

    assert max(cue.size_px for cue in after.cues) == pytest.approx(1.25 * max(cue.size_px for cue in short.cues), abs=2)
    assert words_of(after) == SAID


def test_new_words_of_a_caption_keep_the_times_of_the_others(short: Timeline) -> None:
    after = apply(short, CaptionText("jon", "John Smith"))
    times = {word.text: word.start for cue in short.cues for line in cue.lines for word in line}

    assert words_of(after) == [part for word in SAID for part in ("John Smith".split() if word == "Jon" else [word])]
    kept = {word.text: word.start for cue in after.cues for line in cue.lines for word in line}
    assert kept["asked"] == times["asked"] and kept["John"] == times["Jon"]
    assert [cue for cue in after.cues if cue in short.cues] == [cue for cue in short.cues if "Jon" not in cue.text]


def test_captions_that_were_turned_off_come_back_with_their_words(short: Timeline) -> None:
    off = apply(short, CaptionsShown(False))

    assert off.cues == ()
    assert apply(off, CaptionsShown(True), analysis=ANALYSIS).cues == short.cues


def test_captions_at_the_top_stand_under_the_title(short: Timeline) -> None:
    after = apply(short, CaptionPlace(Place.TOP))

    during = [cue.center_y_px for cue in after.cues if cue.start < short.hook.end]
    later = [cue.center_y_px for cue in after.cues if cue.start >= short.hook.end]
    assert min(during) > max(later) > 0


def test_a_slower_zoom_moves_more_slowly(short: Timeline) -> None:
    after = apply(short, ChangeZoom(speed=0.5))

    assert zoom_at(after.clips[0], after.clips[0].duration) == pytest.approx(1.1)
    assert after.clips[1].zoom == short.clips[1].zoom


@pytest.mark.parametrize(("aspect", "size"), [(name, size) for name, size in ASPECTS.items() if name != "9:16"])
def test_another_format_keeps_the_middle_of_every_crop(short: Timeline, aspect: str, size: tuple[int, int]) -> None:
    after = apply(short, SetAspect(aspect))
    crop = after.clips[0].crops[0].crop

    assert (after.width_px, after.height_px) == size
    assert crop.width_px / crop.height_px == pytest.approx(size[0] / size[1], rel=0.01)
    assert abs(crop.x_px + crop.width_px / 2 - (400 + 303)) <= max(2, crop.width_px / 2 - 703)
    assert words_of(after) == SAID


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (CutStart(20), "9.0 s long: at most 8.0 s"),
        (CutOut(12, 14), "9.0 s long"),
        (Shorten(30), "9.0 s long"),
        (SwapPieces(2, 7), "There is no piece 7: the short has 3 pieces"),
        (CaptionText("submarine", "boat"), "No caption says “submarine”"),
        (CaptionStyle("fancy"), "no caption style 'fancy'"),
        (ChangeSpeed(9.0), "0.25 to 4 times is possible"),
        (RemoveLook(LookKind.GRAIN), "does not have the look grain"),
        (TitleText("x" * 70), "60 fit"),
        (SetAspect("3:2"), "no format '3:2'"),
        (SetLayout(Layout.SPLIT), "found when clips are made"),
        (SetMusic("polka"), "No music of the library is 'polka'"),
    ],
)
def test_what_cannot_be_done_says_what_is_possible(short: Timeline, edit: Edit, said: str) -> None:
    with pytest.raises(InputError) as caught:
        apply(short, edit)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("cut the first two seconds", ["2.0 s cut from the start: 9.0 → 7.0 s"]),
        ("captions 20% bigger", ["captions 20 % bigger"]),
        ("swap pieces 2 and 3", ["pieces in a new order: 1, 3, 2"]),
        ("no music", ["music warm → none"]),
        ("no title and black and white", ["title off", "look monochrome on (100 %)"]),
        ('change "Jon" to "John"', ["caption “Jon” → “John”"]),
        ("slower zoom", ["zoom 1.00–1.20× in 3.0 s → 1.00–1.12× in 3.0 s"]),
        ("make it square", ["format 9:16 → 1:1"]),
        ("25% faster", ["speed 1× → 1.25×: 9.0 → 7.2 s"]),
        ("music quieter by 6 db, no sound effects", ["music 6 dB quieter", "sound effects off"]),
        ("take out 4 to 5 seconds", ["1.0 s cut from the middle: 9.0 → 8.0 s"]),
        ("no progress bar", ["progress bar off"]),
        ("no transitions", ["transitions fade → none"]),
    ],
)
def test_the_difference_is_told_in_words(short: Timeline, words: str, said: list[str]) -> None:
    assert list(diff(short, apply_all(short, read(words)))) == said


def test_music_and_effects_come_from_the_library(short: Timeline) -> None:
    after = apply_all(short, read("drive music, no sound effects, add whooshes"))

    assert after.music.media == "library:drive"
    assert {media.key for media in after.media} >= {"library:drive", "library:swish"} and "library:warm" not in {m.key for m in after.media}
    assert all(0 < to_ticks(3 * n) - effect.at < to_ticks(0.5) for n, effect in enumerate(after.effects, 1))
