import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

CHUNK = 262_144


def _reason(answer: httpx.Response) -> str:
    return answer.json()["error"]["errors"][0]["reason"]


def test_a_video_arrives_in_chunks_and_is_on_disk_byte_for_byte(visitor: Any, make_mp4: Any, tmp_path: Path) -> None:
    data = make_mp4(700_000)
    session = visitor.session(len(data))

    empty = visitor.query(session, len(data))
    answers = [visitor.put(session, data[at : at + CHUNK], at, len(data)) for at in range(0, len(data), CHUNK)]

    assert (empty.status_code, "Range" in empty.headers) == (308, False)
    assert [answer.status_code for answer in answers] == [308, 308, 200]
    assert answers[1].headers["Range"] == f"bytes=0-{2 * CHUNK - 1}"
    post = visitor.posts()[0]
    assert post["sha256"] == hashlib.sha256(data).hexdigest() and post["same_sha256"] == 1
    assert next((tmp_path / "sandbox.db.files").iterdir()).read_bytes() == data
    assert visitor.video(answers[2].json()["id"])["contentDetails"]["duration"] == "PT31S"


def test_one_put_of_the_whole_file_needs_no_content_range(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4(300_000)

    answer = visitor.http.put(visitor.session(len(data)), content=data, headers=visitor.auth)

    assert answer.status_code == 200
    assert answer.json()["snippet"]["title"] == "One good minute"


@pytest.mark.parametrize(
    ("first", "length", "total"),
    [
        pytest.param(0, 1000, 700_000, id="chunk is no multiple of 256 KiB"),
        pytest.param(CHUNK, CHUNK, 700_000, id="a gap before the chunk"),
        pytest.param(0, CHUNK, 800_000, id="another total"),
        pytest.param(600_000, CHUNK, 700_000, id="beyond the end"),
    ],
)
def test_a_wrong_range_is_refused_and_nothing_is_stored(visitor: Any, first: int, length: int, total: int) -> None:
    session = visitor.session(700_000)

    answer = visitor.put(session, bytes(length), first, total)

    assert answer.status_code == 400
    assert "Range" not in visitor.query(session, 700_000).headers


def test_content_length_must_fit_the_range(visitor: Any) -> None:
    session = visitor.session(700_000)

    answer = visitor.http.put(session, content=bytes(1000), headers=visitor.auth | {"Content-Range": f"bytes 0-{CHUNK - 1}/700000"})

    assert answer.status_code == 400


def test_bytes_that_are_sent_again_are_skipped(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4(700_000)
    session = visitor.session(len(data))
    visitor.put(session, data[: 2 * CHUNK], 0, len(data))

    answer = visitor.put(session, data, 0, len(data))

    assert answer.status_code == 200
    assert visitor.posts()[0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_chunk_may_be_kept_in_part(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4(3 * CHUNK)
    session = visitor.session(len(data))
    visitor.control("faults", path="/upload/*", method="PUT", partial_bytes=CHUNK + 5000)

    partial = visitor.put(session, data, 0, len(data))
    rest = visitor.put(session, data[CHUNK:], CHUNK, len(data))

    assert (partial.status_code, partial.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    assert rest.status_code == 200
    assert visitor.posts()[0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_lost_final_answer_is_found_by_asking_the_session(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4()
    session = visitor.session(len(data))
    visitor.control("faults", path="/upload/*", method="PUT", drop="after")

    with pytest.raises(httpx.TransportError):
        visitor.put(session, data, 0, len(data))
    asked = visitor.query(session, len(data))

    assert asked.status_code == 200
    assert [post["id"] for post in visitor.posts()] == [asked.json()["id"]]


def test_a_call_dropped_before_processing_changes_nothing(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4()
    session = visitor.session(len(data))
    visitor.control("faults", path="/upload/*", method="PUT", drop="before")

    with pytest.raises(httpx.TransportError):
        visitor.put(session, data, 0, len(data))

    assert "Range" not in visitor.query(session, len(data)).headers
    assert visitor.posts() == []


def test_a_connection_that_breaks_in_a_chunk_keeps_whole_blocks(visitor: Any, make_mp4: Any) -> None:
    import socket
    from urllib.parse import urlsplit

    data = make_mp4(4 * CHUNK)
    session = visitor.session(len(data))
    parts = urlsplit(session)
    head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {visitor.token}\r\n"
    head += f"Content-Length: {len(data)}\r\nContent-Range: bytes 0-{len(data) - 1}/{len(data)}\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port)) as raw:
        raw.sendall(head.encode() + data[: 2 * CHUNK + 777])

    stored = visitor.query(session, len(data)).headers.get("Range")
    first = int(stored.split("-")[1]) + 1 if stored else 0
    final = visitor.put(session, data[first:], first, len(data))

    assert first % CHUNK == 0 and first <= 2 * CHUNK
    assert final.status_code == 200
    assert visitor.posts()[0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_session_expires(visitor: Any) -> None:
    session = visitor.session(700_000)
    visitor.control("clock", advance_s=8 * 86_400)
    visitor.sign_in()

    assert visitor.query(session, 700_000).status_code == 404


def test_an_expired_token_in_mid_upload_leaves_the_session_valid(visitor: Any, make_mp4: Any) -> None:
    data = make_mp4()
    session = visitor.session(len(data))
    visitor.put(session, data[:CHUNK], 0, len(data))
    visitor.control("revoke", access_only=True)

    refused = visitor.put(session, data[CHUNK:], CHUNK, len(data))
    visitor.sign_in()

    assert refused.status_code == 401
    assert visitor.put(session, data[CHUNK:], CHUNK, len(data)).status_code == 200


def _body(snippet: dict[str, Any] | None = None, status: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"snippet": {"title": "t", **(snippet or {})}, "status": {"privacyStatus": "private", **(status or {})}}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(_body({"title": "x" * 101}), "invalidTitle", id="long title"),
        pytest.param(_body({"title": "a <b>"}), "invalidTitle", id="markup in title"),
        pytest.param({"status": {"privacyStatus": "private"}}, "invalidTitle", id="no title"),
        pytest.param(_body({"description": "ü" * 2501}), "invalidDescription", id="description in bytes"),
        pytest.param(_body({"tags": ["x" * 499, "y"]}), "invalidTags", id="tags with their comma"),
        pytest.param(_body({"tags": ["x " * 249 + "y"]}), "invalidTags", id="tag with spaces is quoted"),
        pytest.param(_body({"categoryId": "999"}), "invalidCategoryId", id="category"),
        pytest.param(_body(status={"privacyStatus": "hidden"}), "badRequest", id="privacy"),
        pytest.param(
            _body(status={"privacyStatus": "public", "publishAt": "2027-01-01T00:00:00Z"}), "invalidPublishAt", id="schedule and public"
        ),
        pytest.param(_body(status={"publishAt": "tomorrow"}), "invalidPublishAt", id="no time"),
        pytest.param(_body(status={"containsSyntheticMedia": "yes"}), "badRequest", id="not a boolean"),
        pytest.param(_body({"titel": "x"}), "badRequest", id="unknown field"),
        pytest.param({**_body(), "localizations": {"de": {"title": "x"}}}, "unexpectedPart", id="section without its part"),
    ],
)
def test_wrong_metadata_is_refused_when_the_session_is_opened(visitor: Any, body: dict[str, Any], reason: str) -> None:
    answer = visitor.open_upload(1000, body=body)

    assert (answer.status_code, _reason(answer)) == (400, reason)


def test_upload_needs_its_scope(guest: Any) -> None:
    guest.sign_in(scopes=["https://www.googleapis.com/auth/youtube.readonly"])

    answer = guest.open_upload(1000)

    assert (answer.status_code, _reason(answer)) == (403, "insufficientPermissions")


def test_the_insert_bucket_empties_and_refills_at_midnight_pacific(visitor: Any) -> None:
    visitor.control("settings", quota={"insert": 2})

    answers = [visitor.open_upload(1000) for _ in range(3)]
    visitor.control("clock", set="2026-11-21T08:00:00Z")
    visitor.sign_in()

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert (_reason(answers[2]), answers[2].json()["error"]["errors"][0]["domain"]) == ("quotaExceeded", "youtube.quota")
    assert visitor.open_upload(1000).status_code == 200


def test_a_channel_has_a_daily_upload_limit_of_its_own(visitor: Any, make_mp4: Any) -> None:
    visitor.control("account", upload_limit=1)
    visitor.upload(make_mp4())

    refused = visitor.open_upload(1000)
    visitor.control("clock", advance_s=86_401)
    visitor.sign_in()

    assert (refused.status_code, _reason(refused)) == (400, "uploadLimitExceeded")
    assert visitor.open_upload(1000).status_code == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"\x1a\x45\xdf\xa3" + bytes(100), "processed", id="WebM by its magic"),
        pytest.param(b"this is no video" * 100, "failed", id="text"),
    ],
)
def test_processing_ends_by_what_the_file_is(visitor: Any, data: bytes, status: str) -> None:
    video = visitor.upload(data)

    assert visitor.video(video["id"])["status"]["uploadStatus"] == status


def test_uploading_the_same_bytes_twice_is_seen(visitor: Any, make_mp4: Any) -> None:
    visitor.upload(make_mp4())
    visitor.upload(make_mp4())

    assert [post["same_sha256"] for post in visitor.posts()] == [2, 2]
