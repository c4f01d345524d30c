"""The graph on a table: real rows and checkpoints, a scripted model, a small team."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver

from agents.caller import ModelCaller
from agents.scripted import Script, ScriptedModel
from agents.settings import ModelSettings
from graphs.supervisor import build
from memory.checkpoints import open_checkpointer
from memory.settings import StorageSettings
from tests.conftest import People
from tests.graphs.small_team import SOLO, Table, done, shown
from tools.toolkit import Deps


@pytest.fixture(autouse=True)
def fresh() -> None:
    done.clear()
    shown["text"] = "first"


@pytest.fixture
def checkpointer(settings: StorageSettings) -> Iterator[BaseCheckpointSaver[str]]:
    with open_checkpointer(settings) as saver:
        yield saver


@pytest.fixture
def lay(deps: Deps, people: People, checkpointer: BaseCheckpointSaver[str]) -> Callable[..., Table]:
    """Lay a table for a script."""

    def make(script: Script, team: Any = SOLO) -> Table:
        settings = ModelSettings(api_key="", base_url="")
        caller = ModelCaller(deps, ScriptedModel(script=script), settings)
        return Table(deps, build(deps, caller, checkpointer, team=team), people)

    return make
