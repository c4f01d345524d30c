"""A video as the platform keeps it: its life from uploaded to public, its numbers, and its resource as the API shows it."""

import math
from collections.abc import Callable

from sandbox.audience import Numbers, Profile, make_profile, numbers
from sandbox.store import Doc
from sandbox.world import World, iso, parse_iso, stable_id

LONG_UPLOAD_S = 15 * 60  # without phone verification a longer video is rejected
OWNER_PARTS = frozenset({"fileDetails", "processingDetails", "suggestions"})


def create_video(world: World, account: Doc, resource: Doc, file: Doc) -> Doc:
    """Store a video whose last byte has arrived; its id follows from the seed and from how many came before.

    Args:
        account: The channel's account.
        resource: Cleaned resource sections.
        file: `size` in bytes, `sha256`, `path`, `mime`, `container` (or None when it is no video).
    """
    now = world.now()
    video_id = stable_id(world.seed, f"video/{world.next_number('video')}", 11)
    if account["locked_private"]:
        resource["status"]["privacyStatus"] = "private"
        resource["status"].pop("publishAt", None)
    video: Doc = {
        "id": video_id,
        "channel_id": account["channel_id"],
        "created_at": now,
        "processed_at": now + float(world.settings()["processing_s"]),
        "resource": resource,
        "file": file,
        "verdict": _judge(account, file),
        "deleted": False,
        "public": [],
        "links": [],
    }
    open_or_close(video, now)
    world.store.put("video", video_id, video)
    return video


def _judge(account: Doc, file: Doc) -> Doc:
    """Return what processing will end with."""
    if file["container"] is None:
        return {"uploadStatus": "failed", "failureReason": "emptyFile" if not file["size"] else "invalidFile"}
    if file["container"]["duration_s"] > LONG_UPLOAD_S and not account["phone_verified"]:
        return {"uploadStatus": "rejected", "rejectionReason": "length"}
    return {"uploadStatus": "processed"}


def open_or_close(video: Doc, at: float) -> None:
    """Begin or end the video's time in public so that it fits its privacy, verdict and deletion from `at` on."""
    seen = (
        video["resource"]["status"]["privacyStatus"] == "public"
        and video["verdict"]["uploadStatus"] == "processed"
        and not video["deleted"]
    )
    spans = video["public"]
    is_open = bool(spans) and spans[-1][1] is None
    if seen and not is_open:
        spans.append([max(at, video["processed_at"]), None])
    if is_open and not seen:
        spans[-1][1] = max(at, spans[-1][0])


def public_age(video: Doc, at: float) -> float:
    """Return for how many seconds the video had been public at a time."""
    return math.fsum(max(0.0, min(at, end if end is not None else at) - start) for start, end in video["public"])


def find_video(world: World, video_id: str) -> Doc | None:
    """Return a video that exists, with a schedule that came due carried out; None when unknown or deleted."""
    video = world.store.get("video", video_id)
    return None if video is None or video["deleted"] else settle(world, video)


def all_videos(world: World) -> list[Doc]:
    """Return all videos ever uploaded, deleted ones too, oldest first, settled."""
    return [settle(world, video) for video in world.store.all("video")]


def settle(world: World, video: Doc) -> Doc:
    """Publish a scheduled video whose time has come, at exactly its time."""
    status = video["resource"]["status"]
    due = parse_iso(status["publishAt"]) if "publishAt" in status else None
    if due is not None and due <= world.now() and not video["deleted"]:
        del status["publishAt"]
        status["privacyStatus"] = "public"
        open_or_close(video, due)
        world.store.put("video", video["id"], video)
    return video


def duration_of(video: Doc) -> float:
    container = video["file"]["container"]
    return float(container["duration_s"]) if container else 0.0


def profile_of(world: World, video: Doc) -> Profile:
    first = video["public"][0][0] if video["public"] else video["processed_at"]
    return make_profile(world.seed, video["id"], duration_of(video), int(first // 3600 % 24))


def numbers_at(world: World, video: Doc, at: float) -> Numbers:
    """Return the video's counters at a time; all zero before it was public."""
    return numbers(profile_of(world, video), public_age(video, at))


def upload_status(video: Doc, now: float) -> Doc:
    """Return uploadStatus and, once processing ended badly, its reason."""
    return dict(video["verdict"]) if now >= video["processed_at"] else {"uploadStatus": "uploaded"}


def to_resource(world: World, video: Doc, parts: list[str]) -> Doc:
    """Return the video resource with the named parts."""
    now = world.now()
    done = now >= video["processed_at"]
    account = world.account_of_channel(video["channel_id"]) or {}
    builders: dict[str, Callable[[], Doc | None]] = {
        "snippet": lambda: _snippet(world, video, account),
        "status": lambda: _status(video, now),
        "contentDetails": lambda: _content_details(video, done),
        "statistics": lambda: _statistics(numbers_at(world, video, now)),
        "processingDetails": lambda: _processing(video, now),
        "fileDetails": lambda: _file_details(video),
        "suggestions": lambda: {},
        "player": lambda: {"embedHtml": f'<iframe src="//www.youtube.com/embed/{video["id"]}"></iframe>'},
        "localizations": lambda: video["resource"].get("localizations", {}),
        "recordingDetails": lambda: video["resource"].get("recordingDetails", {}),
        "paidProductPlacementDetails": lambda: {
            "hasPaidProductPlacement": False,
            **video["resource"].get("paidProductPlacementDetails", {}),
        },
        "topicDetails": lambda: {},
        "id": lambda: None,
    }
    sections = {part: builders[part]() for part in parts}
    return {"kind": "youtube#video", "id": video["id"], **{part: value for part, value in sections.items() if value is not None}}


VIDEO_PARTS = frozenset(
    "snippet status contentDetails statistics processingDetails fileDetails suggestions player localizations recordingDetails"
    " paidProductPlacementDetails topicDetails id".split()
)


def thumbnails(video: Doc) -> Doc:
    sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
    return {name: {"url": f"https://i.ytimg.com/vi/{video['id']}/{name}.jpg", "width": w, "height": h} for name, (w, h) in sizes.items()}


def published_at(video: Doc) -> str:
    return iso(video["public"][0][0] if video["public"] else video["created_at"])


def _snippet(world: World, video: Doc, account: Doc) -> Doc:
    own = video["resource"]["snippet"]
    return {
        "publishedAt": published_at(video),
        "channelId": video["channel_id"],
        "thumbnails": thumbnails(video),
        "channelTitle": account.get("title", ""),
        "liveBroadcastContent": "none",
        "localized": {"title": own["title"], "description": own["description"]},
        **own,
    }


def _status(video: Doc, now: float) -> Doc:
    own = video["resource"]["status"]
    made_for_kids = {"madeForKids": own.get("selfDeclaredMadeForKids", False)}
    return {**upload_status(video, now), **own, **made_for_kids}


def _content_details(video: Doc, done: bool) -> Doc:
    return {
        "duration": iso_duration(duration_of(video)) if done else "P0D",
        "dimension": "2d",
        "definition": "hd",
        "caption": "false",
        "licensedContent": False,
        "contentRating": {},
        "projection": "rectangular",
    }


def iso_duration(seconds: float) -> str:
    """Return an ISO 8601 duration in whole seconds, at least one second for a file with a length."""
    whole = round(seconds) or (1 if seconds > 0 else 0)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if value)
    return f"PT{clock}" if clock else "P0D"


def _statistics(seen: Numbers) -> Doc:
    counted = {"viewCount": seen.views, "likeCount": seen.likes, "favoriteCount": 0, "commentCount": seen.comments}
    return {name: str(value) for name, value in counted.items()}


def _processing(video: Doc, now: float) -> Doc:
    if now < video["processed_at"]:
        whole = max(video["processed_at"] - video["created_at"], 1.0)
        left_ms = int((video["processed_at"] - now) * 1000)
        progress = {"partsTotal": "100", "partsProcessed": str(int(100 * (1 - left_ms / 1000 / whole))), "timeLeftMs": str(left_ms)}
        state: Doc = {"processingStatus": "processing", "processingProgress": progress}
    elif video["verdict"]["uploadStatus"] == "failed":
        state = {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    else:
        state = {"processingStatus": "succeeded"}
    return {**state, "fileDetailsAvailability": "available", "thumbnailsAvailability": "available"}


def _file_details(video: Doc) -> Doc:
    file, container = video["file"], video["file"]["container"]
    details: Doc = {"fileName": file.get("name", "unknown"), "fileSize": str(file["size"]), "fileType": "video" if container else "other"}
    if container:
        details |= {"container": container["kind"], "durationMs": str(int(container["duration_s"] * 1000))}
        details["videoStreams"] = [{"widthPixels": container["width"], "heightPixels": container["height"]}]
    return details
