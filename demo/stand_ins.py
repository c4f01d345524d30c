"""Makes the sandbox a complete stand-in: its YouTube account connected by its consent page, its shop telling our web door of orders."""

import httpx

from demo.visitor import press
from memory.errors import AppError
from memory.repositories import accounts, workspaces
from memory.tables import Account
from tools.publishing.accounts import begin_connect
from tools.publishing.settings import YouTubeSettings
from tools.toolkit import Deps
from worker.house import SANDBOX_CLIENT, House

_TIMEOUT_S = 30.0


def connect_sandbox(deps: Deps, house: House, workspace_id: int) -> Account:
    """Connect the sandbox's account to the workspace as an owner would, unless that was done, and register our postback address.

    Raises:
        AppError: The consent did not lead to an account; says at which page it ended.
    """
    control(house.sandbox_url, "shop", {"postback_url": f"{house.web_url}/postback/shop"})
    known = _account(deps, house, workspace_id)
    if known is not None and not known.needs_reauth:
        return known
    youtube = YouTubeSettings.model_validate(
        {"client_id": SANDBOX_CLIENT["YOUTUBE_CLIENT_ID"], "client_secret": SANDBOX_CLIENT["YOUTUBE_CLIENT_SECRET"]}
    )
    with deps.database.session() as session:
        channel_id = workspaces.list_channels(session, workspace_id)[0].id
    consent = begin_connect(
        deps.database,
        deps.vault,
        youtube,
        channel_id=channel_id,
        redirect_uri=f"{house.web_url}/oauth/callback",
        base_url=house.sandbox_url,
    )
    try:
        status = press(consent.url)
    except (httpx.HTTPError, ValueError) as error:
        raise AppError(f"The sandbox's account could not be connected: {error}.") from error
    account = _account(deps, house, workspace_id)
    if status != 200 or account is None:
        raise AppError(f"The sandbox's account could not be connected: the last page answered {status}.")
    return account


def control(sandbox_url: str, name: str, body: dict[str, object]) -> dict[str, object]:
    """Do something in the sandbox's control room (`clock`, `shop`, …); see `sandbox/control.py`.

    Raises:
        AppError: The sandbox refused or did not answer.
    """
    try:
        answer = httpx.post(f"{sandbox_url}/__sandbox/{name}", json=body, timeout=_TIMEOUT_S)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise AppError(f"The sandbox did not do {name!r}: {error}.") from error
    found: dict[str, object] = answer.json()
    return found


def posts_there(sandbox_url: str) -> list[dict[str, object]]:
    """What the sandbox's YouTube received, as the sandbox itself tells it."""
    answer = httpx.get(f"{sandbox_url}/__sandbox/posts", timeout=_TIMEOUT_S)
    answer.raise_for_status()
    found: list[dict[str, object]] = answer.json()["posts"]
    return found


def _account(deps: Deps, house: House, workspace_id: int) -> Account | None:
    with deps.database.reading() as session:
        rows = accounts.of_workspace(session, workspace_id)
    return next((row for row in rows if row.base_url == house.sandbox_url), None)
