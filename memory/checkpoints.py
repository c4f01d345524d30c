"""LangGraph's checkpoints, in SQLite or PostgreSQL.

Checkpoints can rebuild Python objects (CVE-2025-64439), so only LangGraph's list of harmless types is loaded; our state is plain JSON
and messages anyway. Facts: agents-and-chat 1.4 and 1.5.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from memory.settings import StorageSettings


@contextmanager
def open_checkpointer(settings: StorageSettings) -> Iterator[BaseCheckpointSaver[str]]:
    """The checkpointer of this installation, its tables made. Never share it across a fork."""
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    if settings.is_sqlite:
        with _sqlite(settings, serde) as saver:
            yield saver
    else:
        with _postgres(settings, serde) as saver:
            yield saver


@contextmanager
def _sqlite(settings: StorageSettings, serde: JsonPlusSerializer) -> Iterator[BaseCheckpointSaver[str]]:
    """A file of its own, so that checkpoints never wait for the write lock of the rows."""
    from langgraph.checkpoint.sqlite import SqliteSaver

    settings.home.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(settings.home / "checkpoints.db", check_same_thread=False, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # Safe against the death of any process. A loss of power may take the last steps: they are run again, and the rows
        # (tool calls, approvals, effects), which wait for the disk, let nothing happen twice.
        connection.execute("PRAGMA synchronous=NORMAL")
        saver = SqliteSaver(connection, serde=serde)
        saver.setup()
        yield saver
    finally:
        connection.close()


@contextmanager
def _postgres(settings: StorageSettings, serde: JsonPlusSerializer) -> Iterator[BaseCheckpointSaver[str]]:
    """A pool that checks a connection before it is used: without that the first run after a server restart fails."""
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    address = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    with ConnectionPool(address, kwargs=options, min_size=1, max_size=2, check=ConnectionPool.check_connection) as pool:
        saver = PostgresSaver(pool, serde=serde)  # type: ignore[arg-type]  # the row factory is set in `options`
        saver.setup()
        yield saver
