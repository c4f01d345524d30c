"""Which video encoders and decoders work on this machine: each is tried with a real one-second file, and what was found is written down.

A build that lists an encoder says nothing: it needs the card, its driver and a free session (data-centre cards such as the H100 have no
encoder at all). The first that works, in the order of `_CANDIDATES`, is used; libx264 always is the last.
"""

import json
import os
import socket
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from memory.errors import AppError
from tools.ffmpeg import ffmpeg_binary, run_ffmpeg
from tools.video.compiler import Encoding

_TRY_S = 20.0  # a driver that hangs is not a driver that works
_KEPT_S = 24 * 3600.0  # a day: drivers change with updates
_SIZE = "1080x1920"
_VAAPI_DEVICE = "/dev/dri/renderD128"

# Quality settings near x264's crf 20, from each encoder's own documentation (`ffmpeg -h encoder=…`).
_CANDIDATES: tuple[tuple[Encoding, str], ...] = (
    (Encoding("h264_nvenc", (("preset", "p4"), ("rc", "vbr"), ("cq", "21"), ("b:v", "0"), ("pix_fmt", "yuv420p"))), "cuda"),
    (Encoding("h264_qsv", (("global_quality", "21"), ("preset", "medium")), upload="format=nv12"), "qsv"),
    (Encoding("h264_vaapi", (("qp", "21"),), upload="format=nv12,hwupload", global_options=("-vaapi_device", _VAAPI_DEVICE)), "vaapi"),
    (Encoding(), ""),
)
CODECS = tuple(encoding.codec for encoding, _ in _CANDIDATES)


@dataclass(frozen=True, slots=True)
class Tried:
    """One encoder: whether a second of 1080x1920 came out, how long that took, else ffmpeg's last words."""

    codec: str
    works: bool
    wall_s: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this machine can do. `decoder` is ffmpeg's `-hwaccel` that read the file the encoder wrote, "" for none."""

    host: str
    binary: str
    tried_at: float
    encoders: tuple[Tried, ...]
    decoder: str = ""

    @property
    def codec(self) -> str:
        return next((tried.codec for tried in self.encoders if tried.works), "libx264")

    @property
    def encoding(self) -> Encoding:
        return next(encoding for encoding, _ in _CANDIDATES if encoding.codec == self.codec)


_CAPABILITIES = TypeAdapter(Capabilities)
_chosen: Capabilities | None = None


def probe_machine() -> Capabilities:
    """Try every encoder, and the decoder that belongs to the best one. Takes about a second where there is no hardware."""
    tried: list[Tried] = []
    decoder = ""
    with tempfile.TemporaryDirectory(prefix="forge-encoders-") as folder:
        for encoding, hwaccel in _CANDIDATES:
            file = Path(folder) / f"{encoding.codec}.mp4"
            tried.append(_try_encoder(encoding, file))
            if tried[-1].works:
                decoder = hwaccel if hwaccel and _can_decode(hwaccel, file) else ""
                break
    return Capabilities(socket.gethostname(), str(ffmpeg_binary()), time.time(), tuple(tried), decoder)


def _try_encoder(encoding: Encoding, output: Path) -> Tried:
    own = [word for name, value in encoding.options for word in (f"-{name}", value)] or ["-preset", "veryfast", "-pix_fmt", "yuv420p"]
    filters = ["-vf", encoding.upload] if encoding.upload else []
    source = ["-f", "lavfi", "-i", f"testsrc2=s={_SIZE}:r=30:d=1"]
    try:
        done = run_ffmpeg(
            [*encoding.global_options, *source, *filters, "-c:v", encoding.codec, *own, str(output)], timeout_s=_TRY_S, log_level="error"
        )
    except AppError as error:
        return Tried(encoding.codec, False, why=error.message.partition(": ")[2][:300] or error.message)
    return Tried(encoding.codec, True, round(done.wall_s, 3))


def _can_decode(hwaccel: str, file: Path) -> bool:
    # With the output format named there is no silent way back to software.
    formats = ["-hwaccel_output_format", hwaccel]
    try:
        run_ffmpeg(["-hwaccel", hwaccel, *formats, "-i", str(file), "-f", "null", "-"], timeout_s=_TRY_S)
    except AppError:
        return False
    return True


def capabilities(home: Path, *, again: bool = False) -> Capabilities:
    """What this machine was found to be able to do: tried anew each day, with another ffmpeg, or `again`; else read from its record."""
    file = home / "machines" / f"{socket.gethostname()}.json"
    known = None if again else _read(file)
    if known is not None and known.binary == str(ffmpeg_binary()) and time.time() - known.tried_at < _KEPT_S:
        return known
    found = probe_machine()
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    unfinished.replace(file)
    return found


def _read(file: Path) -> Capabilities | None:
    try:
        return _CAPABILITIES.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def use(found: Capabilities) -> None:
    """Render with what this machine can do, in the whole process: a worker says so at its start."""
    global _chosen
    _chosen = found


def chosen() -> Capabilities | None:
    """What `use` was told; None in processes that were not told anything, which encode with libx264."""
    return _chosen
