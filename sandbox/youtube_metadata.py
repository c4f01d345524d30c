"""The rules of a YouTube video resource that a client sends, for insert and for update, with YouTube's own reasons.

Facts: title at most 100 characters without < or >, description at most 5000 bytes, tags 500 characters in total (commas count,
a tag with spaces counts two more), publishAt only with privacyStatus private and never after a video was public.
"""

from typing import Any

from sandbox.google_api import ApiError
from sandbox.store import Doc
from sandbox.world import iso, parse_iso

TITLE_CHARS = 100
DESCRIPTION_BYTES = 5000
TAGS_CHARS = 500
ASSIGNABLE_CATEGORIES = {"1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29"}
PRIVACY = ("public", "unlisted", "private")
BOOLEANS = {
    "status": ("selfDeclaredMadeForKids", "containsSyntheticMedia", "embeddable", "publicStatsViewable"),
    "paidProductPlacementDetails": ("hasPaidProductPlacement",),
}
MUTABLE: dict[str, tuple[str, ...]] = {
    "snippet": ("title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"),
    "status": ("privacyStatus", "publishAt", "license", *BOOLEANS["status"]),
    "paidProductPlacementDetails": ("hasPaidProductPlacement",),
    "recordingDetails": ("recordingDate",),
}
# Fields that only YouTube sets: a client that sends back what it read may include them, and they are ignored.
READ_ONLY: dict[str, tuple[str, ...]] = {
    "snippet": ("publishedAt", "channelId", "channelTitle", "thumbnails", "liveBroadcastContent", "localized"),
    "status": ("uploadStatus", "failureReason", "rejectionReason", "madeForKids"),
    "paidProductPlacementDetails": (),
    "recordingDetails": (),
}
WRITABLE_PARTS = frozenset({*MUTABLE, "localizations", "id"})


def refuse(reason: str, message: str, location: str) -> ApiError:
    return ApiError(400, reason, message, domain="youtube.video", location=f"body.{location}", where="other")


def clean_resource(body: Doc, parts: list[str], *, now: float, was_public: bool = False) -> Doc:
    """Check the named parts of a resource and return only what the caller may set.

    Args:
        body: The video resource as sent.
        parts: The values of `part`; the body may hold no other section.
        now: Sandbox time; a publishAt in the past publishes at once.
        was_public: A video that was public once can no longer be scheduled.

    Raises:
        ApiError: 400 with YouTube's reason.
    """
    for section in body:
        if section not in WRITABLE_PARTS | {"kind", "etag"}:
            raise ApiError(400, "badRequest", f"Invalid JSON payload received. Unknown name \"{section}\" at 'video': Cannot find field.")
        if section in WRITABLE_PARTS - {"id"} and section not in parts:
            raise ApiError(400, "unexpectedPart", f"'{section}'", domain="youtube.part", location="part")
    clean = {section: _clean_section(section, body.get(section, {})) for section in MUTABLE if section in parts}
    if "snippet" in parts:
        _check_snippet(clean["snippet"])
    if "status" in parts:
        _check_status(clean["status"], now, was_public)
    if "localizations" in parts:
        clean["localizations"] = _clean_localizations(body.get("localizations", {}), clean.get("snippet", {}))
    return clean


def _clean_section(section: str, value: Any) -> Doc:
    if not isinstance(value, dict):
        raise ApiError(400, "badRequest", f"Invalid value at 'video.{section}': an object is expected.")
    for name in value:
        if name not in MUTABLE[section] + READ_ONLY[section]:
            raise ApiError(
                400, "badRequest", f"Invalid JSON payload received. Unknown name \"{name}\" at 'video.{section}': Cannot find field."
            )
    kept = {name: value[name] for name in MUTABLE[section] if value.get(name) is not None}
    for name, given in kept.items():
        wanted = bool if name in BOOLEANS.get(section, ()) else list if name == "tags" else str
        if not isinstance(given, wanted):
            raise ApiError(400, "badRequest", f"Invalid value at 'video.{section}.{name}' ({wanted.__name__}), {given!r}")
    return kept


def _check_snippet(snippet: Doc) -> None:
    title, description = snippet.get("title", ""), snippet.get("description", "")
    if not title.strip() or len(title) > TITLE_CHARS or "<" in title or ">" in title:
        raise refuse("invalidTitle", "The request metadata specifies an invalid or empty video title.", "snippet.title")
    if len(description.encode()) > DESCRIPTION_BYTES or "<" in description or ">" in description:
        raise refuse("invalidDescription", "The request metadata specifies an invalid video description.", "snippet.description")
    tags = snippet.get("tags", [])
    if not all(isinstance(tag, str) for tag in tags) or any("<" in tag or ">" in tag for tag in tags) or tags_length(tags) > TAGS_CHARS:
        raise refuse("invalidTags", "The request metadata specifies invalid video keywords.", "snippet.tags")
    if snippet.setdefault("categoryId", "22") not in ASSIGNABLE_CATEGORIES:
        raise refuse("invalidCategoryId", "The request metadata specifies an invalid category ID.", "snippet.categoryId")
    snippet.setdefault("description", "")


def tags_length(tags: list[str]) -> int:
    """Count tags as YouTube does: a comma between tags counts, and a tag with a space counts its two quotes."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def _check_status(status: Doc, now: float, was_public: bool) -> None:
    if status.setdefault("privacyStatus", "public") not in PRIVACY:
        raise ApiError(400, "badRequest", f"Invalid value at 'video.status.privacy_status', \"{status['privacyStatus']}\"")
    if status.setdefault("license", "youtube") not in ("youtube", "creativeCommon"):
        raise refuse("invalidVideoMetadata", "The request metadata is invalid.", "status.license")
    status.setdefault("embeddable", True)
    status.setdefault("publicStatsViewable", True)
    if "publishAt" not in status:
        return
    try:
        due = parse_iso(status["publishAt"])
        status["publishAt"] = iso(due)
    except (ValueError, OverflowError) as error:
        raise refuse(
            "invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.", "status.publishAt"
        ) from error
    if status["privacyStatus"] != "private" or was_public:
        raise refuse("invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time.", "status.publishAt")
    if due <= now:
        del status["publishAt"]
        status["privacyStatus"] = "public"


def _clean_localizations(value: Any, snippet: Doc) -> Doc:
    if not isinstance(value, dict) or not all(isinstance(entry, dict) and isinstance(entry.get("title"), str) for entry in value.values()):
        raise refuse("invalidVideoMetadata", "The request metadata is invalid.", "localizations")
    if value and not snippet.get("defaultLanguage"):
        raise refuse(
            "defaultLanguageNotSet", "The request is trying to add localized video details without a default language.", "localizations"
        )
    return {tongue: {"title": entry["title"], "description": str(entry.get("description", ""))} for tongue, entry in value.items()}
