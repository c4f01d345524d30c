"""Consents come back here: as a route of the HTTP door, or on a loopback address that lives for one consent (RFC 8252, 7.3)."""

import asyncio
import html
import logging
from collections.abc import Callable
from functools import partial

from aiohttp import web

from memory.errors import AccountError, AppError, InputError
from memory.tables import Account
from tools.publishing.accounts import begin_connect, finish_connect
from tools.publishing.settings import YouTubeSettings
from tools.toolkit import Deps

log = logging.getLogger(__name__)

CALLBACK = "/oauth/callback"
Answered = Callable[[Account | AppError], None]


async def take_answer(request: web.Request, deps: Deps, youtube: YouTubeSettings, answered: Answered | None = None) -> web.Response:
    """GET /oauth/callback: finish the consent that `state` names. The page never shows the code or a token."""
    query = request.query
    try:
        if "error" in query:
            raise AccountError(f"The consent was not given ({query['error'][:60]}).", hint="Start again: forge connect youtube.")
        account = await asyncio.to_thread(
            finish_connect, deps.database, deps.vault, youtube, state=query.get("state", ""), code=query.get("code", "")
        )
    except AppError as error:
        log.warning("oauth.failed reason=%s", error)
        # A stranger's request with a state of nobody must not end the wait for the real one.
        if answered and not isinstance(error, InputError):
            answered(error)
        return _page("That did not work", str(error), 400)
    log.info("oauth.connected account_id=%s", account.id)
    if answered:
        answered(account)
    return _page("Connected", f"{account.title} is connected. You can close this page.", 200)


def connect_youtube(
    deps: Deps,
    youtube: YouTubeSettings,
    *,
    channel_id: int,
    open_page: Callable[[str], None],
    base_url: str = "",
    timeout_s: float = 300.0,
) -> Account:
    """Connect an account: listen on a loopback port, send the owner to the consent page, wait for the answer.

    Args:
        channel_id: Our channel that gets the account.
        open_page: Shows the owner a page, for instance `webbrowser.open`; called in a thread.
        base_url: Empty for YouTube; the address of a sandbox otherwise.

    Raises:
        AccountError: The owner said no, unticked a right, or took too long.
        InputError: No OAuth client is configured.
    """
    return asyncio.run(_connect(deps, youtube, channel_id, open_page, base_url, timeout_s))


async def _connect(
    deps: Deps, youtube: YouTubeSettings, channel_id: int, open_page: Callable[[str], None], base_url: str, timeout_s: float
) -> Account:
    outcome: asyncio.Future[Account | AppError] = asyncio.get_running_loop().create_future()
    app = web.Application()
    answer = partial(take_answer, deps=deps, youtube=youtube, answered=partial(_settle, outcome))
    app.router.add_get(CALLBACK, answer, allow_head=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        redirect_uri = f"http://127.0.0.1:{runner.addresses[0][1]}{CALLBACK}"
        consent = begin_connect(deps.database, deps.vault, youtube, channel_id=channel_id, redirect_uri=redirect_uri, base_url=base_url)
        await asyncio.to_thread(open_page, consent.url)
        end = await asyncio.wait_for(outcome, timeout_s)
    except TimeoutError as error:
        raise AccountError(f"No answer came within {timeout_s:.0f} s.", hint="Start again: forge connect youtube.") from error
    finally:
        await runner.cleanup()
    if isinstance(end, AppError):
        raise end
    return end


def _settle(outcome: "asyncio.Future[Account | AppError]", end: Account | AppError) -> None:
    if not outcome.done():
        outcome.set_result(end)


def _page(title: str, text: str, status: int) -> web.Response:
    body = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'"}
    return web.Response(text=body, content_type="text/html", status=status, headers=headers)
