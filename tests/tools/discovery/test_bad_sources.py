import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from memory.database import Database
from memory.repositories import feeds
from memory.tables import Feed


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/xml"})
    await response.prepare(request)
    try:
        while True:
            await response.write(b"<item>" + b"x" * 50_000)
    except ConnectionError:
        return response


async def sluggish(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.1)
    except ConnectionError:
        pass
    return response


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def packed(body: bytes, encoding: str = "gzip") -> Any:
    async def page(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding}, content_type="application/xml")

    return page


def redirect(to: str) -> Any:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": to})

    return page


BOMB = gzip.compress(b"<rss>" + b" " * 50_000_000)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(endless, "larger than 2 MB", id="huge"),
        pytest.param(sluggish, "longer than 0.5 s", id="slow"),
        pytest.param(hang_up, "closed the connection", id="hangs up"),
        pytest.param(packed(BOMB), "larger than 2 MB", id="gzip bomb"),
        pytest.param(packed(b"no gzip"), "broken", id="no gzip"),
        pytest.param(packed(gzip.compress(b"<rss></rss>")[:-9]), "too early", id="cut gzip"),
        pytest.param(packed(b"x", "br"), "not asked for", id="other packing"),
        pytest.param('<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "document type or entities", id="entities"),
        pytest.param("<rss><channel>", "not well-formed", id="broken"),
        pytest.param(web.Response(body=b"\x89PNG", content_type="image/png"), "image/png, which is no feed", id="wrong content type"),
        pytest.param(web.Response(text="<!doctype html><p>hi", content_type="text/html"), "web page", id="web page"),
        pytest.param(web.Response(status=404), "answered 404", id="not found"),
        pytest.param(web.Response(status=503), "answered 503", id="down"),
        pytest.param(redirect("http://169.254.169.254/latest/meta-data"), "not a public address", id="redirect to link-local"),
        pytest.param(redirect("http://localhost:1/"), "not a public address", id="redirect to localhost by name"),
        pytest.param(redirect("http://[::ffff:10.0.0.1]/"), "not a public address", id="redirect to mapped address"),
        pytest.param(redirect("file:///etc/passwd"), "not a plain web address", id="redirect to file"),
        pytest.param(redirect("/bad.xml"), "redirects more than", id="redirect circle"),
    ],
)
def test_one_bad_source_is_named_and_the_others_are_read(page: Any, said: str, sources: Any, look: Any, database: Database) -> None:
    sources.pages |= {"/good.xml": sources.rss("A good story"), "/bad.xml": page}
    settings = sources.settings("/bad.xml", "/good.xml").model_copy(update={"timeout_s": 0.5})

    result = look(settings)

    assert result["verdict"] == "degraded"
    assert [entry["title_from_source"] for idea in result["ideas"] for entry in idea["evidence"]] == ["A good story"]
    assert said in result["reasons"][0] and "/bad.xml" in result["reasons"][0]
    with database.reading() as session:
        errors = {row.url.rpartition("/")[2]: row.error for row in session.scalars(select(Feed))}
    assert said in errors["bad.xml"] and errors["good.xml"] == ""


def test_packed_answers_and_redirects_within_the_source_are_followed(sources: Any, look: Any) -> None:
    sources.pages |= {"/old.xml": redirect("/new.xml"), "/new.xml": packed(gzip.compress(sources.rss("A packed story").encode()))}

    assert look(sources.settings("/old.xml"))["verdict"] == "ok"


def test_a_feed_that_broke_is_read_again_in_full_and_its_error_goes(sources: Any, look: Any, workspace_id: int, database: Database) -> None:
    sources.pages["/a.xml"] = web.Response(text="<rss><chan", headers={"ETag": '"broken"'})
    settings = sources.settings("/a.xml")

    look(settings)
    sources.pages["/a.xml"] = sources.rss("Mended")
    result = look(settings)

    assert result["observations_added"] == 1
    assert "If-None-Match" not in sources.requests[-1].headers
    with database.reading() as session:
        assert [row.error for row in feeds.listing(session, workspace_id)] == [""]


def test_when_no_source_answers_the_look_is_blocked_and_says_why(look: Any, sources: Any) -> None:
    result = look(sources.settings("/missing.xml", hn=True))

    assert result["verdict"] == "blocked"
    assert "404" in result["text"] and result["ideas"] == []
