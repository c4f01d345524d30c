"""Turn a platform's ever-growing income figure into ledger entries, without losing or doubling a cent."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy.orm import Session

from memory.domain import Attribution
from memory.repositories import ledger

# Digits after the point where it is not two. Source: ISO 4217, table A.1.
_DIGITS = {"BIF": 0, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "PYG": 0, "UGX": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def to_minor(amount: float, currency: str) -> int:
    """An amount in minor units, to the nearest one; a tie goes to the even one."""
    scaled = Decimal(str(amount)).scaleb(_DIGITS.get(currency, 2))
    return int(scaled.to_integral_value(ROUND_HALF_EVEN))


def book_total(session: Session, *, workspace_id: int, post_id: int, platform: str, total: float, currency: str, at: datetime) -> int:
    """Book what a post's reported total income has changed since the last report; return that change in minor units.

    The total is rounded and never the change, so many small rises add up to the cent. The number of the entry is part of its document:
    of two processes that read the same total at once, one books it. An estimate that was corrected downwards is booked as a negative
    entry.
    """
    paper = f"{platform}-income:{post_id}:{currency}:"
    before = ledger.booked(session, workspace_id, paper)
    change_minor = to_minor(total, currency) - before.amount_minor
    if not change_minor:
        return 0
    entry = ledger.book(
        session,
        workspace_id=workspace_id,
        kind="ad_share",
        amount_minor=change_minor,
        currency=currency,
        attribution=Attribution.ATTRIBUTED,
        document=f"{paper}{before.entries + 1}",
        occurred_at=at,
        post_id=post_id,
        detail={"reported_total": total},
    )
    return change_minor if entry is not None else 0
