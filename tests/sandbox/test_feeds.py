import time
from typing import Any

import defusedxml
import defusedxml.ElementTree
import httpx
import pytest

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(("name", "path"), [("tech", "channel/item"), ("makers", "channel/item"), ("science", f"{ATOM}entry")])
def test_a_feed_is_well_formed_and_grows_with_the_clock(guest: Any, name: str, path: str) -> None:
    first = guest.http.get(f"/feeds/{name}.xml")
    guest.control("clock", advance_s=6 * 3600)
    second = guest.http.get(f"/feeds/{name}.xml")

    items = [
        [child.findtext("title") or child.findtext(f"{ATOM}title") for child in _parse(answer).findall(path)] for answer in (first, second)
    ]
    assert len(items[0]) >= 10 and items[1][0] not in items[0]


def _parse(answer: httpx.Response) -> Any:
    return defusedxml.ElementTree.fromstring(answer.content)


@pytest.mark.parametrize(("header", "validator"), [("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")])
def test_an_unchanged_feed_answers_304_and_a_changed_one_200(guest: Any, header: str, validator: str) -> None:
    known = guest.http.get("/feeds/tech.xml").headers[validator]

    unchanged = guest.http.get("/feeds/tech.xml", headers={header: known})
    guest.control("clock", advance_s=6 * 3600)
    changed = guest.http.get("/feeds/tech.xml", headers={header: known})

    assert (unchanged.status_code, unchanged.content, changed.status_code) == (304, b"", 200)


def test_the_hostile_feed_is_refused_by_a_careful_parser(guest: Any) -> None:
    answer = guest.http.get("/feeds/hostile.xml")

    with pytest.raises(defusedxml.EntitiesForbidden):
        _parse(answer)


def test_the_huge_feed_goes_on_and_the_slow_one_dawdles(guest: Any) -> None:
    read = 0
    with guest.http.stream("GET", "/feeds/huge.xml") as huge:
        for block in huge.iter_bytes():
            read += len(block)
            if read > 4_000_000:
                break

    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        guest.http.get("/feeds/slow.xml", timeout=httpx.Timeout(0.3))

    assert read > 4_000_000 and time.monotonic() - began < 3


def test_stories_have_the_fields_of_the_real_api_and_rise_at_different_speeds(guest: Any) -> None:
    ids = guest.http.get("/v0/topstories.json").json()
    before = [guest.http.get(f"/v0/item/{item}.json").json() for item in ids]
    guest.control("clock", advance_s=5 * 3600)
    after = [guest.http.get(f"/v0/item/{item}.json").json() for item in ids]

    kinds = {"id": int, "type": str, "by": str, "time": int, "title": str, "url": str, "score": int, "descendants": int}
    assert all(isinstance(item[name], kind) for item in before for name, kind in kinds.items())
    gains = [late["score"] - early["score"] for early, late in zip(before, after, strict=True)]
    assert min(gains) >= 0 and max(gains) > 10 * (sorted(gains)[len(gains) // 4] + 1)
    assert len(set(guest.http.get("/v0/newstories.json").json()) - set(ids)) >= 6


def test_a_story_names_comments_that_exist_and_the_unknown_is_null(guest: Any) -> None:
    ids = guest.http.get("/v0/topstories.json").json()
    story = next(item for item in (guest.http.get(f"/v0/item/{one}.json").json() for one in ids) if item.get("kids"))

    comment = guest.http.get(f"/v0/item/{story['kids'][0]}.json").json()

    assert (comment["type"], comment["parent"]) == ("comment", story["id"])
    assert guest.http.get("/v0/item/1.json").json() is None
    assert guest.http.get(f"/v0/item/{max(ids) + 900_000}.json").json() is None


def test_one_rising_topic_is_an_attack_and_its_markup_stays_text(guest: Any) -> None:
    ids = guest.http.get("/v0/topstories.json").json()
    hostile = [item for item in (guest.http.get(f"/v0/item/{one}.json").json() for one in ids) if "Ignore all previous" in item["title"]]
    page = guest.http.get(hostile[0]["url"])

    assert len(hostile) == 1 and "<script>" in hostile[0]["title"]
    assert "<script>alert" not in page.text
