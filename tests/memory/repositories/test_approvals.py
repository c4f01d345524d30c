"""Questions on both databases: of two answers at once one counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from memory.database import Database
from memory.domain import ApprovalStatus, Role
from memory.errors import InputError, RefusedError
from memory.repositories import approvals, runs, workspaces
from memory.tables import now
from tests.conftest import People, make_people


def ask(database: Database, people: People, *, hours: float = 1) -> int:
    with database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="go")
        approval, _ = approvals.ask(
            session,
            workspace_id=people.workspace.id,
            run_id=run.id,
            call_id="c",
            tool="publish",
            arguments={"name": "x"},
            content={"text": "y"},
            why="w",
            min_role=Role.EDITOR,
            expires_at=now() + timedelta(hours=hours),
        )
        return approval.id


def test_of_a_yes_and_a_no_at_once_one_counts(any_database: Database) -> None:
    people = make_people(any_database)
    ids = [ask(any_database, people) for _ in range(5)]

    def answer(question: tuple[int, bool]) -> bool | None:
        try:
            with any_database.session() as session:
                approvals.decide(session, question[0], people.owner, approve=question[1])
        except InputError:
            return None
        return question[1]

    for approval_id in ids:
        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(answer, [(approval_id, yes) for yes in (True, False, True, False)])
            counted = [one for one in answers if one is not None]
        with any_database.reading() as session:
            status = approvals.get(session, approval_id).status
        assert counted == [status is ApprovalStatus.APPROVED]


@pytest.mark.parametrize("hours", [-1, 0])
def test_an_expired_question_takes_no_answer(database: Database, hours: float) -> None:
    people = make_people(database)
    approval_id = ask(database, people, hours=hours)

    with pytest.raises(InputError, match="no longer open"), database.session() as session:
        approvals.decide(session, approval_id, people.owner, approve=True)


def test_a_stranger_cannot_answer(database: Database) -> None:
    people = make_people(database)
    approval_id = ask(database, people)
    with database.session() as session:
        other = workspaces.ensure_workspace(session, "other")
        stranger = workspaces.ensure_member(session, other.id, "telegram", "1", role=Role.OWNER)

    with pytest.raises(RefusedError, match="Only an editor of this workspace"), database.session() as session:
        approvals.decide(session, approval_id, stranger, approve=True)


def test_the_questions_of_an_ended_run_close(database: Database) -> None:
    people = make_people(database)
    approval_id = ask(database, people)
    with database.session() as session:
        approvals.expire_of_run(session, approvals.get(session, approval_id).run_id)

    with database.reading() as session:
        assert approvals.get(session, approval_id).status is ApprovalStatus.EXPIRED
        assert approvals.listing(session, people.workspace.id, only_pending=True) == []
