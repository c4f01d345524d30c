"""YouTube Data API v3 besides upload: videos, channels and the uploads playlist."""

import base64
import binascii

from aiohttp import web

from sandbox.google_api import (
    READ_SCOPES,
    WRITE_SCOPES,
    ApiError,
    Caller,
    charge,
    etag_of,
    identify,
    list_reply,
    owner,
    read_int,
    read_json,
    read_parts,
    reply,
)
from sandbox.shop import run_shop
from sandbox.store import Doc
from sandbox.world import WORLD, World, iso
from sandbox.youtube_metadata import WRITABLE_PARTS, clean_resource, refuse
from sandbox.youtube_videos import (
    OWNER_PARTS,
    VIDEO_PARTS,
    all_videos,
    find_video,
    numbers_at,
    open_or_close,
    published_at,
    thumbnails,
    to_resource,
)

CHANNEL_PARTS = frozenset({"snippet", "contentDetails", "statistics", "status", "id"})
ITEM_PARTS = frozenset({"snippet", "contentDetails", "status", "id"})
IDS_PER_CALL = 50
READ_COST, WRITE_COST = 1, 50


def _one_filter(request: web.Request, *names: str) -> str:
    """Return which of the filters was given; 400 unless it is exactly one."""
    given = [name for name in names if request.query.get(name)]
    if not given:
        message = f"No filter selected. Expected one of: {', '.join(names)}"
        raise ApiError(400, "missingRequiredParameter", message, domain="youtube.parameter", location="parameters.")
    if len(given) > 1:
        message = f"Incompatible parameters specified in the request: {', '.join(given)}"
        raise ApiError(400, "incompatibleParameters", message, domain="youtube.parameter", location="parameters.")
    return given[0]


def _ids(request: web.Request) -> list[str]:
    ids = list(dict.fromkeys(part for value in request.query.getall("id") for part in value.split(",") if part))
    if len(ids) > IDS_PER_CALL:
        raise ApiError(400, "invalidFilters", f"The request names {len(ids)} ids; at most {IDS_PER_CALL} are allowed.", location="id")
    return ids


def _may_see(video: Doc, caller: Caller) -> bool:
    return bool(video["resource"]["status"]["privacyStatus"] != "private" or video["channel_id"] == caller.channel_id)


async def list_videos(request: web.Request) -> web.Response:
    """GET /youtube/v3/videos?id=: unknown and invisible ids are left out, as on the real API."""
    world = request.app[WORLD]
    caller = identify(request, *READ_SCOPES, key_allowed=True)
    charge(world, caller.project, "general", READ_COST)
    parts = read_parts(request, VIDEO_PARTS)
    if _one_filter(request, "id", "chart", "myRating") != "id":
        raise ApiError(400, "invalidParameter", "This sandbox lists videos by id only.", location="chart")
    found = [video for video in (find_video(world, video_id) for video_id in _ids(request)) if video and _may_see(video, caller)]
    if OWNER_PARTS & set(parts) and any(video["channel_id"] != caller.channel_id for video in found):
        message = "The request cannot access user rating, file or processing information of a video the caller does not own."
        raise ApiError(403, "forbidden", message, domain="youtube.video", location="id")
    items = [to_resource(world, video, parts) for video in found]
    return reply(request, list_reply("youtube#videoListResponse", items, len(items), len(items)))


async def update_video(request: web.Request) -> web.Response:
    """PUT /youtube/v3/videos: every mutable field of the named parts is replaced, what is left out is gone."""
    world = request.app[WORLD]
    caller = identify(request, *WRITE_SCOPES)
    charge(world, caller.project, "general", WRITE_COST)
    parts = read_parts(request, WRITABLE_PARTS)
    body = await read_json(request)
    video = _own_video(world, caller, str(body.get("id", "")))
    clean = clean_resource(body, parts, now=world.now(), was_public=bool(video["public"]))
    if "snippet" in parts and "categoryId" not in body.get("snippet", {}):
        raise refuse("invalidCategoryId", "The request metadata specifies an invalid category ID.", "snippet.categoryId")
    if "status" in parts and "privacyStatus" not in body.get("status", {}):
        raise refuse("invalidVideoMetadata", "The request metadata is invalid.", "status.privacyStatus")
    account = world.account_of_channel(video["channel_id"]) or {}
    if account["locked_private"] and clean.get("status", {"privacyStatus": "private"})["privacyStatus"] != "private":
        raise ApiError(
            403, "forbiddenPrivacySetting", "The request attempts to set an invalid privacy status for the video.", domain="youtube.video"
        )
    run_shop(world)  # the links that stood in the description until now end here
    video = _own_video(world, caller, video["id"])
    video["resource"].update(clean)
    open_or_close(video, world.now())
    world.store.put("video", video["id"], video)
    resource = to_resource(world, video, parts)
    return web.json_response({"etag": etag_of(resource), **resource})


def _own_video(world: World, caller: Caller, video_id: str) -> Doc:
    video = find_video(world, video_id)
    if video is None or not _may_see(video, caller):
        message = "The video that you are trying to update cannot be found. Check the value of the id field in the request body."
        raise ApiError(404, "videoNotFound", message, domain="youtube.video", location="id")
    if video["channel_id"] != owner(caller)["channel_id"]:
        raise ApiError(403, "forbidden", "The video cannot be changed by this caller.", domain="youtube.video", location="id")
    return video


async def delete_video(request: web.Request) -> web.Response:
    """DELETE /youtube/v3/videos?id=: 204."""
    world = request.app[WORLD]
    caller = identify(request, *WRITE_SCOPES)
    charge(world, caller.project, "general", WRITE_COST)
    video = _own_video(world, caller, request.query.get("id", ""))
    video["deleted"] = True
    open_or_close(video, world.now())
    world.store.put("video", video["id"], video)
    return web.Response(status=204)


async def list_channels(request: web.Request) -> web.Response:
    """GET /youtube/v3/channels?mine=true or ?id=."""
    world = request.app[WORLD]
    caller = identify(request, *READ_SCOPES, key_allowed=request.query.get("mine") != "true")
    charge(world, caller.project, "general", READ_COST)
    parts = read_parts(request, CHANNEL_PARTS)
    if _one_filter(request, "mine", "id") == "mine":
        accounts = [owner(caller)]
    else:
        accounts = [account for account in (world.account_of_channel(channel_id) for channel_id in _ids(request)) if account]
    items = [_channel(world, account, parts, own=account["channel_id"] == caller.channel_id) for account in accounts]
    return reply(request, list_reply("youtube#channelListResponse", items, len(items), len(items)))


def _channel(world: World, account: Doc, parts: list[str], own: bool) -> Doc:
    title = account["title"]
    handle = "@" + "".join(title.split()).lower()
    sections: Doc = {
        "snippet": {
            "title": title,
            "description": "",
            "customUrl": handle,
            "publishedAt": iso(account["created_at"]),
            "thumbnails": {"default": {"url": "https://yt3.ggpht.com/sandbox=s88", "width": 88, "height": 88}},
            "localized": {"title": title, "description": ""},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": account["uploads"]}},
        "statistics": _channel_statistics(world, account),
        "status": {"privacyStatus": "public", "isLinked": True, "madeForKids": False},
    }
    if own:
        sections["status"] |= {
            "longUploadsStatus": "allowed" if account["phone_verified"] else "eligible",
            "selfDeclaredMadeForKids": False,
        }
    return {"kind": "youtube#channel", "id": account["channel_id"], **{part: sections[part] for part in parts if part != "id"}}


def _channel_statistics(world: World, account: Doc) -> Doc:
    """Count the channel; subscribers and views that came with a video stay when it is deleted."""
    videos = [video for video in all_videos(world) if video["channel_id"] == account["channel_id"]]
    seen = [numbers_at(world, video, world.now()) for video in videos]
    visible = sum(video["resource"]["status"]["privacyStatus"] == "public" and not video["deleted"] for video in videos)
    counted = {
        "viewCount": sum(one.views for one in seen),
        "subscriberCount": account["subscribers"] + sum(one.subscribers for one in seen),
        "videoCount": visible,
    }
    return {**{name: str(value) for name, value in counted.items()}, "hiddenSubscriberCount": False}


async def list_playlist_items(request: web.Request) -> web.Response:
    """GET /youtube/v3/playlistItems?playlistId=<uploads playlist>: newest first; private videos for their owner only."""
    world = request.app[WORLD]
    caller = identify(request, *READ_SCOPES, key_allowed=True)
    charge(world, caller.project, "general", READ_COST)
    parts = read_parts(request, ITEM_PARTS)
    _one_filter(request, "playlistId", "id")
    account = next((one for one in world.accounts() if one["uploads"] == request.query.get("playlistId")), None)
    if account is None:
        message = "The playlist identified with the request's <code>playlistId</code> parameter cannot be found."
        raise ApiError(404, "playlistNotFound", message, domain="youtube.playlistItem", location="playlistId")
    per_page = read_int(request, "maxResults", 5, 0, 50)
    wanted = request.query.get("videoId")
    videos = [video for video in reversed(all_videos(world)) if video["channel_id"] == account["channel_id"] and not video["deleted"]]
    visible = [video for video in videos if _may_see(video, caller) and wanted in (None, video["id"])]
    start = _page_start(request)
    items = [_playlist_item(account, video, start + n, parts) for n, video in enumerate(visible[start : start + per_page])]
    tokens = {"nextPageToken": _page_token(start + per_page)} if 0 < per_page < len(visible) - start else {}
    if start:
        tokens["prevPageToken"] = _page_token(max(0, start - per_page))
    return reply(request, list_reply("youtube#playlistItemListResponse", items, len(visible), per_page, **tokens))


def _playlist_item(account: Doc, video: Doc, position: int, parts: list[str]) -> Doc:
    own, status = video["resource"]["snippet"], video["resource"]["status"]
    resource_id = {"kind": "youtube#video", "videoId": video["id"]}
    channel = {"channelId": account["channel_id"], "channelTitle": account["title"]}
    sections: Doc = {
        "snippet": {
            "publishedAt": iso(video["created_at"]),
            **channel,
            "title": own["title"],
            "description": own["description"],
            "thumbnails": thumbnails(video),
            "playlistId": account["uploads"],
            "position": position,
            "resourceId": resource_id,
            "videoOwnerChannelTitle": account["title"],
            "videoOwnerChannelId": account["channel_id"],
        },
        "contentDetails": {"videoId": video["id"]} | ({"videoPublishedAt": published_at(video)} if video["public"] else {}),
        "status": {"privacyStatus": status["privacyStatus"]},
    }
    item_id = base64.urlsafe_b64encode(f"{account['uploads']}/{video['id']}".encode()).decode().rstrip("=")
    return {"kind": "youtube#playlistItem", "id": item_id, **{part: sections[part] for part in parts if part != "id"}}


def _page_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"at:{start}".encode()).decode().rstrip("=")


def _page_start(request: web.Request) -> int:
    token = request.query.get("pageToken")
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("at:"))
    except (binascii.Error, ValueError) as error:
        raise ApiError(
            400, "invalidPageToken", "The request specifies an invalid page token.", domain="youtube.parameter", location="pageToken"
        ) from error


def routes() -> list[web.RouteDef]:
    return [
        web.get("/youtube/v3/videos", list_videos),
        web.put("/youtube/v3/videos", update_video),
        web.delete("/youtube/v3/videos", delete_video),
        web.get("/youtube/v3/channels", list_channels),
        web.get("/youtube/v3/playlistItems", list_playlist_items),
    ]
