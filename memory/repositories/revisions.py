"""The edits of clips: each one a row, the current one a pointer. Undo and redo move the pointer; no row is ever changed back or deleted."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from memory.domain import Json
from memory.errors import InputError
from memory.repositories import productions
from memory.tables import EditHead, Production, Revision, Run, Variant, now


def current(session: Session, workspace_id: int, variant_id: int) -> Revision:
    """The revision a clip stands at; its first look makes revision 0 from the clip itself.

    Raises:
        InputError: There is no such clip in this workspace.
    """
    variant, _ = productions.get_variant(session, workspace_id, variant_id)
    head = session.get(EditHead, variant_id)
    if head is None:
        head = EditHead(variant_id=variant_id, revision_id=_base(session, variant).id, undone=[])
        session.add(head)
        session.flush()
    return session.get_one(Revision, head.revision_id)


def _base(session: Session, variant: Variant) -> Revision:
    """Revision 0. A clip that was made by finishing an edit begins where that edit stood, so that undo goes on behind it."""
    known = session.scalar(select(Revision).where(Revision.variant_id == variant.id, Revision.number == 0))
    if known is not None:
        return known
    finished = session.scalar(select(Revision).where(Revision.finished_variant_id == variant.id).order_by(Revision.id.desc()).limit(1))
    base = Revision(
        variant_id=variant.id,
        number=0,
        parent_id=finished.parent_id if finished else None,
        key=f"base:{variant.id}",
        words=finished.words if finished else "",
        edits=list(finished.edits) if finished else [],
        diff=list(finished.diff) if finished else [],
        timeline=variant.timeline,
        timeline_hash=variant.timeline_hash,
    )
    session.add(base)
    session.flush()
    return base


def of_key(session: Session, key: str) -> Revision | None:
    """The revision an earlier attempt of the same tool call made."""
    return session.scalar(select(Revision).where(Revision.key == key))


def get(session: Session, workspace_id: int, revision_id: int) -> Revision:
    row = session.get(Revision, revision_id)
    if row is None:
        raise InputError(f"there is no edit {revision_id} in this workspace.")
    productions.get_variant(session, workspace_id, row.variant_id)
    return row


def add(
    session: Session,
    workspace_id: int,
    variant_id: int,
    *,
    key: str,
    words: str,
    edits: list[Json],
    diff: Sequence[str],
    timeline: Json,
    timeline_hash: str,
    run_id: int | None = None,
) -> Revision:
    """Record an edit of the current revision and make it the current one; what had been undone stays in the table, out of redo's reach."""
    parent = current(session, workspace_id, variant_id)
    last = session.scalar(select(Revision.number).where(Revision.variant_id == variant_id).order_by(Revision.number.desc()).limit(1))
    row = Revision(
        variant_id=variant_id,
        number=(last or 0) + 1,
        parent_id=parent.id,
        key=key,
        run_id=run_id,
        words=words,
        edits=edits,
        diff=list(diff),
        timeline=timeline,
        timeline_hash=timeline_hash,
    )
    session.add(row)
    session.flush()
    _move(session, variant_id, row.id, [])
    return row


def undo(session: Session, workspace_id: int, variant_id: int) -> Revision:
    """Go back by one edit. Returns the revision that is now the current one.

    Raises:
        InputError: Nothing was edited.
    """
    row = current(session, workspace_id, variant_id)
    if row.parent_id is None:
        raise InputError(f"there is nothing to undo in clip {variant_id}: it is as it was made.")
    head = session.get_one(EditHead, variant_id)
    _move(session, variant_id, row.parent_id, [*head.undone, row.id])
    return session.get_one(Revision, row.parent_id)


def redo(session: Session, workspace_id: int, variant_id: int) -> Revision:
    """Go forward to what was undone last. Returns the revision that is now the current one.

    Raises:
        InputError: Nothing was undone, or something else was edited since.
    """
    current(session, workspace_id, variant_id)
    head = session.get_one(EditHead, variant_id)
    if not head.undone:
        raise InputError(
            f"there is nothing to redo in clip {variant_id}.", hint="Redo brings back what was undone, until something else is edited."
        )
    *rest, forward = head.undone
    _move(session, variant_id, forward, rest)
    return session.get_one(Revision, forward)


def _move(session: Session, variant_id: int, revision_id: int, undone: list[int]) -> None:
    head = session.get_one(EditHead, variant_id)
    head.revision_id, head.undone, head.moved_at = revision_id, undone, now()
    session.flush()


def undone(session: Session, variant_id: int) -> Sequence[Revision]:
    """What redo would bring back, the next one first."""
    head = session.get(EditHead, variant_id)
    return [session.get_one(Revision, one) for one in reversed(head.undone)] if head is not None else []


def history(session: Session, workspace_id: int, variant_id: int) -> Sequence[Revision]:
    """The way from the clip as it was made to its current revision, oldest first."""
    row: Revision | None = current(session, workspace_id, variant_id)
    found: list[Revision] = []
    while row is not None:
        found.append(row)
        row = session.get(Revision, row.parent_id) if row.parent_id is not None else None
    return list(reversed(found))


def latest_clips(session: Session, workspace_id: int, conversation_id: int | None) -> tuple[int, ...]:
    """The clip last edited in this conversation, or the clips of its last production where those are newer; empty when there are none."""
    moved = session.execute(
        select(EditHead.variant_id, EditHead.moved_at)
        .join(Variant, Variant.id == EditHead.variant_id)
        .join(Production, Production.id == Variant.production_id)
        .where(Production.workspace_id == workspace_id, EditHead.variant_id.in_(_edited_in(conversation_id)))
        .order_by(EditHead.moved_at.desc())
        .limit(1)
    ).first()
    made = session.execute(
        select(Variant.production_id, Variant.created_at)
        .join(Production, Production.id == Variant.production_id)
        .join(Run, Run.id == Production.run_id)
        .where(Production.workspace_id == workspace_id, Run.conversation_id == conversation_id)
        .order_by(Variant.created_at.desc(), Variant.id.desc())
        .limit(1)
    ).first()
    if moved is not None and (made is None or moved.moved_at >= made.created_at):
        return (moved.variant_id,)
    if made is None:
        return ()
    rows = productions.variants(session, made.production_id)
    newest = max(rows, key=lambda row: (row.created_at, row.id))
    is_edit = session.scalar(select(Revision.id).where(Revision.finished_variant_id == newest.id).limit(1)) is not None
    return (newest.id,) if is_edit else tuple(row.id for row in rows)


def _edited_in(conversation_id: int | None) -> Select[int]:
    return select(Revision.variant_id).join(Run, Run.id == Revision.run_id).where(Run.conversation_id == conversation_id)
