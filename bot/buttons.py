"""Buttons: each carries ids only; the rows say whether it still means something and whether this person may press it."""

import re
from collections.abc import Callable

from bot.event import Event, own_run, require, require_running, set_rights
from memory.domain import Rights, Role, RunStatus
from memory.errors import InputError
from memory.repositories import approvals, jobs, runs
from memory.tables import Run
from tools import queue


def press(event: Event, action: str) -> None:
    for pattern, act in _ACTIONS:
        match = re.fullmatch(pattern, action)
        if match is not None:
            return act(event, int(match[1]), match[2] if match.re.groups > 1 else "")
    raise InputError("This button is of no use any more.", hint="Say what you want, or /help.")


def _answer_approval(event: Event, approval_id: int, answer: str) -> None:
    approve = answer == "y"
    if approve:
        require_running(event)
    approval = approvals.decide(event.session, approval_id, event.member, approve=approve, at=event.deps.clock.now())
    event.audit("approval.decided", f"approval:{approval_id}", {"approve": approve, "binding": approval.binding})
    event.to_send.append(queue.request_advance(event.session, approval.run_id, f"approval-{approval_id}"))
    event.note = "Approved." if approve else "Rejected."


def _start(event: Event, run_id: int, _: str) -> None:
    require(event, Role.EDITOR, "start this")
    require_running(event)
    planned = _take_plan(event, run_id)
    run = event.start_run(planned.request, {**planned.context, "confirmed_run": run_id}, trigger="button")
    planned.context = {**planned.context, "answered": f"started as run {run.id}"}
    event.note = "Started."


def _leave(event: Event, run_id: int, _: str) -> None:
    planned = _take_plan(event, run_id)
    planned.context = {**planned.context, "answered": "left"}
    event.say("Fine, I left it.")


def _take_plan(event: Event, run_id: int) -> Run:
    """The run whose plan was shown, locked; answered once."""
    run = own_run(event, run_id)
    event.session.refresh(run, with_for_update=True)
    if "answered" in run.context:
        raise InputError(f"That plan was answered already: {run.context['answered']}.", hint="Ask again for a new one.")
    return run


def _answer_rights(event: Event, asset_id: int, answer: str) -> None:
    set_rights(event, asset_id, {"own": Rights.OWNED, "lic": Rights.LICENSED, "unk": Rights.UNKNOWN}[answer])


def _take_idea(event: Event, idea_id: int, _: str) -> None:
    require(event, Role.EDITOR, "ask for work")
    require_running(event)
    event.start_run(f"/make idea {idea_id}", {"command": "make_idea", "idea_id": idea_id}, trigger="button")
    event.note = "On it."


def _cancel_run(event: Event, run_id: int, _: str) -> None:
    require(event, Role.EDITOR, "cancel a run")
    run = own_run(event, run_id)
    if run.status not in (*runs.OPEN, RunStatus.BLOCKED):
        raise InputError(f"Run {run_id} is over: it {run.status}.")
    stopped = jobs.request_cancel_all(event.session, run_id=run_id)
    approvals.expire_of_run(event.session, run_id)
    runs.end(event.session, run, RunStatus.CANCELED, ["canceled by a person"])
    event.audit("run.canceled", f"run:{run_id}", {"jobs": [job.id for job in stopped]})
    event.say(f"Run {run_id} is canceled.")


_ACTIONS: tuple[tuple[str, Callable[[Event, int, str], None]], ...] = (
    (r"a:(\d{1,18}):([yn])", _answer_approval),
    (r"go:(\d{1,18})", _start),
    (r"no:(\d{1,18})", _leave),
    (r"s:(\d{1,18}):(own|lic|unk)", _answer_rights),
    (r"idea:(\d{1,18})", _take_idea),
    (r"x:(\d{1,18})", _cancel_run),
)
