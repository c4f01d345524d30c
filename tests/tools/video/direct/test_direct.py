"""The director on a minute of talk: what each direction adds, and what none of them may touch."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from memory.errors import InputError
from tools.video import library
from tools.video.additions import Brand, GraphicKind, LookKind
from tools.video.brief import Brief, Direction
from tools.video.captions import make_cues
from tools.video.direct import caption_style, direct, pace, split
from tools.video.direct.points import find_points, hard_cuts, splits_word, spoken
from tools.video.direct.splitting import split_at
from tools.video.direct.styles import STYLES
from tools.video.geometry import Box, crop_at, to_frame
from tools.video.media import Analysis, SoundEvent
from tools.video.timeline import (
    Clip,
    Crop,
    CropFrom,
    HookTitle,
    Layout,
    Media,
    MediaKind,
    Source,
    Timeline,
    Zoom,
    dump_timeline,
    parse_timeline,
    to_seconds,
    to_ticks,
)

FPS = Fraction(30)
EVERY = tuple(Direction)
LOUD = tuple(direction for direction in Direction if direction is not Direction.PLAIN)


def planned(analysis: Analysis, *spans: tuple[float, float]) -> Timeline:
    """A plain timeline of these spans, cropped on the face at (780, 280), with captions and a title."""
    crop = (CropFrom(0, Crop(578, 0, 404, 720)),)
    clips = tuple(
        Clip(to_ticks(start), to_ticks(end), (replace(crop[0], start=to_ticks(start)),)) for start, end in spans or ((0.0, 30.0),)
    )
    source = Source("talk.mp4", "content", 1280, 720, 30.0, True)
    title = HookTitle(("Nobody knew",), 0, to_ticks(2), 90)
    return Timeline(source, clips, FPS, make_cues(analysis.words, clips), title, labels=("synthetic_voice",))


def briefed(direction: Direction, music: str = "auto") -> Brief:
    return Brief(direction=direction, music=music)


def joints(timeline: Timeline) -> list[int]:
    """Where clips were split but the source does not cut: `talk` does each ten seconds."""
    starts = zip(timeline.clips[1:], timeline.starts()[1:], strict=True)
    return [at for clip, at in starts if clip.start % to_ticks(10)]


@pytest.mark.parametrize("direction", EVERY)
def test_words_lengths_and_labels_stay_as_they_were(direction: Direction, talk: Analysis) -> None:
    plain = planned(talk, (0, 20), (30, 45))
    made = direct(plain, talk, briefed(direction))
    assert made.duration == plain.duration and made.frames == plain.frames
    assert (made.cues, made.hook, made.labels, made.source, made.fps) == (plain.cues, plain.hook, plain.labels, plain.source, plain.fps)
    assert all((clip.duration * made.time_base * made.fps).denominator == 1 for clip in made.clips)
    assert spoken(made, talk) == spoken(plain, talk)
    assert parse_timeline(dump_timeline(made)) == made


@pytest.mark.parametrize("direction", LOUD)
def test_no_cut_splits_a_word(direction: Direction, talk: Analysis) -> None:
    talk = replace(talk, shots=())
    made = direct(planned(talk, (0, 60)), talk, briefed(direction))
    words = spoken(made, talk)
    assert len(made.clips) >= 3
    assert not any(splits_word(words, at) for at in made.starts())


@pytest.mark.parametrize("direction", [Direction.CLEAN, Direction.HYPE, Direction.PODCAST])
def test_interrupts_stay_within_their_budget(direction: Direction, talk: Analysis) -> None:
    made, style = direct(planned(talk, (0, 60)), talk, briefed(direction)), STYLES[direction]
    times = [to_seconds(at) for at in joints(made)]
    assert times and all(later - earlier >= style.apart_s for earlier, later in pairwise(times))
    assert all(sum(start <= at < start + 10 for at in times) <= style.most for start in times)
    if direction is Direction.HYPE:
        assert len(times) > len(joints(direct(planned(talk, (0, 60)), talk, briefed(Direction.CLEAN))))


def test_plain_is_left_alone_and_takes_music_by_name_only(talk: Analysis) -> None:
    plain = planned(talk)
    assert direct(plain, talk, briefed(Direction.PLAIN)) == plain
    assert direct(plain, talk, briefed(Direction.PLAIN), Brand("Us", "FF0000", logo="asset:1")) == plain
    asked = direct(plain, talk, briefed(Direction.PLAIN, "warm"))
    assert asked.music is not None and asked.music.media == "library:warm" and asked.clips == plain.clips


@pytest.mark.parametrize("direction", EVERY)
def test_no_music_means_no_music(direction: Direction, talk: Analysis) -> None:
    made = direct(planned(talk), talk, briefed(direction, "none"))
    assert made.music is None and not any(media.key == f"library:{name}" for media in made.media for name in library.names())


@pytest.mark.parametrize("direction", LOUD)
def test_equal_timelines_are_directed_equally_wherever_their_files_lie(direction: Direction, talk: Analysis) -> None:
    plain = planned(talk, (0, 20), (30, 45))
    moved = replace(plain, source=replace(plain.source, path="elsewhere/talk.mp4"))
    one, other = direct(plain, talk, briefed(direction)), direct(moved, talk, briefed(direction))
    assert replace(other, source=one.source) == one


def test_every_direction_has_a_sound_of_its_own(talk: Analysis) -> None:
    made = {direction: direct(planned(talk), talk, briefed(direction)) for direction in LOUD}
    for direction, timeline in made.items():
        assert timeline.music is not None and str(direction) in library.find(timeline.music.media).suits
        assert {effect.media for effect in timeline.effects} <= {media.key for media in timeline.media}
    gains = {direction: timeline.music.gain_db for direction, timeline in made.items() if timeline.music is not None}
    assert gains[Direction.PODCAST] < gains[Direction.CLEAN] < gains[Direction.HYPE]
    assert not made[Direction.PODCAST].effects and len(made[Direction.HYPE].effects) >= 3


def test_a_source_with_music_gets_none_unless_it_is_asked_for(talk: Analysis) -> None:
    musical = replace(talk, sounds=(SoundEvent("music", 0, 25, 0.9),))
    assert direct(planned(talk), musical, briefed(Direction.CLEAN)).music is None
    assert direct(planned(talk), musical, briefed(Direction.CLEAN, "sunny")).music is not None
    with pytest.raises(InputError, match="no sound called"):
        direct(planned(talk), talk, briefed(Direction.CLEAN, "polka"))


def test_without_speech_the_music_leads(talk: Analysis) -> None:
    silent = replace(talk, words=())
    made = direct(planned(silent), silent, briefed(Direction.CINEMATIC))
    assert made.music is not None and made.music.gain_db > -3 and made.music.duck_db == 0
    assert made.original_gain_db < -6


def test_a_punch_in_keeps_the_face_in_the_picture(talk: Analysis) -> None:
    made = direct(planned(talk), talk, briefed(Direction.HYPE))
    closer = [clip for clip in made.clips if clip.zoom is not None]
    assert closer and {clip.zoom.start_scale for clip in closer if clip.zoom} > {1.16}
    for clip in closer:
        face = to_frame(made, clip, 0, Box(700, 200, 160, 160))[0]
        assert face.width_px > 160 * 1080 / 404 and face.x_px >= 0 and face.x_px + face.width_px <= 1080
        assert clip.zoom is not None and clip.zoom.x == pytest.approx((780 - 578) / 404, abs=0.01)
    assert all(clip.crops[0].crop == Crop(578, 0, 404, 720) for clip in made.clips)


def test_a_cut_of_the_source_ends_a_punch_in_and_is_not_crowded(talk: Analysis) -> None:
    made = direct(planned(talk), talk, briefed(Direction.HYPE))
    shown = list(zip(made.clips, made.starts(), strict=True))
    assert all(min(at % to_ticks(10), -at % to_ticks(10)) >= to_ticks(0.8) for at in joints(made))
    for clip, _ in shown:
        assert clip.zoom is None or not any(clip.start < cut < clip.end for cut in range(0, to_ticks(60), to_ticks(10)))
    assert all(clip.zoom is None for clip, at in shown if at % to_ticks(10) == 0)


def test_layouts_of_several_panes_are_not_zoomed(talk: Analysis) -> None:
    plain = planned(talk)
    two = replace(plain, clips=(replace(plain.clips[0], layout=Layout.SPLIT, second=plain.clips[0].crops),))
    for direction in LOUD:
        assert all(clip.zoom is None for clip in direct(two, talk, briefed(direction)).clips)


def test_slow_zooms_meet_where_they_turn_round(talk: Analysis) -> None:
    made = direct(planned(talk), talk, briefed(Direction.CINEMATIC))
    zooms = [clip.zoom for clip in made.clips if clip.zoom is not None]
    assert len(zooms) == len(made.clips) == 3 and {zoom.end_scale for zoom in zooms} == {1.09}  # each shot has its own
    long = replace(talk, shots=())
    zooms = [clip.zoom for clip in direct(planned(long), long, briefed(Direction.CINEMATIC)).clips if clip.zoom is not None]
    assert len(zooms) == 4
    assert all((one.end_scale, one.x, one.y) == (other.start_scale, other.x, other.y) for one, other in pairwise(zooms))
    assert {look.kind for look in made.looks} == {LookKind.GRADE, LookKind.VIGNETTE, LookKind.GRAIN}


def test_hard_cuts_are_heard_and_blended_where_the_style_says_so(talk: Analysis) -> None:
    plain = planned(talk, (0, 10), (30, 40), (40.5, 50))
    assert hard_cuts(plain) == (to_ticks(10),)
    clean = direct(plain, talk, briefed(Direction.CLEAN))
    (whoosh,) = clean.effects
    assert whoosh.at + library.accent(whoosh.media) == to_ticks(10) and whoosh.gain_db < -12
    assert all(clip.transition is None for clip in clean.clips)
    struck = [effect.at + library.accent(effect.media) for effect in direct(plain, talk, briefed(Direction.HYPE)).effects]
    assert min(abs(at - to_ticks(10)) for at in struck) <= to_ticks(1)
    film = direct(plain, talk, briefed(Direction.CINEMATIC))
    assert [at for at, clip in zip(film.starts(), film.clips, strict=True) if clip.transition is not None] == [to_ticks(10)]


def test_flashes_are_rare(talk: Analysis) -> None:
    quick = replace(talk, beats_s=tuple(n * 0.5 for n in range(120)), words=())
    made = direct(planned(quick, (0, 60)), quick, briefed(Direction.HYPE))
    flashes = [look.start for look in made.looks if look.kind is LookKind.FLASH]
    assert len(joints(made)) >= 15 and flashes
    assert all(later - earlier >= to_ticks(4) for earlier, later in pairwise(flashes))


def test_beats_of_the_music_are_cut_on_where_nobody_speaks(talk: Analysis) -> None:
    silent = replace(talk, words=())
    made = direct(planned(silent), silent, briefed(Direction.HYPE, "drive"))
    beat_s = 60 / library.find("drive").bpm
    off_s = [abs(to_seconds(at) / beat_s - round(to_seconds(at) / beat_s)) * beat_s for at in joints(made)]
    assert len(off_s) >= 8 and max(off_s) <= 0.5 / 30 + 1e-6
    assert find_points(made, silent, STYLES[Direction.PLAIN]) == ()


LOGO = Media("asset:1", "logo.png", "l", MediaKind.IMAGE, 400, 200)
INTRO = Media("asset:2", "intro.mp4", "i", MediaKind.VIDEO, 1080, 1920, 30.0, to_ticks(2), True)
OUTRO = Media("asset:3", "outro.png", "o", MediaKind.IMAGE, 1600, 900)


def test_a_brand_brings_its_logo_colours_and_name(talk: Analysis) -> None:
    plain = replace(planned(talk), media=(LOGO,))
    brand = Brand("Ada", "00AAFF", logo="asset:1", logo_corner="top_right", grade="warm", music="library:sunny")
    made = direct(plain, talk, briefed(Direction.PODCAST), brand)
    (logo,) = made.overlays
    assert logo.area is not None and logo.area.x_px > 540 and logo.area.y_px < 400 and logo.area.width_px == 2 * logo.area.height_px
    assert {graphic.kind: graphic.color for graphic in made.graphics} == {
        GraphicKind.LOWER_THIRD: "00AAFF",
        GraphicKind.PROGRESS: "00AAFF",
    }
    assert made.looks[0].value == "warm" and made.music is not None and made.music.media == "library:sunny"
    assert direct(planned(talk), talk, briefed(Direction.PODCAST), brand).overlays == ()  # its file is not there


def test_an_intro_moves_everything_and_an_outro_comes_last(talk: Analysis) -> None:
    plain = replace(planned(talk), media=(INTRO, OUTRO))
    without = direct(plain, talk, briefed(Direction.HYPE))
    made = direct(plain, talk, briefed(Direction.HYPE), Brand(intro="asset:2", outro="asset:3"))
    by = to_ticks(2)
    assert (made.clips[0].media, made.clips[0].duration, made.clips[-1].media) == ("asset:2", by, "asset:3")
    assert made.clips[-1].layout is Layout.BLURRED
    assert [cue.start for cue in made.cues] == [cue.start + by for cue in without.cues]
    assert [effect.at for effect in made.effects] == [effect.at + by for effect in without.effects]
    assert made.hook is not None and made.hook.start == by
    assert all(look.start >= by and 0 < look.end <= by + without.duration for look in made.looks)


def test_a_split_plays_what_the_whole_did(talk: Analysis) -> None:
    crops = (CropFrom(0, Crop(0, 0, 404, 720), Crop(400, 0, 404, 720)), CropFrom(to_ticks(6), Crop(800, 0, 404, 720)))
    clip = Clip(0, to_ticks(10), crops, speed=2.0, zoom=Zoom(1.0, 1.4))
    timeline = replace(planned(talk), clips=(clip,))
    for at_s in (1.0, 2.5, 3.0, 4.2):
        first, rest = split(clip, to_ticks(at_s))
        assert first.duration + rest.duration == clip.duration and first.end == rest.start == to_ticks(2 * at_s)
        for elapsed in range(0, clip.duration, to_ticks(0.1)):
            part, inside = (first, elapsed) if elapsed < first.duration else (rest, elapsed - first.duration)
            one, other = crop_at(clip.crops, clip.source_at(elapsed), clip.end), crop_at(part.crops, part.source_at(inside), part.end)
            assert abs(one.x_px - other.x_px) <= 2
            whole, seen = (to_frame(timeline, *given, Box(850, 300, 100, 100)) for given in ((clip, elapsed), (part, inside)))
            assert len(whole) == len(seen) and all(abs(a.width_px - b.width_px) < 1 for a, b in zip(whole, seen, strict=True))
    assert split_at(timeline, 0) == timeline and split_at(timeline, timeline.duration) == timeline
    with pytest.raises(ValueError, match="cannot be split"):
        split(clip, clip.duration)


def test_pauses_run_faster_before_captions_are_made(talk: Analysis) -> None:
    plain = planned(talk, (0, 30))
    paced = pace(plain.clips, talk, FPS, Direction.HYPE)
    fast = [clip for clip in paced if clip.speed > 1]
    assert fast and sum(clip.duration for clip in paced) < plain.duration
    for clip in fast:
        assert not any(to_ticks(word.start_s) < clip.end and clip.start < to_ticks(word.end_s) for word in talk.words)
    assert all(before.end == after.start for before, after in pairwise(paced))
    assert all((clip.duration * Fraction(1, 240_000) * FPS).denominator == 1 for clip in paced)
    assert len(make_cues(talk.words, paced)) == len(plain.cues)


def test_slow_motion_needs_frames_and_other_directions_keep_the_pace(talk: Analysis) -> None:
    clips = planned(talk).clips
    assert all(pace(clips, talk, FPS, direction) == clips for direction in EVERY if direction is not Direction.HYPE)
    smooth = replace(talk, probe=replace(talk.probe, fps=60.0))
    slow = pace(clips, smooth, FPS, Direction.CINEMATIC)
    assert {clip.speed for clip in slow} == {1.0, 0.75, 0.5}


def test_the_captions_of_a_direction() -> None:
    assert caption_style(Brief(direction=Direction.HYPE)) == "hype"
    assert caption_style(Brief(direction=Direction.HYPE, captions="minimal")) == "minimal"
    assert caption_style(Brief(direction=Direction.HYPE), Brand(caption_style="box")) == "box"
