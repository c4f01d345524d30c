"""What an owner wants hidden, read by rule: faces with those who may be seen, number plates, screens, named parts of the picture."""

import re
from collections.abc import Callable

from memory.domain import Json
from tools.video import regions

Meaning = Callable[[re.Match[str]], Json | None]

CAN_HIDE = (
    'I can hide faces, number plates, screens and parts of the picture: say "hide all faces", "hide everyone but Ana", '
    '"blur the number plates", "hide the screens" or "cover the lower left corner".'
)

VERB = r"(?:hid(?:e|ing)|blur(?:ring)?|pixelat(?:e|ing)|mask(?:ing)?|cover(?:ing)?|anonymi[sz](?:e|ing))"
_ALL = r"(?:(?:all|every|any|everyone's|the|their|people's|visible)(?: of)?(?: the)? )?"
_FACES = rf"{_ALL}(?:faces?|people|everyone|everybody)"
_OTHERS = r"(?:(?:the |all )?(?:others?|rest|other faces|other people)|everyone else|everybody else)"
_PLATES = rf"{_ALL}(?:(?:number|licen[cs]e|registration|car|vehicle)[- ]?)?plates?"
_SCREENS = rf"{_ALL}(?:(?:computer|laptop|phone|tv|lit) )?(?:screens?|monitors?|displays?)"
_CORNER = r"(?:(?:lower|bottom|upper|top)[ -](?:left|right)(?:[- ]hand)?(?: (?:corner|quarter))?)"
_EDGE = r"(?:(?:lower|bottom|upper|top|left|right)(?:[- ]hand)? (?:edge|third|half|side|strip))"
_REGION = rf"(?:the |its )?(?:{_CORNER}|{_EDGE})(?: of (?:it|(?:the |every )?(?:picture|video|image|frame|screen)))?"
_THING = rf"(?:{_REGION}|{_FACES}|{_PLATES}|{_SCREENS})(?![\w-])"
_AND = r"(?: ?,| ?&| and| or| plus)+ "
_THINGS = rf"{_THING}(?:{_AND}{_THING})*"
_NO_NAME = (
    r"(?:and|or|then|post|publish|upload|make|no|not|with|without|hide|blur|faces?|the|from|about|between|cut|others?|all|every|any|number|"
    r"licen[cs]e|registration|car|plates?|computer|laptop|phone|tv|screens?|monitors?|displays?|lower|bottom|upper|top|left|right)"
)
_NAME = rf"(?!{_NO_NAME}\b)[^\W\d_][\w'-]*"
_NAMES = rf"{_NAME}(?:(?: *, *| and ){_NAME})*"
# One more thing that is not known: better nothing is read than that it is left out.
_ALONE = (
    rf"(?!{_AND}(?:{_THING}|(?:all|the|my|our|their|any|every|his|her|its) (?!best|top|strongest|highest|music|captions?\b)|"
    r"(?:logos?|brands?|tattoos?|address(?:es)?|signs?|cars?|houses?|kids|children|voices?|texts?|watermarks?|backgrounds?|documents?)\b))"
)


def _hidden(found: re.Match[str]) -> Json:
    return {**_things(found["things"]), **_method(found["verb"])}


def _hidden_but(found: re.Match[str]) -> Json:
    names = re.split(r" *, *| and ", found["names"])
    keep = ["me" if name in ("mine", "my", "myself") else name for name in names]
    beside = _things(f"{found['before'] or ''} , {found['after'] or ''}")
    return {**beside, "hide": "others", "keep": keep, **_method(found["verb"])}


def _things(words: str) -> Json:
    meant: Json = {}
    places = [regions.as_json(regions.named(_part(found[0]))) for found in re.finditer(rf"\b(?:{_CORNER}|{_EDGE})", words)]
    rest = re.sub(_REGION, " ", words)
    if re.search(r"\b(?:faces?|people|everyone|everybody)\b", rest):
        meant["hide"] = "faces"
    if re.search(r"plates?\b", rest):
        meant["hide_plates"] = True
    if re.search(r"\b(?:screens?|monitors?|displays?)\b", rest):
        meant["hide_screens"] = True
    return {**meant, "hide_regions": places} if places else meant


def _part(words: str) -> str:
    """The name of a part as `regions.named` knows it."""
    words = re.sub(r"[- ]hand\b", "", words).replace("-", " ")
    words = re.sub(r"^bottom", "lower", re.sub(r"^top", "upper", words))
    words = re.sub(r" (?:edge|side|strip)$", " third", words)
    return words if words.split()[-1] in ("corner", "quarter", "third", "half") else f"{words} corner"


def _method(verb: str) -> Json:
    methods = {"blur": "blur", "pixel": "pixelate", "mask": "mask", "cover": "mask"}
    return next(({"hide_method": method} for start, method in methods.items() if verb.startswith(start)), {})


PATTERNS: tuple[tuple[str, Meaning], ...] = (
    # Whose faces: those with names before the rest.
    (
        rf"(?P<verb>{VERB}) (?:(?P<before>{_THINGS}){_AND})?(?:{_FACES}|{_OTHERS})(?: but| except| besides)(?: for)?(?: of)? "
        rf"(?P<names>{_NAMES})(?:{_AND}(?P<after>{_THINGS}))?{_ALONE}",
        _hidden_but,
    ),
    (
        rf"keep (?P<names>{_NAMES})(?: visible)?(?: ?,| and| but)+ (?P<verb>{VERB}) (?:(?P<before>{_THINGS}){_AND})?{_OTHERS}"
        rf"(?:{_AND}(?P<after>{_THINGS}))?{_ALONE}",
        _hidden_but,
    ),
    (rf"(?P<verb>{VERB}) (?P<things>{_THINGS}){_ALONE}", _hidden),
    (rf"(?P<things>{_THINGS}) (?:are |is )?(?P<verb>hidden|blurred|pixelated|masked|covered)", _hidden),
)
