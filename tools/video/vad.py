"""Voice activity: where somebody speaks. Silero's network (MIT) on onnxruntime, then spans by hysteresis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video import models
from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack
from tools.video.media import Span
from tools.video.onnx import open_session

FRAME = 512  # samples per probability: 32 ms at 16 kHz
FRAME_S = FRAME / SAMPLE_RATE_HZ
_CONTEXT = 64  # samples of the frame before that the network sees again
_BLOCK = 512  # frames per call: 16.4 s


@dataclass(frozen=True, slots=True)
class VadConfig:
    """When a stretch counts as speech. The defaults are Silero's own, with longer pauses bridged for readable captions."""

    enter: float = 0.5  # probability that starts speech
    leave: float = 0.35  # probability below which it may end
    min_speech_s: float = 0.25
    min_silence_s: float = 0.3  # shorter pauses stay inside a span
    pad_s: float = 0.08  # added on both sides: first consonants are quiet


def speech_probabilities(track: AudioTrack) -> NDArray[np.float32]:
    """Return one probability of speech per 32 ms, shape (ceil(n / 512),)."""
    session = open_session(models.SILERO_VAD, 1)
    hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
    context = np.zeros(_CONTEXT, dtype=np.float32)
    found: list[NDArray[np.float32]] = []
    for first in range(0, len(track.samples), FRAME * _BLOCK):
        samples = track.read(first, first + FRAME * _BLOCK)
        frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
        before = np.vstack([context, frames[:-1, -_CONTEXT:]])
        context = frames[-1, -_CONTEXT:]
        values, hidden, cell = session.run(["speech_probs", "hn", "cn"], {"input": np.hstack([before, frames]), "h": hidden, "c": cell})
        found.append(values.reshape(-1))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def speech_spans(probabilities: NDArray[np.float32], duration_s: float, config: VadConfig | None = None) -> tuple[Span, ...]:
    """Turn probabilities (one per 32 ms) into ordered spans that do not touch, inside 0 to `duration_s`."""
    config = config or VadConfig()
    spans: list[Span] = []
    start: int | None = None
    for index, value in enumerate(probabilities):
        if start is None and value >= config.enter:
            start = index
        elif start is not None and value < config.leave:
            spans.append(Span(start * FRAME_S, index * FRAME_S))
            start = None
    if start is not None:
        spans.append(Span(start * FRAME_S, duration_s))
    return _pad(_bridge(spans, config), config.pad_s, duration_s)


def _bridge(spans: list[Span], config: VadConfig) -> list[Span]:
    """Join spans across short pauses, then drop what is too short to be a word."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s - joined[-1].end_s < config.min_silence_s:
            joined[-1] = Span(joined[-1].start_s, span.end_s)
        else:
            joined.append(span)
    return [span for span in joined if span.duration_s >= config.min_speech_s]


def _pad(spans: list[Span], pad_s: float, duration_s: float) -> tuple[Span, ...]:
    """Widen each span, at most to the middle of the pause it borders on."""
    padded: list[Span] = []
    for index, span in enumerate(spans):
        floor = (spans[index - 1].end_s + span.start_s) / 2 if index else 0.0
        ceiling = (span.end_s + spans[index + 1].start_s) / 2 if index + 1 < len(spans) else duration_s
        padded.append(Span(round(max(floor, span.start_s - pad_s), 3), round(min(ceiling, span.end_s + pad_s), 3)))
    return tuple(padded)


def speech_chunks(
    spans: tuple[Span, ...], probabilities: NDArray[np.float32], *, max_s: float = 12.0, join_s: float = 0.7
) -> tuple[Span, ...]:
    """Group speech into chunks of at most `max_s` for a recogniser: near spans together, long ones cut where speech is least likely."""
    if max_s < 1.0:
        raise InputError(f"max_s {max_s} must be at least 1 second.")
    chunks: list[Span] = []
    for span in spans:
        previous = chunks[-1] if chunks else None
        if previous and span.start_s - previous.end_s <= join_s and span.end_s - previous.start_s <= max_s:
            chunks[-1] = Span(previous.start_s, span.end_s)
        else:
            chunks.extend(_cut(span, probabilities, max_s))
    return tuple(chunks)


def _cut(span: Span, probabilities: NDArray[np.float32], max_s: float) -> list[Span]:
    pieces: list[Span] = []
    while span.duration_s > max_s:
        first = int((span.start_s + max_s / 2) / FRAME_S)
        window = probabilities[first : int((span.start_s + max_s) / FRAME_S)]
        at_s = (first + int(np.argmin(window)) + 0.5) * FRAME_S
        pieces.append(Span(span.start_s, at_s))
        span = Span(at_s, span.end_s)
    return [*pieces, span]
