"""`forge demo`: an owner's conversation from a file to its profit, played in the terminal with the real parts and nothing else needed.

It acts as an owner acts: it types lines and presses buttons (inbox rows through the terminal door) and reads what is said to it (outbox
rows). Only the sandbox's clock is moved by hand. What it claims at the end is read from rows, files and the sandbox (`demo/report.py`).
"""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType

from bot.terminal import Screen, Seat, deliver, is_settled, open_console, press, say, take_seat
from demo.report import Outcome, build_report, print_outcome, write_report
from demo.stand_ins import connect_sandbox, control, posts_there
from memory.database import Database, migrate
from memory.domain import Message
from memory.errors import AppError, InputError
from memory.repositories import offers
from memory.settings import StorageSettings
from tools import queue_server
from tools.toolkit import Deps
from worker.house import House, plan_house
from worker.settings import build_deps
from worker.supervisor import Supervisor

SOURCE = Path(__file__).parent / "source.mp4"
LICENCE = "CC-BY-SA-4.0 | NASA, SpaceX, Blender Foundation, Joao Eriberto Mota Filho, Pete Warden | demo/LICENSES.md"
_DAYS = 3
_PROCESSING_S = 2  # how long the sandbox processes an upload here; a real platform takes a minute or more
_POLL_S = 0.1
_STEP_S = 120.0  # how long an answer that needs no video work may take
_MAKE_S = 4 * 3600.0  # how long making may take: any video may be given
_PRODUCT = "mic"  # in the sandbox's shop


@dataclass
class Play:
    """The conversation while it is played."""

    deps: Deps
    seat: Seat
    screen: Screen
    heard: list[Message] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    def type(self, text: str) -> int | None:
        """Say a line; returns the run it started."""
        self.screen.owner_says(text)
        return say(self.deps, self.seat, uuid.uuid4().hex, text, self.screen).run_id

    def press(self, message: Message, action: str) -> int | None:
        """Press a button of a message; returns the run it started."""
        button = next(button for button in message.buttons if button.action == action)
        self.screen.owner_says(f"[{self.screen.actions.index(action) + 1}] {button.label}")
        receipt = press(self.deps, self.seat, uuid.uuid4().hex, action)
        if receipt.note:
            self.screen.note(receipt.note)
        return receipt.run_id

    def listen(self, wanted: Callable[[Message], bool], what: str, wait_s: float = _STEP_S) -> Message:
        """Hear what is said until a wanted message has come.

        Raises:
            AppError: The conversation ended or fell silent without it.
        """
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            settled = is_settled(self.deps, self.seat)
            self.heard += deliver(self.deps, self.seat, self.screen)
            found = next((message for message in self.heard if wanted(message)), None)
            if found is not None:
                return found
            if settled:
                raise AppError(f"The conversation ended without {what}.")
            time.sleep(_POLL_S)
        raise AppError(f"Nothing was heard of {what} within {wait_s:g} s.")

    def settle(self, wait_s: float = _STEP_S) -> None:
        """Hear everything until nothing more is to come."""
        deadline = time.monotonic() + wait_s
        while not is_settled(self.deps, self.seat):
            if time.monotonic() > deadline:
                raise AppError(f"The work did not end within {wait_s:g} s.")
            self.heard += deliver(self.deps, self.seat, self.screen)
            time.sleep(_POLL_S)
        self.heard += deliver(self.deps, self.seat, self.screen)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] = round(time.monotonic() - started, 3)


def play(source: Path | None, out: Path, count: int) -> int:
    """Play the demonstration on a file.

    Returns:
        0 when everything was proven, 1 when not; the report says what was not.

    Raises:
        InputError: The file is no video we can take, or `count` is out of range.
    """
    from tools.video.probe import check_source, probe

    path = source or SOURCE
    if not 1 <= count <= 9:
        raise InputError(f"--count {count} must be 1 to 9.")
    found = probe(path)
    check_source(found)
    folder = _run_folder(out)
    outcome = Outcome(path, found.duration_s, folder, count)
    started = time.monotonic()
    with _ended_by_signal():
        settings = StorageSettings(home=folder / "home", database_url="", redis_url="", vault_key="")
        with _parts(settings) as deps:
            _play_in(deps, settings, outcome, source is None, count)
            outcome.timings["total"] = round(time.monotonic() - started, 3)
            report = build_report(deps, outcome)
    write_report(report, out, folder)
    print_outcome(report, out, folder)
    return 0 if report["result"] == "ok" else 1


def _play_in(deps: Deps, settings: StorageSettings, outcome: Outcome, is_ours: bool, count: int) -> None:
    """Start the house, play, stop it. A failure in the middle is kept: the report then says what is proven and what is not."""
    started = time.monotonic()
    house = plan_house(settings, sandbox=True, extra=_environment)
    seat = take_seat(deps)
    talk = Play(deps, seat, Screen(deps, open_console()), timings=outcome.timings)
    outcome.workspace_id = seat.conversation.workspace_id
    try:
        with Supervisor(settings, house.processes, grace_s=2.0, logs=outcome.folder / "logs"):
            house.wait_until_open()
            control(house.sandbox_url, "settings", {"processing_s": _PROCESSING_S})
            connect_sandbox(deps, house, outcome.workspace_id)
            with deps.database.session() as session:
                address = f"{house.sandbox_url}/shop/p/{_PRODUCT}"
                offers.add(session, workspace_id=outcome.workspace_id, name="Pocket Microphone", url=address, ref_parameter="ref")
            outcome.timings["start"] = round(time.monotonic() - started, 3)
            _converse(talk, house, outcome, is_ours, count)
    except AppError as error:
        deliver(deps, seat, talk.screen)
        talk.screen.problem(str(error))
        outcome.problems.append(str(error))


def _converse(talk: Play, house: House, outcome: Outcome, is_ours: bool, count: int) -> None:
    """The owner's side, line by line."""
    talk.screen.note("The demo plays the owner. Nothing leaves this machine: the sandbox stands in for the platforms.")
    with talk.stage("plan"):
        talk.type(f'make {count} {"short" if count == 1 else "shorts"} from "{outcome.source}" and post the best one')
        _answer_rights(talk, is_ours)
        plan = talk.listen(lambda message: _action(message, "go:") != "", "a plan with a Start button")
    with talk.stage("make"):
        outcome.run_id = talk.press(plan, _action(plan, "go:"))
        card = talk.listen(lambda message: _action(message, "a:", ":y") != "", "the question before posting", _MAKE_S)
    with talk.stage("publish"):
        talk.press(card, _action(card, "a:", ":y"))
        talk.settle()
    outcome.posts_there = posts_there(house.sandbox_url)
    with talk.stage("measure"):
        talk.screen.note(f"The sandbox's clock moves {_DAYS} days: people watch, click and buy.")
        control(house.sandbox_url, "clock", {"advance_s": _DAYS * 86_400})
        talk.type("check the numbers")
        talk.settle()
    with talk.stage("digest"):
        talk.type("what should I make next?")
        talk.settle()


def _answer_rights(talk: Play, is_ours: bool) -> None:
    """Say whose the file is: from the licence list for the repository's film; a file from the command line is its owner's."""
    question = talk.listen(lambda message: _action(message, "s:") != "", "the question whose the file is")
    if not is_ours:
        talk.press(question, _action(question, "s:", ":own"))
        return
    action = _action(question, "s:", ":lic")
    talk.press(question, action)
    talk.type(f"/rights {action.split(':')[1]} licensed {LICENCE}")


def _action(message: Message, start: str, end: str = "") -> str:
    """The action of the first button that begins and ends like this; empty when there is none."""
    found = (button.action for button in message.buttons if button.action.startswith(start) and button.action.endswith(end))
    return next(found, "")


def _environment(sandbox_url: str) -> dict[str, str]:
    """No key of the person who plays the demo is used, and its sources are the sandbox's."""
    return {
        "MODEL_API_KEY": "",
        "MODEL_BASE_URL": "",
        "DISCOVERY_FEEDS": "",
        "DISCOVERY_HN_URL": sandbox_url,
        "YOUTUBE_POLL_S": "0.5",
    }


def _run_folder(out: Path) -> Path:
    """A folder of this run alone: two demos at once do not meet.

    Raises:
        InputError: It cannot be made.
    """
    folder = out.resolve() / f"run-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.", hint="Choose another folder with --out.") from error
    return folder


@contextmanager
def _parts(settings: StorageSettings) -> Iterator[Deps]:
    """The real parts in their own home; the queue server dies with this process whatever happens to it."""
    settings.home.mkdir(parents=True, mode=0o700)
    queue_server.ensure_server(settings, die_with_parent=True)
    try:
        database = Database(settings.sqlalchemy_url)
        migrate(database)
        database.close()
        deps = build_deps(settings)
        try:
            yield deps
        finally:
            deps.database.close()
    finally:
        queue_server.stop_server(settings)


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: in order."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
