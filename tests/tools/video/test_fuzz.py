"""Damaged media: every file works or is refused with one clear error; nothing crashes, hangs or is left behind."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.tools.video.damage import ORIGINALS, damage, make_originals

ROOT = Path(__file__).parents[3]
GOOD = {"worked", "refused"}
SAMPLE = range(9_000, 9_012)
CORPUS = range(1, 521)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return make_originals(tmp_path_factory.mktemp("originals"))


def judge(files: dict[str, bytes], folder: Path, *, timeout_s: float) -> list[dict[str, Any]]:
    """What became of each file (see `trial.py`)."""
    (folder / "files").mkdir()
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    command = [sys.executable, "-m", "tests.tools.video.trial", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=timeout_s, check=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(files)
    return answers


def findings(answers: list[dict[str, Any]]) -> str:
    """What is wrong, the seed first in each file's name."""
    return "\n".join(
        f"{answer['file']}: {answer['outcome']}: {answer.get('detail')}" for answer in answers if answer["outcome"] not in GOOD
    )


def corpus(originals: dict[str, bytes], seeds: range) -> dict[str, bytes]:
    return {made.name: made.content for made in (damage(originals, seed) for seed in seeds)}


def test_a_sample_of_damaged_files_works_or_is_refused(originals: dict[str, bytes], tmp_path: Path) -> None:
    answers = judge(corpus(originals, SAMPLE), tmp_path, timeout_s=240)
    assert not findings(answers), findings(answers)


def test_damage_is_the_same_for_the_same_seed(originals: dict[str, bytes]) -> None:
    assert [damage(originals, seed) for seed in range(40)] == [damage(originals, seed) for seed in range(40)]
    assert len({made.content for made in (damage(originals, seed) for seed in range(200))}) >= 195


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_five_hundred_damaged_files_work_or_are_refused(originals: dict[str, bytes], tmp_path: Path) -> None:
    answers = judge(corpus(originals, CORPUS), tmp_path, timeout_s=1150)
    assert not findings(answers), findings(answers)
    outcomes = Counter(answer["outcome"] for answer in answers)
    assert len(answers) >= 500 and min(outcomes[kind] for kind in GOOD) >= 100, outcomes  # neither all hopeless nor all harmless


@pytest.mark.slow
def test_the_undamaged_files_work(originals: dict[str, bytes], tmp_path: Path) -> None:
    answers = {answer["file"]: answer["outcome"] for answer in judge(originals, tmp_path, timeout_s=300)}
    refused = {name for name, outcome in answers.items() if outcome == "refused"}
    assert refused == {"sound.mp3", "sound.wav", "picture.png"} and set(answers) == set(ORIGINALS)
