"""One model call: stop, limits, streaming, retry, usage. Every call of every agent goes through here."""

import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from sqlalchemy.exc import SQLAlchemyError

from agents import limits
from agents.agent import Agent
from agents.settings import ModelSettings
from memory.errors import InputError, StoppedError, TransientError
from memory.repositories import controls, runs
from tools.toolkit import Deps

log = logging.getLogger(__name__)

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 20.0


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
        """Ask the model for the agent's next message. `on_text` hears the answer grow.

        Raises:
            StoppedError: The owner pressed stop.
            LimitError: Steps, money or time of the run are spent.
            TransientError: The endpoint stayed busy or out of reach.
            InputError: The endpoint refuses the request (a wrong key, an unknown model).
        """
        for attempt in range(1, self.settings.max_tries + 1):
            self._check(run_id)
            try:
                message = self._stream(agent, messages, on_text)
            except TransientError as error:
                if attempt == self.settings.max_tries:
                    raise
                delay_s = error.retry_after_s or min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
                log.warning("model.retry run_id=%s attempt=%s delay_s=%.1f error=%s", run_id, attempt, delay_s, error.message)
                self.sleep(min(delay_s, _LONGEST_DELAY_S))
            else:
                self._book(run_id, message)
                return message
        raise AssertionError("the loop above returns or raises")

    def _check(self, run_id: int) -> None:
        try:
            with self.deps.database.reading() as session:
                run = runs.get(session, run_id)
                if controls.is_stopped(session, run.workspace_id):
                    raise StoppedError("Everything is stopped.", hint="Say /resume to go on.")
                limits.check(session, run, self.deps.clock.now())
        except SQLAlchemyError as error:
            raise StoppedError("The stop switch could not be read, which counts as stopped.") from error

    def _stream(self, agent: Agent, messages: Sequence[BaseMessage], on_text: Callable[[str], None]) -> AIMessage:
        bound = self.model.bind_tools([tool.openai_schema for tool in agent.tools])
        prompt = [SystemMessage(agent.instructions), *messages]
        if self.settings.is_offline:
            return _as_message(bound.invoke(prompt))
        import openai

        try:
            whole: AIMessageChunk | None = None
            for chunk in bound.stream(prompt):
                assert isinstance(chunk, AIMessageChunk)
                whole = chunk if whole is None else whole + chunk
                if chunk.text:
                    on_text(str(whole.text))
        except openai.RateLimitError as error:
            raise TransientError("The model endpoint is busy.", retry_after_s=_retry_after(error)) from error
        except (openai.APIConnectionError, openai.InternalServerError) as error:
            raise TransientError(f"The model endpoint cannot be reached: {type(error).__name__}.") from error
        except openai.APIStatusError as error:
            raise InputError(
                f"The model endpoint refused the request ({error.status_code}).", hint="Check MODEL_API_KEY and MODEL_NAME."
            ) from error
        if whole is None:
            raise TransientError("The model endpoint answered with nothing.")
        return _as_message(whole)

    def _book(self, run_id: int, message: AIMessage) -> None:
        usage = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
        tokens_in, tokens_out = usage["input_tokens"], usage["output_tokens"]
        cost = tokens_in * self.settings.input_price_per_million + tokens_out * self.settings.output_price_per_million
        name = message.response_metadata.get("model_name") or self.settings.name
        with self.deps.database.session() as session:
            run = runs.get(session, run_id)
            runs.add_usage(session, run, tokens_in=tokens_in, tokens_out=tokens_out, cost_micros=math.ceil(cost), model=name)


def _as_message(message: BaseMessage) -> AIMessage:
    """A plain AIMessage: chunks are not stored, and calls the model garbled are kept as calls so that it is told what was wrong."""
    assert isinstance(message, AIMessage)
    calls = list(message.tool_calls)
    for number, broken in enumerate(message.invalid_tool_calls):
        calls.append(
            {"name": broken["name"] or "", "args": {"unreadable": str(broken["args"])[:200]}, "id": broken["id"] or f"broken-{number}"}
        )  # type: ignore[typeddict-item]
    return AIMessage(
        content=str(message.text),
        tool_calls=calls,
        id=message.id,
        usage_metadata=message.usage_metadata,
        response_metadata={"model_name": message.response_metadata.get("model_name", "")},
    )


def _retry_after(error: object) -> float | None:
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after") if response is not None else None
    try:
        return float(value) if value is not None else None
    except ValueError:
        return None
