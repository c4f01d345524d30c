"""Jobs that make videos. A machine with a GPU needs this file, `tools/video` and `memory` alone."""

import time
from collections.abc import Sequence

from sqlalchemy.orm import Session

from memory.domain import Json, Message, Verdict
from memory.errors import StoppedError
from memory.repositories import assets, outbox, productions, revisions, runs
from memory.tables import Variant
from tools.toolkit import Deps
from tools.video.edit.finish import finish_edit
from tools.video.edit.preview import preview_edit as edit_by_words
from tools.video.edit.revised import edit_text
from tools.video.known import hear
from tools.video.produce import produce
from tools.video.settings import VideoSettings
from worker.job import JobContext

_STATUS_S = 2.0  # one status message per production, edited at most this often


def make_shorts(job: JobContext) -> Json:
    """Make a production's clips and show each one in the conversation."""
    production_id = int(job.payload["production_id"])
    status = _StatusLine(job.deps, job.run_id, f"Production {production_id}")

    def report(share: float, words: str) -> None:
        job.report(share, words)
        status.show(share, words)

    result = produce(job.deps, VideoSettings(), production_id, report=report, cancelled=job.cancelled)
    status.show(1.0, "done", now=True)
    _show_clips(job.deps, job.run_id, production_id)
    return result


def analyse_source(job: JobContext) -> Json:
    """Hear and see a source once, and show how far it is."""
    workspace_id, asset_id = int(job.payload["workspace_id"]), int(job.payload["asset_id"])
    status = _StatusLine(job.deps, job.run_id, f"Source {asset_id}")

    def report(share: float, words: str) -> None:
        job.report(share, words)
        status.show(share, words)

    result = hear(job.deps, workspace_id, asset_id, report=report, cancelled=job.cancelled)
    status.show(1.0, "heard and seen", now=True)
    return result


def preview_edit(job: JobContext) -> Json:
    """Edit a clip by words and show the preview in the conversation."""
    workspace_id, variant_id = int(job.payload["workspace_id"]), int(job.payload["variant_id"])
    words, key = str(job.payload["words"]), str(job.payload["edit"])
    result = edit_by_words(job.deps, workspace_id, variant_id, words, key, job.run_id, cancelled=job.cancelled)
    with job.deps.database.session() as session:
        revision = revisions.get(session, workspace_id, result["revision_id"])
        _show(session, job.run_id, f"edit-{revision.id}", edit_text(revision), [revision.proxy_asset_id])
    return result


def render_edit(job: JobContext) -> Json:
    """Render an edited clip in full size and show it in the conversation."""
    workspace_id, revision_id = int(job.payload["workspace_id"]), int(job.payload["revision_id"])
    status = _StatusLine(job.deps, job.run_id, f"Edit {revision_id}")

    def tell(share: float, words: str) -> None:
        if job.cancelled():
            raise StoppedError("The work was stopped.")
        job.report(share, words)
        status.show(share, words)

    result = finish_edit(job.deps, VideoSettings(), workspace_id, revision_id, tell=tell, cancelled=job.cancelled)
    status.show(1.0, "done", now=True)
    with job.deps.database.session() as session:
        _show_clip(session, job.run_id, productions.get_variant(session, workspace_id, result["variant_id"])[0])
    return result


class _StatusLine:
    """One status message of one piece of work, like `Production 7`."""

    def __init__(self, deps: Deps, run_id: int | None, name: str) -> None:
        self._deps, self._run_id, self._name = deps, run_id, name
        self._last_s = 0.0

    def show(self, share: float, words: str, *, now: bool = False) -> None:
        if self._run_id is None or (not now and time.monotonic() - self._last_s < _STATUS_S):
            return
        self._last_s = time.monotonic()
        filled = round(share * 20)
        slot = self._name.lower().replace(" ", "-")
        text = f"{self._name}: {'█' * filled}{'░' * (20 - filled)} {share:.0%} · {words}"
        key = f"{slot}-{time.time_ns()}"
        with self._deps.database.session() as session:
            conversation_id = runs.get(session, self._run_id).conversation_id
            if conversation_id is not None:
                outbox.say(session, conversation_id, Message(key, text, slot=slot), self._run_id)


def _show_clips(deps: Deps, run_id: int | None, production_id: int) -> None:
    """One message per clip with its preview, contact sheet and covers to choose from."""
    with deps.database.session() as session:
        for variant in productions.variants(session, production_id):
            _show_clip(session, run_id, variant)


def _show_clip(session: Session, run_id: int | None, variant: Variant) -> None:
    text = clip_text(variant.id, variant.title, variant.score, variant.reason, variant.verdict, variant.facts["duration_s"])
    covers = variant.facts.get("thumbnail_asset_ids", [])
    _show(session, run_id, f"clip-{variant.id}", text, [variant.proxy_asset_id, variant.sheet_asset_id, *covers])


def _show(session: Session, run_id: int | None, key: str, text: str, asset_ids: Sequence[int | None]) -> None:
    """Say something with files, where the run has a conversation."""
    run = runs.get(session, run_id) if run_id is not None else None
    if run is None or run.conversation_id is None:
        return
    files = tuple(assets.get(session, run.workspace_id, one).sha256 for one in asset_ids if one is not None)
    outbox.say(session, run.conversation_id, Message(key, text, files=files), run.id)


def clip_text(variant_id: int, title: str, score: float, reason: str, verdict: Verdict, duration_s: float) -> str:
    """A clip as the owner reads it under its preview."""
    return f'Clip {variant_id}: "{title}"\n{duration_s:.0f} s · score {round(score * 100)} of 100 · inspection {verdict}\n{reason}'
