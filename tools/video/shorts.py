"""The whole way from an analysed source to finished shorts: choose, edit, render, inspect, preview.

File names come from the hash of the timeline and the preset, so the same request makes the same files: run again after a crash, what is
finished and passes inspection is taken as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from memory.domain import Verdict
from memory.errors import InputError, StoppedError
from tools.video.brief import Brief
from tools.video.captions import make_cues
from tools.video.inspection import Inspection, inspect
from tools.video.media import Analysis
from tools.video.moments import Moment, choose_moments
from tools.video.previews import make_proxy, make_sheet
from tools.video.reframe import plan_crops
from tools.video.render import render
from tools.video.timeline import (
    PRESETS,
    TIME_BASE,
    Clip,
    Source,
    Timeline,
    dump_timeline,
    fingerprint,
    output_rate,
    timeline_hash,
    to_ticks,
)
from tools.video.titles import lay_out


@dataclass(frozen=True, slots=True)
class Short:
    """One finished short with its files, its edit and what was measured on it. `render_wall_s` is 0 when an earlier run rendered it."""

    name: str
    moment: Moment
    timeline: Timeline
    file: Path
    proxy: Path
    sheet: Path
    render_wall_s: float
    inspection: Inspection
    width_px: int
    height_px: int
    fps: float
    duration_s: float
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    caption_words: int


def make_shorts(
    source: Path,
    analysis: Analysis,
    brief: Brief,
    out_dir: Path,
    *,
    on_progress: Callable[[float, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    done: Mapping[str, Short] | None = None,
) -> list[Short]:
    """Make the shorts a brief asks for, the best first.

    Args:
        on_progress: Called with the share done (0 to 1) and what is being done, in words for the owner.
        done: Shorts already made, by name; one whose files are still there is not looked at again.

    Raises:
        InputError: The brief cannot be met, or the source cannot be read.
        LimitError: The disk is full or time is up.
        StoppedError: `cancel` said so.
    """
    if brief.preset not in PRESETS:
        raise InputError(f"preset {brief.preset!r} must be one of {', '.join(PRESETS)}.")
    hint = brief.title_hint or source.stem.replace("_", " ").replace("-", " ")
    moments = choose_moments(analysis, count=brief.count, min_s=brief.min_s, max_s=brief.max_s, title_hint=hint)
    timelines = [plan_timeline(source, analysis, moment, labels=brief.labels) for moment in moments]
    out_dir.mkdir(parents=True, exist_ok=True)
    shorts: list[Short] = []
    for index, (moment, timeline) in enumerate(zip(moments, timelines, strict=True)):
        if cancel is not None and cancel():
            raise StoppedError("The work was stopped.")
        name = short_name(timeline, brief.preset)
        finished = (done or {}).get(name)
        if finished is not None and all(path.is_file() for path in (finished.file, finished.proxy, finished.sheet)):
            shorts.append(finished)
            continue
        tell = _teller(on_progress, index, len(moments))
        shorts.append(make_short(moment, timeline, brief.preset, out_dir, tell=tell, cancel=cancel))
    return shorts


def plan_timeline(source: Path, analysis: Analysis, moment: Moment, *, labels: tuple[str, ...] = ()) -> Timeline:
    """The edit of one moment: its span in whole frames, a crop per shot, captions, and the title over the first seconds."""
    probe = analysis.probe
    fps = output_rate(probe.fps, is_variable=probe.is_variable_fps)
    start = to_ticks(moment.start_s)
    frames = max(1, int((moment.end_s - moment.start_s) * fps))
    clip = Clip(start, start + round(frames / fps / TIME_BASE), plan_crops(analysis, moment.span))
    described = Source(str(source), fingerprint(source), probe.width_px, probe.height_px, probe.fps, probe.has_audio)
    hook = lay_out(moment.title, moment.end_s - moment.start_s)
    return Timeline(described, (clip,), fps, make_cues(analysis.words, (clip,)), hook, labels=labels)


def short_name(timeline: Timeline, preset: str) -> str:
    return f"short-{timeline_hash(timeline)}-{preset}"


def make_short(
    moment: Moment,
    timeline: Timeline,
    preset_name: str,
    out_dir: Path,
    *,
    tell: Callable[[float, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Short:
    """Render, inspect and preview one timeline; a file of its name that passes inspection is kept."""
    preset, name = PRESETS[preset_name], short_name(timeline, preset_name)
    tell = tell or (lambda share, text: None)
    file, proxy, sheet = out_dir / f"{name}.mp4", out_dir / f"{name}-preview.mp4", out_dir / f"{name}-sheet.jpg"
    tell(0.0, "rendering")
    wall_s = 0.0
    inspection = inspect(file, timeline, preset) if file.is_file() else None
    if inspection is None or inspection.verdict is Verdict.BLOCKED:
        wall_s = render(timeline, file, preset=preset, cancel=cancel, on_progress=lambda share: tell(0.75 * share, "rendering")).wall_s
        (out_dir / f"{name}.timeline.json").write_text(dump_timeline(timeline), encoding="utf-8")
        tell(0.78, "checking")
        inspection = inspect(file, timeline, preset)
        proxy.unlink(missing_ok=True)
        sheet.unlink(missing_ok=True)
    tell(0.82, "making the preview")
    if inspection.verdict is not Verdict.BLOCKED:
        if not sheet.is_file():
            make_sheet(file, sheet)
        if not proxy.is_file():
            make_proxy(file, proxy, timeline.duration_s, cancel=cancel)
    tell(1.0, "done")
    return Short(
        name,
        moment,
        timeline,
        file,
        proxy,
        sheet,
        round(wall_s, 3),
        inspection,
        inspection.width_px,
        inspection.height_px,
        inspection.fps,
        inspection.duration_s,
        inspection.loudness_lufs,
        inspection.true_peak_dbtp,
        sum(len(line) for cue in timeline.cues for line in cue.lines),
    )


def _teller(on_progress: Callable[[float, str], None] | None, index: int, count: int) -> Callable[[float, str], None] | None:
    if on_progress is None:
        return None
    return lambda share, text: on_progress((index + share) / count, f"short {index + 1} of {count}: {text}")
