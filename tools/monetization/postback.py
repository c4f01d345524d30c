"""The shop's postbacks: signed events about orders, kept as inbox rows and turned into ledger entries.

`X-Shop-Signature: t=<unix>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, several `v1` while a secret is replaced. Events come twice, out of order
and late; each has its own id, so each is kept once and booked once, and the sum is right in any order.
"""

import hashlib
import hmac
import logging
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from sqlalchemy.orm import Session

from memory.database import Database
from memory.domain import Attribution
from memory.errors import InputError, RefusedError
from memory.repositories import inbox, ledger, offers
from memory.tables import Inbox
from tools.monetization.settings import ShopSettings

log = logging.getLogger(__name__)

DOOR = "shop"
_MOST_MINOR = 100_000_000  # a commission of a million is a mistake of the shop, not an income


class ShopEvent(BaseModel):
    """What the shop says about one order. A reversal repeats the amounts that are taken back."""

    event_id: str = Field(min_length=1, max_length=100)
    order_id: str = Field(min_length=1, max_length=100)
    ref: str = Field(max_length=100)
    commission_minor: int = Field(ge=0, le=_MOST_MINOR)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    status: Literal["pending", "approved", "reversed"]
    occurred_at: AwareDatetime


def check_signature(settings: ShopSettings, header: str, body: bytes, now: datetime) -> None:
    """Let pass only what the shop signed, and lately.

    Raises:
        RefusedError: The signature is missing, wrong or too old. What exactly is not said to the caller.
    """
    fields = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    secret = settings.secret.get_secret_value()
    if not secret or len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        raise RefusedError("The signature cannot be checked.")
    expected = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, hashlib.sha256).hexdigest()
    given = [value for name, _, value in fields if name == "v1"]
    is_signed = any([hmac.compare_digest(expected.encode(), value.encode()) for value in given])
    if not is_signed or abs(now.timestamp() - int(times[0])) > settings.tolerance_s:
        raise RefusedError("The signature is wrong or too old.")


def receive(session: Session, fields: object) -> bool:
    """Keep a postback as an inbox row; False when it was there already. Commit before saying so to the shop.

    Raises:
        InputError: It is not an event of the shop.
    """
    try:
        event = ShopEvent.model_validate(fields)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, problem["loc"])) or "body" for problem in error.errors(include_input=False))
        raise InputError(f"This is no event of the shop: {wrong}.") from error
    _, is_new = inbox.receive(session, door=DOOR, external_id=event.event_id, kind="postback", payload=event.model_dump(mode="json"))
    return is_new


def settle_postbacks(database: Database) -> int:
    """Book every postback that is not booked yet; return how many.

    Called after each arrival and by every measuring, so a crash loses none.
    """
    settled = 0
    while True:
        with database.session() as session:
            rows = inbox.unhandled(session, kinds=("postback",), limit=50)
            for row in rows:
                _settle(session, row)
                inbox.mark_handled(session, row)
        settled += len(rows)
        if not rows:
            return settled


def _settle(session: Session, row: Inbox) -> None:
    """Turn an event into money, attributed through the link's code. A pending order is no money yet."""
    event = ShopEvent.model_validate(row.payload)
    if event.status == "pending":
        return
    known = offers.find_by_code(session, event.ref)
    post = known.post if known else None
    workspace_id = known.offer.workspace_id if known else offers.only_workspace(session)
    if workspace_id is None:
        log.warning("postback.unknown_ref event_id=%s", event.event_id)
        return
    is_reversal = event.status == "reversed"
    ledger.book(
        session,
        workspace_id=workspace_id,
        kind="reversal" if is_reversal else "affiliate",
        amount_minor=-event.commission_minor if is_reversal else event.commission_minor,
        currency=event.currency,
        attribution=Attribution.ATTRIBUTED if post else Attribution.UNKNOWN,
        document=f"{DOOR}:{event.event_id}",
        occurred_at=event.occurred_at,
        post_id=post.id if post else None,
        detail={"order_id": event.order_id, "ref": event.ref},
    )
