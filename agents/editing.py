"""Sentences that change a clip that is there, read by rule: "bigger captions on clip 3", "undo that", "finish clip 3".

An edit makes a small preview and can be undone without limit, so it is done at once; the full size is made after Start, like any clip.
What counts as an edit is decided by `tools.video.edit.read`, which understands a sentence as a whole or not at all.
"""

import re
from typing import NamedTuple

from memory.domain import Json
from memory.errors import InputError
from tools.video.edit import read
from tools.video.edit.words import clips_named

_CLIP = r"(?: (?:of|on|in|for|from|to)? ?(?:the )?(?:clip|short|video|reel) (?:number |no\.? )?#?(?P<clip>\d{1,9}))?"
_POLITE = r"(?:please |can you |could you |now |ok |okay )*"
_END = r"(?:,? please)?[.!?]*$"
_EDITS = r"(?:edits?|changes?)"
_COUNT = r"(?P<steps>\d{1,2}|two|three|four|five)"
_UNDO = re.compile(
    rf"^{_POLITE}(?:undo|revert|take back)(?: (?:it|that|this|everything))?(?: (?:the )?last(?: {_COUNT})?(?: {_EDITS})?)?"
    rf"(?: (?:the|that|my) {_EDITS})?{_CLIP}{_END}|^{_POLITE}take (?:that|it) back{_END}"
)
_REDO = re.compile(rf"^{_POLITE}redo(?: (?:it|that|this))?(?: (?:the )?(?:last )?{_EDITS})?{_CLIP}{_END}")
_SHOW = re.compile(
    rf"^{_POLITE}(?:what did i change|(?:(?:show|list|see)(?: me)?|what are)(?: (?:the|my|all|all the))? "
    rf"(?:{_EDITS}|edit history|pieces|captions)){_CLIP}{_END}"
)
_FINISH = re.compile(
    rf"^{_POLITE}(?:finish|render|export|finali[sz]e)(?: (?:it|that|this|the (?:edit|edited clip|clip|short)))?{_CLIP}"
    rf"(?: (?:in|at) (?:the )?(?:full|final) (?:size|quality|resolution))?{_END}"
)
_DELETES = re.compile(r"\b(?:delete|remove|drop|cut|kill|lose|get rid of|take out|no|without) (?:the )?(?:clip|short|video|reel) #?\d")
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}


class Wish(NamedTuple):
    """A call to make, how it was understood, and the step in words. `needs_start`: shown as a plan first."""

    tool: str
    arguments: Json
    understood: str
    words: str
    needs_start: bool = False


def read_wish(text: str, plain: str) -> Wish | None:
    """The edit a sentence asks for; None when it asks for none, or not clearly.

    Args:
        text: The owner's words as they are: texts in quotes keep their case.
        plain: The same as the rules read it (`phrases.plain`).
    """
    for pattern, tool, verb in ((_UNDO, "undo_edit", "undo"), (_REDO, "redo_edit", "redo"), (_SHOW, "show_edits", "show")):
        if found := pattern.search(plain):
            arguments = _which(found)
            if tool == "undo_edit" and found["steps"]:
                arguments["steps"] = _NUMBERS.get(found["steps"]) or int(found["steps"])
            return Wish(
                tool, arguments, f"{verb} the last edit" if tool != "show_edits" else "show what was edited", f"{verb.capitalize()} it."
            )
    if found := _FINISH.search(plain):
        of = f" of clip {found['clip']}" if found["clip"] else ""
        return Wish(
            "finish_edit", _which(found), f"render the edit{of} in full size", "Render it in full size as a new clip, and check it.", True
        )
    return _edit(text, plain)


def _edit(text: str, plain: str) -> Wish | None:
    named = clips_named(text)
    if len(named) > 1 or _DELETES.search(plain):
        return None  # a clip of its own is never deleted by rule; its pieces are called pieces
    try:
        read(text)
    except InputError:
        return None
    which: Json = {"variant_id": named[0]} if named else {}
    of = f"clip {named[0]}" if named else "the clip"
    return Wish("edit_clip", {"words": text.strip(), **which}, f"change {of}", "Change the clip as asked and show a small preview.")


def problem_of(text: str) -> str:
    """Why a sentence about a clip that is there is no edit, with examples."""
    try:
        read(text)
    except InputError as error:
        return str(error)
    return 'Say it of one clip at a time, for example "bigger captions on clip 4". Clips are not deleted here; "remove piece 2" cuts one.'


def _which(found: re.Match[str]) -> Json:
    return {"variant_id": int(found["clip"])} if found["clip"] else {}
