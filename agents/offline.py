"""The offline planner: a chat model without a model. It reads requests by rule and walks its plan one tool call at a time.

It is a `BaseChatModel`, so the graph, the limits and the policy are the same with it and with a real model. It costs nothing and says
what it is.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agents.reading import Reading, Request, Step, read
from memory.domain import Json
from memory.errors import InputError
from tools.planning import HAND_TO, PROPOSE

MODEL_NAME = "offline-rules"
_LOOKUPS = ("list_accounts", "list_clips")
CONTEXT_MARK = "\n\n[context] "


class OfflinePlanner(BaseChatModel):
    """Plans by rules. The same messages always give the same answer."""

    @property
    def _llm_type(self) -> str:
        return MODEL_NAME

    def bind_tools(self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any) -> Runnable[Any, AIMessage]:
        names = [tool["function"]["name"] for tool in tools if isinstance(tool, dict)]
        return self.bind(tool_names=names)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = next_message(messages, frozenset(kwargs.get("tool_names", ())))
        answer.response_metadata["model_name"] = MODEL_NAME
        return ChatResult(generations=[ChatGeneration(message=answer)])


def next_message(messages: Sequence[BaseMessage], tools: frozenset[str]) -> AIMessage:
    """The next message of whoever holds `tools`: a tool call, a hand-over, a report, or the answer to the owner."""
    request = find_request(messages)
    reading = read(request)
    results = _results(messages)
    is_supervisor = HAND_TO in tools
    if not reading.steps:
        return AIMessage(reading.problem)
    if not (reading.only_looks or reading.is_undoable or request.command or request.context.get("confirmed_run")):
        return _propose(reading, results)
    failed = next((result for _, result in results if result.get("verdict") == "blocked"), None)
    done = len([name for name, _ in results if name not in (HAND_TO, PROPOSE)])
    if failed is not None or done >= len(reading.steps):
        return AIMessage(_summary(results))
    step = reading.steps[done]
    try:  # also before a hand-over: a specialist who reports back that something is missing would be sent again
        arguments = _fill(step, results)
    except InputError as error:
        return AIMessage("\n\n".join(part for part in (_summary(results), str(error)) if part))
    if step.tool in tools:
        return _call(step.tool, arguments, done)
    if is_supervisor:
        return _call(HAND_TO, {"specialist": step.agent, "task": step.words}, done)
    return AIMessage(_summary(results))


def find_request(messages: Sequence[BaseMessage]) -> Request:
    """The request and its slots out of the first message of the run; see `render_request`."""
    first = next(message for message in messages if isinstance(message, HumanMessage))
    text, _, context = str(first.content).rpartition(CONTEXT_MARK)
    return Request(text, json.loads(context)) if text or context.startswith("{") else Request(str(first.content))


def render_request(text: str, context: Json) -> str:
    """The first message of a run: the owner's words, then the slots that came with them as one line of JSON."""
    return f"{text}{CONTEXT_MARK}{json.dumps(context, sort_keys=True)}"


def _propose(reading: Reading, results: list[tuple[str, Json]]) -> AIMessage:
    if any(name == PROPOSE for name, _ in results):
        return AIMessage("")
    return _call(PROPOSE, {"understood": reading.understood, "steps": [step.words for step in reading.steps]}, 0)


def _call(name: str, arguments: Json, number: int) -> AIMessage:
    digest = hashlib.sha256(json.dumps([name, arguments, number], sort_keys=True).encode()).hexdigest()[:12]
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"{name}-{digest}"}])


def _results(messages: Sequence[BaseMessage]) -> list[tuple[str, Json]]:
    return [(str(message.name), json.loads(str(message.content))) for message in messages if isinstance(message, ToolMessage)]


def _fill(step: Step, results: list[tuple[str, Json]]) -> Json:
    """Put what earlier results said in place of `$variant` and `$account:<platform>`, and the clip's own title beside it.

    Raises:
        InputError: There is nothing to put there.
    """
    seen: Json = {}
    for _, result in results:
        seen |= result
    arguments = dict(step.arguments)
    if arguments.get("variant_id") == "$variant":
        arguments["variant_id"] = _best_clip(seen)
    account = str(arguments.get("account_id", ""))
    if account.startswith("$account:"):
        arguments["account_id"] = _account(seen, account.removeprefix("$account:"))
    if arguments.get("title") == "$title":
        titles = {clip["variant_id"]: clip["title"] for clip in seen.get("clips", ())}
        arguments["title"] = titles.get(arguments["variant_id"], "")
    return arguments


def _best_clip(seen: Json) -> int:
    """What a production called its best clip, or the first of the list that passed: it is newest production first, best first in it."""
    passed = [clip["variant_id"] for clip in seen.get("clips", ()) if clip.get("verdict") != "blocked"]
    best = seen.get("best_variant_id") or next(iter(passed), None)
    if best is None:
        raise InputError("There is no clip that passed inspection, so nothing is posted.")
    return int(best)


def _account(seen: Json, platform: str) -> int:
    """The first connected account that works, of a platform where one was named."""
    for account in seen.get("accounts", ()):
        if not account.get("needs_reauth") and platform in ("", account.get("platform")):
            return int(account["account_id"])
    raise InputError(f"No {platform} account is connected, so nothing is posted." if platform else "No account is connected that works.")


def _summary(results: list[tuple[str, Json]]) -> str:
    """What came of it, in the tools' own words: the planner adds nothing, and leaves out looks that only served the next step."""
    told = [(name, str(result["text"])) for name, result in results if name not in (HAND_TO, PROPOSE) and result.get("text")]
    wanted = [text for name, text in told[:-1] if name not in _LOOKUPS] + [text for _, text in told[-1:]]
    return "\n\n".join(wanted)
