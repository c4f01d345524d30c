"""Google's OAuth 2.0 over HTTP: the consent page, the token endpoint and revocation, with PKCE S256 mandatory."""

import base64
import binascii
import re
import secrets
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from multidict import MultiMapping

from sandbox.google_tokens import TokenError, grant_key, issue_code, redeem_code, refresh, revoke
from sandbox.pages import page, text
from sandbox.store import Doc
from sandbox.world import WORLD, World

SCOPE = "https://www.googleapis.com/auth/"
SCOPES = {
    SCOPE + "youtube": "Manage your YouTube account",
    SCOPE + "youtube.upload": "Manage your YouTube videos",
    SCOPE + "youtube.force-ssl": "See, edit, and permanently delete your YouTube videos, ratings, comments and captions",
    SCOPE + "youtube.readonly": "View your YouTube account",
    SCOPE + "yt-analytics.readonly": "View YouTube Analytics reports for your YouTube content",
    SCOPE + "yt-analytics-monetary.readonly": "View monetary and non-monetary YouTube Analytics reports for your YouTube content",
}
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
LOOPBACK = {"127.0.0.1", "::1"}


class ConsentError(Exception):
    """Shown as a page and never sent to the redirect URI, because that URI may be the thing that is wrong."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error, self.detail = error, detail


def read_request(world: World, query: MultiMapping[str]) -> Doc:
    """Check an authorization request and return what the code must remember.

    Raises:
        ConsentError: Something is missing, unknown or unsafe.
    """
    client = world.store.get("client", query.get("client_id", ""))
    if client is None:
        raise ConsentError("invalid_client", "The OAuth client was not found.")
    redirect_uri = query.get("redirect_uri", "")
    if redirect_uri not in client["redirect_uris"] and not _is_loopback(redirect_uri):
        raise ConsentError(
            "redirect_uri_mismatch", f"The redirect URI in the request, {redirect_uri!r}, does not match one registered for the client."
        )
    if query.get("response_type") != "code":
        raise ConsentError("unsupported_response_type", "response_type must be code.")
    if query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise ConsentError("invalid_request", "PKCE is mandatory here: code_challenge of 43 characters with code_challenge_method=S256.")
    return {
        "client_id": client["id"],
        "redirect_uri": redirect_uri,
        "code_challenge": query["code_challenge"],
        "state": query.get("state"),
        "requested": _read_scopes(query.get("scope", "")),
        **_read_choices(query),
    }


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    try:
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK and port is not None and not parts.fragment and not parts.username


def _read_scopes(text_: str) -> list[str]:
    scopes = text_.split()
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise ConsentError(
            "invalid_scope", f"Some requested scopes were invalid: {unknown}" if unknown else "Missing required parameter: scope"
        )
    return list(dict.fromkeys(scopes))


def _read_choices(query: MultiMapping[str]) -> Doc:
    access_type, prompt = query.get("access_type", "online"), query.get("prompt", "").split()
    if access_type not in ("online", "offline"):
        raise ConsentError("invalid_request", f"Invalid access_type: {access_type}")
    if set(prompt) - {"none", "consent", "select_account"} or ("none" in prompt and len(prompt) > 1):
        raise ConsentError("invalid_request", f"Invalid parameter value for prompt: {' '.join(prompt)}")
    include = query.get("include_granted_scopes") == "true"
    return {"access_type": access_type, "prompt": prompt, "include_granted_scopes": include, "login_hint": query.get("login_hint", "")}


async def show_consent(request: web.Request) -> web.Response:
    """GET /o/oauth2/v2/auth: the page where a person chooses an account and ticks scopes."""
    world = request.app[WORLD]
    try:
        asked = read_request(world, request.query)
    except ConsentError as error:
        return page(f"Error 400: {error.error}", f"<p>{text(error.detail)}</p>", status=400)
    if asked["prompt"] == ["none"]:
        return _redirect(asked, _answer_silently(world, asked))
    request_id = secrets.token_urlsafe(16)
    world.store.put("consent", request_id, asked)
    return page("Sign in with Google (sandbox)", _consent_form(world, request_id, asked))


def _answer_silently(world: World, asked: Doc) -> dict[str, str]:
    account = world.account(asked["login_hint"]) or world.accounts()[0]
    grant = world.store.get("grant", grant_key(account["email"], asked["client_id"]))
    if grant is None or set(asked["requested"]) - set(grant["scopes"]):
        return {"error": "interaction_required"}
    return _allow(world, asked, account["email"], asked["requested"])


def _consent_form(world: World, request_id: str, asked: Doc) -> str:
    rows = []
    for n, account in enumerate(world.accounts()):
        checked = "checked" if account["email"] == asked["login_hint"] or (n == 0 and not asked["login_hint"]) else ""
        value, name = text(account["email"]), text(account["title"])
        rows.append(f'<p><label><input type="radio" name="account" value="{value}" {checked}> {name} &lt;{value}&gt;</label></p>')
    for scope in asked["requested"]:
        rows.append(f'<p><label><input type="checkbox" name="scope" value="{text(scope)}" checked> {text(SCOPES[scope])}</label></p>')
    return f"""<p><b>{text(asked["client_id"])}</b> wants to access your Google Account</p>
<form method="post" action="/o/oauth2/v2/auth/decision"><input type="hidden" name="request_id" value="{request_id}">{"".join(rows)}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form>"""


async def decide_consent(request: web.Request) -> web.Response:
    """POST /o/oauth2/v2/auth/decision: what the person pressed; each page can be answered once."""
    world = request.app[WORLD]
    form = await request.post()
    request_id = str(form.get("request_id", ""))
    asked = world.store.get("consent", request_id)
    if asked is None:
        return page("Error 400: invalid_request", "<p>This page was answered already. Start again from the application.</p>", status=400)
    world.store.delete("consent", request_id)
    scopes = [str(value) for value in form.getall("scope", [])]
    return _redirect(asked, decide(world, asked, str(form.get("account", "")), scopes, form.get("decision") == "allow"))


def decide(world: World, asked: Doc, email: str, scopes: list[str], allowed: bool) -> dict[str, str]:
    """Return the redirect's parameters for a decision: a code for the ticked scopes, or access_denied."""
    ticked = [scope for scope in asked["requested"] if scope in scopes]
    if not allowed or not ticked or world.account(email) is None:
        return {"error": "access_denied"}
    return _allow(world, asked, email, ticked)


def _allow(world: World, asked: Doc, email: str, scopes: list[str]) -> dict[str, str]:
    return {"code": issue_code(world, asked, email, scopes), "scope": " ".join(scopes), "iss": "https://accounts.google.com"}


def _redirect(asked: Doc, answer: dict[str, str]) -> web.Response:
    return web.Response(status=302, headers={"Location": redirect_target(asked, answer)})


def redirect_target(asked: Doc, answer: dict[str, str]) -> str:
    """Return the redirect URI with the answer and the caller's state appended."""
    if asked["state"] is not None:
        answer = {"state": asked["state"], **answer}
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return f"{asked['redirect_uri']}{joint}{urlencode(answer)}"


async def give_token(request: web.Request) -> web.Response:
    """POST /token: authorization_code and refresh_token."""
    headers = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}
    try:
        return web.json_response(await _answer_token(request), headers=headers)
    except TokenError as error:
        body = {"error": error.error, "error_description": error.description}
        return web.json_response(body, status=error.status, headers=headers)


async def _answer_token(request: web.Request) -> Doc:
    if request.content_type != "application/x-www-form-urlencoded":
        raise TokenError(400, "invalid_request", "The body must be application/x-www-form-urlencoded.")
    world, form = request.app[WORLD], {key: str(value) for key, value in (await request.post()).items()}
    grant_type = form.get("grant_type")
    if grant_type not in ("authorization_code", "refresh_token"):
        error = "unsupported_grant_type" if grant_type else "invalid_request"
        raise TokenError(400, error, f"Invalid grant_type: {grant_type or ''}")
    client = _authenticate(world, request, form)
    needed = ("code", "redirect_uri") if grant_type == "authorization_code" else ("refresh_token",)
    for name in needed:
        if not form.get(name):
            raise TokenError(400, "invalid_request", f"Missing required parameter: {name}")
    if grant_type == "refresh_token":
        return refresh(world, client, form["refresh_token"])
    verifier = form.get("code_verifier")
    if verifier is not None and not VERIFIER.fullmatch(verifier):
        raise TokenError(400, "invalid_grant", "Invalid code verifier.")
    return redeem_code(world, client, form["code"], form["redirect_uri"], verifier)


def _authenticate(world: World, request: web.Request, form: dict[str, str]) -> Doc:
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    basic = request.headers.get("Authorization", "")
    if basic.startswith("Basic "):
        try:
            client_id, _, secret = base64.b64decode(basic[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise TokenError(401, "invalid_client", "Unauthorized") from error
    client = world.store.get("client", client_id)
    if client is None:
        raise TokenError(401, "invalid_client", "The OAuth client was not found.")
    if not secrets.compare_digest(str(client["secret"]).encode(), secret.encode()):
        raise TokenError(401, "invalid_client", "Unauthorized")
    return client


async def revoke_token(request: web.Request) -> web.Response:
    """POST /revoke: `token` in the form or the query."""
    form = await request.post()
    if not revoke(request.app[WORLD], str(form.get("token") or request.query.get("token", ""))):
        return web.json_response({"error": "invalid_token", "error_description": "Token expired or revoked"}, status=400)
    return web.Response(status=200)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/o/oauth2/v2/auth", show_consent),
        web.post("/o/oauth2/v2/auth/decision", decide_consent),
        web.post("/token", give_token),
        web.post("/revoke", revoke_token),
    ]
