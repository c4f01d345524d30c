"""What YouTube's refusals mean, in one place. The reason decides, not the HTTP code (error reference of the Data API v3)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from memory.errors import AccountError, AppError, InputError, TransientError

PACIFIC = ZoneInfo("America/Los_Angeles")  # Google's quota day turns over at midnight there
DAY_S = 86_400.0

_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_RATE = {"rateLimitExceeded", "userRateLimitExceeded", "uploadRateLimitExceeded"}
NOT_THE_TOKEN = frozenset({"youtubeSignupRequired"})
"""Reasons of a 401 that a new token does not help against."""
_ACCOUNT = {
    "forbidden": "YouTube does not let this account do that.",
    "insufficientPermissions": "The account was connected without the right for this.",
    "forbiddenPrivacySetting": "YouTube does not let this account use that privacy setting.",
    "forbiddenLicenseSetting": "YouTube does not let this account use that licence setting.",
    "youtubeSignupRequired": "This Google account has no YouTube channel.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A refusal: HTTP status, reason and message of the error envelope, and the time the platform named in `Retry-After`."""

    status: int
    reason: str = ""
    message: str = ""
    retry_after_s: float | None = None


def read_reply(status: int, body: bytes, retry_after: str = "") -> Reply:
    """Take what can be used from a refusal; a body that is not Google's envelope leaves reason and message empty."""
    wait_s = float(retry_after) if retry_after.isdigit() else None
    try:
        error = json.loads(body)["error"]
        first = error.get("errors", [{}])[0]
        return Reply(status, str(first.get("reason", "")), str(error.get("message", ""))[:300], wait_s)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Reply(status, retry_after_s=wait_s)


def seconds_to_quota_reset(now: datetime) -> float:
    """Seconds from `now` (timezone-aware) until the next midnight Pacific."""
    local = now.astimezone(PACIFIC)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.timestamp() - now.timestamp()


def to_error(reply: Reply, now: datetime) -> AppError:
    """The error of our tree that says who has to act on a refusal. `now` is the platform's time."""
    said = f"YouTube answered {reply.status} {reply.reason}: {reply.message}".rstrip(": .")
    if reply.reason in _QUOTA:
        return TransientError("YouTube's daily quota of this project is spent.", retry_after_s=seconds_to_quota_reset(now))
    if reply.reason == "uploadLimitExceeded":
        return TransientError("The channel has reached YouTube's own limit of uploads per day.", retry_after_s=DAY_S)
    if reply.reason in _RATE or reply.status == 429:
        return TransientError(f"{said}.", retry_after_s=reply.retry_after_s or 30.0)
    if reply.status >= 500:
        return TransientError(f"{said}.", retry_after_s=reply.retry_after_s)
    if reply.reason in _ACCOUNT or reply.status in (401, 403):
        text = _ACCOUNT.get(reply.reason, f"{said}.")
        return AccountError(text, hint="Connect the account again with every right ticked: forge connect youtube.")
    return InputError(f"{said}.", hint="Change what it complains about and publish again.")
