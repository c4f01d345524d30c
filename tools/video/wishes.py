"""The owner's wishes for clips: checked where they are said, kept with the production, made a `Brief` of, said back in words.

As JSON a wish that was not said is left out (or null), so that what is usual may change without rewriting old productions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from memory.domain import Json
from memory.errors import InputError
from tools.video.additions import HideMethod
from tools.video.brief import Brief, Direction, Hide
from tools.video.regions import MOST_REGIONS, as_json, read_region, say

ASPECTS = ("9:16", "1:1", "4:5", "16:9")
_SHORTEST_OF_NAMED = 0.7
_MOST_TOPIC_CHARACTERS = 100
_MOST_KEPT, _MOST_NAME_CHARACTERS = 5, 40
_HIDDEN = {HideMethod.BLUR: "blurred", HideMethod.PIXELATE: "pixelated", HideMethod.MASK: "covered"}
_SHAPES = {"1:1": "square", "9:16": "upright 9:16", "4:5": "upright 4:5", "16:9": "wide 16:9"}


def caption_styles() -> tuple[str, ...]:
    from tools.video.captions.styles import names  # loads the fonts' tables: not for those who only look at clips

    return (*names(), "none")


def music_choices() -> tuple[str, ...]:
    """`auto`, `none` and the pieces of our library."""
    from tools.video.library import names

    return ("auto", "none", *names("music"))


def check_wishes(asked: Mapping[str, Any]) -> Json:
    """The wishes that were said, checked.

    Args:
        asked: Fields of `Brief` by name, `hide_regions` for its regions; None and what is empty were not said.

    Raises:
        InputError: Names the wish, what was said, and what can be said.
    """
    said: Json = {name: value for name, value in asked.items() if value is not None and value != "" and value != []}
    _check_numbers(said)
    if "music" in said:
        said["music"] = _piece(str(said["music"]))
    for name, choices in _CHOICES.items():
        if name in said and said[name] not in choices():
            raise InputError(f"{name} {said[name]!r} must be one of: {', '.join(choices())}.")
    if "topic" in said:
        said["topic"] = " ".join(str(said["topic"]).split())[:_MOST_TOPIC_CHARACTERS]
    if "hide_regions" in said:
        said["hide_regions"] = _regions(said["hide_regions"])
    return _check_hiding(said)


def brief_of(asked: Mapping[str, Any], usual: Brief) -> Brief:
    """The brief of a production: what was asked for, and `usual` where nothing was said."""
    min_s, max_s = sorted((asked.get("min_s") or usual.min_s, asked.get("max_s") or usual.max_s))
    if min_s == max_s:  # nothing is exactly that long: a length that is named is what fits the place it is for
        min_s = round(_SHORTEST_OF_NAMED * max_s, 1)
    return Brief(
        count=asked.get("count") or usual.count,
        min_s=min_s,
        max_s=max_s,
        preset=usual.preset,
        title_hint=usual.title_hint,
        labels=usual.labels,
        from_s=asked.get("from_s") or usual.from_s,
        to_s=asked.get("to_s") or usual.to_s,
        topic=asked.get("topic") or usual.topic,
        aspect=asked.get("aspect") or usual.aspect,
        captions=asked.get("captions") or usual.captions,
        direction=Direction(asked.get("direction") or usual.direction),
        music=asked.get("music") or usual.music,
        tighten=_said_or(asked.get("tighten"), usual.tighten),
        hide=Hide(asked.get("hide") or usual.hide),
        hide_method=HideMethod(asked.get("hide_method") or usual.hide_method),
        keep=tuple(asked.get("keep") or usual.keep),
        hide_plates=_said_or(asked.get("hide_plates"), usual.hide_plates),
        hide_screens=_said_or(asked.get("hide_screens"), usual.hide_screens),
        regions=tuple(read_region(region) for region in asked.get("hide_regions") or ()) or usual.regions,
        dictionary=usual.dictionary,
    )


def in_words(asked: Mapping[str, Any]) -> str:
    """Wishes as the owner would say them, in one phrase; empty when there are none beside number and lengths."""
    phrases = [_part(asked)]
    phrases += [f"about {asked['topic']}"] if asked.get("topic") else []
    phrases += [_SHAPES[asked["aspect"]]] if asked.get("aspect") else []
    phrases += [f"in {asked['direction']} style"] if asked.get("direction") else []
    captions, music = asked.get("captions"), asked.get("music")
    phrases += [f"{'no' if captions == 'none' else captions} captions"] if captions else []
    phrases += [{"none": "no music", "auto": "with music"}.get(music, f"music {music}")] if music else []
    tighten = asked.get("tighten")
    phrases += ["without fillers and long silences" if tighten else "with every word and pause"] if tighten is not None else []
    return ", ".join(phrase for phrase in [*phrases, _hidden(asked)] if phrase)


def clock(seconds: float) -> str:
    """Seconds as "3:05" or "1:02:03"."""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


_CHOICES: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "aspect": lambda: ASPECTS,
    "captions": caption_styles,
    "direction": lambda: tuple(Direction),
    "music": music_choices,
    "hide": lambda: tuple(Hide),
    "hide_method": lambda: tuple(HideMethod),
}


def _piece(music: str) -> str:
    """A piece that has the mood or suits the style that was said; else what was said."""
    from tools.video.library import choose

    if music in music_choices():
        return music
    try:
        return choose(music.lower())
    except InputError:  # the check of choices names the pieces
        return music


def _check_numbers(said: Json) -> None:
    if "count" in said and not 1 <= said["count"] <= 9:
        raise InputError(f"count {said['count']} must be 1 to 9.")
    min_s, max_s = said.get("min_s"), said.get("max_s")
    if min_s is not None and max_s is not None and not 0 < min_s <= max_s:
        raise InputError(f"min_s {min_s} must be above 0 and at most max_s {max_s}.")
    from_s, to_s = said.get("from_s", 0.0), said.get("to_s", 0.0)
    if not (from_s >= 0 and to_s >= 0) or (to_s and to_s <= from_s):  # so that NaN is refused too
        raise InputError(f"to_s {to_s:g} must be greater than from_s {from_s:g}, and both 0 or more.")


def _check_hiding(said: Json) -> Json:
    keep = [" ".join(str(name).split()) for name in said.get("keep", [])]
    if len(keep) > _MOST_KEPT or any(not 1 <= len(name) <= _MOST_NAME_CHARACTERS for name in keep):
        raise InputError(f"keep names at most {_MOST_KEPT} people, each in 1 to {_MOST_NAME_CHARACTERS} characters.")
    if keep and said.setdefault("hide", Hide.OTHERS.value) != Hide.OTHERS:
        raise InputError(f"keep needs hide {Hide.OTHERS.value!r}: with {said['hide']!r} there is nobody to keep.")
    if said.get("hide") == Hide.OTHERS and not keep:
        raise InputError("Hiding the others needs the names of those who may be seen.", hint="Name them in keep.")
    return {**said, "keep": keep} if keep else said


def _regions(said: object) -> list[Json]:
    if not isinstance(said, list | tuple) or len(said) > MOST_REGIONS:
        raise InputError(f"hide_regions must be a list of at most {MOST_REGIONS} parts of the picture.")
    if said and all(isinstance(number, int | float) for number in said):  # one region whose list was left out
        said = [said]
    return [as_json(read_region(region)) for region in said]


def _said_or(said: bool | None, usual: bool) -> bool:
    return usual if said is None else said


def _part(asked: Mapping[str, Any]) -> str:
    from_s, to_s = asked.get("from_s"), asked.get("to_s")
    if from_s and to_s:
        return f"between {clock(from_s)} and {clock(to_s)}"
    if from_s:
        return f"from {clock(from_s)} on"
    return f"up to {clock(to_s)}" if to_s else ""


def _hidden(asked: Mapping[str, Any]) -> str:
    hide = Hide(asked.get("hide") or Hide.NOTHING)
    what = ["number plates"] if asked.get("hide_plates") else []
    what += ["screens"] if asked.get("hide_screens") else []
    what += [say(read_region(region)) for region in asked.get("hide_regions") or ()]
    # Faces last, so that what is hidden does not read as if it were kept.
    what += ["all faces"] if hide is Hide.FACES else []
    what += [f"all faces but those of {' and '.join(asked.get('keep') or [])}"] if hide is Hide.OTHERS else []
    how = _HIDDEN[HideMethod(asked.get("hide_method") or HideMethod.PIXELATE)]
    return f"{', '.join(what[:-1])}{' and ' if len(what) > 1 else ''}{what[-1]} {how}" if what else ""
