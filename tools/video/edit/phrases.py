"""The small parts of an edit's words: numbers, seconds, piece names, how much, quoted text. Patterns are matched without case."""

import re

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_NUMBERS = {word: float(number) for number, word in enumerate(_WORDS)} | {word: float(n) for word, n in _TENS.items()}
_NUMBERS |= {"a": 1.0, "an": 1.0, "half": 0.5, "couple": 2.0, "few": 3.0}
_ORDINALS = {word: n for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}

_NAMED = "|".join(sorted((name for name in _NUMBERS if len(name) > 2), key=len, reverse=True))
NUMBER = rf"(?:\d+(?:[.,]\d+)?|{_NAMED}|an|a)"
"""A number in digits or as a word."""

_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m|milliseconds?|ms)"
_SPAN = (
    rf"(?:{NUMBER} and a half {_UNIT}|half an? (?:second|minute)|a (?:couple|few)(?: of)? {_UNIT}|"
    rf"\d+:\d\d(?:[.,]\d+)?|{NUMBER}[ -]?{_UNIT}|"
    rf"second|minute)(?![\w:])"
)
SECONDS = rf"(?P<seconds>{_SPAN})"
"""A length of time: "two seconds", "1.5s", "half a second", "1:30"."""

_POINT = rf"(?:\d+:\d\d(?:[.,]\d+)?|{NUMBER}(?:[ -]?{_UNIT})?|the (?:start|beginning|end)|end)"
FROM_TO = rf"(?:from |between )?(?:second )?(?P<from>{_POINT})(?: ?(?:-|–|—|to|until|till|and) ?)(?:second )?(?P<to>{_POINT})(?![\w:])"
"""Two moments: "from 3 to 5 seconds", "between 0:03 and the end"."""
FROM_ONLY = rf"(?:from|after|behind|past) (?:second )?(?P<from>{_POINT})(?: on(?:wards)?| to the end)?(?![\w:])"

_PIECE_NOUN = r"(?:clip|piece|part|segment|section|scene|shot)"
_WHICH = rf"(?:number |no\.? )?(?:#?\d{{1,3}}|{_NAMED})"
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)}|\d(?:st|nd|rd|th)|last)"


def piece(name: str = "piece") -> str:
    """A pattern for one piece: "piece 2", "part two", "the second piece", "the last one"."""
    return rf"(?:the )?(?:{_PIECE_NOUN}s? (?P<{name}>{_WHICH})|(?P<{name}_nth>{_ORDINAL}) (?:{_PIECE_NOUN}|one))(?!\w)"


QUOTED = r"""(?:"(?P<{0}>[^"]*)"|'(?P<{0}_single>[^']*(?:'(?=\w)[^']*)*)')"""
"""A text in straight quotes; format it with a name."""


def plain(text: str) -> str:
    """One space between words, straight quotes and apostrophes; case stays, because texts are taken from it."""
    straight = re.sub("[“”„‟«»]", '"', re.sub("[‘’‚‛`´]", "'", text[:2000]))
    return " ".join(straight.split())


def number(word: str) -> float:
    word = word.strip().lower().replace(",", ".")
    return _NUMBERS[word] if word in _NUMBERS else float(word)


def seconds(text: str) -> float:
    """Seconds of what `SECONDS` or a point of `FROM_TO` matched; 0 for the start, -1 for the end."""
    text = text.strip().lower()
    if text.endswith("end"):
        return -1.0
    if text.endswith(("start", "beginning")):
        return 0.0
    if clock := re.fullmatch(r"(\d+):(\d\d(?:[.,]\d+)?)", text):
        return int(clock[1]) * 60 + number(clock[2])
    found = re.fullmatch(rf"(?:(?P<half>half an?)|(?:a )?(?P<number>{NUMBER})(?P<more> and a half)?)?(?: of)?[ -]?(?P<unit>{_UNIT})?", text)
    if found is None:
        raise ValueError(text)
    amount = 0.5 if found["half"] else (number(found["number"]) if found["number"] else 1.0) + (0.5 if found["more"] else 0.0)
    unit = found["unit"] or "s"
    return amount / 1000 if unit.startswith(("ms", "milli")) else amount * 60 if unit.startswith("m") else amount


def piece_number(found: re.Match[str], name: str = "piece") -> int:
    """The piece a match names, from 1; -1 is the last, 0 none."""
    said, nth = found[name], found[f"{name}_nth"]
    if said:
        word = re.sub(r"^(?:number |no\.? |#)+", "", said.lower())
        return int(number(word))
    if not nth:
        return 0
    return -1 if nth.lower() == "last" else _ORDINALS.get(nth.lower()) or int(nth[0])


def quoted(found: re.Match[str], name: str) -> str:
    return (found[name] if found[name] is not None else found[f"{name}_single"] or "").strip()


HOW_MUCH = (
    rf"(?P<much>(?P<percent>\d{{1,3}}) ?(?:%|percent) |(?P<times>{NUMBER}(?: and a half)? times |twice |double |half )(?:as )?|"
    r"(?:a lot |much |far |way )|"
    r"(?:a (?:little|bit|tad|touch) (?:bit )?|slightly |somewhat )|even |still )?"
)
"""How much of a change, before the word of it: "20 % bigger", "a bit slower", "twice as loud"."""


def factor(found: re.Match[str], usual: float) -> float:
    """The factor `HOW_MUCH` asks for, above 1 for more; `usual` when nothing is said, less or more of it for "a bit" and "much"."""
    much = (found["much"] or "").lower()
    if found["percent"]:
        return 1 + int(found["percent"]) / 100
    if found["times"]:
        word = found["times"].lower().strip()
        if word in ("twice", "double", "half"):
            return 2.0
        amount = number(word.split()[0]) + (0.5 if "half" in word else 0.0)
        return max(1.01, amount)
    if much.startswith(("a lot", "much", "far", "way")):
        return usual**2
    return 1 + (usual - 1) / 2 if much.startswith(("a ", "slight", "some")) else usual
