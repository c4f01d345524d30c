"""The one intake of both doors: a message or a button becomes a committed row, and the work it asks for, in one transaction.

Control (`/stop`, buttons) is decided here by fixed rules, without a worker or a model. Everything else becomes a run. The same event
twice does nothing the second time; somebody who is no member gets no answer and causes no work.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot import views
from bot.sources import refuse_web_address, rights_question
from memory.domain import Button, Json, Message, Rights, Role, RunStatus
from memory.errors import AppError, InputError, RefusedError
from memory.repositories import approvals, assets, audit, controls, inbox, jobs, outbox, runs, workspaces
from memory.tables import Conversation, Inbox, Job, Member, Run
from tools import queue
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_MAX_TEXT = 8000  # characters of one message; more is not a request but a document
_REMEMBERED = 50  # messages back that a file named earlier is still meant

_STOP_VERBS = frozenset("stop halt pause freeze abort stopp arrête stopper para parar detente alto pare ferma fermati".split())
_STOP_COMPANY = frozenset(
    "everything all now right immediately please it that this at once hold on the posting publishing posts work working jobs job"
    " automation bot agents uploads uploading alles sofort tout todo ya tutto tudo wait no".split()
)
"""Words that may stand beside a stop verb and still leave a message that only says stop."""


class Receipt(NamedTuple):
    """What became of an event. `note` is a word for the moment (a toast); lasting answers are outbox rows."""

    inbox_id: int | None
    is_new: bool
    run_id: int | None = None
    note: str = ""


@dataclass(slots=True)
class _Event:
    """One event while it is handled, inside its transaction."""

    deps: Deps
    session: Session
    row: Inbox
    conversation: Conversation
    member: Member
    to_send: list[Job] = field(default_factory=list)
    run_id: int | None = None
    note: str = ""

    @property
    def workspace_id(self) -> int:
        return self.conversation.workspace_id

    def say(self, text: str, buttons: tuple[Button, ...] = (), part: str = "") -> None:
        message = Message(f"inbox-{self.row.id}{part}", text, buttons)
        outbox.say(self.session, self.conversation.id, message)

    def start_run(self, request: str, context: Json, trigger: str = "message") -> Run:
        run = runs.add(
            self.session,
            workspace_id=self.workspace_id,
            trigger=trigger,
            request=request,
            context=context,
            conversation_id=self.conversation.id,
            member_id=self.member.id,
        )
        self.to_send.append(queue.request_advance(self.session, run.id, f"inbox-{self.row.id}"))
        self.run_id = run.id
        return run

    def audit(self, action: str, target: str, detail: Json | None = None) -> None:
        actor = f"member:{self.member.id}"
        audit.note(self.session, workspace_id=self.workspace_id, actor=actor, action=action, target=target, detail=detail)


def receive_text(
    deps: Deps,
    door: str,
    conversation: Conversation,
    member: Member | None,
    external_id: str,
    text: str,
    asset_id: int | None = None,
    problem: str = "",
) -> Receipt:
    """Take a message or a command, with the source that came with it.

    Args:
        door: `terminal` or `telegram`.
        member: Who wrote it; None for a stranger, who gets nothing.
        external_id: The door's own id of this event.
        text: What was written; may be empty when a file came alone.
        asset_id: From `sources.add_source`.
        problem: Why the file it names could not be taken; then this is the answer and nothing is started.
    """
    payload = {"text": text[:_MAX_TEXT], "asset_id": asset_id, "problem": problem}
    return _receive(deps, door, conversation, member, external_id, "message", payload)


def receive_button(deps: Deps, door: str, conversation: Conversation, member: Member | None, external_id: str, action: str) -> Receipt:
    """Take a press of a button; `action` is its callback data."""
    return _receive(deps, door, conversation, member, external_id, "button", {"action": action[:64]})


def store_text(
    deps: Deps, door: str, conversation: Conversation, member: Member, external_id: str, text: str, attachment: Json
) -> tuple[int, bool]:
    """Only store a message whose file is still to be fetched; `finish` works on it. Returns the row's id and whether it is new."""
    payload = {"text": text[:_MAX_TEXT], "attachment": attachment}
    with deps.database.session() as session:
        row, is_new = inbox.receive(
            session,
            door=door,
            external_id=external_id,
            kind="message",
            payload=payload,
            conversation_id=conversation.id,
            member_id=member.id,
        )
        return row.id, is_new


def finish(deps: Deps, conversation: Conversation, member: Member, inbox_id: int, asset_id: int | None, problem: str = "") -> Receipt:
    """Work on a stored message: with the source its attachment became, or with the problem that kept it from becoming one."""
    with deps.database.session() as session:
        row = inbox.get(session, inbox_id)
        if row is None or row.handled_at is not None:
            return Receipt(inbox_id, is_new=False)
        row.payload = {**row.payload, "asset_id": asset_id, "problem": problem}
        event = _Event(deps, session, row, conversation, member)
        _handle(event)
        inbox.mark_handled(session, row, event.run_id)
    return _sent(event)


def is_stop(text: str) -> bool:
    """Whether a message says stop and nothing else. "don't stop" and "stop motion" do not."""
    words = re.findall(r"[\w'’]+", text.lower())
    if not words or len(words) > 8 or not _STOP_VERBS.intersection(words):
        return False
    return all(word in _STOP_VERBS or word in _STOP_COMPANY for word in words) and words[0] != "no"


def _receive(
    deps: Deps, door: str, conversation: Conversation, member: Member | None, external_id: str, kind: str, payload: Json
) -> Receipt:
    if member is None or member.workspace_id != conversation.workspace_id:
        log.warning("inbound.stranger door=%s conversation_id=%s", door, conversation.id)
        return Receipt(None, is_new=False)
    with deps.database.session() as session:
        row, is_new = inbox.receive(
            session,
            door=door,
            external_id=external_id,
            kind=kind,
            payload=payload,
            conversation_id=conversation.id,
            member_id=member.id,
        )
        if not is_new:
            return Receipt(row.id, is_new=False, run_id=row.run_id)
        event = _Event(deps, session, row, conversation, member)
        _handle(event)
        inbox.mark_handled(session, row, event.run_id)
    return _sent(event)


def _sent(event: _Event) -> Receipt:
    """After the commit: carry the jobs to their workers. A carrier that is away costs a delay, the rows are safe."""
    for job in event.to_send:
        event.deps.queue.send(job.id, job.pool)
    return Receipt(event.row.id, is_new=True, run_id=event.run_id, note=event.note)


def _handle(event: _Event) -> None:
    """Do what the event asks. A refusal is answered with its text, and what it had begun is rolled back."""
    try:
        with event.session.begin_nested():
            if event.row.kind == "button":
                _press(event, event.row.payload["action"])
            else:
                _check_text(event.row.payload)
                _read(event, event.row.payload["text"].strip(), event.row.payload.get("asset_id"))
    except AppError as error:
        event.to_send.clear()
        event.run_id = None
        event.note = str(error)
        event.say(str(error))


# --- messages -----------------------------------------------------------------------------------------------------


def _check_text(payload: Json) -> None:
    """Refuse what cannot be worked on; a message that only says stop is never refused."""
    if not is_stop(payload["text"]) and not payload["text"].startswith("/stop"):
        if payload.get("problem"):
            raise InputError(payload["problem"])
        refuse_web_address(payload["text"])


def _read(event: _Event, text: str, asset_id: int | None) -> None:
    if is_stop(text):
        return _stop(event, "")
    command, _, arguments = text.partition(" ") if text.startswith("/") else ("", "", "")
    name = command[1:].partition("@")[0].lower()
    if name in COMMANDS:
        return COMMANDS[name](event, arguments.strip())
    if asset_id is not None:
        _note_source(event, asset_id, alone=not text)
    if text:
        _ask_for(event, text, name, arguments.strip(), asset_id)


def _ask_for(event: _Event, text: str, command: str, arguments: str, asset_id: int | None) -> None:
    _require(event, Role.EDITOR, "ask for work")
    _require_running(event)
    source = asset_id if asset_id is not None else _source_in_mind(event)
    context: Json = {"asset_id": source} if source is not None else {}
    if command:
        context |= {"command": command, "arguments": arguments}
    event.start_run(text, context)


def _source_in_mind(event: _Event) -> int | None:
    """The file this conversation brought last: "make two more" means that one."""
    earlier = inbox.recent_messages(event.session, event.conversation.id, _REMEMBERED)
    return next((row.payload["asset_id"] for row in reversed(earlier) if row.payload.get("asset_id") is not None), None)


def _note_source(event: _Event, asset_id: int, alone: bool) -> None:
    asset = assets.get(event.session, event.workspace_id, asset_id)
    if alone:
        event.say(f'I have {asset.name}. Tell me what to make of it, for example "make 3 shorts and post the best one".', part="-file")
    if asset.rights is Rights.UNKNOWN and not asset.proof:
        outbox.say(event.session, event.conversation.id, rights_question(asset, f"inbox-{event.row.id}-rights"))


def _stop(event: _Event, _: str) -> None:
    """Anybody who may speak may stop: a stop can only make less happen."""
    already = controls.is_stopped(event.session, event.workspace_id)
    controls.set_stopped(
        event.session,
        f"workspace:{event.workspace_id}",
        stopped=True,
        by=f"member:{event.member.id}",
        reason=event.row.payload.get("text", ""),
    )
    stopped = jobs.request_cancel_all(event.session, workspace_id=event.workspace_id)
    _wake_all(event, stopped)
    event.audit("stopped", f"workspace:{event.workspace_id}", {"jobs": [job.id for job in stopped]})
    event.say(views.stopped_text(stopped, already))


def _resume(event: _Event, _: str) -> None:
    _require(event, Role.OWNER, "resume")
    if not controls.is_stopped(event.session, event.workspace_id):
        return event.say("Nothing is stopped.")
    controls.set_stopped(event.session, f"workspace:{event.workspace_id}", stopped=False, by=f"member:{event.member.id}")
    event.audit("resumed", f"workspace:{event.workspace_id}")
    if controls.is_stopped(event.session, event.workspace_id):
        return event.say("This workspace may go on, but everything together is still stopped by the operator.")
    event.say("Going on. What was stopped stays stopped; ask again for what you still want.")


def _status(event: _Event, _: str) -> None:
    workspace = workspaces.get_workspace(event.session, event.workspace_id)
    event.say(views.status(event.session, workspace, event.deps.clock.now()))


def _approvals(event: _Event, _: str) -> None:
    event.say(*views.pending_approvals(event.session, event.workspace_id, event.deps.clock.now()))


def _help(event: _Event, _: str) -> None:
    event.say(views.help_text(event.member))


def _rights(event: _Event, arguments: str) -> None:
    """`/rights 3 licensed CC BY 4.0 | Ada | https://…`: the licence, its author and where it is written."""
    match = re.fullmatch(r"(\d+)\s+(own|owned|mine|licensed|unknown)\b[\s|]*(.*)", arguments, re.DOTALL | re.IGNORECASE)
    if match is None:
        raise InputError(
            "I did not understand whose the file is.", hint="For example: /rights 3 licensed CC BY 4.0 | Ada Lovelace | https://…"
        )
    word = match[2].lower()
    rights = Rights.LICENSED if word == "licensed" else Rights.UNKNOWN if word == "unknown" else Rights.OWNED
    licence, author, proof = ([part.strip() for part in match[3].split("|", 2)] + ["", "", ""])[:3]
    _set_rights(event, int(match[1]), rights, licence=licence, author=author, where=proof)


COMMANDS: Mapping[str, Callable[[_Event, str], None]] = {
    "stop": _stop,
    "resume": _resume,
    "status": _status,
    "approvals": _approvals,
    "help": _help,
    "start": _help,
    "rights": _rights,
}
"""Commands the door answers itself; every other command goes to the planner with its arguments."""


# --- buttons ------------------------------------------------------------------------------------------------------


def _press(event: _Event, action: str) -> None:
    for pattern, act in _ACTIONS:
        match = re.fullmatch(pattern, action)
        if match is not None:
            return act(event, int(match[1]), match[2] if match.re.groups > 1 else "")
    raise InputError("This button is of no use any more.", hint="Say what you want, or /help.")


def _answer_approval(event: _Event, approval_id: int, answer: str) -> None:
    approve = answer == "y"
    if approve:
        _require_running(event)
    approval = approvals.decide(event.session, approval_id, event.member, approve=approve, at=event.deps.clock.now())
    event.audit("approval.decided", f"approval:{approval_id}", {"approve": approve, "binding": approval.binding})
    event.to_send.append(queue.request_advance(event.session, approval.run_id, f"approval-{approval_id}"))
    event.note = "Approved." if approve else "Rejected."


def _start(event: _Event, run_id: int, _: str) -> None:
    _require(event, Role.EDITOR, "start this")
    _require_running(event)
    planned = _take_plan(event, run_id)
    run = event.start_run(planned.request, {**planned.context, "confirmed_run": run_id}, trigger="button")
    planned.context = {**planned.context, "answered": f"started as run {run.id}"}
    event.note = "Started."


def _leave(event: _Event, run_id: int, _: str) -> None:
    planned = _take_plan(event, run_id)
    planned.context = {**planned.context, "answered": "left"}
    event.say("Fine, I left it.")


def _take_plan(event: _Event, run_id: int) -> Run:
    """The run whose plan was shown, locked; answered once."""
    run = _own_run(event, run_id)
    event.session.refresh(run, with_for_update=True)
    if "answered" in run.context:
        raise InputError(f"That plan was answered already: {run.context['answered']}.", hint="Ask again for a new one.")
    return run


def _answer_rights(event: _Event, asset_id: int, answer: str) -> None:
    _set_rights(event, asset_id, {"own": Rights.OWNED, "lic": Rights.LICENSED, "unk": Rights.UNKNOWN}[answer])


def _set_rights(event: _Event, asset_id: int, rights: Rights, *, licence: str = "", author: str = "", where: str = "") -> None:
    _require(event, Role.EDITOR, "say whose a file is")
    asset = assets.get(event.session, event.workspace_id, asset_id)
    if asset.kind != "source":
        raise InputError(f"{asset.name} is not a file you brought.", hint="Its rights follow from its source.")
    said = f"said by member {event.member.id} at {event.deps.clock.now():%Y-%m-%d %H:%M} UTC"
    proof = f"{where} ({said})" if where else said
    assets.set_rights(event.session, asset, rights, proof=proof, licence=licence, author=author)
    event.audit("rights.set", f"asset:{asset_id}", {"rights": rights.value, "licence": licence, "author": author, "proof": proof})
    event.say(_rights_answer(asset_id, asset.name, rights, licence))


def _rights_answer(asset_id: int, name: str, rights: Rights, licence: str) -> str:
    if rights is Rights.OWNED:
        return f"Noted: {name} is yours."
    if rights is Rights.UNKNOWN:
        return f"Noted: the rights of {name} are unknown. I can cut it; I will not post what comes of it."
    if licence:
        return f"Noted: {name} is used under {licence}."
    how = f"/rights {asset_id} licensed LICENCE | AUTHOR | WHERE IT IS WRITTEN"
    return f"Noted: you have a licence for {name}. To keep the licence and its author with the file, send: {how}"


def _take_idea(event: _Event, idea_id: int, _: str) -> None:
    _require(event, Role.EDITOR, "ask for work")
    _require_running(event)
    event.start_run(f"/make idea {idea_id}", {"command": "make_idea", "idea_id": idea_id}, trigger="button")
    event.note = "On it."


def _cancel_run(event: _Event, run_id: int, _: str) -> None:
    _require(event, Role.EDITOR, "cancel a run")
    run = _own_run(event, run_id)
    if run.status not in (*runs.OPEN, RunStatus.BLOCKED):
        raise InputError(f"Run {run_id} is over: it {run.status}.")
    stopped = jobs.request_cancel_all(event.session, run_id=run_id)
    approvals.expire_of_run(event.session, run_id)
    runs.end(event.session, run, RunStatus.CANCELED, ["canceled by a person"])
    event.audit("run.canceled", f"run:{run_id}", {"jobs": [job.id for job in stopped]})
    event.say(f"Run {run_id} is canceled.")


_ACTIONS: tuple[tuple[str, Callable[[_Event, int, str], None]], ...] = (
    (r"a:(\d{1,18}):([yn])", _answer_approval),
    (r"go:(\d{1,18})", _start),
    (r"no:(\d{1,18})", _leave),
    (r"s:(\d{1,18}):(own|lic|unk)", _answer_rights),
    (r"idea:(\d{1,18})", _take_idea),
    (r"x:(\d{1,18})", _cancel_run),
)


# --- rules --------------------------------------------------------------------------------------------------------


_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}


def _require(event: _Event, role: Role, what: str) -> None:
    if _RANK[event.member.role] < _RANK[role]:
        raise RefusedError(f"Only an {role} of this workspace may {what}; you are a {event.member.role}.")


def _require_running(event: _Event) -> None:
    if controls.is_stopped(event.session, event.workspace_id):
        raise RefusedError("Everything is stopped, so I did nothing.", hint="Say /resume, then ask again.")


def _own_run(event: _Event, run_id: int) -> Run:
    run = runs.get(event.session, run_id)
    if run.workspace_id != event.workspace_id:
        raise InputError(f"there is no run {run_id} in this workspace.")
    return run


def _wake_all(event: _Event, ended: list[Job]) -> None:
    """Have the runs looked at whose jobs ended right here; for a running job its worker does it when it has stopped."""
    event.to_send += [woken for job in ended if (woken := queue.wake(event.session, job)) is not None]
