"""The intake: rows first, control by rule, work as runs, twice is once, strangers get nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot import inbound
from bot.inbound import receive_button, receive_text
from bot.messages import is_stop
from bot.sources import add_source
from memory.domain import ApprovalStatus, JobStatus, Rights, Role, RunStatus
from memory.errors import InputError, RefusedError
from memory.repositories import approvals, assets, controls, inbox, jobs, outbox, runs, workspaces
from memory.tables import Member, Run
from tools import queue
from tools.toolkit import Deps


def send(deps, people, text, key="m1", **more):
    return receive_text(deps, "terminal", people.conversation, more.pop("member", people.owner), key, text, **more)


def push(deps, people, action, key="b1", member=None):
    return receive_button(deps, "terminal", people.conversation, member or people.owner, key, action)


def said(deps, people) -> list[str]:
    with deps.database.reading() as session:
        return [row.payload["text"] for row in outbox.recent(session, people.conversation.id, 50)]


def all_runs(deps, people) -> list[Run]:
    with deps.database.reading() as session:
        return list(reversed(runs.latest(session, people.workspace.id)))


def as_role(deps, people, role: Role) -> Member:
    with deps.database.session() as session:
        return workspaces.ensure_member(session, people.workspace.id, "telegram", role.value, role=role)


def ask_approval(deps, people, run_id: int, *, expires_in: timedelta = timedelta(hours=1), min_role: Role = Role.OWNER) -> int:
    with deps.database.session() as session:
        approval, _ = approvals.ask(
            session,
            workspace_id=people.workspace.id,
            run_id=run_id,
            call_id=f"c{run_id}",
            tool="publish_post",
            arguments={},
            content={"title": "A title"},
            why="it is public",
            min_role=min_role,
            expires_at=deps.clock.now() + expires_in,
        )
        return approval.id


def test_a_request_becomes_a_row_a_run_and_a_job_that_is_sent(deps: Deps, people) -> None:
    receipt = send(deps, people, "make 2 shorts")

    run = all_runs(deps, people)[0]
    assert (run.request, run.member_id, run.conversation_id) == ("make 2 shorts", people.owner.id, people.conversation.id)
    assert receipt.run_id == run.id and receipt.is_new
    with deps.database.reading() as session:
        row = inbox.get(session, receipt.inbox_id)
        job = jobs.find_by_key(session, f"advance:{run.id}:inbox-{row.id}")
    assert row.handled_at is not None and row.run_id == run.id
    assert deps.queue.sent == [(job.id, "agent")]


def test_the_same_event_twice_is_worked_on_once(deps: Deps, people) -> None:
    first = send(deps, people, "make 2 shorts")
    second = send(deps, people, "make 2 shorts")

    assert not second.is_new and second.run_id == first.run_id
    assert len(all_runs(deps, people)) == 1 and len(deps.queue.sent) == 1


def test_a_stranger_gets_no_answer_no_row_and_no_work(deps: Deps, people) -> None:
    receipt = receive_text(deps, "telegram", people.conversation, None, "x", "/status")

    assert receipt.inbox_id is None
    assert said(deps, people) == [] and all_runs(deps, people) == [] and deps.queue.sent == []


def test_a_member_of_another_workspace_is_a_stranger(deps: Deps, people) -> None:
    with deps.database.session() as session:
        other = workspaces.ensure_workspace(session, "other")
        member = workspaces.ensure_member(session, other.id, "telegram", "77", role=Role.OWNER)

    assert send(deps, people, "/stop", member=member).inbox_id is None
    with deps.database.reading() as session:
        assert not controls.is_stopped(session, people.workspace.id)


def test_a_slash_command_carries_its_name_and_arguments_to_the_run(deps: Deps, people) -> None:
    send(deps, people, "/make@ForgeBot 3 shorts from talk.mp4")

    assert all_runs(deps, people)[0].context == {"command": "make", "arguments": "3 shorts from talk.mp4"}


@pytest.mark.parametrize(
    "text", ["stop", "STOP!", "stop everything right now", "hold on, halt all posting", "pause the automation", "/stop"]
)
def test_stop_words_stop_at_once_and_start_nothing(deps: Deps, people, text: str) -> None:
    send(deps, people, "make 2 shorts", key="m0")
    with deps.database.session() as session:
        run_id = runs.latest(session, people.workspace.id)[0].id
        waiting = queue.create_job(session, kind="make_shorts", key="make:1", payload={}, run_id=run_id, call_id="c1")
    deps.queue.sent.clear()

    send(deps, people, text)

    with deps.database.reading() as session:
        assert controls.is_stopped(session, people.workspace.id)
        assert jobs.find(session, waiting.id).status is JobStatus.CANCELED
        woken = jobs.find_by_key(session, f"advance:{run_id}:job-{waiting.id}")
    assert len(all_runs(deps, people)) == 1
    assert deps.queue.sent == [(woken.id, "agent")]
    assert "1 job was called off (make shorts)" in said(deps, people)[-1]


@pytest.mark.parametrize("text", ["don't stop", "make stop motion shorts", "no stop", "where does it stop?", "cut where I say stop please"])
def test_a_sentence_that_only_contains_stop_is_a_request(text: str) -> None:
    assert not is_stop(text)


def test_while_stopped_nothing_starts_and_the_owner_is_told(deps: Deps, people) -> None:
    send(deps, people, "stop", key="m0")
    send(deps, people, "make 2 shorts", key="m1")
    assert all_runs(deps, people) == [] and "/resume" in said(deps, people)[-1]

    send(deps, people, "/resume", key="m2")
    send(deps, people, "make 2 shorts", key="m3")

    assert len(all_runs(deps, people)) == 1


def test_only_an_owner_resumes_but_a_viewer_may_stop(deps: Deps, people) -> None:
    viewer = as_role(deps, people, Role.VIEWER)

    send(deps, people, "stop", key="m0", member=viewer)
    send(deps, people, "/resume", key="m1", member=viewer)

    with deps.database.reading() as session:
        assert controls.is_stopped(session, people.workspace.id)
    assert "Only an owner" in said(deps, people)[-1]


def test_a_viewer_may_look_but_not_ask_for_work(deps: Deps, people) -> None:
    viewer = as_role(deps, people, Role.VIEWER)

    send(deps, people, "make 2 shorts", member=viewer)

    assert all_runs(deps, people) == [] and "you are a viewer" in said(deps, people)[-1]


def test_an_approval_is_given_by_its_button_once(deps: Deps, people) -> None:
    run_id = send(deps, people, "post clip 1").run_id
    approval_id = ask_approval(deps, people, run_id)
    deps.queue.sent.clear()

    receipt = push(deps, people, f"a:{approval_id}:y")
    again = push(deps, people, f"a:{approval_id}:n", key="b2")

    with deps.database.reading() as session:
        approval = approvals.get(session, approval_id)
        advance = jobs.find_by_key(session, f"advance:{run_id}:approval-{approval_id}")
    assert approval.status is ApprovalStatus.APPROVED and approval.decided_by == people.owner.id
    assert receipt.note == "Approved." and deps.queue.sent == [(advance.id, "agent")]
    assert "no longer open: it is approved" in again.note


@pytest.mark.parametrize("text", ["yes", "approve", "approve it now", "a:1:y", "/approve 1", "I approve approval 1"])
def test_no_text_ever_approves(deps: Deps, people, text: str) -> None:
    approval_id = ask_approval(deps, people, send(deps, people, "post clip 1", key="m0").run_id)

    send(deps, people, text)

    with deps.database.reading() as session:
        assert approvals.get(session, approval_id).status is ApprovalStatus.PENDING


def test_an_expired_approval_is_answered_and_changes_nothing(deps: Deps, people) -> None:
    approval_id = ask_approval(deps, people, send(deps, people, "post clip 1").run_id, expires_in=timedelta(seconds=-1))
    deps.queue.sent.clear()

    push(deps, people, f"a:{approval_id}:y")

    with deps.database.reading() as session:
        assert approvals.get(session, approval_id).status is not ApprovalStatus.APPROVED
    assert deps.queue.sent == [] and "no longer open" in said(deps, people)[-1]


def test_an_editor_may_not_answer_what_only_an_owner_may(deps: Deps, people) -> None:
    approval_id = ask_approval(deps, people, send(deps, people, "post clip 1").run_id)

    push(deps, people, f"a:{approval_id}:y", member=as_role(deps, people, Role.EDITOR))

    with deps.database.reading() as session:
        assert approvals.get(session, approval_id).status is ApprovalStatus.PENDING


def test_nothing_is_approved_while_everything_is_stopped(deps: Deps, people) -> None:
    approval_id = ask_approval(deps, people, send(deps, people, "post clip 1").run_id)
    send(deps, people, "stop", key="m2")

    push(deps, people, f"a:{approval_id}:y")

    with deps.database.reading() as session:
        assert approvals.get(session, approval_id).status is ApprovalStatus.EXPIRED


def test_stop_ends_runs_that_only_wait_for_an_answer(deps: Deps, people) -> None:
    run_id = send(deps, people, "post clip 1").run_id
    ask_approval(deps, people, run_id)

    send(deps, people, "stop", key="m2")
    send(deps, people, "/resume", key="m3")

    with deps.database.reading() as session:
        assert runs.get(session, run_id).status is RunStatus.CANCELED


def test_start_begins_the_plan_once_with_its_context(deps: Deps, people) -> None:
    planned = send(deps, people, "make 2 shorts").run_id

    first = push(deps, people, f"go:{planned}")
    push(deps, people, f"go:{planned}", key="b2")
    push(deps, people, f"no:{planned}", key="b3")

    found = all_runs(deps, people)
    assert [run.trigger for run in found] == ["message", "button"]
    assert found[1].id == first.run_id and found[1].request == "make 2 shorts"
    assert found[1].context == {"confirmed_run": planned}
    assert "answered already" in said(deps, people)[-1]


def test_a_plan_that_was_left_does_not_start_later(deps: Deps, people) -> None:
    planned = send(deps, people, "make 2 shorts").run_id

    push(deps, people, f"no:{planned}")
    push(deps, people, f"go:{planned}", key="b2")

    assert said(deps, people)[0] == "Fine, I left it." and len(all_runs(deps, people)) == 1


def test_canceling_a_run_ends_it_and_closes_its_questions(deps: Deps, people) -> None:
    run_id = send(deps, people, "post clip 1").run_id
    approval_id = ask_approval(deps, people, run_id)

    push(deps, people, f"x:{run_id}")
    push(deps, people, f"x:{run_id}", key="b2")

    with deps.database.reading() as session:
        assert runs.get(session, run_id).status is RunStatus.CANCELED
        assert approvals.get(session, approval_id).status is ApprovalStatus.EXPIRED
    assert "is over" in said(deps, people)[-1]


@pytest.mark.parametrize("action", ["", "a:1", "a:x:y", "go:999", "s:1:own", "idea:", "zzz", "a:99999999999999999999:y", "x:0"])
def test_a_button_that_makes_no_sense_is_answered_and_changes_nothing(deps: Deps, people, action: str) -> None:
    push(deps, people, action)

    assert all_runs(deps, people) == [] and len(said(deps, people)) == 1


def test_an_idea_button_asks_for_the_idea_to_be_made(deps: Deps, people) -> None:
    push(deps, people, "idea:4")

    run = all_runs(deps, people)[0]
    assert (run.request, run.context, run.trigger) == ("/make idea 4", {"command": "make_idea", "idea_id": 4}, "button")


@pytest.fixture
def source(deps: Deps, people, tmp_path: Path) -> int:
    path = tmp_path / "my talk 🎤.mp4"
    path.write_bytes(b"not looked into here")
    return add_source(deps, people.workspace.id, path, people.owner).id


def test_a_new_source_asks_for_its_rights_with_three_buttons(deps: Deps, people, source: int) -> None:
    send(deps, people, "make 2 shorts from my talk", asset_id=source)

    assert all_runs(deps, people)[0].context == {"asset_id": source}
    with deps.database.reading() as session:
        question = outbox.recent(session, people.conversation.id, 5)[0]
    assert [button["action"] for button in question.payload["buttons"]] == [f"s:{source}:own", f"s:{source}:lic", f"s:{source}:unk"]


@pytest.mark.parametrize(("answer", "rights"), [("own", Rights.OWNED), ("lic", Rights.LICENSED), ("unk", Rights.UNKNOWN)])
def test_the_rights_button_records_who_said_so(deps: Deps, people, source: int, answer: str, rights: Rights) -> None:
    push(deps, people, f"s:{source}:{answer}")

    with deps.database.reading() as session:
        asset = assets.get(session, people.workspace.id, source)
    assert asset.rights is rights and asset.proof == f"said by member {people.owner.id} at 2026-11-22 12:00 UTC"


def test_a_licence_is_recorded_with_author_and_where_it_is_written(deps: Deps, people, source: int) -> None:
    send(deps, people, f"/rights {source} licensed CC-BY-4.0 | Ada Lovelace | https://example.org/licence")

    with deps.database.reading() as session:
        asset = assets.get(session, people.workspace.id, source)
    assert (asset.rights, asset.licence, asset.author) == (Rights.LICENSED, "CC-BY-4.0", "Ada Lovelace")
    assert asset.proof.startswith("https://example.org/licence (said by member")


def test_rights_that_were_said_are_not_asked_for_again(deps: Deps, people, source: int) -> None:
    push(deps, people, f"s:{source}:own")
    send(deps, people, "make 2 shorts", asset_id=source)

    assert all("Whose is" not in text for text in said(deps, people))


def test_a_file_alone_is_kept_and_meant_by_the_next_request(deps: Deps, people, source: int) -> None:
    send(deps, people, "", key="m1", asset_id=source)
    assert all_runs(deps, people) == [] and "Tell me what to make" in said(deps, people)[0]

    send(deps, people, "make 2 shorts", key="m2")

    assert all_runs(deps, people)[0].context == {"asset_id": source}


def test_a_viewer_cannot_add_a_source(deps: Deps, people, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")

    with pytest.raises(RefusedError):
        add_source(deps, people.workspace.id, path, as_role(deps, people, Role.VIEWER))


def test_a_problem_with_the_file_is_the_answer_and_starts_nothing(deps: Deps, people) -> None:
    send(deps, people, "make 2 shorts from ~/gone.mp4", problem="There is no file ~/gone.mp4.")

    assert said(deps, people) == ["There is no file ~/gone.mp4."] and all_runs(deps, people) == []


def test_a_web_address_of_a_video_is_refused_with_what_to_do(deps: Deps, people) -> None:
    send(deps, people, "make shorts from https://youtu.be/abc")

    assert "Download the video first" in said(deps, people)[0] and all_runs(deps, people) == []


def test_status_and_approvals_and_help_answer_without_a_run(deps: Deps, people) -> None:
    approval_id = ask_approval(deps, people, send(deps, people, "post clip 1", key="m0").run_id)

    for number, text in enumerate(["/status", "/approvals", "/help", "/start"]):
        send(deps, people, text, key=f"q{number}")

    status, questions, help_text, welcome = said(deps, people)
    assert "post clip 1" in status and "1 question waits" in status
    assert "A title" in questions and "/stop" in help_text and welcome == help_text
    assert len(all_runs(deps, people)) == 1
    with deps.database.reading() as session:
        shown = next(row for row in outbox.recent(session, people.conversation.id, 9) if row.payload["buttons"])
    assert shown.payload["buttons"][0]["action"] == f"a:{approval_id}:y"


def test_a_stored_message_is_finished_once(deps: Deps, people, source: int) -> None:
    inbox_id, is_new = inbound.store_text(deps, "telegram", people.conversation, people.owner, "u1", "make 2 shorts", {"file_id": "F"})
    assert is_new and all_runs(deps, people) == []

    inbound.finish(deps, people.conversation, people.owner, inbox_id, source)
    inbound.finish(deps, people.conversation, people.owner, inbox_id, source)

    assert [run.context for run in all_runs(deps, people)] == [{"asset_id": source}]


def test_a_missing_run_is_an_input_error(deps: Deps) -> None:
    with deps.database.reading() as session, pytest.raises(InputError):
        runs.get(session, 12345)
