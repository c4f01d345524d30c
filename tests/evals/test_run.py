"""The command, as a person calls it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*arguments: str, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evals", "offline", "--out", str(out), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)


def test_a_filtered_run_writes_its_report_and_its_log(tmp_path: Path) -> None:
    done = run("--filter", "which_", out=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PASS: 3 of 3 scenarios")
    assert "| which_video | pass |" in (tmp_path / "report.md").read_text()
    assert json.loads((tmp_path / "last.json").read_text()) == {"which_video": True, "which_clip": True, "which_idea": True}
    assert len(list((tmp_path / "logs").glob("*.eval"))) == 1


def test_a_filter_that_fits_nothing_is_said(tmp_path: Path) -> None:
    done = run("--filter", "no such scenario", out=tmp_path)

    assert done.returncode == 2
    assert "No scenario has" in done.stdout
