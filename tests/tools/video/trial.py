"""What becomes of a damaged file, each in a process of its own: python -m tests.tools.video.trial FOLDER [--side N] [--limit SECONDS]

For every file in FOLDER/files a child probes, analyses (without writing down words) and renders a second of it, in its own temporary
folder, with a limit on memory. The parent is the reaper of what the child leaves behind. One JSON line a file: `outcome` is "worked",
"refused" (one clear AppError) or a finding: what was raised instead, a signal, a hang, an orphan process, a file left over.
"""

import argparse
import ctypes
import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from memory.errors import AppError, InputError, LimitError, TransientError

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
_MEMORY_BYTES = 6 * 1024**3  # address space of the child and of each ffmpeg it starts
_LEAVE_S = 3.0  # for what dies with the child to be gone


def attempt(path: Path, folder: Path) -> dict[str, Any]:
    """Do what a job does with a source."""
    from tools.video.analysis import analyse
    from tools.video.media import Span
    from tools.video.reframe import plan_crops
    from tools.video.render import render
    from tools.video.timeline import QUICK, Clip, Source, Timeline, fingerprint, output_rate, to_ticks

    try:
        analysis = analyse(path, second_detector=False, with_words=False)
        found = analysis.probe
        span = Span(0.0, min(1.0, found.duration_s))
        rate = output_rate(found.fps, is_variable=found.is_variable_fps)
        start, end = to_ticks(span.start_s), to_ticks(span.end_s)
        source = Source(str(path), fingerprint(path), found.width_px, found.height_px, found.fps, found.has_audio)
        timeline = Timeline(source, (Clip(start, end, plan_crops(analysis, span)),), rate)
        output = folder / "out" / "short.mp4"
        render(timeline, output, preset=QUICK)
        assert output.stat().st_size > 1000, "an empty file was called finished"
        return {"outcome": "worked"}
    except (InputError, LimitError, TransientError) as error:
        if not error.message.strip() or "Traceback" in str(error):
            return {"outcome": "unclear error", "detail": repr(error)}
        return {"outcome": "refused", "error": type(error).__name__, "detail": str(error)}
    except AppError as error:
        return {"outcome": "wrong error", "detail": repr(error)}
    except BaseException:  # noqa: BLE001  (the finding this exists for)
        return {"outcome": "exception", "detail": traceback.format_exc()[-3000:]}


def run_child(path: Path, folder: Path, answer_fd: int, limit_s: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    tempfile.tempdir = str(folder / "tmp")
    os.environ["TMPDIR"] = tempfile.tempdir
    with (folder / "stack").open("w") as stack:
        faulthandler.dump_traceback_later(limit_s - 3.0, file=stack)  # where a hang hangs
        answer = attempt(path, folder)
        faulthandler.cancel_dump_traceback_later()
    (folder / "stack").unlink()
    os.write(answer_fd, json.dumps(answer).encode()[:60_000])
    os._exit(0)


class Trial:
    """One child at work on one file."""

    def __init__(self, path: Path, limit_s: float) -> None:
        self.path, self.limit_s, self.started = path, limit_s, time.monotonic()
        self._home = tempfile.TemporaryDirectory(prefix="fuzz-")
        self.folder = Path(self._home.name)
        (self.folder / "tmp").mkdir()
        self._read_fd, write_fd = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            run_child(path, self.folder, write_fd, limit_s)
        os.close(write_fd)
        os.set_blocking(self._read_fd, False)
        self._said = b""

    def poll(self) -> dict[str, Any] | None:
        """The answer when the child has ended (or was ended for taking too long)."""
        self._listen()
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        wall_s = time.monotonic() - self.started
        if pid == 0 and wall_s < self.limit_s:
            return None
        if pid == 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self._listen()
        os.close(self._read_fd)
        answer = self._judge(None if pid == 0 else os.waitstatus_to_exitcode(status))
        self._home.cleanup()
        return {"file": self.path.name, "wall_s": round(wall_s, 2), **answer}

    def _judge(self, code: int | None) -> dict[str, Any]:
        if code is None:
            stack = (self.folder / "stack").read_text() if (self.folder / "stack").is_file() else ""
            return {"outcome": "hang", "detail": f"not done after {self.limit_s:g} s: {stack[-3000:]}"}
        if code != 0 or not self._said:
            return {"outcome": "crash", "detail": f"the process ended with {code}"}
        answer: dict[str, Any] = json.loads(self._said)
        finished = self.folder / "out" / "short.mp4"
        expected = {finished} if answer["outcome"] == "worked" else set()
        left = {path for path in self.folder.rglob("*") if path.is_file()} - expected
        if left and answer["outcome"] in ("worked", "refused"):
            return {"outcome": "files left", "detail": ", ".join(sorted(path.name for path in left)) + f" after: {answer}"}
        return answer

    def _listen(self) -> None:
        try:
            while piece := os.read(self._read_fd, 1 << 16):
                self._said += piece
        except BlockingIOError:
            pass


def orphans(known: set[int]) -> list[str]:
    """Processes that children left to this process, once they had time to go; the dead among them are reaped."""
    deadline = time.monotonic() + _LEAVE_S
    while True:
        alive = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) in known:
                continue
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            state, parent = stat[stat.rindex(")") + 2 :].split()[:2]
            if int(parent) != os.getpid():
                continue
            if state == "Z":
                os.waitpid(int(entry), 0)
            else:
                alive.append(stat[stat.index("(") + 1 : stat.rindex(")")])
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.tools.video.trial")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=2, help="files at a time")
    parser.add_argument("--limit", type=float, default=90.0, help="seconds for one file")
    given = parser.parse_args()
    from tools.video.analysis import warm_up

    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    warm_up()
    waiting = sorted((given.folder / "files").iterdir())
    running: list[Trial] = []
    while waiting or running:
        while waiting and len(running) < given.side:
            running.append(Trial(waiting.pop(0), given.limit))
        for trial in list(running):
            answer = trial.poll()
            if answer is not None:
                running.remove(trial)
                if left := orphans({other.pid for other in running}):
                    answer = {**answer, "outcome": "orphans", "detail": f"{', '.join(left)} after: {answer}"}
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()
        time.sleep(0.01)
    return 0


if __name__ == "__main__":
    sys.exit(main())
