"""Turns follow the mouths that move while a voice is heard, hold still, and change in pauses."""

import random
from dataclasses import replace
from itertools import pairwise

from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span, Word
from tools.video.reframe.speakers import LEAST_TURN_S, Turn, find_turns, held, is_voiced, knows_mouths
from tools.video.reframe.tracks import Track, link_faces

PROBE = Probe(30, 1920, 1080, 30, 0, True, True)
SHOT = Span(0, 30)


def talk(
    turns: list[tuple[float, int]], loud: tuple[float, ...] = (4.0, 4.0), rest: float = 0.3, noise: float = 0.2, seed: int = 1
) -> tuple[Analysis, tuple[Track, ...]]:
    """Faces side by side, larger to the left; who speaks moves the mouth by about `loud`, the others by about `rest`."""
    chance = random.Random(seed)
    faces = []
    for n in range(90):
        at_s = n / 3
        speaker = next(who for start_s, who in reversed(turns) if at_s >= start_s)
        boxes = []
        for who, most in enumerate(loud):
            moved = abs(chance.gauss(most, most / 3)) if who == speaker else rest + abs(chance.gauss(0, noise))
            boxes.append(FaceBox(100 + 800.0 * who, 300, 220 - 10 * who, 260 - 10 * who, 0.9, -1.0 if n == 0 else moved))
        faces.append(FaceSample(at_s, tuple(boxes)))
    analysis = Analysis(PROBE, speech=(Span(0, 30),), faces=tuple(faces))
    return analysis, link_faces(faces, SHOT)


def turns_of(talked: tuple[Analysis, tuple[Track, ...]]) -> tuple[Turn, ...]:
    analysis, tracks = talked
    return find_turns(tracks, analysis, SHOT)


def test_turns_are_those_of_the_mouths() -> None:
    truth = [(0.0, 0), (6.0, 1), (11.0, 0), (18.0, 1), (25.0, 0)]
    turns = turns_of(talk(truth))

    assert [turn.who for turn in turns] == [who for _, who in truth]
    assert all(abs(turn.start_s - start_s) < 0.6 for turn, (start_s, _) in zip(turns, truth, strict=True))
    assert turns[0].start_s == 0 and turns[-1].end_s == 30
    assert all(one.end_s == other.start_s for one, other in pairwise(turns))


def test_a_small_dim_face_speaks_no_less_than_a_lively_one() -> None:
    turns = turns_of(talk([(0.0, 0), (10.0, 1), (20.0, 0)], loud=(20.0, 2.5)))

    assert [turn.who for turn in turns] == [0, 1, 0]


def test_a_word_thrown_in_and_noise_turn_nothing() -> None:
    thrown_in = turns_of(talk([(0.0, 0), (10.0, 1), (10.5, 0)]))
    noisy = turns_of(talk([(0.0, 0)], rest=0.6, noise=0.8))

    assert [turn.who for turn in thrown_in] == [0] and [turn.who for turn in noisy] == [0]


def test_no_turn_is_shorter_than_asked_for() -> None:
    truth = [(0.9 * n, n % 2) for n in range(33)]
    for least_s in (LEAST_TURN_S, 2.0):
        analysis, tracks = talk(truth, seed=3)
        turns = find_turns(tracks, analysis, SHOT, least_s)
        assert min(turn.duration_s for turn in turns) >= least_s


def test_three_people_take_turns_too() -> None:
    turns = turns_of(talk([(0.0, 2), (10.0, 0), (20.0, 1)], loud=(4.0, 4.0, 4.0)))

    assert [turn.who for turn in turns] == [2, 0, 1]


def test_chewing_in_silence_is_no_turn() -> None:
    analysis, tracks = talk([(0.0, 0), (10.0, 1), (20.0, 0)])
    quiet = Analysis(PROBE, speech=(Span(0, 9.5), Span(20, 30)), faces=analysis.faces)

    assert [turn.who for turn in find_turns(tracks, quiet, SHOT)] == [0]


def test_a_switch_comes_between_two_words() -> None:
    analysis, tracks = talk([(0.0, 0), (10.0, 1)])
    words = (*(Word("one", n * 0.4, n * 0.4 + 0.38) for n in range(25)), *(Word("two", 10.2 + n * 0.4, 10.5 + n * 0.4) for n in range(40)))
    spoken = Analysis(PROBE, speech=analysis.speech, faces=analysis.faces, words=words)
    _, second = find_turns(tracks, spoken, SHOT)

    assert 9.98 <= second.start_s <= 10.2


def test_who_left_is_not_shown_any_longer() -> None:
    here = [FaceSample(n / 3, (FaceBox(100, 300, 200, 240, 0.9, 0.2),)) for n in range(30)]
    there = [FaceSample(10 + n / 3, (FaceBox(1500, 300, 200, 240, 0.9, 0.2),)) for n in range(60)]
    for speech in ((Span(0, 30),), ()):
        analysis = Analysis(PROBE, speech=speech, faces=(*here, *there))
        tracks = link_faces(analysis.faces, SHOT)
        turns = find_turns(tracks, analysis, SHOT)
        assert [tracks[turn.who].center[0] for turn in turns] == [200, 1600]
        assert abs(turns[1].start_s - 10) < 1


def test_without_mouths_the_larger_face_stays() -> None:
    analysis, _ = talk([(0.0, 0), (15.0, 1)])
    faces = tuple(replace(one, boxes=tuple(replace(box, mouth=-1.0) for box in one.boxes)) for one in analysis.faces)
    tracks = link_faces(faces, SHOT)

    assert not knows_mouths(tracks, analysis, SHOT)
    assert [turn.who for turn in find_turns(tracks, analysis, SHOT)] == [0]


def test_short_turns_go_to_their_neighbours() -> None:
    assert held([Turn(0, 0, 5), Turn(1, 5, 5.5), Turn(0, 5.5, 9)], 2.0) == (Turn(0, 0, 9),)
    assert held([Turn(1, 0, 1), Turn(0, 1, 9)], 2.0) == (Turn(0, 0, 9),)
    assert held([Turn(1, 0, 1)], 2.0) == (Turn(1, 0, 1),)


def test_voice_is_looked_up_with_a_little_margin() -> None:
    speech = (Span(1, 2), Span(5, 6))

    assert [is_voiced(at, speech) for at in (0.5, 0.9, 1.5, 2.1, 3.0, 5.5, 7.0)] == [False, True, True, True, False, True, False]
