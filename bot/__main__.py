"""`python -m bot`: the Telegram door as a process, until SIGTERM or SIGINT."""

import asyncio
import logging
import signal
import sys

from bot.settings import TelegramSettings
from bot.telegram import TelegramDoor
from memory.artefacts import FolderStore
from memory.database import Database, migrate
from memory.errors import AppError
from memory.settings import StorageSettings
from memory.tables import now
from memory.vault import open_vault
from tools.queue import open_queue
from tools.toolkit import Deps


class _Clock:
    now = staticmethod(now)


async def _run(storage: StorageSettings, telegram: TelegramSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(storage.sqlalchemy_url)
    try:
        migrate(database)
        vault = open_vault(storage.home, storage.vault_key)
        deps = Deps(database, FolderStore(storage.artefacts), vault, open_queue(storage), _Clock(), storage.work)
        await TelegramDoor(deps, telegram).serve(stop)
    finally:
        database.close()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines hold the bot's token
    try:
        asyncio.run(_run(StorageSettings(), TelegramSettings()))
    except AppError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
