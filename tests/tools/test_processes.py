"""Owner names never mean two processes, and nothing that was started is left."""

import os
import subprocess

from tools import processes


def test_an_owner_is_dead_when_its_process_is():
    process = subprocess.Popen(["sleep", "60"])
    owner = processes.owner_of(process.pid)
    alive = processes.is_dead(owner)

    process.kill()
    process.wait()

    assert alive is False and processes.is_dead(owner) is True


def test_another_process_with_the_same_pid_is_not_the_owner():
    place, pid, _ = processes.owner_of(os.getpid()).split(":")

    assert processes.is_dead(f"{place}:{pid}:1")


def test_what_lives_elsewhere_cannot_be_judged():
    assert processes.is_dead("elsewhere-00000000:1:1") is False
    assert processes.is_dead("") is False


def test_what_a_horse_started_is_found_by_its_mark_even_in_its_own_session():
    mine = {**os.environ, processes.MARK: "place:1:2:3"}
    other = {**os.environ, processes.MARK: "place:1:22:3"}
    child = subprocess.Popen(["sleep", "60"], env=mine, start_new_session=True)
    stranger = subprocess.Popen(["sleep", "60"], env=other)

    killed = processes.kill_owned("place:1:2")

    assert killed == 1 and child.wait(5) == -9 and stranger.poll() is None
    stranger.kill()
    stranger.wait()
