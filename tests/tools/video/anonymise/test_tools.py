"""The keep-list in a chat, on both databases: kept with consent, listed, ended, never without a word of consent."""

from pathlib import Path

import pytest

from memory.artefacts import FolderStore
from memory.database import Database
from memory.domain import Json
from memory.errors import InputError
from memory.repositories import approvals, assets, people, runs
from memory.vault import Vault
from tests.conftest import HandClock, RecordingQueue, make_people
from tools.calls import Call, act, ask, decide, start
from tools.ffmpeg import run_ffmpeg
from tools.policy import Decision
from tools.registry import TOOLS
from tools.toolkit import Context, Deps, Tool
from tools.video.anonymise.tools import forget_person, keep_person, list_kept_people, people_to_keep

SOURCE = Path(__file__).parents[4] / "demo" / "source.mp4"


class Chat:
    """A workspace with a photo, and its tools."""

    def __init__(self, database: Database, folder: Path) -> None:
        owner = make_people(database)
        self.workspace_id = owner.workspace.id
        self.deps = Deps(database, FolderStore(folder / "store"), Vault(bytes(range(32))), RecordingQueue(), HandClock(), folder)
        photo = folder / "eileen.png"
        run_ffmpeg(["-ss", "2", "-i", str(SOURCE), "-frames:v", "1", str(photo)], timeout_s=30)
        stored = self.deps.store.put(photo)
        with database.session() as session:
            self.owner = owner.owner
            self.run_id = runs.add(
                session, workspace_id=self.workspace_id, trigger="message", request="keep her", conversation_id=owner.conversation.id
            ).id
            self.photo, self.film = (
                assets.add(session, workspace_id=self.workspace_id, sha256=sha, size_bytes=1, kind="source", name=name).id
                for sha, name in ((stored.sha256, "eileen.PNG"), ("f" * 64, "film.mp4"))
            )

    def call(self, tool: Tool, **arguments: object) -> Json:
        with self.deps.database.session() as session:
            run = runs.get(session, self.run_id)
            return tool.function(Context(self.deps, session, run, "c1"), **tool.parse(arguments))


@pytest.fixture
def chat(any_database: Database, tmp_path: Path) -> Chat:
    return Chat(any_database, tmp_path)


def test_a_person_is_kept_with_their_consent_and_forgotten_when_they_take_it_back(chat: Chat) -> None:
    kept = chat.call(keep_person, name=" Eileen ", asset_id=chat.photo, consent="told me on the phone today")
    listed = chat.call(list_kept_people)
    with chat.deps.database.reading() as session:
        (known,) = people_to_keep(session, chat.deps.store, chat.workspace_id, ["eileen"])
        (row,) = people.listed(session, chat.workspace_id)
    ended = chat.call(forget_person, name="EILEEN")

    assert "told me on the phone today" in kept["text"]
    assert listed["people"] == ["Eileen"]
    assert (known.name, known.descriptor.shape) == ("Eileen", (128,))
    assert (row.consent_by, row.run_id) == ("Eileen", chat.run_id)
    assert "off the keep-list" in ended["text"]
    assert chat.call(list_kept_people)["people"] == []
    with chat.deps.database.reading() as session, pytest.raises(InputError, match="no photo with consent on file for Eileen"):
        people.named(session, chat.workspace_id, ["Eileen"])


def test_only_the_owner_s_button_records_a_consent(chat: Chat) -> None:
    call = Call("c7", "keep_person", {"name": "Eileen", "asset_id": chat.photo, "consent": "told me on the phone"})
    ruling = decide(chat.deps, TOOLS, chat.run_id, call)
    approval_id = ask(chat.deps, TOOLS, chat.run_id, call, ruling.reason)

    assert ruling.decision is Decision.ASK and isinstance(approval_id, int)
    assert chat.call(list_kept_people)["people"] == []
    with chat.deps.database.session() as session:
        approvals.decide(session, approval_id, chat.owner, approve=True, at=chat.deps.clock.now())
    start(chat.deps, TOOLS, chat.run_id, call, approval_id)
    assert chat.call(list_kept_people)["people"] == ["Eileen"]


def test_a_model_cannot_record_a_consent_by_itself(chat: Chat) -> None:
    call = Call("c8", "keep_person", {"name": "Eileen", "asset_id": chat.photo, "consent": "she surely would"})
    for answer in (act(chat.deps, TOOLS, chat.run_id, call), start(chat.deps, TOOLS, chat.run_id, call, None)):
        assert isinstance(answer, dict) and answer["verdict"] == "blocked"
    assert chat.call(list_kept_people)["people"] == []


def test_a_new_photo_or_consent_takes_the_place_of_the_old_and_the_same_changes_nothing(chat: Chat) -> None:
    for consent in ("in writing, May", "in writing, May", "again, in June"):
        chat.call(keep_person, name="Eileen", asset_id=chat.photo, consent=consent, consent_by="her agent")

    with chat.deps.database.reading() as session:
        (row,) = people.listed(session, chat.workspace_id)
    assert (row.id, row.consent, row.consent_by) == (2, "again, in June", "her agent")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"consent": " "}, "Without consent"),
        ({"name": " "}, "needs a name"),
        ({"asset_id": 2}, "film.mp4 is not a photo"),
        ({"asset_id": 99}, "no asset 99"),
    ],
)
def test_nobody_is_kept_without_name_photo_and_consent(changed: Json, words: str, chat: Chat) -> None:
    with pytest.raises(InputError, match=words):
        chat.call(keep_person, **{"name": "Eileen", "asset_id": chat.photo, "consent": "she said so", **changed})
    with pytest.raises(InputError, match="not on the keep-list"):
        chat.call(forget_person, name="Eileen")
