"""Loudness by EBU R 128, measured by ffmpeg's `ebur128` filter on the sound alone (no picture is decoded)."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.ffmpeg import run_ffmpeg

SILENT_LUFS = -60.0  # programme this quiet has no sound to speak of; ebur128's gate itself stops at -70
MEASURE_FILTER = ("ebur128", {"peak": "true", "framelog": "quiet"})

_INTEGRATED = re.compile(r"I:\s+(-?[\d.]+|-inf|nan) LUFS")
_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-inf|nan) dBFS")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS and the highest true peak in dBTP, both -inf for digital silence."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def is_silent(self) -> bool:
        return self.integrated_lufs < SILENT_LUFS


def measure(arguments: Sequence[str], *, timeout_s: float, cancel: Callable[[], bool] | None = None) -> Loudness:
    """Run ffmpeg arguments whose sound ends in `MEASURE_FILTER` and read the summary."""
    result = run_ffmpeg(arguments, timeout_s=timeout_s, log_level="info", cancel=cancel)
    return parse_summary(result.stderr_tail)


def parse_summary(log: str) -> Loudness:
    """The figures of the last ebur128 summary of a log; silence where it has none (a stream too short to measure)."""
    integrated, peaks = _INTEGRATED.findall(log), _PEAK.findall(log)
    return Loudness(_number(integrated[-1] if integrated else "-inf"), _number(peaks[-1] if peaks else "-inf"))


def _number(text: str) -> float:
    value = float(text)
    return -math.inf if math.isnan(value) or value <= -70.0 else value
