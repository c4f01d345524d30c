"""The whole way from an analysed source to finished shorts: choose, edit, render, inspect, preview.

File names come from the hash of the timeline and the preset, so the same request makes the same files: run again after a crash, what is
finished and passes inspection is taken as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from memory.domain import Verdict
from memory.errors import StoppedError
from tools.video.additions import Brand
from tools.video.anonymise import KnownPerson, cover_leaks, find_hidden
from tools.video.brief import Brief
from tools.video.captions import write_srt, write_vtt
from tools.video.inspection import Inspection, inspect
from tools.video.judgement import Judged
from tools.video.media import Analysis
from tools.video.moments import Moment, choose_moments
from tools.video.plan import Hider, check_brief, plan
from tools.video.previews import make_proxy, make_sheet
from tools.video.render import RenderResult, render
from tools.video.thumbnails import Thumbnail, make_thumbnails
from tools.video.timeline import PRESETS, Media, Preset, Timeline, dump_timeline, timeline_hash

Tell = Callable[[float, str], None]
Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Extras:
    """What a brief refers to and files or rows hold: the brand with its media, people who may be seen, the model's judgement."""

    brand: Brand | None = None
    media: tuple[Media, ...] = ()
    keep: tuple[KnownPerson, ...] = ()
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Short:
    """One finished short with its files, its edit and what was measured on it. `render_wall_s` is 0 when an earlier run rendered it.

    `subtitles` are the captions as SRT and VTT, none where nothing is said; `encoder` wrote the picture, "" where an earlier run did.
    """

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
    thumbnails: tuple[Thumbnail, ...] = ()
    subtitles: tuple[Path, ...] = ()
    encoder: str = ""

    @property
    def is_there(self) -> bool:
        """Whether all its files are still where they were."""
        return all(path.is_file() for path in (self.file, self.proxy, self.sheet, *self.subtitles))


def make_shorts(
    source: Path,
    analysis: Analysis,
    brief: Brief,
    out_dir: Path,
    *,
    on_progress: Tell | None = None,
    cancel: Cancel | None = None,
    done: Mapping[str, Short] | None = None,
    extras: Extras | None = None,
) -> list[Short]:
    """Make the shorts a brief asks for, the best first.

    Args:
        on_progress: Called with the share done (0 to 1) and what is being done, in words for the owner.
        done: Shorts already made, by name; one whose files are still there is not looked at again.
        extras: The brand, the people and the judgement the brief refers to.

    Raises:
        InputError: The brief cannot be met, or the source cannot be read.
        LimitError: The disk is full or time is up.
        StoppedError: `cancel` said so.
    """
    extras = extras or Extras()
    check_brief(brief)
    moments = choose_moments(
        analysis, count=brief.count, min_s=brief.min_s, max_s=brief.max_s, from_s=brief.from_s, to_s=brief.to_s, topic=brief.topic,
        title_hint=brief.title_hint or source.stem.replace("_", " ").replace("-", " "), judged=extras.judged, tightened=brief.tighten,
    )  # fmt: skip
    out_dir.mkdir(parents=True, exist_ok=True)
    shorts: list[Short] = []
    for index, moment in enumerate(moments):
        if cancel is not None and cancel():
            raise StoppedError("The work was stopped.")
        tell = _teller(on_progress, index, len(moments))
        hider = _hider(source, brief, extras, tell, cancel)
        timeline = plan(source, analysis, moment, brief, brand=extras.brand, media=extras.media, hider=hider)
        finished = (done or {}).get(short_name(timeline, brief.preset))
        if finished is not None and finished.is_there:
            shorts.append(finished)
        else:
            shorts.append(make_short(moment, timeline, analysis, brief.preset, out_dir, tell=tell, cancel=cancel))
    return shorts


def _hider(source: Path, brief: Brief, extras: Extras, tell: Tell, cancel: Cancel | None) -> Hider:
    """How what must not be seen in a planned short is found, with progress and a way to stop."""

    def hide(timeline: Timeline) -> Timeline:
        return replace(timeline, hiding=find_hidden(
            source, timeline, hide=brief.hide, method=brief.hide_method, keep=extras.keep,
            regions=brief.regions, plates=brief.hide_plates, screens=brief.hide_screens,
            on_progress=lambda share: tell(0.3 * share, "finding what to hide"), cancel=cancel,
        ))  # fmt: skip

    return hide


def short_name(timeline: Timeline, preset: str) -> str:
    return f"short-{timeline_hash(timeline)}-{preset}"


def make_short(
    moment: Moment,
    timeline: Timeline,
    analysis: Analysis,
    preset_name: str,
    out_dir: Path,
    *,
    tell: Tell | None = None,
    cancel: Cancel | None = None,
) -> Short:
    """Render, inspect and preview one timeline; a file of its name that passes inspection is kept.

    Where a face that should be hidden was found in the rendered file, its region is covered too and the short is rendered once more; what
    is left after that blocks it.
    """
    preset, name = PRESETS[preset_name], short_name(timeline, preset_name)
    tell = tell or (lambda share, text: None)
    file, proxy, sheet = out_dir / f"{name}.mp4", out_dir / f"{name}-preview.mp4", out_dir / f"{name}-sheet.jpg"
    tell(0.3, "rendering")
    result: RenderResult | None = None
    inspection = inspect(file, timeline, preset, analysis=analysis, cancel=cancel) if file.is_file() else None
    if inspection is None or inspection.verdict is Verdict.BLOCKED:
        result, inspection = _render_and_inspect(timeline, file, analysis, preset, tell, cancel)
        if inspection.leaks is not None and inspection.leaks.leaks:
            timeline = cover_leaks(timeline, inspection.leaks)
            result, inspection = _render_and_inspect(timeline, file, analysis, preset, tell, cancel)
        (out_dir / f"{name}.timeline.json").write_text(dump_timeline(timeline), encoding="utf-8")
        proxy.unlink(missing_ok=True)
        sheet.unlink(missing_ok=True)
    tell(0.82, "making the preview")
    thumbnails: tuple[Thumbnail, ...] = ()
    if inspection.verdict is not Verdict.BLOCKED:
        if not sheet.is_file():
            make_sheet(file, sheet)
        if not proxy.is_file():
            make_proxy(file, proxy, timeline.duration_s, cancel=cancel)
        tell(0.94, "choosing a cover")
        thumbnails = make_thumbnails(file, timeline, analysis, out_dir, title=moment.title, cancel=cancel)
    tell(1.0, "done")
    return Short(
        name,
        moment,
        timeline,
        file,
        proxy,
        sheet,
        round(result.wall_s, 3) if result else 0.0,
        inspection,
        inspection.width_px,
        inspection.height_px,
        inspection.fps,
        inspection.duration_s,
        inspection.loudness_lufs,
        inspection.true_peak_dbtp,
        sum(len(line) for cue in timeline.cues for line in cue.lines),
        thumbnails,
        _write_subtitles(timeline, out_dir / name),
        result.encoder if result else "",
    )


def _render_and_inspect(
    timeline: Timeline, file: Path, analysis: Analysis, preset: Preset, tell: Tell, cancel: Cancel | None
) -> tuple[RenderResult, Inspection]:
    result = render(timeline, file, preset=preset, cancel=cancel, on_progress=lambda share: tell(0.3 + 0.45 * share, "rendering"))
    tell(0.76, "checking")
    return result, inspect(file, timeline, preset, analysis=analysis, fell_back=result.fell_back, cancel=cancel)


def _write_subtitles(timeline: Timeline, stem: Path) -> tuple[Path, ...]:
    if not timeline.cues:
        return ()
    files = (stem.with_suffix(".srt"), stem.with_suffix(".vtt"))
    for file, text in zip(files, (write_srt(timeline), write_vtt(timeline)), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def _teller(on_progress: Tell | None, index: int, count: int) -> Tell:
    if on_progress is None:
        return lambda share, text: None
    return lambda share, text: on_progress((index + share) / count, f"short {index + 1} of {count}: {text}")
