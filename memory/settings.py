"""Where things are kept. Built by entry points and passed down; nothing else reads the environment."""

import hashlib
import tempfile
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_UNIX_SOCKET_BYTES = 100  # sun_path holds 108; the server appends nothing, the rest is margin


class StorageSettings(BaseSettings):
    """Database, queue, files and keys. With nothing set, everything lives in one folder."""

    model_config = SettingsConfigDict(env_prefix="FORGE_", extra="ignore")

    home: Path = Field(default_factory=lambda: Path.home() / ".viralforge")
    """The folder of everything that is kept."""
    database_url: str = ""
    """SQLAlchemy address, `postgresql+psycopg://…`; empty means SQLite inside the home folder."""
    redis_url: str = ""
    """Address of a Redis or Valkey server; empty means our own server on a unix socket."""
    vault_key: str = ""
    """32 bytes in base64 that encrypt tokens; empty means a key file (mode 0600) made inside the home folder."""
    lease_s: float = 10.0
    """How long a worker may stay silent before its job is given to another one, in seconds."""

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'forge.db'}"

    @property
    def is_sqlite(self) -> bool:
        return self.sqlalchemy_url.startswith("sqlite")

    @property
    def artefacts(self) -> Path:
        return self.home / "artefacts"

    @property
    def work(self) -> Path:
        """Scratch space of jobs; a job's folder is named by its id and removed with it."""
        return self.home / "work"

    @property
    def queue_socket(self) -> Path:
        """The unix socket of our own queue server: in the home folder, or in the temporary folder when that path is too long."""
        path = self.home.resolve() / "queue.sock"
        if len(str(path).encode()) <= _UNIX_SOCKET_BYTES:
            return path
        name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"forge-{name}.sock"
