"""Jobs that make videos. A machine with a GPU needs this file, `tools/video` and `memory` alone."""

import time

from memory.domain import Json, Message, Verdict
from memory.errors import StoppedError
from memory.repositories import assets, outbox, productions, runs
from tools.toolkit import Deps
from tools.video.known import analysis_of
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
    """Hear and see a source once, for a model that is to judge its words before clips are chosen."""
    workspace_id, asset_id = int(job.payload["workspace_id"]), int(job.payload["asset_id"])
    with job.deps.database.reading() as session:
        source = assets.get(session, workspace_id, asset_id)
    status = _StatusLine(job.deps, job.run_id, f"Source {asset_id}")

    def tell(share: float, words: str) -> None:
        if job.cancelled():
            raise StoppedError("The analysis was stopped.")
        job.report(share, words)
        status.show(share, words)

    analysis = analysis_of(job.deps, workspace_id, source, tell)
    status.show(1.0, "heard and seen", now=True)
    return {"verdict": Verdict.OK.value, "text": f"{len(analysis.words)} words were heard.", "asset_id": asset_id}


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
    """One message per clip with its preview and contact sheet."""
    if run_id is None:
        return
    with deps.database.session() as session:
        run = runs.get(session, run_id)
        if run.conversation_id is None:
            return
        for variant in productions.variants(session, production_id):
            shown = [i for i in (variant.proxy_asset_id, variant.sheet_asset_id) if i is not None]
            files = tuple(assets.get(session, run.workspace_id, asset_id).sha256 for asset_id in shown)
            text = clip_text(variant.id, variant.title, variant.score, variant.reason, variant.verdict, variant.facts["duration_s"])
            outbox.say(session, run.conversation_id, Message(f"clip-{variant.id}", text, files=files), run_id)


def clip_text(variant_id: int, title: str, score: float, reason: str, verdict: Verdict, duration_s: float) -> str:
    """A clip as the owner reads it under its preview."""
    return f'Clip {variant_id}: "{title}"\n{duration_s:.0f} s · score {round(score * 100)} of 100 · inspection {verdict}\n{reason}'
