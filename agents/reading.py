"""Reading a request without a model: commands and buttons first, rules second. What is not understood is said so.

The rules are few on purpose. Free text read by rules only ever proposes: the plan is shown back with a Start button (facts: agents-and-chat 6.2).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from memory.domain import Json

DEFAULT_COUNT = 2
MAX_COUNT = 9
_NUMBERS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call to make. An argument `"$variant"` or `"$account"` is filled from the results before it."""

    agent: str
    tool: str
    arguments: Json
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a request was understood. `steps` is empty when it was not."""

    understood: str
    steps: tuple[Step, ...] = ()
    only_looks: bool = False
    problem: str = ""
    """What is missing or unclear, in a sentence for the owner."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: the owner's words and the slots that came with them."""

    text: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        return str(self.context.get("command", ""))


WHAT_I_CAN = (
    "I did not understand that. Without a model I know these: "
    '"make 3 shorts from FILE and post the best one", "make 2 clips", "show my clips", "post clip 4", "what is trending?", '
    '"make idea 2", "check the numbers", "how much did I earn?", "what should I make next?", /status, /stop and /help.'
)


def read(request: Request) -> Reading:
    """Read one request."""
    if request.command:
        reader = _COMMANDS.get(request.command)
        return reader(request) if reader else Reading("", problem=f"There is no command /{request.command}. {WHAT_I_CAN}")
    text = request.text.casefold()
    if _NEGATED.search(text) or _TOO_MUCH.search(text):
        return Reading("", problem=WHAT_I_CAN)
    matches = [reader for pattern, reader in _RULES if pattern.search(text)]
    return matches[0](request) if matches else Reading("", problem=WHAT_I_CAN)


# "don't post anything until I say so" was once read as "post": a rule never acts on a sentence that says no.
_NEGATED = re.compile(r"\b(don'?t|do not|never|not|no|nothing|without|stop|cancel|halt|pause|wait|reject|delete|remove|undo)\b")
_TOO_MUCH = re.compile(r"\b(all my money|transfer|password|token|secret|everything|buy|pay|invoice|refund|followers|ignore)\b")


def _make(request: Request) -> Reading:
    text = f"{request.text} {request.context.get('arguments', '')}".casefold()
    asset_id = request.context.get("asset_id")
    count = _count(text)
    if asset_id is None:
        return Reading("", problem="Which video? Send me the file, or name its path in your message.")
    arguments: Json = {"asset_id": asset_id, "count": count}
    clips = "1 short" if count == 1 else f"{count} shorts"
    steps = [Step("producer", "make_shorts", arguments, f"Make {clips} from your file: find the moments, cut, caption, check.")]
    understood = f"make {clips} from your file"
    if _POST.search(text):
        understood += " and post the best one"
        steps += _post_steps({"variant_id": "$variant"}, "Ask you before the best one is posted, then post it and read it back.")
    return Reading(understood, tuple(steps))


def _post_steps(which: Json, words: str) -> list[Step]:
    look = Step("publisher", "list_accounts", {}, "Look which account is connected.")
    arguments = {**which, "account_id": "$account", "title": "$title", "privacy": "public"}
    return [look, Step("publisher", "publish_post", arguments, words)]


def _post(request: Request) -> Reading:
    number = _first_number(f"{request.text} {request.context.get('arguments', '')}")
    if number is None:
        return Reading("", problem='Which clip? "show my clips" lists them; then say "post clip 4".')
    look = Step("producer", "list_clips", {}, "Look the clip up.")
    post = _post_steps({"variant_id": number}, f"Ask you before clip {number} is posted, then post it and read it back.")
    return Reading(f"post clip {number}", (look, *post))


def _clips(request: Request) -> Reading:
    return _looking("show the clips that are there", ("producer", "list_clips", "Show the clips."))


def _ideas(request: Request) -> Reading:
    return _looking("look what is rising", ("scout", "find_ideas", "Look at the sources now and rank what rises."))


def _take_idea(request: Request) -> Reading:
    number = request.context.get("idea_id") or _first_number(f"{request.text} {request.context.get('arguments', '')}")
    if number is None:
        return Reading("", problem='Which idea? "what is trending?" lists them; then say "make idea 2".')
    step = Step("scout", "take_idea", {"idea_id": number}, f"Take idea {number} and make a brief of it.")
    return Reading(f"make something of idea {number}", (step,))


def _numbers(request: Request) -> Reading:
    return _looking(
        "check the numbers",
        ("treasurer", "check_numbers", "Ask the platforms for the numbers."),
        ("treasurer", "report_money", "Show income, cost and profit."),
        ("treasurer", "what_next", "Say what the numbers suggest."),
    )


def _money(request: Request) -> Reading:
    return _looking("show the money", ("treasurer", "report_money", "Show income, cost and profit."))


def _next(request: Request) -> Reading:
    return _looking("say what to make next", ("treasurer", "what_next", "Say what the numbers suggest."))


def _accounts(request: Request) -> Reading:
    return _looking("show the accounts", ("publisher", "list_accounts", "Show the accounts."))


def _looking(understood: str, *steps: tuple[str, str, str]) -> Reading:
    return Reading(understood, tuple(Step(agent, tool, {}, words) for agent, tool, words in steps), only_looks=True)


def _count(text: str) -> int:
    found = re.search(r"\b(\d{1,2}|" + "|".join(_NUMBERS) + r")\s+(?:\w+\s+)?(?:shorts?|clips?|videos?|reels?|moments?)\b", text)
    if found is None:
        return DEFAULT_COUNT
    word = found[1]
    return max(1, min(MAX_COUNT, _NUMBERS.get(word) or int(word)))


def _first_number(text: str) -> int | None:
    found = re.search(r"\b(\d{1,9})\b", text)
    return int(found[1]) if found else None


_POST = re.compile(r"\b(post(ed)?|publish(ed)?|upload(ed)?)\b")
_RULES: tuple[tuple[re.Pattern[str], Callable[[Request], Reading]], ...] = (
    (re.compile(r"\bidea\s+#?\d+"), _take_idea),
    (
        re.compile(
            r"\b(make|cut|create|turn|edit|produce|clip|extract)\b.*\b(shorts?|clips?|videos?|reels?|moments?)\b|\bshorts? from\b|\bclips? from\b"
        ),
        _make,
    ),
    (re.compile(r"\b(post|publish|upload)\b.*\b(clip|short|video)?\s*#?\d+"), _post),
    (re.compile(r"\b(trend\w*|ideas?|rising|what'?s hot|topics?)\b"), _ideas),
    (re.compile(r"\b(numbers|views|stats|statistics|performance|how (is|are|did) .*(doing|going|perform\w*))\b"), _numbers),
    (re.compile(r"\b(earn\w*|money|revenue|profit|income|made today)\b"), _money),
    (re.compile(r"\b(next|digest)\b"), _next),
    (re.compile(r"\b(show|list|see)\b.*\b(clips?|shorts?)\b|\bmy clips\b"), _clips),
    (re.compile(r"\baccounts?\b"), _accounts),
)
_COMMANDS: Mapping[str, Callable[[Request], Reading]] = {
    "make": _make,
    "make_idea": _take_idea,
    "post": _post,
    "clips": _clips,
    "ideas": _ideas,
    "stats": _numbers,
    "money": _money,
    "digest": _next,
    "accounts": _accounts,
}
