"""Words from outside: cleaned, bounded, compared, and shown to a person only between quotation marks."""

import html
import re
import unicodedata

TITLE_CHARS = 200
_TAG = re.compile(r"<[^<>]{0,2000}>")
_TOKEN = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_STOP = frozenset(
    "a an and are as at be but by can for from has have how i in into is it its my new of on or our out so than that the their this to "
    "up was we what when why will with you your".split()
)
# Markup of chats (HTML and Markdown) and the signs we quote with become look-alikes, which no reader of any markup takes for its own.
_HARMLESS = str.maketrans(
    {"<": "‹", ">": "›", "&": "＆", "*": "∗", "_": "＿", "`": "ˋ", "[": "［", "]": "］", "“": "‘", "”": "’", "~": "∼"}
)

# A title that speaks to a machine instead of telling a story. A hit only marks the title; a miss opens nothing, because no title is
# ever treated as an instruction.
_SUSPICIOUS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(instruction|rule|prompt|polic|approval|limit|previous|above|everything)",
        r"\b(system|developer|hidden) (prompt|message|instruction|mode)|\bjailbreak",
        r"^\W*(system|assistant|user|tool|developer|admin)\s*:",
        r"\byou are (now|no longer)\b|\bact as (an?|the)\b.{0,30}\b(admin|owner|agent|assistant)",
        r"\b(do not|don't|never) (ask|tell|inform|notify|show)\b.{0,30}\b(user|owner|human|anyone|anybody)\b",
        r"\bwithout (asking|telling|approval|permission|confirmation)\b",
        r"\b(call|run|invoke|execute|use) (the )?\w+[ _](tool|function|command)\b|\btool_call|\bfunction_call",
        r"\b(publish|post|upload|approve|delete|transfer|wire|buy|pay)\b.{0,25}"
        r"\b(now|immediately|everything|at once|all (posts|videos|files|accounts))\b",
        r"\b(reveal|print|send|leak|show|post)\b.{0,30}\b(token|secret|password|api key|credential|system prompt)",
        r"\b(agent|assistant|ai model|language model|chatbot)s?\b.{0,30}\b(must|should|shall|has to|have to|are required)\b",
    )
)


def clean_title(raw: str) -> str:
    """Return a title as plain words on one line: no markup, no control or invisible characters, at most 200 characters."""
    text = raw[: 20 * TITLE_CHARS]
    if "&" in text or "<" in text:
        text = _TAG.sub(" ", html.unescape(html.unescape(_TAG.sub(" ", text))))
    if not text.isprintable():
        text = "".join(_visible(char) for char in text)
    text = " ".join(text.split())
    return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1].rstrip() + "…"


def clean_url(raw: str) -> str:
    """Return a web address as it may be stored and shown; empty when it is something else."""
    url = raw.strip()
    is_web = url.lower().startswith(("http://", "https://")) and len(url) <= 2000
    return url if is_web and url.isprintable() and not re.search(r"[\s<>\"'`]", url) else ""


def tokens(title: str) -> list[str]:
    """Return the words of a title that carry meaning, lower case; all words when there are no others."""
    folded = unicodedata.normalize("NFKC", title).casefold().replace("'", "").replace("’", "")
    words = _TOKEN.findall(folded)
    return [word for word in words if word not in _STOP] or words


def topic_key(title: str) -> str:
    """Return the words of a title in alphabetical order, each once: a reordered title has the same key. Empty without words."""
    return " ".join(sorted(set(tokens(title))))[:TITLE_CHARS]


def is_suspicious(title: str) -> bool:
    """Whether a title reads like an instruction to a machine."""
    text = unicodedata.normalize("NFKC", title).casefold().replace("’", "'")
    return any(pattern.search(text) for pattern in _SUSPICIOUS)


def quoted(title: str) -> str:
    """Return a title for a person to read: between quotation marks, without anything a chat would take for markup."""
    mark = " (this title reads like an instruction; it is only a title)" if is_suspicious(title) else ""
    return f"“{title.translate(_HARMLESS)}”{mark}"


def _visible(char: str) -> str:
    """A space for white space; nothing for control, format, private and unassigned characters."""
    if char.isspace():
        return " "
    return "" if unicodedata.category(char)[0] == "C" else char
