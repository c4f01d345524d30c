import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest

SECRET = "shop-secret"


class Receiver:
    """An affiliate's server: keeps what it was sent and answers with the statuses it was given, then 204."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/postback"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def shop(visitor: Any, receiver: Receiver) -> Any:
    visitor.control("shop", postback_url=receiver.url, secret=SECRET)
    return visitor


def _buy(shop: Any, ref: str = "r1", product: str = "mic") -> None:
    assert shop.http.post(f"/shop/p/{product}/buy", data={"ref": ref}).status_code == 201


def _signed_right(headers: dict[str, str], body: bytes) -> bool:
    t, v1 = (part.split("=")[1] for part in headers["X-Shop-Signature"].split(","))
    wanted = hmac.new(SECRET.encode(), f"{t}.".encode() + body, hashlib.sha256).hexdigest()
    return wanted == v1 and abs(time.time() - int(t)) < 60


def _upload(visitor: Any, make_mp4: Any, ref: str, n: int) -> str:
    body = {"snippet": {"title": "t", "description": f"Buy: {visitor.url}/shop/p/mic?ref={ref}"}, "status": {"privacyStatus": "public"}}
    return visitor.upload(make_mp4(seed=n), body=body)["id"]


def test_an_order_is_posted_once_with_a_right_signature(shop: Any, receiver: Receiver) -> None:
    _buy(shop)

    shop.control("clock", advance_s=1)
    shop.control("clock", advance_s=90_000)

    (headers, body), event = receiver.got[0], receiver.events()[0]
    assert len(receiver.got) == 1 and _signed_right(headers, body)
    assert (event["ref"], event["amount_minor"], event["commission_minor"], event["currency"]) == ("r1", 7900, 790, "USD")
    assert (event["status"], event["occurred_at"]) == ("approved", "2026-11-20T18:00:00Z")


def test_the_audience_orders_through_links_in_public_descriptions(shop: Any, receiver: Receiver, make_mp4: Any) -> None:
    ids = [_upload(shop, make_mp4, f"ref-{n}", n) for n in range(12)]
    shop.control("clock", advance_s=20 * 86_400)
    posts = {post["id"]: post for post in shop.posts()}

    events = receiver.events()

    approved = [event for event in events if event["status"] == "approved"]
    assert approved and {event["ref"] for event in events} <= {f"ref-{n}" for n in range(12)}
    assert len(approved) == sum(posts[video_id]["links"][0]["orders"] for video_id in ids)
    assert all(posts[video_id]["links"][0]["clicks"] < posts[video_id]["numbers"]["views"] for video_id in ids)
    polled = shop.http.get("/shop/api/conversions?limit=500", headers={"X-Api-Key": "sandbox-shop-key"}).json()["conversions"]
    assert {event["event_id"] for event in polled} == {event["event_id"] for event in events}


def test_how_the_clock_is_moved_changes_no_order(shop: Any, make_mp4: Any) -> None:
    def play(steps: int) -> list[dict[str, Any]]:
        shop.control("reset", start="2026-11-20T18:00:00Z")
        shop.control("settings", processing_s=0)
        shop.sign_in()
        for n in range(6):
            _upload(shop, make_mp4, f"ref-{n}", n)
        for _ in range(steps):
            shop.control("clock", advance_s=18 * 86_400 / steps)
        events = shop.http.get("/shop/api/conversions?limit=500", headers={"X-Api-Key": "sandbox-shop-key"}).json()["conversions"]
        return sorted(events, key=lambda event: event["event_id"])

    once, often = play(1), play(9)

    assert [event["event_id"] for event in once] == [event["event_id"] for event in often] and once
    assert [event["amount_minor"] for event in once] == [event["amount_minor"] for event in often]


def test_private_videos_and_removed_links_sell_nothing(shop: Any, make_mp4: Any) -> None:
    for n in range(6):
        video_id = _upload(shop, make_mp4, f"ref-{n}", n)
        body = {"id": video_id, "snippet": {"title": "t", "categoryId": "22", "description": "no link any more"}}
        assert shop.http.put("/youtube/v3/videos?part=snippet", headers=shop.auth, json=body).status_code == 200

    assert shop.control("clock", advance_s=20 * 86_400)["events"] == 0


def test_a_refused_postback_is_tried_again_until_it_is_taken(shop: Any, receiver: Receiver) -> None:
    receiver.statuses = [500, 503]
    _buy(shop)

    for advance_s in (0, 10, 31, 121, 5000):
        shop.control("clock", advance_s=advance_s)

    delivery = shop.http.get("/__sandbox/state").json()["deliveries"][0]
    assert [attempt["result"] for attempt in delivery["attempts"]] == [500, 503, 204]
    assert delivery["state"] == "delivered" and len(receiver.got) == 3
    assert len({event["event_id"] for event in receiver.events()}) == 1


def test_a_shop_without_a_listener_keeps_its_events(visitor: Any, receiver: Receiver) -> None:
    _buy(visitor)
    visitor.control("clock", advance_s=10)

    visitor.control("shop", postback_url=receiver.url, secret=SECRET)
    visitor.control("clock", advance_s=10)

    assert len(receiver.got) == 1


def test_it_can_duplicate_reorder_and_sign_wrongly(shop: Any, receiver: Receiver) -> None:
    shop.control("shop", delay_s=100, reorder=True, duplicate=1, wrong_sign=1)
    _buy(shop, "first")
    shop.control("clock", advance_s=50)
    _buy(shop, "second")
    assert receiver.got == []

    shop.control("clock", advance_s=150)

    assert [event["ref"] for event in receiver.events()] == ["second", "second", "first"]
    assert [_signed_right(*got) for got in receiver.got] == [False, True, True]


def test_an_old_time_stamp_can_be_asked_for(shop: Any, receiver: Receiver) -> None:
    shop.control("shop", old_time=1)
    _buy(shop)
    shop.control("clock", advance_s=1)

    assert not _signed_right(*receiver.got[0])


def test_it_can_post_forms(shop: Any, receiver: Receiver) -> None:
    shop.control("shop", format="form")
    _buy(shop)
    shop.control("clock", advance_s=1)

    headers, body = receiver.got[0]
    assert dict(parse_qsl(body.decode()))["commission_minor"] == "790" and _signed_right(headers, body)


def test_conversions_need_the_key_and_have_pages(shop: Any) -> None:
    for n in range(3):
        _buy(shop, f"r{n}")
    key = {"X-Api-Key": "sandbox-shop-key"}

    refused = shop.http.get("/shop/api/conversions")
    first = shop.http.get("/shop/api/conversions?limit=2", headers=key).json()
    rest = shop.http.get("/shop/api/conversions", params={"after": first["conversions"][1]["event_id"]}, headers=key).json()
    one = shop.http.get("/shop/api/conversions?ref=r1", headers=key).json()

    assert refused.status_code == 401
    assert (len(first["conversions"]), first["has_more"], len(rest["conversions"]), rest["has_more"]) == (2, True, 1, False)
    assert [event["ref"] for event in one["conversions"]] == ["r1"]


def test_a_ref_is_shown_as_text_and_an_unknown_product_is_not_found(visitor: Any) -> None:
    hostile = visitor.http.get("/shop/p/mic", params={"ref": '"><script>'})

    assert "<script>" not in hostile.text
    assert visitor.http.get("/shop/p/none").status_code == 404
