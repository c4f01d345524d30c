"""The queue: what our rows, leases and horses cost beside RQ alone, and how soon a killed worker's job runs again.

`python -m benchmarks.queue [--quick] [--json]`. Everything is real: a Valkey server and SQLite in a temporary home, worker processes,
kill -9. RQ alone is its own Worker on the same server in the same run, with a function that does what ours does: nothing.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rq import Queue, Worker

from benchmarks.report import report
from memory.database import Database, migrate
from memory.domain import JobStatus, Json
from memory.repositories import jobs
from memory.settings import StorageSettings
from memory.tables import Job
from tools import queue_server
from tools.queue import JobSpec, RqQueue, create_job, installation, redis_queue
from worker.job import JobContext
from worker.pool import run_worker
from worker.settings import WorkerSettings
from worker.supervisor import ProcessSpec, Supervisor, environment_of

_ROOT = Path(__file__).resolve().parents[1]
_RECOVERY_BAR_S = 30.0
# Ours commits a row to disk before it sends, once more before the function starts and once after it; RQ alone writes nothing that lasts.
_START_BARS, _RATE_BAR = {"median": 3.0, "p95": 3.0}, 3.0


def stamp(job: JobContext) -> Json:
    """Say when it started (seconds since the epoch)."""
    stamp_bare(job.payload["file"])
    return {"verdict": "ok", "text": "", "started": time.time()}


def hang_once(job: JobContext) -> Json:
    """Hang at the first attempt; at the second say when it started."""
    while job.attempt == 1:
        time.sleep(0.05)
    return stamp(job)


def stamp_bare(file: str) -> None:
    with open(file, "a") as out:
        out.write(f"{time.time()}\n")


SPECS = {name: JobSpec(f"benchmarks.queue.{name}", "cpu", 600, 3, (0.1,)) for name in ("stamp", "hang_once")}


class Bench:
    """One temporary home with its server and database."""

    def __init__(self, home: Path) -> None:
        self.settings = StorageSettings(home=home)
        queue_server.ensure_server(self.settings, die_with_parent=True)
        self.database = Database(self.settings.sqlalchemy_url)
        migrate(self.database)
        self.connection = queue_server.client(self.settings)
        self.queue = RqQueue(self.connection, installation(self.settings))
        self.env = {**environment_of(self.settings), "PYTHONPATH": str(_ROOT)}
        self.file = home / "stamps"
        self._made = 0

    def ask(self, kind: str, *, send: bool = True) -> tuple[int, float]:
        """Save a job and send it. Returns its id and the time before its row was made."""
        self._made += 1
        asked = time.time()
        with self.database.session() as session:
            row = create_job(session, kind=kind, key=f"{kind}-{self._made}", payload={"file": str(self.file)}, spec=SPECS[kind])
        if send:
            self.queue.send(row.id, row.pool)
        return row.id, asked

    def row(self, job_id: int) -> Job:
        with self.database.reading() as session:
            row = jobs.find(session, job_id)
        assert row is not None
        return row

    def started(self, job_id: int) -> float:
        """Wait for a job's end. Returns when its last attempt started."""
        _until(lambda: self.row(job_id).status is JobStatus.SUCCEEDED)
        return float((self.row(job_id).result or {})["started"])

    def process(self, which: str, number: int = 1) -> ProcessSpec:
        return ProcessSpec(f"{which}-{number}", (sys.executable, "-m", "benchmarks.queue", "--work", which), self.env)

    def workers(self, count: int) -> list[ProcessSpec]:
        return [self.process("ours", number) for number in range(1, count + 1)]

    def warm_up(self, workers: int) -> None:
        """Wait until every worker takes jobs."""
        _until(lambda: Worker.count(queue=redis_queue(self.connection, installation(self.settings), "cpu")) >= workers)
        self.started(self.ask("stamp")[0])


def _until(claim: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not claim():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.002)


class Stamps:
    """A file in which jobs leave the moments of their starts, the same for RQ and for us."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def read(self) -> list[float]:
        return [float(line) for line in self.path.read_text().splitlines() if line]

    def wait(self, count: int) -> list[float]:
        _until(lambda: len(self.read()) >= count)
        return self.read()


def measure(send: Callable[[], object], stamps: Stamps, rounds: int, count: int) -> tuple[list[float], float]:
    """Milliseconds from asking to the first line of the function on an idle worker, by round; and jobs per second of one worker."""
    send()
    before = len(stamps.wait(1))  # the worker is up
    waits = []
    for number in range(1, rounds + 1):
        asked = time.time()
        send()
        waits.append((stamps.wait(before + number)[-1] - asked) * 1000)
        time.sleep(0.02)  # it returns to its queue
    before = len(stamps.read())
    for _ in range(count):
        send()
    moments = stamps.wait(before + count)[before:]
    return waits, (count - 1) / (max(moments) - min(moments))


def with_rows(bench: Bench, rounds: int, count: int) -> tuple[list[float], float]:
    with Supervisor(bench.settings, bench.workers(1)):
        return measure(lambda: bench.ask("stamp"), Stamps(bench.file), rounds, count)


def bare(bench: Bench, rounds: int, count: int) -> tuple[list[float], float]:
    """The same two numbers for RQ's own worker."""
    stamps, queue = Stamps(bench.settings.home / "bare"), Queue("bare", connection=bench.connection)
    with Supervisor(bench.settings, [bench.process("bare")]):
        return measure(lambda: queue.enqueue("benchmarks.queue.stamp_bare", str(stamps.path), result_ttl=0), stamps, rounds, count)


def _hang(bench: Bench) -> tuple[int, list[int]]:
    """Ask for a job that hangs at its first attempt. Returns its id and the pids of the worker and the horse that hold it."""
    job_id, _ = bench.ask("hang_once")
    _until(lambda: bench.row(job_id).status is JobStatus.RUNNING)
    return job_id, [int(part) for part in bench.row(job_id).lease_owner.split(":")[1::2]]


def recovery(bench: Bench, rounds: int) -> dict[str, list[float]]:
    """Seconds from a kill -9 to the first line of the next attempt."""
    found: dict[str, list[float]] = {"horse": [], "worker, restarted": [], "worker, with a second one": []}
    for name, victim, workers in (("horse", 1, 1), ("worker, restarted", 0, 1), ("worker, with a second one", 0, 2)):
        for _ in range(rounds):
            with Supervisor(bench.settings, bench.workers(workers)):
                bench.warm_up(workers)
                job_id, pids = _hang(bench)
                killed = time.time()
                os.kill(pids[victim], signal.SIGKILL)
                found[name].append(bench.started(job_id) - killed)
    return found


def silence(bench: Bench) -> float:
    """Seconds until the job of a worker on another machine, of which nobody sees that it died, runs again: a lease and a sweep."""
    with Supervisor(bench.settings, bench.workers(1)):
        bench.warm_up(1)
        job_id, _ = bench.ask("stamp", send=False)
        died = time.time()
        with bench.database.session() as session:
            jobs.claim(session, job_id, "elsewhere:1:1:1", bench.settings.lease_s)
        return bench.started(job_id) - died


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _results(bench: Bench, quick: bool) -> list[dict[str, Any]]:
    rounds, count, kills = (15, 60, 1) if quick else (60, 300, 3)
    bare_waits, bare_rate = bare(bench, rounds, count)
    waits, rate = with_rows(bench, rounds, count)
    results = []
    for share, name in ((0.5, "median"), (0.95, "p95")):
        ours, theirs = _percentile(waits, share), _percentile(bare_waits, share)
        results.append(_result(f"queue.start_{name}", ours, "ms", theirs, ours / theirs, bar=_START_BARS[name]))
    results.append(_result("queue.jobs_per_s", rate, "1/s", bare_rate, bare_rate / rate, bar=_RATE_BAR))
    for name, times in recovery(bench, kills).items():
        results.append(_result(f"recovery: {name}", max(times), "s", None, None, bar=_RECOVERY_BAR_S, median_s=statistics.median(times)))
    silent_s = silence(bench)
    results.append(_result("recovery: other machine", silent_s, "s", None, None, bar=_RECOVERY_BAR_S, lease_s=bench.settings.lease_s))
    return results


def _result(
    name: str, value: float, unit: str, baseline: float | None, ratio: float | None, *, bar: float, **more: float
) -> dict[str, Any]:
    judged = value if ratio is None else ratio
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio, "bar": bar, "holds": judged <= bar, **more}


def _work_bare(settings: StorageSettings) -> None:
    connection = queue_server.client(settings)
    Worker([Queue("bare", connection=connection)], connection=connection).work(logging_level="WARNING")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--work", choices=("ours", "bare"), help=argparse.SUPPRESS)  # how this file starts its own workers
    chosen = parser.parse_args()
    if chosen.work == "ours":
        # Started as `-m`, this module is __main__ in a worker; its jobs are found under its real name all the same.
        run_worker(["cpu"], StorageSettings(), specs=SPECS, worker_settings=WorkerSettings(niceness=0, warm=False))
        return 0
    if chosen.work == "bare":
        _work_bare(StorageSettings())
        return 0
    with tempfile.TemporaryDirectory(prefix="forge-bench-") as folder:
        bench = Bench(Path(folder))
        try:
            results = _results(bench, chosen.quick)
        finally:
            queue_server.stop_server(bench.settings)
            bench.database.close()
    return report(results, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
