"""The producer's tools: make clips from a source, look at the clips there are."""

from memory.domain import Access, Json
from memory.errors import InputError
from memory.repositories import assets, productions
from memory.tables import Variant
from tools.toolkit import Context, tool
from tools.video.clips import describe, line

_SHOWN = 20


@tool(Access.WRITE, job="make_shorts")
def make_shorts(context: Context, asset_id: int, count: int = 2, min_s: float | None = None, max_s: float | None = None) -> Json:
    """Make vertical shorts from a video: choose stand-alone moments, crop to faces, caption, render, inspect. Publishes nothing.

    Takes minutes. The result lists the clips with their ids, best first, and `best_variant_id`, the best one that passed inspection.

    Args:
        asset_id: Id of the source video the owner gave.
        count: How many shorts, 1 to 9. Fewer come back when the source has fewer good moments.
        min_s: Shortest length in seconds; leave out for the usual 15.
        max_s: Longest length in seconds; leave out for the usual 60.
    """
    source = assets.get(context.session, context.workspace_id, asset_id)
    if source.kind != "source":
        raise InputError(f"asset {asset_id} is a {source.kind}, not a source video.")
    if not 1 <= count <= 9:
        raise InputError(f"count {count} must be 1 to 9.")
    if min_s is not None and max_s is not None and not 0 < min_s <= max_s:
        raise InputError(f"min_s {min_s} must be above 0 and at most max_s {max_s}.")
    brief = {"count": count, "min_s": min_s, "max_s": max_s}
    production = productions.of_call(context.session, context.run.id, context.call_id) or productions.add(
        context.session,
        workspace_id=context.workspace_id,
        run_id=context.run.id,
        source_asset_id=source.id,
        brief={**brief, "call_id": context.call_id},
    )
    return {"key": f"make_shorts:{production.id}", "production_id": production.id}


@tool(Access.READ)
def list_clips(context: Context) -> Json:
    """List the finished clips, newest production first, best first within it, with ids, titles, scores and inspection verdicts."""
    rows: list[Variant] = []
    for production in productions.latest(context.session, context.workspace_id):
        rows += productions.variants(context.session, production.id)
    clips = [describe(row) for row in rows[:_SHOWN]]
    if not clips:
        return {"verdict": "ok", "text": "There are no clips yet. Send a video to make some.", "clips": []}
    return {"verdict": "ok", "text": "Clips:\n" + "\n".join(line(row) for row in rows[:_SHOWN]), "clips": clips}


VIDEO_TOOLS = (make_shorts, list_clips)
