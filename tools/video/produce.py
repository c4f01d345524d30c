"""A production from its row to its clips: analyse, make, keep, book the cost. Safe to run again: what is finished is not done twice."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from memory.domain import Json, ProductionStatus, Verdict
from memory.errors import AppError, InputError, StoppedError, TransientError
from memory.repositories import assets, productions
from memory.tables import Production, Variant, move_to
from tools.toolkit import Deps
from tools.video.anonymise.tools import people_to_keep
from tools.video.brand import load_brand
from tools.video.brief import Brief
from tools.video.clips import describe
from tools.video.keeping import Work, book_compute, put_files, record
from tools.video.known import analysis_of, judged_moments
from tools.video.media import Analysis
from tools.video.settings import VideoSettings
from tools.video.shorts import Extras, Short, make_shorts
from tools.video.wishes import brief_of

Report = Callable[[float, str], None]

_ANALYSIS_SHARE = 0.2  # of the progress bar


def produce(deps: Deps, settings: VideoSettings, production_id: int, *, report: Report, cancelled: Callable[[], bool]) -> Json:
    """Make the clips of a production and prove them.

    Returns:
        `verdict`, `text` for the owner, `production_id`, `clips` best first, `best_variant_id` and `best_title` (None when none passed).

    Raises:
        InputError: The source cannot be used; the production is then blocked with the same words.
        StoppedError: `cancelled` said so.
    """
    work = _begin(deps, settings, production_id)
    started, timings = time.perf_counter(), {}
    folder = deps.work / f"production-{production_id}"

    def tell(share: float, words: str) -> None:
        _tell(report, cancelled, share * _ANALYSIS_SHARE, words)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = deps.store.local(work.source.sha256, Path(work.source.name).suffix.lower() or ".mp4")
        analysis = analysis_of(deps, work.workspace_id, work.source, tell)
        timings["analysis"] = round(time.perf_counter() - started, 3)
        shorts = make_shorts(
            path,
            analysis,
            work.brief,
            folder,
            extras=_extras(deps, work),
            on_progress=lambda share, words: _tell(report, cancelled, _ANALYSIS_SHARE + share * (1 - _ANALYSIS_SHARE), words),
            cancel=cancelled,
        )
        timings["render"] = round(sum(short.render_wall_s for short in shorts), 3)
        timings["total"] = round(time.perf_counter() - started, 3)
        result = _keep(deps, settings, work, analysis, shorts, timings)
    except TransientError:
        raise
    except AppError as error:
        status = ProductionStatus.CANCELED if isinstance(error, StoppedError) else ProductionStatus.BLOCKED
        _end_badly(deps, work, status, str(error))
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return result


def _begin(deps: Deps, settings: VideoSettings, production_id: int) -> Work:
    with deps.database.session() as session:
        production = session.get(Production, production_id)
        if production is None:
            raise InputError(f"there is no production {production_id}.")
        move_to(production, ProductionStatus.RUNNING)
        source = assets.get(session, production.workspace_id, production.source_asset_id)
        hint = Path(source.name).stem.replace("_", " ").replace("-", " ")
        usual = Brief(min_s=settings.min_s, max_s=settings.max_s, preset=settings.preset, title_hint=hint)
        brief = brief_of(production.brief, usual)
        return Work(production.workspace_id, production.id, production.run_id, source, brief)


def _extras(deps: Deps, work: Work) -> Extras:
    """What the brief refers to: the channel's brand with its files, people to keep in sight, what a model thought of the words."""
    with deps.database.reading() as session:
        brand, media = load_brand(deps, session, work.workspace_id)
        keep = people_to_keep(session, deps.store, work.workspace_id, work.brief.keep)
    return Extras(brand, media, keep, judged_moments(deps, work.workspace_id, work.source.sha256))


def _tell(report: Report, cancelled: Callable[[], bool], share: float, words: str) -> None:
    if cancelled():
        raise StoppedError("The production was stopped.")
    report(share, words)


def _keep(deps: Deps, settings: VideoSettings, work: Work, analysis: Analysis, shorts: list[Short], timings: dict[str, float]) -> Json:
    """Move the files into the store, record the variants, end the production, book its cost: one transaction after the files are safe."""
    stored = [put_files(deps, short) for short in shorts]
    with deps.database.session() as session:
        production = productions.get(session, work.workspace_id, work.production_id)
        variants = [
            record(session, work, short, position, files) for position, (short, files) in enumerate(zip(shorts, stored, strict=True), 1)
        ]
        usable = [variant for variant in variants if variant.verdict is not Verdict.BLOCKED]
        problems = [f"clip {v.id}: {p}" for v, s in zip(variants, shorts, strict=True) for p in s.inspection.problems]
        production.reasons, production.timings = [*problems, *analysis.notes], timings
        move_to(production, ProductionStatus.READY if usable else ProductionStatus.BLOCKED)
        book_compute(session, settings, work, f"production:{work.production_id}:compute", timings["total"])
        verdict = _verdict(variants)
        best = usable[0] if usable else None
        text = _in_words(work.brief, len(variants), len(usable), best)
        return {
            "verdict": verdict.value,
            "text": text,
            "reasons": problems,
            "production_id": work.production_id,
            "clips": [describe(variant) for variant in variants],
            "best_variant_id": best.id if best else None,
            "best_title": best.title if best else None,
        }


def _in_words(brief: Brief, made: int, usable: int, best: Variant | None) -> str:
    """What came out, for the owner; each clip was shown in a message of its own."""
    where = " that fit your wishes" if brief.topic or brief.from_s or brief.to_s else " of that length"
    fewer = f" You asked for {brief.count}; the source holds {made} good moments{where}." if made < brief.count else ""
    if best is None:
        return f"None of {made} clips passed inspection.{fewer}"
    return f'{usable} of {made} clips are ready, the best is clip {best.id}, "{best.title}".{fewer}'


def _verdict(variants: list[Variant]) -> Verdict:
    if all(variant.verdict is Verdict.OK for variant in variants):
        return Verdict.OK
    return Verdict.BLOCKED if all(variant.verdict is Verdict.BLOCKED for variant in variants) else Verdict.DEGRADED


def _end_badly(deps: Deps, work: Work, status: ProductionStatus, reason: str) -> None:
    with deps.database.session() as session:
        production = productions.get(session, work.workspace_id, work.production_id)
        production.reasons = [reason]
        move_to(production, status)
