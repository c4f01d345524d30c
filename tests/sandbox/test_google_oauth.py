import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


def test_a_person_allows_and_the_code_becomes_tokens(guest: Any) -> None:
    page = guest.http.get(guest.authorize_url())
    form = {
        "request_id": re.search(r'name="request_id" value="([^"]+)"', page.text)[1],
        "account": "creator@sandbox.test",
        "decision": "allow",
    }
    scopes = re.findall(r'name="scope" value="([^"]+)"', page.text)

    answer = guest.http.post("/o/oauth2/v2/auth/decision", data={**form, "scope": scopes[:2]})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    tokens = guest.redeem(query["code"][0]).json()

    assert answer.status_code == 302
    assert query["state"] == ["s1"]
    assert tokens["expires_in"] == 3599 and tokens["token_type"] == "Bearer" and tokens["refresh_token"]
    assert set(tokens["scope"].split()) == set(scopes[:2]), "the unticked scopes are not granted"


def test_a_consent_page_can_be_answered_once_only(guest: Any) -> None:
    page = guest.http.get(guest.authorize_url())
    form = {
        "request_id": re.search(r'name="request_id" value="([^"]+)"', page.text)[1],
        "account": "creator@sandbox.test",
        "decision": "deny",
    }

    first, second = (guest.http.post("/o/oauth2/v2/auth/decision", data=form) for _ in range(2))

    assert parse_qs(urlsplit(first.headers["Location"]).query) == {"error": ["access_denied"], "state": ["s1"]}
    assert second.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"client_id": "other"}, "invalid_client", id="unknown client"),
        pytest.param({"redirect_uri": "https://evil.example/cb"}, "redirect_uri_mismatch", id="foreign redirect"),
        pytest.param({"redirect_uri": "http://127.0.0.1.evil.example:80/"}, "redirect_uri_mismatch", id="looks like loopback"),
        pytest.param({"redirect_uri": "http://user@127.0.0.1:80/"}, "redirect_uri_mismatch", id="user in redirect"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"code_challenge": ""}, "invalid_request", id="no PKCE"),
        pytest.param({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope", id="unknown scope"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
    ],
)
def test_a_bad_authorization_request_gets_a_page_and_no_redirect(guest: Any, changes: dict[str, str], error: str) -> None:
    answer = guest.http.get(guest.authorize_url(**changes))

    assert answer.status_code == 400
    assert error in answer.text


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        pytest.param({"code_verifier": "w" * 64}, 400, "invalid_grant", id="wrong verifier"),
        pytest.param({"code_verifier": "short"}, 400, "invalid_grant", id="short verifier"),
        pytest.param({"redirect_uri": "http://127.0.0.1:9999/callback"}, 400, "redirect_uri_mismatch", id="another redirect"),
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"code": "4/none"}, 400, "invalid_grant", id="unknown code"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="unknown grant type"),
    ],
)
def test_a_wrong_token_request_is_refused(guest: Any, changes: dict[str, str], status: int, error: str) -> None:
    answer = guest.redeem(**{"code": guest.code(), **changes})

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_code_works_once_and_ten_minutes(guest: Any) -> None:
    code, late = guest.code(), guest.code()

    first, again = guest.redeem(code), guest.redeem(code)
    guest.control("clock", advance_s=601)

    assert first.status_code == 200
    assert again.json()["error"] == guest.redeem(late).json()["error"] == "invalid_grant"


def test_a_refresh_token_comes_with_the_first_consent_or_when_asked_for(guest: Any) -> None:
    first, second = guest.sign_in(), guest.sign_in()
    third, online = guest.sign_in(prompt="consent"), guest.sign_in(prompt="consent", access_type="online")

    assert "refresh_token" in first and "refresh_token" in third
    assert "refresh_token" not in second and "refresh_token" not in online


def _refresh(guest: Any, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    return guest.http.post("/token", data=form)


def test_an_access_token_dies_after_an_hour_and_is_refreshed_without_rotation(guest: Any) -> None:
    tokens = guest.sign_in()
    guest.control("clock", advance_s=3600)

    expired = guest.get("/youtube/v3/channels", part="id", mine="true")
    fresh = _refresh(guest, tokens["refresh_token"]).json()
    guest.token = fresh["access_token"]

    assert expired.status_code == 401
    assert expired.json()["error"]["errors"][0]["reason"] == "authError"
    assert "refresh_token" not in fresh
    assert guest.get("/youtube/v3/channels", part="id", mine="true").status_code == 200


def test_revoking_one_token_kills_the_whole_grant(guest: Any) -> None:
    tokens = guest.sign_in()

    first = guest.http.post("/revoke", data={"token": tokens["access_token"]})
    second = guest.http.post("/revoke", data={"token": tokens["access_token"]})

    assert (first.status_code, first.content) == (200, b"")
    assert (second.status_code, second.json()["error"]) == (400, "invalid_token")
    assert _refresh(guest, tokens["refresh_token"]).json() == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }
    assert guest.get("/youtube/v3/channels", part="id", mine="true").status_code == 401


def test_a_client_in_testing_loses_its_refresh_token_after_seven_days(guest: Any) -> None:
    guest.control("settings", testing_client=True)
    tokens = guest.sign_in()
    guest.control("clock", advance_s=7 * 86_400 + 1)

    assert tokens["refresh_token_expires_in"] == 604_799
    assert _refresh(guest, tokens["refresh_token"]).json()["error"] == "invalid_grant"
