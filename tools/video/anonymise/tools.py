"""The keep-list in a chat: who may be seen where everybody else is hidden, with their photo and consent."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from memory.artefacts import ArtefactStore
from memory.domain import Access, Json
from memory.errors import InputError
from memory.repositories import assets, people
from memory.tables import Asset
from tools.toolkit import Context, tool
from tools.video.anonymise.people import KnownPerson, know

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def keep_content(context: Context, name: str, asset_id: int, consent: str, consent_by: str) -> Json:
    """What the owner is asked about and what the yes is bound to: the person, the photo, who agreed and how."""
    name, consent, photo = _checked(context, name, asset_id, consent)
    return {
        "headline": f"May {name} stay visible where all others are hidden?",
        "name": name,
        "agreed_by": consent_by.strip()[:120] or name,
        "consent": consent,
        "photo": photo.name,
        "sha256": photo.sha256,
        "previews": [photo.sha256],
    }


@tool(Access.ADMIN, content=keep_content)
def keep_person(context: Context, name: str, asset_id: int, consent: str, consent_by: str = "") -> Json:
    """Put somebody on the keep-list, so that `make_shorts` can leave them visible and hide all others. Needs their consent.

    Call it only when the owner said that this person agreed. Never make a consent up; without one, ask for it. The owner confirms it.

    Args:
        name: The person's name, as the owner will call them.
        asset_id: Id of a photo the owner sent that shows this face alone, from the front.
        consent: How and when the person agreed to be seen, in the owner's words.
        consent_by: Who agreed, where it was not the person: a parent, for example.
    """
    name, consent, photo = _checked(context, name, asset_id, consent)
    person = people.keep(
        context.session,
        workspace_id=context.workspace_id,
        name=name,
        asset_id=photo.id,
        consent=consent,
        consent_by=consent_by.strip()[:120] or name,
        run_id=context.run.id,
    )
    text = f"{name} is on the keep-list: agreed by {person.consent_by} ({consent}). Others can now be hidden around {name}."
    return {"verdict": "ok", "text": text, "name": name, "asset_id": photo.id}


def _checked(context: Context, name: str, asset_id: int, consent: str) -> tuple[str, str, Asset]:
    name, consent = name.strip(), consent.strip()
    if not name or len(name) > 80:
        raise InputError("The person needs a name of up to 80 letters.")
    if len(consent) < 3:
        raise InputError(f"Without consent {name} cannot be kept visible.", hint=f"Ask how and when {name} agreed.")
    photo = assets.get(context.session, context.workspace_id, asset_id)
    if Path(photo.name).suffix.lower() not in _PICTURES:
        raise InputError(f"{photo.name} is not a photo.", hint="Send the face as a JPEG or PNG file.")
    return name, consent, photo


@tool(Access.READ)
def list_kept_people(context: Context) -> Json:
    """List the people on the keep-list with what they agreed to."""
    rows = people.listed(context.session, context.workspace_id)
    if not rows:
        return {"verdict": "ok", "text": "Nobody is on the keep-list.", "people": []}
    lines = [f"{row.name}: agreed by {row.consent_by} ({row.consent}), recorded {row.created_at:%d.%m.%Y}" for row in rows]
    return {"verdict": "ok", "text": "On the keep-list:\n" + "\n".join(lines), "people": [row.name for row in rows]}


@tool(Access.WRITE)
def forget_person(context: Context, name: str) -> Json:
    """Take somebody off the keep-list: their consent ends, and from now on they are hidden like all others.

    Args:
        name: The name on the keep-list.
    """
    person = people.forget(context.session, context.workspace_id, name)
    return {"verdict": "ok", "text": f"{person.name} is off the keep-list. Clips that are finished stay as they are.", "name": person.name}


def people_to_keep(session: Session, store: ArtefactStore, workspace_id: int, names: Sequence[str]) -> tuple[KnownPerson, ...]:
    """The people of these names with what the network makes of their photos, for `find_hidden`.

    Raises:
        InputError: Somebody's consent is not on file, or their photo does not show one face clearly.
    """
    known = []
    for person in people.named(session, workspace_id, names):
        photo = assets.get(session, workspace_id, person.asset_id)
        known.append(know(person.name, store.local(photo.sha256, Path(photo.name).suffix.lower())))
    return tuple(known)


PEOPLE_TOOLS = (keep_person, list_kept_people, forget_person)
