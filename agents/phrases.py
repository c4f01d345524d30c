"""The small things a sentence says, read by rule: how many, how long, which clip, who may see it; and what no rule may act on."""

import re
import unicodedata
from typing import NamedTuple

DEFAULT_COUNT = 2
MAX_COUNT = 9
_LONGEST_TEXT = 4000
_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBERS = {word: number for number, word in enumerate(_WORDS, 1)} | {"a": 1, "an": 1, "couple": 2, "few": 3, "dozen": 12}
_MADE = r"(?:shorts?|clips?|videos?|reels?|moments?)"
_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m)"
_AMOUNT = rf"(\d{{1,4}}|half an?|{'|'.join([*_WORDS, 'an', 'a'])})"
_PLATFORMS = {"yt": "youtube", "insta": "instagram", "ig": "instagram"}


class Lengths(NamedTuple):
    """Wanted clip lengths in seconds; None where nothing was said."""

    min_s: float | None = None
    max_s: float | None = None


def plain(text: str) -> str:
    """The text as rules read it: folded, one space between words, straight quotes, without file names (a name asks for nothing)."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).casefold()
    folded = re.sub("[’‘`´]", "'", folded).replace("“", '"').replace("”", '"')
    folded = re.sub(r'"[^"]*\.\w{2,4}"|[^\s"]+\.[a-z][a-z0-9]{1,3}\b(?!\w)', " file ", folded)
    return " ".join(folded.split())


# --- what no rule acts on -----------------------------------------------------------------------------------------

NEGATED = re.compile(
    r"\b(?:don't|dont|do not|\w+n't|cannot|never|not|no|none|nobody|nothing|neither|without|except|stop|cancel|halt|pause|wait|hold|reject|"
    r"refuse|decline|delete|remove|undo|unless|until|avoid|instead)\b"
)
""" "don't post anything until I say so" was once read as "post": a rule never acts on a sentence that says no."""

BEYOND = re.compile(
    r"\b(?:all my|transfer|withdraw|send|wire|spend|donate|invest|pay|buy|purchase|order|invoice|refund|password|token|secret|key|"
    r"credential\w*|everything|everyone|followers|subscribers|ignore|override|bypass|jailbreak|sudo|admin|system|instructions?|rules|pretend|"
    r"disable|enable|change|set|raise|increase|lower|limit|budget|cap|hack|steal|bots?|fake|spam|comment|reply|like|follow|message|email|dm|"
    r"connect|disconnect|log ?in|log ?out|sign|book|call|drop|format|erase|wipe|destroy)\b"
)
"""Words of things that no rule here does; a sentence with one of them is about something else than it looks like."""

APPROVES = re.compile(
    r"\b(?:approved?|approving|confirm\w*|authori[sz]e\w*|allow\w*|permit\w*|grant\w*|accept\w*|go ahead|yes|okay|ok|do it)\b"
)

LATER = re.compile(
    r"\b(?:tomorrow|tonight|later|schedul\w*|every (?:day|week|morning|evening|hour|\w+day)|daily|weekly|hourly|if|when|once|after|before|"
    r"(?:on |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|next (?:week|month)|in \w+ (?:minutes?|hours?|days?|weeks?)|"
    r"at (?:\d|noon|midnight)|\d{1,2}:\d\d|\d ?[ap]m)\b"
)

ASKS = re.compile(
    r"^(?:so |and |hey |hi |hello |well |,)*"
    r"(?:how|what|what's|why|when|who|which|where|did|does|is|are|was|were|has|have|had|should|will)\b"
)


# --- slots --------------------------------------------------------------------------------------------------------

_BETWEEN = re.compile(rf"\b(?:between |from )?(\d{{1,4}}) ?(?:-|–|to|and) ?(\d{{1,4}})[ -]?({_UNIT})\b(?: long| each)?")
_AT_MOST = re.compile(
    rf"\b(?:under|below|at most|maximum|max|up to|(?<!no )(?<!not )(?:less|shorter) than|within|(?:no|not) (?:longer|more) than) (?:of )?"
    rf"{_AMOUNT}[ -]?({_UNIT})\b"
)
_AT_LEAST = re.compile(
    rf"\b(?:over|above|at least|minimum|min|(?<!no )(?<!not )(?:more|longer) than|(?:no|not) (?:shorter|less) than) (?:of )?"
    rf"{_AMOUNT}[ -]?({_UNIT})\b"
)
_ABOUT = re.compile(rf"\b{_AMOUNT}[ -]?({_UNIT})\b(?:[ -]long| each)?")
_SHORTEST_OF_ABOUT = 0.7


def take_lengths(text: str) -> tuple[Lengths, str]:
    """The clip lengths a text names, and the text without them, so that "30 second clips" are not thirty.

    "30 second clips" are 21 to 30 seconds: a length that is named is what fits the place it is for.
    """
    if found := _BETWEEN.search(text):
        low, high = sorted((_seconds(found[1], found[3]), _seconds(found[2], found[3])))
        return Lengths(low, high), _without(text, found)
    most, least = _AT_MOST.search(text), _AT_LEAST.search(text)
    if most or least:
        max_s = _seconds(most[1], most[2]) if most else None
        min_s = _seconds(least[1], least[2]) if least else None
        return Lengths(min_s, max_s), " ".join(_AT_LEAST.sub(" ", _AT_MOST.sub(" ", text)).split())
    if found := _ABOUT.search(text):
        wanted_s = _seconds(found[1], found[2])
        return Lengths(round(wanted_s * _SHORTEST_OF_ABOUT, 1), wanted_s), _without(text, found)
    return Lengths(), text


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _seconds(amount: str, unit: str) -> float:
    number = 0.5 if amount.startswith("half") else float(_NUMBERS.get(amount) or amount)
    return number * 60 if unit.startswith("m") else number


_MANY = rf"\d{{1,6}}|{'|'.join(reversed(_NUMBERS))}"
_COUNT = re.compile(
    rf"(?<![\d.,#-])\b(?:a )?({_MANY})(?: of)?(?: (?!{_MADE}\b)[\w-]+){{0,2}} {_MADE}\b|^(?:make )?(\d{{1,6}})(?: from\b|$)",
)


def read_count(text: str) -> int:
    """How many are wanted, as said; `DEFAULT_COUNT` when nothing is said."""
    found = _COUNT.search(text)
    if found is None:
        return DEFAULT_COUNT
    word = found[1] or found[2]
    return _NUMBERS.get(word) or int(word)


_CLIP = re.compile(r"\b(?:clip|short|video|reel)s? (?:number |no\.? |id )?#?(\d{1,9})\b|#(\d{1,9})\b")
_AFTER_VERB = re.compile(rf"\b(?:post|publish|upload) (\d{{1,9}})\b(?! *(?:{_MADE}|times?|{_UNIT}|of|more|new|best)\b)")
_LISTED = re.compile(r"\b(?:clip|short|video|reel)s? #?\d+(?: ?,| ?&| and| or| to|-)+ ?(?:clip )?#?\d")


def clip_number(text: str) -> int | None:
    """The one clip a text names; None when it names none or several."""
    if _LISTED.search(text):
        return None
    found = {int(one[0] or one[1]) for one in _CLIP.findall(text)} or {int(one) for one in _AFTER_VERB.findall(text)}
    return found.pop() if len(found) == 1 else None


def read_privacy(text: str) -> str:
    found = re.search(r"\b(private|unlisted)(?:ly)?\b", text)
    return found[1] if found else "public"


_PLATFORM = re.compile(
    r"\b(?:to|on|at|onto) (?:my )?(youtube|yt|tiktok|instagram|insta|ig|facebook|twitter|linkedin|snapchat|threads|pinterest)\b"
)


def read_platform(text: str) -> str:
    """The platform a post shall go to, by our name for it; empty when none is named."""
    found = re.search(
        r"\b(?:to|on|at|onto) (?:my )?(youtube|yt|tiktok|instagram|insta|ig|facebook|twitter|linkedin|snapchat|threads|pinterest)\b", text
    )
    return _PLATFORMS.get(found[1], found[1]) if found else ""


def read_account(text: str) -> int | None:
    found = re.search(r"\baccount #?(\d{1,9})\b", text)
    return int(found[1]) if found else None
