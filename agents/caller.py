"""One model call: stop, limits, streaming, retry, usage. Every call of every agent goes through here."""

import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage, ToolMessage
from sqlalchemy.exc import SQLAlchemyError

from agents import limits
from agents.agent import Agent
from agents.answers import as_message
from agents.settings import ModelSettings
from memory.errors import InputError, LimitError, StoppedError, TransientError
from memory.repositories import controls, runs
from tools.planning import PROPOSE
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 20.0  # longer waits are the queue's: a worker that sleeps advances nothing
_LOOK_S = 1.0  # how long a stop may go unseen while waiting or listening
_CHARACTERS_PER_TOKEN = 3  # below what English and JSON have (about 4), so that an estimate is never too cheap


@dataclass(frozen=True, slots=True)
class ModelCaller:
    """Calls the model for an agent and books what it cost to the run."""

    deps: Deps
    model: BaseChatModel
    settings: ModelSettings
    sleep: Callable[[float], None] = time.sleep

    def call(
        self, run_id: int, agent: Agent, messages: Sequence[BaseMessage], on_text: Callable[[str], None] = lambda text: None
    ) -> AIMessage:
        """Ask the model for the agent's next message. `on_text` hears the answer grow; after a retry it starts anew.

        Raises:
            StoppedError: The owner pressed stop, before the call or while it answered.
            LimitError: Steps, money or time of the run are spent.
            TransientError: The endpoint stayed busy or out of reach, or wants to be left alone for long.
            InputError: The endpoint refuses the request (a wrong key, an unknown model).
        """
        for attempt in range(1, self.settings.max_tries + 1):
            workspace_id = self._check(run_id)
            try:
                message = self._ask(workspace_id, agent, messages, on_text)
            except TransientError as error:
                delay_s = _delay_s(attempt, error)
                if attempt == self.settings.max_tries or delay_s > _LONGEST_DELAY_S:
                    raise
                log.warning("model.retry run_id=%s attempt=%s delay_s=%.1f error=%s", run_id, attempt, delay_s, error.message)
                self._wait(workspace_id, delay_s)
            else:
                self._book(run_id, agent, messages, message)
                return message
        raise AssertionError("the loop above returns or raises")

    def _check(self, run_id: int) -> int:
        """Raise when stopped or at a limit; returns the run's workspace. What cannot be read counts as stopped."""
        moment = self.deps.clock.now()
        try:
            with self.deps.database.reading() as session:
                run = runs.standing(session, run_id, since=moment - limits.DAY)
        except SQLAlchemyError as error:
            raise StoppedError("The stop switch could not be read, which counts as stopped.") from error
        if run.stopped:
            raise StoppedError("Everything is stopped.", hint="Say /resume to go on.")
        limits.check(run, moment)
        return run.workspace_id

    def _wait(self, workspace_id: int, delay_s: float) -> None:
        while delay_s > 0:
            self.sleep(min(delay_s, _LOOK_S))
            delay_s -= _LOOK_S
            controls.check_not_stopped(self.deps.database, workspace_id)

    def _ask(self, workspace_id: int, agent: Agent, messages: Sequence[BaseMessage], on_text: Callable[[str], None]) -> AIMessage:
        bound = self.model.bind_tools([tool.openai_schema for tool in agent.tools]) if agent.tools else self.model
        prompt = [SystemMessage(agent.instructions), *messages]
        if self.settings.is_offline:
            return as_message(bound.invoke(prompt), messages)
        message = as_message(self._listen(workspace_id, _translated(bound.stream(prompt)), on_text), messages)
        if not message.text and not message.tool_calls and not _may_be_silent(messages):
            raise TransientError("The model endpoint answered with nothing.")
        return message

    def _listen(self, workspace_id: int, stream: Iterator[BaseMessage], on_text: Callable[[str], None]) -> AIMessageChunk:
        """Put a streamed answer together. The stop switch and the clock are looked at while it comes."""
        begun_s = looked_s = time.monotonic()
        whole: AIMessageChunk | None = None
        for chunk in stream:
            assert isinstance(chunk, AIMessageChunk)
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                on_text(str(whole.text))
            moment_s = time.monotonic()
            if moment_s - begun_s > self.settings.timeout_s:
                raise TransientError(f"The model endpoint was not done after {self.settings.timeout_s:g} s.")
            if moment_s - looked_s > _LOOK_S:
                looked_s = moment_s
                controls.check_not_stopped(self.deps.database, workspace_id)
        if whole is None or not whole.response_metadata.get("finish_reason"):
            raise TransientError("The model endpoint's answer was cut off.")
        return whole

    def _book(self, run_id: int, agent: Agent, messages: Sequence[BaseMessage], message: AIMessage) -> None:
        usage = message.usage_metadata
        tokens_in, tokens_out = (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
        priced_in, priced_out = (tokens_in, tokens_out) if usage else _estimate(agent, messages, message)
        cost = priced_in * self.settings.input_price_per_million + priced_out * self.settings.output_price_per_million
        cost_micros = 0 if self.settings.is_offline else math.ceil(cost)
        name = message.response_metadata.get("model_name") or self.settings.name
        with self.deps.database.quick_session() as session:
            runs.add_usage(session, run_id, tokens_in=tokens_in, tokens_out=tokens_out, cost_micros=cost_micros, model=name)


def _translated(stream: Iterator[BaseMessage]) -> Iterator[BaseMessage]:
    """The stream, with what the endpoint's client raises in our words.

    A stream that breaks raises httpx's own errors, one with garbage in it ValueError and its kin (openai 2.54, tried).
    """
    import httpx
    import openai

    try:
        yield from stream
    except openai.RateLimitError as error:
        if error.code == "insufficient_quota":
            raise LimitError("The account at the model endpoint has no credit left.", hint="Add credit there.") from error
        raise TransientError("The model endpoint is busy.", retry_after_s=_retry_after(error)) from error
    except openai.APIStatusError as error:
        if error.status_code in (408, 409) or error.status_code >= 500:
            raise TransientError(f"The model endpoint failed ({error.status_code}).", retry_after_s=_retry_after(error)) from error
        raise InputError(
            f"The model endpoint refused the request ({error.status_code}).", hint="Check MODEL_API_KEY, MODEL_BASE_URL and MODEL_NAME."
        ) from error
    except (openai.APIError, httpx.TransportError) as error:
        raise TransientError(f"The model endpoint cannot be reached: {type(error).__name__}.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TransientError("The model endpoint answered with something unreadable.") from error


def _may_be_silent(messages: Sequence[BaseMessage]) -> bool:
    """A turn ends without a word in one place: after the plan was shown."""
    return isinstance(messages[-1], ToolMessage) and messages[-1].name == PROPOSE


def _delay_s(attempt: int, error: TransientError) -> float:
    """How long to wait: as long as the endpoint asks, else longer each time, with jitter."""
    if error.retry_after_s is not None:
        return max(0.0, error.retry_after_s)
    return min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5))


def _estimate(agent: Agent, messages: Sequence[BaseMessage], message: AIMessage) -> tuple[int, int]:
    """Tokens of a call whose endpoint reports no usage, for the budget alone: a limit that cannot be reached is none."""
    sent = len(agent.instructions) + sum(len(str(tool.openai_schema)) for tool in agent.tools)
    sent += sum(len(str(earlier.content)) + len(str(getattr(earlier, "tool_calls", ""))) for earlier in messages)
    received = len(str(message.content)) + len(str(message.tool_calls))
    return sent // _CHARACTERS_PER_TOKEN + 1, received // _CHARACTERS_PER_TOKEN + 1


def _retry_after(error: object) -> float | None:
    """The Retry-After header in seconds, where it names seconds (RFC 9110 10.2.3 also allows a date, which is left to our own delays)."""
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after") if response is not None else None
    try:
        seconds = float(value) if value is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and math.isfinite(seconds) else None
