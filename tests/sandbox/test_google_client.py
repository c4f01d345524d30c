"""Google's own client library works against the sandbox; it was written by others, so it checks what we understood of the protocol."""

import importlib.resources
import io
import json
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload


def _service(visitor: Any, name: str, credentials: Credentials) -> Any:
    folder = importlib.resources.files("googleapiclient") / "discovery_cache" / "documents"
    document = json.loads((folder / name).read_text()) | {"rootUrl": f"{visitor.url}/", "baseUrl": f"{visitor.url}/"}
    return build_from_document(document, credentials=credentials)


@pytest.fixture
def credentials(visitor: Any) -> Credentials:
    refresh_token = visitor.sign_in(prompt="consent")["refresh_token"]
    secrets = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "token_uri": f"{visitor.url}/token"}
    return Credentials(token=visitor.token, refresh_token=refresh_token, **secrets)


def test_it_uploads_reads_back_and_reports(visitor: Any, make_mp4: Any, credentials: Credentials) -> None:
    data = make_mp4(1_300_000)
    visitor.control("faults", path="/upload/*", method="PUT", partial_bytes=300_000)
    youtube = _service(visitor, "youtube.v3.json", credentials)
    media = MediaIoBaseUpload(io.BytesIO(data), mimetype="video/mp4", chunksize=524_288, resumable=True)
    body = {"snippet": {"title": "By the library", "categoryId": "22"}, "status": {"privacyStatus": "public"}}

    request = youtube.videos().insert(part="snippet,status", body=body, media_body=media)
    answer = None
    while answer is None:
        _, answer = request.next_chunk(num_retries=0)
    visitor.control("clock", advance_s=4 * 86_400)
    found = youtube.videos().list(part="snippet,statistics,status", id=answer["id"]).execute()["items"][0]
    analytics = _service(visitor, "youtubeAnalytics.v2.json", credentials)
    report = analytics.reports().query(ids="channel==MINE", startDate="2026-11-01", endDate="2026-12-31", metrics="views").execute()

    assert (found["snippet"]["title"], found["status"]["uploadStatus"]) == ("By the library", "processed")
    assert 0 < report["rows"][0][0] <= int(found["statistics"]["viewCount"])
    assert visitor.posts()[0]["size"] == len(data)
    youtube.close()
    analytics.close()


def test_it_understands_our_refusals(visitor: Any, credentials: Credentials) -> None:
    youtube = _service(visitor, "youtube.v3.json", credentials)

    with pytest.raises(HttpError) as refused:
        youtube.playlistItems().list(part="id", playlistId="UUnone").execute()

    assert refused.value.error_details[0]["reason"] == "playlistNotFound"
    youtube.close()
