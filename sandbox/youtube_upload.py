"""videos.insert by the resumable protocol: a session is opened with the metadata, then the bytes come in any number of requests.

Every byte is written to disk; what counts as received is committed before the answer. Rules: chunks are multiples of 256 KiB
except the last, a 308 names what is stored in `Range` (absent when nothing is), `bytes */N` asks, the last byte answers the resource.
"""

import asyncio
import hashlib
import re
from pathlib import Path

import aiohttp
from aiohttp import web

from sandbox.container import probe
from sandbox.google_api import UPLOAD_SCOPES, ApiError, charge, identify, owner, read_json, read_parts
from sandbox.store import Doc
from sandbox.world import WORLD, World, stable_id
from sandbox.youtube_metadata import WRITABLE_PARTS, clean_resource, refuse
from sandbox.youtube_videos import all_videos, create_video, find_video, to_resource

CHUNK = 262_144
MAX_BYTES = 256 * 1024**3
CONTENT_RANGE = re.compile(r"bytes (?:\*|([0-9]{1,18})-([0-9]{1,18}))/([0-9]{1,18}|\*)")
PARTIAL: web.RequestKey[int] = web.RequestKey("partial_bytes", int)  # set by a fault: store at most so many bytes of this request
GENERATIONS: web.AppKey[dict[str, int]] = web.AppKey("upload_generations", dict)


async def open_session(request: web.Request) -> web.Response:
    """POST /upload/youtube/v3/videos: check the metadata and answer the session's URI in `Location`."""
    world = request.app[WORLD]
    caller = identify(request, *UPLOAD_SCOPES)
    charge(world, caller.project, "insert")
    account = owner(caller)
    if request.query.get("uploadType") != "resumable":
        raise ApiError(400, "badRequest", "This sandbox takes uploadType=resumable only.", location="uploadType")
    parts = read_parts(request, WRITABLE_PARTS)
    if request.content_type != "application/json":
        raise ApiError(400, "badContent", f"Unsupported content with type: {request.content_type}")
    total, mime = _read_declared(request)
    resource = _clean_insert(await read_json(request), parts, world.now())
    _check_upload_limit(world, account)
    session_id = stable_id(world.seed, f"session/{world.next_number('session')}", 43)
    session = {"id": session_id, "channel_id": account["channel_id"], "parts": parts, "resource": resource, "total": total, "mime": mime}
    session |= {"name": request.headers.get("Slug", "unknown"), "opened_at": world.now(), "received": 0, "video_id": None}
    world.store.put("upload", session_id, session)
    query = f"uploadType=resumable&part={','.join(parts)}&upload_id={session_id}"
    location = f"{request.scheme}://{request.host}{request.path}?{query}"
    return web.Response(status=200, headers={"Location": location, "X-GUploader-UploadID": session_id})


def _clean_insert(body: Doc, parts: list[str], now: float) -> Doc:
    """Check the metadata; without a status part the defaults hold (public), without a snippet there is no title."""
    resource = clean_resource(body, parts, now=now)
    if "snippet" not in parts:
        raise refuse("invalidTitle", "The request metadata specifies an invalid or empty video title.", "snippet.title")
    return {**clean_resource({}, ["status"], now=now), **resource}


def _read_declared(request: web.Request) -> tuple[int | None, str]:
    """Return the declared length in bytes (None when not declared) and type of the media."""
    mime = request.headers.get("X-Upload-Content-Type", "application/octet-stream")
    if not mime.startswith("video/") and mime != "application/octet-stream":
        raise ApiError(400, "badContent", f"Media type '{mime}' is not supported. Valid media types: [video/*, application/octet-stream]")
    length = request.headers.get("X-Upload-Content-Length")
    if length is None:
        return None, mime
    if not re.fullmatch("[0-9]{1,18}", length) or int(length) > MAX_BYTES:
        raise ApiError(400, "badRequest", f"Invalid X-Upload-Content-Length: {length}")
    if int(length) == 0:
        raise ApiError(400, "mediaBodyRequired", "The request does not include the video content.", domain="youtube.video")
    return int(length), mime


def _check_upload_limit(world: World, account: Doc) -> None:
    since = world.now() - 86_400
    recent = [video for video in all_videos(world) if video["channel_id"] == account["channel_id"] and video["created_at"] > since]
    if len(recent) >= account["upload_limit"]:
        message = "The user has exceeded the number of videos they may upload."
        raise ApiError(400, "uploadLimitExceeded", message, domain="youtube.video")


async def put_bytes(request: web.Request) -> web.Response:
    """PUT <session URI>: take bytes, or tell how many there are."""
    world = request.app[WORLD]
    caller = identify(request, *UPLOAD_SCOPES)
    session = _find_session(world, request.query.get("upload_id", ""))
    if session["channel_id"] != caller.channel_id:
        raise ApiError(403, "forbidden", "This upload belongs to another channel.")
    generations = request.app[GENERATIONS]
    generation = generations[session["id"]] = generations.get(session["id"], 0) + 1
    first, last, total = _read_range(request, session)
    if session["video_id"] is not None:
        await request.read()
        return _finished(world, session)
    if session["total"] is None and total is not None:
        session["total"] = total
        world.store.put("upload", session["id"], session)
    if first is None or last is None:
        return _resume(session)
    if last - first + 1 != request.content_length:
        raise ApiError(400, "badRequest", f"Content-Length {request.content_length} does not fit Content-Range.")
    if first > session["received"]:
        raise ApiError(400, "badRequest", f"The range begins at {first}, but only {session['received']} bytes are stored.")
    if (last + 1) % CHUNK and last + 1 != session["total"]:
        raise ApiError(400, "badRequest", f"A chunk must be a multiple of {CHUNK} bytes unless it is the last.")
    received = await _store_bytes(request, session, first, generation)
    if generations[session["id"]] != generation:
        raise ApiError(503, "backendError", "A newer request took this upload over.")
    session["received"] = received
    if received != session["total"]:
        world.store.put("upload", session["id"], session)
        return _resume(session)
    return await _finish(world, session)


def _find_session(world: World, session_id: str) -> Doc:
    session = world.store.get("upload", session_id)
    if session is None or world.now() - session["opened_at"] > world.settings()["session_life_s"]:
        raise ApiError(404, "notFound", "The upload session was not found or has expired. Start a new one.")
    return session


def _read_range(request: web.Request, session: Doc) -> tuple[int | None, int | None, int | None]:
    """Return first and last byte (both None for a query) and the total (None for `*`)."""
    text = request.headers.get("Content-Range")
    length = request.content_length
    if text is None:
        if length is None:
            raise ApiError(411, "badRequest", "Length Required")
        if session["total"] not in (None, length):
            raise ApiError(
                400, "badRequest", f"Without Content-Range the whole file of {session['total']} bytes is expected, not {length}."
            )
        return 0, length - 1, length
    match = CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        raise ApiError(400, "badRequest", f"Failed to parse Content-Range header: {text}")
    total = None if match[3] == "*" else int(match[3])
    if total is not None and session["total"] not in (None, total):
        raise ApiError(400, "badRequest", f"Content-Range names {total} bytes in all, the session was opened for {session['total']}.")
    if match[1] is None:
        if length:
            raise ApiError(400, "badRequest", "A query for the state has no body: send Content-Length: 0.")
        return None, None, total
    first, last = int(match[1]), int(match[2])
    if first > last or (total is not None and last >= total):
        raise ApiError(400, "badRequest", f"Failed to parse Content-Range header: {text}")
    return first, last, total


def part_path(world: World, session_id: str) -> Path:
    return world.folder / f"{session_id}.part"


async def _store_bytes(request: web.Request, session: Doc, first: int, generation: int) -> int:
    """Write the body behind what is stored and return how many bytes are stored then.

    Bytes that are stored already are skipped. When the connection breaks or a fault cuts in, whole 256 KiB blocks are kept.
    """
    world = request.app[WORLD]
    at, limit = first, first + request.get(PARTIAL, MAX_BYTES)
    stored = int(session["received"])
    path = part_path(world, session["id"])
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(stored)
        file.seek(stored)
        try:
            async for block in request.content.iter_any():
                if request.app[GENERATIONS][session["id"]] != generation:
                    return stored
                fresh = block[max(stored - at, 0) : max(limit - at, 0)]
                file.write(fresh)
                stored, at = stored + len(fresh), at + len(block)
        except (ConnectionError, aiohttp.ClientError):
            limit = 0
        if limit < at:
            stored = max(int(session["received"]), stored - stored % CHUNK)
            file.truncate(stored)
    return stored


def _resume(session: Doc) -> web.Response:
    received = int(session["received"])
    headers = {"Range": f"bytes=0-{received - 1}"} if received else {}
    return web.Response(status=308, reason="Resume Incomplete", headers={**headers, "X-GUploader-UploadID": session["id"]})


async def _finish(world: World, session: Doc) -> web.Response:
    """Make the video of a complete file, in one transaction with the end of the session, and answer its resource."""
    part = part_path(world, session["id"])
    sha256 = await asyncio.to_thread(sha256_of, part)
    container = await asyncio.to_thread(probe, part)
    current = world.store.get("upload", session["id"]) or session
    if current["video_id"] is not None:  # another request finished it while we were hashing
        return _finished(world, current)
    file = {"size": session["total"], "sha256": sha256, "path": part.name, "mime": session["mime"], "name": session["name"]}
    account = world.account_of_channel(session["channel_id"]) or {}
    with world.store.transaction():
        video = create_video(world, account, session["resource"], {**file, "container": container.to_doc() if container else None})
        session["video_id"] = video["id"]
        world.store.put("upload", session["id"], session)
    return _finished(world, session)


def _finished(world: World, session: Doc) -> web.Response:
    video = find_video(world, session["video_id"])
    if video is None:
        raise ApiError(404, "notFound", "The video of this upload was deleted.")
    return web.json_response(to_resource(world, video, [*session["parts"]]))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def routes() -> list[web.RouteDef]:
    paths = ("/upload/youtube/v3/videos", "/resumable/upload/youtube/v3/videos")
    return [route for path in paths for route in (web.post(path, open_session), web.put(path, put_bytes))]
