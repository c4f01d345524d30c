"""Outbox rows to Telegram: paced per chat, status lines by editing, and nothing sent a second time when its fate is unknown.

A row is marked `sending` before the first byte leaves. What surely did not arrive is tried again; a lost answer makes it `uncertain` and it
stays so. Each chat has its own task: one chat's flood wait never holds up another chat (facts: agents-and-chat 3.2 and 3.5).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.settings import TelegramSettings
from memory import domain
from memory.domain import Button, OutboxStatus
from memory.repositories import assets, outbox, workspaces
from memory.tables import Conversation, Outbox, now
from tools.toolkit import Deps

log = logging.getLogger(__name__)

DOOR = "telegram"
_LOOK_S = 0.3  # how often due rows are looked for
_TEXT_UNITS = 4096  # UTF-16 code units of one message (Bot API, sendMessage)
_RECONNECT_S = 5.0
_PHOTOS = frozenset({".jpg", ".jpeg", ".png"})
_VIDEOS = frozenset({".mp4", ".mov", ".webm"})
_BUTTONS_IN_A_ROW = 3
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)  # no byte of the request has left


@dataclass
class _Chat:
    """What one chat's limits are right now."""

    next_at: float = 0.0
    edited_at: dict[str, float] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None


class _PartlySentError(Exception):
    """Some of a row's messages arrived before the error that is its cause."""


class Delivery:
    """The loop that says what is in the outbox."""

    def __init__(self, bot: Bot, deps: Deps, settings: TelegramSettings) -> None:
        self._bot, self._deps, self._settings = bot, deps, settings
        self._chats: dict[int, _Chat] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; what is being sent then is finished."""
        await asyncio.to_thread(self._give_up_what_was_left)
        while not stop.is_set():
            for conversation in await asyncio.to_thread(self._due_conversations):
                chat = self._chats.setdefault(conversation.id, _Chat())
                if chat.task is None or chat.task.done():
                    chat.task = asyncio.create_task(self._serve(conversation, chat, stop))
                    chat.task.add_done_callback(_log_failure)
            await sleep_unless(_LOOK_S, stop)
        await asyncio.gather(*(chat.task for chat in self._chats.values() if chat.task is not None), return_exceptions=True)

    def _conversations(self) -> list[Conversation]:
        with self._deps.database.reading() as session:
            return [
                row
                for workspace in workspaces.list_workspaces(session)
                for row in workspaces.list_conversations(session, workspace.id)
                if row.door == DOOR
            ]

    def _due_conversations(self) -> list[Conversation]:
        with self._deps.database.reading() as session:
            return [row for row in self._conversations() if outbox.due(session, [row.id], limit=1)]

    def _give_up_what_was_left(self) -> None:
        """Rows whose door died while sending: nobody can say whether they arrived."""
        with self._deps.database.session() as session:
            for row in outbox.left_sending(session, [row.id for row in self._conversations()]):
                outbox.mark_not_sent(session, row, OutboxStatus.UNCERTAIN, "the door ended while this was being sent")
                log.warning("telegram.uncertain outbox_id=%s", row.id)

    async def _serve(self, conversation: Conversation, chat: _Chat, stop: asyncio.Event) -> None:
        """Send what is due in one chat, in order."""
        for row in await asyncio.to_thread(self._due_rows, conversation.id):
            if stop.is_set():
                return
            if row.slot and time.monotonic() - chat.edited_at.get(row.slot, -1e9) < self._settings.edit_gap_s:
                continue  # it stays pending, and newer progress takes its place meanwhile
            await self._send_row(conversation, chat, row)

    def _due_rows(self, conversation_id: int) -> Sequence[Outbox]:
        with self._deps.database.reading() as session:
            return outbox.due(session, [conversation_id])

    async def _send_row(self, conversation: Conversation, chat: _Chat, row: Outbox) -> None:
        message, earlier = await asyncio.to_thread(self._start, row)
        is_edit = bool(earlier)
        try:
            remote_id = await self._say(conversation, chat, message, earlier)
        except RetryAfter as error:
            wait_s = flood_wait_s(error)
            chat.next_at = time.monotonic() + wait_s
            await self._not_sent(row, OutboxStatus.PENDING, f"flood wait of {wait_s:g} s", wait_s)
        except _PartlySentError as error:
            await self._not_sent(row, OutboxStatus.UNCERTAIN, f"only a part of it arrived: {error.__cause__}")
        except (BadRequest, Forbidden, InvalidToken, OSError) as error:
            await self._not_sent(row, OutboxStatus.FAILED, str(error))
        except NetworkError as error:
            unsent = is_edit or isinstance(error.__cause__, _UNSENT)
            status = OutboxStatus.PENDING if unsent else OutboxStatus.UNCERTAIN
            await self._not_sent(row, status, str(error), _RECONNECT_S if unsent else 0.0)
        except TelegramError as error:
            await self._not_sent(row, OutboxStatus.UNCERTAIN, str(error))
        else:
            chat.edited_at[row.slot] = time.monotonic()
            await asyncio.to_thread(self._sent, row.id, remote_id)

    def _start(self, row: Outbox) -> tuple[domain.Message, str]:
        """Mark the row and read what it says, as new as it is now; with it the id of the status line it replaces."""
        with self._deps.database.session() as session:
            fresh = session.get_one(Outbox, row.id)
            earlier = outbox.sent_in_slot(session, fresh.conversation_id, fresh.slot) if fresh.slot else None
            outbox.start_sending(session, fresh)
            return outbox.to_message(fresh), earlier.remote_id if earlier is not None else ""

    def _sent(self, row_id: int, remote_id: str) -> None:
        with self._deps.database.session() as session:
            outbox.mark_sent(session, session.get_one(Outbox, row_id), remote_id)

    async def _not_sent(self, row: Outbox, status: OutboxStatus, error: str, again_in_s: float = 0.0) -> None:
        log.warning("telegram.not_sent outbox_id=%s status=%s error=%s", row.id, status, error)

        def note() -> None:
            with self._deps.database.session() as session:
                fresh = session.get_one(Outbox, row.id)
                outbox.mark_not_sent(session, fresh, status, error)
                fresh.not_before = now() + timedelta(seconds=again_in_s) if again_in_s else None

        await asyncio.to_thread(note)

    async def _say(self, conversation: Conversation, chat: _Chat, message: domain.Message, earlier: str) -> str:
        """Send or edit a message. Returns the id of the message that holds the text."""
        chat_id, keyboard = int(conversation.external_id), _keyboard(message.buttons)
        if earlier:
            try:
                await self._call(chat, lambda: self._bot.edit_message_text(message.text, chat_id, int(earlier), reply_markup=keyboard))
                return earlier
            except BadRequest as error:
                if "not modified" in str(error).lower():
                    return earlier
                log.info("telegram.status_line_gone chat_id=%s error=%s", chat_id, error)
        return await self._say_anew(conversation, chat, message, keyboard)

    async def _say_anew(
        self, conversation: Conversation, chat: _Chat, message: domain.Message, keyboard: InlineKeyboardMarkup | None
    ) -> str:
        """Files first, then the text with the buttons, so that the buttons stand last."""
        chat_id, sent = int(conversation.external_id), 0
        files = await asyncio.to_thread(self._files, conversation.workspace_id, message)
        parts = split_text("\n".join([message.text, *(problem for _, problem in files if problem)]))
        calls = [self._file_call(chat_id, path) for path, problem in files if not problem]
        calls += [self._text_call(chat_id, part, keyboard if part is parts[-1] else None) for part in parts]
        answer: Message | None = None
        for call in calls:
            try:
                answer = await self._call(chat, call, patient=sent > 0)
            except TelegramError as error:
                if sent:
                    raise _PartlySentError from error
                raise
            sent += 1
        return str(answer.message_id) if answer is not None else ""

    async def _call(self, chat: _Chat, call: "Callable[[], Awaitable[Message | bool]]", *, patient: bool = False) -> Message | None:
        """One API call within the chat's pace; `patient` waits a flood wait out, which keeps the parts of one row together."""
        while True:
            await asyncio.sleep(max(0.0, chat.next_at - time.monotonic()))
            chat.next_at = time.monotonic() + self._settings.chat_gap_s
            try:
                answer = await call()
                return answer if isinstance(answer, Message) else None
            except RetryAfter as error:
                if not patient:
                    raise
                chat.next_at = time.monotonic() + flood_wait_s(error)

    def _text_call(self, chat_id: int, text: str, keyboard: InlineKeyboardMarkup | None) -> "Callable[[], Awaitable[Message]]":
        return lambda: self._bot.send_message(chat_id, text, reply_markup=keyboard)

    def _file_call(self, chat_id: int, path: Path) -> "Callable[[], Awaitable[Message]]":
        if path.suffix.lower() in _PHOTOS:
            return lambda: self._bot.send_photo(chat_id, path)
        if path.suffix.lower() in _VIDEOS:
            return lambda: self._bot.send_video(chat_id, path, supports_streaming=True)
        return lambda: self._bot.send_document(chat_id, path)

    def _files(self, workspace_id: int, message: domain.Message) -> list[tuple[Path, str]]:
        """Local paths of a message's files, each with why it cannot be sent (empty when it can)."""
        found = []
        limit = self._settings.upload_limit_mb * 1_000_000
        with self._deps.database.reading() as session:
            for sha256 in message.files:
                asset = assets.find(session, workspace_id, sha256)
                if asset is None:
                    continue
                path = self._deps.store.local(sha256, Path(asset.name).suffix)
                too_large = f"({asset.name} is too large for Telegram: {path})" if asset.size_bytes > limit else ""
                found.append((path, too_large))
        return found


def split_text(text: str) -> list[str]:
    """A text in parts that Telegram takes, cut at line ends where there are any. An empty text is one part with a dash."""
    parts, rest = [], text.strip() or "–"
    while _units(rest) > _TEXT_UNITS:
        head = rest[:_TEXT_UNITS]
        while _units(head) > _TEXT_UNITS:
            head = head[:-1]
        cut = head.rfind("\n")
        head = head[:cut] if cut > 0 else head
        parts.append(head)
        rest = rest[len(head) :].lstrip("\n")
    return [*parts, rest]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    made = [InlineKeyboardButton(button.label, callback_data=button.action, style=_style(button.action)) for button in buttons]
    return InlineKeyboardMarkup([made[n : n + _BUTTONS_IN_A_ROW] for n in range(0, len(made), _BUTTONS_IN_A_ROW)])


def _style(action: str) -> str | None:
    """Green for what goes ahead, red for what does not."""
    if action.startswith("go:") or action.endswith(":y"):
        return "success"
    return "danger" if action.endswith(":n") or action.startswith("x:") else None


def flood_wait_s(error: RetryAfter) -> float:
    wait = error._retry_after  # `retry_after` itself warns that its type will change
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _log_failure(task: "asyncio.Task[None]") -> None:
    """A database that went away, or a bug: the chat's next row starts a new task; what was being sent stays unknown until a restart."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("telegram.delivery_failed", exc_info=error)


async def sleep_unless(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass
