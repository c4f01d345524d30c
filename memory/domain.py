"""The words of the business as types: enums, their allowed moves, and small frozen values. Standard library only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

Json = dict[str, Any]


class Access(StrEnum):
    """What a tool may touch. The policy decides by this and by nothing a model says."""

    READ = "read"  # looks, changes nothing
    WRITE = "write"  # changes our own rows and files
    PUBLISH = "publish"  # shows something to the world
    SPEND = "spend"  # costs money beyond the run's own budget
    ADMIN = "admin"  # deletes, or changes accounts, limits or rights

    @property
    def is_external(self) -> bool:
        return self in (Access.PUBLISH, Access.SPEND, Access.ADMIN)


class Autonomy(StrEnum):
    """How much a workspace lets its agents do without asking."""

    ASK = "ask"  # every external effect is asked for
    CAPPED = "capped"  # publishing within the caps goes through; spending and administration are asked for


class Role(StrEnum):
    OWNER = "owner"  # may answer every approval
    EDITOR = "editor"  # may answer approvals to publish
    VIEWER = "viewer"  # may look


class RunStatus(StrEnum):
    QUEUED = "queued"  # accepted, not yet planned
    RUNNING = "running"  # a worker advances it
    WAITING = "waiting"  # sleeps on a job or on a person
    SUCCEEDED = "succeeded"  # ended, and what it claims was checked
    DEGRADED = "degraded"  # ended, with something missing that it names
    BLOCKED = "blocked"  # cannot go on until somebody acts
    CANCELED = "canceled"  # a person stopped it


class JobStatus(StrEnum):
    QUEUED = "queued"  # row committed, waiting for a worker
    RUNNING = "running"  # a worker holds its lease
    SUCCEEDED = "succeeded"  # the result exists and was checked
    FAILED = "failed"  # attempts are spent, or trying again cannot help
    CANCELED = "canceled"  # a person stopped it


class ApprovalStatus(StrEnum):
    PENDING = "pending"  # shown, waiting for a person
    APPROVED = "approved"  # a person said yes to exactly this
    REJECTED = "rejected"  # a person said no
    EXPIRED = "expired"  # nobody answered in time, which means no
    USED = "used"  # the yes was spent on its one effect


class EffectStatus(StrEnum):
    PLANNED = "planned"  # row committed, nothing sent
    STARTED = "started"  # bytes may have left us: only the platform knows
    CONFIRMED = "confirmed"  # read back from the platform
    FAILED = "failed"  # the platform said no, or proved that nothing happened


class PostStatus(StrEnum):
    PLANNED = "planned"  # an effect row exists, nothing was sent
    UPLOADED = "uploaded"  # the platform has the bytes and processes them
    PUBLISHED = "published"  # read back as asked for
    DEGRADED = "degraded"  # read back, but differs from what was asked
    FAILED = "failed"  # the platform refused it


class ProductionStatus(StrEnum):
    QUEUED = "queued"  # accepted, no worker yet
    RUNNING = "running"  # analysed or rendered right now
    READY = "ready"  # at least one variant passed inspection
    BLOCKED = "blocked"  # nothing usable came out; the reason is in the row
    CANCELED = "canceled"  # a person stopped it


class Verdict(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    BLOCKED = "blocked"


class Rights(StrEnum):
    """Whether a file may be shown to the world."""

    OWNED = "owned"  # the owner made it and says so
    LICENSED = "licensed"  # a licence with proof allows it
    UNKNOWN = "unknown"  # nobody said: it cannot be published


class Attribution(StrEnum):
    ATTRIBUTED = "attributed"  # the source document names the post
    ASSISTED = "assisted"  # the post took part, others too
    UNKNOWN = "unknown"  # cannot be said


class OutboxStatus(StrEnum):
    PENDING = "pending"  # waiting to be sent
    SENDING = "sending"  # handed to the network, no answer yet
    SENT = "sent"  # accepted by the other side
    UNCERTAIN = "uncertain"  # the answer was lost: never sent again by itself
    FAILED = "failed"  # refused by the other side


NEXT: Mapping[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]] = {
    RunStatus: {
        RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELED}),
        RunStatus.RUNNING: frozenset(
            {RunStatus.WAITING, RunStatus.SUCCEEDED, RunStatus.DEGRADED, RunStatus.BLOCKED, RunStatus.CANCELED, RunStatus.RUNNING}
        ),
        RunStatus.WAITING: frozenset({RunStatus.RUNNING, RunStatus.CANCELED, RunStatus.BLOCKED}),
        RunStatus.BLOCKED: frozenset({RunStatus.RUNNING, RunStatus.CANCELED}),
        RunStatus.SUCCEEDED: frozenset(),
        RunStatus.DEGRADED: frozenset(),
        RunStatus.CANCELED: frozenset(),
    },
    JobStatus: {
        JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELED, JobStatus.FAILED}),
        JobStatus.RUNNING: frozenset({JobStatus.QUEUED, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED}),
        JobStatus.SUCCEEDED: frozenset(),
        JobStatus.FAILED: frozenset(),
        JobStatus.CANCELED: frozenset(),
    },
    ApprovalStatus: {
        ApprovalStatus.PENDING: frozenset({ApprovalStatus.APPROVED, ApprovalStatus.REJECTED, ApprovalStatus.EXPIRED}),
        ApprovalStatus.APPROVED: frozenset({ApprovalStatus.USED, ApprovalStatus.EXPIRED}),
        ApprovalStatus.REJECTED: frozenset(),
        ApprovalStatus.EXPIRED: frozenset(),
        ApprovalStatus.USED: frozenset(),
    },
    EffectStatus: {
        EffectStatus.PLANNED: frozenset({EffectStatus.STARTED, EffectStatus.FAILED}),
        EffectStatus.STARTED: frozenset({EffectStatus.CONFIRMED, EffectStatus.FAILED}),
        EffectStatus.CONFIRMED: frozenset(),
        EffectStatus.FAILED: frozenset(),
    },
    PostStatus: {
        PostStatus.PLANNED: frozenset({PostStatus.UPLOADED, PostStatus.FAILED}),
        PostStatus.UPLOADED: frozenset({PostStatus.PUBLISHED, PostStatus.DEGRADED, PostStatus.FAILED}),
        PostStatus.PUBLISHED: frozenset({PostStatus.DEGRADED}),
        PostStatus.DEGRADED: frozenset({PostStatus.PUBLISHED}),
        PostStatus.FAILED: frozenset({PostStatus.PLANNED}),  # asked for anew
    },
    ProductionStatus: {
        ProductionStatus.QUEUED: frozenset({ProductionStatus.RUNNING, ProductionStatus.CANCELED, ProductionStatus.BLOCKED}),
        ProductionStatus.RUNNING: frozenset(
            {ProductionStatus.RUNNING, ProductionStatus.READY, ProductionStatus.BLOCKED, ProductionStatus.CANCELED}
        ),
        ProductionStatus.READY: frozenset(),
        ProductionStatus.BLOCKED: frozenset(),
        ProductionStatus.CANCELED: frozenset(),
    },
    OutboxStatus: {
        OutboxStatus.PENDING: frozenset({OutboxStatus.SENDING}),
        OutboxStatus.SENDING: frozenset({OutboxStatus.SENT, OutboxStatus.UNCERTAIN, OutboxStatus.FAILED, OutboxStatus.PENDING}),
        OutboxStatus.SENT: frozenset(),
        OutboxStatus.UNCERTAIN: frozenset(),
        OutboxStatus.FAILED: frozenset(),
    },
}


def may_move(current: StrEnum, to: StrEnum) -> bool:
    """Whether a status may become another one; see `NEXT`."""
    return to in NEXT[type(current)][current]


class Money(NamedTuple):
    """An amount in integer minor units (cents) of an ISO 4217 currency."""

    amount_minor: int
    currency: str

    def __str__(self) -> str:
        sign = "-" if self.amount_minor < 0 else ""
        return f"{sign}{abs(self.amount_minor) // 100}.{abs(self.amount_minor) % 100:02d} {self.currency}"


@dataclass(frozen=True, slots=True)
class Button:
    """One choice under a message. `action` is at most 64 bytes: Telegram's limit for callback data."""

    label: str
    action: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.action.encode()) <= 64:
            raise ValueError(f"button action {self.action!r} must be 1 to 64 bytes")


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said to the owner. `key` makes it unique: the same key is stored once, however often it is written."""

    key: str
    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[str, ...] = ()  # content hashes in the artefact store, shown as video or picture
    slot: str = ""  # messages of one slot replace each other: the status line of a production


@dataclass(frozen=True, slots=True)
class Outcome:
    """How something ended: never only "done"."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    data: Json = field(default_factory=dict)


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def bind(tool: str, arguments: Json, content: Json) -> str:
    """The hash an approval is bound to: this tool, these arguments, this content (file hashes, texts, account)."""
    return hashlib.sha256(canonical_json([tool, arguments, content]).encode()).hexdigest()
