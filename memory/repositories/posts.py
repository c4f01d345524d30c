"""Posts: one variant on one account."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from memory.domain import PostStatus, Verdict
from memory.errors import InputError
from memory.tables import Account, Asset, Channel, Effect, Post, Production, Variant

ON_PLATFORM = (PostStatus.UPLOADED, PostStatus.PUBLISHED, PostStatus.DEGRADED)


class Publishable(NamedTuple):
    """A clip and what decides whether it may be shown."""

    variant: Variant
    asset: Asset
    source: Asset
    proxy_sha256: str


class Work(NamedTuple):
    """Everything a publishing job needs to know about a post."""

    post: Post
    account: Account
    effect: Effect
    asset: Asset
    workspace_id: int


def add(session: Session, post: Post) -> Post:
    session.add(post)
    session.flush()
    return post


def find(session: Session, variant_id: int, account_id: int) -> Post | None:
    return session.scalar(select(Post).where(Post.variant_id == variant_id, Post.account_id == account_id))


def of_workspace(session: Session, workspace_id: int, *, only_live: bool = False) -> Sequence[Post]:
    """Posts of a workspace, newest first; with `only_live` those the platform has."""
    query = select(Post).join(Account, Account.id == Post.account_id).join(Channel, Channel.id == Account.channel_id)
    query = query.where(Channel.workspace_id == workspace_id)
    if only_live:
        query = query.where(Post.status.in_(ON_PLATFORM))
    return session.scalars(query.order_by(Post.id.desc())).all()


def get(session: Session, workspace_id: int, post_id: int) -> Post:
    query = select(Post).join(Account, Account.id == Post.account_id).join(Channel, Channel.id == Account.channel_id)
    post = session.scalar(query.where(Post.id == post_id, Channel.workspace_id == workspace_id))
    if post is None:
        raise InputError(f"there is no post {post_id} in this workspace.", hint="`list_posts` shows the ids.")
    return post


def work(session: Session, post_id: int) -> Work:
    row = session.execute(
        select(Post, Account, Effect, Asset, Channel.workspace_id)
        .join(Account, Account.id == Post.account_id)
        .join(Channel, Channel.id == Account.channel_id)
        .join(Effect, Effect.id == Post.effect_id)
        .join(Variant, Variant.id == Post.variant_id)
        .join(Asset, Asset.id == Variant.asset_id)
        .where(Post.id == post_id)
    ).first()
    if row is None:
        raise InputError(f"there is no post {post_id}.")
    return Work(*row)


def to_change(session: Session, post_id: int) -> Post:
    """The row as it is now, locked until the transaction ends."""
    return session.get_one(Post, post_id, with_for_update=True, populate_existing=True)


def publishable(session: Session, workspace_id: int, variant_id: int) -> Publishable:
    row = session.execute(
        select(Variant, Asset, Production.source_asset_id)
        .join(Production, Production.id == Variant.production_id)
        .join(Asset, Asset.id == Variant.asset_id)
        .where(Variant.id == variant_id, Production.workspace_id == workspace_id)
    ).first()
    if row is None:
        raise InputError(f"there is no clip {variant_id} in this workspace.", hint="`list_clips` shows the ids.")
    proxy = session.get(Asset, row[0].proxy_asset_id) if row[0].proxy_asset_id else None
    return Publishable(row[0], row[1], session.get_one(Asset, row[2]), proxy.sha256 if proxy else "")


def is_known(session: Session, account_id: int, remote_id: str, *, besides: int) -> bool:
    """Whether another post of this account already is that video."""
    query = select(exists().where(Post.account_id == account_id, Post.remote_id == remote_id, Post.id != besides))
    return bool(session.scalar(query))


def unposted_variants(session: Session, workspace_id: int, limit: int = 5) -> Sequence[Variant]:
    """Clips that passed inspection and are on no account yet, best score first."""
    query = select(Variant).join(Production, Production.id == Variant.production_id)
    query = query.where(Production.workspace_id == workspace_id, Variant.verdict != Verdict.BLOCKED)
    query = query.where(~exists().where(Post.variant_id == Variant.id, Post.status != PostStatus.FAILED))
    return session.scalars(query.order_by(Variant.score.desc(), Variant.id).limit(limit)).all()
