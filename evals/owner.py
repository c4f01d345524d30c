"""What the owner, other members and strangers do, as steps of a script. They act through the same rows and rules as the doors."""

import re
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from evals.sample import Step, Stop, StuckError
from evals.world import World
from memory.domain import Json, Message, Rights, Role, RunStatus
from memory.errors import AppError, InputError
from memory.repositories import approvals, assets, controls, inbox, jobs, outbox, runs, workspaces
from memory.tables import Member
from tools import queue

START, APPROVE, REJECT = "Start", "Approve", "Reject"


def says(text: str, *, with_file: bool = False, and_waits: bool = True) -> Step:
    """A message of the owner, with or without the source. The workers do what comes of it, unless told otherwise."""

    def act(world: World) -> None:
        _take(world, lambda session, member: _ask_for(session, world, member, text, with_file))
        if and_waits:
            world.hand.work()

    return Step(f'"{text}"' + (" with a file" if with_file else ""), act)


def taps(label: str, *, by: Role = Role.OWNER, newest: int = 0, and_waits: bool = True) -> Step:
    """A press of the newest button of this name; `newest=1` takes the one before it."""

    def act(world: World) -> None:
        action = _find_button(world, label, newest)
        _take(world, lambda session, member: _press(session, world, member, action), by)
        if and_waits:
            world.hand.work()

    return Step(f"{'' if by is Role.OWNER else f'{by}: '}[{label}]", act)


def stranger_taps(label: str) -> Step:
    """A press by the owner of another workspace, who got hold of the button's data."""

    def act(world: World) -> None:
        action = _find_button(world, label, 0)
        with world.deps.database.session() as session:
            other = workspaces.ensure_workspace(session, "somebody else")
            member = workspaces.ensure_member(session, other.id, "terminal", "stranger", role=Role.OWNER)
        _try(world, lambda session: _press(session, world, session.merge(member), action))
        world.hand.work()

    return Step(f"a stranger: [{label}]", act)


def taps_at_random(action: str) -> Step:
    """A press whose data belongs to nothing."""

    def act(world: World) -> None:
        _take(world, lambda session, member: _press(session, world, member, action))
        world.hand.work()

    return Step(f"a press of {action}", act)


def stops(*, and_waits: bool = True) -> Step:
    """/stop: the switch, and the jobs that run."""

    def act(world: World) -> None:
        world.stops.append(Stop(world.platform_calls(), None))
        with world.deps.database.session() as session:
            controls.set_stopped(session, f"workspace:{world.workspace_id}", stopped=True, by="owner")
            for job in jobs.request_cancel_all(session, workspace_id=world.workspace_id):
                queue.wake(session, job)
        if and_waits:
            world.hand.work()

    return Step("/stop", act)


def resumes() -> Step:
    def act(world: World) -> None:
        world.stops[-1] = Stop(world.stops[-1].since, world.platform_calls())
        with world.deps.database.session() as session:
            controls.set_stopped(session, f"workspace:{world.workspace_id}", stopped=False, by="owner")
        world.hand.work()

    return Step("/resume", act)


def waits(hours: float) -> Step:
    """Nobody says anything; then the runs are looked at, as the sweeper does."""

    def act(world: World) -> None:
        world.clock.ahead += timedelta(hours=hours)
        wake_all(world)

    return Step(f"{hours:g} hours of silence", act)


def wake_all(world: World) -> None:
    """Have every open run looked at."""
    with world.deps.database.session() as session:
        for run in runs.open_runs(session, world.workspace_id):
            queue.request_advance(session, run.id, f"sweep-{world.count()}")
    world.hand.work()


def says_whose(rights: Rights) -> Step:
    def act(world: World) -> None:
        with world.deps.database.session() as session:
            assets.set_rights(session, assets.get(session, world.workspace_id, world.source_id), rights, proof="said by the owner")

    return Step(f"the source is {rights}", act)


def works() -> Step:
    return Step("the workers work", lambda world: world.hand.work())


def _take(world: World, act: Callable[[Session, Member], None], role: Role = Role.OWNER) -> None:
    member_id = world.owner_id if role is Role.OWNER else world.member(role)
    _try(world, lambda session: act(session, session.get_one(Member, member_id)))


def _try(world: World, act: Callable[[Session], None]) -> None:
    """Do it in one transaction; what is refused is answered with its text and changes nothing."""
    try:
        with world.deps.database.session() as session:
            act(session)
    except AppError as error:
        world.refusals.append(str(error))
        with world.deps.database.session() as session:
            outbox.say(session, world.conversation_id, Message(f"refusal-{world.count()}", str(error)))


def _ask_for(session: Session, world: World, member: Member, text: str, with_file: bool) -> None:
    row, _ = inbox.receive(
        session,
        door="terminal",
        external_id=f"eval-{world.count()}",
        kind="message",
        payload={"text": text},
        conversation_id=world.conversation_id,
        member_id=member.id,
    )
    context: Json = {"asset_id": world.source_id} if with_file else {}
    if text.startswith("/"):
        command, _, arguments = text[1:].partition(" ")
        context |= {"command": command, "arguments": arguments}
    _start(session, world, member, text, context, "message", f"inbox-{row.id}")


def _start(session: Session, world: World, member: Member, request: str, context: Json, trigger: str, cause: str) -> None:
    run = runs.add(
        session,
        workspace_id=world.workspace_id,
        trigger=trigger,
        request=request,
        context=context,
        conversation_id=world.conversation_id,
        member_id=member.id,
    )
    if world.max_steps:
        run.max_steps = world.max_steps
    queue.request_advance(session, run.id, cause)


def _press(session: Session, world: World, member: Member, action: str) -> None:
    if match := re.fullmatch(r"a:(\d+):([yn])", action):
        approval = approvals.decide(session, int(match[1]), member, approve=match[2] == "y", at=world.deps.clock.now())
        queue.request_advance(session, approval.run_id, f"approval-{approval.id}")
    elif match := re.fullmatch(r"go:(\d+)", action):
        planned = runs.get(session, int(match[1]))
        if "answered" in planned.context:
            raise InputError("That plan was answered already.")
        planned.context = {**planned.context, "answered": "started"}
        context = {**planned.context, "confirmed_run": planned.id}
        del context["answered"]
        _start(session, world, member, planned.request, context, "button", f"go-{planned.id}")
    elif match := re.fullmatch(r"x:(\d+)", action):
        run = runs.get(session, int(match[1]))
        jobs.request_cancel_all(session, run_id=run.id)
        approvals.expire_of_run(session, run.id)
        runs.end(session, run, RunStatus.CANCELED, ["canceled by a person"])
    else:
        raise InputError("This button is of no use any more.")


def _find_button(world: World, label: str, newest: int) -> str:
    with world.deps.database.reading() as session:
        said = outbox.recent(session, world.conversation_id, 200)
        actions = [button.action for row in reversed(said) for button in outbox.to_message(row).buttons if button.label == label]
    if len(actions) <= newest:
        raise StuckError(f"no button {label!r} was shown; last said: {[row.payload['text'] for row in said[-1:]]}")
    return actions[newest]
