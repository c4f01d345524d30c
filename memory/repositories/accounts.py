"""Connected platform accounts, and the claim that lets one process at a time refresh their tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memory.errors import InputError
from memory.tables import Account, Channel, ThreadLock


def get(session: Session, workspace_id: int, account_id: int) -> Account:
    query = select(Account).join(Channel, Channel.id == Account.channel_id)
    account = session.scalar(query.where(Account.id == account_id, Channel.workspace_id == workspace_id))
    if account is None:
        raise InputError(f"there is no account {account_id} in this workspace.", hint="`list_accounts` shows the ids.")
    return account


def of_workspace(session: Session, workspace_id: int) -> Sequence[Account]:
    query = select(Account).join(Channel, Channel.id == Account.channel_id).where(Channel.workspace_id == workspace_id)
    return session.scalars(query.order_by(Account.id)).all()


def workspace_of(session: Session, account: Account) -> int:
    """The workspace an account belongs to, through its channel."""
    return session.scalars(select(Channel.workspace_id).where(Channel.id == account.channel_id)).one()


def connect(
    session: Session, *, channel_id: int, platform: str, remote_id: str, title: str, base_url: str, scopes: Sequence[str]
) -> Account:
    """The account of this platform channel, made when it is new; connected again, it works again."""
    query = select(Account).where(Account.channel_id == channel_id, Account.platform == platform, Account.remote_id == remote_id)
    account = session.scalar(query)
    if account is None:
        account = Account(channel_id=channel_id, platform=platform, remote_id=remote_id)
        session.add(account)
    account.title, account.base_url, account.scopes, account.needs_reauth = title, base_url, list(scopes), ""
    session.flush()
    return account


def mark_needs_reauth(session: Session, account_id: int, why: str) -> None:
    """Write down that an account must be connected again; nothing is sent for it until then."""
    account = session.get(Account, account_id)
    if account is not None:
        account.needs_reauth = why
        session.flush()


def claim_refresh(session: Session, account_id: int, owner: str, now: datetime, until: datetime) -> bool:
    """Take the right to refresh an account's token until a time; False while somebody else holds it."""
    name = f"token-{account_id}"
    session.execute(delete(ThreadLock).where(ThreadLock.thread_id == name, ThreadLock.until < now))
    try:
        with session.begin_nested():
            session.add(ThreadLock(thread_id=name, owner=owner, until=until))
    except IntegrityError:
        return False
    return True


def release_refresh(session: Session, account_id: int, owner: str) -> None:
    session.execute(delete(ThreadLock).where(ThreadLock.thread_id == f"token-{account_id}", ThreadLock.owner == owner))
