"""Edits read from an owner's sentence by rule: many wishes in one sentence, nothing half understood.

The sentence is eaten from the left: of all rules that match there and end where a wish may end, the longest wins. What no rule knows is
not skipped but said, because half an edit is a wrong edit.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

from memory.errors import InputError
from tools.video import captions, library
from tools.video.compiler.grades import GRADES
from tools.video.edit.edits import Edit
from tools.video.edit.phrases import plain
from tools.video.edit.rules_cuts import CUTS, SPEEDS
from tools.video.edit.rules_looks import look_rules, sound_rules
from tools.video.edit.rules_text import caption_rules

EXAMPLES = (
    '"cut the first two seconds", "cut from 3 to 5 seconds", "swap clip 2 and 3", "remove piece 2", "20 % faster", "bigger captions", '
    '"captions at the top", "change the caption "Jon" to "John"", "title "Nobody told me this"", "slower zoom", "no music", '
    '"music quieter", "black and white", "make it square", "no transitions"'
)
_FILLER = re.compile(
    r"(?:(?:please|pls|hey|ok|okay|now|just|also|then|and|so|maybe|can you|could you|would you|will you|i want you to|i want to|i want|"
    r"i'd like to|i'd like|i would like|let's|let us|make sure to|we need|have|it needs)\b[ ,]*)+",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"\s*(?:(?:[,;.!&+]|\band\b|\bthen\b|\balso\b|\bplus\b|\bplease\b|\bpls\b|\bthanks?\b(?: you)?|\bas well\b|\btoo\b)\s*)+|\s*$", re.I
)
_OF_CLIP = re.compile(
    r"(?:^|\s)(?:of|on|in|for|from|at|to) (?:the |my )?(?:clip|short|video|reel) (?:number |no\.? )?#?\d{1,9}(?=$|[\s,;.!?:])|"
    r"^(?:edit |change )?(?:clip|short|video|reel) (?:number |no\.? )?#?\d{1,9} ?[:,-] ?",
    re.IGNORECASE,
)
_WHOLE_CLIP = re.compile(
    r"\b(make|speed|slow|mirror|flip|shorten|trim|turn|stabili[sz]e|start|end|play|edit|change) (?:the )?(?:clip|short|video|reel) "
    r"(?:number |no\.? )?#?(\d{1,9})\b(?! ?(?:and|,|&) ?#?\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,9}(?!.*\d)")
_QUOTES = re.compile(r"\"[^\"]*\"")


def read(words: str) -> tuple[Edit, ...]:
    """The edits of a sentence, in the order they are said.

    Raises:
        InputError: Some of it is no edit that is known; says which part, and gives examples.
    """
    text = without_clip(plain(words)).strip(" .!?,;:")
    if not text:
        raise InputError("Say what to change.", hint=f"For example {EXAMPLES}.")
    found: list[Edit] = []
    at = 0
    while at < len(text):
        at += len(filler[0]) if (filler := _FILLER.match(text, at)) else 0
        edit, end = _longest(text, at)
        if edit is None:
            raise InputError(f"I do not know how to change “{text[at:].strip()}”.", hint=f"For example {EXAMPLES}.")
        found.append(edit)
        separator = _SEPARATOR.match(text, end)
        at = separator.end() if separator else end
    return tuple(found)


def without_clip(text: str) -> str:
    """The text without "of clip 3" and "clip 3: ", which say which clip is meant, and with "make it" for "make clip 3".

    Nothing inside quotes is touched, and "swap clip 2 and 3" names pieces of one clip.
    """
    return "".join(part if is_quote else _WHOLE_CLIP.sub(r"\1 it", _OF_CLIP.sub("", part)) for is_quote, part in _parts(text))


def clips_named(words: str) -> tuple[int, ...]:
    """The numbers of the clips that a sentence wants changed, as far as it says so."""
    found: dict[int, None] = {}
    for is_quote, part in _parts(plain(words)):
        if not is_quote:
            numbers = [number for one in _OF_CLIP.finditer(part) if (number := _NUMBER.search(one[0]))]
            found |= dict.fromkeys(int(one[0]) for one in numbers) | dict.fromkeys(int(one[2]) for one in _WHOLE_CLIP.finditer(part))
    return tuple(found)


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """The text in parts that are quotes (True) and parts that are not."""
    at = 0
    for quote in _QUOTES.finditer(text):
        yield False, text[at : quote.start()]
        yield True, quote[0]
        at = quote.end()
    yield False, text[at:]


def _longest(text: str, at: int) -> tuple[Edit | None, int]:
    """The edit of the longest wish that begins at `at`, and where it ends."""
    matches = [(found, make) for pattern, make in _rules() if (found := pattern.match(text, at)) and found.end() > at]
    for found, make in sorted(matches, key=lambda pair: -pair[0].end()):
        try:
            if _SEPARATOR.match(text, found.end()):
                return make(found), found.end()
        except (ValueError, KeyError):
            continue  # the words have the shape of a wish but no meaning, such as "the a second"
    return None, at


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Edit]], ...]:
    rules = (*CUTS, *SPEEDS, *caption_rules(captions.names()), *look_rules(tuple(GRADES)), *sound_rules(library.names()))
    return tuple((re.compile(rf"(?:{pattern})(?!\w)", re.IGNORECASE), make) for pattern, make in rules)
