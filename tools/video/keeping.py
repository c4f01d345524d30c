"""A finished short kept: its files in the store, its rows in the database, with the rights of the source they were made from."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from memory.artefacts import Stored
from memory.domain import Attribution, Json
from memory.repositories import assets, ledger, productions, workspaces
from memory.tables import Asset, Variant, now
from tools.toolkit import Deps
from tools.video.brief import Brief
from tools.video.settings import VideoSettings
from tools.video.shorts import Short
from tools.video.timeline import dump_timeline, timeline_hash

KeptFile = tuple[str, Path, Stored]
"""The kind of asset, the path it had, what the store made of it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is being made, read once at the start."""

    workspace_id: int
    production_id: int
    run_id: int | None
    source: Asset
    brief: Brief


def put_files(deps: Deps, short: Short) -> list[KeptFile]:
    """Move what there is of a short into the store."""
    covers = [("thumbnail", thumbnail.path) for thumbnail in short.thumbnails]
    subtitles = [("subtitles", path) for path in short.subtitles]
    files = [("render", short.file), ("proxy", short.proxy), ("sheet", short.sheet), *covers, *subtitles]
    return [(kind, path, deps.store.put(path)) for kind, path in files if path.is_file()]


def record(session: Session, work: Work, short: Short, position: int, files: list[KeptFile]) -> Variant:
    """The rows of a short whose files are in the store; the same short of a production is one row."""
    ids: dict[str, list[int]] = {}
    for kind, path, stored in files:
        ids.setdefault(kind, []).append(_add_file(session, work, kind, stored, path))
    return productions.save_variant(session, _variant(work, short, position, ids))


def book_compute(session: Session, settings: VideoSettings, work: Work, document: str, wall_s: float) -> None:
    """What the worker's time cost; a document is booked once."""
    ledger.book(
        session,
        workspace_id=work.workspace_id,
        kind="compute",
        amount_minor=-math.ceil(wall_s / 3600 * settings.compute_minor_per_hour),
        currency=workspaces.get_workspace(session, work.workspace_id).currency,
        attribution=Attribution.ATTRIBUTED,
        document=document,
        occurred_at=now(),
        production_id=work.production_id,
        run_id=work.run_id,
        detail={"wall_s": wall_s, "minor_per_hour": settings.compute_minor_per_hour},
    )


def _add_file(session: Session, work: Work, kind: str, stored: Stored, path: Path) -> int:
    asset = assets.add(
        session,
        workspace_id=work.workspace_id,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        kind=kind,
        name=path.name,
        source=f"production:{work.production_id}",
        rights=work.source.rights,
        licence=work.source.licence,
        author=work.source.author,
        proof=work.source.proof,
    )
    return asset.id


def _variant(work: Work, short: Short, position: int, ids: dict[str, list[int]]) -> Variant:
    facts: Json = {
        "width": short.width_px,
        "height": short.height_px,
        "fps": short.fps,
        "duration_s": short.duration_s,
        "loudness_lufs": short.loudness_lufs,
        "true_peak_dbtp": short.true_peak_dbtp,
        "caption_words": short.caption_words,
        "render_wall_s": short.render_wall_s,
        "encoder": short.encoder,
        "thumbnail_asset_ids": ids.get("thumbnail", []),
        "subtitle_asset_ids": ids.get("subtitles", []),
    }
    return Variant(
        production_id=work.production_id,
        position=position,
        start_s=short.moment.start_s,
        end_s=short.moment.end_s,
        score=short.moment.score,
        reason=short.moment.reason,
        title=short.moment.title,
        timeline=json.loads(dump_timeline(short.timeline)),
        timeline_hash=timeline_hash(short.timeline),
        asset_id=ids["render"][0],
        proxy_asset_id=ids.get("proxy", [None])[0],
        sheet_asset_id=ids.get("sheet", [None])[0],
        facts=facts,
        verdict=short.inspection.verdict,
        checks={name: asdict(check) for name, check in short.inspection.checks.items()},
    )
