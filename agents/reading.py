"""Reading a request without a model: commands and buttons first, rules second. What is not understood is said so.

The rules are few on purpose. Free text read by rules only ever proposes: the plan is shown back with a Start button (facts:
agents-and-chat 6.2), except an edit of a clip, which can be undone. A sentence with a word that no rule can honour (no, if, tomorrow,
password, …) is not read at all.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents import editing, phrases
from agents.phrases import MAX_COUNT, Lengths
from agents.wishes import take_wishes
from memory.domain import Json
from tools.video.wishes import in_words


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call to make. An argument that starts with `$` is filled from the results before it (`agents.offline`)."""

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
    is_undoable: bool = False
    """It shows something small and can be taken back, so it is done at once."""
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

    @property
    def words(self) -> str:
        """What there is to read: a command's arguments, or the whole text."""
        return phrases.plain(str(self.context.get("arguments", "")) if self.command else self.text)


WHAT_I_CAN = (
    "I did not understand that. Without a model I know these: "
    '"make 3 shorts from FILE and post the best one", "make 2 square clips of 30 seconds about dogs, no music", "show my clips", '
    '"post clip 4", "bigger captions on clip 4", "undo", "finish clip 4", "what is trending?", "make idea 2", "check the numbers", '
    '"how much did I earn?", "what should I make next?", /status, /stop and /help.'
)
_BUTTONS_ONLY = "Yes and no are given with the buttons under the question, never in words. /approvals shows what is open."
_NOT_LATER = 'I cannot wait for a time or a condition without a model. Ask when it shall happen, for example: "post clip 4".'


def read(request: Request) -> Reading:
    """Read one request."""
    text = request.words
    if request.command:
        reader = _COMMANDS.get(request.command)
        if reader is None:
            return Reading("", problem=f"There is no command /{request.command}. {WHAT_I_CAN}")
        return reader(request, text) if _is_readable(_unwished(request, text)) else Reading("", problem=WHAT_I_CAN)
    if wish := editing.read_wish(request.text, text):
        step = Step("producer", wish.tool, wish.arguments, wish.words)
        return Reading(wish.understood, (step,), is_undoable=not wish.needs_start)
    unwished = _unwished(request, text)
    if not _is_readable(unwished):
        return Reading("", problem=WHAT_I_CAN)
    if phrases.APPROVES.search(unwished):
        return Reading("", problem=_BUTTONS_ONLY)
    readings = (reader(request, text) for pattern, reader in _RULES if pattern.search(text))
    reading = next((one for one in readings if one.only_looks or not phrases.ASKS.search(text)), Reading("", problem=WHAT_I_CAN))
    if reading.steps and not reading.only_looks and phrases.LATER.search(unwished):
        return Reading("", problem=_NOT_LATER)
    return reading


def _unwished(request: Request, text: str) -> str:
    """A request to make clips without its wishes, which may say no ("no music"); any other text as it is."""
    rest = take_wishes(text).rest
    makes = (request.command == "make" or _MAKES.search(rest)) and not _IDEA.search(rest)
    return rest if makes else text


def _is_readable(text: str) -> bool:
    rest = phrases.take_lengths(text)[1]  # "no longer than 30 seconds" says no to nothing
    return not (phrases.NEGATED.search(rest) or phrases.BEYOND.search(rest))


# --- making -------------------------------------------------------------------------------------------------------

_EXISTING = re.compile(r"\b(?:clip|short|reel)s? #?\d")
_THEN_POST = re.compile(r"(?:\b(?:and|then)\b|[,&+;.])(?: and)?(?: then)?(?: please)? (?:post|publish|upload)\b(.*)")


def _make(request: Request, text: str) -> Reading:
    if _IDEA.search(text):
        return _take_idea(request, text)
    wishes, unwished, problem = take_wishes(text)
    lengths, rest = phrases.take_lengths(unwished)
    if _EXISTING.search(rest):
        return Reading("", problem=editing.problem_of(request.text))
    asset_id = request.context.get("asset_id")
    if not isinstance(asset_id, int):
        return Reading("", problem="Which video? Send me the file, or name its path in your message.")
    count = phrases.read_count(rest)
    if not 1 <= count <= MAX_COUNT:
        return Reading("", problem=f"I make 1 to {MAX_COUNT} clips at a time, not {count}.")
    if lengths.min_s == 0 or lengths.max_s == 0 or (lengths.min_s or 0) > (lengths.max_s or 1e9):
        return Reading("", problem="A clip needs a length above 0 seconds, and its shortest at most its longest.")
    if problem:
        return Reading("", problem=problem)
    clips = ("1 short" if count == 1 else f"{count} shorts") + _said(lengths)
    wished = f", {in_words(wishes)}" if wishes else ""
    arguments: Json = {"asset_id": asset_id, "count": count, **{k: v for k, v in lengths._asdict().items() if v is not None}, **wishes}
    step = Step("producer", "make_shorts", arguments, f"Make {clips} from your file{wished}: find the moments, cut, caption, check.")
    return _and_post(f"make {clips} from your file{wished}", step, rest, count)


def _said(lengths: Lengths) -> str:
    if lengths.min_s is not None and lengths.max_s is not None:
        return f" of {lengths.min_s:g} to {lengths.max_s:g} seconds"
    if lengths.max_s is not None:
        return f" of at most {lengths.max_s:g} seconds"
    return f" of at least {lengths.min_s:g} seconds" if lengths.min_s is not None else ""


def _and_post(understood: str, make: Step, text: str, count: int) -> Reading:
    found = _THEN_POST.search(text)
    if found is None:
        return Reading(understood, (make,))
    if not (_BEST.search(found[1]) or (count == 1 and re.search(r"^ (?:it|that|the (?:clip|short|video))\b", found[1]))):
        return Reading(
            "", problem='I post the best one, or one clip by its number: "… and post the best one", or afterwards "post clip 4".'
        )
    words = "Ask you before the best one is posted, then post it and read it back."
    return Reading(f"{understood} and post the best one{_aside(text)}", (make, *_post_steps({"variant_id": "$variant"}, words, text)))


# --- posting ------------------------------------------------------------------------------------------------------

_BEST = re.compile(r"\b(?:the )?(?:best|top|strongest|highest)\b(?! (?:\d|two|three|four|five)\b)")


def _post(request: Request, text: str) -> Reading:
    look = Step("producer", "list_clips", {}, "Look the clip up.")
    if _BEST.search(text) and phrases.clip_number(text) is None:
        words = "Ask you before the best clip is posted, then post it and read it back."
        return Reading(f"post the best clip{_aside(text)}", (look, *_post_steps({"variant_id": "$variant"}, words, text)))
    number = phrases.clip_number(text) if not text.isdecimal() else int(text[:9])
    number = number or (_first_number(text) if request.command else None)
    if number is None:
        return Reading("", problem='Which clip? One at a time: "show my clips" lists them; then say "post clip 4".')
    words = f"Ask you before clip {number} is posted, then post it and read it back."
    return Reading(f"post clip {number}{_aside(text)}", (look, *_post_steps({"variant_id": number}, words, text)))


def _post_steps(which: Json, words: str, text: str) -> list[Step]:
    platform, account = phrases.read_platform(text), phrases.read_account(text)
    look = Step("publisher", "list_accounts", {}, "Look which account is connected.")
    to = account if account is not None else f"$account:{platform}"
    arguments = {**which, "account_id": to, "title": "$title", "privacy": phrases.read_privacy(text)}
    return [look, Step("publisher", "publish_post", arguments, words)]


def _aside(text: str) -> str:
    """Where it goes and who sees it, when that is not the usual."""
    platform, account, privacy = phrases.read_platform(text), phrases.read_account(text), phrases.read_privacy(text)
    to = f" on account {account}" if account is not None else f" on {platform}" if platform else ""
    return to + (f", {privacy}" if privacy != "public" else "")


# --- ideas and looking --------------------------------------------------------------------------------------------

_IDEA = re.compile(r"\bidea (?:number |no\.? )?#?(\d{1,9})\b")


def _take_idea(request: Request, text: str) -> Reading:
    found = _IDEA.search(text)
    number = request.context.get("idea_id") or (int(found[1]) if found else _first_number(text) if request.command else None)
    if not isinstance(number, int):
        return Reading("", problem='Which idea? "what is trending?" lists them; then say "make idea 2".')
    step = Step("scout", "take_idea", {"idea_id": number}, f"Take idea {number} and make a brief of it.")
    return Reading(f"make something of idea {number}", (step,))


def _first_number(text: str) -> int | None:
    found = re.search(r"\b(\d{1,9})\b", text)
    return int(found[1]) if found else None


def _looks(understood: str, *steps: tuple[str, str, str]) -> Callable[[Request, str], Reading]:
    reading = Reading(understood, tuple(Step(agent, tool, {}, words) for agent, tool, words in steps), only_looks=True)
    return lambda request, text: reading


_clips = _looks("show the clips that are there", ("producer", "list_clips", "Show the clips."))
_posts = _looks("show the posts", ("publisher", "list_posts", "Show the posts."))
_ideas = _looks("look what is rising", ("scout", "find_ideas", "Look at the sources now and rank what rises."))
_money = _looks("show the money", ("treasurer", "report_money", "Show income, cost and profit."))
_next = _looks("say what to make next", ("treasurer", "what_next", "Say what the numbers suggest."))
_accounts = _looks("show the accounts", ("publisher", "list_accounts", "Show the accounts."))
_numbers = _looks(
    "check the numbers",
    ("treasurer", "check_numbers", "Ask the platforms for the numbers."),
    ("treasurer", "report_money", "Show income, cost and profit."),
    ("treasurer", "what_next", "Say what the numbers suggest."),
)

_VERB = r"\b(?:make|cut|create|turn|edit|produce|clip|extract|give me|generate)\b"
_MAKES = re.compile(rf"{_VERB}.*\b(?:shorts?|clips?|videos?|reels?|moments?)\b|\b(?:shorts?|clips?|reels?) (?:from|out of)\b")
_RULES: tuple[tuple[re.Pattern[str], Callable[[Request, str], Reading]], ...] = (
    (re.compile(r"\b(?:make|take|use|do|produce|start|turn|create|try)\b.*\bidea #?\d|^idea #?\d+$"), _take_idea),
    (_MAKES, _make),
    (re.compile(r"\b(?:show|list|see|all|my|the|which|what) (?:\w+ )?(?:posts|uploads)\b"), _posts),
    (
        re.compile(r"^(?:please |now |then |can you |could you |would you |i want to |i want you to |let's )*(?:post|publish|upload)\b"),
        _post,
    ),
    (re.compile(r"\b(?:trend\w*|ideas?|rising|what's hot|topics?)\b"), _ideas),
    (re.compile(r"\b(?:numbers|views|stats|statistics|analytics|performance|how (?:is|are|did) .*(?:doing|going|perform\w*))\b"), _numbers),
    (re.compile(r"\b(?:earn\w*|revenue|profit|income|made today)\b|\bhow much money\b|\b(?:show|see|check) (?:\w+ ){0,2}money\b"), _money),
    (re.compile(r"\b(?:make|post|do) next\b|\bwhat(?:'s| is)? next\b|\bdigest\b"), _next),
    (re.compile(r"\b(?:show|list|see|which|what)\b.*\b(?:clips?|shorts?)\b|^my (?:clips|shorts)\b"), _clips),
    (re.compile(r"\b(?:show|list|see|which|what|my)\b.*\baccounts?\b|^accounts?$"), _accounts),
)
_COMMANDS: Mapping[str, Callable[[Request, str], Reading]] = {
    "make": _make,
    "make_idea": _take_idea,
    "post": _post,
    "clips": _clips,
    "posts": _posts,
    "ideas": _ideas,
    "stats": _numbers,
    "money": _money,
    "digest": _next,
    "accounts": _accounts,
}
