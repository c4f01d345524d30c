"""The producer's tools: make clips from a source, look at the clips there are."""

from memory.domain import Access, Json
from memory.errors import InputError
from memory.repositories import assets, people, productions
from memory.tables import Variant
from tools.toolkit import Context, tool
from tools.video.brand import BRAND_TOOLS
from tools.video.clips import describe, line
from tools.video.wishes import check_wishes

_SHOWN = 20


@tool(Access.WRITE, job="make_shorts")
def make_shorts(
    context: Context,
    asset_id: int,
    count: int = 2,
    min_s: float | None = None,
    max_s: float | None = None,
    from_s: float | None = None,
    to_s: float | None = None,
    topic: str | None = None,
    aspect: str | None = None,
    captions: str | None = None,
    direction: str | None = None,
    music: str | None = None,
    tighten: bool | None = None,
    hide: str | None = None,
    hide_method: str | None = None,
    keep: list[str] | None = None,
    hide_plates: bool | None = None,
    hide_screens: bool | None = None,
    hide_regions: list[dict[str, float] | list[float]] | None = None,
) -> Json:
    """Make vertical shorts from a video: choose stand-alone moments, crop to faces, caption, render, inspect. Publishes nothing.

    Takes minutes. The result lists the clips with their ids, best first, and `best_variant_id`, the best one that passed inspection.
    Pass only what the owner asked for; everything else has a good usual value.

    Args:
        asset_id: Id of the source video the owner gave.
        count: How many shorts, 1 to 9. Fewer come back when the source has fewer good moments.
        min_s: Shortest length in seconds; leave out for the usual 15.
        max_s: Longest length in seconds; leave out for the usual 60.
        from_s: Only moments from this time of the source on, in seconds.
        to_s: Only moments up to this time of the source, in seconds.
        topic: Only moments that speak of this, a word or two.
        aspect: Shape of the picture: 9:16 (usual), 1:1, 4:5 or 16:9.
        captions: Caption style: karaoke (usual), plain, pop, box, hype, podcast, minimal, subtitle, marker, comic, headline, or none.
        direction: How much is done to picture and sound: clean (usual), plain (cuts and captions alone), hype, podcast or cinematic.
        music: auto (usual), none, a mood (calm, warm, happy, focused, energetic, confident, tense) or a piece of our library.
        tighten: true takes out filler words and long silences.
        hide: Whose faces are hidden: nothing (usual), faces (all of them), or others (all but those in keep).
        hide_method: How it looks where something is hidden: pixelate (usual), blur or mask.
        keep: Names of the people who may be seen, with hide others; each needs a reference photo and their consent on file.
        hide_plates: true hides number plates of cars; rather too much is hidden than too little.
        hide_screens: true hides lit screens of computers and phones.
        hide_regions: Parts of the source's picture to hide. Each is an object with x, y, width and height in shares of the picture (0 to 1,
            from the upper left), and start_s and end_s in seconds of the source where it is not hidden all the time; or these numbers
            in a list. The lower left corner is {"x": 0, "y": 0.66, "width": 0.34, "height": 0.34}.
    """
    source = assets.get(context.session, context.workspace_id, asset_id)
    if source.kind != "source":
        raise InputError(f"asset {asset_id} is a {source.kind}, not a source video.")
    spoken = dict(topic=topic, aspect=aspect, captions=captions, direction=direction, music=music, hide=hide, hide_method=hide_method)
    hidden = dict(keep=keep, hide_plates=hide_plates, hide_screens=hide_screens, hide_regions=hide_regions)
    numbers = dict(count=count, min_s=min_s, max_s=max_s, from_s=from_s, to_s=to_s, tighten=tighten)
    brief = check_wishes({**numbers, **spoken, **hidden})
    if "keep" in brief:  # asked now: a worker would find out after minutes
        brief["keep"] = [person.name for person in people.named(context.session, context.workspace_id, brief["keep"])]
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


VIDEO_TOOLS = (make_shorts, list_clips, *BRAND_TOOLS)
