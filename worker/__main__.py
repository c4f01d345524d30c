"""`python -m worker --pool cpu --pool publish`: one worker process. Storage comes from FORGE_…, its rhythm from FORGE_WORKER_…"""

import argparse
import logging
import sys

from memory.errors import AppError
from memory.settings import StorageSettings
from tools.queue import POOLS
from worker.pool import run_worker


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m worker", description="Work on the jobs of one or more pools.")
    parser.add_argument("--pool", action="append", required=True, choices=POOLS, help="may be given several times; the first goes first")
    parser.add_argument("--burst", action="store_true", help="end when nothing is left to do")
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes the addresses of upload sessions into the log
    try:
        run_worker(chosen.pool, StorageSettings(), burst=chosen.burst)
    except AppError as error:
        logging.getLogger("worker").error("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
