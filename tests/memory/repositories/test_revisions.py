"""Edits of clips as rows: the pointer moves, nothing is lost, another workspace sees nothing."""

import pytest
from sqlalchemy.orm import Session

from memory.database import Database
from memory.domain import Verdict
from memory.errors import InputError
from memory.repositories import assets, productions, revisions, runs
from memory.tables import Revision, Run, Variant
from tests.conftest import People, make_people


def add_run(session: Session, people: People) -> Run:
    return runs.add(session, workspace_id=people.workspace.id, trigger="message", request="make", conversation_id=people.conversation.id)


def add_clips(session: Session, people: People, count: int = 1) -> list[int]:
    workspace_id = people.workspace.id
    asset = assets.add(session, workspace_id=workspace_id, sha256="a" * 64, size_bytes=1, kind="source", name="a.mp4")
    run = add_run(session, people)
    production = productions.add(session, workspace_id=workspace_id, run_id=run.id, source_asset_id=asset.id, brief={})
    measured = {"score": 0.5, "reason": "", "title": "", "facts": {}, "verdict": Verdict.OK, "checks": {}}
    return [
        productions.save_variant(
            session,
            Variant(
                production_id=production.id,
                position=n,
                start_s=0.0,
                end_s=9.0,
                timeline={"n": n},
                timeline_hash=f"base-{production.id}-{n}",
                asset_id=asset.id,
                **measured,
            ),
        ).id
        for n in range(1, count + 1)
    ]


def add_edit(session: Session, people: People, clip: int, key: str) -> Revision:
    run = add_run(session, people)
    known = {"words": key, "edits": [], "diff": [key], "timeline": {"key": key}, "timeline_hash": key, "run_id": run.id}
    return revisions.add(session, people.workspace.id, clip, key=key, **known)


def test_undo_and_redo_move_a_pointer_and_lose_nothing(any_database: Database) -> None:
    people = make_people(any_database)
    with any_database.session() as session:
        (clip,) = add_clips(session, people)
        edits = [add_edit(session, people, clip, key) for key in "abc"]
        back = [revisions.undo(session, people.workspace.id, clip).number for _ in range(3)]
        with pytest.raises(InputError, match="nothing to undo"):
            revisions.undo(session, people.workspace.id, clip)
        forth = [revisions.redo(session, people.workspace.id, clip).number for _ in range(2)]
        branch = add_edit(session, people, clip, "d")

        assert (back, forth) == ([2, 1, 0], [1, 2])
        assert (branch.number, branch.parent_id) == (4, edits[1].id)
        assert [row.timeline_hash for row in revisions.history(session, people.workspace.id, clip)][1:] == ["a", "b", "d"]
        with pytest.raises(InputError, match="nothing to redo"):
            revisions.redo(session, people.workspace.id, clip)
        assert revisions.of_key(session, "c") is edits[2]


def test_the_clip_that_is_meant_is_the_last_one_of_the_conversation(any_database: Database) -> None:
    people = make_people(any_database)
    with any_database.session() as session:
        nothing = revisions.latest_clips(session, people.workspace.id, people.conversation.id)
        first, second = add_clips(session, people, 2)
        several = revisions.latest_clips(session, people.workspace.id, people.conversation.id)
        add_edit(session, people, second, "a")
        edited = revisions.latest_clips(session, people.workspace.id, people.conversation.id)
        revisions.undo(session, people.workspace.id, second)
        (newest,) = add_clips(session, people)
        made = revisions.latest_clips(session, people.workspace.id, people.conversation.id)

        assert (nothing, several, edited, made) == ((), (first, second), (second,), (newest,))
        assert revisions.latest_clips(session, people.workspace.id, None) == ()


def test_another_workspace_has_no_such_clip(any_database: Database) -> None:
    people = make_people(any_database)
    with any_database.session() as session:
        (clip,) = add_clips(session, people)
        row = add_edit(session, people, clip, "a")

        for look in (
            lambda: revisions.current(session, people.workspace.id + 1, clip),
            lambda: revisions.get(session, people.workspace.id + 1, row.id),
            lambda: revisions.undo(session, people.workspace.id + 1, clip),
        ):
            with pytest.raises(InputError, match="there is no clip"):
                look()
