"""Any process may be killed at any instant and the work goes on."""

import os
import signal
from collections.abc import Callable
from subprocess import Popen

from memory.domain import JobStatus
from tools import queue_server

Start = Callable[..., "Popen[bytes]"]


def test_a_killed_horse_is_noticed_at_once_and_its_children_die(desk, start_worker: Start, is_running, until):
    start_worker()
    job_id = desk.ask("sleep_once")
    child = desk.child

    os.kill(desk.starts[0], signal.SIGKILL)
    row = desk.wait(job_id, within_s=5)

    assert row.attempts == 2 and len(desk.starts) == 2
    until(lambda: not is_running(child), 2)


def test_a_killed_worker_takes_its_horse_along_and_another_one_goes_on(desk, start_worker: Start, is_running, until):
    first = start_worker()
    job_id = desk.ask("sleep_once")
    child = desk.child
    desk.wait(job_id, JobStatus.RUNNING)

    first.kill()
    first.wait()
    until(lambda: not is_running(desk.starts[0]), 2)
    start_worker()
    row = desk.wait(job_id, within_s=10)

    assert row.attempts == 2
    until(lambda: not is_running(child), 2)


def test_a_worker_on_another_machine_is_replaced_when_its_lease_ends(desk, start_worker: Start, database):
    from memory.repositories import jobs

    job_id = desk.ask("greet", send=False)
    with database.session() as session:
        jobs.claim(session, job_id, "elsewhere-00000000:1:1:2", 1.0)
    start_worker()

    row = desk.wait(job_id, within_s=10)

    assert row.attempts == 2


def test_a_killed_queue_server_is_started_again_and_loses_no_job(desk, settings, start_worker: Start, until):
    start_worker()
    running = desk.ask("nap", nap_s=2.0)
    desk.wait(running, JobStatus.RUNNING)

    os.kill(queue_server.server_pid(settings) or 0, signal.SIGKILL)
    later = desk.ask("greet")  # the server is away: the row alone says that it was accepted

    desk.wait(running, within_s=15)
    desk.wait(later, within_s=15)
    assert queue_server.is_up(settings)


def test_a_queue_that_lost_everything_is_filled_again(desk, settings, start_worker: Start):
    asked = [desk.ask("greet") for _ in range(5)]
    queue_server.client(settings).flushall()
    start_worker()

    for job_id in asked:
        desk.wait(job_id)

    assert len(desk.starts) == 5


def test_a_job_that_kills_its_worker_is_given_up(desk, start_worker: Start):
    start_worker()

    row = desk.wait(desk.ask("die"), JobStatus.FAILED, within_s=15)

    assert "tried 3 times and given up" in row.error


def test_sigterm_lets_the_job_in_hand_end(desk, start_worker: Start):
    worker = start_worker()
    job_id = desk.ask("nap", nap_s=1.0)
    desk.wait(job_id, JobStatus.RUNNING)

    worker.terminate()

    assert worker.wait(10) == 0
    assert desk.row(job_id).status is JobStatus.SUCCEEDED
