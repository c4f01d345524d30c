"""What a durable checkpoint costs: milliseconds per tool step of our graph, with SQLite checkpoints and without any, in one run.

    python -m benchmarks.steps [--quick] [--json]

A step is everything between a model's tool call and its next turn: policy, the tool's transaction with its row, the usage row, the
checkpoint. The baseline is the same graph without a checkpointer. Facts: performance 5 (plain LangGraph: 3.2 ms a step, 5.3 times the
run without).
"""

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from agents.agent import SUPERVISOR, Agent, by_name
from agents.caller import ModelCaller
from agents.scripted import ScriptedModel
from agents.settings import ModelSettings
from benchmarks.report import report
from graphs.supervisor import build
from memory.artefacts import FolderStore
from memory.checkpoints import open_checkpointer
from memory.database import Database, migrate
from memory.domain import Access, Json
from memory.repositories import runs, workspaces
from memory.settings import StorageSettings
from memory.tables import now
from memory.vault import Vault
from tools.planning import PLANNING_TOOLS
from tools.toolkit import Context, Deps, tool

_BAR_MS, _BAR_RATIO = 5.0, 6.0


@tool(Access.READ)
def look(context: Context) -> Json:
    """Look."""
    return {"verdict": "ok", "text": "Seen."}


class _NoQueue:
    def send(self, job_id: int, pool: str) -> None:
        raise AssertionError("no job is made here")


class _Clock:
    now = staticmethod(now)


def _script(rounds: int, width: int) -> ScriptedModel:
    def script(messages: list[BaseMessage], tools: frozenset[str]) -> AIMessage:
        spoken = sum(isinstance(message, AIMessage) for message in messages)
        if spoken >= rounds:
            return AIMessage("End.")
        return AIMessage("", tool_calls=[{"id": f"{spoken}-{i}", "name": "look", "args": {}} for i in range(width)])

    return ScriptedModel(script=script)


def measure(deps: Deps, saver: BaseCheckpointSaver[str] | None, rounds: int, width: int) -> float:
    """Milliseconds per tool step of one run of `rounds` turns with `width` calls each."""
    with deps.database.session() as session:
        workspace = workspaces.ensure_workspace(session)
        run_id = runs.add(session, workspace_id=workspace.id, trigger="message", request="go").id
    team = by_name(Agent(SUPERVISOR, "You look.", (*PLANNING_TOOLS, look)))
    graph = build(deps, ModelCaller(deps, _script(rounds, width), ModelSettings(api_key="", base_url="")), saver, team=team)
    first = {"run_id": run_id, "agent": SUPERVISOR, "messages": [HumanMessage("go", id="request")]}
    config = {"configurable": {"thread_id": runs.thread_id(run_id)}, "recursion_limit": 500}
    options = {"durability": "sync"} if saver is not None else {}
    started = time.perf_counter()
    graph.invoke(first, config, **options)
    return (time.perf_counter() - started) * 1000 / (rounds * width)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    asked = parser.parse_args()
    repeats = 3 if asked.quick else 9
    results = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        settings = StorageSettings(home=Path(folder), database_url="")
        database = Database(settings.sqlalchemy_url)
        migrate(database)
        deps = Deps(database, FolderStore(settings.artefacts), Vault(bytes(32)), _NoQueue(), _Clock())
        saver = stack.enter_context(open_checkpointer(settings))
        measure(deps, saver, 2, 1)
        for name, rounds, width in (("one call a turn", 10, 1), ("four calls a turn", 5, 4)):
            pairs = [(measure(deps, saver, rounds, width), measure(deps, None, rounds, width)) for _ in range(repeats)]
            durable, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
            results.append(
                {
                    "name": f"tool step, {name}",
                    "value": round(durable, 2),
                    "unit": "ms",
                    "baseline": f"the same graph without a checkpointer: {bare:.2f} ms",
                    "ratio": round(durable / bare, 2),
                    "bar": f"<= {_BAR_MS} ms and <= {_BAR_RATIO}x",
                    "holds": durable <= _BAR_MS and durable / bare <= _BAR_RATIO,
                }
            )
    report(results, asked.json)


if __name__ == "__main__":
    main()
