"""Where the camera changes, and how much moves, from the differences between frames that follow each other (`frames.Change`)."""

from dataclasses import dataclass
from itertools import pairwise

from tools.video.frames import Change
from tools.video.media import Span

MOTION_STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class ShotConfig:
    """`threshold` is scdet's, in percent of full scale; a cut this soon after another one (`min_shot_s`) is a flash and no new shot."""

    threshold: float = 10.0
    min_shot_s: float = 0.2


class ShotFinder:
    """Takes the changes of a source in order."""

    def __init__(self, duration_s: float, config: ShotConfig | None = None) -> None:
        self._duration_s = duration_s
        self._min_shot_s = (config or ShotConfig()).min_shot_s
        steps = max(1, round(duration_s / MOTION_STEP_S + 0.499))
        self._sums, self._counts = [0.0] * steps, [0] * steps
        self._edges = [0.0]

    def add(self, change: Change) -> bool:
        """Return whether a new shot begins with this frame."""
        step = min(len(self._sums) - 1, int(change.time_s / MOTION_STEP_S))
        self._sums[step] += change.difference
        self._counts[step] += 1
        is_edge = (
            change.is_cut and change.time_s - self._edges[-1] >= self._min_shot_s and self._duration_s - change.time_s >= self._min_shot_s
        )
        if is_edge:
            self._edges.append(round(change.time_s, 3))
        return is_edge

    @property
    def shots(self) -> tuple[Span, ...]:
        """Shots covering 0 to the duration without gaps."""
        return tuple(Span(start, end) for start, end in pairwise([*self._edges, self._duration_s]))

    @property
    def motion(self) -> tuple[float, ...]:
        """Mean difference per `MOTION_STEP_S`, see `Analysis.motion`."""
        return tuple(round(total / count, 3) if count else 0.0 for total, count in zip(self._sums, self._counts, strict=True))
