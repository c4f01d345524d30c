"""A tool call that takes its time: ask a person if the policy says so, start the work, wait for its result.

Where a model is configured, the first clips of a source wait until it has judged the transcript: the source is analysed by a media worker
(`hear`), the model is asked here (`judge`), and then the clips are made as always.
Asking and acting are two nodes, and a node runs again from its first line on every resume: what stands before `interrupt` is idempotent.
The interrupt is only the pause. What was decided, and what came out, is read from the rows.
"""

from typing import Any, Literal

from langchain_core.messages import ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt

from agents.judge import Judge
from graphs.state import Answer, ErrandState
from memory.domain import ApprovalStatus, Json, canonical_json
from tools import calls
from tools.calls import Call
from tools.policy import Decision
from tools.toolkit import Deps, Toolset


def build_errand(deps: Deps, tools: Toolset, judge: Judge) -> CompiledStateGraph[Any, Any, Any, Any]:
    """START → ask (when the policy asks), or hear → judge (before a model's first clips of a source) → begin → wait → END.

    Compiled with the checkpointer of the run's graph.
    """

    def route(state: ErrandState) -> Literal["ask", "hear", "begin"]:
        if state["decision"] == Decision.ASK:
            return "ask"
        call = call_of(state["call"])
        return "hear" if judge.wants(state["run_id"], call.name, call.arguments) else "begin"

    def hear(state: ErrandState) -> Command[Literal["judge"]]:
        call = call_of(state["call"])
        job_id = judge.hear(state["run_id"], call.id, call.name, call.arguments)
        while job_id is not None and calls.result_of(deps, job_id) is None:
            interrupt({"job_id": job_id})
        return Command(goto="judge")

    def rate(state: ErrandState) -> Command[Literal["begin"]]:
        call = call_of(state["call"])
        judge.rate(state["run_id"], call.name, call.arguments)
        return Command(goto="begin")

    def ask(state: ErrandState) -> Command[Literal["begin", "__end__"]]:
        call = call_of(state["call"])
        asked = calls.ask(deps, tools, state["run_id"], call, state["reason"])
        if not isinstance(asked, int):
            return _finish(call, asked)
        status = calls.answer_of(deps, asked)
        while status is ApprovalStatus.PENDING:
            interrupt({"approval_id": asked})
            status = calls.answer_of(deps, asked)
        if status is ApprovalStatus.APPROVED or status is ApprovalStatus.USED:
            return Command(goto="begin", update={"approval_id": asked})
        return _finish(call, _declined(deps, state["run_id"], call, status))

    def begin(state: ErrandState) -> Command[Literal["wait", "__end__"]]:
        call = call_of(state["call"])
        started = calls.start(deps, tools, state["run_id"], call, state.get("approval_id"))
        if isinstance(started, int):
            return Command(goto="wait", update={"job_id": started})
        return _finish(call, started)

    def wait(state: ErrandState) -> Command[Literal["__end__"]]:
        result = calls.result_of(deps, state["job_id"])
        while result is None:
            interrupt({"job_id": state["job_id"]})
            result = calls.result_of(deps, state["job_id"])
        return _finish(call_of(state["call"]), result)

    graph = StateGraph(ErrandState, output_schema=Answer)
    graph.add_node("ask", ask)
    graph.add_node("hear", hear)
    graph.add_node("judge", rate)
    graph.add_node("begin", begin)
    graph.add_node("wait", wait)
    graph.add_conditional_edges(START, route)
    return graph.compile()


def call_of(call: Json) -> Call:
    return Call(str(call["id"]), str(call["name"]), dict(call["args"]))


def tool_message(call: Call, result: Json) -> ToolMessage:
    """A tool's result as the model sees it: one JSON object. Its id comes from the call, so that a repeated node adds nothing."""
    status: Literal["success", "error"] = "error" if result.get("verdict") == "blocked" else "success"
    return ToolMessage(canonical_json(result), tool_call_id=call.id, name=call.name, id=f"result-{call.id}", status=status)


def _finish(call: Call, result: Json) -> Command[Any]:
    return Command(goto=END, update={"messages": [tool_message(call, result)]})


def _declined(deps: Deps, run_id: int, call: Call, status: ApprovalStatus) -> Json:
    words = "The owner said no." if status is ApprovalStatus.REJECTED else "Nobody answered in time, which means no."
    return calls.refuse(deps, run_id, call, words)
