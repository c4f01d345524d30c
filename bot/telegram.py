"""The Telegram door: long polling that stores each update before it is acknowledged, an allow-list of user ids, one error handler.

An update counts as acknowledged when the next `getUpdates` names a higher offset, so that is asked for only after the row is committed
(python-telegram-bot's own updater confirms earlier and loses updates in a crash: facts, agents-and-chat 3.5).
"""

import asyncio
import logging
import tempfile
import uuid
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from telegram import Animation, Audio, Bot, CallbackQuery, Document, InlineKeyboardMarkup, Message, Update, Video, VideoNote, Voice
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import inbound
from bot.delivery import DOOR, Delivery, flood_wait_s, sleep_unless
from bot.settings import TelegramSettings
from bot.sources import add_source
from memory.domain import Json, Role
from memory.errors import AppError, InputError
from memory.repositories import inbox, workspaces
from memory.tables import Conversation, Inbox, Member
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_ALLOWED = ["message", "callback_query"]
_PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0)  # between failed polls
_DOWNLOAD_TRIES = 3
_TOAST_CHARACTERS = 200  # Bot API, answerCallbackQuery
_MEGABYTE = 1_000_000


class Speaker(NamedTuple):
    """Who sent an update, and where."""

    conversation: Conversation
    member: Member


class TelegramDoor:
    """Reads updates, hands them to the intake, and lets `Delivery` answer."""

    def __init__(self, deps: Deps, settings: TelegramSettings) -> None:
        """
        Raises:
            InputError: No token, or nobody who may speak.
        """
        if not settings.is_configured:
            raise InputError("TELEGRAM_BOT_TOKEN is empty.", hint="Get a token from @BotFather and set it.")
        if not settings.owner_ids:
            raise InputError(
                "TELEGRAM_OWNER_IDS is empty, and an open bot would answer anybody.", hint="Set it to your Telegram user id (a number)."
            )
        self._deps, self._settings = deps, settings
        self._downloads: set[asyncio.Task[None]] = set()
        self._bot = Bot(
            settings.bot_token.get_secret_value(),
            base_url=settings.base_url,
            base_file_url=settings.base_file_url,
            request=HTTPXRequest(connection_pool_size=16),
            get_updates_request=HTTPXRequest(connection_pool_size=2),
        )

    async def serve(self, stop: asyncio.Event) -> None:
        """Talk until `stop` is set.

        Raises:
            InputError: Telegram does not know the token.
        """
        try:
            async with self._bot:
                log.info("telegram.started bot=%s owners=%s", self._bot.username, len(self._settings.owner_ids))
                await self._recover()
                await asyncio.gather(self._poll(stop), Delivery(self._bot, self._deps, self._settings).run(stop))
                await asyncio.gather(*self._downloads, return_exceptions=True)
        except InvalidToken as error:
            raise InputError("Telegram does not know TELEGRAM_BOT_TOKEN.", hint="Copy it again from @BotFather.") from error

    async def _poll(self, stop: asyncio.Event) -> None:
        offset, failures = None, 0
        while not stop.is_set():
            try:
                updates = await self._next_updates(offset, stop)
                for update in updates:
                    await self._take(update)
                    offset = update.update_id + 1
                failures = 0
            except InvalidToken:
                stop.set()
                raise
            except (TelegramError, SQLAlchemyError) as error:
                pause_s = flood_wait_s(error) if isinstance(error, RetryAfter) else _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
                failures += 1
                hint = " (another process polls with this token, or a webhook is set)" if isinstance(error, Conflict) else ""
                log.warning("telegram.poll_failed error=%s%s again_in_s=%s", error, hint, pause_s)
                await sleep_unless(pause_s, stop)

    async def _next_updates(self, offset: int | None, stop: asyncio.Event) -> tuple[Update, ...]:
        """The next updates, or none when `stop` comes first."""
        asking = asyncio.ensure_future(self._bot.get_updates(offset=offset, timeout=self._settings.poll_s, allowed_updates=_ALLOWED))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else ()
        finally:
            asking.cancel()
            stopping.cancel()

    async def _take(self, update: Update) -> None:
        """Handle one update. This is the error handler: a bug is logged with an id that the sender gets, and the next update comes."""
        speaker: Speaker | None = None
        try:
            speaker = await asyncio.to_thread(self._speaker, update)
            if speaker is None:
                user = update.effective_user
                log.warning("telegram.stranger update_id=%s user_id=%s", update.update_id, user.id if user else None)
            elif update.callback_query is not None:
                await self._take_button(speaker, update.update_id, update.callback_query)
            elif update.message is not None:
                await self._take_message(speaker, update.update_id, update.message)
        except SQLAlchemyError:
            raise  # the row may not be there: the update is not acknowledged and comes again
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("telegram.error id=%s update_id=%s", number, update.update_id)
            if speaker is not None:
                problem = f"Something went wrong on our side (error {number}). It is written down; please try again."
                await asyncio.to_thread(self._receive, speaker, f"error-{update.update_id}", "", problem)

    def _speaker(self, update: Update) -> Speaker | None:
        """The owner who sent this, by user id; None for everybody else, whatever chat they are in."""
        user, chat = update.effective_user, update.effective_chat
        if user is None or chat is None or user.id not in self._settings.owner_ids:
            return None
        with self._deps.database.session() as session:
            workspace = workspaces.ensure_workspace(session)
            member = workspaces.ensure_member(session, workspace.id, DOOR, str(user.id), role=Role.OWNER, name=user.full_name)
            return Speaker(workspaces.ensure_conversation(session, workspace.id, DOOR, str(chat.id)), member)

    def _receive(self, speaker: Speaker, external_id: str, text: str, problem: str = "") -> inbound.Receipt:
        return inbound.receive_text(self._deps, DOOR, speaker.conversation, speaker.member, external_id, text, None, problem)

    # --- buttons --------------------------------------------------------------------------------------------------

    async def _take_button(self, speaker: Speaker, update_id: int, query: CallbackQuery) -> None:
        receipt = await asyncio.to_thread(
            inbound.receive_button, self._deps, DOOR, speaker.conversation, speaker.member, f"update-{update_id}", query.data or ""
        )
        try:
            await query.answer(receipt.note[:_TOAST_CHARACTERS] or None)
            if isinstance(query.message, Message) and query.message.reply_markup is not None:
                await query.edit_message_reply_markup(_without_answered(query.message.reply_markup, query.data or ""))
        except TelegramError as error:  # the press is a committed row; only its animation is lost
            log.info("telegram.press_not_shown update_id=%s error=%s", update_id, error)

    # --- messages -------------------------------------------------------------------------------------------------

    async def _take_message(self, speaker: Speaker, update_id: int, message: Message) -> None:
        text, file = message.text or message.caption or "", _file_of(message)
        external_id = f"update-{update_id}"
        if file is None:
            problem = "" if text else "I can read text, buttons and video files."
            await asyncio.to_thread(self._receive, speaker, external_id, text, problem)
            return
        inbox_id, is_new = await asyncio.to_thread(
            inbound.store_text, self._deps, DOOR, speaker.conversation, speaker.member, external_id, text, file
        )
        if is_new:
            self._fetch_later(speaker, inbox_id, file)

    def _fetch_later(self, speaker: Speaker, inbox_id: int, file: Json) -> None:
        task = asyncio.create_task(self._fetch(speaker, inbox_id, file))
        self._downloads.add(task)
        task.add_done_callback(self._downloads.discard)

    async def _fetch(self, speaker: Speaker, inbox_id: int, file: Json) -> None:
        """Bring a stored message's file into the store and work on the message."""
        asset_id, problem = None, ""
        try:
            asset_id = await self._download(speaker, file)
        except AppError as error:
            problem = str(error)
        except TelegramError as error:
            log.warning("telegram.download_failed inbox_id=%s error=%s", inbox_id, error)
            problem = f"{file['name']} could not be fetched from Telegram. Please send it again."
        await asyncio.to_thread(inbound.finish, self._deps, speaker.conversation, speaker.member, inbox_id, asset_id, problem)

    async def _download(self, speaker: Speaker, file: Json) -> int:
        """Fetch a file and keep it. Returns the asset's id.

        Raises:
            InputError: It is larger than Telegram hands to bots.
            TelegramError: It could not be fetched.
        """
        limit_mb = self._settings.download_limit_mb
        if (file["size_bytes"] or 0) > limit_mb * _MEGABYTE:
            raise InputError(
                f"{file['name']} has {file['size_bytes'] / _MEGABYTE:.0f} MB; Telegram hands a bot at most {limit_mb} MB.",
                hint="Name its path in `forge chat` on the machine where ViralForge runs, or send a smaller version.",
            )
        self._deps.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._deps.work, prefix="telegram-") as folder:
            path = Path(folder) / "file"
            for attempt in range(1, _DOWNLOAD_TRIES + 1):
                try:
                    await (await self._bot.get_file(file["file_id"])).download_to_drive(path)
                    break
                except TelegramError:
                    if attempt == _DOWNLOAD_TRIES:
                        raise
                    await asyncio.sleep(attempt)
            asset = await asyncio.to_thread(
                add_source, self._deps, speaker.conversation.workspace_id, path, speaker.member, name=file["name"]
            )
            return asset.id

    async def _recover(self) -> None:
        """Take up messages whose file was still to be fetched when the door ended."""
        for row, speaker in await asyncio.to_thread(self._left_over):
            self._fetch_later(speaker, row.id, row.payload["attachment"])

    def _left_over(self) -> list[tuple[Inbox, Speaker]]:
        with self._deps.database.reading() as session:
            return [
                (row, Speaker(session.get_one(Conversation, row.conversation_id), session.get_one(Member, row.member_id)))
                for row in inbox.unhandled(session, kinds=("message",))
                if row.door == DOOR and row.payload.get("attachment")
            ]


def _file_of(message: Message) -> Json | None:
    """The video or other file of a message; the intake's next stations say whether it can be used."""
    files: tuple[Video | Document | Animation | VideoNote | Audio | Voice | None, ...] = (
        message.video,
        message.animation,
        message.document,
        message.video_note,
        message.audio,
        message.voice,
    )
    found = next((file for file in files if file is not None), None)
    if found is None:
        return None
    name = Path(getattr(found, "file_name", None) or f"telegram-{message.message_id}.mp4").name
    return {"file_id": found.file_id, "name": name, "size_bytes": found.file_size}


def _without_answered(keyboard: InlineKeyboardMarkup, action: str) -> InlineKeyboardMarkup | None:
    """The keyboard without the buttons of the question that was answered: those with the same id in their action."""
    answered = action.split(":")[1:2]
    rows = [[button for button in row if str(button.callback_data).split(":")[1:2] != answered] for row in keyboard.inline_keyboard]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None
