"""The supervisor keeps its processes running, one supervisor per home, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from memory.domain import JobStatus
from memory.errors import InputError
from tools import queue_server
from worker.supervisor import ProcessSpec, Supervisor, worker_processes


@pytest.fixture
def tiny_worker(settings, worker_environment):
    from tiny_jobs import __file__ as script

    return ProcessSpec("cpu-1", (sys.executable, script, "cpu"), worker_environment)


def test_a_killed_worker_is_replaced_and_its_job_runs_again(desk, settings, tiny_worker, is_running, until):
    with Supervisor(settings, [tiny_worker]) as supervisor:
        job_id = desk.ask("sleep_once")
        child = desk.child
        desk.wait(job_id, JobStatus.RUNNING)

        os.kill(supervisor.pids["cpu-1"], signal.SIGKILL)
        row = desk.wait(job_id, within_s=15)

    assert row.attempts == 2
    until(lambda: not is_running(child), 2)


def test_a_stop_gives_back_the_job_in_hand_and_the_attempt_does_not_count(desk, settings, tiny_worker, is_running):
    with Supervisor(settings, [tiny_worker], grace_s=1.5) as supervisor:
        job_id = desk.ask("sleep")
        child = desk.child
        desk.wait(job_id, JobStatus.RUNNING)
        pids = [*supervisor.pids.values(), *desk.starts, child]

    row = desk.row(job_id)
    assert (row.status, row.attempts, row.lease_owner) == (JobStatus.QUEUED, 0, "")
    assert not any(is_running(pid) for pid in pids)


def test_a_second_supervisor_on_a_home_is_refused(settings):
    with Supervisor(settings, []), pytest.raises(InputError, match=rf"already runs .*{os.getpid()}"):
        Supervisor(settings, []).start()
    with Supervisor(settings, []):
        pass


def test_a_process_that_keeps_dying_is_started_less_and_less_often(settings, tmp_path, until):
    log = tmp_path / "starts"
    spec = ProcessSpec("bad", (sys.executable, "-S", "-c", f"open({str(log)!r}, 'a').write('x'); raise SystemExit(3)"))

    with Supervisor(settings, [spec]):
        until(lambda: log.exists() and len(log.read_text()) >= 3, 10)
        time.sleep(0.3)
        assert len(log.read_text()) == 3  # after 0 s, 0.5 s; the next one is 1 s away


def test_a_queue_server_that_it_started_ends_with_it(settings):
    queue_server.stop_server(settings)

    with Supervisor(settings, []):
        assert queue_server.is_up(settings)

    assert not queue_server.is_up(settings)


def test_worker_processes_carry_their_settings(settings):
    specs = worker_processes(settings, {"cpu": 2, "agent": 1})

    assert [spec.name for spec in specs] == ["cpu-1", "cpu-2", "agent-1"]
    assert specs[0].env["FORGE_HOME"] == str(settings.home) and specs[0].env["FORGE_LEASE_S"] == "2.0"


def test_a_killed_supervisor_leaves_no_worker_and_the_next_one_goes_on(desk, settings, tiny_worker, is_running, until):
    code = (
        "import sys; from memory.settings import StorageSettings; from worker.supervisor import *;"
        "Supervisor(StorageSettings(), [ProcessSpec('cpu-1', (sys.executable, sys.argv[1], 'cpu'))]).run()"
    )
    first = subprocess.Popen([sys.executable, "-c", code, tiny_worker.argv[1]], env=dict(tiny_worker.env))
    job_id = desk.ask("sleep_once")
    child, horse = desk.child, desk.starts[0]
    worker = int(desk.row(job_id).lease_owner.split(":")[1])

    first.kill()
    first.wait()
    until(lambda: not is_running(worker) and not is_running(horse), 3)
    with Supervisor(settings, [tiny_worker]):
        row = desk.wait(job_id)

    assert row.attempts == 2
    until(lambda: not is_running(child), 2)
