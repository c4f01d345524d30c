"""Who may import whom. The table is the rule; the test reads every import of every file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("memory", "tools", "agents", "graphs", "worker", "bot", "web", "sandbox", "evals", "demo", "cli", "benchmarks", "tests")

MAY_IMPORT: dict[str, set[str]] = {
    "memory": set(),
    "tools": {"memory"},
    "agents": {"tools", "memory"},
    "graphs": {"agents", "tools", "memory"},
    "worker": {"tools", "memory"},
    "bot": {"tools", "memory"},
    "web": {"tools", "memory"},
    "sandbox": set(),
    "evals": {"agents", "graphs", "tools", "memory", "sandbox"},
    "demo": {"bot", "tools", "memory", "worker"},
    "cli": {"memory", "tools", "agents", "graphs", "worker", "bot", "web", "sandbox", "evals", "demo"},
    "benchmarks": set(ROOMS) - {"tests"},
}
"""Imports of one's own room are always allowed. `tests` may import everything."""

ALSO: dict[str, set[str]] = {"worker/agent_jobs.py": {"agents", "graphs"}, "worker/pool.py": {"graphs"}}
"""Single files with a further right: advancing a run is the one job that knows the graph."""

BOT_TOOLS = {"tools.queue", "tools.toolkit", "tools.queue_server"}


def modules_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" if node.module in ROOMS else node.module for name in node.names)


def files_of(room: str) -> list[Path]:
    single = ROOT / f"{room}.py"
    return [single] if single.exists() else sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_the_table_lets_it(room: str) -> None:
    wrong = []
    for path in files_of(room):
        name = path.relative_to(ROOT).as_posix()
        allowed = MAY_IMPORT[room] | ALSO.get(name, set()) | {room}
        wrong += [f"{name} imports {module}" for module in modules_of(path) if module.split(".")[0] in set(ROOMS) - allowed]

    assert wrong == []


def test_the_bot_reaches_into_tools_for_the_queue_alone() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files_of("bot")
        for module in modules_of(path)
        if module.startswith("tools") and module not in BOT_TOOLS
    ]

    assert wrong == []


def test_only_one_file_starts_ffmpeg() -> None:
    starters = [
        path.relative_to(ROOT).as_posix()
        for room in ("tools", "worker", "bot", "web", "graphs", "agents")
        for path in files_of(room)
        if "imageio_ffmpeg" in path.read_text(encoding="utf-8")
    ]

    assert starters in (["tools/ffmpeg.py"], ["tools/doctor.py", "tools/ffmpeg.py"])
