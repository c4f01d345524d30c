"""What discovery keeps, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from memory.database import Database
from memory.repositories import feeds, ideas, signals, workspaces
from memory.repositories.feeds import Remembered
from memory.repositories.ideas import Draft
from memory.repositories.signals import Observation
from memory.tables import Table

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with our tables, once on SQLite and once on PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'forge.db'}"
    if request.param == "postgresql":
        address = make_url(request.getfixturevalue("postgres_address"))
        server = create_engine(address, isolation_level="AUTOCOMMIT")
        name = f"discovery_{abs(hash(request.node.name))}"
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        server.dispose()
        url = address.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    with database.engine.begin() as connection:
        Table.metadata.create_all(connection)
    yield database
    database.close()


def test_observations_are_a_time_series_and_each_instant_is_one_row(kept: Database) -> None:
    seen = [
        Observation("hn", "1", "A story", points=5),
        Observation("feed", "x", "A headline"),
        Observation("hn", "1", "A story", points=6),
    ]

    with kept.session() as session:
        workspace_id = workspaces.ensure_workspace(session).id
        added = [signals.append(session, workspace_id, seen, AT + timedelta(hours=hours)) for hours in (0, 0, 1)]
    with kept.reading() as session:
        rows = [(row.source, row.points, row.observed_at) for row in signals.recent(session, workspace_id, AT)]
        last = signals.recent(session, workspace_id, AT, limit=1)

    assert added == [2, 0, 1]
    assert sorted(rows, key=str) == [("feed", None, AT), ("hn", 6, AT), ("hn", 6, AT + timedelta(hours=1))]
    assert [row.observed_at for row in last] == [AT + timedelta(hours=1)]


def test_thousands_of_observations_go_in_at_once(kept: Database) -> None:
    seen = [Observation("feed", str(number), f"Title {number}") for number in range(3000)]

    with kept.session() as session:
        workspace_id = workspaces.ensure_workspace(session).id
        added = [signals.append(session, workspace_id, seen, AT + timedelta(hours=hours)) for hours in (0, 1)]

    assert added == [3000, 0]


def test_a_refreshed_idea_keeps_its_id_and_its_decision(kept: Database) -> None:
    with kept.session() as session:
        workspace_id = workspaces.ensure_workspace(session).id
        first = ideas.refresh(session, workspace_id, [Draft("b", "“B”", 10, "why", ()), Draft("a", "“A”", 20, "why", ({"n": 1},))], AT)
        assert [row.topic for row in first] == ["b", "a"]
        ideas.decide(session, first[1], ideas.DISMISSED, AT)
    with kept.session() as session:
        again = ideas.refresh(session, workspace_id, [Draft("a", "“A!”", 30, "more", ({"n": 2},))], AT + timedelta(hours=1))

    assert [(row.id, row.title, row.score, row.evidence, row.status) for row in again] == [
        (first[1].id, "“A!”", 30, [{"n": 2}], "dismissed")
    ]
    with kept.reading() as session:
        assert [row.topic for row in ideas.best(session, workspace_id, status=ideas.NEW, limit=5)] == ["b"]
        assert ideas.topics(session, workspace_id, AT + timedelta(minutes=30)) == ["a"]


def test_a_failed_source_keeps_its_validators_and_says_what_was_wrong(kept: Database) -> None:
    with kept.session() as session:
        workspace_id = workspaces.ensure_workspace(session).id
        feeds.remember(session, workspace_id, [Remembered("u", '"v1"', "yesterday")], AT)
        feeds.remember(session, workspace_id, [Remembered("u", error="it answered 503.")], AT)

    with kept.reading() as session:
        assert feeds.remembered(session, workspace_id, ["u", "other"]) == {"u": Remembered("u", '"v1"', "yesterday", "it answered 503.")}
