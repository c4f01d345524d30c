"""Connecting accounts and keeping their tokens: PKCE, scopes, refresh by one process at a time, revocation."""

import json
import threading
import time

import pytest

from memory.errors import AccountError, InputError, RefusedError
from memory.tables import Account
from tools.publishing.accounts import begin_connect, disconnect, finish_connect
from tools.publishing.tokens import AccountToken, Tokens, vault_name
from tools.publishing.youtube import oauth


def test_a_challenge_is_the_one_of_the_standard():
    assert oauth.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, B
    assert 43 <= len(oauth.new_verifier()) <= 128


def test_connecting_keeps_the_tokens_in_the_vault_alone(newsroom):
    with newsroom.deps.database.reading() as session:
        account = session.get_one(Account, newsroom.account.id)
        tokens = json.loads(newsroom.deps.vault.get(session, vault_name(account.id)))
    assert (account.platform, account.title, account.needs_reauth) == ("youtube", "Sandbox Creator", "")
    assert account.remote_id.startswith("UC")
    assert "https://www.googleapis.com/auth/youtube.upload" in account.scopes
    assert tokens["refresh"] and tokens["access"]
    assert tokens["access"] not in repr(Tokens(**tokens))


def test_connecting_again_is_the_same_account(newsroom, connect):
    assert connect().id == newsroom.account.id


def test_an_unticked_right_is_named(sandbox, connect):
    with pytest.raises(AccountError, match=r"youtube\.upload"):
        connect(scopes=["https://www.googleapis.com/auth/youtube.readonly"])


def test_an_account_without_a_channel_is_refused(sandbox, connect):
    sandbox.control("account", has_channel=False)

    with pytest.raises(AccountError, match="no YouTube channel"):
        connect()


def test_a_state_counts_once_and_only_ours(deps, youtube, sandbox, people):
    parts = (deps.database, deps.vault, youtube)
    consent = begin_connect(*parts, channel_id=people.channel.id, redirect_uri="http://127.0.0.1:8765/x", base_url=sandbox.url)
    answer = sandbox.consent(consent.url)
    with pytest.raises(InputError, match="no consent that is open"):
        finish_connect(*parts, state="of-a-stranger", code=answer["code"])
    finish_connect(*parts, state=answer["state"], code=answer["code"])

    with pytest.raises(InputError, match="no consent that is open"):
        finish_connect(*parts, state=answer["state"], code=answer["code"])


def test_a_stolen_code_is_worth_nothing_without_its_verifier(deps, youtube, sandbox, people):
    parts = (deps.database, deps.vault, youtube)
    choices = {"channel_id": people.channel.id, "redirect_uri": "http://127.0.0.1:8765/x", "base_url": sandbox.url}
    stolen = sandbox.consent(begin_connect(*parts, **choices).url)["code"]
    own = begin_connect(*parts, **choices)

    with pytest.raises(AccountError):
        finish_connect(*parts, state=own.state, code=stolen)


def test_without_a_client_it_says_what_to_set(deps, youtube, people):
    bare = youtube.model_copy(update={"client_id": ""})
    with pytest.raises(InputError, match="YOUTUBE_CLIENT_ID"):
        begin_connect(deps.database, deps.vault, bare, channel_id=people.channel.id, redirect_uri="http://127.0.0.1:1/x")


def _expire(newsroom, **changes):
    with newsroom.deps.database.session() as session:
        name = vault_name(newsroom.account.id)
        tokens = json.loads(newsroom.deps.vault.get(session, name))
        newsroom.deps.vault.put(session, name, json.dumps({**tokens, "expires_at": time.time() + 100, **changes}))


def _token(newsroom):
    deps = newsroom.deps
    return AccountToken(deps.database, deps.vault, newsroom.settings, newsroom.account.id, newsroom.account.base_url)


def test_a_token_is_renewed_before_it_ends_and_by_one_process_alone(newsroom):
    _expire(newsroom)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(_token(newsroom)())) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 6 and len(set(got)) == 1
    assert len(newsroom.sandbox.calls("/token")) == 2  # the exchange and one refresh


def test_a_dead_grant_marks_the_account_and_is_not_tried_again(newsroom, clip):
    newsroom.sandbox.control("revoke")
    _expire(newsroom)

    with pytest.raises(AccountError, match="revoked or has expired"):
        _token(newsroom)()

    with newsroom.deps.database.reading() as session:
        assert session.get_one(Account, newsroom.account.id).needs_reauth
    with pytest.raises(RefusedError, match="connected again"):
        newsroom.plan(clip)


def test_an_error_holds_no_token(newsroom):
    _expire(newsroom, refresh="1//0secret-refresh-token")

    with pytest.raises(AccountError) as caught:
        _token(newsroom)()

    assert "secret-refresh-token" not in f"{caught.value!r} {caught.value} {caught.value.__cause__}"


def test_disconnecting_gives_the_access_back_and_forgets_it(newsroom):
    deps = newsroom.deps
    disconnect(deps.database, deps.vault, newsroom.settings, newsroom.account.id)

    with deps.database.reading() as session:
        assert deps.vault.get(session, vault_name(newsroom.account.id)) is None
        assert session.get_one(Account, newsroom.account.id).needs_reauth
    assert newsroom.sandbox.http.get(f"{newsroom.sandbox.url}/__sandbox/state").json()["grants"] == []
