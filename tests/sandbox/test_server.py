"""The sandbox as a process: announced, killed, and there again with everything it had answered for."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
CHUNK = 262_144


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], str]]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(port: int = 0, *more: str) -> tuple[subprocess.Popen[bytes], str]:
        announce = tmp_path / f"announce-{len(running)}.json"
        arguments = ["--port", str(port), "--state", str(tmp_path / "world.db"), "--announce", str(announce), *more]
        running.append(subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL))
        until = time.monotonic() + 20
        while not announce.exists():
            assert time.monotonic() < until and running[-1].poll() is None
            time.sleep(0.01)
        return running[-1], json.loads(announce.read_text())["url"]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def test_state_survives_sigkill_in_mid_upload(start: Any, make_visitor: Any, make_mp4: Any) -> None:
    process, url = start()
    visitor = make_visitor(url)
    tokens = visitor.sign_in()
    data = make_mp4(3 * CHUNK + 99)
    session = visitor.session(len(data))
    visitor.put(session, data[: 2 * CHUNK], 0, len(data))
    done = visitor.upload(make_mp4(seed=2))["id"]

    process.kill()
    process.wait()
    start(int(url.rsplit(":", 1)[1]))
    asked = visitor.query(session, len(data))
    final = visitor.put(session, data[2 * CHUNK :], 2 * CHUNK, len(data))

    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{2 * CHUNK - 1}")
    assert final.status_code == 200 and tokens["access_token"] == visitor.token
    assert {post["id"] for post in visitor.posts()} == {done, final.json()["id"]}
    assert all(post["same_sha256"] == 1 for post in visitor.posts())


def test_an_upload_ends_once_however_often_the_server_is_killed(start: Any, make_visitor: Any, make_mp4: Any) -> None:
    process, url = start()
    visitor, port = make_visitor(url), int(url.rsplit(":", 1)[1])
    visitor.control("settings", processing_s=0)
    visitor.sign_in()
    data = make_mp4(24 * CHUNK + 5)
    session, draw, kills = visitor.session(len(data)), random.Random(11), 0

    answer = None
    while answer is None or answer.status_code != 200:
        killer = threading.Timer(draw.uniform(0.0, 0.03), process.kill)
        if kills < 4:
            killer.start()
        try:
            answer = visitor.query(session, len(data))
            while answer.status_code == 308:
                first = int(answer.headers.get("Range", "bytes=0--1").split("-", 1)[1]) + 1
                answer = visitor.put(session, data[first : first + CHUNK], first, len(data))
        except httpx.TransportError:
            killer.join()
            process.wait()
            process, _ = start(port)
            kills += 1
    killer.cancel()
    if killer.ident is not None:
        killer.join()
    if process.poll() is not None or killer.finished.is_set():  # the last shot may have hit after the answer
        process.kill()
        process.wait()
        start(port)

    posts = visitor.posts()
    assert kills >= 1 and len(posts) == 1
    assert posts[0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_postback_that_waited_through_a_kill_is_still_delivered(start: Any, make_visitor: Any) -> None:
    process, url = start()
    visitor, port = make_visitor(url), int(url.rsplit(":", 1)[1])
    visitor.control("shop", postback_url="http://127.0.0.1:9/nobody-listens", secret="s")
    visitor.http.post("/shop/p/mic/buy", data={"ref": "r"})
    visitor.control("clock", advance_s=1)
    before = visitor.http.get("/__sandbox/state").json()["deliveries"]

    process.kill()
    process.wait()
    start(port)
    visitor.control("clock", advance_s=60)
    after = visitor.http.get("/__sandbox/state").json()["deliveries"]

    assert before[0]["state"] == after[0]["state"] == "pending"
    assert before[0]["event_id"] == after[0]["event_id"] and len(after[0]["attempts"]) > len(before[0]["attempts"]) > 0


def test_sigterm_ends_it_cleanly(start: Any) -> None:
    process, _ = start()

    process.send_signal(signal.SIGTERM)

    assert process.wait(5) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="parent death signals are Linux's")
def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    announce = tmp_path / "announce.json"
    code = "import subprocess,sys,time; p=subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); time.sleep(60)"
    child = [sys.executable, "-m", "sandbox", "--announce", str(announce), "--die-with-parent"]
    with subprocess.Popen([sys.executable, "-c", code, *child], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        until = time.monotonic() + 20
        while not announce.exists() and time.monotonic() < until:
            time.sleep(0.01)
        parent.kill()

    while _alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert announce.exists() and not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_it_listens_on_loopback_only() -> None:
    from sandbox.server import run

    with pytest.raises(ValueError, match="loopback"):
        run("0.0.0.0")
