"""A revision's row as what it stands for: its timeline, its source, its words for the owner."""

import json

from sqlalchemy.orm import Session

from memory.repositories import assets, productions
from memory.tables import Asset, Revision
from tools.video.timeline import Timeline, parse_timeline


def edit_text(revision: Revision) -> str:
    """What an edit changed, for the owner."""
    return f"Clip {revision.variant_id}, edit {revision.number}: {'; '.join(revision.diff) or 'as it was made'}"


def timeline_of(revision: Revision) -> Timeline:
    return parse_timeline(json.dumps(revision.timeline))


def source_of(session: Session, workspace_id: int, variant_id: int) -> Asset:
    _, production = productions.get_variant(session, workspace_id, variant_id)
    return assets.get(session, workspace_id, production.source_asset_id)
