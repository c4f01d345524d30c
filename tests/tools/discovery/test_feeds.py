from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.errors import InputError
from tools.discovery.feeds import parse_date, parse_feed, source_name

RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>Solar &amp; &lt;b&gt;wind&lt;/b&gt;</title><link>https://a.example/1</link><guid>one</guid>
<pubDate>Sat, 21 Nov 2026 10:00:00 +0100</pubDate></item>
<item><title><![CDATA[<i>Second</i> story]]></title><link>javascript:alert(1)</link></item>
<item><description>no title</description></item>
<item><title>Again</title><guid>one</guid></item></channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><id>urn:1</id>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">An <b>Atom</b> story</div></title>
<link rel="edit" href="https://a.example/edit"/><link href="https://a.example/1"/>
<updated>2026-11-22T00:00:00Z</updated><published>2026-11-21T10:00:00+01:00</published></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>News</title></channel>
<item rdf:about="https://a.example/1"><title>An RDF story</title><link>https://a.example/1</link><dc:date>2026-11-21T09:00Z</dc:date></item>
</rdf:RDF>"""

YOUTUBE = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><entry><id>yt:video:x</id>
<title>A video</title><media:group><media:title>A video</media:title><media:community><media:statistics views="1234"/>
</media:community></media:group></entry></feed>"""

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_rss_items_are_read_without_markup_and_each_id_once() -> None:
    first, second = parse_feed(RSS, "a")

    assert (first.title, first.url, first.external_id, first.published_at) == ("Solar & wind", "https://a.example/1", "one", NINE)
    assert (second.title, second.url, second.published_at) == ("Second story", "", None)


@pytest.mark.parametrize(
    ("body", "title", "external_id"),
    [pytest.param(ATOM, "An Atom story", "urn:1", id="atom"), pytest.param(RDF, "An RDF story", "https://a.example/1", id="rdf")],
)
def test_the_other_dialects_give_the_same_fields(body: bytes, title: str, external_id: str) -> None:
    (item,) = parse_feed(body, "a")

    assert (item.title, item.url, item.external_id, item.published_at) == (title, "https://a.example/1", external_id, NINE)
    assert item.points is None


def test_views_of_a_video_feed_are_its_counter() -> None:
    assert parse_feed(YOUTUBE, "a")[0].points == 1234


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b'<!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>', "document type or entities", id="entity"),
        pytest.param(b'<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss/>', "document type or entities", id="dtd"),
        pytest.param(
            '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"), "entities", id="utf16"
        ),
        pytest.param(b"<!DOCTYPE html><html><body>hi</body></html>", "web page", id="html"),
        pytest.param(b"<html><body>hi</body></html>", "not an RSS or Atom feed", id="xhtml"),
        pytest.param(b"<rss><channel><item><title>cut", "not well-formed", id="truncated"),
        pytest.param(b'<?xml version="1.0" encoding="nobody"?><rss/>', "not well-formed", id="encoding"),
        pytest.param(b"", "not well-formed", id="empty"),
        pytest.param(bytes(range(256)), "not well-formed", id="bytes"),
    ],
)
def test_what_is_no_honest_feed_is_refused_with_a_reason(body: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_feed(body, "a")


def test_a_very_deep_document_does_no_harm() -> None:
    depth = 100_000

    assert parse_feed(b"<rss>" + b"<a>" * depth + b"</a>" * depth + b"</rss>", "a") == ()


def test_a_file_is_never_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    body = f'<!DOCTYPE r [<!ENTITY f SYSTEM "file://{secret}">]><rss><channel><item><title>&f;</title></item></channel></rss>'

    with pytest.raises(InputError):
        parse_feed(body.encode(), "a")


def test_no_more_items_are_read_than_allowed() -> None:
    items = b"".join(b"<item><title>Title %d</title></item>" % n for n in range(50))

    assert len(parse_feed(b"<rss><channel>" + items + b"</channel></rss>", "a", max_items=10)) == 10


@pytest.mark.parametrize("text", ["", "soon", "Mon, 99 Foo 2026 99:99:99 +9999", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_date_nobody_can_read_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_a_source_is_named_without_its_keys_and_each_address_has_its_own_name() -> None:
    names = {source_name(url) for url in ("https://me:pw@a.example/f?key=1", "https://a.example/f?key=2", "https://a.example/f")}

    assert len(names) == 3
    assert not any("pw" in name or "key" in name for name in names)
