"""`forge demo` from outside: two at once, proven reports, nothing left running, and an end by Ctrl-C in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from memory.artefacts import hash_file
from tools.ffmpeg import run_ffmpeg
from tools.video.probe import probe

ROOT = Path(__file__).resolve().parents[2]
CLIP_KEYS = {
    "file", "start_s", "end_s", "score", "reason", "width", "height", "fps", "duration_s", "loudness_lufs", "true_peak_dbtp",
    "caption_words", "inspection", "render_wall_s",
}  # fmt: skip
REPORT_KEYS = {"result", "reasons", "run_id", "source", "clips", "posts", "snapshots", "ledger", "timings"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """20 seconds of moving picture and a tone that comes and goes: no speech, no face."""
    path = tmp_path / "my clip 🎬.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=d=20:s=640x360:r=25"]
    sound = ["-f", "lavfi", "-i", "sine=f=440:d=20"]
    run_ffmpeg([*picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(path)], timeout_s=60)
    return path


def demo(source: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "cli.py"), "demo", "--source", str(source), "--out", str(out), "--count", "1"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FORGE_", "YOUTUBE_", "SHOP_"))}
    env = {**kept, "VIDEO_PRESET": "quick", "MODEL_API_KEY": "a key that must not be used"}
    # A test run that was started in the background ignores SIGINT, and its children would too.
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, preexec_fn=listen)


def living(out: Path) -> list[str]:
    """The command lines of processes that work below this folder, by environment or arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            line = (folder / "cmdline").read_bytes()
            if str(out).encode() in (folder / "environ").read_bytes() + line:
                found.append(line.replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in found if line]


def await_none(out: Path) -> list[str]:
    deadline = time.monotonic() + 10
    while living(out) and time.monotonic() < deadline:
        time.sleep(0.1)
    return living(out)


@pytest.mark.slow
def test_two_demos_at_once_prove_everything_and_leave_nothing_running(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    with demo(source, out) as one, demo(source, out) as two:
        shown, shown_two = (process.communicate(timeout=280)[0] for process in (one, two))

    assert (one.returncode, two.returncode) == (0, 0), shown + shown_two
    reports = [json.loads(path.read_text()) for path in out.glob("run-*/report.json")]
    assert len(reports) == 2
    assert json.loads((out / "report.json").read_text()) in reports
    for report in reports:
        check(report, source)
    assert await_none(out) == []
    for line in ("you  make 1 short from", "[It is mine]", "] Start", "] Approve", "views", "profit", "Result: ok"):
        assert line.strip("[]") in shown


def check(report: dict, source: Path) -> None:
    assert set(report) == REPORT_KEYS and report["result"] == "ok" and report["reasons"] == []
    assert report["source"]["sha256"] == hash_file(source).sha256 and report["source"]["duration_s"] == pytest.approx(20, abs=0.2)
    (clip,) = report["clips"]
    assert set(clip) == CLIP_KEYS and clip["inspection"]["verdict"] == "ok" and clip["inspection"]["checks"]
    found = probe(Path(clip["file"]))
    assert (found.width_px, found.height_px) == (clip["width"], clip["height"])
    assert found.duration_s == pytest.approx(clip["duration_s"], abs=0.1)
    (post,) = report["posts"]
    assert post["platform"] == "youtube" and post["read_back"] is True and post["privacy"] == "public"
    assert post["upload_bytes"] == Path(clip["file"]).stat().st_size
    assert report["snapshots"] >= 1
    money = report["ledger"]
    assert money["currency"] == "USD" and money["income_minor"] > 0 and money["cost_minor"] > 0
    assert money["profit_minor"] == money["income_minor"] - money["cost_minor"]
    assert {"start", "plan", "make", "publish", "measure", "digest", "total"} <= set(report["timings"])


def test_ctrl_c_in_the_middle_ends_everything(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    with demo(source, out) as process:
        assert process.stdout is not None
        shown = ""
        while "] Start" not in shown:
            line = process.stdout.readline()
            assert line, shown
            shown += line
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    assert process.returncode == 130
    assert await_none(out) == []
