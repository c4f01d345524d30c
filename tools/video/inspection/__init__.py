"""Is the rendered file what the timeline asked for? Everything here is measured on the file itself, except the layout of its texts.

The cost is kept small, because it counts as part of a render: the picture is sampled at its key frames (one a second), the sound is
decoded once. `blocked` means the file is broken and must not be published; `degraded` means it plays and a person should know something
about it, for instance that the source itself is black or frozen for a while.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from memory.domain import Verdict
from memory.errors import InputError
from tools.video.inspection.checks import Check, Inspection, finite, verdict
from tools.video.inspection.picture import look, picture_checks, shape_checks
from tools.video.inspection.sound import listen, sound_checks
from tools.video.inspection.subject import hidden_check, subject_check
from tools.video.inspection.text import text_checks
from tools.video.media import Analysis
from tools.video.timeline import FINAL, Preset, Timeline

__all__ = ["Check", "Inspection", "inspect", "verdict"]


def inspect(
    path: Path,
    timeline: Timeline,
    preset: Preset = FINAL,
    *,
    analysis: Analysis | None = None,
    fell_back: str = "",
    cancel: Callable[[], bool] | None = None,
) -> Inspection:
    """Measure a rendered file against its timeline. A file that cannot be read is a blocked inspection, not an error.

    Args:
        analysis: Where the faces of the source are; without it, people cut off are not looked for.
        fell_back: Why the graphics card did not encode it, when it should have.
    """
    texts = text_checks(timeline)
    try:
        with ThreadPoolExecutor(2, thread_name_prefix="inspection") as pool:
            looking, listening = pool.submit(look, path, timeline), pool.submit(listen, path, timeline)
            picture, sound = looking.result(), listening.result()
    except InputError as error:
        broken = Check(False, None, "decodable", f"The finished file cannot be read: {error.message}", is_blocking=True)
        return Inspection(Verdict.BLOCKED, {"decodable": broken, **texts})
    checks = {
        "decodable": Check(True, picture.frames, "decodable"),
        **shape_checks(picture, timeline, preset),
        **picture_checks(picture, timeline),
        **sound_checks(timeline, sound),
        **texts,
    }
    if analysis is not None:
        checks["subject"] = subject_check(timeline, analysis)
    hidden, leaks = hidden_check(path, timeline, cancel)
    checks |= hidden
    if fell_back:
        checks["encoder"] = Check(False, "libx264", "the graphics card", fell_back)
    return Inspection(
        verdict(checks.values()),
        checks,
        picture.width_px,
        picture.height_px,
        picture.fps,
        picture.video_s,
        finite(sound.loudness.integrated_lufs),
        finite(sound.loudness.true_peak_dbtp),
        leaks,
    )
