"""Whatever is sent to the sandbox, it answers with a refusal and never with a crash."""

import random
from typing import Any

CALLS = """
GET /youtube/v3/videos
PUT /youtube/v3/videos
DELETE /youtube/v3/videos
GET /youtube/v3/channels
GET /youtube/v3/playlistItems
GET /v2/reports
POST /upload/youtube/v3/videos
PUT /upload/youtube/v3/videos
POST /token
POST /revoke
GET /o/oauth2/v2/auth
POST /o/oauth2/v2/auth/decision
GET /shop/p/mic
POST /shop/p/mic/buy
GET /shop/api/conversions
GET /feeds/tech.xml
GET /v0/item/x.json
GET /v0/item/46000001.json
GET /articles/99999999
GET /__sandbox/calls
POST /__sandbox/clock
POST /__sandbox/faults
POST /__sandbox/account
POST /__sandbox/shop
POST /__sandbox/settings
POST /__sandbox/consent
POST /__sandbox/client
POST /__sandbox/videos/x
POST /__sandbox/revoke
PATCH /nowhere
""".split("\n")[1:-1]
WORDS = (
    "", "x", "true", "MINE", "channel==MINE", "snippet,status", "snippet", "id", "-1", "9" * 5000, "1e9", "NaN", "ü😀", "\x00",
    "2026-11-20", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:00", "views", "day", "video==a", "%", "[]", "public",
    "private", "code", "S256", "resumable",
)  # fmt: skip
NAMES = (
    "part", "id", "mine", "playlistId", "maxResults", "pageToken", "ids", "startDate", "endDate", "metrics", "dimensions",
    "filters", "sort", "startIndex", "uploadType", "upload_id", "scope", "prompt", "since", "limit", "after", "title", "tags",
    "publishAt", "privacyStatus", "categoryId", "description", "advance_s", "set", "quota", "processing_s", "email", "ypp",
    "upload_limit", "url", "scopes", "redirect_uris", "postback_url", "times", "method",
)  # fmt: skip


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(8 if depth < 3 else 6)
    if kind < 4:
        return draw.choice(WORDS)
    if kind < 6:
        return draw.choice([None, True, False, 0, -1, 3.5, 10**400, 1e308])
    if kind == 6:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(3))]
    return {draw.choice((*NAMES, "snippet", "status", "localizations")): _value(draw, depth + 1) for _ in range(draw.randrange(5))}


def test_no_request_makes_the_sandbox_fail(visitor: Any) -> None:
    draw, failures = random.Random(5), []
    for _ in range(1200):
        method, path = draw.choice(CALLS).split()
        query = {draw.choice(NAMES): draw.choice(WORDS)[:600] for _ in range(draw.randrange(6))}
        body = {draw.choice((*NAMES, "snippet", "status", "localizations", "id")): _value(draw) for _ in range(draw.randrange(6))}
        form = {"data": {name: str(value)[:200] for name, value in body.items()}} if draw.random() < 0.2 else {"json": body}
        if "json" in form and "Infinity" in str(body):
            continue
        answer = visitor.http.request(
            method, path, params=query, headers=visitor.auth | {"X-Api-Key": "sandbox-shop-key"}, **({} if method == "GET" else form)
        )
        if answer.status_code == 401 and path.startswith("/youtube"):
            visitor.sign_in()
        if answer.status_code >= 500 and "backendError" not in answer.text:
            failures.append((method, path, query, body, answer.status_code))

    assert failures == []
