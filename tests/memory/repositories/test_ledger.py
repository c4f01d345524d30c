"""Money is booked once per document and shared to the cent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.domain import Attribution
from memory.repositories import ledger
from tests.conftest import make_people
from tools.monetization.revenue import book_total, to_minor

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def workspace_id(any_database):
    return make_people(any_database).workspace.id


def _book(session, workspace_id, document="d1", amount_minor=100, kind="affiliate", **more):
    common = {"currency": "USD", "attribution": Attribution.UNKNOWN, "occurred_at": AT}
    return ledger.book(session, workspace_id=workspace_id, kind=kind, amount_minor=amount_minor, document=document, **common, **more)


def test_a_document_is_booked_once(any_database, workspace_id):
    with any_database.session() as session:
        assert _book(session, workspace_id) is not None
        assert _book(session, workspace_id) is None
    with any_database.session() as session:
        assert _book(session, workspace_id, amount_minor=999) is None
        assert ledger.totals(session, workspace_id) == [ledger.Profit(None, "USD", 100, 0)]


def test_a_reversal_takes_income_back_and_is_no_cost(any_database, workspace_id):
    with any_database.session() as session:
        _book(session, workspace_id, "d1", 500)
        _book(session, workspace_id, "d2", -500, kind="reversal")
        _book(session, workspace_id, "d3", -30, kind="compute")

        (total,) = ledger.totals(session, workspace_id)

    assert (total.income_minor, total.cost_minor, total.profit_minor) == (0, 30, -30)


def test_currencies_are_never_added_up(any_database, workspace_id):
    with any_database.session() as session:
        _book(session, workspace_id, "d1", 500)
        common = {"kind": "affiliate", "attribution": Attribution.UNKNOWN, "occurred_at": AT}
        ledger.book(session, workspace_id=workspace_id, amount_minor=7, currency="EUR", document="d2", **common)

        assert [(row.currency, row.income_minor) for row in ledger.totals(session, workspace_id)] == [("EUR", 7), ("USD", 500)]


@given(amount=st.integers(-(10**9), 10**9), parts=st.integers(1, 50))
def test_shares_add_up_to_the_cent(amount, parts):
    shares = ledger.split(amount, parts)

    assert sum(shares) == amount
    assert max(shares) - min(shares) <= 1


def test_small_rises_of_income_lose_no_cent(any_database, workspace_id):
    """A thousand rises of 0.0037 are 3.70, though each one alone rounds to nothing."""
    from memory.tables import LedgerEntry

    with any_database.session() as session:
        post = {"workspace_id": workspace_id, "post_id": None, "platform": "youtube", "currency": "USD", "at": AT}
        for step in range(1, 1001):
            book_total(session, total=step * 0.0037, **post)
        assert ledger.booked(session, workspace_id, "youtube-income:").amount_minor == 370
        book_total(session, total=3.5, **post)
        book_total(session, total=3.7, **post)
        assert ledger.booked(session, workspace_id, "youtube-income:").amount_minor == 370
        assert session.query(LedgerEntry).count() < 400


@pytest.mark.parametrize(
    ("amount", "currency", "minor"), [(0.125, "USD", 12), (0.135, "USD", 14), (12.0, "JPY", 12), (1.2345, "KWD", 1234)]
)
def test_amounts_are_rounded_in_their_own_currency(amount, currency, minor):
    assert to_minor(amount, currency) == minor
