"""A clip's current revision as a finished clip of its own: rendered in full size, inspected like any other, beside the one it came from."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from memory.domain import Json, Verdict
from memory.errors import AppError, LimitError, StoppedError
from memory.repositories import assets, productions, revisions
from memory.tables import Asset, Revision, Variant
from tools.toolkit import Deps
from tools.video.brief import Brief
from tools.video.clips import describe
from tools.video.edit.partial import update
from tools.video.edit.revised import source_of, timeline_of
from tools.video.files import found, path_of
from tools.video.keeping import Work, book_compute, put_files, record
from tools.video.known import analysis_of
from tools.video.moments import Moment
from tools.video.settings import VideoSettings
from tools.video.shorts import Short, make_short, short_name
from tools.video.timeline import PRESETS, Timeline, to_seconds

Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be finished, read once; `made` are clips with a file it may be made of, the nearest first."""

    work: Work
    revision_id: int
    variant: Variant
    timeline: Timeline
    made: tuple[tuple[Timeline, Asset], ...]


def finish_edit(
    deps: Deps, settings: VideoSettings, workspace_id: int, revision_id: int, *, tell: Tell, cancelled: Callable[[], bool]
) -> Json:
    """Render a revision in full size as a new clip of the same production. Safe to run again: a revision becomes one clip.

    Returns:
        `verdict` of the inspection, `text` for the owner, `variant_id` of the new clip, `clips` with it alone, `production_id`.

    Raises:
        InputError: There is no such revision, or its source cannot be used any more.
        StoppedError: `cancelled` said so.
    """
    started = time.perf_counter()
    with deps.database.reading() as session:
        row = revisions.get(session, workspace_id, revision_id)
        if row.finished_variant_id is not None:
            return _result(productions.get_variant(session, workspace_id, row.finished_variant_id)[0], row)
    job = _begin(deps, settings, workspace_id, revision_id)
    folder = deps.work / f"finish-{revision_id}"
    folder.mkdir(parents=True, exist_ok=True)
    timeline = found(deps, workspace_id, job.timeline, job.work.source)
    preset = job.work.brief.preset
    encoded = _update(deps, job, timeline, folder / f"{short_name(timeline, preset)}.mp4", tell, cancelled)
    analysis = analysis_of(deps, workspace_id, job.work.source, tell)
    short = make_short(_moment(job.variant, timeline), timeline, analysis, preset, folder, tell=tell, cancel=cancelled)
    result = _keep(deps, settings, job, short, encoded if short.render_wall_s == 0 else timeline.frames, time.perf_counter() - started)
    shutil.rmtree(folder, ignore_errors=True)
    return result


def _begin(deps: Deps, settings: VideoSettings, workspace_id: int, revision_id: int) -> _Job:
    with deps.database.reading() as session:
        row = revisions.get(session, workspace_id, revision_id)
        variant, production = productions.get_variant(session, workspace_id, row.variant_id)
        source = source_of(session, workspace_id, row.variant_id)
        work = Work(workspace_id, production.id, row.run_id, source, Brief(preset=settings.preset))
        return _Job(work, row.id, variant, timeline_of(row), _made(session, workspace_id, row))


def _made(session: Session, workspace_id: int, row: Revision) -> tuple[tuple[Timeline, Asset], ...]:
    """The finished files on the way to this revision, the newest first."""
    files = []
    step: Revision | None = row
    while step is not None:
        if step.finished_variant_id is not None or step.number == 0:
            variant, _ = productions.get_variant(session, workspace_id, step.finished_variant_id or step.variant_id)
            files.append((timeline_of(step), assets.get(session, workspace_id, variant.asset_id)))
        step = session.get(Revision, step.parent_id) if step.parent_id is not None else None
    return tuple(files)


def _update(deps: Deps, job: _Job, timeline: Timeline, output: Path, tell: Tell, cancelled: Callable[[], bool]) -> int:
    """Put the file together from one that is there; the frames that were encoded, 0 where it must be rendered as a whole.

    What comes of it is inspected like a render and rendered anew where it does not pass, so a failure here costs time alone.
    """
    tell(0.0, "rendering what changed")
    for before, asset in job.made:
        if not deps.store.has(asset.sha256):
            continue
        try:
            made = update(before, path_of(deps, asset), timeline, output, PRESETS[job.work.brief.preset], cancel=cancelled)
        except (StoppedError, LimitError):
            raise
        except AppError:
            made = None
        if made is not None:
            return made.encoded
    return 0


def _moment(variant: Variant, timeline: Timeline) -> Moment:
    """Where the edit lies in its source, as far as one span can say it, with what made the clip worth choosing."""
    own = [clip for clip in timeline.clips if not clip.media] or list(timeline.clips)
    start_s = to_seconds(min(clip.start for clip in own))
    title = " ".join(timeline.hook.lines).capitalize() if timeline.hook else variant.title
    same = timeline.hook is not None and title.casefold() == variant.title.casefold()
    return Moment(start_s, start_s + timeline.duration_s, variant.score, variant.reason, variant.title if same else title)


def _keep(deps: Deps, settings: VideoSettings, job: _Job, short: Short, encoded: int, wall_s: float) -> Json:
    """Keep the files, record the clip beside the one it came from, book its cost."""
    files = put_files(deps, short)
    with deps.database.session() as session:
        variant = record(session, job.work, short, job.variant.position, files)
        row = revisions.get(session, job.work.workspace_id, job.revision_id)
        row.finished_variant_id = variant.id
        row.facts = {**row.facts, "finish_wall_s": round(wall_s, 3), "finish_encoded_frames": encoded}
        book_compute(session, settings, job.work, f"revision:{row.id}:compute", wall_s)
        return _result(variant, row)


def _result(variant: Variant, row: Revision) -> Json:
    problems = [str(check["message"]) for check in variant.checks.values() if not check["ok"]]
    return {
        "verdict": variant.verdict.value,
        "text": _in_words(variant, row, problems),
        "reasons": [f"clip {variant.id}: {problem}" for problem in problems],
        "production_id": variant.production_id,
        "variant_id": variant.id,
        "best_variant_id": variant.id if variant.verdict is not Verdict.BLOCKED else None,
        "best_title": variant.title,
        "clips": [describe(variant)],
        "encoded_frames": row.facts["finish_encoded_frames"],
    }


def _in_words(variant: Variant, row: Revision, problems: list[str]) -> str:
    if variant.verdict is Verdict.BLOCKED:
        return f"The edited clip {row.variant_id} did not pass inspection: {' '.join(problems)}"
    noticed = f" Noticed: {' '.join(problems)}" if problems else ""
    return f'The edited clip is clip {variant.id}, "{variant.title}"; clip {row.variant_id} stays as it was.{noticed}'
