"""Captions and the title, changed: their words, size, style, place. The moment a word is spoken stays what was heard."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from memory.errors import InputError
from tools.video.captions import cue_area, make_cues, restyle, safe_area, title_area
from tools.video.captions.title import break_title
from tools.video.edit.edits import CaptionPlace, CaptionSize, CaptionsShown, CaptionStyle, CaptionText, Place, TitleText
from tools.video.media import Word
from tools.video.timeline import Cue, CueWord, HookTitle, Timeline, to_ticks
from tools.video.titles import MOST_CHARACTERS

_SMALLEST, _LARGEST = 0.5, 2.0  # of `caption_scale`
_TITLE = to_ticks(2.8)
_EMOJI = "emoji:"  # how the keys of emoji pictures begin
_PUNCTUATION = ".,!?;:…"


# --- size, style, place -------------------------------------------------------------------------------------------


def caption_size(timeline: Timeline, edit: CaptionSize) -> Timeline:
    _need_cues(timeline)
    scale = round(min(_LARGEST, max(_SMALLEST, timeline.caption_scale * edit.factor)), 3)
    if abs(scale / timeline.caption_scale - 1) < 0.005:
        raise InputError(f"The captions are as {'big' if edit.factor > 1 else 'small'} as they get ({scale:.0%} of the style's size).")
    return _placed_as_before(timeline, restyle(timeline, scale=scale))


def caption_style(timeline: Timeline, edit: CaptionStyle) -> Timeline:
    _need_cues(timeline)
    if edit.style == timeline.caption_style:
        raise InputError(f"The captions are in the style {edit.style} already.")
    return _placed_as_before(timeline, restyle(timeline, style=edit.style))


def captions_shown(timeline: Timeline, edit: CaptionsShown, words: Sequence[Word]) -> Timeline:
    if not edit.shown:
        _need_cues(timeline)
        return replace(timeline, cues=(), overlays=tuple(one for one in timeline.overlays if not one.media.startswith(_EMOJI)))
    if timeline.cues:
        raise InputError("The captions are shown already.")
    cues = make_cues(
        words,
        timeline.clips,
        style=timeline.caption_style,
        scale=timeline.caption_scale,
        frame=(timeline.width_px, timeline.height_px),
        platform=timeline.platform,
        brand=timeline.brand,
    )
    if not cues:
        raise InputError("No words were heard in this short, so there is nothing to show.")
    return replace(timeline, cues=cues)


def caption_place(timeline: Timeline, edit: CaptionPlace) -> Timeline:
    _need_cues(timeline)
    changed = placed_at(timeline, edit.place)
    if changed == timeline:
        raise InputError(f"The captions are at the {edit.place} already.")
    return changed


def placed_at(timeline: Timeline, place: Place) -> Timeline:
    """All captions at one place."""
    return replace(timeline, cues=tuple(replace(cue, center_y_px=_center(timeline, cue, place)) for cue in timeline.cues))


def place_of(timeline: Timeline) -> Place | None:
    """The place the owner put the captions at; None when they stand where the style and the faces want them."""
    return next((place for place in Place if timeline.cues and placed_at(timeline, place) == timeline), None)


def _center(timeline: Timeline, cue: Cue, place: Place) -> int:
    """The middle of a caption at a place: inside the safe area and, while the title stands, under it."""
    free, height = safe_area(timeline), cue_area(timeline, cue)
    half = (height.bottom - height.top) / 2
    if place is Place.BOTTOM:
        return round(free.bottom - half)
    top = free.top
    if timeline.hook is not None and cue.start < timeline.hook.end and timeline.hook.start < cue.end:
        top = max(top, title_area(timeline.hook, timeline).bottom + 0.01 * timeline.height_px)
    return round(top + half if place is Place.TOP else max(0.5 * timeline.height_px, top + half))


def _need_cues(timeline: Timeline) -> None:
    if not timeline.cues:
        raise InputError("This short has no captions.", hint='"captions on" shows what is said.')


def _placed_as_before(before: Timeline, after: Timeline) -> Timeline:
    """Captions that were moved (off a face) stay where the one was that stood at their time."""
    return replace(after, cues=tuple(replace(cue, center_y_px=_center_then(before, cue)) for cue in after.cues))


def _center_then(before: Timeline, cue: Cue) -> int:
    overlaps = [(min(cue.end, one.end) - max(cue.start, one.start), one.center_y_px) for one in before.cues]
    longest, center = max(overlaps, default=(0, 0))
    return center if longest > 0 else 0


def refitted(timeline: Timeline) -> Timeline:
    """Captions and title laid out anew for the size of the frame, at their usual places."""
    hook = timeline.hook
    placed = replace(timeline, hook=_title(timeline, " ".join(hook.lines)) if hook else None)
    return restyle(placed) if timeline.cues else placed


# --- words --------------------------------------------------------------------------------------------------------


def caption_text(timeline: Timeline, edit: CaptionText) -> Timeline:
    _need_cues(timeline)
    if edit.cue and not 1 <= edit.cue <= len(timeline.cues):
        raise InputError(f"There is no caption {edit.cue}: the short has {len(timeline.cues)}.", hint=_some_captions(timeline))
    cues, changed = [], 0
    for number, cue in enumerate(timeline.cues, 1):
        new = _reworded(cue, edit) if edit.cue in (0, number) else cue
        changed += new != cue
        if new is not None:
            cues += [cue] if new == cue else _refitted_cue(timeline, new)
    if not changed:
        raise _not_said(timeline, edit)
    return replace(timeline, cues=tuple(cues))


def _reworded(cue: Cue, edit: CaptionText) -> Cue | None:
    """The cue with the old words replaced wherever they stand; None when no word is left."""
    words = [word for line in cue.lines for word in line]
    wanted = [_bare(text) for text in edit.old.split()]
    kept: list[CueWord] = []
    at = 0
    while at < len(words):
        length = len(wanted) or len(words)
        if not wanted or [_bare(word.text) for word in words[at : at + length]] == wanted:
            kept += _in_place_of(words[at : at + length], edit)
            at += length
        else:
            kept.append(words[at])
            at += 1
    if kept == words:
        return cue
    return replace(cue, lines=(tuple(kept),)) if kept else None


def _refitted_cue(timeline: Timeline, cue: Cue) -> list[Cue]:
    """The cue with its lines broken anew, in more than one where its words need it, over the same time and at the same place."""
    parts = list(restyle(replace(timeline, cues=(cue,))).cues)
    parts[0] = replace(parts[0], start=cue.start)
    parts[-1] = replace(parts[-1], end=cue.end)
    return [replace(part, center_y_px=cue.center_y_px) for part in parts]


def _bare(text: str) -> str:
    """A word without case, punctuation and the shape of its apostrophe."""
    return text.casefold().replace("’", "'").strip(_PUNCTUATION + "\"'“”‘()[]—-")


def _in_place_of(old: Sequence[CueWord], edit: CaptionText) -> list[CueWord]:
    """The new words over the time of the old ones, each as long as its letters; the end of a sentence stays one."""
    texts = edit.new.split()
    if not texts:
        return []
    ending = old[-1].text[len(old[-1].text.rstrip(_PUNCTUATION)) :]
    if edit.old and ending and not edit.old.rstrip().endswith(tuple(_PUNCTUATION)) and not texts[-1].endswith(tuple(_PUNCTUATION)):
        texts[-1] += ending
    start, length, letters = old[0].start, old[-1].end - old[0].start, sum(map(len, texts))
    bounds = [start + length * sum(map(len, texts[:n])) // letters for n in range(len(texts) + 1)]
    emphasised = any(word.is_emphasised for word in old)
    return [CueWord(text, bounds[n], bounds[n + 1], emphasised) for n, text in enumerate(texts)]


def _not_said(timeline: Timeline, edit: CaptionText) -> InputError:
    if edit.old == edit.new or not edit.old:
        return InputError("The caption says that already.")
    near = difflib.get_close_matches(edit.old.lower(), [cue.text.lower() for cue in timeline.cues], 1, 0.4)
    shown = next((cue.text for cue in timeline.cues if near and cue.text.lower() == near[0]), "")
    hint = f"Perhaps you mean “{shown}”." if shown else _some_captions(timeline)
    return InputError(f"No caption says “{edit.old}”.", hint=hint)


def _some_captions(timeline: Timeline) -> str:
    shown = " · ".join(f"{number}: {cue.text}" for number, cue in enumerate(timeline.cues[:10], 1))
    return f"The captions are {shown}{' · …' if len(timeline.cues) > 10 else ''}"


# --- title --------------------------------------------------------------------------------------------------------


def title_text(timeline: Timeline, edit: TitleText) -> Timeline:
    text = " ".join(edit.text.split())
    if not text:
        if timeline.hook is None:
            raise InputError("This short has no title.", hint='Give it one: title "Nobody told me this".')
        return replace(timeline, hook=None)
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"The title has {len(text)} characters; {MOST_CHARACTERS} fit.")
    hook = _title(timeline, text)
    if hook == timeline.hook:
        raise InputError("That is the title already.")
    return replace(timeline, hook=hook)


def _title(timeline: Timeline, text: str) -> HookTitle:
    """The text laid out where the title stands, or over the first seconds.

    Raises:
        InputError: None of it can be drawn.
    """
    laid_out = break_title(text, (timeline.width_px, timeline.height_px), timeline.brand)
    if laid_out is None:
        raise InputError(f"Nothing of the title {text!r} can be drawn.")
    old = timeline.hook
    start, end = (old.start, old.end) if old else (0, min(_TITLE, timeline.duration))
    return HookTitle(laid_out.lines, start, end, laid_out.size_px)
