"""The command `forge`: reads settings, wires the real parts, starts things. What a subcommand needs is imported inside it."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.errors import AppError, InputError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    from memory.settings import StorageSettings
    from tools.toolkit import Deps
    from worker.house import House

VERSION = "0.1.0"
POOLS = ("agent", "cpu", "gpu", "publish")  # tools.queue.POOLS; a test compares them, importing it here would slow `--help`
_WAIT_S = 900.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 not all of it, 2 bad input or settings, 130 interrupted."""
    args = _parser().parse_args(arguments)
    logging.basicConfig(level=args.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has left (`forge jobs | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except AppError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except ValueError as error:
        if type(error).__module__.partition(".")[0] != "pydantic_core":
            raise
        print(_settings_problem(error), file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forge",
        description="A self-driving short-video business, run from a chat. Start with `forge demo`, then `forge chat`.",
        epilog="Everything is kept in FORGE_HOME (~/.viralforge). `forge doctor` says what runs and what each key would add.",
    )
    parser.add_argument("--version", action="version", version=f"ViralForge {VERSION}")
    parser.add_argument("--log-level", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_starting(commands)
    _add_looking(commands)
    _add_upkeep(commands)
    return parser


def _add(commands: "Commands", name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.set_defaults(run=run)
    return parser


def _add_starting(commands: "Commands") -> None:
    demo = _add(commands, "demo", _demo, "play the whole business once on a file: no keys, no servers, no questions")
    demo.add_argument("--source", metavar="FILE", help="any video; the one in the repository by default")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="where results go (demo-out)")
    demo.add_argument("--count", type=int, default=2, metavar="N", help="how many shorts, 1 to 9 (2)")
    chat = _add(commands, "chat", _chat, "talk to it in this terminal, or through a pipe (one line is one message)")
    chat.add_argument("--workspace", default="main", metavar="NAME", help="which business (main)")
    chat.add_argument("--wait", type=float, default=_WAIT_S, metavar="S", help="from a pipe: how long open work may take, in seconds (900)")
    _add(commands, "up", _up, "run everything that is configured until Ctrl-C")
    worker = _add(commands, "worker", _worker, "run one worker process, on this or another machine")
    worker.add_argument("--pool", action="append", required=True, choices=POOLS, help="may be given several times; the first goes first")
    worker.add_argument("--burst", action="store_true", help="end when nothing is left to do")
    sandbox = _add(commands, "sandbox", _sandbox, "run the platforms that stand in, on localhost")
    sandbox.add_argument("--port", type=int, default=0, help="0 takes a free one")
    sandbox.add_argument("--seed", type=int, default=7, help="of a new world (7)")
    sandbox.add_argument("--state", type=Path, metavar="FILE", help="SQLite file to keep the world in; without it all is forgotten")


def _add_looking(commands: "Commands") -> None:
    doctor = _add(commands, "doctor", _doctor, "say what runs, what stands in, and what each missing key would add")
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    for name, words in (
        ("runs", "list what was asked for and how it ended"),
        ("jobs", "list the work of the queues"),
        ("approvals", "list the questions to a person and their answers"),
    ):
        parser = _add(commands, name, _list, words)
        parser.set_defaults(listing=name)
        parser.add_argument("--workspace", default="main", metavar="NAME", help="which business (main)")
        parser.add_argument("--limit", type=int, default=20, metavar="N", help="newest N rows (20)")


def _add_upkeep(commands: "Commands") -> None:
    connect = _add(commands, "connect", _connect, "connect a platform account through its consent page")
    connect.add_argument("platform", choices=("youtube",))
    connect.add_argument("--workspace", default="main", metavar="NAME", help="which business (main)")
    connect.add_argument("--no-browser", action="store_true", help="only print the address")
    evaluate = _add(commands, "eval", _eval, "prove how the agents behave")
    evaluate.add_argument("suite", choices=("offline",))
    evaluate.add_argument("--out", type=Path, default=Path("eval-out"), metavar="DIR", help="where the report goes (eval-out)")
    _add(commands, "migrate", _migrate, "bring the database to the newest schema")


# --- starting things ----------------------------------------------------------------------------------------------


def _demo(args: argparse.Namespace) -> int:
    from demo.play import play

    if args.source and "://" in args.source:
        raise InputError(
            f"{args.source} is a web address, not a file.", hint="Download the video if you may, and give the path of the file."
        )
    return play(Path(args.source).expanduser() if args.source is not None else None, args.out, args.count)


def _chat(args: argparse.Namespace) -> int:
    from bot.terminal import chat, take_seat
    from worker.house import is_running
    from worker.supervisor import Supervisor

    settings = _settings()
    with _deps(settings) as deps:
        seat = take_seat(deps, args.workspace)
        if is_running(settings):
            return chat(deps, seat, intro="ViralForge runs already; this is its conversation.", wait_s=args.wait)
        house = _plan_house(settings)
        print("Starting …", flush=True)
        with Supervisor(settings, house.processes, logs=settings.home / "logs"):
            _open_house(deps, house, seat.conversation.workspace_id)
            return chat(deps, seat, intro=_intro(settings, house), wait_s=args.wait)


def _up(args: argparse.Namespace) -> int:
    import signal
    import threading

    from bot.terminal import take_seat
    from worker.house import is_running
    from worker.supervisor import Supervisor

    settings = _settings()
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    with _deps(settings) as deps:
        if is_running(settings):
            raise InputError(f"ViralForge already runs in {settings.home}.", hint="Stop that one, or choose another home with FORGE_HOME.")
        house = _plan_house(settings)
        print("Starting …", flush=True)
        with Supervisor(settings, house.processes, logs=settings.home / "logs"):
            _open_house(deps, house, take_seat(deps).conversation.workspace_id)
            print(_intro(settings, house), flush=True)
            print(f"Logs are in {settings.home / 'logs'}. Ctrl-C stops everything.", flush=True)
            asked.wait()
            print("Stopping …", flush=True)
    return 0


def _worker(args: argparse.Namespace) -> int:
    from worker.pool import run_worker

    logging.getLogger().setLevel(min(logging.INFO, logging.getLogger().level))
    settings = _settings()
    _migrate_database(settings)
    run_worker(args.pool, settings, burst=args.burst)
    return 0


def _sandbox(args: argparse.Namespace) -> int:
    from sandbox.server import run

    try:
        run(port=args.port, state_path=args.state, seed=args.seed)
    except OSError as error:
        raise InputError(f"The sandbox cannot start: {error.strerror}.", hint="Choose another --port or --state.") from error
    return 0


# --- looking ------------------------------------------------------------------------------------------------------


def _doctor(args: argparse.Namespace) -> int:
    from tools.doctor import as_json, as_text, examine

    findings = examine(_settings(), _doors())
    print(as_json(findings) if args.json else as_text(findings))
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def _list(args: argparse.Namespace) -> int:
    from bot import listings
    from memory.database import Database
    from memory.repositories import workspaces

    settings = _settings()
    _migrate_database(settings)
    database = Database(settings.sqlalchemy_url)
    try:
        with database.session() as session:
            workspace = workspaces.ensure_workspace(session, args.workspace)
            getattr(listings, f"show_{args.listing}")(session, workspace.id, args.limit)
    finally:
        database.close()
    return 0


# --- upkeep -------------------------------------------------------------------------------------------------------


def _connect(args: argparse.Namespace) -> int:
    import webbrowser

    from memory.repositories import workspaces
    from tools.publishing.settings import YouTubeSettings
    from web.oauth import connect_youtube

    def show(url: str) -> None:
        print(f"Open this page and press Allow:\n{url}", flush=True)
        if not args.no_browser:
            webbrowser.open(url)

    youtube = YouTubeSettings()
    if not youtube.client_id:
        raise InputError(
            "No OAuth client is configured, so there is nothing to connect.",
            hint="Set YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET (Google Cloud console, client of type desktop). "
            "Until then `forge up` and `forge chat` use the sandbox's account.",
        )
    with _deps(_settings()) as deps:
        with deps.database.session() as session:
            workspace = workspaces.ensure_workspace(session, args.workspace)
            channel_id = workspaces.list_channels(session, workspace.id)[0].id
        account = connect_youtube(deps, youtube, channel_id=channel_id, open_page=show)
    print(f"{account.title} is connected.")
    return 0


def _eval(args: argparse.Namespace) -> int:
    from importlib import import_module, util

    if util.find_spec("evals") is None:
        raise InputError("The offline evals are not part of this installation.", hint="Run it from a full checkout.")
    return int(import_module("evals.run").main(["--out", str(args.out)]))


def _migrate(args: argparse.Namespace) -> int:
    _migrate_database(_settings())
    print("The database has the newest schema.")
    return 0


# --- wiring -------------------------------------------------------------------------------------------------------


def _settings() -> "StorageSettings":
    from memory.settings import StorageSettings

    return StorageSettings()


def _migrate_database(settings: "StorageSettings") -> None:
    from sqlalchemy.exc import OperationalError

    from memory.database import Database, migrate

    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = Database(settings.sqlalchemy_url)
        migrate(database)
        database.close()
    except OSError as error:
        problem = f"{settings.home} cannot be used: {error.strerror}."
        raise InputError(problem, hint="Set FORGE_HOME to a folder you may write to.") from error
    except OperationalError as error:
        raise InputError(f"The database cannot be opened: {error.orig}.", hint="Check FORGE_DATABASE_URL and FORGE_HOME.") from error


@contextmanager
def _deps(settings: "StorageSettings") -> Iterator["Deps"]:
    """The real parts over a migrated database; our own queue server is left to whoever supervises it."""
    from tools import queue_server
    from worker.house import is_running
    from worker.settings import build_deps

    _migrate_database(settings)
    was_up = queue_server.is_up(settings)
    deps = build_deps(settings)
    try:
        yield deps
    finally:
        deps.database.close()
        if not was_up and not is_running(settings):
            queue_server.stop_server(settings)


def _plan_house(settings: "StorageSettings") -> "House":
    from bot.settings import TelegramSettings
    from tools.publishing.settings import YouTubeSettings
    from web.settings import WebSettings
    from worker.house import plan_house

    web, telegram = WebSettings(), TelegramSettings()
    if telegram.is_configured and not telegram.owner_ids:
        raise InputError(
            "TELEGRAM_BOT_TOKEN is set and TELEGRAM_OWNER_IDS is empty: nobody could speak to the bot.",
            hint="Set TELEGRAM_OWNER_IDS to your user id, or unset the token.",
        )
    port = web.port if "port" in web.model_fields_set else 0
    return plan_house(settings, sandbox=not YouTubeSettings().client_id, web_host=web.host, web_port=port, telegram=telegram.is_configured)


def _open_house(deps: "Deps", house: "House", workspace_id: int) -> None:
    """Wait until the doors answer, and let the sandbox stand in completely: its account connected, its shop sending orders to us."""
    from demo.stand_ins import connect_sandbox

    house.wait_until_open()
    if house.sandbox_url:
        connect_sandbox(deps, house, workspace_id)


def _intro(settings: "StorageSettings", house: "House") -> str:
    from tools.doctor import examine

    lines = ["Running: " + ", ".join(spec.name for spec in house.processes) + f". Web door: {house.web_url}."]
    if house.sandbox_url:
        lines.append(f"The sandbox stands in for YouTube: {house.sandbox_url}/__sandbox/")
    standing_in = [finding for finding in examine(settings, _doors(), quick=True) if finding.state == "standing in"]
    lines += [f"Standing in: {finding.name}: {finding.what} {finding.add}" for finding in standing_in if finding.name != "platforms"]
    return "\n".join(lines)


def _doors() -> Mapping[str, object]:
    """What `tools.doctor` may not read itself: the settings of the entry points and of the agents."""
    from agents.settings import ModelSettings
    from bot.settings import TelegramSettings
    from web.settings import WebSettings

    model, telegram, web = ModelSettings(), TelegramSettings(), WebSettings()
    return {
        "model": "" if model.is_offline else f"{model.name} at {model.base_url or 'OpenAI'}",
        "telegram_token": telegram.is_configured,
        "telegram_owners": len(telegram.owner_ids),
        "web": f"{web.host}:{web.port}" if "port" in web.model_fields_set else f"a free port of {web.host}",
    }


def _settings_problem(error: ValueError) -> str:
    """A pydantic error as one sentence per setting, in the names of the environment."""
    errors: list[dict[str, Any]] = getattr(error, "errors", list)()
    prefix = {"StorageSettings": "FORGE_", "TelegramSettings": "TELEGRAM_", "YouTubeSettings": "YOUTUBE_", "WebSettings": "WEB_"}
    start = prefix.get(str(getattr(error, "title", "")), "")
    parts = [f"{start}{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in errors]
    return "A setting cannot be used: " + "; ".join(parts or [str(error)]) + "."


if __name__ == "__main__":
    sys.exit(main())
