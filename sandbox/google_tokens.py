"""Grants, codes and tokens behind Google's OAuth 2.0. Tokens lie in the state as SHA-256, never in clear.

A grant joins an account and a client; killing it kills every token that came from it.
Facts: access tokens live 3599 s; refresh tokens are not rotated, die after six months unused, after 7 days while the client
is in Testing, and the oldest falls away beyond 100 per grant.
"""

import base64
import hashlib
import secrets

from sandbox.store import Doc
from sandbox.world import World

ACCESS_LIFE_S = 3599
CODE_LIFE_S = 600
TESTING_LIFE_S = 7 * 86400
UNUSED_LIFE_S = 182 * 86400
REFRESH_TOKENS_PER_GRANT = 100


class TokenError(Exception):
    """A refusal of the token endpoint: HTTP status, `error`, `error_description`."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def grant_key(email: str, client_id: str) -> str:
    return f"{email}/{client_id}"


def issue_code(world: World, request: Doc, email: str, scopes: list[str]) -> str:
    """Store what the owner allowed and return the authorization code for it."""
    code = "4/0A" + secrets.token_urlsafe(48)
    doc = {**request, "email": email, "scopes": scopes, "expires_at": world.now() + CODE_LIFE_S, "used": False}
    world.store.put("code", hashed(code), doc)
    return code


def redeem_code(world: World, client: Doc, code: str, redirect_uri: str, verifier: str | None) -> Doc:
    """Turn a code into tokens, once; return the token answer.

    Raises:
        TokenError: The code is unknown, used, expired or another client's, or the redirect URI or the verifier is wrong.
    """
    doc = world.store.get("code", hashed(code))
    if doc is None or doc["client_id"] != client["id"]:
        raise TokenError(400, "invalid_grant", "Malformed auth code.")
    if doc["used"] or doc["expires_at"] < world.now():
        raise TokenError(400, "invalid_grant", "Bad Request")
    if doc["redirect_uri"] != redirect_uri:
        raise TokenError(400, "redirect_uri_mismatch", "Bad Request")
    if verifier is None:
        raise TokenError(400, "invalid_grant", "Missing code verifier.")
    if not secrets.compare_digest(challenge_of(verifier), doc["code_challenge"]):
        raise TokenError(400, "invalid_grant", "Invalid code verifier.")
    with world.store.transaction():
        world.store.put("code", hashed(code), {**doc, "used": True})
        return _grant_tokens(world, client, doc)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _grant_tokens(world: World, client: Doc, code: Doc) -> Doc:
    key = grant_key(code["email"], client["id"])
    grant = world.store.get("grant", key)
    first = grant is None
    if grant is None:
        grant = {"email": code["email"], "client_id": client["id"], "id": secrets.token_hex(8), "scopes": []}
    grant["scopes"] = sorted({*grant["scopes"], *code["scopes"]})
    world.store.put("grant", key, grant)
    scopes = grant["scopes"] if code["include_granted_scopes"] else code["scopes"]
    answer = _issue_access(world, grant, scopes)
    offline = code["access_type"] == "offline" or client["type"] == "installed"
    if offline and (first or "consent" in code["prompt"]):
        answer["refresh_token"] = _issue_refresh(world, grant, scopes)
        if client["testing"]:
            answer["refresh_token_expires_in"] = TESTING_LIFE_S - 1
    return answer


def _issue_access(world: World, grant: Doc, scopes: list[str]) -> Doc:
    token = "ya29." + secrets.token_urlsafe(64)
    doc = {"type": "access", "grant": grant["id"], "email": grant["email"], "client_id": grant["client_id"], "scopes": scopes}
    world.store.put("token", hashed(token), {**doc, "expires_at": world.now() + ACCESS_LIFE_S})
    return {"access_token": token, "expires_in": ACCESS_LIFE_S, "scope": " ".join(scopes), "token_type": "Bearer"}


def _issue_refresh(world: World, grant: Doc, scopes: list[str]) -> str:
    token = "1//0" + secrets.token_urlsafe(48)
    doc = {"type": "refresh", "grant": grant["id"], "email": grant["email"], "client_id": grant["client_id"], "scopes": scopes}
    world.store.put("token", hashed(token), {**doc, "issued_at": world.now(), "used_at": world.now()})
    own = [key for key, other in world.store.items("token") if other["grant"] == grant["id"] and other["type"] == "refresh"]
    for key in own[:-REFRESH_TOKENS_PER_GRANT]:
        world.store.delete("token", key)
    return token


def refresh(world: World, client: Doc, token: str) -> Doc:
    """Return a fresh access token for a refresh token.

    Raises:
        TokenError: invalid_grant; the client must ask the owner again.
    """
    doc = world.store.get("token", hashed(token))
    if doc is None or doc["type"] != "refresh" or doc["client_id"] != client["id"]:
        raise TokenError(400, "invalid_grant", "Token has been expired or revoked.")
    now = world.now()
    dead = now - doc["used_at"] > UNUSED_LIFE_S or (client["testing"] and now - doc["issued_at"] > TESTING_LIFE_S)
    grant = world.store.get("grant", grant_key(doc["email"], doc["client_id"]))
    if dead or grant is None:
        raise TokenError(400, "invalid_grant", "Token has been expired or revoked.")
    with world.store.transaction():
        world.store.put("token", hashed(token), {**doc, "used_at": now})
        return _issue_access(world, grant, doc["scopes"])


def find_access(world: World, token: str) -> Doc | None:
    """Return the living access token's document, or None."""
    doc = world.store.get("token", hashed(token))
    return doc if doc and doc["type"] == "access" and doc["expires_at"] > world.now() else None


def revoke(world: World, token: str) -> bool:
    """Kill the whole grant behind an access or refresh token; False when the token is already dead."""
    doc = world.store.get("token", hashed(token))
    if doc is None or (doc["type"] == "access" and doc["expires_at"] <= world.now()):
        return False
    revoke_grant(world, doc["email"], doc["client_id"])
    return True


def revoke_grant(world: World, email: str, client_id: str) -> int:
    """Delete a grant with its tokens; return how many tokens died."""
    doomed = [key for key, doc in world.store.items("token") if (doc["email"], doc["client_id"]) == (email, client_id)]
    with world.store.transaction():
        world.store.delete("grant", grant_key(email, client_id))
        for key in doomed:
            world.store.delete("token", key)
    return len(doomed)


def expire_access(world: World, email: str) -> int:
    """Let every access token of an account expire now; refresh tokens live on. Return how many expired."""
    living = [(key, doc) for key, doc in world.store.items("token") if doc["email"] == email and doc["type"] == "access"]
    for key, doc in living:
        world.store.put("token", key, {**doc, "expires_at": world.now()})
    return len(living)
