"""What Docker asks a container now and then: do the database and the queue answer, and with `--worker`, does this container's worker work?

Exit code 0 or 1; the words go to `docker inspect`. It starts nothing and changes nothing.
"""

import socket
import sys
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.settings import StorageSettings
from tools.queue_server import client

_SILENT = timedelta(seconds=60)
"""A worker says every 15 s that it lives, every 5 s while it has a job (worker/pool.py); four times that is too long."""


def main(arguments: list[str]) -> int:
    settings = StorageSettings()
    database = Database(settings.sqlalchemy_url)
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
        queue = client(settings)
        queue.ping()
        problem = (
            "" if "--worker" not in arguments or lives(queue, socket.gethostname()) else "no worker of this container is known to the queue"
        )
    except (SQLAlchemyError, RedisError) as error:
        problem = str(error).splitlines()[0]
    finally:
        database.close()
    sys.stdout.write(problem or "ok")
    return 1 if problem else 0


def lives(queue: Redis, host: str) -> bool:
    """Whether a worker of this host said lately that it lives. Its name starts with the host's (tools/processes.py, `place`)."""
    mine = [worker for worker in Worker.all(connection=queue) if worker.name.startswith(f"{host[:24]}-")]
    return any(worker.last_heartbeat is not None and datetime.now(UTC) - worker.last_heartbeat < _SILENT for worker in mine)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
