"""Messages and commands: what is answered here at once, by fixed rules, and what becomes a run."""

import re
from collections.abc import Callable, Mapping

from bot import views
from bot.event import Event, require, require_running, set_rights, wake_all
from bot.sources import refuse_web_address, rights_question
from memory.domain import Json, Rights, Role, RunStatus
from memory.errors import InputError
from memory.repositories import approvals, assets, controls, inbox, jobs, outbox, runs, workspaces

_REMEMBERED = 50  # messages back that a file named earlier is still meant

_STOP_VERBS = frozenset("stop halt pause freeze abort stopp arrête stopper para parar detente alto pare ferma fermati".split())
_STOP_COMPANY = frozenset(
    "everything all now right immediately please it that this at once hold on the posting publishing posts work working jobs job"
    " automation bot agents uploads uploading alles sofort tout todo ya tutto tudo wait no".split()
)
"""Words that may stand beside a stop verb and still leave a message that only says stop."""


def is_stop(text: str) -> bool:
    """Whether a message says stop and nothing else. "don't stop" and "stop motion" do not."""
    words = re.findall(r"[\w'’]+", text.lower())
    if not words or len(words) > 8 or not _STOP_VERBS.intersection(words):
        return False
    return all(word in _STOP_VERBS or word in _STOP_COMPANY for word in words) and words[0] != "no"


def check_text(payload: Json) -> None:
    """Refuse what cannot be worked on; a message that only says stop is never refused."""
    if not is_stop(payload["text"]) and not payload["text"].startswith("/stop"):
        if payload.get("problem"):
            raise InputError(payload["problem"])
        refuse_web_address(payload["text"])


def read(event: Event, text: str, asset_id: int | None) -> None:
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


def _ask_for(event: Event, text: str, command: str, arguments: str, asset_id: int | None) -> None:
    require(event, Role.EDITOR, "ask for work")
    require_running(event)
    source = asset_id if asset_id is not None else _source_in_mind(event)
    context: Json = {"asset_id": source} if source is not None else {}
    if command:
        context |= {"command": command, "arguments": arguments}
    event.start_run(text, context)


def _source_in_mind(event: Event) -> int | None:
    """The file this conversation brought last: "make two more" means that one."""
    earlier = inbox.recent_messages(event.session, event.conversation.id, _REMEMBERED)
    return next((row.payload["asset_id"] for row in reversed(earlier) if row.payload.get("asset_id") is not None), None)


def _note_source(event: Event, asset_id: int, alone: bool) -> None:
    asset = assets.get(event.session, event.workspace_id, asset_id)
    if alone:
        event.say(f'I have {asset.name}. Tell me what to make of it, for example "make 3 shorts and post the best one".', part="-file")
    if asset.rights is Rights.UNKNOWN and not asset.proof:
        outbox.say(event.session, event.conversation.id, rights_question(asset, f"inbox-{event.row.id}-rights"))


def _stop(event: Event, _: str) -> None:
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
    wake_all(event, stopped)
    for run in runs.open_runs(event.session, event.workspace_id):  # also those that only wait for an answer
        approvals.expire_of_run(event.session, run.id)
        runs.end(event.session, run, RunStatus.CANCELED, ["stopped by a person"])
    event.audit("stopped", f"workspace:{event.workspace_id}", {"jobs": [job.id for job in stopped]})
    event.say(views.stopped_text(stopped, already))


def _resume(event: Event, _: str) -> None:
    require(event, Role.OWNER, "resume")
    if not controls.is_stopped(event.session, event.workspace_id):
        return event.say("Nothing is stopped.")
    controls.set_stopped(event.session, f"workspace:{event.workspace_id}", stopped=False, by=f"member:{event.member.id}")
    event.audit("resumed", f"workspace:{event.workspace_id}")
    if controls.is_stopped(event.session, event.workspace_id):
        return event.say("This workspace may go on, but everything together is still stopped by the operator.")
    event.say("Going on. What was stopped stays stopped; ask again for what you still want.")


def _status(event: Event, _: str) -> None:
    workspace = workspaces.get_workspace(event.session, event.workspace_id)
    event.say(views.status(event.session, workspace, event.deps.clock.now()))


def _approvals(event: Event, _: str) -> None:
    event.say(*views.pending_approvals(event.session, event.workspace_id, event.deps.clock.now()))


def _help(event: Event, _: str) -> None:
    event.say(views.help_text(event.member))


def _rights(event: Event, arguments: str) -> None:
    """`/rights 3 licensed CC BY 4.0 | Ada | https://…`: the licence, its author and where it is written."""
    match = re.fullmatch(r"(\d+)\s+(own|owned|mine|licensed|unknown)\b[\s|]*(.*)", arguments, re.DOTALL | re.IGNORECASE)
    if match is None:
        raise InputError(
            "I did not understand whose the file is.", hint="For example: /rights 3 licensed CC BY 4.0 | Ada Lovelace | https://…"
        )
    word = match[2].lower()
    rights = Rights.LICENSED if word == "licensed" else Rights.UNKNOWN if word == "unknown" else Rights.OWNED
    licence, author, proof = ([part.strip() for part in match[3].split("|", 2)] + ["", "", ""])[:3]
    set_rights(event, int(match[1]), rights, licence=licence, author=author, where=proof)


COMMANDS: Mapping[str, Callable[[Event, str], None]] = {
    "stop": _stop,
    "resume": _resume,
    "status": _status,
    "approvals": _approvals,
    "help": _help,
    "start": _help,
    "rights": _rights,
}
"""Commands the door answers itself; every other command goes to the planner with its arguments."""
