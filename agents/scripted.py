"""A chat model that says what a script tells it: for tests and evals, where every model must be the same twice."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

Script = Callable[[list[BaseMessage], frozenset[str]], AIMessage]


class ScriptedModel(BaseChatModel):
    """Answers with `script(messages, names of the bound tools)`."""

    script: Script

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tool_names=[tool["function"]["name"] for tool in tools if isinstance(tool, dict)])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = self.script(messages, frozenset(kwargs.get("tool_names", ())))
        answer.response_metadata.setdefault("model_name", "scripted")
        return ChatResult(generations=[ChatGeneration(message=answer)])


def in_order(*answers: AIMessage) -> Script:
    """A script that plays the answers one after another: the n-th call, counted by the AI messages so far, gets the n-th answer."""

    def script(messages: list[BaseMessage], tools: frozenset[str]) -> AIMessage:
        spoken = sum(isinstance(message, AIMessage) for message in messages)
        return answers[min(spoken, len(answers) - 1)].model_copy(deep=True)

    return script
