"""The HTTP door: the shop's events are kept before they are acknowledged and booked once; consents come back to the right one."""

import hashlib
import hmac
import json
import time

import httpx
import pytest
from pydantic import SecretStr

from memory.errors import AccountError
from memory.repositories import inbox, ledger
from memory.tables import Inbox, TrackedLink
from tools.monetization import postback
from tools.monetization.settings import ShopSettings
from tools.monetization.tools import add_offer, report_money
from tools.toolkit import Context
from web.oauth import connect_youtube
from web.server import Settings, in_thread

SECRET = "sandbox-postback-secret"


@pytest.fixture
def door(deps, youtube):
    with in_thread(Settings(ShopSettings(secret=SecretStr(SECRET)), youtube), deps) as url:
        yield url


@pytest.fixture
def link(newsroom, clip):
    """The tracked link under a published post."""
    with newsroom.deps.database.session() as session:
        url = f"{newsroom.sandbox.url}/shop/p/course"
        add_offer.function(Context(newsroom.deps, session, newsroom.run, "c0"), name="Course", url=url, ref_parameter="ref")
    newsroom.deliver(newsroom.plan(clip))
    with newsroom.deps.database.reading() as session:
        return session.query(TrackedLink).one()


def event(ref="nobody", event_id="evt_1", status="approved", commission_minor=2970):
    money = {"amount_minor": 9900, "commission_minor": commission_minor, "currency": "USD"}
    return {"event_id": event_id, "order_id": "ord_1", "ref": ref, **money, "status": status, "occurred_at": "2026-11-20T10:00:00Z"}


def send(door, body, *, secret=SECRET, at=None, header=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    signature = f"t={at},v1={digest}" if header is None else header
    headers = {"Content-Type": "application/json", "X-Shop-Signature": signature}
    return httpx.post(f"{door}/postback/shop", content=raw, headers=headers)


def entries(deps):
    with deps.database.reading() as session:
        return ledger.entries(session, 1)


def test_health_says_ok(door):
    assert httpx.get(f"{door}/healthz").json() == {"status": "ok"}


def test_an_order_of_the_sandbox_shop_becomes_income_of_its_post(newsroom, door, link):
    newsroom.sandbox.control("shop", postback_url=f"{door}/postback/shop", duplicate=3)
    httpx.post(f"{newsroom.sandbox.url}/shop/p/course/buy", data={"ref": link.code})

    newsroom.sandbox.control("clock", advance_s=1)

    (entry,) = entries(newsroom.deps)
    assert (entry.kind, entry.amount_minor, entry.attribution.value, entry.post_id) == ("affiliate", 2970, "attributed", 1)
    with newsroom.deps.database.session() as session:
        text = report_money.function(Context(newsroom.deps, session, newsroom.run, "c5"))["text"]
    assert "income 29.70 USD" in text


@pytest.mark.parametrize("setting", ["wrong_sign", "old_time"])
def test_a_bad_signature_is_refused_and_the_right_one_taken_later(newsroom, door, link, setting):
    newsroom.sandbox.control("shop", postback_url=f"{door}/postback/shop", **{setting: 1})
    httpx.post(f"{newsroom.sandbox.url}/shop/p/course/buy", data={"ref": link.code})
    newsroom.sandbox.control("clock", advance_s=1)
    assert entries(newsroom.deps) == []

    newsroom.sandbox.control("clock", advance_s=3600)

    assert len(entries(newsroom.deps)) == 1


def test_a_reversal_that_comes_first_ends_in_the_same_sum(people, deps, door):
    assert send(door, event(event_id="evt_2", status="reversed")).status_code == 200
    assert send(door, event(event_id="evt_1")).status_code == 200

    assert [entry.amount_minor for entry in entries(deps)] == [-2970, 2970]


def test_the_same_event_twice_is_one_row_and_one_entry(people, deps, door):
    answers = [send(door, event()).json()["status"] for _ in range(3)]

    assert answers == ["kept", "known", "known"]
    assert len(entries(deps)) == 1


def test_an_unknown_ref_is_income_of_unknown_origin(people, deps, door):
    send(door, event(ref="never-seen"))

    (entry,) = entries(deps)
    assert (entry.attribution.value, entry.post_id) == ("unknown", None)


def test_a_pending_order_is_no_money_yet(people, deps, door):
    assert send(door, event(status="pending")).status_code == 200

    assert entries(deps) == []


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param("t=1,v1=00", id="old"),
        pytest.param("v1=00", id="no time"),
        pytest.param("t=abc,v1=00", id="no number"),
        pytest.param("t=9999999999999999999999,v1=00", id="far future"),
        pytest.param("t=1,t=2,v1=00", id="two times"),
    ],
)
def test_strange_signatures_are_refused(people, deps, door, header):
    assert send(door, event(), header=header).status_code == 401

    with deps.database.reading() as session:
        assert session.query(Inbox).count() == 0


@pytest.mark.parametrize("body", [b"{", b"[]", json.dumps(event(commission_minor=-5)).encode(), json.dumps({"event_id": "x"}).encode()])
def test_a_signed_body_that_is_no_event_is_named_and_not_kept(people, deps, door, body):
    assert send(door, body).status_code == 400
    with deps.database.reading() as session:
        assert session.query(Inbox).count() == 0


def test_without_a_secret_everything_is_refused(people, deps, youtube):
    with in_thread(Settings(ShopSettings(secret=SecretStr("")), youtube), deps) as url:
        assert send(url, event(), secret="").status_code == 401


def test_an_event_that_was_kept_before_a_crash_is_booked_at_the_next_start(people, deps, youtube):
    with deps.database.session() as session:
        postback.receive(session, event())

    with in_thread(Settings(ShopSettings(secret=SecretStr(SECRET)), youtube), deps):
        assert len(entries(deps)) == 1
    with deps.database.reading() as session:
        assert inbox.unhandled(session, kinds=("postback",)) == []


def _press_allow(sandbox, **choices):
    def open_page(url):
        target = sandbox.control("consent", url=url, **choices)["redirect_to"]
        sandbox.answer = httpx.get(target)

    return open_page


def test_a_consent_comes_back_to_the_loopback_address(deps, youtube, sandbox, people):
    account = connect_youtube(deps, youtube, channel_id=people.channel.id, open_page=_press_allow(sandbox), base_url=sandbox.url)

    assert account.title == "Sandbox Creator"
    assert "Connected" in sandbox.answer.text and "4/0A" not in sandbox.answer.text


def test_a_no_on_the_consent_page_ends_the_wait(deps, youtube, sandbox, people):
    with pytest.raises(AccountError, match="not given"):
        connect_youtube(deps, youtube, channel_id=people.channel.id, open_page=_press_allow(sandbox, deny=True), base_url=sandbox.url)


def test_no_answer_ends_after_the_time(deps, youtube, sandbox, people):
    def ignore(url):
        assert url.startswith(sandbox.url)

    with pytest.raises(AccountError, match="No answer"):
        connect_youtube(deps, youtube, channel_id=people.channel.id, open_page=ignore, base_url=sandbox.url, timeout_s=0.1)


def test_a_strangers_callback_is_refused(door, sandbox, people):
    answer = httpx.get(f"{door}/oauth/callback", params={"state": "x", "code": "<script>"})

    assert answer.status_code == 400
    assert "<script>" not in answer.text
