"""How workers behave, and the parts they hand to their jobs."""

from datetime import datetime

from pydantic_settings import BaseSettings, SettingsConfigDict

from memory.artefacts import FolderStore
from memory.database import Database
from memory.settings import StorageSettings
from memory.tables import now
from memory.vault import open_vault
from tools.queue import open_queue
from tools.toolkit import Deps


class WorkerSettings(BaseSettings):
    """The rhythm of a worker."""

    model_config = SettingsConfigDict(env_prefix="FORGE_WORKER_", extra="ignore")

    sweep_s: float = 1.0
    """How often somebody of an installation looks for work that was lost, in seconds."""
    warm: bool = True
    """Import the media and agent libraries before the first job: slower to start, and no job pays for it."""
    niceness: int = 5
    """How far workers stand back for the conversation on one machine (see nice(1)); workers that render stand back twice as far."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        return now()


def build_deps(settings: StorageSettings) -> Deps:
    """The real parts. No connection is open yet, so a fork may follow.

    Raises:
        InputError: The queue server or the vault cannot be used; says why.
    """
    return Deps(
        database=Database(settings.sqlalchemy_url),
        store=FolderStore(settings.artefacts),
        vault=open_vault(settings.home, settings.vault_key),
        queue=open_queue(settings),
        clock=SystemClock(),
        work=settings.work,
    )
