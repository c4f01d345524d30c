"""The conversation in a terminal: the same rows as in Telegram, numbered buttons, one progress line that moves.

Standard input may be a person or a pipe. From a pipe one line is one message, answered before the next line is read.
"""

import codecs
import os
import re
import select
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from bot import inbound
from bot.sources import add_source, find_source
from memory.domain import Message, OutboxStatus, Role
from memory.errors import AppError
from memory.repositories import approvals, assets, inbox, outbox, runs, workspaces
from memory.tables import Conversation, Inbox, Member, Outbox, move_to
from tools.toolkit import Deps

DOOR = "terminal"
_POLL_S = 0.2  # how late an answer may be seen
_HISTORY = 12  # messages of each side shown on entry
_PROMPT = "> "


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits at this terminal: the person and their conversation."""

    conversation: Conversation
    member: Member


def take_seat(deps: Deps, workspace_name: str = workspaces.DEFAULT_WORKSPACE) -> Seat:
    """The owner's seat at this machine's terminal; whoever may run `forge` here owns the workspace."""
    with deps.database.session() as session:
        workspace = workspaces.ensure_workspace(session, workspace_name)
        member = workspaces.ensure_member(session, workspace.id, DOOR, "owner", role=Role.OWNER, name="owner")
        return Seat(workspaces.ensure_conversation(session, workspace.id, DOOR, f"terminal-{workspace.id}"), member)


@dataclass
class Screen:
    """Prints both sides of a conversation. Buttons get numbers that are never used twice in one sitting."""

    deps: Deps
    console: Console
    has_prompt: bool = False
    actions: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    _slot: str = ""
    _slot_text: str = ""
    _prompt_shown: bool = False

    def owner_says(self, text: str) -> None:
        self._line(Text.assemble(("you  ", "bold cyan"), text))

    def agent_says(self, workspace_id: int, message: Message) -> None:
        """Print a message; one in the slot of the last line takes its place."""
        if message.slot:
            return self._progress(message)
        self._line(Text.assemble(("forge  ", "bold green"), message.text))
        for path in self.files(workspace_id, message):
            self._line(Text.assemble(("       ▶ ", "green"), (str(path), "underline")))
        if message.buttons:
            self._line(Text("       ").append_text(self._numbered(message)))

    def note(self, text: str) -> None:
        self._line(Text(text, style="dim"))

    def problem(self, text: str) -> None:
        self._line(Text(text, style="yellow"))

    def files(self, workspace_id: int, message: Message) -> list[Path]:
        """Readable paths of a message's files."""
        with self.deps.database.reading() as session:
            rows = [assets.find(session, workspace_id, sha256) for sha256 in message.files]
        return [self.deps.store.local(row.sha256, Path(row.name).suffix) for row in rows if row is not None]

    def prompt(self) -> None:
        if self.has_prompt and not self._prompt_shown:
            self.console.print(escape(_PROMPT), end="", style="bold cyan")
            self.console.file.flush()
            self._prompt_shown = True

    def line_was_typed(self) -> None:
        """The terminal echoed a line and its end: the cursor stands on a fresh one."""
        self._prompt_shown, self._slot = False, ""

    def _numbered(self, message: Message) -> Text:
        line = Text()
        for button in message.buttons:
            self.actions.append(button.action)
            self.labels[button.action] = button.label
            line.append(f"[{len(self.actions)}] ", "bold").append(f"{button.label}   ")
        return line

    def _progress(self, message: Message) -> None:
        """Where nothing can be overwritten, a progress line is printed only when its words change, not its numbers."""
        words = " ".join(re.findall(r"[^\W\d]+", message.text))
        if message.slot == self._slot and not self.console.is_terminal and words == self._slot_text:
            return
        in_place = message.slot == self._slot and self.console.is_terminal
        self._line(Text(f"  …  {message.text}".replace("\n", " "), style="dim", no_wrap=True, overflow="ellipsis"), over=in_place)
        self._slot, self._slot_text = message.slot, words

    def _line(self, text: Text, over: bool = False) -> None:
        if self._prompt_shown:
            self.console.file.write("\r\x1b[2K")
        if over:
            self.console.file.write("\x1b[1A\x1b[2K")
        crop = text.no_wrap and self.console.is_terminal
        self.console.print(text, highlight=False, soft_wrap=not crop, no_wrap=crop or None, overflow="ellipsis" if crop else None)
        self._prompt_shown, self._slot = False, ""


def say(deps: Deps, seat: Seat, external_id: str, text: str, screen: Screen) -> inbound.Receipt:
    """Send what was typed, with the file it names copied into the store first."""
    asset_id, problem = None, ""
    try:
        found = find_source(text)
        text = found.text if found.path is not None else text
        if found.path is not None:
            asset_id = add_source(
                deps, seat.conversation.workspace_id, found.path, seat.member, on_copy=lambda size: _copying(screen, size)
            ).id
    except AppError as error:
        problem = str(error)
    return inbound.receive_text(deps, DOOR, seat.conversation, seat.member, external_id, text, asset_id, problem)


def press(deps: Deps, seat: Seat, external_id: str, action: str) -> inbound.Receipt:
    return inbound.receive_button(deps, DOOR, seat.conversation, seat.member, external_id, action)


def deliver(deps: Deps, seat: Seat, screen: Screen) -> list[Message]:
    """Print what is due and mark it. Returns what was printed."""
    with deps.database.reading() as session:
        if not outbox.due(session, [seat.conversation.id], limit=1):
            return []
    with deps.database.session() as session:
        rows = list(outbox.due(session, [seat.conversation.id]))
        for row in rows:
            outbox.start_sending(session, row)
    said = []
    for row in rows:
        message = outbox.to_message(row)
        screen.agent_says(seat.conversation.workspace_id, message)
        said.append(message)
        with deps.database.session() as session:
            outbox.mark_sent(session, session.merge(row), remote_id="printed")
    return said


def is_settled(deps: Deps, seat: Seat) -> bool:
    """Whether nothing more will be said before the owner acts: no open run but those that wait for an answer."""
    with deps.database.reading() as session:
        if outbox.due(session, [seat.conversation.id], limit=1):
            return False
        asked = {row.run_id for row in approvals.listing(session, seat.conversation.workspace_id, only_pending=True)}
        mine = [run for run in runs.open_runs(session, seat.conversation.workspace_id) if run.conversation_id == seat.conversation.id]
        return all(run.id in asked for run in mine)


def chat(deps: Deps, seat: Seat, *, intro: str = "", wait_s: float = 900.0, input_fd: int = 0, console: Console | None = None) -> int:
    """Hold the conversation until the input ends.

    Args:
        intro: What runs and what stands in, said first.
        wait_s: How long to wait for open work after a line from a pipe, in seconds.

    Returns:
        The exit code: 0, or 1 when work from a pipe was still open after `wait_s`.
    """
    screen = Screen(deps, console or Console(), has_prompt=os.isatty(input_fd))
    if intro:
        screen.note(intro)
    _print_again(deps, seat)
    _show_history(deps, seat, screen)
    deliver(deps, seat, screen)
    try:
        return _by_hand(deps, seat, screen, input_fd) if screen.has_prompt else _from_pipe(deps, seat, screen, input_fd, wait_s)
    except KeyboardInterrupt:
        screen.note("\nLeft the conversation; it goes on where it was with `forge chat`.")
        return 0


def _by_hand(deps: Deps, seat: Seat, screen: Screen, input_fd: int) -> int:
    screen.note("Say what you want, or /help. Type a number to press its button; Ctrl-D leaves.")
    for line in _lines(input_fd, lambda: _idle(deps, seat, screen)):
        screen.line_was_typed()
        _take_line(deps, seat, screen, line)
    screen.note("")
    return 0


def _from_pipe(deps: Deps, seat: Seat, screen: Screen, input_fd: int, wait_s: float) -> int:
    for line in _lines(input_fd, lambda: None):
        if not line.strip():
            continue
        screen.owner_says(line.strip())
        _take_line(deps, seat, screen, line)
        if not wait_settled(deps, seat, screen, wait_s):
            screen.problem(f"Work is still open after {wait_s:g} s; it goes on, and `forge chat` shows how it ends.")
            return 1
    deliver(deps, seat, screen)
    return 0


def wait_settled(deps: Deps, seat: Seat, screen: Screen, wait_s: float) -> bool:
    """Deliver until nothing more is to come; False when that takes longer than `wait_s` seconds."""
    deadline = time.monotonic() + wait_s
    while True:
        deliver(deps, seat, screen)
        if is_settled(deps, seat):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)


def _take_line(deps: Deps, seat: Seat, screen: Screen, line: str) -> None:
    text, external_id = line.strip(), uuid.uuid4().hex
    if not text:
        return
    if not text.isdecimal():
        say(deps, seat, external_id, text, screen)
    elif 1 <= int(text) <= len(screen.actions):
        receipt = press(deps, seat, external_id, screen.actions[int(text) - 1])
        if receipt.note:
            screen.note(receipt.note)
    else:
        screen.problem(f"There is no button {text} here.")


def _idle(deps: Deps, seat: Seat, screen: Screen) -> None:
    deliver(deps, seat, screen)
    screen.prompt()


def _lines(input_fd: int, idle: object) -> Iterator[str]:
    """Lines as they come; `idle` is called between, about five times a second. The last line may lack its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting = ""
    while True:
        if callable(idle):
            idle()
        if not select.select([input_fd], [], [], _POLL_S)[0]:
            continue
        block = os.read(input_fd, 65536)
        waiting += decoder.decode(block, final=not block)
        *whole, waiting = waiting.split("\n")
        yield from whole
        if not block:
            if waiting:
                yield waiting
            return


def _print_again(deps: Deps, seat: Seat) -> None:
    """Rows that an earlier terminal took and may not have printed: seeing something twice is better than never."""
    with deps.database.session() as session:
        for row in outbox.left_sending(session, [seat.conversation.id]):
            move_to(row, OutboxStatus.PENDING)


def _show_history(deps: Deps, seat: Seat, screen: Screen) -> None:
    with deps.database.reading() as session:
        heard = inbox.recent_messages(session, seat.conversation.id, _HISTORY)
        said = [row for row in outbox.recent(session, seat.conversation.id, _HISTORY) if row.status is OutboxStatus.SENT]
    labels = {button["action"]: button["label"] for row in said for button in row.payload.get("buttons", ())}
    newest_in_slot = {row.slot: row.id for row in said if row.slot}
    moments: list[tuple[object, Inbox | Outbox]] = [(row.received_at, row) for row in heard]
    moments += [(row.created_at, row) for row in said if not row.slot or newest_in_slot[row.slot] == row.id]
    for _, row in sorted(moments, key=lambda moment: str(moment[0])):
        if isinstance(row, Outbox):
            screen.agent_says(seat.conversation.workspace_id, outbox.to_message(row))
        else:
            action = row.payload.get("action", "")
            screen.owner_says(f"[{labels.get(action, action)}]" if action else row.payload.get("text", ""))


def _copying(screen: Screen, size_bytes: int) -> None:
    if size_bytes > 200 * 1024**2:  # below that the copy is done before the line is read
        screen.note(f"Copying {size_bytes / 1024**3:.1f} GiB into the store …")


def open_console() -> Console:
    """A console that survives a terminal without UTF-8."""
    if sys.stdout.encoding and sys.stdout.encoding.lower() not in ("utf-8", "utf8"):
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    return Console()
