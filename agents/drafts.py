"""What the writers' room hands out: a typed draft of a post's texts, the rules it must pass, and the plain way to make one.

The rules are code. A draft may choose and order words; it may not add a number, a link, a name tag or a sponsor the clip does not have.
"""

import re
from collections import Counter
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from memory.domain import Json

TITLE_CHARACTERS = 100
DESCRIPTION_CHARACTERS = 1000
MOST_HASHTAGS = 5
_EXCERPT_CHARACTERS = 200
_FEWEST_LETTERS = 5  # shorter words are rarely what a clip is about

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_QUANTITY = re.compile(r"\b(?:hundreds?|thousands?|millions?|billions?|percent|per cent)\b|%")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?|@\w+")
_CLAIM = re.compile(r"\b(?:sponsor\w*|paid partnership|advert\w*|affiliate|partnered)\b|#ad\b")
_TAG = re.compile(r"\w{2,30}")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known about a clip: everything a draft may say comes from here."""

    clip_id: int
    title: str
    words: str
    """What is said in the clip, from its captions."""
    niche: str = ""
    language: str = "en"

    @property
    def source(self) -> str:
        return f"{self.title}\n{self.words}\n{self.niche}"


class Draft(BaseModel):
    """The texts of a post."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS)
    description: str = Field(default="", max_length=DESCRIPTION_CHARACTERS)
    hashtags: tuple[str, ...] = Field(default=(), max_length=MOST_HASHTAGS)

    @field_validator("title", "description")
    @classmethod
    def _is_plain(cls, value: str) -> str:
        if "<" in value or ">" in value:
            raise ValueError("must not contain < or >")
        if any(ord(character) < 32 and character != "\n" for character in value):
            raise ValueError("must not contain control characters")
        return value.strip()

    @field_validator("hashtags", mode="after")
    @classmethod
    def _are_words(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        tags = tuple(tag.removeprefix("#") for tag in value)
        if wrong := [tag for tag in tags if not _TAG.fullmatch(tag)]:
            raise ValueError(f"{wrong[0]!r} is not one word of 2 to 30 letters")
        return tags

    @property
    def full_description(self) -> str:
        """The description with its hashtags, as it is posted."""
        return "\n\n".join(part for part in (self.description, " ".join(f"#{tag}" for tag in self.hashtags)) if part)

    def report(self) -> Json:
        return {"title": self.title, "description": self.full_description}


def parse_draft(text: str, source: str) -> tuple[Draft | None, str]:
    """A draft out of a model's answer, or what is wrong with it in a sentence the model can act on."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None, "Answer with one JSON object and nothing else."
    try:
        draft = Draft.model_validate_json(text[start : end + 1])
    except ValidationError as error:
        return None, "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the JSON'}: {e['msg']}" for e in error.errors(include_url=False)[:3])
    invented = find_invented(draft, source)
    return (None, f"These are not in the clip, leave them out: {', '.join(invented)}.") if invented else (draft, "")


def find_invented(draft: Draft, source: str) -> list[str]:
    """Numbers, quantities, links, name tags and sponsor claims of a draft that the source does not have."""
    said, known = f"{draft.title}\n{draft.full_description}".casefold(), source.casefold()
    return [found for pattern in (_NUMBER, _QUANTITY, _LINK, _CLAIM) for found in _new_in(pattern, said, known)]


def _new_in(pattern: re.Pattern[str], said: str, known: str) -> list[str]:
    old = set(pattern.findall(known))
    return [found for found in dict.fromkeys(pattern.findall(said)) if found not in old]


def draft_plain(brief: Brief) -> Draft:
    """A draft without a model: the clip's own title, the first sentences it says, and the words it says most."""
    words = _plain(brief.words)
    title = _cut(_plain(brief.title) or words, TITLE_CHARACTERS) or f"Clip {brief.clip_id}"
    return Draft(title=title, description=_first_sentences(words), hashtags=_hashtags(brief))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[<>\x00-\x1f]", " ", text).split())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def _first_sentences(words: str) -> str:
    kept = ""
    for sentence in _SENTENCE_END.split(words):
        if len(kept) + len(sentence) > _EXCERPT_CHARACTERS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or _cut(words, _EXCERPT_CHARACTERS)


def _hashtags(brief: Brief) -> tuple[str, ...]:
    """Words of the niche, then words said at least twice; each as it stands in the source."""
    niche = re.findall(r"[^\W\d_]{2,30}", brief.niche.casefold())
    said = Counter(re.findall(rf"[^\W\d_]{{{_FEWEST_LETTERS},30}}", brief.words.casefold()))
    often = [word for word, times in said.most_common(MOST_HASHTAGS) if times > 1]
    return tuple(dict.fromkeys([*niche[:2], *often]))[:MOST_HASHTAGS]
