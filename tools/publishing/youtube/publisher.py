"""A YouTube channel as a `Publisher`: uploads that survive a crash, read-back, numbers."""

import logging
import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from memory.domain import Json
from memory.errors import AccountError, InputError, TransientError
from tools.publishing.publisher import AccessToken, Journal, ReadBack, Stats, Upload
from tools.publishing.settings import YouTubeSettings
from tools.publishing.youtube.api import YouTubeApi
from tools.publishing.youtube.errors import PACIFIC
from tools.publishing.youtube.upload import Pace, ResumableUpload, SessionGone

log = logging.getLogger(__name__)

_PARTS = "snippet,status,paidProductPlacementDetails"
_READ_PARTS = f"{_PARTS},processingDetails,contentDetails"
_SKEW = timedelta(seconds=5)  # the Date header and publishedAt have whole seconds
_MOST_SESSIONS = 3  # in one job
_CATEGORY = "22"  # People & Blogs: assignable everywhere, and what YouTube itself assumes
_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")
_ALWAYS = "views,engagedViews,estimatedMinutesWatched,averageViewPercentage"
_NAMES = {"viewCount": "views", "likeCount": "likes", "commentCount": "comments"}
_REPORT_NAMES = {
    "views": "report_views",
    "engagedViews": "engaged_views",
    "estimatedMinutesWatched": "minutes_watched",
    "averageViewPercentage": "average_view_percentage",
}


class YouTube:
    """One connected channel. Made for a job and closed at its end."""

    def __init__(self, settings: YouTubeSettings, base_url: str, token: AccessToken) -> None:
        endpoints = settings.at(base_url)
        pace = Pace(settings.chunk_bytes, settings.retries, settings.backoff_s, settings.timeout_s)
        self._api = YouTubeApi(endpoints, token, settings.timeout_s)
        self._upload = ResumableUpload(endpoints.upload, token, pace)
        self._settles_s = settings.listing_settles_s
        self._site = base_url.rstrip("/") or "https://www.youtube.com"
        self._sessions = 0

    def close(self) -> None:
        self._api.close()
        self._upload.close()

    def channel(self) -> Json:
        """The account's own channel resource.

        Raises:
            AccountError: The Google account has no channel.
        """
        channel = self._api.my_channel()
        if channel is None:
            raise AccountError("This Google account has no YouTube channel.", hint="Create one on youtube.com and connect again.")
        return channel

    def publish(self, upload: Upload, journal: Journal) -> str:
        return self._from_new_session(upload, journal, instead_of="")

    def resume(self, upload: Upload, handle: Json, journal: Journal) -> str:
        """Ask the session; when it is gone, look for the video; upload anew only when it provably never was complete."""
        journal.check()
        return self._feed(upload, handle, journal, is_new=False)

    def read_back(self, remote_id: str) -> ReadBack | None:
        video = next(iter(self._api.videos([remote_id], _READ_PARTS)), None)
        return _read_back(video, self._site) if video else None

    def stats(self, remote_ids: Sequence[str], since: datetime, currency: str) -> Stats:
        """Counters of the Data API now, and totals of the Analytics API, which lag two to three days behind."""
        ids = list(remote_ids)
        metrics: dict[str, Json] = {video["id"]: _counters(video) for video in self._api.videos(ids, "statistics")}
        now = self._api.platform_now()
        missing: list[str] = []
        period = {"startDate": _pacific_day(since), "endDate": _pacific_day(now), "dimensions": "video", "sort": "-views"}
        for row in self._report(ids, missing, **period, metrics=_ALWAYS):
            numbers = {ours: row[theirs] for theirs, ours in _REPORT_NAMES.items() if row.get(theirs) is not None}
            metrics.setdefault(row["video"], {}).update(numbers)
        rows = self._report(ids, missing, **period, metrics="views,estimatedRevenue", currency=currency)
        revenue = {row["video"]: float(row["estimatedRevenue"]) for row in rows if row.get("estimatedRevenue") is not None}
        return Stats(now.replace(microsecond=0), metrics, revenue, currency, tuple(missing))

    def _report(self, ids: list[str], missing: list[str], **query: Any) -> list[Json]:
        """A report over videos, 200 to a query; what the platform does not give is named in `missing`."""
        what = "income" if "estimatedRevenue" in query["metrics"] else "watch time"
        rows: list[Json] = []
        try:
            for at in range(0, len(ids), 200):
                rows += self._api.report(filters="video==" + ",".join(ids[at : at + 200]), maxResults=200, **query)
        except AccountError as error:
            # 403: no right for it, or for income a channel outside the partner programme.
            missing.append(f"YouTube does not report {what} for this channel: {error.message}")
            return []
        except InputError as error:
            missing.append(f"YouTube did not take the question about {what}: {error.message}")
            return []
        if not rows:
            missing.append(f"YouTube has no {what} yet; its reports come two to three days late.")
        return rows

    def _from_new_session(self, upload: Upload, journal: Journal, *, instead_of: str) -> str:
        journal.check()
        self._sessions += 1
        if self._sessions > _MOST_SESSIONS:
            raise TransientError("YouTube forgets every upload it begins.", hint="It is tried again later.", retry_after_s=600.0)
        session = self._upload.begin(_metadata(upload), _PARTS, upload.size_bytes)
        opened_at = time.time() + self._upload.offset_s
        handle = journal.save({"session": session, "opened_at": opened_at, "final_sent": False}, instead_of=instead_of)
        if handle["session"] != session:
            return self.resume(upload, handle, journal)  # another process was first: its session is the one that counts
        return self._feed(upload, handle, journal, is_new=True)

    def _feed(self, upload: Upload, handle: Json, journal: Journal, *, is_new: bool) -> str:
        watch = _Watch(handle, journal)
        try:
            video = self._upload.send(handle["session"], upload.path, upload.size_bytes, watch, is_new=is_new)
        except SessionGone:
            return self._after_session(upload, watch.handle, journal)
        log.info("upload.finished video=%s size_bytes=%s", video["id"], upload.size_bytes)
        return str(video["id"])

    def _after_session(self, upload: Upload, handle: Json, journal: Journal) -> str:
        """The session is gone. If the last byte was never sent no video can have come of it; else the channel is looked through."""
        if handle.get("final_sent"):
            found = self._find(upload, handle, journal)
            if found:
                return found
            age_s = self._api.platform_now().timestamp() - float(handle["opened_at"])
            if age_s < self._settles_s:
                wait_s = min(300.0, self._settles_s - age_s)
                raise TransientError(
                    "YouTube lost the upload after its last byte, and the video is not in the channel's list yet.",
                    hint="It is not uploaded a second time until that is certain.",
                    retry_after_s=wait_s,
                )
        return self._from_new_session(upload, journal, instead_of=handle["session"])

    def _find(self, upload: Upload, handle: Json, journal: Journal) -> str:
        """The id of the video this upload became: same title and description, same size, newer than the session, nobody else's."""
        playlist = self.channel()["contentDetails"]["relatedPlaylists"]["uploads"]
        ids = [
            item["contentDetails"]["videoId"]
            for item in self._api.uploads(playlist)
            if item["snippet"]["title"] == upload.title
            and datetime.fromisoformat(item["snippet"]["publishedAt"]).timestamp() >= handle["opened_at"] - _SKEW.total_seconds()
        ]
        for video in self._api.videos(ids, "snippet,fileDetails"):
            size = video.get("fileDetails", {}).get("fileSize")
            is_same = video["snippet"].get("description", "").strip() == upload.description.strip()
            if is_same and size in (None, str(upload.size_bytes)) and not journal.is_ours(video["id"]):
                return str(video["id"])
        return ""


class _Watch:
    """Between chunks: stop, progress, and the note that from here on the video may exist."""

    def __init__(self, handle: Json, journal: Journal) -> None:
        self.handle, self._journal = handle, journal

    def check(self) -> None:
        self._journal.check()

    def before_chunk(self, first: int, end: int, total: int) -> None:
        self._journal.check()
        self._journal.report(first / total)
        if end == total and not self.handle.get("final_sent"):
            self.handle = self._journal.save({**self.handle, "final_sent": True}, instead_of=self.handle["session"])


def _metadata(upload: Upload) -> Json:
    status = {"privacyStatus": upload.privacy, "selfDeclaredMadeForKids": upload.is_for_kids}
    return {
        "snippet": {"title": upload.title, "description": upload.description, "categoryId": _CATEGORY},
        "status": {**status, "containsSyntheticMedia": upload.is_synthetic},
        "paidProductPlacementDetails": {"hasPaidProductPlacement": upload.is_advertising},
    }


def _read_back(video: Json, site: str) -> ReadBack:
    snippet, status = video.get("snippet", {}), video.get("status", {})
    state, why = _state(status, video.get("processingDetails", {}))
    return ReadBack(
        remote_id=video["id"],
        url=f"{site}/shorts/{video['id']}",
        state=state,
        title=snippet.get("title", ""),
        description=snippet.get("description", ""),
        privacy=status.get("privacyStatus", ""),
        is_synthetic=bool(status.get("containsSyntheticMedia", False)),
        is_advertising=bool(video.get("paidProductPlacementDetails", {}).get("hasPaidProductPlacement", False)),
        is_for_kids=bool(status.get("selfDeclaredMadeForKids", status.get("madeForKids", False))),
        why=why,
        published_at=snippet.get("publishedAt", ""),
        duration_s=_seconds(video.get("contentDetails", {}).get("duration", "")),
    )


def _state(status: Json, processing: Json) -> tuple[str, str]:
    """`processing`, `ready` or `failed`, and why. `uploadStatus` decides; processing details explain."""
    uploaded, processed = status.get("uploadStatus"), processing.get("processingStatus")
    if uploaded in ("failed", "rejected", "deleted") or processed in ("failed", "terminated"):
        reason = status.get("failureReason") or status.get("rejectionReason") or processing.get("processingFailureReason") or ""
        return "failed", f"YouTube says {uploaded or processed}: {reason}".rstrip(": ") + "."
    return ("ready", "") if uploaded == "processed" else ("processing", "")


def _counters(video: Json) -> Json:
    """Counters come as strings; one that is hidden or switched off is absent and stays so."""
    statistics = video.get("statistics", {})
    return {ours: int(statistics[theirs]) for theirs, ours in _NAMES.items() if theirs in statistics}


def _seconds(duration: str) -> float | None:
    """Seconds of an ISO 8601 duration such as PT1M2S; None when it says nothing."""
    parts = _DURATION.fullmatch(duration)
    if not duration or parts is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds


def _pacific_day(moment: datetime) -> str:
    """Analytics days turn over at midnight Pacific."""
    return moment.astimezone(PACIFIC).strftime("%Y-%m-%d")
