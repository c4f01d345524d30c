"""One tool call on rows: rule it, act, ask, send to work. The graph decides when; here is what each step means.

Every function may run twice for the same call (a node is run again from its first line after a crash or an answer) and changes things once.
"""

import logging
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from memory.domain import Access, ApprovalStatus, JobStatus, Json, Role
from memory.errors import AccountError, InputError, RefusedError
from memory.repositories import approvals, audit, outbox, runs
from memory.tables import Approval, Job, Run
from tools import policy
from tools.cards import approval_card
from tools.policy import Decision, Ruling
from tools.queue import create_job
from tools.toolkit import Context, Deps, Tool, Toolset

log = logging.getLogger(__name__)

APPROVAL_LIFE = timedelta(hours=24)
_ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED)


class Call(NamedTuple):
    """A tool call as a model made it. `id` is the model's; it is unique within its run."""

    id: str
    name: str
    arguments: Json


def decide(deps: Deps, held: Toolset, run_id: int, call: Call) -> Ruling:
    """Rule one call of an agent that holds these tools. Wrong arguments are not judged here: acting on them answers what was wrong."""
    tool = held.get(call.name)
    if tool is None:
        return Ruling(Decision.REFUSE, f"you have no tool named {call.name!r}")
    if not tool.access.is_external:
        return Ruling(Decision.ALLOW, "internal; stop is read when it acts")
    with deps.database.reading() as session:
        run = runs.get(session, run_id)
        return policy.rule_now(session, run, tool.access, deps.clock.now())


def act(deps: Deps, tools: Toolset, run_id: int, call: Call) -> Json:
    """Run a short tool that needs nobody's yes. The call's row and what it changed are one transaction."""
    try:
        # A look changes nothing, so its row need not wait for the disk.
        only_looks = tools[call.name].access is Access.READ
        with deps.database.quick_session() if only_looks else deps.database.session() as session:
            return _act_once(deps, session, run_id, call, tools[call.name])
    except (InputError, RefusedError, AccountError) as error:
        return refuse(deps, run_id, call, str(error))


def _act_once(deps: Deps, session: Session, run_id: int, call: Call, tool: Tool) -> Json:
    run, known = runs.with_call(session, run_id, call.id)
    if known is not None:
        return known.result
    ruling = policy.rule_now(session, run, tool.access, deps.clock.now())
    if ruling.decision is not Decision.ALLOW or tool.job:
        raise RefusedError(f"{tool.name} was not done: {ruling.reason}.")
    result = tool.function(Context(deps, session, run, call.id), **tool.parse(call.arguments))
    return _note(session, run, call, tool, result, Decision.ALLOW)


def refuse(deps: Deps, run_id: int, call: Call, reason: str) -> Json:
    """Answer a call that may not or cannot be done."""
    result = {"verdict": "blocked", "text": reason, "reasons": [reason]}
    with deps.database.session() as session:
        known = runs.find_call(session, run_id, call.id)
        if known is not None:
            return known.result
        runs.add_call(session, run_id, call.id, tool=call.name[:60], arguments=call.arguments, verdict=Decision.REFUSE, result=result)
    return result


def ask(deps: Deps, tools: Toolset, run_id: int, call: Call, why: str) -> int | Json:
    """Ask a person. Returns the approval's id, or the answer for the model where there is nothing to ask about."""
    tool = tools[call.name]
    try:
        with deps.database.session() as session:
            run = runs.get(session, run_id)
            context = Context(deps, session, run, call.id)
            arguments = tool.parse(call.arguments)
            content = _content(tool, context, arguments)
            approval, is_new = approvals.ask(
                session,
                workspace_id=run.workspace_id,
                run_id=run.id,
                call_id=call.id,
                tool=tool.name,
                arguments=arguments,
                content=content,
                why=why,
                min_role=Role.EDITOR if tool.access is Access.PUBLISH else Role.OWNER,
                expires_at=deps.clock.now() + APPROVAL_LIFE,
            )
            if is_new:
                _show(session, run, approval)
            return approval.id
    except (InputError, RefusedError, AccountError) as error:
        return refuse(deps, run_id, call, str(error))


def _show(session: Session, run: Run, approval: Approval) -> None:
    """Put the question where somebody can answer it. Nobody to ask means no."""
    if run.conversation_id is None:
        raise RefusedError(f"{approval.tool} needs a person's yes and this run has nobody to ask.")
    outbox.say(session, run.conversation_id, approval_card(approval), run.id)
    audit.note(session, workspace_id=run.workspace_id, actor=f"run:{run.id}", action="approval.asked", target=f"approval:{approval.id}")


def answer_of(deps: Deps, approval_id: int) -> ApprovalStatus:
    """What became of a question, read from its row. One past its time is expired, and no other: their runs must be woken too."""
    with deps.database.session() as session:
        return approvals.look(session, approval_id, deps.clock.now()).status


def start(deps: Deps, tools: Toolset, run_id: int, call: Call, approval_id: int | None) -> int | Json:
    """Begin the work of a call: spend its approval, make its rows and its job in one transaction, then send the job.

    Returns the job's id, or the tool's result where the tool is short.
    """
    tool = tools[call.name]
    try:
        with deps.database.session() as session:
            started = _start_once(deps, session, run_id, call, tool, approval_id)
    except (InputError, RefusedError, AccountError) as error:
        return refuse(deps, run_id, call, str(error))
    if isinstance(started, Job):
        deps.queue.send(started.id, started.pool)
        return started.id
    return started


def _start_once(deps: Deps, session: Session, run_id: int, call: Call, tool: Tool, approval_id: int | None) -> Job | Json:
    run, known = runs.with_call(session, run_id, call.id)
    if known is not None:
        return session.get_one(Job, known.result["job_id"]) if "job_id" in known.result else known.result
    context = Context(deps, session, run, call.id)
    arguments = tool.parse(call.arguments)
    ruling = policy.rule_now(session, run, tool.access, deps.clock.now())
    if ruling.decision is Decision.REFUSE or (ruling.decision is Decision.ASK and approval_id is None):
        raise RefusedError(f"{tool.name} was not done: {ruling.reason}.")
    if approval_id is not None:
        approval = approvals.to_change(session, approval_id)
        if (approval.run_id, approval.call_id, approval.tool) != (run.id, call.id, tool.name):
            raise RefusedError(f"Approval {approval_id} was given for another call.")
        approvals.use(session, approval, arguments=arguments, content=_content(tool, context, arguments), at=deps.clock.now())
    result = tool.function(context, **arguments)
    if not tool.job:
        return _note(session, run, call, tool, result, ruling.decision)
    payload = {**result, "approval_id": approval_id}
    job = create_job(session, kind=tool.job, key=str(payload.pop("key")), payload=payload, run_id=run.id, call_id=call.id)
    _note(session, run, call, tool, {"job_id": job.id}, ruling.decision)
    return job


def _content(tool: Tool, context: Context, arguments: Json) -> Json:
    if tool.content is None:
        raise RefusedError(f"{tool.name} cannot be asked for: it shows nothing.")
    return tool.content(context, **arguments)


def _note(session: Session, run: Run, call: Call, tool: Tool, result: Json, decision: Decision) -> Json:
    row = runs.add_call(session, run.id, call.id, tool=tool.name, arguments=call.arguments, verdict=decision, result=result)
    run.tainted = run.tainted or tool.reads_foreign
    if tool.access is not Access.READ:
        audit.note(session, workspace_id=run.workspace_id, actor=f"run:{run.id}", action=f"tool.{tool.name}", target=f"call:{row.id}")
    return result


def result_of(deps: Deps, job_id: int) -> Json | None:
    """The result of a job, or None while it works."""
    with deps.database.reading() as session:
        job = session.get_one(Job, job_id)
        if job.status not in _ENDED:
            return None
        if job.result is not None:
            return job.result
        reason = job.error or f"the job was {job.status}"
        return {"verdict": "blocked", "text": reason, "reasons": [reason]}
