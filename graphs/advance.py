"""Advance a run: start it, or wake what can be woken, until it ends or sleeps. Called by a job; safe to call at any time, any number
of times.

The caller holds the thread's lock.
"""

import logging
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, StateSnapshot

from agents.agent import SUPERVISOR
from agents.offline import render_request
from graphs import proof
from memory.domain import ApprovalStatus, Message, RunStatus, Verdict
from memory.errors import AppError, LimitError, StoppedError, TransientError
from memory.repositories import approvals, controls, outbox, runs
from memory.tables import move_to
from tools import calls
from tools.toolkit import Deps

log = logging.getLogger(__name__)

Graph = CompiledStateGraph[Any, Any, Any, Any]

_RECURSION_LIMIT = 200  # LangGraph's own default is 10,007: a looping agent made 5,000 model calls (facts: agents-and-chat 1.6)
_ENDED = {Verdict.OK: RunStatus.SUCCEEDED, Verdict.DEGRADED: RunStatus.DEGRADED, Verdict.BLOCKED: RunStatus.BLOCKED}
_OVER = (RunStatus.SUCCEEDED, RunStatus.DEGRADED, RunStatus.CANCELED, RunStatus.BLOCKED)


def advance(deps: Deps, graph: Graph, run_id: int) -> RunStatus:
    """Take a run as far as it goes now. Returns its status afterwards.

    Raises:
        TransientError: The model stayed out of reach; the queue tries again.
    """
    if not _begin(deps, run_id):
        return _status(deps, run_id)
    try:
        sleeping = _drive(deps, graph, run_id)
    except TransientError:
        raise
    except StoppedError as error:
        return _end(deps, run_id, RunStatus.CANCELED, str(error))
    except GraphRecursionError:
        return _end(deps, run_id, RunStatus.BLOCKED, str(LimitError(f"Run {run_id} went round in circles and was ended.")))
    except AppError as error:
        return _end(deps, run_id, RunStatus.BLOCKED, str(error))
    return _sleep(deps, run_id) if sleeping else _finish(deps, graph, run_id)


def _begin(deps: Deps, run_id: int) -> bool:
    """Mark the run as running. False when it is over."""
    with deps.database.session() as session:
        run = runs.get(session, run_id)
        if run.status in _OVER:
            return False
        move_to(run, RunStatus.RUNNING)
        return True


def _drive(deps: Deps, graph: Graph, run_id: int) -> bool:
    """Run the graph until it ends (False) or everything left of it sleeps (True)."""
    config = _config(run_id)
    while True:
        snapshot = graph.get_state(config)
        next_input = _next_input(deps, run_id, snapshot)
        if next_input is _SLEEPS:
            return True
        if next_input is _ENDS:
            return False
        _check_stop(deps, run_id)
        graph.invoke(next_input, config, durability="sync")


_SLEEPS, _ENDS = object(), object()


def _next_input(deps: Deps, run_id: int, snapshot: StateSnapshot) -> Any:
    """What to hand the graph: the request, the answers that have come, None to go on after a crash; or that there is nothing to do."""
    if not snapshot.values:
        return _first_input(deps, run_id)
    if not snapshot.next:
        return _ENDS
    if not snapshot.interrupts:
        return None
    if any(not task.interrupts and task.result is None for task in snapshot.tasks):
        return None  # a crash left some calls of the turn unstarted beside the ones that sleep
    awake = {pause.id: True for pause in snapshot.interrupts if _is_answered(deps, pause.value)}
    return Command(resume=awake) if awake else _SLEEPS


def _is_answered(deps: Deps, waits_for: dict[str, int]) -> bool:
    if "approval_id" in waits_for:
        return calls.answer_of(deps, waits_for["approval_id"]) is not ApprovalStatus.PENDING
    return calls.result_of(deps, waits_for["job_id"]) is not None


def _first_input(deps: Deps, run_id: int) -> dict[str, Any]:
    with deps.database.reading() as session:
        run = runs.get(session, run_id)
        text = render_request(run.request, run.context)
    return {"run_id": run_id, "agent": SUPERVISOR, "messages": [HumanMessage(text, id=f"request-{run_id}")]}


def _config(run_id: int) -> RunnableConfig:
    # Strict resume: an answer to a question that is not open raises instead of vanishing (facts: agents-and-chat 1.2).
    return {"configurable": {"thread_id": runs.thread_id(run_id), "__pregel_strict_resume": True}, "recursion_limit": _RECURSION_LIMIT}


def _check_stop(deps: Deps, run_id: int) -> None:
    with deps.database.reading() as session:
        run = runs.get(session, run_id)
    if run.status is RunStatus.CANCELED:
        raise StoppedError("This run was canceled.")
    controls.check_not_stopped(deps.database, run.workspace_id)


def _sleep(deps: Deps, run_id: int) -> RunStatus:
    with deps.database.session() as session:
        run = runs.get(session, run_id)
        if run.status is RunStatus.RUNNING:
            move_to(run, RunStatus.WAITING)
        return run.status


def _finish(deps: Deps, graph: Graph, run_id: int) -> RunStatus:
    """End the run with what was proven and say the answer."""
    messages = graph.get_state(_config(run_id)).values["messages"]
    answer = str(messages[-1].text).strip()
    with deps.database.session() as session:
        run = runs.get(session, run_id)
        if run.status in _OVER:
            return run.status
        proven, answer = proof.check_words(session, run, proof.prove(session, deps.store, run), answer)
        runs.end(session, run, _ENDED[proven.verdict], proven.reasons, answer)
        if answer and run.conversation_id is not None:
            outbox.say(session, run.conversation_id, Message(f"run-{run_id}-answer", answer), run_id)
        return run.status


def _end(deps: Deps, run_id: int, status: RunStatus, reason: str) -> RunStatus:
    """End a run that cannot go on, close its questions, and say why."""
    with deps.database.session() as session:
        run = runs.get(session, run_id)
        if run.status not in _OVER:
            runs.end(session, run, status, [reason], reason)
            approvals.expire_of_run(session, run_id)
            if run.conversation_id is not None:
                outbox.say(session, run.conversation_id, Message(f"run-{run_id}-answer", reason), run_id)
        return run.status


def _status(deps: Deps, run_id: int) -> RunStatus:
    with deps.database.reading() as session:
        return runs.get(session, run_id).status
