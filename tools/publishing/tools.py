"""What agents can do about accounts and posts."""

from typing import Literal

from memory.domain import Access, Json
from memory.repositories import accounts, posts
from tools.publishing.content import Content, compose
from tools.publishing.planning import plan_post
from tools.toolkit import Context, tool


@tool(Access.READ)
def list_accounts(context: Context) -> Json:
    """List the connected platform accounts with their ids and whether they work."""
    rows = [
        {
            "account_id": account.id,
            "platform": account.platform,
            "title": account.title,
            "is_sandbox": bool(account.base_url),
            "needs_reauth": account.needs_reauth,
        }
        for account in accounts.of_workspace(context.session, context.workspace_id)
    ]
    if not rows:
        return {"text": "No account is connected. The owner connects one with: forge connect youtube.", "accounts": []}
    named = ", ".join(f"{row['title']} on {row['platform']} (id {row['account_id']})" for row in rows)
    return {"text": f"Connected: {named}.", "accounts": rows}


@tool(Access.READ)
def list_posts(context: Context) -> Json:
    """List the posts of this workspace, newest first, with their ids, state, address and what is wrong with them."""
    rows = [
        {
            "post_id": post.id,
            "variant_id": post.variant_id,
            "account_id": post.account_id,
            "title": post.title,
            "status": post.status.value,
            "privacy": post.read_back.get("privacy", post.privacy),
            "url": post.url,
            "reasons": post.reasons,
        }
        for post in posts.of_workspace(context.session, context.workspace_id)[:50]
    ]
    text = f"{len(rows)} posts, the newest is {rows[0]['title']!r} ({rows[0]['status']})." if rows else "There are no posts yet."
    return {"text": text, "posts": rows}


def publish_content(
    context: Context,
    variant_id: int,
    account_id: int,
    title: str,
    description: str,
    privacy: str,
    made_for_kids: bool,
    paid_promotion: bool,
) -> Json:
    """What an approval of `publish_post` shows and is bound to: the file's hash, the final texts, the account and the labels."""
    return _compose(context, variant_id, account_id, title, description, privacy, made_for_kids, paid_promotion).shown()


@tool(Access.PUBLISH, job="publish_post", content=publish_content)
def publish_post(
    context: Context,
    variant_id: int,
    account_id: int,
    title: str,
    description: str = "",
    privacy: Literal["public", "unlisted", "private"] = "public",
    made_for_kids: bool = False,
    paid_promotion: bool = False,
) -> Json:
    """Publish a finished clip on a connected account and read it back from there. It is done once, however often it is asked for.

    Links of the workspace's offers and their disclosure are added to the description; labels for synthetic media and advertising are set
    from what is known about the clip. It is refused when nobody said who owns the source, or when the clip is on that account already.

    Args:
        variant_id: Id of the clip, from `list_clips`.
        account_id: Id of the account, from `list_accounts`.
        title: Title as people will read it, at most 100 characters, without < and >.
        description: Text under the video, without < and >; do not put links of offers or an advertising notice into it.
        privacy: Who can see it.
        made_for_kids: Whether it is made for children.
        paid_promotion: Whether somebody paid for it or gave something for it.
    """
    content = _compose(context, variant_id, account_id, title, description, privacy, made_for_kids, paid_promotion)
    post = plan_post(context.session, content, context.run.id)
    return {"key": f"publish:{post.id}:{context.run.id}:{context.call_id}"[:120], "post_id": post.id}


def _compose(
    context: Context,
    variant_id: int,
    account_id: int,
    title: str,
    description: str,
    privacy: str,
    made_for_kids: bool,
    paid_promotion: bool,
) -> Content:
    return compose(
        context.session,
        context.deps.store,
        context.workspace_id,
        variant_id=variant_id,
        account_id=account_id,
        title=title,
        description=description,
        privacy=privacy,
        made_for_kids=made_for_kids,
        paid_promotion=paid_promotion,
    )


PUBLISHING_TOOLS = (list_accounts, list_posts, publish_post)
