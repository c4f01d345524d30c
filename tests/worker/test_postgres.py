"""The same queue with its rows on PostgreSQL."""

import sys

import pytest

from memory.domain import JobStatus
from memory.settings import StorageSettings
from tools import queue_server
from tools.queue import open_queue
from worker.supervisor import ProcessSpec, Supervisor


@pytest.mark.postgres
@pytest.mark.parametrize("any_database", ["postgresql"], indirect=True)
def test_jobs_end_the_same_way_on_postgresql(any_database, tmp_path, make_desk, environment):
    from tiny_jobs import __file__ as script

    settings = StorageSettings(home=tmp_path / "pg", database_url=any_database.url, lease_s=2.0)
    queue_server.ensure_server(settings, die_with_parent=True)
    desk = make_desk(any_database, open_queue(settings), tmp_path)
    try:
        with Supervisor(settings, [ProcessSpec("cpu-1", (sys.executable, script, "cpu"), environment(settings))]):
            asked = {kind: desk.ask(kind) for kind in ("greet", "busy_once", "refuse", "die")}
            desk.wait(asked["greet"], within_s=40)
            assert desk.wait(asked["busy_once"]).attempts == 2
            desk.wait(asked["refuse"], JobStatus.FAILED)
            assert desk.wait(asked["die"], JobStatus.FAILED).attempts == 3
    finally:
        queue_server.stop_server(settings)
