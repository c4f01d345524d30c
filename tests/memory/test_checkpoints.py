"""Checkpoints in both databases: they come back after the process is gone, and rebuild nothing foreign."""

import pickle
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import Command, interrupt

from memory.checkpoints import open_checkpointer
from memory.settings import StorageSettings

built: list[str] = []


class Foreign:
    """A class of ours that no checkpoint should bring back. It tells when it is built."""

    def __init__(self, name: str = "x") -> None:
        built.append(name)
        self.name = name


class Memory(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]
    thing: Any


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> StorageSettings:
    if request.param == "sqlite":
        return StorageSettings(home=tmp_path, database_url="")
    address = request.getfixturevalue("postgres_address")
    return StorageSettings(home=tmp_path, database_url=address)


def ask(state: Memory) -> dict[str, Any]:
    answer = interrupt("May I?")
    return {"messages": [AIMessage(f"You said {answer}.")]}


def graph() -> StateGraph[Memory]:
    built_graph = StateGraph(Memory)
    built_graph.add_node("ask", ask)
    built_graph.add_edge(START, "ask")
    return built_graph


def test_a_sleeping_thread_wakes_in_another_process(storage: StorageSettings) -> None:
    config: Any = {"configurable": {"thread_id": f"run-{storage.home.name}"}}
    with open_checkpointer(storage) as saver:
        graph().compile(checkpointer=saver).invoke({"messages": [HumanMessage("hi", id="1")]}, config, durability="sync")

    with open_checkpointer(storage) as saver:
        again = graph().compile(checkpointer=saver)
        assert again.get_state(config).interrupts[0].value == "May I?"
        after = again.invoke(Command(resume="yes"), config, durability="sync")

    assert [message.content for message in after["messages"]] == ["hi", "You said yes."]


def test_opening_twice_keeps_what_is_there(storage: StorageSettings) -> None:
    for _ in range(2):
        with open_checkpointer(storage) as saver:
            assert saver.get_tuple({"configurable": {"thread_id": "run-none"}}) is None


@pytest.mark.parametrize("foreign", [Foreign("kept"), Path("/etc/passwd")], ids=["class", "path"])
def test_a_foreign_class_is_not_rebuilt(storage: StorageSettings, foreign: object) -> None:
    with open_checkpointer(storage) as saver:
        try:
            kept = saver.serde.dumps_typed({"thing": foreign})
        except TypeError:
            return  # refused on the way in
        built.clear()
        loaded = saver.serde.loads_typed(kept)

    assert built == []
    assert not isinstance(loaded["thing"], Foreign)


def test_a_pickle_is_not_opened(storage: StorageSettings) -> None:
    with open_checkpointer(storage) as saver, pytest.raises((NotImplementedError, ValueError)):
        saver.serde.loads_typed(("pickle", pickle.dumps(Foreign("evil"))))
