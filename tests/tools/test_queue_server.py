"""Our private queue server: found or started, by one of many, and stopped for good."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memory.errors import InputError
from memory.settings import StorageSettings
from tools import processes, queue_server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path):
    settings = StorageSettings(home=tmp_path / "home")
    yield settings
    queue_server.stop_server(settings)


def test_a_server_is_started_once_and_found_after_that(settings):
    assert not queue_server.is_up(settings)

    assert queue_server.ensure_server(settings) is True
    assert queue_server.ensure_server(settings) is False

    assert settings.queue_socket.stat().st_mode & 0o777 == 0o700
    assert queue_server.client(settings).config_get("port")["port"] == "0"


def test_it_outlives_the_process_that_started_it(settings):
    code = "from memory.settings import StorageSettings; from tools.queue_server import *; assert ensure_server(StorageSettings())"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "FORGE_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}, check=True)

    assert queue_server.is_up(settings)


def test_it_dies_with_the_process_that_started_it_when_asked_to(settings):
    code = (
        "from memory.settings import StorageSettings; from tools.queue_server import *; s = StorageSettings();"
        "ensure_server(s, die_with_parent=True); import os, signal; print(server_pid(s), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "FORGE_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    starter = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)

    pid, deadline = int(starter.stdout), time.monotonic() + 5
    while processes.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert starter.returncode == -signal.SIGKILL and not processes.is_alive(pid)


def test_of_many_that_start_it_at_once_one_does(settings):
    with ThreadPoolExecutor(6) as threads:
        started = list(threads.map(lambda _: queue_server.ensure_server(settings), range(6)))

    assert sum(started) == 1 and queue_server.is_up(settings)


def test_what_was_queued_survives_a_kill(settings):
    queue_server.ensure_server(settings)
    connection = queue_server.client(settings)
    connection.rpush("list", "a")
    connection.execute_command("WAITAOF", 1, 0, 5000)

    os.kill(queue_server.server_pid(settings) or 0, signal.SIGKILL)
    assert queue_server.ensure_server(settings) is True

    assert connection.llen("list") == 1


def test_a_data_folder_that_no_longer_loads_is_put_aside(settings):
    queue_server.ensure_server(settings)
    queue_server.client(settings).rpush("list", "a")
    queue_server.stop_server(settings)
    for file in (settings.home / "queue" / "appendonlydir").iterdir():
        file.write_bytes(b"this is no append-only file\r\n" * 10)

    assert queue_server.ensure_server(settings) is True

    assert [path.name.split("-")[0] for path in settings.home.glob("queue.broken-*")] == ["queue.broken"]


def test_a_home_with_a_long_path_still_gets_a_socket(tmp_path):
    settings = StorageSettings(home=tmp_path / ("long " * 25) / "home")

    queue_server.ensure_server(settings)

    assert queue_server.is_up(settings)
    assert queue_server.stop_server(settings) and not queue_server.is_up(settings) and not settings.queue_socket.exists()


def test_an_address_that_does_not_answer_says_what_to_do(tmp_path):
    settings = StorageSettings(home=tmp_path, redis_url="redis://127.0.0.1:1/0")

    with pytest.raises(InputError, match="FORGE_REDIS_URL does not answer"):
        queue_server.ensure_server(settings)
