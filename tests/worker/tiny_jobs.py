"""Job functions of the tests, and the worker that knows them: `python tiny_jobs.py POOL…` with the settings in the environment."""

import os
import subprocess
import sys
import time
from pathlib import Path

from memory.domain import Json
from memory.errors import InputError, TransientError
from tools.queue import JobSpec
from worker.job import JobContext


def note(job: JobContext) -> None:
    """Leave a line per start in a file: what ran, in which process."""
    with Path(job.payload["file"]).open("a") as file:
        file.write(f"{os.getpid()}\n")


def greet(job: JobContext) -> Json:
    note(job)
    return {"verdict": "ok", "text": f"Hello {job.payload.get('name', 'you')}.", "attempt": job.attempt}


def sleep_once(job: JobContext) -> Json:
    """Hang in a child process at the first attempt; end at once at the second."""
    note(job)
    if job.attempt == 1:
        child = subprocess.Popen(["sleep", "300"], start_new_session=True)
        Path(job.payload["file"] + ".child").write_text(str(child.pid))
        child.wait()
    return {"verdict": "ok", "text": "Done.", "attempt": job.attempt}


def sleep(job: JobContext) -> Json:
    """Hang in a child process at every attempt and never ask whether to stop."""
    note(job)
    child = subprocess.Popen(["sleep", "300"])
    Path(job.payload["file"] + ".child").write_text(str(child.pid))
    child.wait()
    return {"verdict": "ok", "text": "Done."}


def spin(job: JobContext) -> Json:
    note(job)
    while True:
        time.sleep(0.01)


def nap(job: JobContext) -> Json:
    note(job)
    time.sleep(job.payload.get("nap_s", 1.0))
    return {"verdict": "ok", "text": "Rested."}


def busy_once(job: JobContext) -> Json:
    note(job)
    if job.attempt == 1:
        raise TransientError("The other side is busy.", retry_after_s=0.3)
    return {"verdict": "ok", "text": "It answered."}


def refuse(job: JobContext) -> Json:
    note(job)
    raise InputError("This is not a video.", hint="Send one.")


def crash(job: JobContext) -> Json:
    note(job)
    raise ZeroDivisionError("a bug")


def die(job: JobContext) -> Json:
    note(job)
    os._exit(9)


def unstorable(job: JobContext) -> Json:
    note(job)
    return {"text": object()}


def work(job: JobContext) -> Json:
    for step in range(4):
        job.report(step / 4, f"step {step}")
    return {"verdict": "ok", "text": "Done."}


_FUNCTIONS = (greet, sleep_once, sleep, spin, nap, busy_once, refuse, crash, die, unstorable, work)
SPECS = {f.__name__: JobSpec(f"tiny_jobs.{f.__name__}", "cpu", 60, 3, (0.1,)) for f in _FUNCTIONS}
SPECS["sleep_briefly"] = JobSpec("tiny_jobs.sleep", "cpu", 1, 2, (0.1,))
SPECS["advance"] = JobSpec("tiny_jobs.greet", "agent", 60, 3, (0.1,))


if __name__ == "__main__":
    import logging

    from memory.settings import StorageSettings
    from worker.pool import run_worker
    from worker.settings import WorkerSettings

    logging.basicConfig(level="INFO", stream=sys.stderr)
    run_worker(sys.argv[1:], StorageSettings(), specs=SPECS, worker_settings=WorkerSettings(sweep_s=0.2, niceness=0, warm=False))
