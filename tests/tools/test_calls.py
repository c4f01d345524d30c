"""One tool call on rows: done once, asked once, used once, and never with what another workspace owns."""

import pytest
from sqlalchemy import func, select

from memory.domain import ApprovalStatus, Json, Role, Verdict
from memory.errors import RefusedError
from memory.repositories import approvals, assets, outbox, productions, runs, workspaces
from memory.tables import Account, Approval, Audit, Job, ToolCall
from tests.conftest import HandClock, People
from tests.graphs.small_team import done, look, publish, read_page, shown, work
from tools import calls
from tools.calls import Call
from tools.policy import Decision
from tools.registry import TOOLS as REAL
from tools.toolkit import Deps

TOOLS = {tool.name: tool for tool in (look, read_page, work, publish)}
LOOK, WORK, PUBLISH = Call("l", "look", {"what": "x"}), Call("w", "work", {"number": 1}), Call("p", "publish", {"name": "x"})


@pytest.fixture(autouse=True)
def fresh() -> None:
    done.clear()
    shown["text"] = "first"


@pytest.fixture
def run_id(deps: Deps, people: People) -> int:
    return add_run(deps, people.workspace.id, people.conversation.id)


def add_run(deps: Deps, workspace_id: int, conversation_id: int | None = None) -> int:
    with deps.database.session() as session:
        return runs.add(session, workspace_id=workspace_id, trigger="message", request="go", conversation_id=conversation_id).id


def count(deps: Deps, table: type) -> int:
    with deps.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def ask(deps: Deps, run_id: int, call: Call = PUBLISH) -> int:
    asked = calls.ask(deps, TOOLS, run_id, call, "because")
    assert isinstance(asked, int)
    return asked


def answer(deps: Deps, people: People, approval_id: int, *, yes: bool = True) -> None:
    with deps.database.session() as session:
        approvals.decide(session, approval_id, people.owner, approve=yes, at=deps.clock.now())


# --- acting -------------------------------------------------------------------------------------------------------


def test_acting_twice_is_once(deps: Deps, run_id: int) -> None:
    first, second = calls.act(deps, TOOLS, run_id, LOOK), calls.act(deps, TOOLS, run_id, LOOK)

    assert first == second == {"verdict": "ok", "text": "I see x."}
    assert done == ["look x"]
    assert count(deps, ToolCall) == 1


def test_the_same_call_of_another_run_is_another_call(deps: Deps, people: People, run_id: int) -> None:
    calls.act(deps, TOOLS, run_id, LOOK)
    calls.act(deps, TOOLS, add_run(deps, people.workspace.id), LOOK)

    assert done == ["look x", "look x"]


def test_a_wrong_call_is_answered_and_remembered(deps: Deps, run_id: int) -> None:
    wrong = LOOK._replace(arguments={"where": "x"})

    result = calls.act(deps, TOOLS, run_id, wrong)

    assert result["verdict"] == "blocked"
    assert "no argument 'where'" in result["text"]
    assert calls.act(deps, TOOLS, run_id, wrong) == result


def test_an_effect_is_never_acted_on_directly(deps: Deps, run_id: int) -> None:
    assert calls.act(deps, TOOLS, run_id, PUBLISH)["verdict"] == "blocked"
    assert count(deps, Job) == 0


def test_reading_foreign_text_taints_the_run(deps: Deps, run_id: int) -> None:
    calls.act(deps, TOOLS, run_id, Call("r", "read_page", {}))

    with deps.database.reading() as session:
        assert runs.get(session, run_id).tainted


def test_a_tool_one_does_not_hold_is_refused(deps: Deps, run_id: int) -> None:
    assert calls.decide(deps, {"look": look}, run_id, PUBLISH).decision is Decision.REFUSE


# --- asking -------------------------------------------------------------------------------------------------------


def test_asking_twice_is_one_question(deps: Deps, people: People, run_id: int) -> None:
    assert ask(deps, run_id) == ask(deps, run_id)
    assert count(deps, Approval) == 1
    with deps.database.reading() as session:
        assert len(outbox.recent(session, people.conversation.id, 10)) == 1


def test_a_run_with_nobody_to_ask_is_told_no(deps: Deps, people: People) -> None:
    result = calls.ask(deps, TOOLS, add_run(deps, people.workspace.id), PUBLISH, "because")

    assert isinstance(result, dict)
    assert "nobody to ask" in result["text"]
    assert count(deps, Approval) == 0


def test_a_question_nobody_answers_is_a_no(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    assert calls.answer_of(deps, approval_id) is ApprovalStatus.PENDING
    assert isinstance(deps.clock, HandClock)
    deps.clock.advance(hours=24)

    assert calls.answer_of(deps, approval_id) is ApprovalStatus.EXPIRED


# --- starting -----------------------------------------------------------------------------------------------------


def test_starting_twice_gives_one_job(deps: Deps, run_id: int) -> None:
    first, second = calls.start(deps, TOOLS, run_id, WORK, None), calls.start(deps, TOOLS, run_id, WORK, None)

    assert isinstance(first, int)
    assert first == second
    assert count(deps, Job) == 1


def test_an_effect_needs_a_yes(deps: Deps, people: People, run_id: int) -> None:
    assert "was not done" in str(calls.start(deps, TOOLS, run_id, PUBLISH, None))
    assert count(deps, Job) == 0


@pytest.mark.parametrize("answered", [None, False])
def test_a_question_without_a_yes_starts_nothing(deps: Deps, people: People, run_id: int, answered: bool | None) -> None:
    approval_id = ask(deps, run_id)
    if answered is not None:
        answer(deps, people, approval_id, yes=answered)

    assert "not approved" in str(calls.start(deps, TOOLS, run_id, PUBLISH, approval_id))
    assert count(deps, Job) == 0


def test_a_yes_is_used_once(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)

    assert calls.start(deps, TOOLS, run_id, PUBLISH, approval_id) == calls.start(deps, TOOLS, run_id, PUBLISH, approval_id)
    other = calls.start(deps, TOOLS, run_id, PUBLISH._replace(id="p2"), approval_id)

    assert "another call" in str(other)
    assert count(deps, Job) == 1
    with deps.database.reading() as session:
        assert approvals.get(session, approval_id).status is ApprovalStatus.USED


def test_a_yes_of_another_run_is_worth_nothing(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)
    other = add_run(deps, people.workspace.id, people.conversation.id)

    assert "another call" in str(calls.start(deps, TOOLS, other, PUBLISH, approval_id))
    assert count(deps, Job) == 0


def test_swapped_content_is_refused(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)
    shown["text"] = "swapped"

    assert "no longer what approval" in str(calls.start(deps, TOOLS, run_id, PUBLISH, approval_id))
    assert count(deps, Job) == 0


def test_swapped_arguments_are_refused(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)

    swapped = PUBLISH._replace(arguments={"name": "y"})

    assert "no longer what approval" in str(calls.start(deps, TOOLS, run_id, swapped, approval_id))


def test_a_yes_goes_stale(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)
    assert isinstance(deps.clock, HandClock)
    deps.clock.advance(hours=24)

    assert "expired" in str(calls.start(deps, TOOLS, run_id, PUBLISH, approval_id))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.OWNER])
def test_who_may_say_yes(deps: Deps, people: People, run_id: int, role: Role) -> None:
    approval_id = ask(deps, run_id)
    with deps.database.session() as session:
        member = workspaces.ensure_member(session, people.workspace.id, "terminal", f"a-{role}", role=role)
    if role is Role.VIEWER:
        with pytest.raises(RefusedError, match="Only an editor"), deps.database.session() as session:
            approvals.decide(session, approval_id, member, approve=True, at=deps.clock.now())
    else:
        with deps.database.session() as session:
            assert approvals.decide(session, approval_id, member, approve=True, at=deps.clock.now()).status is ApprovalStatus.APPROVED


# --- what is another workspace's ----------------------------------------------------------------------------------


@pytest.fixture
def foreign(deps: Deps) -> Json:
    """Ids of a workspace next door: a file, a clip, an account."""
    with deps.database.session() as session:
        other = workspaces.ensure_workspace(session, "other")
        asset = assets.add(session, workspace_id=other.id, sha256="1" * 64, size_bytes=1, kind="source", name="a.mp4")
        production = productions.add(session, workspace_id=other.id, run_id=None, source_asset_id=asset.id, brief={})
        channel = workspaces.list_channels(session, other.id)[0]
        account = Account(channel_id=channel.id, platform="youtube", remote_id="r", title="theirs")
        session.add(account)
        variant = {"position": 1, "start_s": 0, "end_s": 9, "score": 0.5, "reason": "r", "title": "t", "timeline": {}, "timeline_hash": "h"}
        from memory.tables import Variant

        row = Variant(production_id=production.id, asset_id=asset.id, facts={}, verdict=Verdict.OK, checks={}, **variant)
        session.add(row)
        session.flush()
        return {"asset_id": asset.id, "variant_id": row.id, "account_id": account.id}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("make_shorts", ("asset_id",)), ("publish_post", ("variant_id", "account_id"))],
)
def test_ids_of_another_workspace_are_unknown(deps: Deps, run_id: int, foreign: Json, tool: str, arguments: tuple[str, ...]) -> None:
    given: Json = {name: foreign[name] for name in arguments} | ({"title": "t"} if tool == "publish_post" else {})
    call = Call("x", tool, given)

    result = calls.ask(deps, REAL, run_id, call, "because") if tool == "publish_post" else calls.start(deps, REAL, run_id, call, None)

    assert isinstance(result, dict)
    assert "there is no" in result["text"]
    assert count(deps, Job) == 0
    assert count(deps, Approval) == 0


def test_every_change_leaves_a_trace(deps: Deps, people: People, run_id: int) -> None:
    approval_id = ask(deps, run_id)
    answer(deps, people, approval_id)
    calls.start(deps, TOOLS, run_id, PUBLISH, approval_id)

    with deps.database.reading() as session:
        actions = list(session.scalars(select(Audit.action).order_by(Audit.id)))
    assert actions == ["approval.asked", "tool.publish"]
