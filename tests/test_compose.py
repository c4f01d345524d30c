"""The image and the installation in containers: checked by linters and by rules of our own. Nothing here needs Docker."""

import fnmatch
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for
from redis import Redis
from rq import Queue, Worker

from cli import _parser
from memory.settings import StorageSettings
from tests.test_docs import settings_classes
from tools import processes, queue_server

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("viralforge")}

SECRETS: dict[str, set[str]] = {
    "TELEGRAM_BOT_TOKEN": {"bot"},
    "MODEL_API_KEY": {"worker-agent"},
    "YOUTUBE_CLIENT_SECRET": {"web", "worker-publish"},
    "FORGE_VAULT_KEY": {"web", "worker-publish"},
    "SHOP_SECRET": {"web"},
    "POSTGRES_PASSWORD": {"postgres"},
    "REDIS_PASSWORD": {"valkey"},
}
"""Which services hold which secret. The two passwords are also part of the addresses that every service of ours has."""


def environment(name: str) -> dict[str, Any]:
    return SERVICES[name].get("environment", {})


def compose_problems(document: dict[str, Any]) -> list[str]:
    """What the Compose specification says against a document. The schema is the one that check-jsonschema carries; its own command
    does not start with the version of click that CrewAI allows."""
    package = importlib.util.find_spec("check_jsonschema")
    assert package is not None and package.origin is not None
    schema = json.loads((Path(package.origin).parent / "builtin_schemas" / "vendor" / "compose-spec.json").read_text(encoding="utf-8"))
    return [f"{error.json_path}: {error.message}" for error in validator_for(schema)(schema).iter_errors(document)]


def test_the_compose_file_follows_the_specification() -> None:
    assert compose_problems(COMPOSE) == []


def test_the_check_of_the_compose_file_finds_a_mistake() -> None:
    assert compose_problems({**COMPOSE, "services": {"web": {"image": "x", "heathcheck": {}}}}) != []


def test_the_linter_has_nothing_against_the_dockerfile() -> None:
    ended = subprocess.run(
        [str(Path(sys.executable).with_name("hadolint")), "--failure-threshold", "style", "-"],
        input=DOCKERFILE,
        capture_output=True,
        text=True,
    )

    assert (ended.returncode, ended.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_is_looked_after() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert users == ["10001:10001"]
    assert re.search(r"^HEALTHCHECK ", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"(?i)(token|secret|password|api_key|vault_key)\s*=", DOCKERFILE)


def test_the_image_leaves_out_what_only_tests_need() -> None:
    left_out = set(re.findall(r"\^\(([^)]+)\)==", DOCKERFILE)[0].split("|"))
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

    assert left_out == {re.split(r"[>=<\[]", requirement)[0] for requirement in groups["dev"]}
    assert "--no-deps" in DOCKERFILE


def test_what_the_image_copies_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    kept = {line[1:] for line in lines if line.startswith("!")}
    copied = {source for source in re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE) if source != "."}

    assert copied <= kept
    assert all((ROOT / name).exists() for name in kept)
    assert not any(fnmatch.fnmatch(".env", name) for name in kept)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_looked_after_and_can_do_little(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"].get("test") or (name == "migrate" and service["healthcheck"] == {"disable": True})
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("on-failure:5" if name == "migrate" else "unless-stopped")
    assert name in OURS or service["user"] not in ("", "root", "0")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    assert {needed: wait["condition"] for needed, wait in SERVICES[name]["depends_on"].items()} == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "valkey": "service_healthy",
    }


def test_there_is_a_worker_for_every_pool() -> None:
    pools = {
        name: service["command"][service["command"].index("--pool") + 1] for name, service in OURS.items() if name.startswith("worker-")
    }

    assert pools == {f"worker-{pool}": pool for pool in ("agent", "cpu", "gpu", "publish")}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert not any("profiles" in service for name, service in SERVICES.items() if name != "worker-gpu")


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_a_service_exists(name: str) -> None:
    command = [str(part) for part in OURS[name]["command"]]

    if command[0] == "forge":
        assert _parser().parse_args(command[1:]).run
    else:
        assert command[:2] == ["python", "-m"] and (ROOT / command[2] / "__main__.py").exists()


@pytest.mark.parametrize("name", sorted({"image", *OURS}))
def test_what_the_health_check_calls_exists(name: str) -> None:
    test = (
        OURS[name]["healthcheck"].get("test", [])
        if name in OURS
        else json.loads(re.findall(r"^HEALTHCHECK .*CMD (.*)$", DOCKERFILE, re.M)[0])
    )
    files = [part for part in test if part.endswith(".py")]

    assert all((ROOT / file).exists() for file in files)
    assert files or "/healthz" in str(test) or name == "migrate"


# --- secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_held_by_those_alone_who_use_it(secret: str) -> None:
    assert {name for name in SERVICES if secret in environment(name)} == SECRETS[secret]


def test_every_secret_of_the_settings_is_known_here() -> None:
    names = {f"{cls.model_config.get('env_prefix')}{field.upper()}" for cls in settings_classes() for field in cls.model_fields}

    assert {name for name in names if re.search(r"TOKEN$|SECRET$|_KEY$|PASSWORD", name)} <= set(SECRETS)


def test_no_password_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    for used, rest in re.findall(r"\$\{(\w*(?:PASSWORD|TOKEN|SECRET|KEY)\w*)([^}]*)\}", text):
        assert rest.startswith(":?"), f"{used} must stop the start when it is empty"
    for name in SERVICES:
        for variable, value in environment(name).items():
            if re.search(r"PASSWORD|TOKEN|SECRET|KEY", variable):
                assert value is None or re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}: {variable} has a value in the file"


@pytest.mark.parametrize("name", ["worker-cpu", "worker-gpu"])
def test_a_worker_that_reads_other_peoples_videos_holds_no_key_and_has_no_internet(name: str) -> None:
    known = {"FORGE_HOME", "FORGE_DATABASE_URL", "FORGE_REDIS_URL", "FORGE_LEASE_S"}

    assert {variable for variable in environment(name) if not variable.startswith(("VIDEO_", "FORGE_WORKER_"))} == known
    assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda cls: str(cls.__name__))
def test_every_setting_reaches_a_service(settings: Any) -> None:
    passed = {variable for name in OURS for variable in environment(name)}
    names = {f"{settings.model_config['env_prefix']}{field.upper()}" for field in settings.model_fields}

    assert names - passed == set()


def test_no_service_is_given_a_variable_that_nobody_reads() -> None:
    names = {f"{cls.model_config.get('env_prefix')}{field.upper()}" for cls in settings_classes() for field in cls.model_fields}

    assert {variable for name in OURS for variable in environment(name)} - names == set()


# --- health -------------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(settings: StorageSettings) -> Iterator[Redis]:
    queue_server.ensure_server(settings, die_with_parent=True)
    connection = queue_server.client(settings)
    yield connection
    connection.close()
    queue_server.stop_server(settings)


def ask(settings: StorageSettings, *arguments: str) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FORGE_HOME": str(settings.home), "FORGE_DATABASE_URL": settings.database_url}
    ended = subprocess.run([sys.executable, str(ROOT / "docker" / "health.py"), *arguments], env=env, capture_output=True, text=True)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def test_a_worker_is_healthy_while_it_says_that_it_lives(settings: StorageSettings, queue: Redis) -> None:
    assert ask(settings) == (0, "ok")
    assert ask(settings, "--worker")[0] == 1

    worker = Worker([Queue("any", connection=queue)], connection=queue, name=processes.owner_of(os.getpid()).replace(":", "-"))
    worker.register_birth()
    assert ask(settings, "--worker") == (0, "ok")

    queue.hset(worker.key, "last_heartbeat", "2026-01-01T00:00:00.000000Z")
    assert ask(settings, "--worker")[0] == 1


def test_nothing_is_healthy_without_a_queue(settings: StorageSettings) -> None:
    code, words = ask(settings)

    assert code == 1 and words
