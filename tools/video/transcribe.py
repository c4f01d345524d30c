"""Words from sound: voice activity, a recogniser that writes what it hears, and forced alignment for the time of every word."""

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.video import models
from tools.video.align import align_words
from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack
from tools.video.media import Span, Word
from tools.video.onnx import open_session

if TYPE_CHECKING:
    import tokenizers

_START, _END = 1, 2  # Moonshine's tokens
_LAYERS, _HEADS, _HEAD_WIDTH = 6, 8, 36  # of the tiny model
_TOKENS_PER_S = 6.5  # faster than anybody speaks: what goes on longer is a loop (the bound of Moonshine's own code)
_DOUBLED = re.compile(r"([,;:!?])\1+")  # the int8 model sometimes writes "short,,"
_MOST_WAITING = 4  # chunks heard and not yet aligned: each holds its sound
_MIN_CHUNK_S = 1.0  # shorter sound is padded with silence: the encoder needs a few hundred milliseconds


class Transcriber(Protocol):
    """Anything that writes down speech. Times are added by alignment afterwards."""

    name: str

    def hear(self, samples: NDArray[np.float32]) -> str:
        """Return the words of at most ~12 s of 16 kHz mono speech, shape (n,), with case and punctuation; "" when there are none."""
        ...


class MoonshineTiny:
    """Moonshine tiny (English, MIT), int8 on onnxruntime, greedy with a key-value cache. WER 3.4 % on clear reading."""

    name = "moonshine-tiny"

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads

    def hear(self, samples: NDArray[np.float32]) -> str:
        samples = np.pad(samples, (0, max(0, round(_MIN_CHUNK_S * SAMPLE_RATE_HZ) - len(samples))))
        limit = int(len(samples) / SAMPLE_RATE_HZ * _TOKENS_PER_S) + 2
        encoder = open_session(models.MOONSHINE_ENCODER, self._threads)
        hidden = encoder.run(None, {"input_values": samples[np.newaxis, :]})[0]
        text = str(_tokenizer().decode(self._decode(hidden, limit), skip_special_tokens=True))
        return _DOUBLED.sub(r"\1", text).strip()

    def _decode(self, hidden: NDArray[np.float32], limit: int) -> list[int]:
        decoder = open_session(models.MOONSHINE_DECODER, self._threads)
        names = [f"{layer}.{side}.{part}" for layer in range(_LAYERS) for side in ("decoder", "encoder") for part in ("key", "value")]
        cache = {f"past_key_values.{name}": np.zeros((0, _HEADS, 1, _HEAD_WIDTH), dtype=np.float32) for name in names}
        tokens: list[int] = []
        previous = _START
        while len(tokens) < limit:
            feed = {
                "input_ids": np.array([[previous]], dtype=np.int64),
                "encoder_hidden_states": hidden,
                "use_cache_branch": np.array([bool(tokens)]),
                **cache,
            }
            logits, *present = decoder.run(None, feed)
            previous = int(logits[0, -1].argmax())
            if previous == _END:
                break
            for name, value in zip(names, present, strict=True):
                if not tokens or ".decoder." in name:  # the encoder's half is computed once, by the first call
                    cache[f"past_key_values.{name}"] = value
            tokens.append(previous)
        return tokens


@lru_cache(maxsize=1)
def _tokenizer() -> "tokenizers.Tokenizer":
    import tokenizers

    return tokenizers.Tokenizer.from_file(str(models.MOONSHINE_TOKENIZER))


def transcribe(
    track: AudioTrack,
    chunks: tuple[Span, ...],
    *,
    transcriber: Transcriber | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> tuple[Word, ...]:
    """Write down the speech in `chunks` (see `vad.speech_chunks`), every word with its time.

    Times never go backwards and lie inside their chunk. Silence, or speech the recogniser makes nothing of, gives no words.
    """
    transcriber = transcriber or MoonshineTiny()
    with ThreadPoolExecutor(1, thread_name_prefix="align") as aligner:  # a chunk is aligned while the next one is heard: a fifth less time
        aligned: list[Future[list[Word]]] = []
        for index, chunk in enumerate(chunks):
            samples = track.clip(chunk.start_s, chunk.end_s)
            if heard := transcriber.hear(samples).split():
                aligned.append(aligner.submit(align_words, heard, samples, chunk.start_s))
                if len(aligned) > _MOST_WAITING:
                    aligned[-_MOST_WAITING].result()
            on_progress((index + 1) / len(chunks))
        return tuple(word for words in aligned for word in words.result())
