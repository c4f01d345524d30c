"""What is written is true: settings, commands, targets, links, folders. `python tests/test_docs.py` writes .env.example anew."""

import argparse
import ast
import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from bot.views import HELP
from cli import _parser
from tests.test_direction import MAY_IMPORT

ROOT = Path(__file__).parent.parent
ENV_EXAMPLE = ROOT / ".env.example"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.exists())
COMPOSE_ALONE = {
    "POSTGRES_PASSWORD": "Password of the database that docker-compose.yml starts. Make one: openssl rand -hex 24",
    "REDIS_PASSWORD": "Password of the queue server that docker-compose.yml starts. Make one: openssl rand -hex 24",
}
"""What docker-compose.yml asks for and no program of ours reads."""


# --- settings -----------------------------------------------------------------------------------------------------


def settings_classes() -> list[type[BaseSettings]]:
    """Every settings class of ours, found by importing the modules that define one."""
    found: dict[str, type[BaseSettings]] = {}
    for room in MAY_IMPORT:
        for path in sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / f"{room}.py"]:
            if re.search(r"^class \w+\([^)]*Settings", path.read_text(encoding="utf-8"), re.MULTILINE):
                module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                for value in vars(module).values():
                    if isinstance(value, type) and issubclass(value, BaseSettings) and value.__module__ == module.__name__:
                        found[f"{value.__module__}.{value.__name__}"] = value
    return list(found.values())


def meanings(settings: type[BaseSettings]) -> dict[str, str]:
    """The text below each field, as one line."""
    tree = ast.parse(Path(importlib.import_module(settings.__module__).__file__ or "").read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == settings.__name__)
    said = {}
    for field, note in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = ast.literal_eval(note.value) if isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant) else ""
            said[field.target.id] = " ".join(str(text).split())
    return said


def shown(value: Any) -> str:
    """A default as it would stand in a file that a shell or Docker reads."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = f"~/{value.relative_to(Path.home())}" if value.is_relative_to(Path.home()) else str(value)
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, tuple):
        value = " ".join(map(str, value))
    text = str(value)
    return json.dumps(text) if re.search(r"[\s;()#$]", text) else text


def env_example() -> str:
    """What .env.example must say."""
    lines = [
        "# Every setting, with its default. Nothing has to be set. Copy this to .env, take away the # before what you change, and load it:",
        "#     set -a; . ./.env; set +a",
        "# Docker Compose reads .env by itself. Keep .env to yourself: it holds your keys.",
        "",
        "# --- Docker Compose alone",
    ]
    for name, meaning in COMPOSE_ALONE.items():
        lines += [f"# {meaning}", f"#{name}="]
    for settings in settings_classes():
        note = " ".join((settings.__doc__ or "").split())
        lines += ["", f"# --- {settings.__module__.replace('.', '/')}.py: {note}"]
        said = meanings(settings)
        prefix = str(settings.model_config.get("env_prefix", ""))
        for name, field in settings.model_fields.items():
            default = shown(field.get_default(call_default_factory=True))
            lines += [f"# {said.get(name) or name.replace('_', ' ').capitalize() + '.'}", f"#{prefix}{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


def names_of_settings() -> set[str]:
    return {f"{cls.model_config.get('env_prefix', '')}{name.upper()}" for cls in settings_classes() for name in cls.model_fields}


def test_every_setting_and_no_other_is_in_env_example() -> None:
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", ENV_EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(names_of_settings() | set(COMPOSE_ALONE))


def test_env_example_has_the_defaults_and_meanings_of_the_code() -> None:
    assert ENV_EXAMPLE.read_text(encoding="utf-8") == env_example(), "write it anew: .venv/bin/python tests/test_docs.py"


def test_the_pages_name_no_setting_that_does_not_exist() -> None:
    prefixes = tuple({str(cls.model_config.get("env_prefix", "")) for cls in settings_classes()} - {""})
    named = {name for name in re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", TEXT) if name.startswith(prefixes)}

    assert named - names_of_settings() - set(COMPOSE_ALONE) == set()


# --- commands -----------------------------------------------------------------------------------------------------


def subcommands() -> dict[str, argparse.ArgumentParser]:
    actions = [action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def in_code(word: str) -> set[str]:
    """What follows `word ` where the pages for operators and developers show a command."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "owner.md")  # there "make 3 shorts" is a request
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return set(re.findall(rf"(?:^|&& |/bin/|exec [a-z-]+ ){word} ([a-z]+)", "\n".join([*blocks, *spans]), re.MULTILINE))


@pytest.mark.parametrize("name", subcommands())
def test_every_command_is_explained(name: str) -> None:
    assert f"forge {name}" in TEXT


@pytest.mark.parametrize("name", sorted(make_targets() - {"help"}))
def test_every_make_target_is_explained(name: str) -> None:
    assert f"make {name}" in TEXT


def test_the_pages_show_no_command_that_does_not_exist() -> None:
    assert in_code("forge") - set(subcommands()) == set()
    assert in_code("make") - make_targets() == set()


def test_every_option_of_every_command_is_in_the_operators_page() -> None:
    page = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    missing = [
        f"forge {name} {option}"
        for name, parser in subcommands().items()
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help" and option not in page
    ]

    assert missing == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"/[a-z]+", HELP))))
def test_every_word_an_owner_may_say_is_in_the_owners_page(command: str) -> None:
    assert command in (ROOT / "docs" / "owner.md").read_text(encoding="utf-8")


# --- files --------------------------------------------------------------------------------------------------------


def anchor(heading: str) -> str:
    """How GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links() -> Iterator[tuple[Path, str]]:
    for page in sorted({*PAGES, *(ROOT / name for name in tracked() if name.endswith(".md"))}):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
            link = target[0] or target[1]
            if not re.match(r"[a-z]+:", link):
                yield page, link


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page, link in links():
        path, _, part = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            part
            and part not in {anchor(line.lstrip("# ")) for line in target.read_text(encoding="utf-8").splitlines() if line.startswith("#")}
        ):
            broken.append(f"{page.relative_to(ROOT)}: {link}")

    assert broken == []


def test_the_table_of_folders_is_the_table_of_rooms() -> None:
    rows = re.findall(r"^\| `([a-z]+)(?:/|\.py)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(rows) == sorted([*MAY_IMPORT, "tests"])


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_the_machine_it_was_written_on() -> None:
    # Spelled in parts, so that this file does not find itself.
    parts = ["/wo" + "rk/(?!er)", "/ro" + "ot/", "/home/" + r"(?!you|user|forge)\w", r"\bpy" + r"pi\.\w+/simple", "index" + "-url="]
    machine = re.compile("|".join(parts))
    wrong = []
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" in content[:8192]:
            continue
        wrong += [f"{name}: {match.group()}" for match in machine.finditer(content.decode("utf-8", "replace"))]

    assert wrong == []


def test_the_lock_names_versions_and_no_place() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not re.match(r"[a-z0-9][a-z0-9._-]*==[^\s@]+( ; .+)?$", line)] == []


if __name__ == "__main__":
    ENV_EXAMPLE.write_text(env_example(), encoding="utf-8")
