"""What exactly will be shown to the world: title, final description with its tracked links, labels, account, file hash.

An approval is bound to this, and it is computed anew when the yes is used, so everything here follows from rows and arguments alone.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy.orm import Session

from memory.artefacts import ArtefactStore, hash_file
from memory.domain import Json, PostStatus, Rights, Verdict
from memory.errors import InputError, RefusedError
from memory.repositories import accounts, offers, posts
from memory.tables import Account, Offer, Variant
from tools.publishing.settings import LIMITS

DISCLOSURE = "Ad: the links below are affiliate links; I earn a commission when you buy through them."
PRIVACY = ("public", "unlisted", "private")


@dataclass(frozen=True, slots=True)
class Link:
    """A tracked link as it will stand in a description."""

    offer_id: int
    code: str
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """One post, complete. `labels` are the platform's labels by name."""

    variant: Variant
    account: Account
    sha256: str
    size_bytes: int
    preview: str
    """Hash of the small copy that is shown in the chat; of the file itself when there is none."""
    title: str
    description: str
    privacy: str
    labels: Json
    links: tuple[Link, ...]

    def shown(self) -> Json:
        """What a person sees before saying yes, and what that yes is bound to."""
        return {
            "headline": f"May I post this to {self.account.platform} as {self.account.title}?",
            "previews": [self.preview],
            "platform": self.account.platform,
            "account": self.account.title,
            "title": self.title,
            "description": self.description,
            "privacy": self.privacy,
            "labels": self.labels,
            "sha256": self.sha256,
            "file_bytes": self.size_bytes,
        }


def compose(
    session: Session,
    store: ArtefactStore,
    workspace_id: int,
    *,
    variant_id: int,
    account_id: int,
    title: str,
    description: str,
    privacy: str,
    made_for_kids: bool,
    paid_promotion: bool,
) -> Content:
    """Put a post together and refuse what may not be shown. Changes nothing.

    Raises:
        InputError: An id is unknown or a text does not fit the platform.
        RefusedError: Rights are unknown, the inspection blocked the clip, it is on that account already, or the account must be
            connected again.
    """
    account = accounts.get(session, workspace_id, account_id)
    if account.needs_reauth:
        raise RefusedError(f"{account.title} must be connected again: {account.needs_reauth}", hint="Run: forge connect youtube.")
    clip = posts.publishable(session, workspace_id, variant_id)
    _check_allowed(session, clip, account)
    stored = hash_file(store.local(clip.asset.sha256))
    if stored.sha256 != clip.asset.sha256:
        raise RefusedError("The file of this clip is damaged.", hint="Render it again.")
    chosen = offers.of_workspace(session, workspace_id, LIMITS[account.platform].offers_per_post)
    links = tuple(_link(offer, clip.variant, account) for offer in chosen)
    text = _with_links(description, links)
    _check_texts(account.platform, title, text, privacy)
    labels = set(clip.variant.timeline.get("labels", []))
    return Content(
        variant=clip.variant,
        account=account,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        preview=clip.proxy_sha256 or stored.sha256,
        title=title,
        description=text,
        privacy=privacy,
        labels={
            "synthetic_media": any(label.startswith("synthetic") for label in labels),
            "advertising": bool(links) or paid_promotion or "advertising" in labels,
            "made_for_kids": made_for_kids,
        },
        links=links,
    )


def _check_allowed(session: Session, clip: posts.Publishable, account: Account) -> None:
    if clip.source.rights is Rights.UNKNOWN:
        raise RefusedError(
            f"Nobody has said who owns {clip.source.name!r}, so nothing made from it can be published.",
            hint="Say whose it is: you made it, or which licence allows this.",
        )
    if clip.variant.verdict is Verdict.BLOCKED:
        raise RefusedError(f"Clip {clip.variant.id} did not pass inspection.", hint="Render it again or choose another clip.")
    post = posts.find(session, clip.variant.id, account.id)
    if post is not None and post.status in posts.ON_PLATFORM:
        raise RefusedError(f"Clip {clip.variant.id} is on {account.title} already: {post.url}", hint="Choose another clip.")
    if post is not None and post.status is not PostStatus.FAILED and post.remote_id:
        raise RefusedError(f"Clip {clip.variant.id} is being published on {account.title}.")


def _check_texts(platform: str, title: str, description: str, privacy: str) -> None:
    limits = LIMITS[platform]
    if not title.strip() or len(title) > limits.title_chars:
        raise InputError(f"title has {len(title)} characters, it must have 1 to {limits.title_chars}.")
    size_bytes = len(description.encode())
    if size_bytes > limits.description_bytes:
        raise InputError(f"description has {size_bytes} bytes with its links, at most {limits.description_bytes} are allowed.")
    for name, text in (("title", title), ("description", description)):
        if found := sorted(set(text) & set(limits.forbidden)):
            raise InputError(f"{name} must not contain {' or '.join(found)}.")
    if privacy not in PRIVACY:
        raise InputError(f"privacy is {privacy!r}, it must be {', '.join(PRIVACY)}.")


def _link(offer: Offer, variant: Variant, account: Account) -> Link:
    """The link of an offer under this clip on this account. The same three always give the same code."""
    what = f"{offer.id}/{offer.url}/{variant.id}/{variant.timeline_hash}/{account.platform}/{account.remote_id}"
    code = base64.b32encode(hashlib.sha256(what.encode()).digest())[:16].decode().lower()
    parts = urlsplit(offer.url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != offer.ref_parameter]
    url = urlunsplit(parts._replace(query=urlencode([*query, (offer.ref_parameter, code)])))
    return Link(offer.id, code, url)


def _with_links(description: str, links: tuple[Link, ...]) -> str:
    """The description with the disclosure before the links: it must be read before they are clicked (FTC 16 CFR 255)."""
    lines = [description.strip()] if description.strip() else []
    if links:
        lines.append("\n".join([DISCLOSURE, *(link.url for link in links)]))
    return "\n\n".join(lines)
