import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.orm import Session

from memory.database import Database
from memory.repositories import workspaces
from memory.tables import Table


def test_migrations_build_exactly_the_tables(any_database: Database) -> None:
    with any_database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, Table.metadata)

    assert differences == []


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"

    program = f"from memory.database import Database, migrate; migrate(Database({url!r}))"

    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]

    assert [process.wait(60) for process in processes] == [0, 0]

    with Database(url).reading() as session:
        assert session.execute(text("SELECT count(*) FROM workspaces")).scalar() == 0


def test_an_error_rolls_the_unit_of_work_back(any_database: Database) -> None:
    with pytest.raises(RuntimeError), any_database.session() as session:
        workspaces.ensure_workspace(session, "lost")
        raise RuntimeError

    with any_database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM workspaces")).scalar() == 0


def test_writers_wait_for_each_other(database: Database) -> None:
    def write(number: int) -> None:
        with database.session() as session:
            workspaces.ensure_workspace(session, f"w{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))

    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM workspaces")).scalar() == 40


def test_sqlite_is_kept_in_wal_with_full_sync(database: Database) -> None:
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
    assert sqlite3.sqlite_version_info >= (3, 35)


def test_a_quick_session_waits_for_no_disk_and_the_next_lasting_one_does(database: Database) -> None:
    def mode(session: Session) -> int:
        return int(session.execute(text("PRAGMA synchronous")).scalar_one())

    with database.quick_session() as session:
        quick = mode(session)
    with database.session() as session:
        lasting = mode(session)

    assert (quick, lasting) == (1, 2)


def test_a_quick_session_is_committed_and_rolled_back_like_any_other(any_database: Database) -> None:
    with any_database.quick_session() as session:
        workspaces.ensure_workspace(session, "kept")
    with pytest.raises(RuntimeError), any_database.quick_session() as session:
        workspaces.ensure_workspace(session, "lost")
        raise RuntimeError

    with any_database.reading() as session:
        assert session.execute(text("SELECT name FROM workspaces")).scalars().all() == ["kept"]
