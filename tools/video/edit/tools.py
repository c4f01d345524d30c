"""The producer's tools for changing clips that are there."""

from memory.domain import Access, Json, Message
from memory.errors import InputError
from memory.repositories import assets, outbox, productions, revisions
from memory.tables import Revision, Variant
from tools.toolkit import Context, tool
from tools.video.edit.cuts import pieces_in_words
from tools.video.edit.revised import edit_text, timeline_of
from tools.video.edit.words import read

_MOST_STEPS = 50


@tool(Access.WRITE, job="preview_edit")
def edit_clip(context: Context, words: str, variant_id: int | None = None) -> Json:
    """Change a finished clip by words and show a small preview of it within seconds. Can be undone; posts nothing, replaces nothing.

    Pass the owner's own words; several changes in one sentence are fine: "cut the first two seconds, bigger captions and no music",
    "swap clip 2 and 3", "change the caption "Jon" to "John"", "slower zoom", "title "Nobody told me this"", "make it square".
    The full size is rendered by finish_edit.

    Args:
        words: What to change, in words, without which clip is meant.
        variant_id: Id of the clip; leave out for the one last edited or made in this conversation.
    """
    variant = _which(context, variant_id)
    read(words)
    key = f"edit:{context.run.id}:{context.call_id}"
    return {"key": key, "edit": key, "workspace_id": context.workspace_id, "variant_id": variant.id, "words": words}


@tool(Access.WRITE)
def undo_edit(context: Context, variant_id: int | None = None, steps: int = 1) -> Json:
    """Take back the last edit of a clip, or several. Nothing is lost: redo_edit brings it back.

    Args:
        variant_id: Id of the clip; leave out for the one last edited in this conversation.
        steps: How many edits to take back.
    """
    variant = _which(context, variant_id)
    row = revisions.undo(context.session, context.workspace_id, variant.id)
    for _ in range(min(steps, _MOST_STEPS) - 1):
        if row.parent_id is not None:
            row = revisions.undo(context.session, context.workspace_id, variant.id)
    return _shown(context, variant, row, "back at")


@tool(Access.WRITE)
def redo_edit(context: Context, variant_id: int | None = None) -> Json:
    """Bring back the edit of a clip that was undone last.

    Args:
        variant_id: Id of the clip; leave out for the one last edited in this conversation.
    """
    variant = _which(context, variant_id)
    return _shown(context, variant, revisions.redo(context.session, context.workspace_id, variant.id), "again at")


@tool(Access.WRITE)
def show_edits(context: Context, variant_id: int | None = None) -> Json:
    """Show what was changed in a clip, edit by edit, what redo would bring back, and its pieces with their times.

    Args:
        variant_id: Id of the clip; leave out for the one last edited or made in this conversation.
    """
    variant = _which(context, variant_id)
    rows = revisions.history(context.session, context.workspace_id, variant.id)
    timeline = timeline_of(rows[-1])
    lines = [f"Clip {variant.id}, {timeline.duration_s:.1f} s."]
    lines += [f"{number}. {'; '.join(row.diff)}" for number, row in enumerate(rows[1:], 1)] or ["It is as it was made."]
    lines += [f"Undone: {'; '.join(row.diff)}" for row in revisions.undone(context.session, variant.id)[:5]]
    lines.append(f"Pieces: {pieces_in_words(timeline)}.")
    lines += [f"Caption {number}: {cue.text}" for number, cue in enumerate(timeline.cues[:40], 1)]
    return {"verdict": "ok", "text": "\n".join(lines), "variant_id": variant.id, "edits": [list(row.diff) for row in rows[1:]]}


@tool(Access.WRITE, job="render_edit")
def finish_edit(context: Context, variant_id: int | None = None) -> Json:
    """Render the edited clip in full size as a new clip and inspect it. The clip it came from stays. Takes a minute or so.

    Args:
        variant_id: Id of the edited clip; leave out for the one last edited in this conversation.
    """
    variant = _which(context, variant_id)
    row = revisions.current(context.session, context.workspace_id, variant.id)
    if row.timeline_hash == variant.timeline_hash:
        raise InputError(f"Clip {variant.id} is as it was made, so there is nothing to render.", hint='Edit it first: "bigger captions".')
    return {"key": f"render_edit:{row.id}:{row.timeline_hash}", "workspace_id": context.workspace_id, "revision_id": row.id}


def _which(context: Context, variant_id: int | None) -> Variant:
    """The clip that is meant.

    Raises:
        InputError: There is no such clip, or it is not clear which one is meant.
    """
    if variant_id is None:
        known = revisions.latest_clips(context.session, context.workspace_id, context.run.conversation_id)
        if not known:
            raise InputError("There is no clip to change yet.", hint="Send a video to make some.")
        if len(known) > 1:
            numbers = ", ".join(map(str, known))
            raise InputError(f"Which clip? There are {numbers}.", hint=f'Say its number: "bigger captions on clip {known[0]}".')
        variant_id = known[0]
    return productions.get_variant(context.session, context.workspace_id, variant_id)[0]


def _shown(context: Context, variant: Variant, row: Revision, where: str) -> Json:
    """Say and show where a clip stands now, with the preview that was made then."""
    at = "the clip as it was made" if row.parent_id is None else f"edit {row.number}: {'; '.join(row.diff)}"
    proxy_id = row.proxy_asset_id or (variant.proxy_asset_id if row.timeline_hash == variant.timeline_hash else None)
    conversation_id = context.run.conversation_id
    if proxy_id is not None and conversation_id is not None:
        files = (assets.get(context.session, context.workspace_id, proxy_id).sha256,)
        message = Message(f"edit-{row.id}-{context.run.id}-{context.call_id}", edit_text(row), files=files)
        outbox.say(context.session, conversation_id, message, context.run.id)
    return {"verdict": "ok", "text": f"Clip {variant.id} is {where} {at}.", "variant_id": variant.id, "revision_id": row.id}


EDIT_TOOLS = (edit_clip, undo_edit, redo_edit, show_edits, finish_edit)
