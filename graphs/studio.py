"""The graph for LangGraph's own studio (`langgraph.json` names it): to look at, and to step through a run of this installation.

Importing it opens nothing: the database and the queue are opened by the first node that needs them. It thinks with the offline planner,
so that looking costs nothing, and its vault has a key of its own, so that no token can be read here. A studio brings its own checkpointer.
"""

import os
from datetime import datetime
from functools import cached_property

from agents.caller import ModelCaller
from agents.offline import OfflinePlanner
from agents.settings import ModelSettings
from agents.team import TEAM
from graphs.supervisor import build
from memory.artefacts import FolderStore
from memory.database import Database
from memory.settings import StorageSettings
from memory.tables import now
from memory.vault import Vault
from tools.queue import RqQueue, open_queue
from tools.toolkit import Deps


class _Clock:
    def now(self) -> datetime:
        return now()


class _Queue:
    """The queue of an installation, reached when the first job is sent."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings

    @cached_property
    def _queue(self) -> RqQueue:
        return open_queue(self._settings)

    def send(self, job_id: int, pool: str) -> None:
        self._queue.send(job_id, pool)


def _deps(settings: StorageSettings) -> Deps:
    vault = Vault(os.urandom(32))
    return Deps(Database(settings.sqlalchemy_url), FolderStore(settings.artefacts), vault, _Queue(settings), _Clock(), settings.work)


_parts = _deps(StorageSettings())

graph = build(_parts, ModelCaller(_parts, OfflinePlanner(), ModelSettings(api_key="", base_url="")), None, team=TEAM)
"""Input: `{"run_id": …, "agent": "supervisor", "messages": […]}` with the number of a run from `forge runs`."""
