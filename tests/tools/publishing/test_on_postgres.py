"""The same on PostgreSQL: row locks, savepoints and unique keys in place of SQLite's one writer."""

import threading

import pytest

from memory.database import Database
from memory.repositories import ledger, snapshots
from tests.conftest import _create_database, _names, _with_name
from tools.analytics.measure import measure

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres_address: str):
    name = f"forge_publishing_{next(_names)}"
    _create_database(postgres_address, name, template="forge_template")
    database = Database(_with_name(postgres_address, name))
    yield database
    database.close()


def test_four_processes_at_once_publish_one_video_and_book_its_income_once(newsroom, clip):
    post_id = newsroom.plan(clip)
    verdicts: list[str] = []

    _at_once(lambda: verdicts.append(newsroom.deliver(post_id)["verdict"]))
    newsroom.sandbox.control("clock", advance_s=5 * 86_400)
    _at_once(lambda: measure(newsroom.desk(), newsroom.run.workspace_id))

    assert verdicts == ["ok"] * 4
    assert len(newsroom.sandbox.posts()) == 1
    with newsroom.deps.database.reading() as session:
        booked = ledger.entries(session, newsroom.run.workspace_id)
    assert len(booked) >= 1
    assert sum(entry.amount_minor for entry in booked) == _reported(newsroom, post_id)


def _reported(newsroom, post_id):
    with newsroom.deps.database.reading() as session:
        return snapshots.series(session, post_id)[-1].metrics["income_minor"]


def _at_once(work) -> None:
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
