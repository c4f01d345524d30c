"""Money in and out. Rows are only added; the same paper is booked once; profit is a query."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memory.domain import Attribution, Json
from memory.tables import Effect, LedgerEntry, Post, Production, Variant

INCOME = frozenset({"ad_share", "affiliate", "reversal"})
"""Kinds of entries that are income or take income back; every other kind is a cost."""


@dataclass(frozen=True, slots=True)
class Profit:
    """What one post, or everything, brought and cost, in minor units of one currency. `cost_minor` is positive."""

    post_id: int | None
    currency: str
    income_minor: int
    cost_minor: int

    @property
    def profit_minor(self) -> int:
        return self.income_minor - self.cost_minor


class _Share(NamedTuple):
    post_id: int | None
    currency: str
    kind: str
    amount_minor: int


class Booked(NamedTuple):
    """What was booked under a group of papers so far."""

    amount_minor: int
    entries: int


def book(
    session: Session,
    *,
    workspace_id: int,
    kind: str,
    amount_minor: int,
    currency: str,
    attribution: Attribution,
    document: str,
    occurred_at: datetime,
    post_id: int | None = None,
    production_id: int | None = None,
    run_id: int | None = None,
    detail: Json | None = None,
) -> LedgerEntry | None:
    """Add an entry: positive is income, negative is cost. None when this document was booked already, by anybody."""
    entry = LedgerEntry(
        workspace_id=workspace_id,
        kind=kind,
        amount_minor=amount_minor,
        currency=currency,
        attribution=attribution,
        document=document,
        occurred_at=occurred_at,
        post_id=post_id,
        production_id=production_id,
        run_id=run_id,
        detail=detail or {},
    )
    known = select(LedgerEntry.id).where(LedgerEntry.workspace_id == workspace_id, LedgerEntry.document == document)
    if session.scalar(known) is not None:
        return None
    try:
        with session.begin_nested():
            session.add(entry)
    except IntegrityError:  # another process booked it between our look and our insert
        return None
    return entry


def booked(session: Session, workspace_id: int, document_prefix: str) -> Booked:
    """Sum and number of the entries whose document starts like this."""
    same = LedgerEntry.document.startswith(document_prefix, autoescape=True)
    query = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0), func.count()).where(LedgerEntry.workspace_id == workspace_id, same)
    amount_minor, entries = session.execute(query).one()
    return Booked(int(amount_minor), int(entries))


def entries(session: Session, workspace_id: int) -> Sequence[LedgerEntry]:
    return session.scalars(select(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id).order_by(LedgerEntry.id)).all()


def totals(session: Session, workspace_id: int) -> list[Profit]:
    """Everything that was booked, one per currency; empty where nothing was."""
    return _sums(_Share(None, entry.currency, entry.kind, entry.amount_minor) for entry in entries(session, workspace_id))


def profit_by_post(session: Session, workspace_id: int) -> list[Profit]:
    """Income and cost of each post that has any, one per post and currency.

    A cost of a production is shared evenly by the posts made from it, and a cost of a run by the posts of its productions; cents that do
    not divide go to the earliest posts, so the shares add up to the cost. What led to no post is in `totals` alone.
    """
    by_production, by_run = _posts_of_productions(session, workspace_id)
    shares: list[_Share] = []
    for entry in entries(session, workspace_id):
        if entry.post_id is not None:
            ids: Sequence[int] = [entry.post_id]
        elif entry.production_id is not None:
            ids = by_production.get(entry.production_id, [])
        else:
            ids = by_run.get(entry.run_id, []) if entry.run_id is not None else []
        parts = zip(ids, split(entry.amount_minor, len(ids)), strict=True)
        shares += [_Share(post_id, entry.currency, entry.kind, part) for post_id, part in parts]
    return _sums(shares)


def split(amount_minor: int, parts: int) -> list[int]:
    """An amount in equal parts whose sum is exactly the amount; the first parts carry the remainder. Empty for no parts."""
    if not parts:
        return []
    sign = -1 if amount_minor < 0 else 1
    each, rest = divmod(abs(amount_minor), parts)
    return [sign * (each + (n < rest)) for n in range(parts)]


def _sums(rows: Iterable[_Share]) -> list[Profit]:
    income: dict[tuple[int | None, str], int] = defaultdict(int)
    cost: dict[tuple[int | None, str], int] = defaultdict(int)
    for row in rows:
        key = (row.post_id, row.currency)
        # What takes income back (a reversal, a corrected estimate) lowers income; it is not a cost of making the video.
        income[key] += row.amount_minor if row.kind in INCOME else 0
        cost[key] -= 0 if row.kind in INCOME else row.amount_minor
    return [Profit(*key, income_minor=income[key], cost_minor=cost[key]) for key in sorted(income, key=lambda key: (key[0] or 0, key[1]))]


def _posts_of_productions(session: Session, workspace_id: int) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Ids of posts by production and by the run of the production, earliest first."""
    by_production: dict[int, list[int]] = defaultdict(list)
    by_run: dict[int, list[int]] = defaultdict(list)
    query = select(Post.id, Production.id, Production.run_id, Effect.run_id).join(Variant, Variant.id == Post.variant_id)
    query = query.join(Production, Production.id == Variant.production_id).join(Effect, Effect.id == Post.effect_id)
    for post_id, production_id, run_id, posting_run_id in session.execute(
        query.where(Production.workspace_id == workspace_id).order_by(Post.id)
    ):
        by_production[production_id].append(post_id)
        for run in {id_ for id_ in (run_id, posting_run_id) if id_ is not None}:
            by_run[run].append(post_id)
    return by_production, by_run
