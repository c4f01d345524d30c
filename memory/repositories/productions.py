"""Productions and the variants they made."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.errors import InputError
from memory.tables import Production, Variant


def add(
    session: Session, *, workspace_id: int, run_id: int | None, source_asset_id: int, brief: Json, idea_id: int | None = None
) -> Production:
    production = Production(workspace_id=workspace_id, run_id=run_id, source_asset_id=source_asset_id, brief=brief, idea_id=idea_id)
    session.add(production)
    session.flush()
    return production


def get(session: Session, workspace_id: int, production_id: int) -> Production:
    production = session.get(Production, production_id)
    if production is None or production.workspace_id != workspace_id:
        raise InputError(f"there is no production {production_id} in this workspace.")
    return production


def of_call(session: Session, run_id: int, call_id: str) -> Production | None:
    """The production a tool call made before a crash."""
    rows = session.scalars(select(Production).where(Production.run_id == run_id))
    return next((row for row in rows if row.brief.get("call_id") == call_id), None)


def latest(session: Session, workspace_id: int, limit: int = 10) -> Sequence[Production]:
    query = select(Production).where(Production.workspace_id == workspace_id).order_by(Production.id.desc()).limit(limit)
    return session.scalars(query).all()


def save_variant(session: Session, variant: Variant) -> Variant:
    """Record a rendered variant; the same timeline of a production is one row."""
    known = session.scalar(
        select(Variant).where(Variant.production_id == variant.production_id, Variant.timeline_hash == variant.timeline_hash)
    )
    if known is not None:
        return known
    session.add(variant)
    session.flush()
    return variant


def variants(session: Session, production_id: int) -> Sequence[Variant]:
    """The variants of a production, best first; of one position (a clip and its edits) the newest."""
    query = select(Variant).where(Variant.production_id == production_id).order_by(Variant.position, Variant.id.desc())
    return session.scalars(query).all()


def get_variant(session: Session, workspace_id: int, variant_id: int) -> tuple[Variant, Production]:
    row = session.execute(
        select(Variant, Production)
        .join(Production, Production.id == Variant.production_id)
        .where(Variant.id == variant_id, Production.workspace_id == workspace_id)
    ).first()
    if row is None:
        raise InputError(f"there is no clip {variant_id} in this workspace.", hint="`list_clips` shows the ids.")
    return row[0], row[1]
