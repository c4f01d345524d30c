"""What a run's thread keeps. Ids and short messages only: it is written to disk at every step."""

from typing import Annotated, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

from memory.domain import Json


def _latest(old: str, new: str) -> str:
    return new


class State(TypedDict):
    """A run."""

    run_id: int
    agent: Annotated[str, _latest]
    """Who has the turn."""
    messages: Annotated[list[AnyMessage], add_messages]


class CallState(TypedDict):
    """One tool call on its way, sent to a node of its own."""

    run_id: int
    call: Json
    """`id`, `name`, `args`, as the model made them."""
    decision: str
    reason: str


class Answer(TypedDict):
    """What a tool call gives back to the run."""

    messages: Annotated[list[AnyMessage], add_messages]


class ErrandState(CallState, Answer):
    """A tool call that sleeps: on a person, then on a job."""

    approval_id: int
    job_id: int
