"""How written words are spoken, for alignment: numbers in words, and a pronunciation from the spelling for unknown words.

English. Good enough to find where a word lies in known text; not a dictionary.
"""

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"))
_SYMBOLS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at"}
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds"}
_PIECE = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+(?:'[a-z]+)*|[&%+=@$€£]")

# Spelling to phones of the CMU set, longest match first; a default letter-to-sound table, one reading per spelling.
_SOUNDS = {
    "tion": "SH AH N", "sion": "ZH AH N", "ough": "AO", "augh": "AO", "eigh": "EY", "igh": "AY", "tch": "CH", "sch": "S K", "ing": "IH NG",
    "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "ck": "K", "ng": "NG", "qu": "K W", "kn": "N", "wr": "R", "gh": "G",
    "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "oi": "OY", "oy": "OY", "ai": "EY", "ay": "EY", "au": "AO", "aw": "AO",
    "ie": "IY", "ei": "EY", "ey": "IY", "oa": "OW", "ue": "UW", "ew": "UW", "ar": "AA R", "er": "ER", "ir": "ER", "or": "AO R", "ur": "ER",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M",
    "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
_LONGEST = max(map(len, _SOUNDS))


def spoken_forms(word: str) -> list[str]:
    """Return what is said for one shown word, in lower case: "1994," is nineteen ninety four, "well-known" is two, "—" is nothing."""
    forms: list[str] = []
    currency = ""
    for piece in _PIECE.findall(word.lower().replace("’", "'")):
        if piece[0].isdigit():
            forms.extend(_number(piece, is_year=bool(re.fullmatch(r"\W*(1[1-9]|20)\d\d\W*s?", word)) and not currency))
        elif piece in _CURRENCIES:
            currency = _CURRENCIES[piece]
        else:
            forms.append(_SYMBOLS.get(piece, piece))
    return [*forms, currency] if currency else forms


def _number(text: str, *, is_year: bool) -> list[str]:
    whole, _, fraction = text.replace(",", "").partition(".")
    if len(whole) > 12 or (whole.startswith("0") and len(whole) > 1):
        return [_ONES[int(digit)] for digit in whole + fraction]
    value = int(whole)
    if is_year and value % 1000 > 9 and value % 100:
        return [*_cardinal(value // 100), *(["oh"] if value % 100 < 10 else []), *_cardinal(value % 100)]
    return [*_cardinal(value), *(["point", *(_ONES[int(digit)] for digit in fraction)] if fraction else [])]


def _cardinal(value: int) -> list[str]:
    if value < 20:
        return [_ONES[value]]
    if value < 100:
        return [_TENS[value // 10], *([_ONES[value % 10]] if value % 10 else [])]
    if value < 1000:
        return [_ONES[value // 100], "hundred", *(_cardinal(value % 100) if value % 100 else [])]
    scale, name = next((scale, name) for scale, name in _SCALES if value >= scale)
    return [*_cardinal(value // scale), name, *(_cardinal(value % scale) if value % scale else [])]


def pronounce(word: str) -> str:
    """Return CMU phones for a word in lower case, read off its spelling; a neutral vowel when no letter is known."""
    letters = re.sub(r"(.)\1", r"\1", re.sub("[^a-z]", "", word))  # a doubled consonant is one sound; "ee" and "oo" lose little
    letters = re.sub(r"(?<=[b-df-hj-np-tv-z])e$", "", letters) or letters  # a last e is silent after a consonant
    phones: list[str] = []
    position = 0
    while position < len(letters):
        size = next(size for size in range(_LONGEST, 0, -1) if letters[position : position + size] in _SOUNDS)
        phones.append(_SOUNDS[letters[position : position + size]])
        position += size
    return " ".join(phones) or "AH"
