"""The runner against real ffmpeg processes."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.errors import InputError, LimitError, StoppedError, TransientError
from tools.ffmpeg import choose_binary, ffmpeg_binary, run_ffmpeg

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-f", "null", "-"]


def children_named_ffmpeg() -> set[int]:
    return {int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _is_our_ffmpeg(int(pid))}


def _is_our_ffmpeg(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    name, fields = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
    return name.startswith("ffmpeg") and int(fields[1]) == os.getpid()


def test_progress_reaches_the_end_of_the_output() -> None:
    seen: list[float] = []
    result = run_ffmpeg(["-f", "lavfi", "-i", "sine=duration=2", "-f", "null", "-"], timeout_s=20, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(2.0, abs=0.1)
    assert result.wall_s > 0


def test_fed_bytes_come_back_through_stdout() -> None:
    samples = bytes(range(256)) * 1000
    arguments = ["-f", "u8", "-ar", "8000", "-ac", "1", "-i", "pipe:0", "-f", "u8", "pipe:1"]
    assert run_ffmpeg(arguments, timeout_s=20, feed=samples, want_stdout=True).stdout == samples


def test_a_timeout_kills_and_reaps() -> None:
    with pytest.raises(LimitError, match="not done after"):
        run_ffmpeg(ENDLESS, timeout_s=0.5)
    assert children_named_ffmpeg() == set()


def test_cancel_stops_within_a_second() -> None:
    started = time.monotonic()
    with pytest.raises(StoppedError):
        run_ffmpeg(ENDLESS, timeout_s=30, cancel=lambda: time.monotonic() - started > 0.3)
    assert time.monotonic() - started < 1.3
    assert children_named_ffmpeg() == set()


def test_an_exception_in_a_callback_leaves_nothing_running() -> None:
    def explode(_: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_ffmpeg(ENDLESS, timeout_s=30, on_progress=explode)
    assert children_named_ffmpeg() == set()


def test_output_can_be_taken_as_it_comes() -> None:
    pieces: list[bytes] = []
    picture = ["-f", "lavfi", "-i", "color=gray:s=320x240:d=4:r=25", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    result = run_ffmpeg(picture, timeout_s=20, on_stdout=pieces.append)
    assert sum(map(len, pieces)) == 100 * 320 * 240 and len(pieces) > 20 and result.stdout == b""


def test_a_taker_that_raises_ends_the_run_with_its_error() -> None:
    def refuse(piece: bytes) -> None:
        raise InputError("enough")

    with pytest.raises(InputError, match="enough"):
        run_ffmpeg(["-re", "-f", "lavfi", "-i", "color=s=320x240", "-f", "rawvideo", "pipe:1"], timeout_s=20, on_stdout=refuse)
    assert not children_named_ffmpeg()


def test_a_run_can_write_to_a_passed_pipe() -> None:
    read_fd, write_fd = os.pipe()
    with os.fdopen(read_fd, "rb") as reader:
        with os.fdopen(write_fd, "wb"):
            graph = f"metadata=mode=add:key=mark:value=7,metadata=print:file='pipe\\:{write_fd}':direct=1"
            run_ffmpeg(["-f", "lavfi", "-i", f"color=s=64x64:d=0.08:r=25,{graph}", "-f", "null", "-"], timeout_s=20, pass_fds=(write_fd,))
        assert reader.read().count(b"mark=7") == 2


FRAMES_IN = ["-f", "rawvideo", "-pix_fmt", "gray", "-video_size", "64x64", "-framerate", "25", "-i", "pipe:0"]


def test_what_is_fed_may_be_made_while_it_runs() -> None:
    frames = (bytes([value]) * (64 * 64) for value in range(50))

    result = run_ffmpeg([*FRAMES_IN, "-f", "rawvideo", "pipe:1"], timeout_s=20, feed=frames, want_stdout=True)

    assert result.stdout == b"".join(bytes([value]) * (64 * 64) for value in range(50))


def test_a_feed_that_fails_ends_the_run_with_its_error(tmp_path: Path) -> None:
    def frames() -> Iterator[bytes]:
        yield bytes(64 * 64)
        raise LookupError("no third frame")

    with pytest.raises(LookupError, match="no third frame"):
        run_ffmpeg([*FRAMES_IN, str(tmp_path / "half.mp4")], timeout_s=20, feed=frames())


def test_a_feed_without_end_ends_with_the_run() -> None:
    run_ffmpeg([*FRAMES_IN, "-frames:v", "3", "-f", "null", "-"], timeout_s=20, feed=itertools.repeat(bytes(64 * 64)))

    with pytest.raises(StoppedError):
        run_ffmpeg([*FRAMES_IN, "-f", "null", "-"], timeout_s=20, feed=itertools.repeat(bytes(64 * 64)), cancel=lambda: True)


def test_a_refused_input_is_told_in_ffmpegs_words(tmp_path: Path) -> None:
    broken = tmp_path / "not a video 🎬.mp4"
    broken.write_bytes(b"hello")
    with pytest.raises(InputError, match="Invalid data"):
        run_ffmpeg(["-i", str(broken), "-f", "null", "-"], timeout_s=20)


def test_an_error_quotes_words_and_no_addresses(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(200))
    with pytest.raises(InputError) as caught:
        run_ffmpeg(["-i", str(tmp_path / "bad.mp4"), "-f", "null", "-"], timeout_s=20, log_level="info")
    assert "0x" not in str(caught.value) and "moov atom not found" in str(caught.value)


def test_a_full_disk_is_a_limit_with_a_hint() -> None:
    with pytest.raises(LimitError, match="Free some space"):
        run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=320x240:duration=5", "-f", "rawvideo", "/dev/full"], timeout_s=20)


def test_a_kill_from_outside_may_be_tried_again() -> None:
    def kill(_: float) -> None:
        for pid in children_named_ffmpeg():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(TransientError, match="signal 9"):
        run_ffmpeg(ENDLESS, timeout_s=30, on_progress=kill)


def test_ffmpeg_dies_with_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import sys; from tools.ffmpeg import run_ffmpeg; "
        f"run_ffmpeg({ENDLESS!r}, timeout_s=60, on_progress=lambda _: (print('going', flush=True)))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert parent.stdout is not None
    parent.stdout.readline()
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert children
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(_running(int(pid)) for pid in children):
        time.sleep(0.02)
    assert not any(_running(int(pid)) for pid in children)


def _running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def test_a_binary_that_cannot_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an executable"):
        choose_binary(tmp_path / "nothing")
    assert ffmpeg_binary().exists()
    assert ffmpeg_binary(Path("/elsewhere/ffmpeg")) == Path("/elsewhere/ffmpeg")
