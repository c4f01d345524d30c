"""Google's OAuth 2.0 with PKCE for an installed application (RFC 6749, RFC 7636, RFC 8252): consent, exchange, refresh, revoke.

The tokens live in the vault alone. No error made here carries one, nor the body of a request.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, ValidationError

from memory.errors import AccountError, InputError, TransientError
from tools.publishing.settings import Endpoints

_SCOPE = "https://www.googleapis.com/auth/"
NEEDED_SCOPES = (f"{_SCOPE}youtube.upload", f"{_SCOPE}youtube.readonly")
WANTED_SCOPES = (*NEEDED_SCOPES, f"{_SCOPE}yt-analytics.readonly", f"{_SCOPE}yt-analytics-monetary.readonly")
_RECONNECT = "Connect the account again: forge connect youtube."


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client of the Google Cloud console."""

    client_id: str
    client_secret: str = field(repr=False)


class Grant(BaseModel):
    """What the token endpoint gave. `expires_in` is in seconds; a refresh answers without `refresh_token`."""

    access_token: str
    expires_in: float
    refresh_token: str = ""
    scope: str = ""

    def __repr__(self) -> str:
        return f"Grant(expires_in={self.expires_in}, scope={self.scope!r})"

    __str__ = __repr__

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split())


def new_verifier() -> str:
    """A PKCE code verifier: 64 characters of A-Z a-z 0-9 - _ (43 to 128 are allowed)."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier: base64url of its SHA-256 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def consent_url(endpoints: Endpoints, client: Client, *, redirect_uri: str, state: str, verifier: str) -> str:
    """The page where the owner says yes. `prompt=consent` because Google gives a refresh token only then the second time."""
    query = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(WANTED_SCOPES),
        "state": state,
        "access_type": "offline",
        "prompt": "consent",
        "include_granted_scopes": "true",
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoints.authorize}?{urlencode(query)}"


def exchange(endpoints: Endpoints, client: Client, *, code: str, verifier: str, redirect_uri: str, timeout_s: float = 30.0) -> Grant:
    """Turn the code of a consent into tokens.

    Raises:
        AccountError: The code was refused, or no refresh token came with it.
    """
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    grant = _ask(endpoints.token, client, form, timeout_s)
    if not grant.refresh_token:
        raise AccountError("Google gave no refresh token.", hint=_RECONNECT)
    return grant


def refresh(endpoints: Endpoints, client: Client, refresh_token: str, *, timeout_s: float = 30.0) -> Grant:
    """Get a new access token.

    Raises:
        AccountError: The grant is dead (`invalid_grant`): revoked, expired or replaced. Trying again cannot help.
    """
    return _ask(endpoints.token, client, {"grant_type": "refresh_token", "refresh_token": refresh_token}, timeout_s)


def revoke(endpoints: Endpoints, token: str, *, timeout_s: float = 30.0) -> None:
    """Give a grant back. A token that is dead already is fine."""
    try:
        reply = httpx.post(endpoints.revoke, data={"token": token}, timeout=timeout_s)
    except httpx.TransportError as error:
        raise TransientError(f"Google could not be reached to revoke the access ({type(error).__name__}).") from error
    if reply.status_code >= 500:
        raise TransientError(f"Google answered {reply.status_code} to revoking the access.")


def missing_scopes(granted: tuple[str, ...]) -> list[str]:
    """Rights that publishing needs and the owner did not give; people may untick single ones on the consent page."""
    covered = set(granted) | (set(NEEDED_SCOPES) if f"{_SCOPE}youtube" in granted else set())
    return [scope for scope in NEEDED_SCOPES if scope not in covered]


def _ask(url: str, client: Client, form: dict[str, str], timeout_s: float) -> Grant:
    try:
        reply = httpx.post(url, data={**form, "client_id": client.client_id, "client_secret": client.client_secret}, timeout=timeout_s)
    except httpx.TransportError as error:
        raise TransientError(f"Google's token service could not be reached ({type(error).__name__}).") from error
    if reply.is_success:
        try:
            return Grant.model_validate_json(reply.content)
        except ValidationError:
            # From None: the error would quote the reply, tokens and all.
            raise TransientError("Google's token service gave an answer that is no token.") from None
    raise _refusal(reply)


def _refusal(reply: httpx.Response) -> Exception:
    if reply.status_code >= 500 or reply.status_code == 429:
        return TransientError(f"Google's token service answered {reply.status_code}.")
    try:
        code = str(reply.json().get("error", ""))
    except (ValueError, AttributeError):
        code = ""
    if code == "invalid_client":
        return InputError("Google does not know this OAuth client.", hint="Check YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET.")
    if code == "redirect_uri_mismatch":
        return InputError("The redirect address is not registered for this OAuth client.", hint="Use a client of type Desktop.")
    why = "the access was revoked or has expired" if code == "invalid_grant" else f"Google answered {reply.status_code} {code}".rstrip()
    return AccountError(f"The account cannot be used: {why}.", hint=_RECONNECT)
