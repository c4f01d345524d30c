"""What all Google APIs share: the error envelope, bearer tokens and API keys, quota buckets, ETags and the `part` parameter."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.google_tokens import find_access
from sandbox.store import Doc
from sandbox.world import API_KEY, DEFAULT_CLIENT, WORLD, World, pacific_day

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
}
SCOPE = "https://www.googleapis.com/auth/"
READ_SCOPES = ("youtube", "youtube.force-ssl", "youtube.readonly")
WRITE_SCOPES = ("youtube", "youtube.force-ssl")
UPLOAD_SCOPES = ("youtube", "youtube.force-ssl", "youtube.upload")


class ApiError(Exception):
    """A refusal in Google's envelope."""

    def __init__(
        self, code: int, reason: str, message: str, *, domain: str = "global", location: str = "", where: str = "parameter"
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.domain, self.location, self.where = code, reason, message, domain, location, where

    def to_response(self) -> web.Response:
        detail = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            detail |= {"location": self.location, "locationType": self.where}
        error: Doc = {"code": self.code, "message": self.message, "errors": [detail]}
        if self.code in STATUS:
            error["status"] = STATUS[self.code]
        headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'} if self.code == 401 else {}
        return web.json_response({"error": error}, status=self.code, headers=headers)


@dataclass(frozen=True)
class Caller:
    """Who calls: a project always, an account when a token was sent."""

    project: str
    account: Doc | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def channel_id(self) -> str:
        return str(self.account["channel_id"]) if self.account else ""


def identify(request: web.Request, *scopes: str, key_allowed: bool = False) -> Caller:
    """Return who calls, from the bearer token or, for public reads, from `?key=`.

    Raises:
        ApiError: 401 without a living token, 403 when the token carries none of `scopes` (short names), 400 for a wrong key.
    """
    world = request.app[WORLD]
    bearer = request.headers.get("Authorization", "")
    if not bearer.startswith("Bearer "):
        return _identify_key(request, key_allowed)
    access = find_access(world, bearer.removeprefix("Bearer ").strip())
    if access is None:
        message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
        raise ApiError(401, "authError", message, location="Authorization", where="header")
    granted = frozenset(str(scope).removeprefix(SCOPE) for scope in access["scopes"])
    if scopes and not granted & set(scopes):
        raise ApiError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    client = world.store.get("client", access["client_id"]) or DEFAULT_CLIENT
    return Caller(str(client["project"]), world.account(access["email"]), granted)


def _identify_key(request: web.Request, key_allowed: bool) -> Caller:
    key = request.query.get("key")
    if not key_allowed:
        raise ApiError(401, "required", "Login Required.", location="Authorization", where="header")
    if key is None:
        raise ApiError(
            403, "forbidden", "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity."
        )
    if key != API_KEY:
        raise ApiError(400, "badRequest", "API key not valid. Please pass a valid API key.")
    return Caller(str(DEFAULT_CLIENT["project"]))


def owner(caller: Caller) -> Doc:
    """Return the account behind a token.

    Raises:
        ApiError: 401 youtubeSignupRequired when the account has no channel.
    """
    if caller.account is None or not caller.account["has_channel"]:
        raise ApiError(401, "youtubeSignupRequired", "Unauthorized", domain="youtube.header", location="Authorization", where="header")
    return caller.account


def charge(world: World, project: str, bucket: str, cost: int = 1) -> None:
    """Take `cost` from the project's bucket of the Pacific day; the default limits are those from 2026-06-01.

    Raises:
        ApiError: 403 quotaExceeded when the bucket cannot pay.
    """
    key = f"{project}/{bucket}/{pacific_day(world.now())}"
    used = int((world.store.get("quota", key) or {"used": 0})["used"])
    if used + cost > int(world.settings()["quota"][bucket]):
        message = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
        raise ApiError(403, "quotaExceeded", message, domain="youtube.quota")
    world.store.put("quota", key, {"used": used + cost})


def read_parts(request: web.Request, known: frozenset[str]) -> list[str]:
    """Return the parts that the request names.

    Raises:
        ApiError: 400 when `part` is missing or names an unknown part.
    """
    parts = [part.strip() for value in request.query.getall("part", []) for part in value.split(",") if part.strip()]
    if not parts:
        raise ApiError(400, "missingRequiredParameter", "No part parameter was given.", domain="youtube.parameter", location="part")
    for part in parts:
        if part not in known:
            raise ApiError(400, "unknownPart", f"'{part}'", domain="youtube.part", location="part")
    return parts


def read_int(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number from the query within its range, ends included; 400 invalidParameter otherwise."""
    text = request.query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        message = f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]"
        raise ApiError(400, "invalidParameter", message, location=name)
    return int(text)


async def read_json(request: web.Request) -> Doc:
    """Return the JSON object of the body; 400 parseError when it is none."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise ApiError(400, "parseError", "Parse Error") from error
    if not isinstance(body, dict):
        raise ApiError(400, "parseError", "Parse Error")
    return body


def etag_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:27]


def reply(request: web.Request, body: Doc) -> web.Response:
    """Answer a read with its ETag, or with 304 when the caller already has this version."""
    tag = f'"{body["etag"]}"' if "etag" in body else f'"{etag_of(body)}"'
    if request.headers.get("If-None-Match") in (tag, tag.strip('"')):
        return web.Response(status=304, headers={"ETag": tag})
    return web.json_response(body, headers={"ETag": tag, "Cache-Control": "private"})


def list_reply(kind: str, items: list[Doc], total: int, per_page: int, **more: Any) -> Doc:
    """Build a list envelope with an ETag per item and one for the whole."""
    for item in items:
        item["etag"] = etag_of(item)
    body = {"kind": kind, "items": items, **more, "pageInfo": {"totalResults": total, "resultsPerPage": per_page}}
    return {"etag": etag_of(body), **body}
