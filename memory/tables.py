"""The tables. One class per row type; queries live in `memory/repositories`, schema changes in `memory/migrations`.

Times are timezone-aware UTC. Amounts are integer minor units. Statuses are moved by `move_to` alone.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import BigInteger, DateTime, Enum, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import JSON, TypeDecorator

from memory import domain
from memory.domain import Json
from memory.errors import TransitionError


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time in both databases (SQLite keeps no zone, so it is put back on reading)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    return datetime.now(UTC)


class Table(DeclarativeBase):
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        list[Any]: JSON().with_variant(JSONB(), "postgresql"),
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
    }


S = TypeVar("S", bound=StrEnum)


class _HasStatus(Protocol[S]):
    status: S


def move_to(row: _HasStatus[S], to: S) -> None:
    """Move a row's status. The only place in the project that assigns one.

    Raises:
        TransitionError: `domain.NEXT` does not allow the move.
    """
    current = row.status
    if not domain.may_move(current, to):
        raise TransitionError(f"{type(row).__name__} cannot go from {current} to {to}")
    row.status = to


def _status(kind: type[StrEnum]) -> Any:
    """A status as text with its values checked by SQLAlchemy, so that a new value needs no type change in PostgreSQL."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda e: [m.value for m in e], create_constraint=False)


def _id() -> Mapped[int]:
    # SQLite gives row ids automatically only to a column spelled INTEGER.
    return mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


def _created() -> Mapped[datetime]:
    return mapped_column(default=now, server_default=func.now())


# --- who ----------------------------------------------------------------------------------------------------------


class Workspace(Table):
    """One business."""

    __tablename__ = "workspaces"
    id: Mapped[int] = _id()
    name: Mapped[str] = mapped_column(String(80), unique=True)
    autonomy: Mapped[domain.Autonomy] = mapped_column(_status(domain.Autonomy), default=domain.Autonomy.ASK)
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    posts_per_day: Mapped[int] = mapped_column(default=3)
    """Cap on posts in 24 hours that go through without a person, autonomy `capped` only."""
    budget_minor: Mapped[int] = mapped_column(default=500)
    """What all runs together may cost in 24 hours, in minor units of `currency`."""
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = _created()


class Member(Table):
    """A person who may speak in a workspace, as one door knows them."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("door", "external_id", "workspace_id"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    door: Mapped[str] = mapped_column(String(20))
    """`terminal` or `telegram`."""
    external_id: Mapped[str] = mapped_column(String(64))
    """The user id at that door; never a chat id."""
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[domain.Role] = mapped_column(_status(domain.Role))
    created_at: Mapped[datetime] = _created()


class Conversation(Table):
    """A chat: where messages come from and where answers go."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("door", "external_id"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    door: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(64))
    """The chat id at that door."""
    created_at: Mapped[datetime] = _created()


class Control(Table):
    """The stop switch of a scope. No row means go; a row that cannot be read means stop."""

    __tablename__ = "controls"
    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    """`all` or `workspace:<id>`."""
    stopped: Mapped[bool]
    by: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Secret(Table):
    """One encrypted value of the token vault."""

    __tablename__ = "secrets"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Channel(Table):
    """A brand: what it is about and how it speaks."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(80))
    niche: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(12), default="en")
    brand: Mapped[dict[str, Any] | None]
    """How its videos look: the fields of the video tools' `Brand`, and the assets it names. None: nothing of its own."""
    created_at: Mapped[datetime] = _created()


class Account(Table):
    """A connected platform account. Its tokens are in the vault under `account:<id>`."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel_id", "platform", "remote_id"),)
    id: Mapped[int] = _id()
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    platform: Mapped[str] = mapped_column(String(20))
    remote_id: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(default="")
    base_url: Mapped[str] = mapped_column(default="")
    """Empty for the real platform; the sandbox's address otherwise."""
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    needs_reauth: Mapped[str] = mapped_column(default="")
    """Why the account must be connected again; empty while it works."""
    created_at: Mapped[datetime] = _created()


# --- the conversation ---------------------------------------------------------------------------------------------


class Inbox(Table):
    """Something that arrived: a message, a button, a webhook, a trigger. Stored before it is acknowledged."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("door", "external_id"), Index("ix_inbox_unhandled", "handled_at", "id"))
    id: Mapped[int] = _id()
    door: Mapped[str] = mapped_column(String(20))
    """`terminal`, `telegram`, `shop`, `schedule`."""
    external_id: Mapped[str] = mapped_column(String(120))
    """The other side's own id of this event: the same event twice is one row."""
    kind: Mapped[str] = mapped_column(String(20))
    """`message`, `button`, `postback`, `trigger`."""
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = _created()
    handled_at: Mapped[datetime | None]
    run_id: Mapped[int | None]
    """The run it started, when it started one."""


class Outbox(Table):
    """Something to say. The door delivers it; `sent` means the other side accepted it."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("conversation_id", "key"), Index("ix_outbox_due", "status", "conversation_id", "id"))
    id: Mapped[int] = _id()
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    key: Mapped[str] = mapped_column(String(120))
    slot: Mapped[str] = mapped_column(String(60), default="")
    run_id: Mapped[int | None]
    payload: Mapped[dict[str, Any]]
    """`domain.Message` as JSON."""
    status: Mapped[domain.OutboxStatus] = mapped_column(_status(domain.OutboxStatus), default=domain.OutboxStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    remote_id: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = _created()
    sent_at: Mapped[datetime | None]


# --- the work -----------------------------------------------------------------------------------------------------


class Run(Table):
    """One agent run: a trigger, a plan, what it cost, how it ended. Its LangGraph thread is `run-<id>`."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_spent", "workspace_id", "created_at"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    trigger: Mapped[str] = mapped_column(String(20))
    """`message`, `button` or `schedule`."""
    request: Mapped[str]
    """What was asked, in the asker's words."""
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Typed slots that came with the request: an asset id, a button's target."""
    status: Mapped[domain.RunStatus] = mapped_column(_status(domain.RunStatus), default=domain.RunStatus.QUEUED)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    plan: Mapped[list[Any]] = mapped_column(default=list)
    answer: Mapped[str] = mapped_column(default="")
    steps: Mapped[int] = mapped_column(default=0)
    max_steps: Mapped[int] = mapped_column(default=40)
    cost_micros: Mapped[int] = mapped_column(default=0)
    """Model cost so far in millionths of the workspace's currency."""
    max_cost_micros: Mapped[int] = mapped_column(default=1_000_000)
    max_wall_s: Mapped[int] = mapped_column(default=30 * 3600)
    """From its start to its last model call, people included: an open question alone may take 24 hours (`tools.calls.APPROVAL_LIFE`)."""
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    model: Mapped[str] = mapped_column(default="")
    tainted: Mapped[bool] = mapped_column(default=False)
    """It has read text from outside: nothing external goes through without a person from here on."""
    created_at: Mapped[datetime] = _created()
    ended_at: Mapped[datetime | None]


class ToolCall(Table):
    """One tool call of a run and its result. Written with the tool's own rows: a call that ran twice changed things once."""

    __tablename__ = "tool_calls"
    __table_args__ = (UniqueConstraint("run_id", "call_id"),)
    id: Mapped[int] = _id()
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    call_id: Mapped[str] = mapped_column(String(80))
    tool: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(10))
    """What the policy said: `allow`, `ask` or `refuse`."""
    result: Mapped[dict[str, Any]]
    """The answer, or `{"job_id": …}` while a job works on it."""
    created_at: Mapped[datetime] = _created()


class Approval(Table):
    """A question to a person about exactly one effect. Silence means no."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("run_id", "call_id"), Index("ix_approvals_status", "status", "expires_at"))
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    call_id: Mapped[str] = mapped_column(String(80))
    tool: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]]
    content: Mapped[dict[str, Any]]
    """What was shown: file hashes, texts, account, labels."""
    binding: Mapped[str] = mapped_column(String(64))
    """`domain.bind` of tool, arguments and content; checked again when the yes is used."""
    min_role: Mapped[domain.Role] = mapped_column(_status(domain.Role), default=domain.Role.OWNER)
    why: Mapped[str] = mapped_column(default="")
    status: Mapped[domain.ApprovalStatus] = mapped_column(_status(domain.ApprovalStatus), default=domain.ApprovalStatus.PENDING)
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _created()


class Effect(Table):
    """One effect on the outside world, recorded before it happens."""

    __tablename__ = "effects"
    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """Says the same thing for the same effect: `publish:<variant>:<account>`."""
    kind: Mapped[str] = mapped_column(String(40))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approvals.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    request: Mapped[dict[str, Any]]
    status: Mapped[domain.EffectStatus] = mapped_column(_status(domain.EffectStatus), default=domain.EffectStatus.PLANNED)
    handle: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the platform gave us to ask about it: the upload session's address, ids."""
    remote_id: Mapped[str] = mapped_column(default="")
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = _created()
    ended_at: Mapped[datetime | None]


class Job(Table):
    """One unit of work on a queue. This row is the truth; RQ only carries its id."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("key"), Index("ix_jobs_status", "status", "lease_until"))
    id: Mapped[int] = _id()
    key: Mapped[str] = mapped_column(String(120))
    """The same key is one job, however often it is asked for."""
    kind: Mapped[str] = mapped_column(String(40))
    pool: Mapped[str] = mapped_column(String(12))
    payload: Mapped[dict[str, Any]]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    call_id: Mapped[str] = mapped_column(String(80), default="")
    """The tool call that sleeps until this job ends; empty when nobody waits."""
    status: Mapped[domain.JobStatus] = mapped_column(_status(domain.JobStatus), default=domain.JobStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    lease_owner: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[float] = mapped_column(default=0.0)
    stage: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = _created()
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ThreadLock(Table):
    """Who advances a thread right now. LangGraph does not lock: two runs at once lose one's state."""

    __tablename__ = "thread_locks"
    thread_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]


# --- what is made -------------------------------------------------------------------------------------------------


class Asset(Table):
    """A file by content hash, with its rights record."""

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("workspace_id", "sha256"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    """`source`, `analysis`, `judgement`, `render`, `proxy`, `sheet`."""
    name: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    """Where it came from: a file name, a link, the production that made it."""
    rights: Mapped[domain.Rights] = mapped_column(_status(domain.Rights), default=domain.Rights.UNKNOWN)
    licence: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    """Who said so and when, or where the licence is written."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = _created()


class Production(Table):
    """Making videos from one source for one request."""

    __tablename__ = "productions"
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id"))
    source_asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("ideas.id"))
    brief: Mapped[dict[str, Any]]
    status: Mapped[domain.ProductionStatus] = mapped_column(_status(domain.ProductionStatus), default=domain.ProductionStatus.QUEUED)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Wall seconds per stage."""
    created_at: Mapped[datetime] = _created()


class Variant(Table):
    """One rendered version of one moment."""

    __tablename__ = "variants"
    __table_args__ = (UniqueConstraint("production_id", "timeline_hash"),)
    id: Mapped[int] = _id()
    production_id: Mapped[int] = mapped_column(ForeignKey("productions.id"))
    position: Mapped[int]
    """1 is the best score of its production."""
    start_s: Mapped[float]
    end_s: Mapped[float]
    score: Mapped[float]
    reason: Mapped[str]
    title: Mapped[str]
    timeline: Mapped[dict[str, Any]]
    timeline_hash: Mapped[str] = mapped_column(String(64))
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    proxy_asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id"))
    sheet_asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id"))
    facts: Mapped[dict[str, Any]]
    """Measured on the file: width, height, fps, duration_s, loudness_lufs, true_peak_dbtp, caption_words, render_wall_s."""
    verdict: Mapped[domain.Verdict] = mapped_column(_status(domain.Verdict))
    checks: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _created()


class Revision(Table):
    """One state of a clip's edit. Number 0 is the clip as it was made; nothing is ever deleted, undo and redo move `EditHead`."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("variant_id", "number"),)
    id: Mapped[int] = _id()
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    number: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
    """What it was made from; of a clip that was itself made by finishing an edit, the chain goes on in the clip before it."""
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """The tool call that asked for it: asked twice, it is one row."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    words: Mapped[str] = mapped_column(default="")
    edits: Mapped[list[Any]] = mapped_column(default=list)
    diff: Mapped[list[Any]] = mapped_column(default=list)
    """What changed against its parent, in words for the owner."""
    timeline: Mapped[dict[str, Any]]
    timeline_hash: Mapped[str] = mapped_column(String(64))
    proxy_asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id"))
    """Its preview, once rendered."""
    finished_variant_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"))
    """The clip it became, once finished."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Measured on the preview: wall_s, encoded_frames, frames, gain_db."""
    created_at: Mapped[datetime] = _created()


class EditHead(Table):
    """Which revision of a clip is the current one, and what was undone after it, oldest undo first."""

    __tablename__ = "edit_heads"
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), primary_key=True, autoincrement=False)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    undone: Mapped[list[Any]] = mapped_column(default=list)
    moved_at: Mapped[datetime] = mapped_column(default=now)


class Post(Table):
    """One variant on one account."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("variant_id", "account_id"),)
    id: Mapped[int] = _id()
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    effect_id: Mapped[int] = mapped_column(ForeignKey("effects.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    privacy: Mapped[str] = mapped_column(String(12))
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[domain.PostStatus] = mapped_column(_status(domain.PostStatus), default=domain.PostStatus.PLANNED)
    remote_id: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    upload_bytes: Mapped[int] = mapped_column(default=0)
    read_back: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the platform says it has, at the last look."""
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _created()


# --- what is seen and what is earned ------------------------------------------------------------------------------


class Feed(Table):
    """What is remembered of a source between two looks, for conditional requests."""

    __tablename__ = "feeds"
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    """Each workspace remembers for itself: a "not modified" says nothing to a workspace that never had the items."""
    url: Mapped[str] = mapped_column(String(500), primary_key=True)
    etag: Mapped[str] = mapped_column(default="")
    last_modified: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")


class Signal(Table):
    """One observation of one thing trending. Rows are only ever added: together they are a time series."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("workspace_id", "source", "external_id", "observed_at"),
        Index("ix_signals_recent", "workspace_id", "observed_at"),
    )
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    source: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str] = mapped_column(String(300))
    title: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    points: Mapped[int | None]
    """The source's own counter; None where the source has none."""
    comments: Mapped[int | None]
    published_at: Mapped[datetime | None]
    observed_at: Mapped[datetime]


class Idea(Table):
    """A scored, deduplicated opportunity made of signals."""

    __tablename__ = "ideas"
    __table_args__ = (UniqueConstraint("workspace_id", "topic"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    topic: Mapped[str] = mapped_column(String(200))
    """Normalised words that stay the same when a title is reworded."""
    title: Mapped[str]
    score: Mapped[float]
    why: Mapped[str]
    evidence: Mapped[list[Any]]
    """One entry per thing it is made of: source, title, url, points, velocity per hour, number of observations."""
    status: Mapped[str] = mapped_column(String(12), default="new")
    """`new`, `taken` or `dismissed`."""
    created_at: Mapped[datetime] = _created()
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Snapshot(Table):
    """Metrics of a post at a time. A metric the platform did not give is absent, never 0."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("post_id", "taken_at"),)
    id: Mapped[int] = _id()
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    taken_at: Mapped[datetime]
    """By the platform's clock."""
    metrics: Mapped[dict[str, Any]]
    """views, likes, comments, shares, engaged_views, minutes_watched, average_view_percentage, …"""
    source: Mapped[str] = mapped_column(String(60))


class Offer(Table):
    """Something that earns."""

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    """`affiliate`."""
    url: Mapped[str]
    ref_parameter: Mapped[str] = mapped_column(String(20), default="ref")
    created_at: Mapped[datetime] = _created()


class TrackedLink(Table):
    """The link of one offer under one post; its code comes back with an order."""

    __tablename__ = "tracked_links"
    __table_args__ = (UniqueConstraint("offer_id", "variant_id", "account_id"),)
    id: Mapped[int] = _id()
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    url: Mapped[str]
    created_at: Mapped[datetime] = _created()


class LedgerEntry(Table):
    """Money in or out. Only ever added; a correction is another entry."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("workspace_id", "document"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """`ad_share`, `affiliate`, `compute`, `model`, `reversal`."""
    amount_minor: Mapped[int]
    """Positive is income, negative is cost."""
    currency: Mapped[str] = mapped_column(String(3))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    production_id: Mapped[int | None] = mapped_column(ForeignKey("productions.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    attribution: Mapped[domain.Attribution] = mapped_column(_status(domain.Attribution))
    document: Mapped[str] = mapped_column(String(160))
    """Which paper says so: an order's event id, a revenue report's day. The same paper is booked once."""
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime] = _created()


class Audit(Table):
    """Who did what, when. Append only."""

    __tablename__ = "audit"
    id: Mapped[int] = _id()
    workspace_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(80))
    """`member:<id>`, `run:<id>`, `worker`, `system`."""
    action: Mapped[str] = mapped_column(String(60))
    """`approval.decided`, `effect.started`, …"""
    target: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = _created()


class KeptPerson(Table):
    """Somebody who agreed to be seen in videos where others are hidden: a reference photo and the consent. Never deleted, only ended."""

    __tablename__ = "kept_people"
    __table_args__ = (Index("ix_kept_people_name", "workspace_id", "name"),)
    id: Mapped[int] = _id()
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(80))
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    """The photo. What a network makes of the face is computed when it is needed and kept nowhere."""
    consent: Mapped[str]
    """How and when the person agreed, in the owner's words."""
    consent_by: Mapped[str] = mapped_column(String(120))
    """Who agreed: the person, or who may decide for them."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    """In which run it was recorded; its member is who said so."""
    created_at: Mapped[datetime] = _created()
    ended_at: Mapped[datetime | None]
    """When the consent was taken back, or replaced by a newer one."""


__all__ = [name for name, value in list(globals().items()) if isinstance(value, type) and issubclass(value, Table)] + [
    "Json",
    "move_to",
    "now",
]
