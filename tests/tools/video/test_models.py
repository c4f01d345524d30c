"""The weights in the repository are the files their README says, each with its licence."""

import hashlib
import re
from pathlib import Path

import pytest

from memory.errors import InputError
from tools.video import models
from tools.video.onnx import open_session

FOLDER = Path(models.__file__).parent
ROWS = re.findall(r"^\| `(.+?)` \|.*\(`(.+?)`\) \| `([0-9a-f]{64})` \|$", (FOLDER / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("name", "licence", "sha256"), ROWS)
def test_weights_are_what_the_readme_says(name: str, licence: str, sha256: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == sha256
    assert "licen" in (FOLDER / licence).read_text().lower() or "permission is hereby granted" in (FOLDER / licence).read_text().lower()


def test_no_weights_are_without_a_row() -> None:
    weights = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.suffix in {".onnx", ".tflite", ".json"}}
    assert weights == {name for name, _, _ in ROWS}


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.onnx is missing"):
        open_session(tmp_path / "gone.onnx", 1)
