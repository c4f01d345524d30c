"""What agents can do with numbers."""

from memory.domain import Access, Json
from memory.errors import InputError
from memory.repositories import posts, workspaces
from tools.analytics.measure import describe
from tools.analytics.ranking import ENOUGH_POSTS, Standing, standings
from tools.toolkit import Context, tool


@tool(Access.READ, job="measure")
def check_numbers(context: Context, post_ids: list[int] | None = None) -> Json:
    """Ask the platforms for views, watch time and income of posts now, and keep the numbers.

    Watch time and income come two to three days late.

    Args:
        post_ids: Ids from `list_posts`; leave it out for all posts.
    """
    known = {post.id for post in posts.of_workspace(context.session, context.workspace_id, only_live=True)}
    unknown = sorted(set(post_ids or []) - known)
    if unknown:
        raise InputError(f"post_ids {unknown} are not on a platform.", hint="`list_posts` shows the ids.")
    if not known:
        raise InputError("There is nothing to measure: no post is on a platform yet.")
    payload = {"workspace_id": context.workspace_id, "post_ids": post_ids or []}
    return {"key": f"measure:{context.run.id}:{context.call_id}"[:120], **payload}


@tool(Access.READ)
def best_posts(context: Context, count: int = 5) -> Json:
    """List the measured posts, best first: by profit where it is known, then by views a day.

    Args:
        count: How many, 1 to 20.
    """
    if not 1 <= count <= 20:
        raise InputError(f"count is {count}, it must be 1 to 20.")
    found = _standings(context)
    if not found:
        return {"text": "No data: no post was measured yet. check_numbers measures them.", "posts": []}
    rows = [one.row() for one in found[:count]]
    return {"text": " ".join(describe(row) for row in rows), "posts": rows, "measured": len(found)}


@tool(Access.READ)
def what_next(context: Context) -> Json:
    """Say what to make or post next, from measured numbers alone: what did best so far, and which finished clips wait to be posted."""
    found = _standings(context)
    waiting = [
        {"variant_id": variant.id, "title": variant.title, "score": variant.score, "reason": variant.reason}
        for variant in posts.unposted_variants(context.session, context.workspace_id)
    ]
    lines = [_lesson(found), _waiting(waiting)]
    best = found[0].row() if found else None
    return {"text": " ".join(line for line in lines if line), "best": best, "measured": len(found), "waiting": waiting}


def _standings(context: Context) -> list[Standing]:
    currency = workspaces.get_workspace(context.session, context.workspace_id).currency
    return standings(context.session, context.workspace_id, currency)


def _lesson(found: list[Standing]) -> str:
    if not found:
        return "No data: no post was measured yet."
    best = found[0]
    text = f"Best so far is {best.post.title!r}"
    if best.views_per_day is not None:
        text += f" with {best.views_per_day:,.0f} views a day"
    if (share := best.snapshot.metrics.get("average_view_percentage")) is not None:
        text += f", {share:.0f} % of it watched"
    text += f": make more like it. {len(found)} measured" + (" posts" if len(found) != 1 else " post")
    return f"{text} so far, which is too few to be sure." if len(found) < ENOUGH_POSTS else f"{text}."


def _waiting(waiting: list[Json]) -> str:
    if not waiting:
        return "No finished clip waits to be posted."
    first = waiting[0]
    return (
        f"Finished and not posted: {len(waiting)}; the best is clip {first['variant_id']}, {first['title']!r} (score {first['score']:.2f})."
    )


ANALYTICS_TOOLS = (check_numbers, best_posts, what_next)
