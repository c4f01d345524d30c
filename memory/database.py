"""The database: one engine per process, one transaction per unit of work, the schema by migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """An engine and its sessions. Safe to make before a fork when `forget_connections` is called in the child."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url, **_engine_options(url))
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        else:
            _prepare_postgres(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._quick = sessionmaker(self.engine.execution_options(lasting=False), expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(deferred=True), expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work: commits at the end, rolls back on an error. In SQLite it holds the write lock from its start."""
        with self._sessions.begin() as session:
            yield session

    @contextmanager
    def quick_session(self) -> Iterator[Session]:
        """A unit of work that survives the death of any process, yet not a loss of power in the second after it.

        For rows that only count or note what changed nothing: they wait for no disk. Whatever an effect or an answer to somebody
        rests on belongs into `session`, whose commit also saves what was written here before it.
        """
        with self._quick.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only looks: it never waits for a writer in SQLite. Nothing is committed."""
        with self._readers() as session:
            yield session

    def forget_connections(self) -> None:
        """Drop the parent's connections after a fork without closing them under the parent's feet."""
        self.engine.dispose(close=False)

    def close(self) -> None:
        self.engine.dispose()


def migrate(database: Database) -> None:
    """Bring the schema to the newest version, from nothing or from any older one. Safe to call twice and at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 30, "check_same_thread": False}}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10}


def _prepare_sqlite(engine: Engine) -> None:
    """WAL with full sync, and transactions that take the write lock at their first line.

    Python's sqlite3 begins late and upgrades a read lock, which fails at once ("database is locked") when somebody else
    wrote in between; `BEGIN IMMEDIATE` waits its turn instead (SQLite documentation, "Transactions").
    """

    @event.listens_for(engine, "connect")
    def connected(dbapi_connection: Any, record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        options = connection.get_execution_options()
        wanted = "FULL" if options.get("lasting", True) else "NORMAL"
        if connection.info.get("synchronous", "FULL") != wanted:
            connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
            connection.info["synchronous"] = wanted
        connection.exec_driver_sql("BEGIN" if options.get("deferred", False) else "BEGIN IMMEDIATE")


def _prepare_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        if not connection.get_execution_options().get("lasting", True):
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
