"""RSS 2.0, RSS 1.0 (RDF) and Atom as observations. Lean on purpose: well-formed XML only, and only the fields we use."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from memory.errors import InputError
from memory.repositories.signals import Observation
from tools.discovery.words import clean_title, clean_url

_ID_CHARS = 300  # what the signals table holds
_ROOTS = frozenset({"rss", "RDF", "feed"})
_DATES = ("pubDate", "published", "date", "issued", "updated")  # the first one present; `updated` moves, so it comes last


class _Fields(NamedTuple):
    texts: dict[str, str]
    link: str
    views: int | None


def parse_feed(body: bytes, source: str, max_items: int = 200) -> tuple[Observation, ...]:
    """Read the items of a feed, in its order, each id once.

    Items without a title are left out. `points` are the views that YouTube's channel feeds carry (`media:statistics`), else None.

    Raises:
        InputError: It is no feed, is not well-formed, or declares a document type or entities.
    """
    root = _parse(body)
    if _local(root) not in _ROOTS:
        raise InputError("it is a web page or another document, not an RSS or Atom feed.")
    found: dict[str, Observation] = {}
    for item in _items(root):
        observation = _observation(item, source)
        if observation is not None:
            found.setdefault(observation.external_id, observation)
        if len(found) >= max_items:
            break
    return tuple(found.values())


def source_name(url: str) -> str:
    """Return a short name of a feed, one per address, without passwords or keys: host and path, and a hash when that is not all."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    name = f"{host}{parts.path}".rstrip("/")
    is_all = not parts.query and "@" not in parts.netloc and len(name) <= 200
    return name if is_all else f"{name[:187]}#{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def parse_date(text: str) -> datetime | None:
    """Return a feed's date (RFC 822 or RFC 3339) in UTC; None when it is neither or lies outside 1990 to 2100. No zone means UTC."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if 1990 <= moment.year <= 2100 else None


def _parse(body: bytes) -> Element:
    """Parse without document types: entities, and with them expansion and file access, need one; feeds need none."""
    try:
        return fromstring(body, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        if b"<!doctype html" in body[:1000].lower() or b"<html" in body[:1000].lower():
            said = "it is a web page, not an RSS or Atom feed."
        elif isinstance(error, DefusedXmlException):
            said = "it declares a document type or entities, which no feed needs."
        else:
            said = "it is not well-formed XML."
        raise InputError(said) from error


def _items(root: Element) -> Iterator[Element]:
    """The items, wherever the dialect keeps them: under rss/channel, beside the channel in RDF, under feed in Atom."""
    for child in root:
        if _local(child) in ("item", "entry"):
            yield child
        elif _local(child) == "channel":
            yield from (item for item in child if _local(item) == "item")


def _observation(item: Element, source: str) -> Observation | None:
    fields = _fields(item)
    title = clean_title(fields.texts.get("title", ""))
    if not title:
        return None
    link = clean_url(fields.link)
    about = next((value for name, value in item.attrib.items() if name.endswith("}about")), "")
    identity = (fields.texts.get("guid") or fields.texts.get("id") or about or link or title).strip()
    date = next((fields.texts[name] for name in _DATES if fields.texts.get(name)), "")
    return Observation(source, _bounded_id(identity), title, link, fields.views, None, parse_date(date) if date else None)


def _fields(item: Element) -> _Fields:
    """The texts of the item's children by local name (the first of each), its main link, and its view counter."""
    texts: dict[str, str] = {}
    links: dict[str, str] = {}
    views = None
    for child in item:
        name = _local(child)
        if name == "link":
            links.setdefault(child.get("rel", "alternate"), child.get("href") or child.text or "")
        elif name == "group":
            views = _views(child)
        elif name not in texts:
            texts[name] = "".join(child.itertext()) if len(child) else child.text or ""
    return _Fields(texts, links.get("alternate") or next(iter(links.values()), ""), views)


def _views(group: Element) -> int | None:
    for element in group.iter():
        if _local(element) == "statistics" and (value := element.get("views", "")).isascii() and value.isdigit() and len(value) < 16:
            return int(value)
    return None


def _bounded_id(identity: str) -> str:
    if len(identity) <= _ID_CHARS and identity.isprintable():
        return identity
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()


def _local(element: Element) -> str:
    """A tag without its namespace; comments and processing instructions have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
