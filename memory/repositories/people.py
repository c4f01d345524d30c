"""The people who agreed to be seen in videos where everybody else is hidden. An ended consent is kept as ended, with what was agreed."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from memory.errors import InputError
from memory.tables import KeptPerson, now


def keep(
    session: Session, *, workspace_id: int, name: str, asset_id: int, consent: str, consent_by: str, run_id: int | None = None
) -> KeptPerson:
    """Record somebody's consent and photo. The same name again replaces the photo and the consent; the row before stays, as ended."""
    known = _find(session, workspace_id, name)
    if known is not None:
        if (known.asset_id, known.consent, known.consent_by) == (asset_id, consent, consent_by):
            return known
        known.ended_at = now()
    person = KeptPerson(
        workspace_id=workspace_id, name=name, asset_id=asset_id, consent=consent, consent_by=consent_by, run_id=run_id
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person


def listed(session: Session, workspace_id: int) -> Sequence[KeptPerson]:
    """Everybody who may be seen, by name."""
    where = KeptPerson.workspace_id == workspace_id, KeptPerson.ended_at.is_(None)
    return session.scalars(select(KeptPerson).where(*where).order_by(KeptPerson.name)).all()


def named(session: Session, workspace_id: int, names: Sequence[str]) -> list[KeptPerson]:
    """The people of these names, in any spelling of capitals.

    Raises:
        InputError: Somebody's consent is not on file.
    """
    found = [(name, _find(session, workspace_id, name)) for name in names]
    if missing := [name for name, person in found if person is None]:
        raise InputError(
            f"There is no photo with consent on file for {', '.join(missing)}.",
            hint="Send a photo of their face and say that, how and when they agreed to be seen.",
        )
    return [person for _, person in found if person is not None]


def forget(session: Session, workspace_id: int, name: str) -> KeptPerson:
    """End a consent: from now on this person is hidden like everybody else.

    Raises:
        InputError: Nobody of this name is on file.
    """
    person = _find(session, workspace_id, name)
    if person is None:
        raise InputError(f"{name} is not on the keep-list.")
    person.ended_at = now()
    session.flush()
    return person


def _find(session: Session, workspace_id: int, name: str) -> KeptPerson | None:
    where = KeptPerson.workspace_id == workspace_id, KeptPerson.ended_at.is_(None), func.lower(KeptPerson.name) == name.strip().lower()
    return session.scalar(select(KeptPerson).where(*where))
