"""The only place that starts ffmpeg: argument lists, a time limit, progress, cancelling, and no process left behind.

ffmpeg runs in its own process group with a parent-death signal, so it dies with its job even when the job is SIGKILLed (RQ leaves
children of a timed-out job running otherwise). On a timeout, a cancel or any exception the group is killed and reaped.
"""

import ctypes
import os
import re
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from memory.errors import AppError, InputError, LimitError, StoppedError, TransientError

_POLL_S = 0.1  # how late a cancel or a timeout may be noticed
_ERROR_LINES = 3  # stderr lines quoted in an error
_LOG_CONTEXT = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\] ?|\[(?:info|warning|error|fatal)\] ?")  # which part of ffmpeg speaks
_SAYS_NOTHING = re.compile(  # summaries, and lines that only say that something went wrong
    r"Conversion failed|Error opening input files?\b|Task finished|Terminating thread|Nothing was written|Last message repeated|"
    r"size=|frame=|video:|Summary|Integrated|Loudness|True peak|I:|LRA|Peak|Threshold"
)
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "File too large")

_libc = ctypes.CDLL(None)  # resolved before any fork: the child may only call what is loaded
_chosen_binary: Path | None = None


@dataclass(frozen=True, slots=True)
class FfmpegResult:
    """A finished run. `stderr_tail` holds the last lines of the log; `stdout` is empty unless `want_stdout` was set."""

    stderr_tail: str
    wall_s: float
    stdout: bytes = b""


class FfmpegError(InputError):
    """ffmpeg refused its input. `said` has its own last words, for an error that says more."""

    def __init__(self, message: str, *, hint: str = "", said: str = "") -> None:
        super().__init__(message, hint=hint)
        self.said = said


def choose_binary(path: Path | None) -> None:
    """Use this ffmpeg in the whole process (an entry point calls it from its settings); None returns to the bundled one."""
    global _chosen_binary
    if path is not None and not os.access(path, os.X_OK):
        raise InputError(f"{path} is not an executable ffmpeg.", hint="Name the ffmpeg binary itself, or leave the setting empty.")
    _chosen_binary = path


def ffmpeg_binary(override: Path | None = None) -> Path:
    """The ffmpeg to start: the argument, else the one chosen for the process, else the one bundled with imageio-ffmpeg."""
    return override or _chosen_binary or _bundled_binary()


@cache
def _bundled_binary() -> Path:
    import imageio_ffmpeg

    return Path(imageio_ffmpeg.get_ffmpeg_exe())


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    timeout_s: float,
    on_progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    feed: bytes | Iterable[bytes] | None = None,
    want_stdout: bool = False,
    on_stdout: Callable[[bytes], None] | None = None,
    pass_fds: Sequence[int] = (),
    log_level: str = "warning",
    stderr_lines: int = 80,
    binary: Path | None = None,
) -> FfmpegResult:
    """Run ffmpeg to its end.

    Args:
        arguments: Everything after the binary and the general options (inputs, filters, outputs); existing outputs are overwritten.
        timeout_s: Wall seconds after which it is killed.
        on_progress: Called with the seconds of output written so far.
        cancel: Asked about ten times a second; True kills the run.
        feed: Bytes for its standard input (`pipe:0`), whole or piece by piece as they are made (in a thread of their own); without them it
            has none. What the making raises ends the run and is passed on.
        want_stdout: Keep what it writes to `pipe:1`.
        on_stdout: Called instead, in a thread of its own, with each piece of what it writes to `pipe:1`; while it works ffmpeg waits. What
            it raises ends the run and is passed on.
        pass_fds: Open file descriptors that ffmpeg inherits under their numbers (`pipe:N`).
        log_level: ffmpeg's; filters that report by log (ebur128, scdet, blackdetect) need "info".
        stderr_lines: How many of the last log lines to keep.

    Raises:
        StoppedError: `cancel` said so.
        LimitError: Out of time, or the disk is full.
        TransientError: Killed from outside (usually out of memory).
        InputError: ffmpeg refused its input; the message ends with its own words.
    """
    started = time.monotonic()
    read_fd, write_fd = os.pipe()  # progress has its own pipe, so that stdout stays free for data
    general = ["-hide_banner", "-nostats", "-y", "-loglevel", log_level, "-progress", f"pipe:{write_fd}", "-stats_period", "0.25"]
    command = [str(ffmpeg_binary(binary)), *general, *([] if feed is not None else ["-nostdin"]), *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if feed is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE if want_stdout or on_stdout is not None else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(write_fd, *pass_fds),
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    except OSError as error:
        os.close(read_fd)
        raise InputError(f"ffmpeg cannot be started: {error}.", hint="Run `forge doctor`.") from error
    finally:
        os.close(write_fd)
    pumps = _Pumps(process, feed, on_stdout, stderr_lines)
    try:
        _watch(process, read_fd, started + timeout_s, timeout_s, on_progress, cancel)
    finally:
        _kill_group(process)
        os.close(read_fd)
        pumps.join()
    pumps.raise_failure()
    tail = "\n".join(pumps.log)
    if process.returncode != 0:
        raise _failure(process.returncode, tail)
    return FfmpegResult(stderr_tail=tail, wall_s=time.monotonic() - started, stdout=b"".join(pumps.output))


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class _Pumps:
    """Threads that keep the three standard streams moving, so that no full pipe stops ffmpeg."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        feed: bytes | Iterable[bytes] | None,
        on_stdout: Callable[[bytes], None] | None,
        stderr_lines: int,
    ) -> None:
        self.log: deque[str] = deque(maxlen=stderr_lines)
        self.output: list[bytes] = []
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="ffmpeg-pump")
        self._running: list[Future[None]] = []  # those that call code of others, which may raise
        self._threads: list[threading.Thread] = []
        if process.stderr is not None:
            self._start(self._read_log, process.stderr)
        if process.stdout is not None:
            self._running.append(self._pool.submit(self._read_output, process.stdout, process, on_stdout))
        if process.stdin is not None and feed is not None:
            self._running.append(self._pool.submit(self._write, process.stdin, process, feed))

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _read_log(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.log.append(line.decode("utf-8", "replace").rstrip())

    def _read_output(self, stream: IO[bytes], process: subprocess.Popen[bytes], on_stdout: Callable[[bytes], None] | None) -> None:
        take, is_drained = on_stdout or self.output.append, False
        try:
            with stream:
                while chunk := stream.read(1 << 16):
                    take(chunk)
            is_drained = True
        finally:
            if not is_drained:
                process.kill()  # nobody reads on

    def _write(self, stream: IO[bytes], process: subprocess.Popen[bytes], feed: bytes | Iterable[bytes]) -> None:
        is_done = False
        try:
            with stream:
                for piece in (feed,) if isinstance(feed, bytes) else feed:
                    stream.write(piece)
                is_done = True  # before the file is closed, which writes what is left
        except BrokenPipeError:
            is_done = True  # ffmpeg had enough (or died, which its return code tells)
        finally:
            if not is_done:
                process.kill()  # a file made from half of its input must not look finished

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def raise_failure(self) -> None:
        """Raise what `on_stdout` or the making of `feed` raised, after `join`."""
        for pump in self._running:
            pump.result()


def _watch(
    process: subprocess.Popen[bytes],
    read_fd: int,
    deadline: float,
    timeout_s: float,
    on_progress: Callable[[float], None] | None,
    cancel: Callable[[], bool] | None,
) -> None:
    """Follow the progress pipe until ffmpeg closes it (by ending) and wait for the process."""
    pending = b""
    open_pipe = True
    while open_pipe or process.poll() is None:
        if cancel is not None and cancel():
            raise StoppedError("The work was stopped.")
        if time.monotonic() > deadline:
            raise LimitError(f"ffmpeg was not done after {timeout_s:.0f} s and was ended.", hint="Try a shorter or a smaller video.")
        if not open_pipe:
            time.sleep(0.002)  # the pipe is closed: the process is in its last instants
            continue
        if not select.select([read_fd], [], [], _POLL_S)[0]:
            continue
        chunk = os.read(read_fd, 1 << 14)
        open_pipe = bool(chunk)
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            if on_progress is not None and (seconds := _progress_s(line)) is not None:
                on_progress(seconds)


def _progress_s(line: bytes) -> float | None:
    """Seconds from a line such as `out_time_us=1234567`; None for any other line and for N/A."""
    key, _, value = line.partition(b"=")
    if key != b"out_time_us" or not value.strip().lstrip(b"-").isdigit():
        return None
    return max(0.0, int(value) / 1e6)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it ended by itself between the two calls
        process.wait()


def _failure(return_code: int, tail: str) -> AppError:
    lines = [cleaned for line in tail.splitlines() if (cleaned := _LOG_CONTEXT.sub("", line).strip())]
    telling = [line for line in lines if not _SAYS_NOTHING.match(line)] or lines
    last = " | ".join(list(dict.fromkeys(telling))[-_ERROR_LINES:]) or "no message"
    if return_code == -signal.SIGXFSZ or any(phrase in tail for phrase in _DISK_FULL):
        return LimitError("The disk is full, so the video could not be written.", hint="Free some space and try again.")
    if return_code < 0:
        return TransientError(f"ffmpeg was killed by signal {-return_code}, perhaps for lack of memory. Its last words: {last}")
    hint = "The file may be damaged: play it through, and export it again."
    return FfmpegError(f"ffmpeg could not do this (code {return_code}): {last}.", hint=hint, said=last)
