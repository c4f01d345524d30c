"""YouTube Analytics v2 reports over the same audience as the public counters, 48 hours late and by Pacific days.

Supported tables: no dimension, `day`, `video`, and `elapsedVideoTimeRatio` of one video; any other mix is refused as the real
API refuses what it does not support. Revenue needs the monetary scope and a channel in the partner programme.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from operator import itemgetter

from aiohttp import web

from sandbox.audience import RATIOS, Numbers, Profile, mean_retention, retention
from sandbox.google_api import ApiError, Caller, identify, owner
from sandbox.store import Doc
from sandbox.world import PACIFIC, WORLD, World
from sandbox.youtube_videos import all_videos, duration_of, numbers_at, profile_of

DELAY = timedelta(hours=48)
SCOPES = ("yt-analytics.readonly", "yt-analytics-monetary.readonly", "youtube", "youtube.readonly")
MONETARY = "yt-analytics-monetary.readonly"
MAX_VIDEO_ROWS = 200
Row = list[str | int | float]

COUNTS: dict[str, Callable[[Numbers], int]] = {
    "views": lambda n: n.views,
    "engagedViews": lambda n: n.engaged_views,
    "estimatedMinutesWatched": lambda n: n.watch_s // 60,
    "likes": lambda n: n.likes,
    "comments": lambda n: n.comments,
    "shares": lambda n: n.shares,
    "subscribersGained": lambda n: n.subscribers,
}
# Means need the length of what was watched, so they are computed from the sum of views x length.
MEANS = ("averageViewDuration", "averageViewPercentage")
REVENUE: dict[str, Callable[[Numbers], float]] = {
    "estimatedRevenue": lambda n: round(n.revenue_micro_usd / 1e6, 3),
    "estimatedAdRevenue": lambda n: round(n.revenue_micro_usd / 1e6, 3),
}
RETENTION = ("audienceWatchRatio", "relativeRetentionPerformance")
TYPES = dict.fromkeys((*COUNTS, "averageViewDuration"), "INTEGER") | dict.fromkeys((*REVENUE, "averageViewPercentage", *RETENTION), "FLOAT")
DIMENSION_TYPES = {"day": "STRING", "video": "STRING", "elapsedVideoTimeRatio": "FLOAT"}


async def report(request: web.Request) -> web.Response:
    """GET /v2/reports."""
    world = request.app[WORLD]
    caller = identify(request, *SCOPES)
    account = owner(caller)
    if _required(request, "ids") not in ("channel==MINE", f"channel=={account['channel_id']}"):
        raise ApiError(403, "forbidden", "Forbidden")
    start, end = _read_dates(request)
    metrics = _required(request, "metrics").split(",")
    dimension = request.query.get("dimensions", "")
    wanted = _read_filter(request)
    _check_mix(request, metrics, dimension, wanted)
    _check_money(metrics, caller, account)
    mine = [video for video in all_videos(world) if video["channel_id"] == account["channel_id"]]
    videos = [video for video in mine if video["public"] and (wanted is None or video["id"] in wanted)]
    rows = _rows(world, videos, metrics, dimension, start, min(end, last_processed_day(world)))
    rows = _cut(request, [*filter(None, [dimension]), *metrics], rows)
    headers = [{"name": dimension, "columnType": "DIMENSION", "dataType": DIMENSION_TYPES[dimension]}] if dimension else []
    headers += [{"name": name, "columnType": "METRIC", "dataType": TYPES[name]} for name in metrics]
    body: Doc = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
    return web.json_response({**body, "rows": rows} if rows else body)


def last_processed_day(world: World) -> date:
    """Return the newest Pacific day that ended at least 48 hours ago."""
    return (datetime.fromtimestamp(world.now(), PACIFIC) - DELAY).date() - timedelta(days=1)


def _required(request: web.Request, name: str) -> str:
    value = request.query.get(name, "")
    if not value:
        raise ApiError(400, "required", f"Required parameter: {name}", location=name)
    return value


def _read_dates(request: web.Request) -> tuple[date, date]:
    days = []
    for name in ("startDate", "endDate"):
        text = _required(request, name)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ApiError(400, "invalid", f"Invalid value for parameter {name}: {text}", location=name)
        try:
            days.append(date.fromisoformat(text))
        except ValueError as error:
            raise ApiError(400, "invalid", f"Invalid value for parameter {name}: {text}", location=name) from error
    if days[0] > days[1]:
        raise ApiError(400, "badRequest", "startDate must not lie after endDate.", location="startDate")
    return days[0], days[1]


def _read_filter(request: web.Request) -> list[str] | None:
    """Return the videos of `filters=video==a,b`; None without a filter."""
    text = request.query.get("filters", "")
    if not text:
        return None
    match = re.fullmatch(r"video==([A-Za-z0-9_,-]+)", text)
    if match is None or len(match[1].split(",")) > 500:
        raise _unsupported()
    return match[1].split(",")


def _unsupported() -> ApiError:
    return ApiError(400, "badRequest", "The query is not supported. Check the documentation for supported queries.")


def _check_mix(request: web.Request, metrics: list[str], dimension: str, wanted: list[str] | None) -> None:
    for name in metrics:
        if name not in TYPES:
            raise ApiError(400, "badRequest", f"Unknown identifier ({name}) given in field parameters.metrics.", location="metrics")
    if len(set(metrics)) != len(metrics) or request.query.get("currency", "USD") != "USD":
        raise _unsupported()
    if dimension not in ("", *DIMENSION_TYPES):
        raise _unsupported()
    if (dimension == "elapsedVideoTimeRatio") != bool(set(metrics) & set(RETENTION)) or (
        set(metrics) & set(RETENTION) and set(metrics) - set(RETENTION)
    ):
        raise _unsupported()
    if dimension == "elapsedVideoTimeRatio" and (wanted is None or len(wanted) != 1):
        raise _unsupported()
    if dimension == "video" and (not request.query.get("sort") or _whole(request, "maxResults", 0) not in range(1, MAX_VIDEO_ROWS + 1)):
        raise _unsupported()


def _check_money(metrics: list[str], caller: Caller, account: Doc) -> None:
    if set(metrics) & set(REVENUE) and (MONETARY not in caller.scopes or not account["ypp"]):
        raise ApiError(403, "forbidden", "Forbidden")


def _rows(world: World, videos: list[Doc], metrics: list[str], dimension: str, start: date, end: date) -> list[Row]:
    if not videos:
        return []
    first_public = min(video["public"][0][0] for video in videos)
    start = max(start, datetime.fromtimestamp(first_public, PACIFIC).date())  # nothing was seen before, so no row is lost
    if start > end:
        return []
    if dimension == "elapsedVideoTimeRatio":
        return _retention_rows(world, videos[0], metrics, start, end)
    if dimension == "video":
        groups: list[tuple[str, list[Doc], date, date]] = [(video["id"], [video], start, end) for video in videos]
    elif dimension == "day":
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        groups = [(day.isoformat(), videos, day, day) for day in days]
    else:
        groups = [("", videos, start, end)]
    rows = []
    for key, some, first, last in groups:
        values = _measure(world, some, first, last)
        if values[0].views:
            rows.append([*([key] if dimension else []), *(_value(name, *values) for name in metrics)])
    return rows


def _measure(world: World, videos: list[Doc], start: date, end: date) -> tuple[Numbers, float]:
    """Sum the videos over whole Pacific days; return the counters and the seconds there were to watch (views x length)."""
    begin, finish = midnight(start), midnight(end + timedelta(days=1))
    total, watchable = Numbers(), 0.0
    for video in videos:
        gained = numbers_at(world, video, finish).minus(numbers_at(world, video, begin))
        total, watchable = total.plus(gained), watchable + gained.views * max(duration_of(video), 1.0)
    return total, watchable


def midnight(day: date) -> float:
    """Return when a Pacific day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=PACIFIC).timestamp()


def _value(name: str, total: Numbers, watchable: float) -> int | float:
    if name in COUNTS:
        return COUNTS[name](total)
    if name in REVENUE:
        return REVENUE[name](total)
    if name == "averageViewDuration":
        return round(total.watch_s / total.views)
    return round(100.0 * total.watch_s / watchable, 2)


def _retention_rows(world: World, video: Doc, metrics: list[str], start: date, end: date) -> list[Row]:
    if not _measure(world, [video], start, end)[0].views:
        return []
    profile = profile_of(world, video)
    curves = {
        "audienceWatchRatio": lambda x: round(retention(profile, x), 4),
        "relativeRetentionPerformance": lambda x: _relative(profile, x),
    }
    return [[step / RATIOS, *(curves[name](step / RATIOS) for name in metrics)] for step in range(1, RATIOS + 1)]


def _relative(profile: Profile, ratio: float) -> float:
    """Return 0..1 beside videos of the same length; 0.5 where the curve lies at the model's middle."""
    return round(min(1.0, 0.5 * retention(profile, ratio) / retention(profile, 0.0) * (mean_retention(profile) + 0.4)), 4)


def _cut(request: web.Request, columns: list[str], rows: list[Row]) -> list[Row]:
    """Apply sort, startIndex and maxResults."""
    for key in reversed([key for key in request.query.get("sort", "").split(",") if key]):
        name = key.lstrip("-")
        if name not in columns:
            raise ApiError(400, "badRequest", f"Unknown identifier ({name}) given in field parameters.sort.", location="sort")
        rows = sorted(rows, key=itemgetter(columns.index(name)), reverse=key.startswith("-"))
    first = _whole(request, "startIndex", 1) - 1
    return rows[first : first + _whole(request, "maxResults", len(rows) or 1)]


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or (name in request.query and int(text) < 1):
        raise ApiError(400, "invalidParameter", f"Invalid value for {name}: {text}", location=name)
    return int(text)


def routes() -> list[web.RouteDef]:
    return [web.get("/v2/reports", report)]
