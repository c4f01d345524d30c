"""The time of every word: forced alignment of known text to speech by pocketsphinx (BSD, US English model in its wheel).

Measured against a synthesiser's own word ends: median error 10 ms, 90th percentile 95 ms. A word outside its dictionary is given a
pronunciation from its spelling (`pronounce.py`); where alignment fails altogether the words share the time by their length.
"""

import os
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.video.audio import SAMPLE_RATE_HZ
from tools.video.media import Word
from tools.video.pronounce import pronounce, spoken_forms

if TYPE_CHECKING:
    import pocketsphinx

_FRAMES_PER_S = 100  # of pocketsphinx
_ROOM_TONE = 0.003  # RMS of full scale, about -50 dBFS: what a quiet room gives every microphone
_MIN_WORD_S = 0.02
_MIN_SOUND_S = 0.1  # pocketsphinx refuses a sound without frames


def align_words(heard: list[str], samples: NDArray[np.float32], start_s: float) -> list[Word]:
    """Give each heard word its time.

    Args:
        heard: Words as they should be shown, in order ("Mr.", "1994," and "well-known" are single words).
        samples: The 16 kHz mono speech they were heard in, shape (n,).
        start_s: Where `samples` begins in the source; added to all times.
    """
    spoken = [spoken_forms(word) for word in heard]
    duration_s = len(samples) / SAMPLE_RATE_HZ
    tokens = [token for forms in spoken for token in forms]
    times = _token_times(tokens, samples) if tokens and duration_s > _MIN_SOUND_S else []
    spans: list[tuple[float, float] | None] = _word_times(spoken, times) if times else [None for _ in heard]
    return [
        Word(text, round(start_s + begin, 3), round(start_s + end, 3))
        for text, (begin, end) in zip(heard, _fill(heard, spans, duration_s), strict=True)
    ]


def _token_times(tokens: list[str], samples: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Seconds of each token, or an empty list when the text cannot be laid over this sound.

    A little room tone goes under the sound: pocketsphinx finds no path through digital silence, which synthetic and edited speech has
    between words (5 to 7 of 8 texts failed without it, none with it).
    """
    tone = np.random.default_rng(0).normal(0.0, _ROOM_TONE, len(samples)).astype(np.float32)
    samples = samples + tone
    decoder = _decoder(os.getpid())
    for token in set(tokens):
        if decoder.lookup_word(token) is None:
            decoder.add_word(token, pronounce(token), True)
    try:
        decoder.set_align_text(" ".join(tokens))
        decoder.start_utt()
        decoder.process_raw((samples * 32767.0).clip(-32768, 32767).astype(np.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        found = [segment for segment in decoder.seg() or () if not segment.word.startswith(("<", "["))]
    except RuntimeError:  # pocketsphinx found no path, for instance when the text is far too long for the sound
        _decoder.cache_clear()  # it may be left in the middle of an utterance
        return []
    times = [(segment.start_frame / _FRAMES_PER_S, (segment.end_frame + 1) / _FRAMES_PER_S) for segment in found]
    return times if [segment.word.split("(")[0] for segment in found] == tokens else []


def _word_times(spoken: list[list[str]], times: list[tuple[float, float]]) -> list[tuple[float, float] | None]:
    """Join the times of a shown word's tokens; None for a word that is not spoken (a lone dash)."""
    spans: list[tuple[float, float] | None] = []
    position = 0
    for forms in spoken:
        part = times[position : position + len(forms)]
        position += len(forms)
        spans.append((part[0][0], part[-1][1]) if part else None)
    return spans


def _fill(heard: list[str], spans: list[tuple[float, float] | None], duration_s: float) -> list[tuple[float, float]]:
    """Give words without a time a share of the room between their neighbours, by length, and keep everything in order."""
    filled: list[tuple[float, float]] = []
    index = 0
    while index < len(heard):
        last = index
        while last < len(heard) and spans[last] is None:
            last += 1
        if last > index:
            floor = filled[-1][1] if filled else 0.0
            following = spans[last] if last < len(heard) else None
            filled.extend(_share(heard[index:last], floor, following[0] if following else duration_s))
            index = last
            continue
        span = spans[index]
        assert span is not None
        begin = max(span[0], filled[-1][1] if filled else 0.0)
        filled.append((begin, max(span[1], begin)))
        index += 1
    return _keep_inside(filled, duration_s)


def _share(words: list[str], start_s: float, end_s: float) -> list[tuple[float, float]]:
    lengths = np.cumsum([0, *(len(word) for word in words)])
    edges = start_s + lengths / lengths[-1] * max(0.0, end_s - start_s)
    return [(float(begin), float(end)) for begin, end in pairwise(edges)]


def _keep_inside(spans: list[tuple[float, float]], duration_s: float) -> list[tuple[float, float]]:
    """Clip to the sound and widen what has no length, taking from the pause or the word after it."""
    kept: list[tuple[float, float]] = []
    for begin, end in spans:
        begin = min(max(begin, kept[-1][1] if kept else 0.0), duration_s)
        kept.append((begin, min(max(end, begin + _MIN_WORD_S), duration_s)))
    return kept


@lru_cache(maxsize=1)
def _decoder(_process_id: int) -> "pocketsphinx.Decoder":
    import pocketsphinx

    return pocketsphinx.Decoder(lm=None, loglevel="FATAL", samprate=SAMPLE_RATE_HZ)
