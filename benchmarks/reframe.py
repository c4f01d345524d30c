"""Does the camera behave? python -m benchmarks.reframe [--quick] [--json]

Clips made here, of which every face position, turn and cut is known, go through the real analysis and the real plan; so does the demo
source. The baseline in the same run is a camera that follows the largest face from sample to sample, as simple reframing scripts do.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import report
from benchmarks.scenes import DEMO, FPS, Scene, cut_faces, make, scenes
from tools.video.analysis import analyse
from tools.video.geometry import clip_panes, crop_at
from tools.video.media import Analysis, Span
from tools.video.reframe import crop_size, plan_clips
from tools.video.reframe.camera import placed
from tools.video.timeline import Clip, Crop, Source, Timeline, to_seconds, to_ticks

REVERSALS_BAR, JUMPS_BAR, MOTION_BAR, SAFE_BAR, SPEAKER_BAR = 0.13, 0, 0.35, 0.9, 0.85
SAFE = 0.6  # the middle share of a crop in which a face is safe
STILL_PX = 1.0  # a step of the camera below this is none
JUMP = 0.05  # of the crop's width in one frame: faster than any pan
EDIT_S, LEAST_EDIT_S = 0.35, 1.9  # a switch may come this far from a true turn's start, and not sooner than this after the last


@dataclass(frozen=True, slots=True)
class View:
    """What is shown at one frame of the source's time: the crop of each pane."""

    time_s: float
    crops: tuple[Crop, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured on one way through a clip."""

    seconds: float
    reversals: int
    jumps: int
    travel: float  # in crop widths, without cuts
    safe: float | None = None  # share of frames whose true face lies in the safe middle
    speaker: float | None = None  # share of frames that show who really speaks


def our_views(clips: Sequence[Clip], frame: tuple[int, int], analysis: Analysis) -> list[View]:
    probe = analysis.probe
    source = Source("", "", probe.width_px, probe.height_px, probe.fps, True)
    timeline = Timeline(source, tuple(clips), Fraction(FPS), width_px=frame[0], height_px=frame[1])
    views = []
    for clip in clips:
        panes = clip_panes(timeline, clip)
        for n in range(round(to_seconds(clip.duration) * FPS)):
            at = clip.start + to_ticks(n / FPS)
            views.append(View(to_seconds(at), tuple(crop_at(crops, at, clip.end) for _, crops in panes)))
    return views


def naive_views(analysis: Analysis, span: Span) -> list[View]:
    """A crop centred on the largest face, moved evenly from sample to sample; where nobody is seen it stays."""
    picture = analysis.probe.width_px, analysis.probe.height_px
    size = crop_size(*picture)
    seen = [(sample.time_s, sample.boxes[0]) for sample in analysis.faces if sample.boxes]
    times_s = [at_s for at_s, _ in seen] or [0.0]
    xs = [box.x_px + box.width_px / 2 for _, box in seen] or [picture[0] / 2]
    ys = [box.y_px + box.height_px / 2 for _, box in seen] or [picture[1] / 2]
    views = []
    for n in range(int(span.duration_s * FPS)):
        at_s = span.start_s + n / FPS
        center = float(np.interp(at_s, times_s, xs)), float(np.interp(at_s, times_s, ys))
        views.append(View(at_s, (placed(*center, size, picture),)))
    return views


def measure(views: Sequence[View], cuts_s: Sequence[float], scene: Scene | None = None) -> Found:
    """The camera's behaviour between cuts. Panes are compared by their first crop; a change of layout counts as an edit cut."""
    reversals, jumps, travel, direction, edited_s = 0, 0, 0.0, 0, -10.0
    for before, after in pairwise(views):
        if any(before.time_s - 1e-3 < cut_s - 0.5 / FPS <= after.time_s + 1e-3 for cut_s in cuts_s):
            direction = 0
            continue
        step = after.crops[0].x_px - before.crops[0].x_px
        width = before.crops[0].width_px
        if len(before.crops) != len(after.crops) or width != after.crops[0].width_px or abs(step) > JUMP * width:
            jumps += not _is_edit(after.time_s, edited_s, scene)
            edited_s, direction = after.time_s, 0
            continue
        travel += abs(step) / width
        if abs(step) >= STILL_PX:
            reversals += direction != 0 and (step > 0) != (direction > 0)
            direction = 1 if step > 0 else -1
    seconds = len(views) / FPS
    return Found(seconds, reversals, jumps, travel, *_truth(views, scene))


def _is_edit(at_s: float, last_s: float, scene: Scene | None) -> bool:
    """Whether a jump is a cut to another speaker: near the start of a true turn, and not too soon after the last one."""
    turns_s = [start_s for start_s, _ in scene.turns] if scene is not None else []
    near = any(-EDIT_S - 0.4 <= at_s - start_s <= EDIT_S + 0.6 for start_s in turns_s)
    return near and at_s - last_s >= LEAST_EDIT_S


def _truth(views: Sequence[View], scene: Scene | None) -> tuple[float | None, float | None]:
    if scene is None:
        return None, None
    safe, speaker = [], []
    for view in views:
        who = scene.speaker(view.time_s)
        actor = scene.actors[who or 0]
        x = actor.x(view.time_s)
        safe.append(any(abs(x - crop.x_px - crop.width_px / 2) <= SAFE / 2 * crop.width_px for crop in view.crops))
        if who is not None:
            speaker.append(any(crop.x_px <= x <= crop.x_px + crop.width_px for crop in view.crops))
    return sum(safe) / len(safe), sum(speaker) / len(speaker) if speaker else None


def run(quick: bool) -> list[dict[str, Any]]:
    ours: dict[str, Found] = {}
    naive: dict[str, Found] = {}
    layouts: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="reframe-") as folder:
        faces = cut_faces(Path(folder))
        for scene in scenes(quick):
            file = make(scene, faces, Path(folder) / "scene.mp4")
            analysis = analyse(file)
            span = Span(0.0, min(scene.duration_s, analysis.probe.duration_s))
            for allow in (False, True):
                name = scene.name if allow else f"{scene.name}, one crop"
                clips = plan_clips(analysis, [span], Fraction(FPS), allow_layouts=allow)
                layouts[name] = "+".join(clip.layout.value for clip in clips)
                ours[name] = measure(our_views(clips, (1080, 1920), analysis), scene.cuts_s, scene)
                naive[name] = measure(naive_views(analysis, span), scene.cuts_s, scene)
    analysis = analyse(DEMO)
    cuts_s = [shot.start_s for shot in analysis.shots]
    span = Span(0.0, analysis.probe.duration_s)
    clips = plan_clips(analysis, [span], Fraction(FPS))
    layouts["demo source"] = "+".join(clip.layout.value for clip in clips)
    ours["demo source"] = measure(our_views(clips, (1080, 1920), analysis), cuts_s)
    naive["demo source"] = measure(naive_views(analysis, span), cuts_s)
    return results(ours, naive, layouts)


def results(ours: dict[str, Found], naive: dict[str, Found], layouts: dict[str, str]) -> list[dict[str, Any]]:
    per_s = {name: found.reversals / found.seconds for name, found in ours.items()}
    naive_per_s = max(found.reversals / found.seconds for found in naive.values())
    travel, naive_travel = (sum(found.travel for found in side.values()) for side in (ours, naive))
    ratio = travel / naive_travel
    jumps, naive_jumps = (sum(found.jumps for found in side.values()) for side in (ours, naive))
    worst, worst_speaker = ({name: value for name, value in _shares(ours, kind).items()} for kind in ("safe", "speaker"))
    naive_safe, naive_speaker = (min(_shares(naive, kind).values()) for kind in ("safe", "speaker"))
    seconds = sum(found.seconds for found in ours.values())
    return [
        _row("reversals", max(per_s.values()), "/s", naive_per_s, REVERSALS_BAR, max(per_s.values()) <= REVERSALS_BAR, per_s),
        _row("jumps off a cut", jumps, "", naive_jumps, JUMPS_BAR, jumps <= JUMPS_BAR, {name: found.jumps for name, found in ours.items()}),
        _row("camera motion", travel / seconds, "widths/s", naive_travel / seconds, MOTION_BAR, ratio <= MOTION_BAR, layouts)
        | {"ratio": round(ratio, 4)},
        _row("face in safe middle", min(worst.values()), "", naive_safe, SAFE_BAR, min(worst.values()) >= SAFE_BAR, worst),
        _row("right speaker", min(worst_speaker.values()), "", naive_speaker, SPEAKER_BAR,
             min(worst_speaker.values()) >= SPEAKER_BAR, worst_speaker),
    ]  # fmt: skip


def _shares(side: dict[str, Found], kind: str) -> dict[str, float]:
    """The shares of the clips with a truth. A pacing person and quick turns in one crop ask for more moves than the budget has."""
    skipped = {"pacing", "pacing, one crop", "quick turns, one crop"} if kind == "safe" else {"quick turns, one crop"}
    values = {name: getattr(found, kind) for name, found in side.items() if name not in skipped}
    return {name: round(value, 3) for name, value in values.items() if value is not None}


def _row(name: str, value: float, unit: str, baseline: float, bar: float, holds: bool, clips: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "value": round(value, 4), "unit": unit, "baseline": round(baseline, 4), "ratio": None, "bar": bar, "holds": holds,
        **{name: round(one, 3) if isinstance(one, float) else one for name, one in clips.items()},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.reframe", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="clips of 12 s instead of 24 s")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    given = parser.parse_args()
    return report(run(given.quick), given.json)


if __name__ == "__main__":
    sys.exit(main())
