"""Which moments are chosen: properties that hold for any analysis, and choices a person would agree with."""

import time
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import InputError
from tools.video.fillers import tighten
from tools.video.judgement import Judged
from tools.video.media import Analysis, FaceSample, Probe, SoundEvent, Span, Word
from tools.video.moments import choose_moments
from tools.video.units import clean_words

texts = st.sampled_from(["and", "Why", "not?", "nine", "done.", "it", "is,", "so", "wonderful!", "way"])


@st.composite
def analyses(draw: st.DrawFn) -> Analysis:
    duration_s = draw(st.floats(3, 240))
    words: list[Word] = []
    position_s = 0.0
    for gap_s, long_s, text in draw(st.lists(st.tuples(st.floats(0, 6), st.floats(0.02, 1.2), texts), max_size=120)):
        position_s += gap_s
        words.append(Word(text, position_s, position_s + long_s))
        position_s += long_s
    words = [word for word in words if word.end_s <= duration_s]
    cuts = sorted(draw(st.lists(st.floats(0.1, duration_s - 0.1), max_size=20, unique=True)))
    edges = [0.0, *cuts, duration_s]
    shots = tuple(Span(a, b) for a, b in pairwise(edges)) if draw(st.booleans()) else ()
    energy = tuple(draw(st.lists(st.floats(-90, 0), max_size=40)))
    motion = tuple(draw(st.lists(st.floats(0, 60), max_size=40)))
    faces = tuple(FaceSample(n * 1.0, ()) for n in range(draw(st.integers(0, 20))))
    probe = Probe(duration_s, 1280, 720, 30, 0, True, bool(words))
    return Analysis(probe, words=tuple(words), shots=shots, faces=faces, energy_db=energy, motion=motion)


@given(analyses(), st.integers(1, 9))
def test_moments_are_inside_the_source_apart_and_never_cut_a_word(analysis: Analysis, count: int) -> None:
    moments = choose_moments(analysis, count=count, title_hint="my file")
    duration_s = analysis.probe.duration_s

    assert 1 <= len(moments) <= count
    for moment in moments:
        assert -1e-3 <= moment.start_s < moment.end_s <= duration_s + 1e-3
        assert moment.end_s - moment.start_s <= 60.01 and 0 <= moment.score <= 1
        assert duration_s < 15 or moment.end_s - moment.start_s >= 14.99
        assert moment.reason and moment.title and len(moment.title) <= 60
        for word in clean_words(analysis.words, duration_s):
            for edge_s in (moment.start_s, moment.end_s):
                assert not word.start_s + 2e-3 < edge_s < word.end_s - 2e-3
    for one, other in combinations(moments, 2):
        shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
        assert shared_s <= 0.2 * min(one.end_s - one.start_s, other.end_s - other.start_s) + 0.01
    assert choose_moments(analysis, count=count, title_hint="my file") == moments


@given(st.floats(1, 20), st.floats(0.5, 30))
def test_odd_lengths_still_give_a_moment(min_s: float, more_s: float) -> None:
    words = tuple(Word("word", n * 0.5, n * 0.5 + 0.45) for n in range(80))
    moments = choose_moments(Analysis(Probe(40, 640, 360, 30, 0, True, True), words=words), count=3, min_s=min_s, max_s=min_s + more_s)

    assert all(moment.end_s - moment.start_s <= min_s + more_s + 0.01 for moment in moments)
    assert moments


def test_the_question_with_a_number_opens_the_best_moment(talk: Analysis) -> None:
    best = choose_moments(talk, count=1, max_s=30)[0]

    assert best.start_s == pytest.approx(30, abs=0.5)
    assert "question" in best.reason and "%" in best.reason
    assert best.title == "Why do 9 of 10 people stop here?"


def test_three_moments_come_out_of_a_minute(talk: Analysis) -> None:
    moments = choose_moments(talk, count=3, max_s=25)

    assert len(moments) == 3
    assert [one.score for one in moments] == sorted((one.score for one in moments), reverse=True)


def test_without_speech_the_lively_part_is_chosen_and_the_reason_says_so() -> None:
    motion = tuple(30.0 if 60 <= n < 100 else 1.0 for n in range(240))
    shots = tuple(Span(a, b) for a, b in ((0, 20), (20, 35), (35, 50), (50, 90), (90, 120)))
    analysis = Analysis(Probe(120, 1280, 720, 30, 0, True, False), shots=shots, motion=motion)
    moment = choose_moments(analysis, count=1, title_hint="Holiday")[0]

    assert min(moment.end_s, 50) - max(moment.start_s, 30) >= 15
    assert moment.title == "Holiday"
    assert "No words were heard" in moment.reason


def test_a_short_source_is_taken_whole_and_says_why(talk: Analysis) -> None:
    short = replace(talk, probe=replace(talk.probe, duration_s=8.3), words=talk.words[:10])
    moments = choose_moments(short, count=3)

    assert [(one.start_s, one.end_s) for one in moments] == [(0.0, 8.3)]
    assert moments[0].reason.startswith("The whole video: it lasts 8.3 s")


def test_voice_without_words_is_not_cut_in_the_middle() -> None:
    speech = tuple(Span(n * 8 + 0.5, n * 8 + 7.5) for n in range(10))
    moments = choose_moments(Analysis(Probe(80, 640, 360, 30, 0, True, True), speech=speech), count=2, max_s=40)

    for moment in moments:
        assert not any(span.start_s + 0.01 < edge < span.end_s - 0.01 for span in speech for edge in (moment.start_s, moment.end_s))


@pytest.mark.parametrize(("count", "min_s", "max_s"), [(0, 15, 60), (10, 15, 60), (1, 20, 20), (1, 0, 10)])
def test_bad_wishes_are_refused(talk: Analysis, count: int, min_s: float, max_s: float) -> None:
    with pytest.raises(InputError):
        choose_moments(talk, count=count, min_s=min_s, max_s=max_s)


def test_a_sound_file_is_refused(talk: Analysis) -> None:
    with pytest.raises(InputError, match="no picture"):
        choose_moments(replace(talk, probe=replace(talk.probe, has_video=False)), count=1)


@given(analyses(), st.integers(1, 9), st.floats(0, 200), st.floats(2, 200))
def test_moments_stay_inside_the_part_the_owner_named(analysis: Analysis, count: int, from_s: float, more_s: float) -> None:
    duration_s = analysis.probe.duration_s
    from_s = min(from_s, duration_s - 2)
    try:
        moments = choose_moments(analysis, count=count, from_s=from_s, to_s=from_s + more_s)
    except InputError as error:
        assert "only one word" in error.message
        return

    for moment in moments:
        assert from_s - 1e-3 <= moment.start_s < moment.end_s <= min(from_s + more_s, duration_s) + 1e-3
        for word in clean_words(analysis.words, duration_s):
            for edge_s in (moment.start_s, moment.end_s):
                assert not word.start_s + 2e-3 < edge_s < word.end_s - 2e-3


@given(st.integers(1, 9), st.lists(st.integers(3, 14), min_size=12, max_size=40), st.integers(15, 25))
def test_every_moment_is_whole_sentences_and_rather_fewer_come_back(count: int, lengths: list[int], max_s: int) -> None:
    words: list[Word] = []
    starts, ends = set(), set()
    position_s = 0.2
    for length in lengths:
        starts.add(position_s)
        for place in range(length):
            words.append(Word("Well" if not place else "end." if place == length - 1 else "so", position_s, position_s + 0.4))
            position_s += 0.5
        ends.add(words[-1].end_s)
    analysis = Analysis(Probe(position_s + 1, 640, 360, 30, 0, True, True), words=tuple(words))
    moments = choose_moments(analysis, count=count, min_s=8, max_s=max_s)

    assert moments
    for moment in moments:
        inside = [word for word in words if word.start_s >= moment.start_s and word.end_s <= moment.end_s]
        assert inside[0].start_s in starts and inside[-1].end_s in ends


def test_lengths_count_what_is_left_after_tightening() -> None:
    """Sentences of 2 s with 3 s of silence after each: a moment of 10 s of talk spans more than 20 s of the source."""
    words = tuple(
        Word("We" if not n % 5 else "go." if n % 5 == 4 else "may", n * 0.4 + 3 * (n // 5), n * 0.4 + 3 * (n // 5) + 0.4)
        for n in range(100)
    )
    analysis = Analysis(Probe(100, 640, 360, 30, 0, True, True), words=words)
    moments = choose_moments(analysis, count=3, min_s=10, max_s=14, tightened=True)

    assert len(moments) == 3
    for moment in moments:
        assert moment.span.duration_s > 20
        assert 9.5 <= sum(piece.duration_s for piece in tighten(analysis, moment.span)) <= 14.5


def test_a_sentence_longer_than_a_moment_is_entered_at_its_pauses() -> None:
    words = tuple(Word("on", n * 0.5 + 0.4 * (n // 20), n * 0.5 + 0.4 * (n // 20) + 0.45) for n in range(240))
    moments = choose_moments(Analysis(Probe(130, 640, 360, 30, 0, True, True), words=words), count=2, max_s=30)

    assert len(moments) == 2
    for moment in moments:
        first = next(n for n, word in enumerate(words) if word.start_s >= moment.start_s)
        assert first % 20 == 0


def test_a_topic_brings_only_moments_that_speak_of_it(talk: Analysis) -> None:
    moments = choose_moments(talk, count=3, max_s=30, topic="people who stopped")

    assert [moment.start_s for moment in moments] == [pytest.approx(moments[0].start_s)]
    assert 'says "people", "stopped"' in moments[0].reason
    assert moments[0].start_s <= 30.3 < moments[0].end_s


def test_a_topic_nobody_speaks_of_is_refused_with_what_was_heard(talk: Analysis) -> None:
    with pytest.raises(InputError, match=r"'dogs' in it. Said most: back, knew, nobody, morning, river"):
        choose_moments(talk, count=3, topic="dogs")


def test_a_topic_is_also_found_where_a_model_says_so(talk: Analysis) -> None:
    judged = (Judged(10.0, 24.5, 0.7, "a walk", "hiking, outdoors"), Judged(40.0, 50.0, 0.9, "lost", "getting lost"))
    (moment,) = choose_moments(talk, count=1, min_s=10, max_s=20, topic="hikes", judged=judged)

    assert moment.start_s == pytest.approx(10, abs=0.5)
    assert "The model says it is about hikes." in moment.reason


@pytest.mark.parametrize(("from_s", "to_s"), [(70, 0), (-1, 0), (20, 10), (30, 30.5)])
def test_times_outside_the_video_are_refused(talk: Analysis, from_s: float, to_s: float) -> None:
    with pytest.raises(InputError):
        choose_moments(talk, count=1, from_s=from_s, to_s=to_s)


def test_a_short_part_is_taken_whole_and_says_so(talk: Analysis) -> None:
    moment = choose_moments(talk, count=3, from_s=20, to_s=30)[0]

    assert 19.9 <= moment.start_s < moment.end_s <= 30
    assert moment.reason.startswith("The whole part you named")


def test_laughter_draws_a_moment_to_it_and_is_not_cut_off(talk: Analysis) -> None:
    joke = replace(talk, sounds=(SoundEvent("laughter", 49.1, 51.0, 1.0),))
    quiet, funny = (choose_moments(one, count=1, min_s=8, max_s=14, from_s=35)[0] for one in (talk, joke))

    assert "laughter" in funny.reason and "laughter" not in quiet.reason
    assert funny.start_s < 49 and funny.end_s >= 50


def test_what_the_model_liked_counts_for_half_and_is_said(talk: Analysis) -> None:
    judged = (Judged(10.0, 24.5, 1.0, "a walk with a good ending"), Judged(40.0, 44.0, 0.1, "flat"))
    moment = choose_moments(talk, count=1, min_s=10, max_s=20, judged=judged)[0]

    assert moment.start_s == pytest.approx(10, abs=0.5) and moment.end_s == pytest.approx(24.5, abs=0.8)
    assert "The model liked: a walk with a good ending." in moment.reason


def test_three_hours_of_talk_take_seconds() -> None:
    words = tuple(
        Word(f"{'W' if place == 0 else 'w'}ord{n % 7}{'.' if place == 9 else ''}", n * 4.32 + place * 0.4, n * 4.32 + place * 0.4 + 0.35)
        for n in range(2500)
        for place in range(10)
    )
    analysis = Analysis(Probe(10800, 1280, 720, 30, 0, True, True), words=words, energy_db=(-30.0,) * 108000)
    started_s = time.process_time()
    moments = choose_moments(analysis, count=9)

    assert len(moments) == 9
    assert time.process_time() - started_s < 5
