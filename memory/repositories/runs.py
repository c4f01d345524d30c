"""Agent runs and their tool calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from memory.domain import EffectStatus, Json, RunStatus
from memory.errors import InputError
from memory.repositories import controls
from memory.tables import Effect, Run, ToolCall, Workspace, move_to, now

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
    select(func.coalesce(func.sum(_others.cost_micros), 0))
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


def end(session: Session, run: Run, status: RunStatus, reasons: Sequence[str] = (), answer: str = "") -> None:
    move_to(run, status)
    run.reasons, run.ended_at = list(reasons), now()
    if answer:
        run.answer = answer
    session.flush()


def add_usage(session: Session, run_id: int, *, tokens_in: int, tokens_out: int, cost_micros: int, model: str) -> None:
    """Count one model call and what it cost. One statement: the database adds, so no call is lost between reading and writing."""
    counted = {
        Run.steps: Run.steps + 1,
        Run.tokens_in: Run.tokens_in + tokens_in,
        Run.tokens_out: Run.tokens_out + tokens_out,
        Run.cost_micros: Run.cost_micros + cost_micros,
        Run.model: model,
    }
    session.execute(update(Run).where(Run.id == run_id).values(counted).execution_options(synchronize_session=False))


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


def with_call(session: Session, run_id: int, call_id: str) -> tuple[Run, ToolCall | None]:
    """A run and one of its calls, if it is known, in one query."""
    query = select(Run, ToolCall).outerjoin(ToolCall, and_(ToolCall.run_id == Run.id, ToolCall.call_id == call_id)).where(Run.id == run_id)
    row = session.execute(query).first()
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
