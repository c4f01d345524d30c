"""What a request to make clips may wish for, read by rule: which part, about what, shape, captions, style, music, fillers, what is hidden.

A wish is taken out of the sentence. What is left must still be a sentence the rules may act on, so of everything that says no only the
known wishes below become readable ("no music", "cut the ums", "hide all faces"); a no beside them stops the request as before.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from agents import hiding
from agents.phrases import APPROVES, BEYOND, LATER, NEGATED
from memory.domain import Json
from memory.errors import InputError
from tools.video.brief import Direction
from tools.video.library import choose
from tools.video.wishes import caption_styles, music_choices


class Taken(NamedTuple):
    """The wishes of a text as arguments of `make_shorts`, the text without them, and what is wrong with one in a sentence."""

    wishes: Json
    rest: str
    problem: str = ""


def take_wishes(text: str) -> Taken:
    """Read the wishes of a plain text (`phrases.plain`)."""
    wishes: Json = {}
    rest = text
    for pattern, meaning in _patterns():
        while (found := pattern.search(rest)) is not None:
            meant = meaning(found)
            if meant is None:
                break
            parts = [*wishes.get("hide_regions", ()), *meant.get("hide_regions", ())]
            wishes |= {name: value for name, value in meant.items() if name not in wishes}
            wishes |= {"hide_regions": parts} if parts else {}
            rest = f"{_before(rest[: found.start()])} {rest[found.end() :].lstrip()}".strip()
    return Taken(wishes, rest, _problem(wishes, rest))


# --- the words ----------------------------------------------------------------------------------------------------

_LINKS = frozenset("and but with in as using also please of & + ; ,".split())  # words that only tied a wish to the rest
_NO = r"(?:no|without(?: any| the)?|zero)"
_TIME = r"(\d{1,3}(?::[0-5]\d){1,2})"
_MINUTE = r"(?:minute |min )?(\d{1,3}(?::[0-5]\d){0,2})"
_TO = r" ?(?:and|to|until|till|-|–) ?"
_OF_IT = r"(?: of (?:it|the video|file))?"
_FILLER = r"(?:filler words|fillers?|u+m+s?|u+h+s?|e+r+s?|silences?|(?:long )?pauses|dead air|stutters?|repeats)"
_FILLERS = rf"{_FILLER}(?:(?: ?,| ?&| and| or)* (?:the )?{_FILLER})*"
_CUT = r"(?:cut|remove|take|drop|strip|leave|edit|trim)(?: out)?(?: all)?(?: the| my)?"
_ABOUT = r"(?:about|on the topic of|mentioning|talking about)"
_TOPIC = r"(?!\d)([^\s,;.!]+(?: [^\s,;.!]+){0,4}?)"
_TOPIC_ENDS = (
    r"(?= *$| *[,;.!]| +(?:from|out of|between|with|without|no|in|as|then|each|please|under|at|of|for|to|on|up|using|but)\b"
    r"| +(?:and|&) +(?:(?:then|also) +)?(?:post|publish|upload|hide|blur|pixelat\w*|cut|remove|take|drop|no|with|without|make|keep)\b)"
)
_SHAPE = r"(?: format| shape)?"


def _before(text: str) -> str:
    """The text up to a wish, without what only tied the wish to it."""
    words = text.split()
    while words and (words[-1] in _LINKS or words[-1][-1] in ",;.&"):
        last = words.pop()
        if last not in _LINKS and (kept := last.rstrip(",;.&")):
            words.append(kept)
    return " ".join(words)


def _seconds(clock: str) -> float:
    """Seconds of "3:05", "1:02:03", or "3", which are minutes."""
    parts = [int(part) for part in clock.split(":")]
    if len(parts) == 1:
        return float(parts[0] * 60)
    return float(sum(part * 60**power for power, part in enumerate(reversed(parts))))


def _between(found: re.Match[str]) -> Json | None:
    from_s, to_s = sorted((_seconds(found[1]), _seconds(found[2])))
    return {"from_s": from_s, "to_s": to_s} if to_s > from_s else None


def _topic(found: re.Match[str]) -> Json | None:
    topic = found[1].strip()
    doubtful = any(pattern.search(topic) for pattern in (NEGATED, BEYOND, LATER, APPROVES))
    return None if doubtful or topic in ("it", "this", "that", "them", "me", "us") else {"topic": topic}


def _music(found: re.Match[str]) -> Json | None:
    """A piece of the library by its name, or one of a mood."""
    if found[1] in music_choices():
        return {"music": found[1]}
    try:
        return {"music": choose(found[1])}
    except InputError:
        return None


def _always(**meant: object) -> Callable[[re.Match[str]], Json]:
    return lambda found: dict(meant)


_FIXED: tuple[tuple[str, hiding.Meaning], ...] = (
    # Which part. Before lengths are read: "3:00" is no length, and "between 3:00 and 8:00" no later time.
    (rf"(?:only )?(?:between|from) {_TIME}{_TO}{_TIME}{_OF_IT}", _between),
    (rf"(?:only )?(?:between|from) (?=minutes? |min )(?:minutes )?{_MINUTE}{_TO}{_MINUTE}{_OF_IT}", _between),
    (rf"(?:only )?from {_MINUTE} (?:on|onwards?|to the end)", lambda found: {"from_s": _seconds(found[1])}),
    (rf"(?:only )?(?:in|from|of) the first (\d{{1,3}}) minutes?{_OF_IT}", lambda found: {"to_s": _seconds(found[1])}),
    *hiding.PATTERNS,
    # About what: in quotes anything, else a few words.
    (rf'{_ABOUT} "([^"]{{1,60}})"', lambda found: {"topic": found[1].strip()}),
    (rf"{_ABOUT} {_TOPIC}{_TOPIC_ENDS}", _topic),
    (rf"(?:{_NO}|{_CUT}) {_FILLERS}(?: out)?", _always(tighten=True)),
    (r"(?:tighten(?:ed)?(?: up)?|tight cuts?)(?: it| them)?", _always(tighten=True)),
    (rf"{_NO} (?:background )?music", _always(music="none")),
    (rf"(?:plain(?: style| look)?(?: ?,)?(?: and)? )?{_NO} (?:effects|extras|frills)", _always(direction="plain")),
    (r"plain(?: style| look)?", _always(direction="plain")),
    (rf"(?:square|1:1){_SHAPE}", _always(aspect="1:1")),
    (rf"4:5{_SHAPE}", _always(aspect="4:5")),
    (rf"(?:16:9|landscape|horizontal|widescreen){_SHAPE}", _always(aspect="16:9")),
    (rf"9:16{_SHAPE}", _always(aspect="9:16")),
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], hiding.Meaning], ...]:
    """All phrases, those with names of styles and music first: "plain captions" says nothing about effects."""
    styles = "|".join(style for style in caption_styles() if style != "none")
    named: list[tuple[str, hiding.Meaning]] = [
        (rf"{_NO} (?:captions?|subtitles?)", _always(captions="none")),
        (rf"(?:the )?({styles})(?:[- ]style)? (?:captions?|subtitles?)", lambda found: {"captions": found[1]}),
        (rf"(?:captions?|subtitles?) in(?: the)? ({styles})(?: style)?", lambda found: {"captions": found[1]}),
        (rf"(?:the )?({'|'.join(Direction)})[- ](?:style|look|edit)", lambda found: {"direction": found[1]}),
        (r"(hype|clean)(?= (?:clips?|shorts?|videos?|reels?|moments?)\b)", lambda found: {"direction": found[1]}),
        (r"cinematic", _always(direction="cinematic")),
        (r"(?:the |some )?([a-z]+)(?: background)? music", _music),
    ]
    return tuple((re.compile(rf"(?<![\w:]){words}(?![\w:])"), meaning) for words, meaning in (*named, *_FIXED))


_UNKNOWN_STYLE = re.compile(r"\b(?:with|in|using) (?!the\b|my\b|some\b|nice\b|good\b)([a-z]+)(?:[- ]style)? (?:captions|subtitles)\b")
_UNKNOWN_MUSIC = re.compile(r"\b(?:with|using) (?!the\b|my\b|some\b|nice\b|good\b|background\b)([a-z]+) music\b")
_UNKNOWN_HIDING = re.compile(rf"\b({hiding.VERB})\b")


def _problem(wishes: Json, rest: str) -> str:
    """A wish of a known kind that cannot be met: better said than left out."""
    if found := _UNKNOWN_STYLE.search(rest):
        return f"I have no {found[1]} captions. There are: {', '.join(caption_styles())}."
    if found := _UNKNOWN_MUSIC.search(rest):
        return f"I have no {found[1]} music. There is: {', '.join(music_choices())}."
    if found := _UNKNOWN_HIDING.search(rest):
        return hiding.CAN_HIDE
    return ""
