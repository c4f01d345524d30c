"""Agent runs and their tool calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, cast, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from memory.domain import ApprovalStatus, EffectStatus, JobStatus, Json, RunStatus
from memory.errors import InputError
from memory.repositories import controls
from memory.tables import Approval, Effect, Job, Run, ToolCall, Workspace, move_to, now

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


class Standing(NamedTuple):
    """Where a run stands at one moment, read in one query: it is read before every model call."""

    run_id: int
    workspace_id: int
    stopped: bool
    created_at: datetime
    steps: int
    max_steps: int
    cost_micros: int
    max_cost_micros: int
    max_wall_s: int
    workspace_cost_micros: int
    """What all runs of the workspace cost since the moment asked for."""
    budget_minor: int
    currency: str


def thread_id(run_id: int) -> str:
    """The LangGraph thread of a run. A stored contract: never change the spelling."""
    return f"run-{run_id}"


def add(
    session: Session,
    *,
    workspace_id: int,
    trigger: str,
    request: str,
    context: Json | None = None,
    conversation_id: int | None = None,
    member_id: int | None = None,
) -> Run:
    run = Run(
        workspace_id=workspace_id,
        trigger=trigger,
        request=request,
        context=context or {},
        conversation_id=conversation_id,
        member_id=member_id,
    )
    session.add(run)
    session.flush()
    return run


def get(session: Session, run_id: int) -> Run:
    run = session.get(Run, run_id)
    if run is None:
        raise InputError(f"there is no run {run_id}.", hint="`forge runs` lists them.")
    return run


_others = aliased(Run)
_spent = (
    select(cast(func.coalesce(func.sum(_others.cost_micros), 0), BigInteger))  # PostgreSQL adds integers up to a decimal
    .where(_others.workspace_id == Run.workspace_id, _others.created_at >= bindparam("since", type_=Run.created_at.type))
    .correlate(Run)
    .scalar_subquery()
)
_STANDING = (
    select(
        Run.id,
        Run.workspace_id,
        controls.stops(Run.workspace_id),
        Run.created_at,
        Run.steps,
        Run.max_steps,
        Run.cost_micros,
        Run.max_cost_micros,
        Run.max_wall_s,
        _spent,
        Workspace.budget_minor,
        Workspace.currency,
    )
    .join(Workspace, Workspace.id == Run.workspace_id)
    .where(Run.id == bindparam("run_id"))
)


def standing(session: Session, run_id: int, since: datetime) -> Standing:
    """Where a run stands: the stop switch, its limits, and what its workspace spent since a moment."""
    row = session.execute(_STANDING, {"run_id": run_id, "since": since}).first()
    if row is None:
        raise InputError(f"there is no run {run_id}.", hint="`forge runs` lists them.")
    return Standing(*row)


def latest(session: Session, workspace_id: int, limit: int = 20) -> Sequence[Run]:
    return session.scalars(select(Run).where(Run.workspace_id == workspace_id).order_by(Run.id.desc()).limit(limit)).all()


def open_runs(session: Session, workspace_id: int | None = None) -> Sequence[Run]:
    query = select(Run).where(Run.status.in_(OPEN)).order_by(Run.id)
    if workspace_id is not None:
        query = query.where(Run.workspace_id == workspace_id)
    return session.scalars(query).all()


def abandoned(session: Session) -> Sequence[Run]:
    """Open runs that nothing will ever wake: their last advance failed for good, no job of theirs is left, and nobody is asked."""
    failed = exists().where(Job.run_id == Run.id, Job.kind == "advance", Job.status == JobStatus.FAILED)
    works = exists().where(Job.run_id == Run.id, Job.status.in_((JobStatus.QUEUED, JobStatus.RUNNING)))
    asks = exists().where(Approval.run_id == Run.id, Approval.status == ApprovalStatus.PENDING)
    return session.scalars(select(Run).where(Run.status.in_(OPEN), failed, ~works, ~asks).with_for_update(skip_locked=True)).all()


def end(session: Session, run: Run, status: RunStatus, reasons: Sequence[str] = (), answer: str = "") -> None:
    move_to(run, status)
    run.reasons, run.ended_at = list(reasons), now()
    if answer:
        run.answer = answer
    session.flush()


_COUNT = (
    update(Run)
    .where(Run.id == bindparam("counted_run"))
    .values(
        steps=Run.steps + 1,
        tokens_in=Run.tokens_in + bindparam("more_in"),
        tokens_out=Run.tokens_out + bindparam("more_out"),
        cost_micros=Run.cost_micros + bindparam("more_micros"),
        model=bindparam("by_model"),
    )
)


def add_usage(session: Session, run_id: int, *, tokens_in: int, tokens_out: int, cost_micros: int, model: str) -> None:
    """Count one model call and what it cost. One statement: the database adds, so no call is lost between reading and writing."""
    counted = {"more_in": tokens_in, "more_out": tokens_out, "more_micros": cost_micros, "by_model": model}
    # On the connection: the ORM would take a dict of parameters for a bulk update by primary key.
    session.connection().execute(_COUNT, {"counted_run": run_id, **counted})


def cost_micros_since(session: Session, workspace_id: int, since: datetime) -> int:
    query = select(func.coalesce(func.sum(Run.cost_micros), 0)).where(Run.workspace_id == workspace_id, Run.created_at >= since)
    return int(session.scalar(query) or 0)


def effects_since(session: Session, workspace_id: int, since: datetime) -> int:
    """How many effects on the outside world this workspace's runs began since a moment; failed ones do not count."""
    query = (
        select(func.count())
        .select_from(Effect)
        .join(Run, Run.id == Effect.run_id)
        .where(Run.workspace_id == workspace_id, Effect.created_at >= since, Effect.status != EffectStatus.FAILED)
    )
    return int(session.scalar(query) or 0)


def find_call(session: Session, run_id: int, call_id: str) -> ToolCall | None:
    return session.scalar(select(ToolCall).where(ToolCall.run_id == run_id, ToolCall.call_id == call_id))


_WITH_CALL = (
    select(Run, ToolCall)
    .outerjoin(ToolCall, and_(ToolCall.run_id == Run.id, ToolCall.call_id == bindparam("call")))
    .where(Run.id == bindparam("run"))
)


def with_call(session: Session, run_id: int, call_id: str) -> tuple[Run, ToolCall | None]:
    """A run and one of its calls, if it is known, in one query."""
    row = session.execute(_WITH_CALL, {"run": run_id, "call": call_id}).first()
    if row is None:
        raise InputError(f"there is no run {run_id}.", hint="`forge runs` lists them.")
    return row[0], row[1]


def add_call(session: Session, run_id: int, call_id: str, *, tool: str, arguments: Json, verdict: str, result: Json) -> ToolCall:
    """Record a call with its result, in the transaction of what it changed."""
    call = ToolCall(run_id=run_id, call_id=call_id, tool=tool, arguments=arguments, verdict=verdict, result=result)
    session.add(call)
    session.flush()
    return call


def list_calls(session: Session, run_id: int) -> Sequence[ToolCall]:
    return session.scalars(select(ToolCall).where(ToolCall.run_id == run_id).order_by(ToolCall.id)).all()
