"""Workspaces, the people in them, their conversations and channels."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memory.domain import Role
from memory.errors import InputError
from memory.tables import Channel, Conversation, Member, Workspace

DEFAULT_WORKSPACE = "main"
DEFAULT_CHANNEL = "main"


def ensure_workspace(session: Session, name: str = DEFAULT_WORKSPACE) -> Workspace:
    """The workspace of this name with its first channel, made when it is missing."""
    workspace = session.scalar(select(Workspace).where(Workspace.name == name))
    if workspace is None:
        workspace = Workspace(name=name)
        session.add(workspace)
        session.flush()
        session.add(Channel(workspace_id=workspace.id, name=DEFAULT_CHANNEL))
        session.flush()
    return workspace


def get_workspace(session: Session, workspace_id: int) -> Workspace:
    workspace = session.get(Workspace, workspace_id)
    if workspace is None:
        raise InputError(f"there is no workspace {workspace_id}.")
    return workspace


def list_workspaces(session: Session) -> Sequence[Workspace]:
    return session.scalars(select(Workspace).order_by(Workspace.id)).all()


def ensure_member(session: Session, workspace_id: int, door: str, external_id: str, *, role: Role, name: str = "") -> Member:
    """The person known at a door by this user id; made with `role` when new, and left as they are when known."""
    member = find_member(session, workspace_id, door, external_id)
    if member is None:
        member = Member(workspace_id=workspace_id, door=door, external_id=external_id, role=role, name=name)
        session.add(member)
        session.flush()
    return member


def find_member(session: Session, workspace_id: int, door: str, external_id: str) -> Member | None:
    query = select(Member).where(Member.workspace_id == workspace_id, Member.door == door, Member.external_id == external_id)
    return session.scalar(query)


def ensure_conversation(session: Session, workspace_id: int, door: str, external_id: str) -> Conversation:
    query = select(Conversation).where(Conversation.door == door, Conversation.external_id == external_id)
    conversation = session.scalar(query)
    if conversation is None:
        conversation = Conversation(workspace_id=workspace_id, door=door, external_id=external_id)
        session.add(conversation)
        session.flush()
    return conversation


def list_conversations(session: Session, workspace_id: int) -> Sequence[Conversation]:
    return session.scalars(select(Conversation).where(Conversation.workspace_id == workspace_id).order_by(Conversation.id)).all()


def list_channels(session: Session, workspace_id: int) -> Sequence[Channel]:
    return session.scalars(select(Channel).where(Channel.workspace_id == workspace_id).order_by(Channel.id)).all()
