"""A part of a timeline as one ffmpeg run: some of its frames without sound, or its sound alone. What an edit changed is made like this."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from tools.video.compiler import (
    FILE_OPTIONS,
    SOUND_OPTIONS,
    Encoding,
    Gain,
    as_arguments,
    covered_picture,
    dressed,
    picture_options,
)
from tools.video.compiler.sound import finished_sound
from tools.video.timeline import Preset, Timeline, to_seconds


def compile_frames(
    timeline: Timeline, window: Timeline, lead: int, ass_file: Path, output: Path, preset: Preset, first: int, last: int
) -> list[str]:
    """The arguments of a run that writes the frames from `first` to before `last`, encoded like the whole would be.

    Only the clips of `window` are read, which begin at the tick `lead` of the timeline; looks, overlays and texts still see the time of
    the whole timeline. Where something is hidden, the run reads the mask of `window` on `pipe:0`.
    """
    start, end = (round(frame / timeline.fps / timeline.time_base) for frame in (first, last))
    shown = replace(
        timeline,
        overlays=tuple(one for one in timeline.overlays if one.start < end and one.end > start),
        fade_in=timeline.fade_in if lead == 0 else 0,  # a window that begins later lies behind the fade
    )
    picture = covered_picture(window, preset)
    if lead:
        picture = picture.filter("setpts", f"PTS+{to_seconds(lead):.6f}/TB")
    before = round(lead * timeline.time_base * timeline.fps)
    picture = dressed(shown, picture, ass_file, preset, lead)
    picture = picture.filter("trim", start_frame=first - before, end_frame=last - before).filter("setpts", "PTS-STARTPTS")
    options: dict[str, Any] = {**picture_options(timeline, preset, Encoding()), **FILE_OPTIONS}
    return as_arguments(ffmpeg.output(picture, str(output), **options))


def compile_sound(timeline: Timeline, output: Path, gain: Gain) -> list[str]:
    """The arguments of a run that writes the finished sound alone."""
    return as_arguments(ffmpeg.output(finished_sound(timeline, gain), str(output), **SOUND_OPTIONS, **FILE_OPTIONS))
