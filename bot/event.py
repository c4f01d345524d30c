"""One event while it is handled inside its transaction: what may be said and started for it, and the rules every answer obeys."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from memory.domain import Button, Json, Message, Rights, Role
from memory.errors import InputError, RefusedError
from memory.repositories import assets, audit, controls, outbox, runs
from memory.tables import Conversation, Inbox, Job, Member, Run
from tools import queue
from tools.toolkit import Deps


@dataclass(slots=True)
class Event:
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


_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}


def require(event: Event, role: Role, what: str) -> None:
    if _RANK[event.member.role] < _RANK[role]:
        raise RefusedError(f"Only an {role} of this workspace may {what}; you are a {event.member.role}.")


def require_running(event: Event) -> None:
    if controls.is_stopped(event.session, event.workspace_id):
        raise RefusedError("Everything is stopped, so I did nothing.", hint="Say /resume, then ask again.")


def own_run(event: Event, run_id: int) -> Run:
    run = runs.get(event.session, run_id)
    if run.workspace_id != event.workspace_id:
        raise InputError(f"there is no run {run_id} in this workspace.")
    return run


def wake_all(event: Event, ended: list[Job]) -> None:
    """Have the runs looked at whose jobs ended right here; for a running job its worker does it when it has stopped."""
    event.to_send += [woken for job in ended if (woken := queue.wake(event.session, job)) is not None]


def set_rights(event: Event, asset_id: int, rights: Rights, *, licence: str = "", author: str = "", where: str = "") -> None:
    require(event, Role.EDITOR, "say whose a file is")
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
