"""A small Bot API over HTTP with Telegram's own field names: it keeps updates until they are confirmed and notes every call."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

OWNER_ID, STRANGER_ID, CHAT_ID = 4711, 666, 900
TOKEN = "12345:TEST"


@dataclass
class FakeTelegram:
    """The server's side of one bot."""

    url: str = ""
    updates: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    answers: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    """Scripted answers: method, HTTP status, body. Each is used once; status 0 drops the connection after taking the call."""
    confirmed: int = 0
    _message_id: int = 100

    def say(self, text: str, *, user_id: int = OWNER_ID, **more: Any) -> int:
        """Somebody writes to the bot."""
        message = {"message_id": 1, "date": 1, "chat": {"id": CHAT_ID, "type": "private"}, "from": _user(user_id), **more}
        return self._add("message", message | ({"text": text} if text else {}))

    def press(self, action: str, keyboard: list[list[dict[str, str]]], *, user_id: int = OWNER_ID) -> int:
        message = {
            "message_id": 55,
            "date": 1,
            "chat": {"id": CHAT_ID, "type": "private"},
            "text": "?",
            "reply_markup": {"inline_keyboard": keyboard},
        }
        query = {"id": "q1", "from": _user(user_id), "chat_instance": "c", "data": action, "message": message}
        return self._add("callback_query", query)

    def made(self, method: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.calls if name == method]

    def _add(self, kind: str, body: dict[str, Any]) -> int:
        update_id = 1000 + len(self.updates)
        self.updates.append({"update_id": update_id, kind: body})
        return update_id

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        fields = {name: value if isinstance(value, str) else value.filename for name, value in (await request.post()).items()}
        if method != "getUpdates":
            self.calls.append((method, fields))
        for answer in self.answers:
            if answer[0] == method:
                self.answers.remove(answer)
                if answer[1] == 0:
                    assert request.transport is not None
                    request.transport.close()
                return web.json_response(answer[2], status=answer[1] or 200)
        return web.json_response({"ok": True, "result": await self._result(method, fields)})

    async def _result(self, method: str, fields: dict[str, Any]) -> Any:
        if method == "getMe":
            return {"id": 12345, "is_bot": True, "first_name": "Forge", "username": "forge_bot"}
        if method == "getUpdates":
            offset = int(fields.get("offset", 0))
            self.confirmed = max(self.confirmed, offset)
            waiting = [update for update in self.updates if update["update_id"] >= offset]
            await asyncio.sleep(0 if waiting else 0.05)
            return waiting
        if method == "getFile":
            return {"file_id": fields["file_id"], "file_unique_id": "u", "file_path": f"videos/{fields['file_id']}"}
        if method in ("answerCallbackQuery", "editMessageReplyMarkup"):
            return True
        self._message_id += 1
        sent = int(fields.get("message_id", self._message_id))
        return {"message_id": sent, "date": 1, "chat": {"id": int(fields["chat_id"]), "type": "private"}, "text": fields.get("text", "")}

    async def download(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["path"].rpartition("/")[2]])


def _user(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Olive"}


@asynccontextmanager
async def serving(fake: FakeTelegram) -> AsyncIterator[FakeTelegram]:
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", fake.handle)
    app.router.add_get("/file/bot{token}/{path:.*}", fake.download)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()


@pytest.fixture
def telegram() -> FakeTelegram:
    return FakeTelegram()


Story = Callable[[], Any]


@pytest.fixture
def play(telegram: FakeTelegram, deps: Any) -> Callable[..., None]:
    """Run the door against the fake until a condition holds (or ten seconds are over)."""
    from bot.settings import TelegramSettings
    from bot.telegram import TelegramDoor

    def run(until: Callable[[], bool], **settings: Any) -> None:
        async def story() -> None:
            async with serving(telegram):
                chosen = TelegramSettings.model_validate(
                    {
                        "bot_token": TOKEN,
                        "owner_ids": (OWNER_ID,),
                        "base_url": f"{telegram.url}/bot",
                        "base_file_url": f"{telegram.url}/file/bot",
                        "poll_s": 0,
                        "chat_gap_s": 0.0,
                        "edit_gap_s": 0.0,
                        **settings,
                    }
                )
                stop = asyncio.Event()
                door = asyncio.create_task(TelegramDoor(deps, chosen).serve(stop))
                try:
                    async with asyncio.timeout(10):
                        while not until() and not door.done():
                            await asyncio.sleep(0.02)
                finally:
                    stop.set()
                    await door

        asyncio.run(story())

    return run


def dumped(fields: dict[str, Any]) -> Any:
    return json.loads(fields["reply_markup"])
