"""Files and their rights."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import Json, Rights
from memory.errors import InputError
from memory.tables import Asset


def add(
    session: Session,
    *,
    workspace_id: int,
    sha256: str,
    size_bytes: int,
    kind: str,
    name: str,
    source: str = "",
    rights: Rights = Rights.UNKNOWN,
    licence: str = "",
    author: str = "",
    proof: str = "",
    facts: Json | None = None,
) -> Asset:
    """Record a file. The same content in a workspace is one row; known rights are never overwritten by unknown ones."""
    known = session.scalar(select(Asset).where(Asset.workspace_id == workspace_id, Asset.sha256 == sha256))
    if known is not None:
        if known.rights is Rights.UNKNOWN and rights is not Rights.UNKNOWN:
            known.rights, known.licence, known.author, known.proof = rights, licence, author, proof
            session.flush()
        return known
    asset = Asset(
        workspace_id=workspace_id,
        sha256=sha256,
        size_bytes=size_bytes,
        kind=kind,
        name=name,
        source=source,
        rights=rights,
        licence=licence,
        author=author,
        proof=proof,
        facts=facts or {},
    )
    session.add(asset)
    session.flush()
    return asset


def get(session: Session, workspace_id: int, asset_id: int) -> Asset:
    asset = session.get(Asset, asset_id)
    if asset is None or asset.workspace_id != workspace_id:
        raise InputError(f"there is no asset {asset_id} in this workspace.")
    return asset


def find(session: Session, workspace_id: int, sha256: str) -> Asset | None:
    """The file with this content."""
    return session.scalar(select(Asset).where(Asset.workspace_id == workspace_id, Asset.sha256 == sha256))


def latest_source(session: Session, workspace_id: int) -> Asset | None:
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.kind == "source").order_by(Asset.id.desc()).limit(1)
    return session.scalar(query)


def find_by_source(session: Session, workspace_id: int, source: str) -> Asset | None:
    query = select(Asset).where(Asset.workspace_id == workspace_id, Asset.source == source).order_by(Asset.id.desc()).limit(1)
    return session.scalar(query)


def set_rights(session: Session, asset: Asset, rights: Rights, *, proof: str, licence: str = "", author: str = "") -> None:
    asset.rights, asset.proof, asset.licence, asset.author = rights, proof, licence, author
    session.flush()
