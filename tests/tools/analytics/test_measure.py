"""Numbers come from the platform at its time, absent ones stay absent, and money is booked to the cent and once."""

from datetime import timedelta

import pytest

from memory.repositories import ledger, snapshots
from memory.tables import now
from tools.analytics.measure import measure
from tools.analytics.tools import best_posts, check_numbers, what_next
from tools.monetization.tools import report_money
from tools.toolkit import Context


@pytest.fixture
def posted(newsroom, clip):
    post_id = newsroom.plan(clip)
    assert newsroom.deliver(post_id)["verdict"] == "ok"
    return post_id


def _measure(newsroom, *post_ids):
    return measure(newsroom.desk(), newsroom.run.workspace_id, post_ids)


def _pass(newsroom, **time):
    newsroom.sandbox.control("clock", advance_s=timedelta(**time).total_seconds())


def _snapshots(newsroom, post_id):
    with newsroom.deps.database.reading() as session:
        return snapshots.series(session, post_id)


def _entries(newsroom):
    with newsroom.deps.database.reading() as session:
        return ledger.entries(session, newsroom.run.workspace_id)


def _ask(newsroom, tool, **arguments):
    with newsroom.deps.database.session() as session:
        return tool.function(Context(newsroom.deps, session, newsroom.run, "c9"), **tool.parse(arguments))


def test_views_grow_and_reports_come_late(newsroom, posted):
    _pass(newsroom, hours=6)
    first = _measure(newsroom)
    _pass(newsroom, days=4)
    second = _measure(newsroom)

    early, late = _snapshots(newsroom, posted)
    assert first["verdict"] == "degraded" and "two to three days late" in first["text"]
    assert "minutes_watched" not in early.metrics and "income_minor" not in early.metrics
    assert second["verdict"] == "ok"
    assert 0 < early.metrics["views"] < late.metrics["views"]
    assert 0 < late.metrics["average_view_percentage"] and late.metrics["engaged_views"] > 0


def test_snapshots_bear_the_platforms_time(newsroom, posted):
    _pass(newsroom, days=30)

    _measure(newsroom)

    (snapshot,) = _snapshots(newsroom, posted)
    assert timedelta(days=29) < snapshot.taken_at - now() < timedelta(days=31)


def test_income_is_booked_as_it_grows_and_never_twice(newsroom, posted):
    for _ in range(4):
        _pass(newsroom, days=2)
        _measure(newsroom)
        _measure(newsroom)

    entries = _entries(newsroom)
    last = _snapshots(newsroom, posted)[-1].metrics
    assert sum(entry.amount_minor for entry in entries) == last["income_minor"] > 0
    assert len({entry.document for entry in entries}) == len(entries) <= 4
    assert {(entry.kind, entry.post_id) for entry in entries} == {("ad_share", posted)}


def test_a_channel_outside_the_partner_programme_has_no_income_data(newsroom, posted):
    newsroom.sandbox.control("account", ypp=False)
    _pass(newsroom, days=5)

    result = _measure(newsroom)

    assert result["verdict"] == "degraded"
    assert "does not report income" in result["text"]
    metrics = _snapshots(newsroom, posted)[0].metrics
    assert "income_minor" not in metrics and metrics["minutes_watched"] > 0
    assert _entries(newsroom) == []


def test_a_deleted_video_is_said_and_has_no_numbers(newsroom, posted):
    remote_id = newsroom.post(posted).remote_id
    newsroom.sandbox.fault(path="/youtube/v3/videos", method="GET", status=200, body={"items": []})

    result = _measure(newsroom, posted)

    assert result["verdict"] == "blocked" and "no longer shows" in result["text"]
    assert remote_id and _snapshots(newsroom, posted) == []


def test_a_dead_account_is_named_and_stops_nothing_else(newsroom, posted):
    newsroom.sandbox.control("revoke")

    result = _measure(newsroom)

    assert result["verdict"] == "blocked" and "revoked or has expired" in result["text"]
    assert "connected again" in _measure(newsroom)["text"]


def test_measuring_settles_a_post_that_was_still_processing(newsroom, clip):
    newsroom.sandbox.control("settings", processing_s=3600)
    post_id = newsroom.plan(clip)
    assert newsroom.deliver(post_id, processing_wait_s=0.0)["status"] == "uploaded"
    _pass(newsroom, hours=2)

    _measure(newsroom)

    assert newsroom.post(post_id).status.value == "published"


def test_the_digest_speaks_of_measured_posts_alone(newsroom, clip, make_mp4, tmp_path):
    assert "No data" in _ask(newsroom, best_posts)["text"]
    assert "No data" in _ask(newsroom, what_next)["text"]
    assert "No data" in _ask(newsroom, report_money)["text"]
    waiting = newsroom.clip(make_mp4(tmp_path / "b.mp4", 300_000), position=2)
    newsroom.deliver(newsroom.plan(clip))
    _pass(newsroom, days=5)
    _measure(newsroom)

    best = _ask(newsroom, best_posts)
    advice = _ask(newsroom, what_next)

    assert best["posts"][0]["title"] == "A strong claim" and best["posts"][0]["profit_minor"] > 0
    assert "too few to be sure" in advice["text"]
    assert [row["variant_id"] for row in advice["waiting"]] == [waiting.id]
    assert "profit" in _ask(newsroom, report_money)["text"]


def test_check_numbers_makes_one_job_per_call(newsroom, posted):
    payload = _ask(newsroom, check_numbers, post_ids=[posted])

    assert payload == {"key": "measure:1:c9", "workspace_id": newsroom.run.workspace_id, "post_ids": [posted]}
