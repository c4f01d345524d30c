"""Agent runs and their tool calls."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from memory.domain import EffectStatus, Json, RunStatus
from memory.errors import InputError
from memory.tables import Effect, Run, ToolCall, move_to, now

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


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


def add_usage(session: Session, run: Run, *, tokens_in: int, tokens_out: int, cost_micros: int, model: str) -> None:
    """Count one model call and what it cost."""
    run.steps += 1
    run.tokens_in += tokens_in
    run.tokens_out += tokens_out
    run.cost_micros += cost_micros
    run.model = model
    session.flush()


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


def add_call(session: Session, run_id: int, call_id: str, *, tool: str, arguments: Json, verdict: str, result: Json) -> ToolCall:
    """Record a call with its result, in the transaction of what it changed."""
    call = ToolCall(run_id=run_id, call_id=call_id, tool=tool, arguments=arguments, verdict=verdict, result=result)
    session.add(call)
    session.flush()
    return call


def list_calls(session: Session, run_id: int) -> Sequence[ToolCall]:
    return session.scalars(select(ToolCall).where(ToolCall.run_id == run_id).order_by(ToolCall.id)).all()
