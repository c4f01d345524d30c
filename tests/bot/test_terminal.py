"""The terminal door: both sides are shown, numbers press buttons, a pipe is answered line by line."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from bot import terminal
from bot.terminal import Screen, Seat
from memory.domain import Button, Message, OutboxStatus, RunStatus
from memory.repositories import assets, inbox, outbox, runs
from memory.tables import Run, move_to
from tools.toolkit import Deps


@pytest.fixture
def seat(deps: Deps) -> Seat:
    return terminal.take_seat(deps)


def screen_of(deps: Deps, *, is_terminal: bool = False) -> tuple[Screen, io.StringIO]:
    paper = io.StringIO()
    return Screen(deps, Console(file=paper, force_terminal=is_terminal, width=80, color_system=None)), paper


def say(deps: Deps, seat: Seat, key: str, text: str, **more) -> None:
    with deps.database.session() as session:
        outbox.say(session, seat.conversation.id, Message(key, text, **more))


@contextmanager
def piped(*lines: str) -> Iterator[int]:
    reader, writer = os.pipe()
    os.write(writer, "\n".join(lines).encode())
    os.close(writer)
    try:
        yield reader
    finally:
        os.close(reader)


def talk(deps: Deps, seat: Seat, *lines: str, wait_s: float = 5.0) -> tuple[int, str]:
    paper = io.StringIO()
    with piped(*lines) as input_fd:
        code = terminal.chat(deps, seat, wait_s=wait_s, input_fd=input_fd, console=Console(file=paper, width=80))
    return code, paper.getvalue()


def test_a_line_from_a_pipe_is_answered_before_the_end(deps: Deps, seat: Seat) -> None:
    code, shown = talk(deps, seat, "/status", "", "/help")

    assert code == 0
    assert (
        shown.index("you  /status") < shown.index("Nothing is being worked on") < shown.index("you  /help") < shown.index("/resume: go on")
    )


def test_a_number_presses_the_button_that_was_shown(deps: Deps, seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "my talk.mp4"
    path.write_bytes(b"x")

    code, shown = talk(deps, seat, f'"{path}"', "1", "9")

    with deps.database.reading() as session:
        asset = assets.latest_source(session, seat.conversation.workspace_id)
    assert code == 0 and asset is not None and asset.rights == "owned"
    assert "[1] It is mine" in shown and "my talk.mp4 is yours" in shown and "There is no button 9 here" in shown


def test_a_path_that_is_no_file_gets_an_answer_and_the_conversation_goes_on(deps: Deps, seat: Seat) -> None:
    code, shown = talk(deps, seat, "make shorts from /no/such/talk.mp4", "https://youtu.be/x", "/status")

    assert code == 0
    assert "There is no file /no/such/talk.mp4" in shown and "Download the video first" in shown and "Running." in shown
    with deps.database.reading() as session:
        assert runs.latest(session, seat.conversation.workspace_id) == []


def test_work_that_stays_open_ends_the_wait_with_a_word_and_code_1(deps: Deps, seat: Seat) -> None:
    code, shown = talk(deps, seat, "make 2 shorts from nothing in particular", wait_s=0.3)

    assert code == 1 and "still open" in shown


def test_the_answer_of_a_run_ends_the_wait(deps: Deps, seat: Seat) -> None:
    def work() -> None:
        while True:
            with deps.database.session() as session:
                for run in runs.open_runs(session):
                    move_to(run, RunStatus.RUNNING)
                    runs.end(session, run, RunStatus.SUCCEEDED, answer="Two clips.")
                    outbox.say(session, seat.conversation.id, Message(f"run-{run.id}-answer", "Two clips."), run.id)
                    return

    worker = threading.Thread(target=work)
    worker.start()
    code, shown = talk(deps, seat, "show my clips")
    worker.join()

    assert code == 0 and "Two clips." in shown


def test_what_was_printed_is_sent_and_never_printed_twice(deps: Deps, seat: Seat) -> None:
    screen, paper = screen_of(deps)
    say(deps, seat, "k1", "Hello [bold]there[/bold]")

    terminal.deliver(deps, seat, screen)
    terminal.deliver(deps, seat, screen)

    assert paper.getvalue().count("Hello [bold]there[/bold]") == 1
    with deps.database.reading() as session:
        assert [row.status for row in outbox.recent(session, seat.conversation.id, 5)] == [OutboxStatus.SENT]


def test_what_a_dead_terminal_had_taken_is_printed_by_the_next_one(deps: Deps, seat: Seat) -> None:
    say(deps, seat, "k1", "Half said")
    with deps.database.session() as session:
        outbox.start_sending(session, outbox.due(session, [seat.conversation.id])[0])

    _, shown = talk(deps, seat)

    assert shown.count("Half said") == 1


def test_progress_is_one_line_that_moves_in_a_terminal(deps: Deps, seat: Seat) -> None:
    screen, paper = screen_of(deps, is_terminal=True)

    for percent in (10, 20):
        screen.agent_says(1, Message(f"p{percent}", f"rendering {percent}%", slot="production-1"))

    assert paper.getvalue().count("\x1b[1A\x1b[2K") == 1


def test_progress_on_paper_is_said_once_per_stage(deps: Deps, seat: Seat) -> None:
    screen, paper = screen_of(deps)

    for text in ("hearing 10%", "hearing 90%", "rendering 5%", "rendering 50%"):
        screen.agent_says(1, Message(text, text, slot="production-1"))

    assert paper.getvalue().split("\n")[:-1] == ["  …  hearing 10%", "  …  rendering 5%"]


def test_previews_are_printed_as_paths_that_open(deps: Deps, seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"video")
    stored = deps.store.put(path)
    with deps.database.session() as session:
        assets.add(
            session, workspace_id=seat.conversation.workspace_id, sha256=stored.sha256, size_bytes=5, kind="proxy", name="clip 1.mp4"
        )
    screen, paper = screen_of(deps)

    screen.agent_says(seat.conversation.workspace_id, Message("k", "Look", files=(stored.sha256,)))

    shown = paper.getvalue().split("▶ ")[1].strip()
    assert shown.endswith(".mp4") and Path(shown).read_bytes() == b"video"


def test_the_conversation_so_far_is_shown_on_entry(deps: Deps, seat: Seat) -> None:
    talk(deps, seat, "/status")
    say(deps, seat, "k1", "Approve?", buttons=(Button("Approve", "a:1:y"),))
    talk(deps, seat, "1")

    _, shown = talk(deps, seat)

    assert "you  /status" in shown and "[1] Approve" in shown and "you  [Approve]" in shown


def test_a_run_that_waits_for_an_answer_counts_as_settled_only_with_its_question(deps: Deps, seat: Seat) -> None:
    with deps.database.session() as session:
        run = runs.add(
            session, workspace_id=seat.conversation.workspace_id, trigger="message", request="r", conversation_id=seat.conversation.id
        )
        move_to(run, RunStatus.RUNNING)
        move_to(run, RunStatus.WAITING)

    assert not terminal.is_settled(deps, seat)


def test_two_workspaces_have_two_conversations(deps: Deps, seat: Seat) -> None:
    other = terminal.take_seat(deps, "second")

    assert other.conversation.id != seat.conversation.id and terminal.take_seat(deps).conversation.id == seat.conversation.id


def test_bytes_that_are_no_text_do_not_end_the_conversation(deps: Deps, seat: Seat) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"\xff\xfe\n/status")
    os.close(writer)
    paper = io.StringIO()

    code = terminal.chat(deps, seat, wait_s=0.1, input_fd=reader, console=Console(file=paper, width=80))

    os.close(reader)
    assert code == 1  # the first line became a request nobody works on here
    with deps.database.reading() as session:
        assert len(inbox.recent_messages(session, seat.conversation.id, 5)) == 1
        assert isinstance(runs.latest(session, seat.conversation.workspace_id)[0], Run)
