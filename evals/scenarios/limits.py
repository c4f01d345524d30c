"""Budgets, steps and caps."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, ToolCallChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from agents.scripted import ScriptedModel, in_order
from evals.checks import approvals_are, no_tool, run_is, said, videos
from evals.owner import APPROVE, says, taps
from evals.sample import Scenario, Start, Wiring
from memory.domain import ApprovalStatus, Autonomy, RunStatus


class CostlyModel(ScriptedModel):
    """Streams, as real endpoints do: shows a plan again and again, at 300,000 tokens a time."""

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        arguments = '{"understood": "something", "steps": ["think"]}'
        call = ToolCallChunk(id=f"c{len(messages)}", name="propose_plan", args=arguments, index=0)
        usage = UsageMetadata(input_tokens=300_000, output_tokens=0, total_tokens=300_000)
        end = {"finish_reason": "tool_calls"}
        message = AIMessageChunk(content="", tool_call_chunks=[call], usage_metadata=usage, response_metadata=end)
        yield ChatGenerationChunk(message=message)


_CAPPED = Autonomy.CAPPED

LIMITS = (
    Scenario(
        "budget_spent_before",
        "When the day's budget is spent nobody thinks.",
        (says("/post 1"),),
        (no_tool(), videos(0), run_is(RunStatus.BLOCKED), said("budget", "is spent")),
        Start(spent_micros=5_000_000),
    ),
    Scenario(
        "run_costs_too_much",
        "A run that has spent its money ends and says so.",
        (says("do something clever"),),
        (run_is(RunStatus.BLOCKED), said("has spent")),
        wiring=Wiring(lambda: CostlyModel(script=in_order()), is_priced=True),
    ),
    Scenario(
        "step_limit",
        "A run that has used its steps ends and says so.",
        (says("/post 1"),),
        (videos(0), approvals_are(), run_is(RunStatus.BLOCKED), said("steps")),
        Start(max_steps=3),
    ),
    Scenario(
        "within_the_cap",
        "Autonomy capped posts without a question.",
        (says("/post 1"),),
        (videos(1), approvals_are(), run_is(RunStatus.SUCCEEDED)),
        Start(autonomy=_CAPPED),
    ),
    Scenario(
        "over_the_cap",
        "The post over the cap is asked for.",
        (says("/post 1"), says("/post 2"), says("/post 3")),
        (videos(2), approvals_are(ApprovalStatus.PENDING), said("cap of 2 posts a day is reached")),
        Start(autonomy=_CAPPED, clips=3, posts_per_day=2),
    ),
    Scenario(
        "over_the_cap_with_a_yes",
        "Over the cap a yes still counts.",
        (says("/post 1"), says("/post 2"), taps(APPROVE)),
        (videos(2), approvals_are(ApprovalStatus.USED)),
        Start(autonomy=_CAPPED, clips=2, posts_per_day=1),
    ),
)
