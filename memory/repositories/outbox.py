"""What is to be said. A row is written with the work it speaks of; the door delivers it and says what became of it."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from memory.domain import Button, Json, Message, OutboxStatus
from memory.tables import Outbox, move_to, now


def say(session: Session, conversation_id: int, message: Message, run_id: int | None = None) -> Outbox:
    """Queue a message. The same key is one row; of a slot, only the newest undelivered row is kept up to date.

    A message in a slot replaces the one before it: when that one is still pending it is rewritten, otherwise a new row with
    the same slot is added and the door edits the message it already sent.
    """
    if message.slot:
        pending = session.scalar(
            select(Outbox).where(
                Outbox.conversation_id == conversation_id, Outbox.slot == message.slot, Outbox.status == OutboxStatus.PENDING
            )
        )
        if pending is not None:
            pending.payload = _to_json(message)
            session.flush()
            return pending
    known = session.scalar(select(Outbox).where(Outbox.conversation_id == conversation_id, Outbox.key == message.key))
    if known is not None:
        return known
    row = Outbox(conversation_id=conversation_id, key=message.key, slot=message.slot, run_id=run_id, payload=_to_json(message))
    session.add(row)
    session.flush()
    return row


def due(session: Session, conversation_ids: Sequence[int], limit: int = 50) -> Sequence[Outbox]:
    """Rows to deliver now, oldest first."""
    query = (
        select(Outbox)
        .where(
            Outbox.conversation_id.in_(conversation_ids),
            Outbox.status == OutboxStatus.PENDING,
            or_(Outbox.not_before.is_(None), Outbox.not_before <= now()),
        )
        .order_by(Outbox.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def sent_in_slot(session: Session, conversation_id: int, slot: str) -> Outbox | None:
    """The newest delivered message of a slot: the one to edit."""
    query = (
        select(Outbox)
        .where(Outbox.conversation_id == conversation_id, Outbox.slot == slot, Outbox.status == OutboxStatus.SENT)
        .order_by(Outbox.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def start_sending(session: Session, row: Outbox) -> None:
    move_to(row, OutboxStatus.SENDING)
    row.attempts += 1
    session.flush()


def mark_sent(session: Session, row: Outbox, remote_id: str) -> None:
    move_to(row, OutboxStatus.SENT)
    row.remote_id, row.sent_at = remote_id, now()
    session.flush()


def mark_not_sent(session: Session, row: Outbox, status: OutboxStatus, error: str) -> None:
    """`PENDING` to try again (only when it surely was not delivered), `UNCERTAIN` when nobody can say, `FAILED` when refused."""
    move_to(row, status)
    row.error = error
    session.flush()


def left_sending(session: Session, conversation_ids: Sequence[int]) -> Sequence[Outbox]:
    """Rows whose door died between sending and noting it."""
    query = select(Outbox).where(Outbox.conversation_id.in_(conversation_ids), Outbox.status == OutboxStatus.SENDING)
    return session.scalars(query).all()


def recent(session: Session, conversation_id: int, limit: int) -> Sequence[Outbox]:
    """The latest messages said, oldest first."""
    query = select(Outbox).where(Outbox.conversation_id == conversation_id).order_by(Outbox.id.desc()).limit(limit)
    return list(reversed(session.scalars(query).all()))


def to_message(row: Outbox) -> Message:
    payload = row.payload
    buttons = tuple(Button(b["label"], b["action"]) for b in payload.get("buttons", ()))
    return Message(row.key, payload["text"], buttons, tuple(payload.get("files", ())), row.slot)


def _to_json(message: Message) -> Json:
    payload = asdict(message)
    return {"text": payload["text"], "buttons": list(payload["buttons"]), "files": list(payload["files"])}
