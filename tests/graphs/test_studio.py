"""What a studio finds: one graph with the names that open threads keep, and the picture of it that the developers' page shows."""

import importlib
import json
import re
from pathlib import Path

import pytest
from langgraph.graph.state import CompiledStateGraph

from memory.database import Database, migrate

ROOT = Path(__file__).parents[2]
NAMES = {"supervisor", "scout", "producer", "publisher", "treasurer", "act", "errand"}


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CompiledStateGraph:  # type: ignore[type-arg]
    """The graph as `langgraph.json` names it, over a home that is not there yet."""
    monkeypatch.setenv("FORGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORGE_DATABASE_URL", "")
    path, _, name = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["viralforge"].partition(":")
    module = importlib.import_module(path.removeprefix("./").removesuffix(".py").replace("/", "."))
    return vars(importlib.reload(module))[name]  # type: ignore[no-any-return]


def test_a_studio_finds_the_compiled_graph_by_its_file(graph: CompiledStateGraph, tmp_path: Path) -> None:  # type: ignore[type-arg]
    assert isinstance(graph, CompiledStateGraph)
    assert set(graph.nodes) >= NAMES
    assert not (tmp_path / "home").exists()  # looking at it opened nothing


def test_the_graph_answers_in_a_studio(graph: CompiledStateGraph, tmp_path: Path) -> None:  # type: ignore[type-arg]
    """It steps through a run of the installation, with the offline planner."""
    from memory.repositories import runs, workspaces

    (tmp_path / "home").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'home' / 'forge.db'}")
    migrate(database)
    with database.session() as session:
        workspace = workspaces.ensure_workspace(session)
        run_id = runs.add(session, workspace_id=workspace.id, trigger="message", request="fly me to the moon").id
    database.close()

    answer = graph.invoke({"run_id": run_id, "agent": "supervisor", "messages": [("user", "fly me to the moon")]})

    assert "I did not understand" in answer["messages"][-1].text


def test_the_developers_page_shows_this_graph(graph: CompiledStateGraph) -> None:  # type: ignore[type-arg]
    page = (ROOT / "docs" / "developer.md").read_text(encoding="utf-8")
    pictures = [picture.strip() for picture in re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)]

    assert graph.get_graph().draw_mermaid().strip() in pictures, "draw it anew: graph.get_graph().draw_mermaid()"
