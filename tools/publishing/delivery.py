"""Bring one planned post to its platform exactly once, look at what the platform made of it, and say so.

Safe to run any number of times, by several processes and after any crash: what was begun is asked about, never begun again.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memory.artefacts import hash_file
from memory.domain import EffectStatus, Json, PostStatus, Verdict
from memory.errors import AccountError, InputError, RefusedError, StoppedError
from memory.repositories import posts
from memory.repositories.controls import check_not_stopped
from memory.tables import Effect, Post, move_to
from tools import effects
from tools.publishing.publisher import PLATFORMS, Publisher, ReadBack, Upload, differences
from tools.publishing.settings import YouTubeSettings
from tools.publishing.tokens import AccountToken
from tools.toolkit import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a publishing job works with."""

    deps: Deps
    settings: YouTubeSettings
    report: Callable[[float, str], None]
    cancelled: Callable[[], bool]

    def check(self, workspace_id: int) -> None:
        """Raise StoppedError when the job was canceled or everything is stopped."""
        if self.cancelled():
            raise StoppedError("Publishing was stopped.")
        check_not_stopped(self.deps.database, workspace_id)

    def publisher(self, work: posts.Work) -> Publisher:
        account = work.account
        token = AccountToken(self.deps.database, self.deps.vault, self.settings, account.id, account.base_url)
        return PLATFORMS[account.platform](self.settings, account.base_url, token)


def deliver(desk: Desk, post_id: int) -> Json:
    """Upload a post if it is not on its platform yet, read it back, and return the job's result.

    Raises:
        TransientError: To be tried again later; nothing is lost and nothing is sent twice.
        AccountError: The account must be connected again; the upload then goes on where it was.
        StoppedError: Stopped.
    """
    work = _load(desk, post_id)
    if work.effect.status in (EffectStatus.CONFIRMED, EffectStatus.FAILED):
        return result_of(work.post)
    try:
        path = _approved_file(desk, work)
    except (InputError, RefusedError) as error:
        return _stop_before(desk, work, error)
    publisher = desk.publisher(work)
    try:
        if not work.effect.remote_id:
            _upload(desk, publisher, work, path)
        return look_again(desk, publisher, post_id, desk.settings.processing_wait_s)
    except (InputError, RefusedError) as error:
        _fail(desk, work, str(error))
        return result_of(_load(desk, post_id).post)
    except AccountError as error:
        _note_reason(desk, post_id, error.message)
        raise
    finally:
        publisher.close()


def look_again(desk: Desk, publisher: Publisher, post_id: int, wait_s: float) -> Json:
    """Read an uploaded post back until it is processed or `wait_s` is over, and settle what it is."""
    work = _load(desk, post_id)
    deadline = time.monotonic() + wait_s
    desk.report(1.0, "processing")
    while True:
        got = publisher.read_back(work.effect.remote_id)
        if got is not None and got.state != "processing":
            break
        if time.monotonic() >= deadline:
            _note_reason(desk, post_id, "YouTube still processes it." if got else "YouTube does not show it yet.")
            return result_of(_load(desk, post_id).post)
        desk.check(work.workspace_id)
        time.sleep(min(desk.settings.poll_s, max(0.0, deadline - time.monotonic())))
    _settle(desk, work, got)
    return result_of(_load(desk, post_id).post)


def _approved_file(desk: Desk, work: posts.Work) -> Path:
    """The file, which must be the one that was approved, byte for byte. Not looked at any more once the platform has it."""
    path = desk.deps.store.local(work.asset.sha256, ".mp4")
    if not work.effect.remote_id and hash_file(path).sha256 != work.effect.request["sha256"]:
        raise RefusedError("The file changed after it was approved.", hint="Render it again and approve it anew.")
    return path


def _stop_before(desk: Desk, work: posts.Work, error: InputError | RefusedError) -> Json:
    """Our own file is not usable. That ends the effect only if nothing was begun: what was begun, the platform alone knows."""
    if work.effect.status is EffectStatus.PLANNED:
        _fail(desk, work, str(error))
    else:
        _note_reason(desk, work.post.id, str(error))
    return result_of(_load(desk, work.post.id).post)


def _upload(desk: Desk, publisher: Publisher, work: posts.Work, path: Path) -> None:
    effect = effects.start(desk.deps.database, work.effect.id, work.workspace_id)
    upload, journal = _asked(work, path), _Journal(desk, work)
    if effect.handle.get("session"):
        remote_id = publisher.resume(upload, dict(effect.handle), journal)
    else:
        remote_id = publisher.publish(upload, journal)
    with desk.deps.database.session() as session:
        post = posts.to_change(session, work.post.id)
        session.get_one(Effect, work.effect.id).remote_id = post.remote_id = remote_id
        post.upload_bytes, post.reasons = upload.size_bytes, []
        if post.status is PostStatus.PLANNED:
            move_to(post, PostStatus.UPLOADED)


class _Journal:
    """The effects ledger as an upload sees it."""

    def __init__(self, desk: Desk, work: posts.Work) -> None:
        self._desk, self._work = desk, work

    def save(self, handle: Json, *, instead_of: str) -> Json:
        return effects.save_handle(self._desk.deps.database, self._work.effect.id, handle, instead_of=instead_of)

    def check(self) -> None:
        self._desk.check(self._work.workspace_id)

    def report(self, fraction: float) -> None:
        self._desk.report(fraction, "uploading")

    def is_ours(self, remote_id: str) -> bool:
        with self._desk.deps.database.reading() as session:
            return posts.is_known(session, self._work.account.id, remote_id, besides=self._work.post.id)


def _settle(desk: Desk, work: posts.Work, got: ReadBack) -> None:
    """Write down what the platform has: as asked, different, or refused."""
    seen = {
        "privacy": got.privacy,
        "title": got.title,
        "description": got.description,
        "labels": {"synthetic_media": got.is_synthetic, "advertising": got.is_advertising, "made_for_kids": got.is_for_kids},
        "state": got.state,
        "duration_s": got.duration_s,
    }
    if got.state == "failed":
        _fail(desk, work, got.why, seen)
        return
    reasons = differences(_asked(work, desk.deps.store.local(work.asset.sha256)), got)
    with desk.deps.database.session() as session:
        post = posts.to_change(session, work.post.id)
        if post.status is PostStatus.UPLOADED:
            post.read_back, post.url, post.reasons = seen, got.url, reasons
            post.published_at = datetime.fromisoformat(got.published_at) if got.published_at else None
            move_to(post, PostStatus.DEGRADED if reasons else PostStatus.PUBLISHED)
        effects.confirm(session, work.effect.id, work.workspace_id, seen)
    log.info("post.settled post_id=%s remote_id=%s differences=%s", work.post.id, got.remote_id, len(reasons))


def _asked(work: posts.Work, path: Path) -> Upload:
    request = work.effect.request
    return Upload(
        path=path,
        size_bytes=request["file_bytes"],
        title=request["title"],
        description=request["description"],
        privacy=request["privacy"],
        is_synthetic=request["labels"]["synthetic_media"],
        is_advertising=request["labels"]["advertising"],
        is_for_kids=request["labels"]["made_for_kids"],
    )


def _load(desk: Desk, post_id: int) -> posts.Work:
    with desk.deps.database.reading() as session:
        return posts.work(session, post_id)


def _fail(desk: Desk, work: posts.Work, why: str, seen: Json | None = None) -> None:
    """The platform said no: nothing of this post is in public, and it may be asked for anew."""
    with desk.deps.database.session() as session:
        effects.fail(session, work.effect.id, work.workspace_id, why)
        post = posts.to_change(session, work.post.id)
        post.reasons, post.read_back = [why], seen or post.read_back
        if post.status is not PostStatus.FAILED:
            move_to(post, PostStatus.FAILED)


def _note_reason(desk: Desk, post_id: int, why: str) -> None:
    with desk.deps.database.session() as session:
        posts.to_change(session, post_id).reasons = [why]


_VERDICTS = {
    PostStatus.PUBLISHED: Verdict.OK,
    PostStatus.DEGRADED: Verdict.DEGRADED,
    PostStatus.UPLOADED: Verdict.DEGRADED,
    PostStatus.PLANNED: Verdict.BLOCKED,
    PostStatus.FAILED: Verdict.BLOCKED,
}
_WORDS = {
    PostStatus.PUBLISHED: "{title!r} is {privacy} at {url}; it was read back and is as asked.",
    PostStatus.DEGRADED: "{title!r} is up at {url}, but not as asked.",
    PostStatus.UPLOADED: "{title!r} was uploaded; check_numbers looks at it again.",
    PostStatus.PLANNED: "{title!r} was not published.",
    PostStatus.FAILED: "{title!r} was refused.",
}


def result_of(post: Post) -> Json:
    """A post as the result of a job."""
    text = _WORDS[post.status].format(title=post.title, privacy=post.read_back.get("privacy", post.privacy), url=post.url)
    return {
        "verdict": _VERDICTS[post.status].value,
        "text": " ".join([text, *post.reasons]),
        "reasons": list(post.reasons),
        "post_id": post.id,
        "status": post.status.value,
        "remote_id": post.remote_id,
        "url": post.url,
        "privacy": post.read_back.get("privacy", post.privacy),
        "read_back": post.status in (PostStatus.PUBLISHED, PostStatus.DEGRADED),
        "upload_bytes": post.upload_bytes,
    }
