import importlib.resources
import json
from typing import Any

import pytest

ALL_PARTS = (
    "id,snippet,status,contentDetails,statistics,processingDetails,fileDetails,player,localizations,"
    "paidProductPlacementDetails,recordingDetails"
)


def _discovery(name: str) -> dict[str, Any]:
    folder = importlib.resources.files("googleapiclient") / "discovery_cache" / "documents"
    return json.loads((folder / name).read_text())["schemas"]


def _misfits(value: Any, schema: dict[str, Any], schemas: dict[str, Any], at: str = "$") -> list[str]:
    """Return where a value departs from a discovery schema: unknown names and wrong types."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list}
    if "type" in schema and schema["type"] != "any" and not isinstance(value, kinds[schema["type"]]):
        return [f"{at}: {value!r} is not {schema['type']}"]
    if isinstance(value, list):
        return [problem for n, one in enumerate(value) for problem in _misfits(one, schema["items"], schemas, f"{at}[{n}]")]
    if not isinstance(value, dict):
        return [f"{at}: {value!r} not in {schema['enum']}"] if "enum" in schema and value not in schema["enum"] else []
    known, free = schema.get("properties", {}), schema.get("additionalProperties")
    problems = [f"{at}.{name}: unknown" for name in value if name not in known and free is None]
    return problems + [
        p for name, one in value.items() if (inner := known.get(name, free)) for p in _misfits(one, inner, schemas, f"{at}.{name}")
    ]


@pytest.mark.parametrize("processing_s", [0, 600])
def test_replies_hold_to_googles_own_schemas(visitor: Any, make_mp4: Any, processing_s: int) -> None:
    visitor.control("settings", processing_s=processing_s)
    video = visitor.upload(make_mp4())
    visitor.upload(b"no video at all")
    playlist = visitor.get("/youtube/v3/channels", part="contentDetails", mine="true").json()["items"][0]
    uploads = playlist["contentDetails"]["relatedPlaylists"]["uploads"]
    visitor.control("clock", advance_s=100)
    ids = ",".join(post["id"] for post in visitor.posts())
    replies = {
        "Video": video,
        "VideoListResponse": visitor.get("/youtube/v3/videos", part=ALL_PARTS, id=ids).json(),
        "ChannelListResponse": visitor.get("/youtube/v3/channels", part="id,snippet,contentDetails,statistics,status", mine="true").json(),
        "PlaylistItemListResponse": visitor.get(
            "/youtube/v3/playlistItems", part="snippet,contentDetails,status", playlistId=uploads
        ).json(),
    }
    schemas = _discovery("youtube.v3.json")

    problems = [problem for name, reply in replies.items() for problem in _misfits(reply, {"$ref": name}, schemas, name)]

    assert problems == []
    assert [len(reply.get("items", [1])) for reply in replies.values()] == [1, 2, 1, 2]


def test_the_schema_check_itself_finds_mistakes() -> None:
    reply = {"items": [{"statistics": {"viewCount": 5}, "titel": "x", "status": {"privacyStatus": "hidden"}}]}

    problems = _misfits(reply, {"$ref": "VideoListResponse"}, _discovery("youtube.v3.json"))

    assert len(problems) == 3


def test_processing_moves_with_the_clock(visitor: Any, make_mp4: Any) -> None:
    visitor.control("settings", processing_s=60)
    video_id = visitor.upload(make_mp4())["id"]

    before = visitor.video(video_id, "status,processingDetails,contentDetails")
    visitor.control("clock", advance_s=61)
    after = visitor.video(video_id, "status,processingDetails,contentDetails")

    assert (before["status"]["uploadStatus"], before["processingDetails"]["processingStatus"]) == ("uploaded", "processing")
    assert (after["status"]["uploadStatus"], after["processingDetails"]["processingStatus"]) == ("processed", "succeeded")
    assert (before["contentDetails"]["duration"], after["contentDetails"]["duration"]) == ("P0D", "PT31S")


def test_synthetic_media_is_returned_only_when_it_was_set(visitor: Any, make_mp4: Any) -> None:
    plain = visitor.upload(make_mp4())["id"]
    body = {"snippet": {"title": "t"}, "status": {"privacyStatus": "private", "containsSyntheticMedia": True}}
    marked = visitor.upload(make_mp4(), body=body)["id"]

    assert "containsSyntheticMedia" not in visitor.video(plain)["status"]
    assert visitor.video(marked)["status"]["containsSyntheticMedia"] is True


def test_a_scheduled_video_is_public_at_its_time_and_earns_from_then(visitor: Any, make_mp4: Any) -> None:
    body = {"snippet": {"title": "t"}, "status": {"privacyStatus": "private", "publishAt": "2026-11-21T12:00:00+00:00"}}
    video_id = visitor.upload(make_mp4(), body=body)["id"]

    visitor.control("clock", set="2026-11-21T11:59:59Z")
    visitor.sign_in()
    before = visitor.video(video_id)
    visitor.control("clock", set="2026-11-21T18:00:00Z")
    visitor.sign_in()
    after = visitor.video(video_id)

    assert (before["status"]["privacyStatus"], before["statistics"]["viewCount"]) == ("private", "0")
    assert before["status"]["publishAt"] == "2026-11-21T12:00:00Z"
    assert (after["status"]["privacyStatus"], after["snippet"]["publishedAt"]) == ("public", "2026-11-21T12:00:00Z")
    assert int(after["statistics"]["viewCount"]) > 0 and "publishAt" not in after["status"]


def test_a_locked_channel_is_silently_kept_private(visitor: Any, make_mp4: Any) -> None:
    visitor.control("account", locked_private=True)
    video_id = visitor.upload(make_mp4())["id"]

    visitor.control("clock", advance_s=3000)

    assert visitor.video(video_id)["status"]["privacyStatus"] == "private"
    assert visitor.video(video_id)["statistics"]["viewCount"] == "0"


def _put(visitor: Any, part: str, body: dict[str, Any]) -> Any:
    return visitor.http.put("/youtube/v3/videos", params={"part": part}, headers=visitor.auth, json=body)


def test_an_update_replaces_every_field_of_the_part(visitor: Any, make_mp4: Any) -> None:
    body = {"snippet": {"title": "old", "description": "long", "tags": ["a"]}, "status": {"privacyStatus": "unlisted"}}
    video_id = visitor.upload(make_mp4(), body=body)["id"]

    answer = _put(visitor, "snippet", {"id": video_id, "snippet": {"title": "new", "categoryId": "27"}})
    incomplete = _put(visitor, "snippet", {"id": video_id, "snippet": {"title": "new"}})
    snippet = visitor.video(video_id)["snippet"]

    assert answer.status_code == 200 and incomplete.status_code == 400
    assert (snippet["title"], snippet["description"], "tags" in snippet) == ("new", "", False)
    assert visitor.video(video_id)["status"]["privacyStatus"] == "unlisted"


def test_a_video_made_private_stops_earning_and_loses_nothing(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]
    visitor.control("clock", advance_s=3000)
    seen = visitor.video(video_id)["statistics"]

    _put(visitor, "status", {"id": video_id, "status": {"privacyStatus": "private"}})
    visitor.control("clock", advance_s=500)

    assert int(seen["viewCount"]) > 0
    assert visitor.video(video_id)["statistics"] == seen


def test_a_deleted_video_is_gone(visitor: Any, make_mp4: Any) -> None:
    video_id = visitor.upload(make_mp4())["id"]

    first, second = (visitor.http.delete("/youtube/v3/videos", params={"id": video_id}, headers=visitor.auth) for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 404)
    assert visitor.get("/youtube/v3/videos", part="id", id=video_id).json()["items"] == []


def test_strangers_see_no_private_video_and_no_processing_details(visitor: Any, make_mp4: Any) -> None:
    public = visitor.upload(make_mp4())["id"]
    hidden = visitor.upload(make_mp4(), body={"snippet": {"title": "t"}, "status": {"privacyStatus": "private"}})["id"]
    query = {"id": f"{public},{hidden}", "key": "sandbox-api-key"}

    seen = visitor.http.get("/youtube/v3/videos", params={**query, "part": "id,statistics"}).json()["items"]
    refused = visitor.http.get("/youtube/v3/videos", params={**query, "part": "processingDetails"})

    assert [video["id"] for video in seen] == [public]
    assert refused.status_code == 403


def test_the_uploads_playlist_is_newest_first_and_has_pages(visitor: Any, make_mp4: Any) -> None:
    made = [visitor.upload(make_mp4())["id"] for _ in range(3)]
    channel = visitor.get("/youtube/v3/channels", part="contentDetails", mine="true").json()["items"][0]
    query = {"part": "contentDetails", "playlistId": channel["contentDetails"]["relatedPlaylists"]["uploads"], "maxResults": 2}

    first = visitor.get("/youtube/v3/playlistItems", **query).json()
    second = visitor.get("/youtube/v3/playlistItems", **query, pageToken=first["nextPageToken"]).json()
    missing = visitor.get("/youtube/v3/playlistItems", part="id", playlistId="UUnone")

    assert [item["contentDetails"]["videoId"] for item in first["items"] + second["items"]] == made[::-1]
    assert first["pageInfo"] == {"totalResults": 3, "resultsPerPage": 2} and "nextPageToken" not in second
    assert (missing.status_code, missing.json()["error"]["errors"][0]["reason"]) == (404, "playlistNotFound")


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        pytest.param({"id": "x"}, 400, "missingRequiredParameter", id="no part"),
        pytest.param({"id": "x", "part": "everything"}, 400, "unknownPart", id="unknown part"),
        pytest.param({"part": "id"}, 400, "missingRequiredParameter", id="no filter"),
        pytest.param({"part": "id", "id": "x", "chart": "mostPopular"}, 400, "incompatibleParameters", id="two filters"),
        pytest.param({"part": "id", "id": ",".join(map(str, range(51)))}, 400, "invalidFilters", id="51 ids"),
    ],
)
def test_a_wrong_question_gets_googles_envelope(visitor: Any, query: dict[str, str], code: int, reason: str) -> None:
    answer = visitor.get("/youtube/v3/videos", **query)
    error = answer.json()["error"]

    assert (answer.status_code, error["code"], error["errors"][0]["reason"], error["status"]) == (code, code, reason, "INVALID_ARGUMENT")


def test_every_call_costs_quota_even_a_wrong_one(visitor: Any) -> None:
    visitor.control("settings", quota={"general": 2})

    answers = [visitor.get("/youtube/v3/videos", id="x").status_code for _ in range(3)]

    assert answers == [400, 400, 403]


def test_an_etag_saves_the_body_and_the_date_is_the_sandbox_clock(visitor: Any) -> None:
    first = visitor.get("/youtube/v3/channels", part="id", mine="true")

    again = visitor.http.get("/youtube/v3/channels?part=id&mine=true", headers=visitor.auth | {"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Date"] == "Fri, 20 Nov 2026 18:00:00 GMT"


def test_an_account_without_a_channel_must_sign_up(visitor: Any) -> None:
    visitor.control("account", has_channel=False)

    answer = visitor.get("/youtube/v3/channels", part="id", mine="true")

    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (401, "youtubeSignupRequired")
