"""Turn an allowed request to publish into rows: the effect, the post and its tracked links, all before anything is sent."""

from sqlalchemy.orm import Session

from memory.domain import EffectStatus, PostStatus
from memory.errors import RefusedError
from memory.repositories import effects, offers, posts
from memory.tables import Effect, Post, move_to
from tools.publishing.content import Content

KIND = "publish"


def plan_post(session: Session, content: Content, run_id: int | None) -> Post:
    """The post of this content. Asked for again after a stop or a crash it is the same post with the same effect.

    Raises:
        RefusedError: An earlier try with other content was begun and its end is not known yet.
    """
    post = posts.find(session, content.variant.id, content.account.id)
    if post is None:
        effect = _new_effect(session, content, run_id)
        ids = {"variant_id": content.variant.id, "account_id": content.account.id, "effect_id": effect.id}
        post = posts.add(session, Post(**ids, title=content.title, privacy=content.privacy))
    elif post.status is PostStatus.FAILED:
        post.effect_id = _new_effect(session, content, run_id).id
        post.remote_id, post.url, post.read_back, post.reasons = "", "", {}, []
        move_to(post, PostStatus.PLANNED)
    else:
        _reuse(effects.get_to_change(session, post.effect_id), content)
    post.title, post.description, post.privacy, post.labels = content.title, content.description, content.privacy, content.labels
    for link in content.links:
        offers.ensure_link(
            session,
            offer_id=link.offer_id,
            variant_id=content.variant.id,
            account_id=content.account.id,
            code=link.code,
            url=link.url,
        )
    session.flush()
    return post


def _new_effect(session: Session, content: Content, run_id: int | None) -> Effect:
    """The first try is `publish:<variant>:<account>`; only after one that failed for certain comes the next number."""
    base = f"publish:{content.variant.id}:{content.account.id}"
    tries = effects.count_tries(session, base)
    key = base if not tries else f"{base}:{tries + 1}"
    return effects.add(session, Effect(key=key, kind=KIND, run_id=run_id, account_id=content.account.id, request=content.shown()))


def _reuse(effect: Effect, content: Content) -> None:
    if effect.request == content.shown():
        return
    if effect.status is not EffectStatus.PLANNED and effect.handle.get("session"):
        raise RefusedError(
            "An upload of this clip with another title, description or privacy was begun and not finished.",
            hint=f"Publish it as {effect.request['title']!r} again; it goes on where it was.",
        )
    effect.request = content.shown()
