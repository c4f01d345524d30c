"""The one intake of both doors: a message or a button becomes a committed row, and the work it asks for, in one transaction.

Control (`/stop`, buttons) is decided by fixed rules, without a worker or a model. Everything else becomes a run. The same event twice does
nothing the second time; somebody who is no member gets no answer and causes no work.
"""

import logging
from typing import NamedTuple

from bot.buttons import press
from bot.event import Event
from bot.messages import check_text, read
from memory.domain import Json
from memory.errors import AppError
from memory.repositories import inbox
from memory.tables import Conversation, Member
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_MAX_TEXT = 8000  # characters of one message; more is not a request but a document


class Receipt(NamedTuple):
    """What became of an event. `note` is a word for the moment (a toast); lasting answers are outbox rows."""

    inbox_id: int | None
    is_new: bool
    run_id: int | None = None
    note: str = ""


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
        event = Event(deps, session, row, conversation, member)
        _handle(event)
        inbox.mark_handled(session, row, event.run_id)
    return _sent(event)


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
        event = Event(deps, session, row, conversation, member)
        _handle(event)
        inbox.mark_handled(session, row, event.run_id)
    return _sent(event)


def _sent(event: Event) -> Receipt:
    """After the commit: carry the jobs to their workers. A carrier that is away costs a delay, the rows are safe."""
    for job in event.to_send:
        event.deps.queue.send(job.id, job.pool)
    return Receipt(event.row.id, is_new=True, run_id=event.run_id, note=event.note)


def _handle(event: Event) -> None:
    """Do what the event asks. A refusal is answered with its text, and what it had begun is rolled back."""
    try:
        with event.session.begin_nested():
            if event.row.kind == "button":
                press(event, event.row.payload["action"])
            else:
                check_text(event.row.payload)
                read(event, event.row.payload["text"].strip(), event.row.payload.get("asset_id"))
    except AppError as error:
        event.to_send.clear()
        event.run_id = None
        event.note = str(error)
        event.say(str(error))
