"""Connecting an account: a consent that waits in the vault, its one answer, and the account row that comes of it."""

import json
import secrets
import time
from dataclasses import asdict, dataclass, field

from memory.database import Database
from memory.domain import Json
from memory.errors import AccountError, InputError
from memory.repositories import accounts
from memory.tables import Account
from memory.vault import Vault
from tools.publishing.settings import YouTubeSettings
from tools.publishing.tokens import Tokens, vault_name
from tools.publishing.youtube import oauth

CONSENT_LIFE_S = 600.0


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that was begun: where the owner goes, and what belongs to the answer. Kept in the vault until it comes."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    channel_id: int
    base_url: str
    expires_at: float


def begin_connect(
    database: Database, vault: Vault, settings: YouTubeSettings, *, channel_id: int, redirect_uri: str, base_url: str = ""
) -> Consent:
    """Begin to connect a YouTube account to a channel. Send the owner to `url`; the answer comes to `redirect_uri`.

    Raises:
        InputError: No OAuth client is configured.
    """
    client = _client(settings)
    state, verifier = secrets.token_urlsafe(32), oauth.new_verifier()
    url = oauth.consent_url(settings.at(base_url), client, redirect_uri=redirect_uri, state=state, verifier=verifier)
    consent = Consent(url, state, verifier, redirect_uri, channel_id, base_url, time.time() + CONSENT_LIFE_S)
    with database.session() as session:
        vault.put(session, _name(state), json.dumps(asdict(consent)))
    return consent


def finish_connect(database: Database, vault: Vault, settings: YouTubeSettings, *, state: str, code: str) -> Account:
    """Take the answer of a consent: exchange the code, look which channel it is, and keep the tokens in the vault.

    Raises:
        InputError: Nobody began this consent, or it is too old, or it was answered already.
        AccountError: A right is missing, there is no channel, or the code was refused.
    """
    consent = _take(database, vault, state)
    client = _client(settings)
    endpoints = settings.at(consent.base_url)
    grant = oauth.exchange(endpoints, client, code=code, verifier=consent.verifier, redirect_uri=consent.redirect_uri)
    if missing := oauth.missing_scopes(grant.scopes):
        named = ", ".join(scope.rpartition("/")[2] for scope in missing)
        raise AccountError(f"These rights were not given: {named}.", hint="Connect again and leave every box ticked.")
    channel = _look_up_channel(settings, consent.base_url, grant.access_token)
    with database.session() as session:
        account = accounts.connect(
            session,
            channel_id=consent.channel_id,
            platform="youtube",
            remote_id=channel["id"],
            title=channel["snippet"]["title"],
            base_url=consent.base_url,
            scopes=grant.scopes,
        )
        vault.put(session, vault_name(account.id), Tokens.of(grant, client).to_json())
        return account


def disconnect(database: Database, vault: Vault, settings: YouTubeSettings, account_id: int) -> None:
    """Give the access back at the platform and forget the tokens. The account's posts and numbers stay."""
    with database.reading() as session:
        account = session.get_one(Account, account_id)
        text = vault.get(session, vault_name(account_id))
    if text is not None:
        oauth.revoke(settings.at(account.base_url), Tokens(**json.loads(text)).refresh)
    with database.session() as session:
        vault.delete(session, vault_name(account_id))
        accounts.mark_needs_reauth(session, account_id, "it was disconnected.")


def _client(settings: YouTubeSettings) -> oauth.Client:
    if not settings.client_id:
        raise InputError(
            "YouTube has no OAuth client.",
            hint="Make one of type Desktop in the Google Cloud console and set YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET.",
        )
    return oauth.Client(settings.client_id, settings.client_secret.get_secret_value())


def _name(state: str) -> str:
    return f"consent:{state}"


def _take(database: Database, vault: Vault, state: str) -> Consent:
    """Read and delete in one transaction: an answer counts once."""
    with database.session() as session:
        text = vault.get(session, _name(state)) if state and len(state) < 100 else None
        if text is not None:
            vault.delete(session, _name(state))
    if text is None:
        raise InputError("This answer belongs to no consent that is open.", hint="Start again: forge connect youtube.")
    consent = Consent(**json.loads(text))
    if consent.expires_at < time.time():
        raise InputError("The consent took longer than ten minutes.", hint="Start again: forge connect youtube.")
    return consent


def _look_up_channel(settings: YouTubeSettings, base_url: str, access_token: str) -> Json:
    from tools.publishing.youtube.publisher import YouTube  # the Google client takes 0.4 s to import

    youtube = YouTube(settings, base_url, lambda refused="": _unless_refused(access_token, refused))
    try:
        return youtube.channel()
    finally:
        youtube.close()


def _unless_refused(access_token: str, refused: str) -> str:
    if refused == access_token:
        raise AccountError("YouTube refused the access it just gave.", hint="Start again: forge connect youtube.")
    return access_token
