"""A real OpenAI-compatible endpoint on localhost that answers as told."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from agents.caller import ModelCaller
from agents.models import make_model
from agents.settings import ModelSettings
from memory.domain import Json
from memory.repositories import runs
from memory.tables import Run
from tests.conftest import People
from tools.toolkit import Deps

KEY = "the-right-key"
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


def chunk(delta: Json, finish: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-1", "choices": [choice]}


def usage_chunk(tokens_in: int, tokens_out: int) -> Json:
    usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-1", "choices": [], "usage": usage}


def stream(*lines: Json | str, ends: bool = True) -> Reply:
    """Server-sent events. Without `ends` the connection breaks after the last one."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for line in lines:
            await response.write(f"data: {line if isinstance(line, str) else json.dumps(line)}\n\n".encode())
        if not ends:
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    return reply


def says(*words: str, usage: tuple[int, int] | None = (100, 10)) -> Reply:
    last = [usage_chunk(*usage)] if usage else []
    return stream(*(chunk({"role": "assistant", "content": word}) for word in words), chunk({}, "stop"), *last)


def calls(*wanted: tuple[str | None, str, str]) -> Reply:
    """An answer of tool calls: id, name, arguments as text. The arguments come in two pieces, as endpoints send them."""
    lines = []
    for index, (call_id, name, arguments) in enumerate(wanted):
        half = len(arguments) // 2
        function = {"name": name, "arguments": arguments[:half]}
        lines.append(chunk({"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]}))
        lines.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]}))
    return stream(*lines, chunk({}, "tool_calls"), usage_chunk(100, 10))


def fails(status: int, body: Json | None = None, **headers: str) -> Reply:
    async def reply(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body or {"error": {"message": "no"}}, status=status, headers=named)

    return reply


class Endpoint:
    """Plays its replies in order; the last one is repeated. `heard` is what was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.heard: list[Json] = []
        self.url = ""

    def will(self, *replies: Reply) -> None:
        self.replies = list(replies)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "wrong key", "code": "invalid_api_key"}}, status=401)
        self.heard.append(await request.json())
        return await self.replies[min(len(self.heard), len(self.replies)) - 1](request)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    served, loop, ready = Endpoint(), asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", served.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return runner

    def live() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=live)
    thread.start()
    ready.wait(10)
    yield served
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


class Line:
    """A caller on the line to the endpoint, with a run to book on. `slept_s` is every pause it took."""

    def __init__(self, deps: Deps, people: People, endpoint: Endpoint, **settings: Any) -> None:
        chosen: Json = {"api_key": KEY, "base_url": endpoint.url, "name": "tiny", "timeout_s": 5.0, **settings}
        self.deps, self.people, self.slept_s = deps, people, list[float]()
        self.settings = ModelSettings(**chosen)
        self.caller = ModelCaller(deps, make_model(self.settings), self.settings, sleep=self.slept_s.append)
        with deps.database.session() as session:
            run = runs.add(
                session,
                workspace_id=people.workspace.id,
                trigger="message",
                request="go",
                conversation_id=people.conversation.id,
                member_id=people.owner.id,
            )
            run.created_at = deps.clock.now()
        self.run_id = run.id

    def run(self) -> Run:
        with self.deps.database.reading() as session:
            return runs.get(session, self.run_id)


@pytest.fixture
def dial(deps: Deps, people: People, endpoint: Endpoint) -> Callable[..., Line]:
    def make(**settings: Any) -> Line:
        return Line(deps, people, endpoint, **settings)

    return make
