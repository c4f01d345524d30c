"""The command line: quick help everywhere, clear sentences and exit codes for bad input, one installation per home."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cli
from memory.settings import StorageSettings
from tools.ffmpeg import run_ffmpeg
from tools.queue import POOLS
from worker import house

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("demo", "chat", "up", "worker", "sandbox", "doctor", "runs", "jobs", "approvals", "connect", "eval", "migrate")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, and no setting of the person who runs the tests."""
    for name in list(os.environ):
        if name.startswith(("FORGE_", "MODEL_", "YOUTUBE_", "TELEGRAM_", "WEB_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FORGE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def forge(*arguments: str, **more) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def living(home: Path) -> list[str]:
    """The command lines of processes that work in this home, by the environment they were started with."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and str(home).encode() in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue
    return [line for line in found if line]


@pytest.mark.parametrize("arguments", [(), *((name,) for name in COMMANDS)], ids=["forge", *COMMANDS])
def test_help_is_there_for_every_command(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--help"])

    assert ended.value.code == 0 and "usage: forge" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print('LOADED', [name for name in ('sqlalchemy', 'langgraph', 'rich', 'redis', 'numpy', 'httpx') if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "LOADED []" in shown


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])

    version = capsys.readouterr().out.split()[-1]
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text()


def test_the_pools_are_those_of_the_queue() -> None:
    assert cli.POOLS == POOLS


@pytest.fixture
def bad_files(tmp_path: Path) -> Path:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "text 💥.mp4").write_text("this is no video")
    sound = ["-f", "lavfi", "-i", "sine=d=3"]
    run_ffmpeg([*sound, str(tmp_path / "sound.m4a")], timeout_s=60)
    picture = ["-f", "lavfi", "-i", "testsrc2=d=8:s=320x240:r=15", "-c:v", "libx264", "-preset", "ultrafast"]
    run_ffmpeg([*picture, str(tmp_path / "whole.mp4")], timeout_s=60)
    whole = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut off.mp4").write_bytes(whole[: len(whole) // 2])
    run_ffmpeg([*picture[:3], "testsrc2=d=0.4:s=320x240:r=15", *picture[4:], str(tmp_path / "short.mp4")], timeout_s=60)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty.mp4", "empty"),
        ("folder.mp4", "folder"),
        ("text 💥.mp4", "not a video"),
        ("sound.m4a", "no picture"),
        ("cut off.mp4", "cut off"),
        ("short.mp4", "at least"),
        ("gone.mp4", "no file"),
        ("https://example.com/a.mp4", "web address"),
    ],
)
def test_the_demo_refuses_what_is_no_video_with_code_2(
    home: Path, bad_files: Path, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = name if "://" in name else str(bad_files / name)

    code = cli.main(["demo", "--source", source, "--out", str(bad_files / "out")])

    assert code == 2 and words in capsys.readouterr().err
    assert not (bad_files / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        pytest.param(["demo", "--count", "99"], {}, "1 to 9", id="count"),
        pytest.param(["connect", "youtube"], {}, "YOUTUBE_CLIENT_ID", id="no client"),
        pytest.param(["up"], {"WEB_PORT": "many"}, "WEB_PORT", id="setting"),
        pytest.param(["up"], {"TELEGRAM_BOT_TOKEN": "1:a"}, "TELEGRAM_OWNER_IDS", id="no owners"),
        pytest.param(["runs"], {"FORGE_HOME": "/proc/forge"}, "FORGE_HOME", id="home"),
        pytest.param(["runs"], {"FORGE_DATABASE_URL": "postgresql+psycopg://a@127.0.0.1:1/b"}, "FORGE_DATABASE_URL", id="database"),
        pytest.param(["worker", "--pool", "cpu"], {"FORGE_REDIS_URL": "redis://127.0.0.1:1/0"}, "FORGE_REDIS_URL", id="queue"),
    ],
)
def test_bad_settings_are_one_sentence_and_code_2(
    home: Path,
    arguments: list[str],
    env: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "nice", lambda step: 0)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


@pytest.mark.parametrize("name", ["runs", "jobs", "approvals"])
def test_lists_of_nothing_say_so(home: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name]) == 0
    assert "Nothing yet" in capsys.readouterr().out


def test_doctor_names_what_stands_in_and_what_a_key_would_add(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["doctor", "--json"])

    report = json.loads(capsys.readouterr().out)
    findings = {finding["name"]: finding for finding in report["findings"]}
    assert code == 0
    assert findings["model"]["state"] == "standing in" and "MODEL_API_KEY" in findings["model"]["add"]
    assert findings["platforms"]["state"] == "standing in" and "YOUTUBE_CLIENT_ID" in findings["platforms"]["add"]
    assert findings["telegram"]["state"] == "missing" and findings["ffmpeg"]["state"] == "ok"
    assert not home.exists()  # it only looked


def test_doctor_says_what_is_broken_with_code_1(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORGE_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FORGE_VAULT_KEY", "short")

    assert cli.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "FORGE_REDIS_URL does not answer" in shown and "not base64" in shown


def test_ports_are_kept_because_accounts_remember_them(tmp_path: Path) -> None:
    settings = StorageSettings(home=tmp_path / "home")

    first = house.plan_house(settings, sandbox=True)
    second = house.plan_house(settings, sandbox=True)

    assert (first.sandbox_url, first.web_url) == (second.sandbox_url, second.web_url)
    assert [spec.name for spec in first.processes] == ["sandbox", "agent-1", "cpu-1", "publish-1", "web"]
    assert [spec.name for spec in house.plan_house(settings, sandbox=False, telegram=True).processes][-2:] == ["web", "bot"]


def test_up_runs_everything_a_second_one_says_so_and_nothing_is_left(home: Path) -> None:
    with forge("up") as first:
        assert first.stdout is not None
        shown = ""
        while "Ctrl-C" not in shown:
            line = first.stdout.readline()
            assert line, shown
            shown += line
        with forge("up") as second:
            refusal, _ = second.communicate(timeout=60)
        with forge("chat", stdin=subprocess.PIPE) as chat:
            talk, _ = chat.communicate("/status\n", timeout=120)
        running = " ".join(living(home))
        first.send_signal(signal.SIGINT)
        first.wait(60)

    assert second.returncode == 2 and "already runs" in refusal
    assert chat.returncode == 0 and "youtube Sandbox Creator" in talk
    assert all(part in running for part in ("-m sandbox", "-m web", "--pool agent", "--pool cpu", "--pool publish"))
    assert first.returncode == 0
    deadline = time.monotonic() + 10
    while living(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert living(home) == []
