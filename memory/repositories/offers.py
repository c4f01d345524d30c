"""What earns, and the tracked links that say which post earned it."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.errors import InputError
from memory.tables import Offer, Post, TrackedLink, Workspace


def add(session: Session, *, workspace_id: int, name: str, url: str, ref_parameter: str) -> Offer:
    """A new affiliate offer.

    Raises:
        InputError: The workspace has one of that name with another address.
    """
    known = session.scalar(select(Offer).where(Offer.workspace_id == workspace_id, Offer.name == name))
    if known is not None:
        if known.url != url:
            raise InputError(f"there is already an offer {name!r} with the address {known.url}.", hint="Give this one another name.")
        return known
    offer = Offer(workspace_id=workspace_id, name=name, kind="affiliate", url=url, ref_parameter=ref_parameter)
    session.add(offer)
    session.flush()
    return offer


def of_workspace(session: Session, workspace_id: int, limit: int = 100) -> Sequence[Offer]:
    """Offers of a workspace, newest first."""
    return session.scalars(select(Offer).where(Offer.workspace_id == workspace_id).order_by(Offer.id.desc()).limit(limit)).all()


def ensure_link(session: Session, *, offer_id: int, variant_id: int, account_id: int, code: str, url: str) -> TrackedLink:
    link = session.scalar(select(TrackedLink).where(TrackedLink.code == code))
    if link is None:
        link = TrackedLink(offer_id=offer_id, variant_id=variant_id, account_id=account_id, code=code, url=url)
        session.add(link)
        session.flush()
    return link


class Known(NamedTuple):
    """Whose a code is; `post` is None while the clip is not posted there."""

    link: TrackedLink
    offer: Offer
    post: Post | None


def find_by_code(session: Session, code: str) -> Known | None:
    query = select(TrackedLink, Offer).join(Offer, Offer.id == TrackedLink.offer_id).where(TrackedLink.code == code)
    row = session.execute(query).first()
    if row is None:
        return None
    link, offer = row
    post = session.scalar(select(Post).where(Post.variant_id == link.variant_id, Post.account_id == link.account_id))
    return Known(link, offer, post)


def only_workspace(session: Session) -> int | None:
    """The workspace money of unknown origin belongs to: the only one. None when there are several."""
    ids = session.scalars(select(Workspace.id).limit(2)).all()
    return ids[0] if len(ids) == 1 else None
