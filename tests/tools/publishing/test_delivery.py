"""A post reaches its platform exactly once, whatever breaks on the way; the platform's own records are the witness."""

import contextlib
import random

import pytest

from memory.domain import EffectStatus, PostStatus, Rights, Verdict
from memory.errors import AccountError, RefusedError, StoppedError, TransientError
from memory.repositories import controls
from memory.tables import Account, Asset, Effect
from tools.publishing.settings import CHUNK_UNIT_BYTES
from tools.publishing.youtube.publisher import YouTube
from tools.publishing.youtube.upload import ResumableUpload


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_faults_and_kills_ends_in_one_whole_video(newsroom, clip, monkeypatch, seed):
    luck = random.Random(seed)
    faults = ({"drop": "before"}, {"drop": "after"}, {"status": 503}, {"status": 500}, {"partial_bytes": CHUNK_UNIT_BYTES}, {"status": 401})
    post_id, result = newsroom.plan(clip), None
    for attempt in range(30):
        for _ in range(luck.randrange(4) if attempt < 10 else 0):
            newsroom.sandbox.fault(**luck.choice(faults), times=luck.randrange(1, 3))
        with monkeypatch.context() as patch:
            if luck.random() < 0.6:
                method = luck.choice(("begin", "ask", "_put_chunk", "_put_chunk", "send"))
                die(patch, ResumableUpload, method, after_calls=luck.randrange(4), first_do_it=luck.random() < 0.5)
            with contextlib.suppress(Killed, TransientError, AccountError):  # two 401 in a row end in AccountError
                result = newsroom.deliver(post_id, chunk_bytes=luck.choice((1, 2)) * CHUNK_UNIT_BYTES)
                break

    assert result is not None and result["verdict"] == "ok", f"seed {seed}"
    assert [video["sha256"] for video in newsroom.sandbox.posts()] == [newsroom.work(post_id).asset.sha256]


def test_a_post_is_uploaded_and_read_back_as_asked(newsroom, clip):
    post_id = newsroom.plan(clip, privacy="public")

    result = newsroom.deliver(post_id)

    assert (result["verdict"], result["read_back"], result["reasons"]) == ("ok", True, [])
    assert result["upload_bytes"] == 9 * CHUNK_UNIT_BYTES // 2
    (video,) = newsroom.sandbox.posts()
    assert (video["id"], video["privacy"], video["title"]) == (result["remote_id"], "public", "A strong claim")
    assert video["sha256"] == newsroom.work(post_id).asset.sha256
    work = newsroom.work(post_id)
    assert (work.effect.status, work.post.status) == (EffectStatus.CONFIRMED, PostStatus.PUBLISHED)


def test_labels_of_the_timeline_reach_the_platform(newsroom, tmp_path, make_mp4):
    variant = newsroom.clip(make_mp4(tmp_path / "b.mp4", 300_000), position=2, labels=("synthetic_voice",))

    result = newsroom.deliver(newsroom.plan(variant, paid_promotion=True, made_for_kids=True))

    assert result["verdict"] == "ok"
    resource = newsroom.sandbox.posts()[0]["resource"]
    assert resource["status"]["containsSyntheticMedia"] is True
    assert resource["status"]["selfDeclaredMadeForKids"] is True
    assert resource["paidProductPlacementDetails"] == {"hasPaidProductPlacement": True}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"partial_bytes": CHUNK_UNIT_BYTES}, id="a chunk is kept in part"),
        pytest.param({"partial_bytes": 0}, id="a chunk is not kept at all"),
        pytest.param({"status": 503}, id="503 in the middle"),
        pytest.param({"status": 503, "times": 3}, id="three 503 in a row"),
        pytest.param({"drop": "before"}, id="the connection drops before a chunk"),
        pytest.param({"drop": "after"}, id="the answer to a chunk is lost"),
        pytest.param({"status": 200, "body": "<html>"}, id="an answer that is no JSON"),
        pytest.param({"status": 308, "headers": {"Range": "bytes=0-1179647"}}, id="every byte is there and the video is not yet"),
    ],
)
def test_a_broken_chunk_is_asked_about_and_taken_up(newsroom, clip, fault):
    newsroom.sandbox.fault(**fault)

    result = newsroom.deliver(newsroom.plan(clip), chunk_bytes=2 * CHUNK_UNIT_BYTES)

    assert result["verdict"] == "ok"
    (video,) = newsroom.sandbox.posts()
    assert video["sha256"] == newsroom.work(result["post_id"]).asset.sha256


def test_a_lost_final_answer_leaves_exactly_one_video(newsroom, clip):
    newsroom.sandbox.fault(drop="after", times=1)

    result = newsroom.deliver(newsroom.plan(clip), chunk_bytes=8 * CHUNK_UNIT_BYTES)

    assert result["verdict"] == "ok"
    assert [video["id"] for video in newsroom.sandbox.posts()] == [result["remote_id"]]


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours catches it."""


def die(monkeypatch, cls, name, *, after_calls=0, first_do_it=False):
    """Let the process die at a method call."""
    real = getattr(cls, name)
    calls = iter(range(1000))

    def wrapper(*args, **kwargs):
        if next(calls) < after_calls:
            return real(*args, **kwargs)
        if first_do_it:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(cls, name, wrapper)


@pytest.mark.parametrize(
    ("method", "after_calls", "first_do_it"),
    [
        pytest.param("begin", 0, False, id="before the session"),
        pytest.param("begin", 0, True, id="after the session was given and before it was saved"),
        pytest.param("_put_chunk", 0, False, id="after the session was saved and before the first byte"),
        pytest.param("_put_chunk", 2, False, id="in the middle"),
        pytest.param("_put_chunk", 2, True, id="in the middle, after a chunk whose answer nobody read"),
        pytest.param("_put_chunk", 4, True, id="after the last byte"),
        pytest.param("send", 0, True, id="after the answer and before its id was saved"),
    ],
)
def test_a_killed_upload_goes_on_and_ends_in_one_video(newsroom, clip, monkeypatch, method, after_calls, first_do_it):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, ResumableUpload, method, after_calls=after_calls, first_do_it=first_do_it)
        with pytest.raises(Killed):
            newsroom.deliver(post_id)
    assert newsroom.work(post_id).effect.status is EffectStatus.STARTED

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "ok"
    assert [video["id"] for video in newsroom.sandbox.posts()] == [result["remote_id"]]


def test_a_kill_before_the_read_back_does_not_upload_again(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, YouTube, "read_back")
        with pytest.raises(Killed):
            newsroom.deliver(post_id)

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "ok"
    assert len(newsroom.sandbox.calls("/upload/*")) == 1 + 5
    assert newsroom.deliver(post_id) == result


def test_what_was_stored_is_not_sent_again(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, ResumableUpload, "_put_chunk", after_calls=3)
        with pytest.raises(Killed):
            newsroom.deliver(post_id)

    newsroom.deliver(post_id)

    ranges = [call["content_range"] for call in newsroom.sandbox.calls("/upload/*") if call["method"] == "PUT"]
    assert [text.split("/")[0].removeprefix("bytes ").split("-")[0] for text in ranges] == [
        "0",
        "262144",
        "524288",
        "*",
        "786432",
        "1048576",
    ]


def test_a_session_that_expired_half_way_is_begun_anew(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, ResumableUpload, "_put_chunk", after_calls=2)
        with pytest.raises(Killed):
            newsroom.deliver(post_id)
    newsroom.sandbox.control("clock", advance_s=8 * 86_400)

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "ok"
    assert [video["id"] for video in newsroom.sandbox.posts()] == [result["remote_id"]]


def test_a_finished_upload_whose_session_is_gone_is_found_in_the_channel(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, ResumableUpload, "send", first_do_it=True)
        with pytest.raises(Killed):
            newsroom.deliver(post_id)
    newsroom.sandbox.control("clock", advance_s=8 * 86_400)

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "ok"
    assert [video["id"] for video in newsroom.sandbox.posts()] == [result["remote_id"]]


def test_after_the_last_byte_nothing_is_uploaded_again_until_the_list_has_settled(newsroom, clip):
    newsroom.sandbox.fault(drop="before", times=100)
    post_id = newsroom.plan(clip)
    with pytest.raises(TransientError):
        newsroom.deliver(post_id, chunk_bytes=8 * CHUNK_UNIT_BYTES)
    newsroom.sandbox.http.delete(f"{newsroom.sandbox.url}/__sandbox/faults")
    newsroom.sandbox.control("settings", session_life_s=0)
    newsroom.sandbox.control("clock", advance_s=60)

    with pytest.raises(TransientError, match="not in the channel's list yet"):
        newsroom.deliver(post_id)
    assert newsroom.sandbox.posts() == []

    newsroom.sandbox.control("settings", session_life_s=86_400)
    newsroom.sandbox.control("clock", advance_s=2 * 86_400)
    assert newsroom.deliver(post_id)["verdict"] == "ok"
    assert len(newsroom.sandbox.posts()) == 1


def test_two_processes_on_one_post_make_one_video(newsroom, clip, monkeypatch):
    """The second one was started because the first was taken for dead; it comes back after its session was asked for."""
    post_id = newsroom.plan(clip)
    real = ResumableUpload.begin
    others: list[dict] = []

    def slow_begin(self, *args):
        session = real(self, *args)
        if not others:
            others.append({})
            others[0] = newsroom.deliver(post_id)
        return session

    monkeypatch.setattr(ResumableUpload, "begin", slow_begin)

    result = newsroom.deliver(post_id)

    assert result["remote_id"] == others[0]["remote_id"]
    assert len(newsroom.sandbox.posts()) == 1


def test_a_token_revoked_in_mid_upload_asks_for_a_new_connection_and_then_goes_on(newsroom, clip, monkeypatch, connect):
    post_id = newsroom.plan(clip)
    real = ResumableUpload._put_chunk

    def revoke_first(self, session, path, size_bytes, first, watcher):
        if first == 2 * CHUNK_UNIT_BYTES:
            newsroom.sandbox.control("revoke")
        return real(self, session, path, size_bytes, first, watcher)

    with monkeypatch.context() as patch:
        patch.setattr(ResumableUpload, "_put_chunk", revoke_first)
        with pytest.raises(AccountError, match="revoked"):
            newsroom.deliver(post_id)
    with newsroom.deps.database.reading() as session:
        assert "revoked" in session.get_one(Account, newsroom.account.id).needs_reauth

    connect()
    assert newsroom.deliver(post_id)["verdict"] == "ok"
    assert len(newsroom.sandbox.posts()) == 1


def test_an_expired_token_is_renewed_once_and_the_session_lives_on(newsroom, clip):
    newsroom.sandbox.control("revoke", access_only=True)

    result = newsroom.deliver(newsroom.plan(clip))

    assert result["verdict"] == "ok"
    assert len(newsroom.sandbox.calls("/token")) == 2  # the exchange and one refresh


def test_privacy_that_the_platform_changed_is_said(newsroom, clip):
    newsroom.sandbox.control("account", locked_private=True)

    result = newsroom.deliver(newsroom.plan(clip, privacy="public"))

    assert (result["verdict"], result["reasons"]) == ("degraded", ["It is private, not public as asked."])
    assert newsroom.post(result["post_id"]).status is PostStatus.DEGRADED


def test_stop_in_the_middle_sends_no_further_byte(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    real = ResumableUpload._put_chunk

    def stop_at_second(self, session, path, size_bytes, first, watcher):
        if first == CHUNK_UNIT_BYTES:
            with newsroom.deps.database.session() as session_:
                controls.set_stopped(session_, "all", stopped=True, by="member:1")
        return real(self, session, path, size_bytes, first, watcher)

    with monkeypatch.context() as patch:
        patch.setattr(ResumableUpload, "_put_chunk", stop_at_second)
        with pytest.raises(StoppedError):
            newsroom.deliver(post_id)
    puts = len(newsroom.sandbox.calls("/upload/*"))
    with pytest.raises(StoppedError):
        newsroom.deliver(post_id)
    assert len(newsroom.sandbox.calls("/upload/*")) == puts
    assert newsroom.sandbox.posts() == []

    with newsroom.deps.database.session() as session:
        controls.set_stopped(session, "all", stopped=False, by="member:1")
    assert newsroom.deliver(post_id)["verdict"] == "ok"


def test_a_canceled_job_stops_between_chunks(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    newsroom.canceled = True

    with pytest.raises(StoppedError):
        newsroom.deliver(post_id)

    assert newsroom.sandbox.calls("/upload/*") == []


def test_refused_metadata_fails_for_certain_and_may_be_asked_for_anew(newsroom, clip):
    refusal = {"error": {"code": 400, "message": "invalid title", "errors": [{"reason": "invalidTitle", "domain": "youtube.video"}]}}
    newsroom.sandbox.fault(method="POST", status=400, body=refusal)
    post_id = newsroom.plan(clip, title="Bad")

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "blocked"
    assert "invalidTitle" in result["text"]
    assert newsroom.work(post_id).effect.status is EffectStatus.FAILED
    assert newsroom.plan(clip, "c2", title="Good") == post_id
    assert newsroom.deliver(post_id)["verdict"] == "ok"
    with newsroom.deps.database.reading() as session:
        assert sorted(session.scalars(Effect.__table__.select().with_only_columns(Effect.key))) == ["publish:1:1", "publish:1:1:2"]


def test_an_empty_quota_waits_until_midnight_pacific(newsroom, clip):
    newsroom.sandbox.control("settings", quota={"insert": 0})

    with pytest.raises(TransientError) as caught:
        newsroom.deliver(newsroom.plan(clip))

    assert 0 < caught.value.retry_after_s <= 25 * 3600


def test_the_channels_own_upload_limit_waits_a_day(newsroom, clip):
    newsroom.sandbox.control("account", upload_limit=0)

    with pytest.raises(TransientError) as caught:
        newsroom.deliver(newsroom.plan(clip))

    assert caught.value.retry_after_s == 86_400


def test_a_video_that_processing_rejects_is_a_failure(newsroom, tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"not a video at all" * 1000)

    result = newsroom.deliver(newsroom.plan(newsroom.clip(path)))

    assert result["verdict"] == "blocked"
    assert "invalidFile" in result["text"]


def test_slow_processing_is_reported_and_settled_later(newsroom, clip):
    newsroom.sandbox.control("settings", processing_s=3600)
    post_id = newsroom.plan(clip)

    first = newsroom.deliver(post_id, processing_wait_s=0.0)

    assert (first["verdict"], first["status"]) == ("degraded", "uploaded")
    newsroom.sandbox.control("clock", advance_s=3600)
    assert newsroom.deliver(post_id)["verdict"] == "ok"
    assert len(newsroom.sandbox.posts()) == 1


def test_a_file_that_changed_after_approval_is_not_sent(newsroom, clip):
    post_id = newsroom.plan(clip)
    newsroom.deps.store.local(newsroom.work(post_id).asset.sha256, ".mp4").write_bytes(b"something else")

    result = newsroom.deliver(post_id)

    assert result["verdict"] == "blocked"
    assert newsroom.sandbox.calls("/upload/*") == []


def test_no_token_is_in_rows_or_results(newsroom, clip):
    result = newsroom.deliver(newsroom.plan(clip))

    with newsroom.deps.database.reading() as session:
        secret = newsroom.deps.vault.get(session, f"account:{newsroom.account.id}")
        connection = session.connection()
        dump = str(result) + "".join(
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").all()) for table in ("accounts", "effects", "posts", "audit", "ledger")
        )
    assert '"access": "ya29.' in secret
    assert "ya29." not in dump and "1//0" not in dump


def test_clips_that_may_not_be_shown_are_refused(newsroom, clip, tmp_path, make_mp4):
    with newsroom.deps.database.session() as session:
        session.get_one(Asset, newsroom.source.id).rights = Rights.UNKNOWN
    with pytest.raises(RefusedError, match="Nobody has said who owns"):
        newsroom.plan(clip)
    with newsroom.deps.database.session() as session:
        session.get_one(Asset, newsroom.source.id).rights = Rights.OWNED
    blocked = newsroom.clip(make_mp4(tmp_path / "b.mp4", 300_000), position=2, verdict=Verdict.BLOCKED)
    with pytest.raises(RefusedError, match="inspection"):
        newsroom.plan(blocked)
    newsroom.deliver(newsroom.plan(clip))
    with pytest.raises(RefusedError, match="already"):
        newsroom.plan(clip, "c2")
    with newsroom.deps.database.session() as session:
        session.get_one(Account, newsroom.account.id).needs_reauth = "it was revoked."
    with pytest.raises(RefusedError, match="connected again"):
        newsroom.plan(newsroom.clip(make_mp4(tmp_path / "c.mp4", 300_000), position=3))


def test_a_half_uploaded_clip_cannot_change_its_title(newsroom, clip, monkeypatch):
    post_id = newsroom.plan(clip)
    with monkeypatch.context() as patch:
        die(patch, ResumableUpload, "_put_chunk", after_calls=2)
        with pytest.raises(Killed):
            newsroom.deliver(post_id)

    with pytest.raises(RefusedError, match="begun and not finished"):
        newsroom.plan(clip, "c2", title="Another title")
    assert newsroom.plan(clip, "c3") == post_id
