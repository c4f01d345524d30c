"""Where the sandbox keeps its state: JSON documents by kind and key in one SQLite file, or in memory.

A write is committed before the call returns, so an answer that was sent is never forgotten, not even by SIGKILL.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS docs (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key))"
)


class Store:
    """Documents by kind and key. One thread, one connection; kinds keep their order of insertion."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing that SQLite handed to the kernel; only a power cut could, and this is a sandbox.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(SCHEMA)

    def get(self, kind: str, key: str) -> Doc | None:
        row = self._db.execute("SELECT body FROM docs WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, key: str, doc: Doc) -> None:
        upsert = "INSERT INTO docs (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
        self._db.execute(upsert, (kind, key, json.dumps(doc, separators=(",", ":"))))

    def delete(self, kind: str, key: str) -> None:
        self._db.execute("DELETE FROM docs WHERE kind = ? AND key = ?", (kind, key))

    def all(self, kind: str) -> list[Doc]:
        """Return every document of a kind, oldest first."""
        return [json.loads(body) for (body,) in self._db.execute("SELECT body FROM docs WHERE kind = ? ORDER BY n", (kind,))]

    def items(self, kind: str) -> list[tuple[str, Doc]]:
        """Return (key, document) of a kind, oldest first."""
        return [(key, json.loads(body)) for key, body in self._db.execute("SELECT key, body FROM docs WHERE kind = ? ORDER BY n", (kind,))]

    def count(self, kind: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM docs WHERE kind = ?", (kind,)).fetchone()[0])

    def trim(self, kind: str, keep: int) -> None:
        """Forget all but the newest `keep` documents of a kind."""
        newest = "SELECT n FROM docs WHERE kind = ? ORDER BY n DESC LIMIT ?"
        self._db.execute(f"DELETE FROM docs WHERE kind = ? AND n NOT IN ({newest})", (kind, kind, keep))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all writes of the block together. The block must not await: requests share the connection."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def clear(self) -> None:
        self._db.execute("DELETE FROM docs")

    def close(self) -> None:
        self._db.close()
