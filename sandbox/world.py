"""The sandbox world: its seed, its clock, its accounts, and the folder where uploaded bytes lie."""

import base64
import hashlib
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.store import Doc, Store

PACIFIC = ZoneInfo("America/Los_Angeles")  # YouTube's quota and its Analytics days turn over at midnight Pacific.

DEFAULT_CLIENT = {
    "id": "sandbox-client",
    "secret": "sandbox-secret",
    "project": "sandbox-project",
    "type": "web",
    "testing": False,  # true: refresh tokens die after 7 days, as with a consent screen in status Testing
    "redirect_uris": [],
}
DEFAULT_FEATURES = {"ypp": True, "locked_private": False, "phone_verified": True, "upload_limit": 50, "has_channel": True}
DEFAULT_SETTINGS = {
    "processing_s": 60,
    "session_life_s": 7 * 86400,
    "quota": {"insert": 100, "search": 100, "stats": 10_000, "general": 10_000},
}
API_KEY = "sandbox-api-key"
FURTHEST_S = 20 * 365 * 86_400


class World:
    """Everything the sandbox knows. Times are Unix seconds of the sandbox clock unless a name says otherwise."""

    def __init__(self, state: Path | None = None, seed: int = 7, start: float | None = None) -> None:
        self._scratch = tempfile.mkdtemp(prefix="sandbox-") if state is None else None
        if state is not None:
            state.parent.mkdir(parents=True, exist_ok=True)
        self.store = Store(state)
        self.folder = Path(self._scratch or f"{state}.files")
        self.folder.mkdir(exist_ok=True)
        if self.store.get("meta", "world") is None:
            self._begin(seed, start)

    @property
    def seed(self) -> int:
        return int(self._meta()["seed"])

    @property
    def started_at(self) -> float:
        """When this world began; topics and feeds are counted from here."""
        return float(self._meta()["started_at"])

    def now(self) -> float:
        """Return the sandbox time: real time plus what was skipped, or the set time while the clock is frozen."""
        meta = self._meta()
        return float(meta["frozen_at"]) if meta["frozen_at"] is not None else time.time() + float(meta["offset_s"])

    def set_clock(self, to: float) -> None:
        """Move the clock forward to `to`.

        Raises:
            ValueError: `to` lies in the past (numbers that never shrink allow no way back) or more than 20 years ahead.
        """
        now = self.now()
        if to < now:
            raise ValueError(f"the clock stands at {iso(now)} and only moves forward, not to {iso(to)}")
        if to - now > FURTHEST_S:
            raise ValueError(f"the clock moves {FURTHEST_S} s at most in one step, not {to - now:.0f} s")
        meta = self._meta()
        meta["offset_s"] = to - time.time()
        meta["frozen_at"] = to if meta["frozen_at"] is not None else None
        self.store.put("meta", "world", meta)

    def freeze(self, frozen: bool) -> None:
        """Stop the clock at this instant, or let it run on from here."""
        meta, now = self._meta(), self.now()
        meta["frozen_at"] = now if frozen else None
        meta["offset_s"] = now - time.time()
        self.store.put("meta", "world", meta)

    def settings(self) -> Doc:
        return self.store.get("meta", "settings") or dict(DEFAULT_SETTINGS)

    def accounts(self) -> list[Doc]:
        return self.store.all("account")

    def account(self, email: str) -> Doc | None:
        return self.store.get("account", email)

    def account_of_channel(self, channel_id: str) -> Doc | None:
        return next((account for account in self.accounts() if account["channel_id"] == channel_id), None)

    def add_account(self, email: str, title: str, **features: object) -> Doc:
        """Add a Google account with a channel; ids follow from the seed and the address."""
        digest = stable_id(self.seed, f"channel/{email}", 22)
        account: Doc = {
            "email": email,
            "title": title,
            "channel_id": "UC" + digest,
            "uploads": "UU" + digest,
            "subscribers": 1240,
            "created_at": self.now() - 400 * 86400,
            **DEFAULT_FEATURES,
            **features,
        }
        self.store.put("account", email, account)
        return account

    def next_number(self, name: str) -> int:
        """Count from 1, by name."""
        doc = self.store.get("counter", name) or {"n": 0}
        doc["n"] += 1
        self.store.put("counter", name, doc)
        return int(doc["n"])

    def reset(self, seed: int | None = None, start: float | None = None) -> None:
        """Forget everything and begin again, with the same seed unless another is given."""
        seed = self.seed if seed is None else seed
        with self.store.transaction():
            self.store.clear()
            self._begin(seed, start)
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def close(self) -> None:
        self.store.close()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _meta(self) -> Doc:
        return self.store.get("meta", "world") or {}

    def _begin(self, seed: int, start: float | None) -> None:
        """Write the first state. With `start` the clock stands still there until it is moved."""
        began = time.time() if start is None else start
        self.store.put("meta", "world", {"seed": seed, "started_at": began, "offset_s": 0.0, "frozen_at": start})
        self.store.put("meta", "settings", dict(DEFAULT_SETTINGS))
        self.store.put("client", str(DEFAULT_CLIENT["id"]), dict(DEFAULT_CLIENT))
        self.add_account("creator@sandbox.test", "Sandbox Creator")


WORLD: web.AppKey[World] = web.AppKey("world", World)


def stable_id(seed: int, name: str, length: int) -> str:
    """Return `length` characters of A-Z a-z 0-9 - _ that always follow from the seed and the name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def iso(at: float) -> str:
    """Format Unix seconds as RFC 3339 in UTC with whole seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> float:
    """Read an RFC 3339 time with a zone as Unix seconds.

    Raises:
        ValueError: The text is no such time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.timestamp()


def pacific_day(at: float) -> str:
    """Return the Pacific calendar day (YYYY-MM-DD) of a time."""
    return datetime.fromtimestamp(at, PACIFIC).strftime("%Y-%m-%d")
