from typing import Any

import httpx
import pytest


def test_the_page_shows_what_happened_and_escapes_it(visitor: Any, make_mp4: Any) -> None:
    visitor.upload(make_mp4(), body={"snippet": {"title": 'Tea & "cake"'}, "status": {"privacyStatus": "public"}})

    page = visitor.http.get("/__sandbox/")

    assert page.status_code == 200
    assert "Tea &amp; &quot;cake&quot;" in page.text and "Sandbox Creator" in page.text


def test_calls_are_recorded_without_secrets(visitor: Any) -> None:
    visitor.http.post("/revoke?token=very-secret")
    visitor.get("/youtube/v3/channels", part="id", mine="true")

    text = visitor.http.get("/__sandbox/calls").text
    calls = visitor.http.get("/__sandbox/calls", params={"path": "/youtube/*"}).json()["calls"]

    assert "very-secret" not in text and visitor.token not in text
    assert [(call["method"], call["status"]) for call in calls] == [("GET", 200)]


def test_a_fault_is_met_as_often_as_it_was_told(visitor: Any) -> None:
    fault = {"path": "/youtube/*", "method": "GET", "status": 429, "body": {"slow": "down"}, "headers": {"Retry-After": "7"}, "times": 2}
    visitor.control("faults", **fault)

    answers = [visitor.get("/youtube/v3/channels", part="id", mine="true") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert (answers[0].headers["Retry-After"], answers[0].json()) == ("7", {"slow": "down"})


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_dropped_connection_is_seen_by_the_client(visitor: Any, drop: str) -> None:
    visitor.control("faults", path="/shop/p/mic/buy", drop=drop)

    with pytest.raises(httpx.TransportError):
        visitor.http.post("/shop/p/mic/buy", data={"ref": "r"})

    assert visitor.http.get("/__sandbox/state").json()["events"] == (1 if drop == "after" else 0)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        pytest.param("clock", {"set": "2020-01-01T00:00:00Z"}, id="clock backwards"),
        pytest.param("clock", {"advance_s": -5}, id="negative advance"),
        pytest.param("clock", {"advance_s": 1e300}, id="beyond the calendar"),
        pytest.param("clock", {}, id="nothing to do"),
        pytest.param("faults", {"delay_s": -1}, id="negative delay"),
        pytest.param("faults", {"patth": "/"}, id="unknown fault field"),
        pytest.param("faults", {"drop": "maybe"}, id="unknown drop"),
        pytest.param("account", {"ypp": "yes"}, id="feature of a wrong type"),
        pytest.param("account", {"email": "nobody@sandbox.test"}, id="unknown account"),
        pytest.param("shop", {"format": "xml"}, id="unknown format"),
        pytest.param("settings", {"quota": {"none": 1}}, id="unknown bucket"),
        pytest.param("consent", {"url": "http://x/?client_id=other"}, id="bad consent"),
    ],
)
def test_a_mistake_is_answered_in_words(guest: Any, action: str, body: dict[str, Any]) -> None:
    answer = guest.http.post(f"/__sandbox/{action}", json=body)

    assert answer.status_code == 400 and answer.json()["error"]


def test_a_form_from_another_site_presses_no_button(guest: Any) -> None:
    assert guest.http.post("/__sandbox/reset", data={"seed": "1"}).status_code == 415


def test_a_second_account_has_its_own_channel(visitor: Any, make_mp4: Any) -> None:
    visitor.control("account", email="second@sandbox.test", title="Second", ypp=False)
    session = visitor.session(700_000)
    answer = visitor.control("consent", url=visitor.authorize_url(), email="second@sandbox.test")
    visitor.token = visitor.redeem(answer["redirect_to"].split("code=")[1].split("&")[0].replace("%2F", "/")).json()["access_token"]

    mine = visitor.get("/youtube/v3/channels", part="snippet", mine="true").json()["items"][0]

    assert mine["snippet"]["title"] == "Second"
    assert visitor.query(session, 700_000).status_code == 403


def test_processing_can_fail_and_privacy_can_be_taken_down(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]
    visitor.control("clock", advance_s=1000)

    visitor.control(f"videos/{video_id}", rejectionReason="copyright")

    assert visitor.video(video_id)["status"]["rejectionReason"] == "copyright"
    assert visitor.posts()[0]["status"]["uploadStatus"] == "rejected"


def test_reset_forgets_and_the_same_seed_gives_the_same_world(visitor: Any, make_mp4: Any) -> None:
    def play() -> Any:
        visitor.control("reset", start="2026-11-20T18:00:00Z")
        visitor.sign_in()
        visitor.upload(make_mp4())
        visitor.control("clock", advance_s=40_000)
        return [(post["id"], post["numbers"]) for post in visitor.posts()], visitor.http.get("/v0/topstories.json").json()

    assert play() == play()
