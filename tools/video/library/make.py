"""Make the library anew: python -m tools.video.library.make [name ...]

Every piece is played, brought to -20 LUFS (true peak at most -3 dBTP), written as Opus beside this file, decoded again and measured;
`sounds.json` holds what was measured. Everything is seeded: the same versions of numpy and ffmpeg give the same sounds.
"""

import json
import logging
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tools.ffmpeg import run_ffmpeg
from tools.video.library.effects import EFFECTS, Effect, made
from tools.video.library.music import PIECES, Piece
from tools.video.library.synth import RATE_HZ, Loop, Sound
from tools.video.loudness import parse_summary

FOLDER = Path(__file__).parent
DATA = FOLDER / "sounds.json"
LOUDNESS_LUFS, PEAK_DBTP = -20.0, -3.0
_MOMENT_S = 0.4  # a short effect is as loud as its loudest 400 ms

_log = logging.getLogger(__name__)


def play(piece: Piece) -> Sound:
    """The piece as a circle of whole samples, unmastered."""
    return piece.play(Loop(piece.bpm, piece.beats)).sound


def write(name: str, sound: Sound, *, kbps: int, is_loop: bool) -> dict[str, Any]:
    """Master, encode and measure one sound; what was measured."""
    level_lufs, peak_dbtp = measured(sound, is_loop=is_loop)
    gain_db = min(LOUDNESS_LUFS - level_lufs, PEAK_DBTP - peak_dbtp)
    sound = sound * 10 ** (gain_db / 20)
    path = FOLDER / f"{name}.opus"
    options = ["-c:a", "libopus", "-b:a", f"{kbps}k", "-vbr", "on", "-application", "audio", "-map_metadata", "-1", "-fflags", "+bitexact"]
    run_ffmpeg([*_raw(), *options, str(path)], timeout_s=120, feed=_bytes(sound))
    found = decoded(path)
    level_lufs, peak_dbtp = measured(found, is_loop=is_loop)
    return {"samples": len(sound), "loudness_lufs": round(level_lufs, 1), "true_peak_dbtp": round(peak_dbtp, 1)}


def decoded(path: Path) -> Sound:
    result = run_ffmpeg(["-i", str(path), "-f", "f32le", "-ac", "2", "-ar", str(RATE_HZ), "pipe:1"], timeout_s=60, want_stdout=True)
    return np.frombuffer(result.stdout, np.float32).reshape(-1, 2).astype(np.float64)


def measured(sound: Sound, *, is_loop: bool) -> tuple[float, float]:
    """Loudness and true peak: integrated for music, of the loudest moment for an effect (padded, so that even a click has one)."""
    quiet = np.zeros((round(_MOMENT_S * RATE_HZ), 2))
    padded = sound if is_loop else np.concatenate([quiet, sound, quiet])
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        shown = f"ebur128=peak=true:metadata=1,ametadata=mode=print:key=lavfi.r128.M:file={log.name}"
        summary = run_ffmpeg([*_raw(), "-af", shown, "-f", "null", "-"], timeout_s=60, feed=_bytes(padded), log_level="info").stderr_tail
        moments = [float(line.split("=")[1]) for line in Path(log.name).read_text().splitlines() if line.startswith("lavfi.r128.M=")]
    found = parse_summary(summary)
    loudest = max((one for one in moments if not math.isnan(one)), default=-120.0)
    return (found.integrated_lufs if is_loop else loudest), found.true_peak_dbtp


def _raw() -> list[str]:
    return ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-i", "pipe:0"]


def _bytes(sound: Sound) -> bytes:
    return sound.astype(np.float32).tobytes()


def main(wanted: list[str]) -> None:
    known: dict[str, dict[str, Any]] = {one["name"]: one for one in json.loads(DATA.read_text())} if DATA.is_file() else {}
    for piece in PIECES:
        if not wanted or piece.name in wanted:
            facts = {"name": piece.name, "kind": "music", "mood": piece.mood, "suits": piece.suits, "bpm": piece.bpm, "beats": piece.beats}
            known[piece.name] = {**facts, "accent_s": 0.0, **write(piece.name, play(piece), kbps=72, is_loop=True)}
            _log.info("%s", known[piece.name])
    for effect in EFFECTS:
        if not wanted or effect.name in wanted:
            known[effect.name] = {**_facts(effect), **write(effect.name, made(effect), kbps=64, is_loop=False)}
            _log.info("%s", known[effect.name])
    order = [one.name for one in (*PIECES, *EFFECTS)]
    rows = [json.dumps(known[name], sort_keys=False) for name in order if name in known]
    DATA.write_text("[\n  " + ",\n  ".join(rows) + "\n]\n")


def _facts(effect: Effect) -> dict[str, Any]:
    return {"name": effect.name, "kind": "effect", "mood": effect.mood, "suits": [], "bpm": 0, "beats": 0, "accent_s": effect.accent_s}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(sys.argv[1:])
