"""Questions to a person. A row is bound to what was shown, may be used once, and expires to no."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import ApprovalStatus, Json, Role, bind
from memory.errors import InputError, RefusedError
from memory.tables import Approval, Member, move_to, now

_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}


def ask(
    session: Session,
    *,
    workspace_id: int,
    run_id: int,
    call_id: str,
    tool: str,
    arguments: Json,
    content: Json,
    why: str,
    min_role: Role,
    expires_at: datetime,
) -> tuple[Approval, bool]:
    """The question of this tool call, asked once. Returns it and whether it is new."""
    known = session.scalar(select(Approval).where(Approval.run_id == run_id, Approval.call_id == call_id))
    if known is not None:
        return known, False
    approval = Approval(
        workspace_id=workspace_id,
        run_id=run_id,
        call_id=call_id,
        tool=tool,
        arguments=arguments,
        content=content,
        binding=bind(tool, arguments, content),
        why=why,
        min_role=min_role,
        expires_at=expires_at,
    )
    session.add(approval)
    session.flush()
    return approval, True


def get(session: Session, approval_id: int) -> Approval:
    approval = session.get(Approval, approval_id)
    if approval is None:
        raise InputError(f"there is no approval {approval_id}.")
    return approval


def to_change(session: Session, approval_id: int) -> Approval:
    """The row as it is now, locked until the transaction ends: of two answers at once the second finds it decided."""
    approval = session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    if approval is None:
        raise InputError(f"there is no approval {approval_id}.")
    return approval


def decide(session: Session, approval_id: int, member: Member, *, approve: bool, reason: str = "", at: datetime | None = None) -> Approval:
    """Record a person's answer.

    Raises:
        InputError: Unknown, already answered, or expired; says which.
        RefusedError: This person may not answer it.
    """
    moment = at or now()
    to_change(session, approval_id)
    approval = look(session, approval_id, moment)
    if approval.workspace_id != member.workspace_id or _RANK[member.role] < _RANK[approval.min_role]:
        raise RefusedError(f"Only an {approval.min_role} of this workspace may answer approval {approval_id}.")
    if approval.status is not ApprovalStatus.PENDING:
        raise InputError(f"Approval {approval_id} is no longer open: it is {approval.status}.", hint="Ask again to get a new one.")
    move_to(approval, ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED)
    approval.decided_by, approval.decided_at, approval.reason = member.id, moment, reason
    session.flush()
    return approval


def use(session: Session, approval: Approval, *, arguments: Json, content: Json, at: datetime | None = None) -> None:
    """Spend a yes on the one effect it was given for.

    Raises:
        RefusedError: It is not approved, expired meanwhile, or what would happen is not what was shown.
    """
    moment = at or now()
    if approval.status is not ApprovalStatus.APPROVED:
        raise RefusedError(f"Approval {approval.id} is {approval.status}, not approved.")
    if approval.expires_at <= moment:
        move_to(approval, ApprovalStatus.EXPIRED)
        session.flush()
        raise RefusedError(f"Approval {approval.id} expired before it could be used.", hint="Ask again.")
    if bind(approval.tool, arguments, content) != approval.binding:
        raise RefusedError(f"What would happen is no longer what approval {approval.id} showed.", hint="Ask again to see it as it is now.")
    move_to(approval, ApprovalStatus.USED)
    approval.used_at = moment
    session.flush()


def look(session: Session, approval_id: int, at: datetime) -> Approval:
    """The question as it stands at a moment: expired when nobody answered in time."""
    approval = get(session, approval_id)
    if approval.status is ApprovalStatus.PENDING and approval.expires_at <= at:
        move_to(approval, ApprovalStatus.EXPIRED)
        session.flush()
    return approval


def expire_due(session: Session, at: datetime) -> Sequence[Approval]:
    """Expire what nobody answered in time. Returns the rows that changed."""
    query = select(Approval).where(Approval.status == ApprovalStatus.PENDING, Approval.expires_at <= at).with_for_update()
    rows = session.scalars(query).all()
    for row in rows:
        move_to(row, ApprovalStatus.EXPIRED)
    session.flush()
    return rows


def expire_of_run(session: Session, run_id: int) -> None:
    """Close the questions of a run that will not go on."""
    query = select(Approval).where(Approval.run_id == run_id, Approval.status == ApprovalStatus.PENDING).with_for_update()
    for row in session.scalars(query):
        move_to(row, ApprovalStatus.EXPIRED)
    session.flush()


def listing(session: Session, workspace_id: int, *, only_pending: bool = False, limit: int = 50) -> Sequence[Approval]:
    query = select(Approval).where(Approval.workspace_id == workspace_id).order_by(Approval.id.desc()).limit(limit)
    if only_pending:
        query = query.where(Approval.status == ApprovalStatus.PENDING)
    return session.scalars(query).all()


def was_declined(session: Session, run_id: int, call_id: str) -> bool:
    """Whether a person, or their silence, said no to this call."""
    query = select(Approval.status).where(Approval.run_id == run_id, Approval.call_id == call_id)
    return session.scalar(query) in (ApprovalStatus.REJECTED, ApprovalStatus.EXPIRED)
