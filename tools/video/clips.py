"""A finished clip in words: for the model, and for the owner."""

from memory.domain import Json
from memory.tables import Variant


def describe(variant: Variant) -> Json:
    """A clip as the model sees it."""
    return {
        "variant_id": variant.id,
        "title": variant.title,
        "start_s": variant.start_s,
        "end_s": variant.end_s,
        "score": variant.score,
        "reason": variant.reason,
        "verdict": variant.verdict.value,
    }


def line(variant: Variant) -> str:
    """A clip in one line for the owner."""
    length_s = variant.end_s - variant.start_s
    return (
        f'Clip {variant.id}: "{variant.title}" · {length_s:.0f} s from {_clock(variant.start_s)} · '
        f"score {round(variant.score * 100)} of 100 · {variant.verdict} · {variant.reason}"
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
