"""An edit from its words to its preview: apply it to the clip's current revision, keep it, render it small, at best only what changed."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from memory.domain import Json, Verdict
from memory.errors import InputError
from memory.repositories import assets, revisions
from memory.tables import Asset, Revision
from tools.toolkit import Deps
from tools.video.edit.applying import apply_all
from tools.video.edit.diff import diff
from tools.video.edit.edits import dump_edits
from tools.video.edit.partial import update
from tools.video.edit.revised import edit_text, source_of, timeline_of
from tools.video.edit.words import read
from tools.video.files import found, path_of
from tools.video.known import stored_analysis
from tools.video.render import render
from tools.video.timeline import PREVIEW, Timeline, dump_timeline, timeline_hash

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Job:
    """A revision to be shown, read once: `parent` is a rendered preview it can be made of."""

    revision_id: int
    variant_id: int
    number: int
    source: Asset
    timeline: Timeline
    parent: tuple[Timeline, Asset] | None
    is_new: bool


def preview_edit(deps: Deps, workspace_id: int, variant_id: int, words: str, key: str, run_id: int | None, *, cancelled: Cancelled) -> Json:
    """Edit a clip by words and render the preview. Safe to run again with the same key: the edit is done once.

    Returns:
        `text` and `diff` for the owner, `variant_id`, `revision_id`, `number`, `wall_s` and how many frames were encoded.

    Raises:
        InputError: The words are not understood, or the edit is not possible; nothing is changed then.
        StoppedError: `cancelled` said so; the edit stays.
    """
    job = _begin(deps, workspace_id, variant_id, words, key, run_id)
    try:
        wall_s, encoded = _show(deps, workspace_id, job, cancelled)
    except InputError:
        _take_back(deps, workspace_id, job)
        raise
    with deps.database.reading() as session:
        revision = revisions.get(session, workspace_id, job.revision_id)
        return {
            "verdict": Verdict.OK.value,
            "text": edit_text(revision)
            + f'. The preview is above; "undo" takes it back, "finish clip {variant_id}" renders the full size.',
            "diff": list(revision.diff),
            "variant_id": variant_id,
            "revision_id": revision.id,
            "number": revision.number,
            "wall_s": wall_s,
            "encoded_frames": encoded,
        }


def _begin(deps: Deps, workspace_id: int, variant_id: int, words: str, key: str, run_id: int | None) -> _Job:
    """The revision of these words, made now or by an earlier attempt."""
    with deps.database.reading() as session:
        source = source_of(session, workspace_id, variant_id)
    analysis = stored_analysis(deps, workspace_id, source.sha256)
    with deps.database.session() as session:
        known = revisions.of_key(session, key)
        if known is None:
            parent: Revision | None = revisions.current(session, workspace_id, variant_id)
            assert parent is not None
            before, edits = timeline_of(parent), read(words)
            after = apply_all(before, edits, analysis=analysis)
            row = revisions.add(
                session,
                workspace_id,
                variant_id,
                key=key,
                words=words,
                edits=dump_edits(edits),
                diff=diff(before, after) or ("changed as asked",),
                timeline=json.loads(dump_timeline(after)),
                timeline_hash=timeline_hash(after),
                run_id=run_id,
            )
        else:
            row, parent = known, session.get(Revision, known.parent_id) if known.parent_id is not None else None
        rendered = _rendered(session, workspace_id, parent)
        return _Job(row.id, variant_id, row.number, source, timeline_of(row), rendered, known is None)


def _rendered(session: Session, workspace_id: int, parent: Revision | None) -> tuple[Timeline, Asset] | None:
    if parent is None or parent.proxy_asset_id is None:
        return None
    return timeline_of(parent), assets.get(session, workspace_id, parent.proxy_asset_id)


def _show(deps: Deps, workspace_id: int, job: _Job, cancelled: Cancelled) -> tuple[float, int]:
    """Render and keep the preview: (wall seconds, frames that were encoded)."""
    started = time.perf_counter()
    folder = deps.work / f"edit-{job.revision_id}"
    output = folder / f"clip-{job.variant_id}-edit-{job.number}.mp4"
    timeline = found(deps, workspace_id, job.timeline, job.source)
    folder.mkdir(parents=True, exist_ok=True)
    encoded = _render(deps, job, timeline, output, cancelled)
    stored = deps.store.put(output)
    wall_s = round(time.perf_counter() - started, 3)
    with deps.database.session() as session:
        row = revisions.get(session, workspace_id, job.revision_id)
        asset = assets.add(
            session,
            workspace_id=workspace_id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            kind="preview",
            name=output.name,
            source=f"revision:{row.id}",
            rights=job.source.rights,
            licence=job.source.licence,
            author=job.source.author,
            proof=job.source.proof,
        )
        row.proxy_asset_id = asset.id
        row.facts = {"wall_s": wall_s, "encoded_frames": encoded, "frames": timeline.frames}
    shutil.rmtree(folder, ignore_errors=True)
    return wall_s, encoded


def _render(deps: Deps, job: _Job, timeline: Timeline, output: Path, cancelled: Cancelled) -> int:
    if job.parent is not None and deps.store.has(job.parent[1].sha256):
        made = update(job.parent[0], path_of(deps, job.parent[1]), timeline, output, PREVIEW, cancel=cancelled)
        if made is not None:
            return made.encoded
    render(timeline, output, preset=PREVIEW, cancel=cancelled)
    return timeline.frames


def _take_back(deps: Deps, workspace_id: int, job: _Job) -> None:
    """An edit that cannot be rendered is not the current one; its row stays."""
    with deps.database.session() as session:
        if job.is_new and revisions.current(session, workspace_id, job.variant_id).id == job.revision_id:
            revisions.undo(session, workspace_id, job.variant_id)
