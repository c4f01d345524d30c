from itertools import pairwise
from typing import Any

import pytest

NAMES = "views,engagedViews,estimatedMinutesWatched,averageViewDuration,averageViewPercentage,likes,subscribersGained,estimatedRevenue"


def _report(visitor: Any, **changes: str) -> Any:
    query = {"ids": "channel==MINE", "startDate": "2026-11-01", "endDate": "2026-12-31", "metrics": "views"}
    return visitor.get("/v2/reports", **{key: value for key, value in (query | changes).items() if value})


def _after(visitor: Any, days: float) -> None:
    visitor.control("clock", advance_s=days * 86_400)
    visitor.sign_in()


def test_rows_are_absent_until_a_day_is_two_days_old(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]

    _after(visitor, 2)
    early = _report(visitor).json()
    _after(visitor, 1)
    later = _report(visitor).json()

    assert "rows" not in early and early["kind"] == "youtubeAnalytics#resultTable"
    assert 0 < later["rows"][0][0] <= int(visitor.video(video_id)["statistics"]["viewCount"])


def test_days_and_videos_add_up_to_the_total(visitor: Any, make_mp4: Any) -> None:
    for n in range(2):
        visitor.upload(make_mp4(seed=n))
    _after(visitor, 9)

    total = _report(visitor).json()["rows"][0][0]
    days = _report(visitor, dimensions="day", sort="day").json()["rows"]
    videos = _report(visitor, dimensions="video", sort="-views", maxResults="10").json()["rows"]

    assert sum(row[1] for row in days) == sum(row[1] for row in videos) == total
    assert [row[0] for row in days] == sorted(row[0] for row in days) and days[0][0] == "2026-11-20"
    assert videos[0][1] >= videos[1][1]


def test_a_report_names_its_columns_and_their_types(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]
    _after(visitor, 4)

    body = _report(visitor, metrics=NAMES, filters=f"video=={video_id}").json()

    assert [header["name"] for header in body["columnHeaders"]] == NAMES.split(",")
    kinds = {"INTEGER": int, "FLOAT": float}
    assert all(isinstance(value, kinds[header["dataType"]]) for header, value in zip(body["columnHeaders"], body["rows"][0], strict=True))
    row = dict(zip(NAMES.split(","), body["rows"][0], strict=True))
    assert row["engagedViews"] < row["views"] and row["estimatedRevenue"] > 0
    assert row["averageViewDuration"] == pytest.approx(31 * row["averageViewPercentage"] / 100, abs=1)


def test_retention_has_a_hundred_points_that_fall(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]
    _after(visitor, 4)

    rows = _report(visitor, metrics="audienceWatchRatio", dimensions="elapsedVideoTimeRatio", filters=f"video=={video_id}").json()["rows"]

    assert [row[0] for row in rows] == [n / 100 for n in range(1, 101)]
    assert all(one[1] >= two[1] for one, two in pairwise(rows))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"dimensions": "day,video"}, id="day and video"),
        pytest.param({"dimensions": "video"}, id="video without sort"),
        pytest.param({"dimensions": "video", "sort": "-views", "maxResults": "500"}, id="too many videos"),
        pytest.param({"dimensions": "elapsedVideoTimeRatio", "metrics": "audienceWatchRatio"}, id="retention of all videos"),
        pytest.param({"metrics": "audienceWatchRatio"}, id="retention without its dimension"),
        pytest.param({"filters": "country==US"}, id="other filter"),
    ],
)
def test_an_unsupported_mix_is_refused(visitor: Any, changes: dict[str, str]) -> None:
    answer = _report(visitor, **changes)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("The query is not supported.")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"metrics": "money"}, id="unknown metric"),
        pytest.param({"startDate": "2026-13-01"}, id="no date"),
        pytest.param({"endDate": "2025-01-01"}, id="end before start"),
        pytest.param({"ids": ""}, id="no ids"),
    ],
)
def test_a_wrong_parameter_is_refused(visitor: Any, changes: dict[str, str]) -> None:
    assert _report(visitor, **changes).status_code == 400


def test_revenue_needs_the_partner_programme_and_the_monetary_scope(visitor: Any) -> None:
    allowed = _report(visitor, metrics="estimatedRevenue").status_code
    visitor.control("account", ypp=False)
    outside = _report(visitor, metrics="estimatedRevenue").status_code
    visitor.control("account", ypp=True)
    visitor.sign_in(scopes=["https://www.googleapis.com/auth/yt-analytics.readonly"])

    assert (allowed, outside) == (200, 403)
    assert _report(visitor, metrics="estimatedRevenue").status_code == 403
    assert _report(visitor).status_code == 200
