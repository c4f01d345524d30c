"""What is taken out of a moment, what stays, and that no word is ever cut."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.video.fillers import find_fillers, tighten
from tools.video.media import Analysis, Probe, SoundEvent, Span, Word
from tools.video.units import clean_words


def spoken(text: str, gap_s: float = 0.05) -> list[Word]:
    """Words of 0.3 s; each `_` is half a second of silence."""
    words: list[Word] = []
    position_s = 0.2
    for one in text.split():
        if one == "_":
            position_s += 0.5
            continue
        words.append(Word(one, round(position_s, 3), round(position_s + 0.3, 3)))
        position_s += 0.3 + gap_s
    return words


def heard(text: str) -> Analysis:
    words = spoken(text)
    return Analysis(Probe(words[-1].end_s + 0.3, 640, 360, 30, 0, True, True), words=tuple(words))


def whole(analysis: Analysis) -> Span:
    return Span(0.0, analysis.probe.duration_s)


def kept_text(analysis: Analysis, pieces: tuple[Span, ...]) -> str:
    stays = [w.text for w in analysis.words if any(p.start_s <= w.start_s and w.end_s <= p.end_s for p in pieces)]
    return " ".join(stays)


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("We um walked to the river.", "We walked to the river."),
        ("Um, we walked, uh, to the river.", "we walked, to the river."),
        ("We walked to the the river.", "We walked to the river."),
        ("I was I was at the river.", "I was at the river."),
        ("We walked to the, um, the river.", "We walked to the river."),
        ("It was, you know, a river.", "It was, a river."),
        ("It was, like, a river.", "It was, a river."),
        ("We wal- walked to the river.", "We walked to the river."),
        ("Do you know the river? You know it.", "Do you know the river? You know it."),
        ("It was very very cold, no no no.", "It was very very cold, no no no."),
        ("He said that that had had no effect.", "He said that that had had no effect."),
        ("I like it. It is good.", "I like it. It is good."),
        ("Thank you, thank you all.", "Thank you, thank you all."),
    ],
)
def test_fillers_go_and_meaning_stays(text: str, stays: str) -> None:
    words = spoken(text)
    fillers = find_fillers(words)

    assert " ".join(word.text for index, word in enumerate(words) if index not in fillers) == stays


def test_the_cut_takes_the_filler_and_leaves_its_neighbours_whole() -> None:
    analysis = heard("We walked along the bank um to the old river.")
    pieces = tighten(analysis, whole(analysis))

    assert len(pieces) == 2
    assert kept_text(analysis, pieces) == "We walked along the bank to the old river."
    assert sum(piece.duration_s for piece in pieces) == pytest.approx(analysis.probe.duration_s - 0.3, abs=0.02)


def test_a_long_silence_keeps_a_breath() -> None:
    analysis = heard("We walked to it. _ _ _ Then we swam.")
    first, second = tighten(analysis, whole(analysis))
    before, after = analysis.words[3].end_s, analysis.words[4].start_s

    assert first.end_s - before + after - second.start_s == pytest.approx(0.18, abs=0.001)


def test_a_short_silence_stays() -> None:
    analysis = heard("We walked to it. _ Then we swam.")

    assert tighten(analysis, whole(analysis)) == (whole(analysis),)


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param({"sounds": (SoundEvent("laughter", 1.7, 3.3, 0.9),)}, id="laughter"),
        pytest.param({"speech": (Span(0.1, 1.6), Span(1.8, 3.2), Span(3.4, 4.6))}, id="voice no word stands for"),
        pytest.param({"energy_db": (-20.0,) * 60}, id="as loud as the words"),
    ],
)
def test_what_is_heard_between_the_words_stays(inside: dict[str, object]) -> None:
    analysis = replace(heard("We walked to it. _ _ _ _ Then we swam."), **inside)  # type: ignore[arg-type]

    assert tighten(analysis, whole(analysis)) == (whole(analysis),)


def test_silence_under_the_level_of_the_words_goes() -> None:
    analysis = heard("We walked to it. _ _ _ _ Then we swam.")
    energy = tuple(-50.0 if 16 <= step < 35 else -20.0 for step in range(60))

    assert len(tighten(replace(analysis, energy_db=energy), whole(analysis))) == 2


def test_a_source_without_words_is_left_alone() -> None:
    assert tighten(Analysis(Probe(9, 640, 360, 30, 0, True, True)), Span(1, 8)) == (Span(1, 8),)


_texts = st.sampled_from(["um", "uh,", "the", "I", "was", "you", "know,", "like,", "river.", "wal-", "walked", "So,"])


@given(
    st.lists(st.tuples(_texts, st.floats(0, 2.5), st.floats(0.05, 0.8)), min_size=1, max_size=60),
    st.lists(st.tuples(st.floats(0, 60), st.floats(0.1, 4)), max_size=6),
    st.lists(st.floats(-80, 0), max_size=300),
)
def test_pieces_never_cut_a_word_and_are_never_slivers(
    said: list[tuple[str, float, float]], voices: list[tuple[float, float]], levels: list[float]
) -> None:
    words: list[Word] = []
    position_s = 0.1
    for text, gap_s, long_s in said:
        words.append(Word(text, position_s + gap_s, position_s + gap_s + long_s))
        position_s = words[-1].end_s
    speech = tuple(Span(start_s, start_s + long_s) for start_s, long_s in sorted(voices))
    analysis = Analysis(Probe(position_s + 1, 640, 360, 30, 0, True, True), speech=speech, words=tuple(words), energy_db=tuple(levels))
    span = whole(analysis)
    pieces = tighten(analysis, span)
    clean = clean_words(words, analysis.probe.duration_s)
    fillers = find_fillers(clean)

    assert pieces
    assert all(piece.duration_s >= 0.4 - 1e-6 for piece in pieces)
    assert all(one.end_s < other.start_s for one, other in pairwise(pieces))
    assert span.start_s <= pieces[0].start_s and pieces[-1].end_s <= span.end_s
    for index, word in enumerate(clean):
        inside = any(piece.start_s - 1e-6 <= word.start_s and word.end_s <= piece.end_s + 1e-6 for piece in pieces)
        outside = all(word.end_s <= piece.start_s + 1e-6 or piece.end_s - 1e-6 <= word.start_s for piece in pieces)
        assert inside or (outside and index in fillers)
