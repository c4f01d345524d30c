"""Rendering a timeline: measure the sound, write it in one ffmpeg run under a temporary name, then give it its own name."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from memory.errors import InputError, LimitError, TransientError
from tools.ffmpeg import run_ffmpeg
from tools.video import encoders
from tools.video.captions import write_ass
from tools.video.compiler import Encoding, Gain, compile_render
from tools.video.levels import fit_gain
from tools.video.loudness import Loudness
from tools.video.timeline import FINAL, Preset, Timeline

_WORK_PREFIX = ".render-"


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A written file. `source_loudness` is what was measured before the gain; None without sound.

    `fell_back` says, in words for the owner, why the picture was encoded by libx264 and not by the graphics card; empty where it was not.
    """

    path: Path
    wall_s: float
    gain_db: float
    source_loudness: Loudness | None
    encoder: str = "libx264"
    fell_back: str = ""


def render(
    timeline: Timeline,
    output: Path,
    *,
    on_progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    preset: Preset = FINAL,
) -> RenderResult:
    """Write the timeline to `output` (MP4). Equal timelines give equal files on one machine; nothing is left behind on failure.

    Args:
        on_progress: Called with the share done, 0 to 1.
        cancel: Asked several times a second; True stops the work.

    Raises:
        InputError: The source is gone or cannot be read.
        LimitError: The disk is full, or it took far too long.
        StoppedError: `cancel` said so.
    """
    started = time.monotonic()
    _check(timeline)
    timeout_s = 120 + 60 * timeline.duration_s  # 8K on two cores decodes at about a thirtieth of real time
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _sweep(output.parent)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f"{_WORK_PREFIX}{os.getpid()}-") as folder:
            gain, loudness = fit_gain(timeline, timeout_s=timeout_s, cancel=cancel)
            ass_file, unfinished = Path(folder) / "captions.ass", Path(folder) / "short.mp4"
            ass_file.write_text(write_ass(timeline), encoding="utf-8")
            encoder, fell_back = _encode(timeline, ass_file, unfinished, preset, gain, timeout_s, on_progress, cancel)
            unfinished.replace(output)
    except OSError as error:
        raise _disk_error(error, output) from error
    return RenderResult(output, time.monotonic() - started, gain.gain_db, loudness, encoder, fell_back)


def _encode(
    timeline: Timeline,
    ass_file: Path,
    unfinished: Path,
    preset: Preset,
    gain: Gain,
    timeout_s: float,
    on_progress: Callable[[float], None] | None,
    cancel: Callable[[], bool] | None,
) -> tuple[str, str]:
    """Write the file with the machine's best encoder, else with libx264: (encoder, why it fell back)."""
    machine, fell_back = encoders.chosen(), ""

    def run(found: encoders.Capabilities | None) -> str:
        encoding, decoder = (found.encoding, found.decoder) if found is not None else (Encoding(), "")
        arguments = compile_render(timeline, ass_file, unfinished, preset, gain, encoding, decoder)
        run_ffmpeg(
            arguments, timeout_s=timeout_s, on_progress=_as_share(on_progress, timeline.duration_s), cancel=cancel, feed=_mask(timeline)
        )
        return encoding.codec

    if machine is not None and machine.codec != "libx264":
        try:
            return run(machine), ""
        except (InputError, TransientError) as error:  # a full disk, a stop or a time limit would end the second try too
            last_words = error.message.splitlines()[-1][-160:]
            fell_back = f"The graphics card's encoder {machine.codec} failed, so the processor did the work: {last_words}"
    return run(None), fell_back


def _mask(timeline: Timeline) -> Iterator[bytes] | None:
    """The mask that the run reads on `pipe:0` where something is hidden, made frame by frame beside it."""
    from tools.video.anonymise.mask import mask_frames

    return mask_frames(timeline) if timeline.hiding is not None and timeline.hiding.tracks else None


def _check(timeline: Timeline) -> None:
    if not timeline.clips or any(clip.duration <= 0 or not clip.crops for clip in timeline.clips):
        raise InputError("This timeline has an empty clip.", hint="Choose a longer part of the video.")
    if not Path(timeline.source.path).is_file():
        raise InputError(f"The source {Path(timeline.source.path).name} is not there any more.", hint="Send the video again.")


def _as_share(on_progress: Callable[[float], None] | None, duration_s: float) -> Callable[[float], None] | None:
    if on_progress is None:
        return None
    return lambda done_s: on_progress(min(1.0, done_s / duration_s))


def _sweep(folder: Path) -> None:
    """Remove work folders of renders whose process was killed."""
    for left in folder.glob(f"{_WORK_PREFIX}*-*"):
        owner = left.name.removeprefix(_WORK_PREFIX).split("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _disk_error(error: OSError, output: Path) -> LimitError | InputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return LimitError("The disk is full, so the video could not be written.", hint="Free some space and try again.")
    return InputError(f"The folder {output.parent} cannot be written: {error.strerror}.", hint="Choose another folder.")
