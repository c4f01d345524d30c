"""The graph: a supervisor, four specialists, and one `Send` per tool call.

    supervisor / scout / producer / publisher / treasurer  ── gate ──►  act      short tools: one transaction
              ▲                                                   └──►  errand   asks a person, waits for a job
              └───────────────── the results ─────────────────────────────┘

The writers have no tools: their node drafts the texts of one clip and reports back to the supervisor.
One `Send` per call, never a ToolNode behind one edge: with two sleeping calls that form runs an approved call twice and mixes answers
up (facts: agents-and-chat 1.3). Node names are a stored contract: open threads name them.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from agents.agent import SUPERVISOR, Agent
from agents.caller import ModelCaller
from agents.judge import Judge
from agents.writers import WritersRoom
from graphs.errand import build_errand, call_of, tool_message
from graphs.state import CallState, State
from memory.domain import Json
from tools import calls
from tools.planning import HAND_TO, WRITERS
from tools.policy import Decision
from tools.toolkit import Deps, Toolset

Draft = Callable[[int, str], None]
"""Hears a run's answer grow: run id, text so far."""


class Node(Protocol):
    """A node of the run's graph. LangGraph's types want the parameter by name."""

    def __call__(self, state: State) -> Json: ...


def build(
    deps: Deps,
    caller: ModelCaller,
    checkpointer: BaseCheckpointSaver[str] | None,
    *,
    team: Mapping[str, Agent],
    on_draft: Draft = lambda run_id, text: None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The whole graph, wired."""

    def think(agent: Agent) -> Node:
        def node(state: State) -> Json:
            run_id = state["run_id"]
            message = caller.call(run_id, agent, state["messages"], lambda text: on_draft(run_id, text))
            if message.tool_calls or agent.name == SUPERVISOR:
                return {"messages": [message], "agent": agent.name}
            return report(agent.name, str(message.text))

        return node

    def report(name: str, words: str) -> Json:
        return {"messages": [HumanMessage(f"[report of the {name}]\n{words}", name=name)], "agent": SUPERVISOR}

    def write(state: State) -> Json:
        handed = json.loads(str(state["messages"][-1].content))
        return report(WRITERS, room.report(state["run_id"], str(handed["task"])))

    def gate(state: State) -> list[Send] | str:
        last = state["messages"][-1]
        if not isinstance(last, AIMessage):
            return state["agent"]
        if not last.tool_calls:
            return END
        held = team[state["agent"]].held
        alone = len(last.tool_calls) == 1
        return [send(state["run_id"], dict(call), held, alone) for call in last.tool_calls]

    def send(run_id: int, call: Json, held: Toolset, alone: bool) -> Send:
        decision, reason = calls.decide(deps, held, run_id, call_of(call))
        if call["name"] == HAND_TO and not alone:
            decision, reason = Decision.REFUSE, "hand_to must be the only call of its turn"
        payload: CallState = {"run_id": run_id, "call": call, "decision": decision.value, "reason": reason}
        sleeps = decision is Decision.ASK or (decision is Decision.ALLOW and bool(held[call["name"]].job))
        return Send("errand" if sleeps else "act", payload)

    def act(state: CallState) -> Json:
        call, run_id = call_of(state["call"]), state["run_id"]
        if state["decision"] == Decision.REFUSE:
            result = calls.refuse(deps, run_id, call, state["reason"])
        else:
            result = calls.act(deps, tools, run_id, call)
        update: Json = {"messages": [tool_message(call, result)]}
        if call.name == HAND_TO and result["verdict"] == "ok":
            update["agent"] = result["specialist"]
        return update

    def back(state: State) -> str:
        return state["agent"]

    tools = {tool.name: tool for agent in team.values() for tool in agent.tools}
    room = WritersRoom(deps, caller)
    names = [*team, WRITERS]
    graph = StateGraph(State)
    for name, agent in team.items():
        graph.add_node(name, think(agent))
        graph.add_conditional_edges(name, gate, ["act", "errand", SUPERVISOR, END])
    graph.add_node(WRITERS, write)
    graph.add_edge(WRITERS, SUPERVISOR)
    graph.add_node("act", act)
    graph.add_node("errand", build_errand(deps, tools, Judge(deps, caller)))
    graph.add_edge(START, SUPERVISOR)
    graph.add_conditional_edges("act", back, names)
    graph.add_conditional_edges("errand", back, names)
    return graph.compile(checkpointer=checkpointer)
