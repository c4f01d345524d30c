"""What a check is, and what the checks of a file together mean."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from memory.domain import Verdict
from tools.video.anonymise import Leaks


@dataclass(frozen=True, slots=True)
class Check:
    """One property: the measured value, the limit in words, and a sentence for the owner when it is not met."""

    ok: bool
    value: float | str | None
    limit: str
    message: str = ""
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """The verdict and what it rests on."""

    verdict: Verdict
    checks: dict[str, Check]
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0
    duration_s: float = 0.0
    loudness_lufs: float | None = None  # None without sound
    true_peak_dbtp: float | None = None
    leaks: Leaks | None = None  # faces that should be hidden and are not; None where nothing had to be hidden

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(check.message for check in self.checks.values() if not check.ok)


def verdict(checks: Iterable[Check]) -> Verdict:
    """The worst of the checks."""
    failed = [check for check in checks if not check.ok]
    if any(check.is_blocking for check in failed):
        return Verdict.BLOCKED
    return Verdict.DEGRADED if failed else Verdict.OK


def must(ok: bool, value: float | str | None, limit: str, message: str) -> Check:
    """A check whose failure blocks."""
    return Check(ok, value, limit, message, is_blocking=True)


def clock(seconds: float) -> str:
    """A time for the owner: 0:07."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
