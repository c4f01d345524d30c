"""What is shown and approved is what is sent: links, disclosure, labels, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import InputError
from memory.repositories import offers
from memory.tables import TrackedLink
from tools.monetization.tools import add_offer
from tools.publishing.content import DISCLOSURE
from tools.publishing.tools import list_accounts, list_posts, publish_content, publish_post
from tools.toolkit import Context


@pytest.fixture
def context(newsroom):
    with newsroom.deps.database.session() as session:
        yield Context(newsroom.deps, session, newsroom.run, "c1")


def test_a_tracked_link_and_its_disclosure_stand_under_the_description(newsroom, clip, context):
    url = f"{newsroom.sandbox.url}/shop/p/mic?colour=red&ref=somebody-else"
    add_offer.function(context, **add_offer.parse({"name": "Microphone", "url": url}))
    shown = publish_content(context, **newsroom.arguments(clip))
    publish_post.function(context, **newsroom.arguments(clip))

    link = context.session.query(TrackedLink).one()
    assert shown["description"] == f"What I found.\n\n{DISCLOSURE}\n{link.url}"
    assert link.url.endswith(f"/shop/p/mic?colour=red&ref={link.code}")
    assert shown["labels"]["advertising"] is True
    assert offers.find_by_code(context.session, link.code).post.variant_id == clip.id


def test_content_is_the_same_every_time_it_is_computed(newsroom, clip, context):
    add_offer.function(context, **add_offer.parse({"name": "Lamp", "url": "https://shop.example/p/1"}))

    before = publish_content(context, **newsroom.arguments(clip))
    publish_post.function(context, **newsroom.arguments(clip))

    assert publish_content(context, **newsroom.arguments(clip)) == before


def test_what_is_approved_is_what_is_sent(newsroom, clip):
    with newsroom.deps.database.session() as session:
        shown = publish_content(Context(newsroom.deps, session, newsroom.run, "c1"), **newsroom.arguments(clip))

    newsroom.deliver(newsroom.plan(clip))

    (video,) = newsroom.sandbox.posts()
    assert (video["title"], video["description"], video["sha256"]) == (shown["title"], shown["description"], shown["sha256"])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        pytest.param({"title": "x" * 101}, "title has 101 characters", id="long title"),
        pytest.param({"title": "  "}, "1 to 100", id="empty title"),
        pytest.param({"title": "a < b"}, "title must not contain <", id="bracket"),
        pytest.param({"description": "é" * 2501}, "description has 5002 bytes", id="bytes, not characters"),
        pytest.param({"account_id": 99}, "no account 99", id="account"),
        pytest.param({"variant_id": 99}, "no clip 99", id="clip"),
    ],
)
def test_texts_that_do_not_fit_are_refused_before_anything_is_asked(newsroom, clip, context, changes, what):
    with pytest.raises(InputError, match=what):
        publish_content(context, **newsroom.arguments(clip, **changes))


@given(title=st.text(max_size=120), description=st.text(max_size=300))
def test_whatever_a_model_writes_is_refused_or_within_the_limits(title, description):
    from tools.publishing.content import _check_texts

    try:
        _check_texts("youtube", title, description, "public")
    except InputError:
        return
    assert 1 <= len(title) <= 100 and not set(title + description) & set("<>")


def test_lists_say_what_there_is(newsroom, clip, context):
    assert "no posts" in list_posts.function(context)["text"]
    publish_post.function(context, **newsroom.arguments(clip))

    assert list_accounts.function(context)["accounts"][0]["account_id"] == newsroom.account.id
    assert list_posts.function(context)["posts"][0]["status"] == "planned"
