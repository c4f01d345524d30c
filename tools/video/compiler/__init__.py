"""A timeline as one ffmpeg run: one filter graph, one decode of each stretch of a file, one video encode, no file in between.

`clips` joins the pictures, `hide` covers what must not be seen, `looks` colours and moves, `overlays` lays pictures over it, ASS writes
the text, `sound` mixes. The traps are measured ones: each stretch is an input with its own `-ss` before `-i` (a `trim` over the whole file
would decode all of it); the crop comes before the scale (scaling a whole 1080p frame up first costs several times more).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from tools.video.compiler.clips import joined_picture
from tools.video.compiler.hide import hidden
from tools.video.compiler.looks import looked
from tools.video.compiler.overlays import overlaid
from tools.video.compiler.sound import Gain, finished_sound
from tools.video.fonts import FONTS_FOLDER
from tools.video.loudness import MEASURE_FILTER
from tools.video.timeline import Preset, Timeline, to_seconds

__all__ = ["Encoding", "Gain", "compile_measure", "compile_render"]

SOUND_OPTIONS = {"c:a": "aac", "b:a": "192k"}
FILE_OPTIONS = {"movflags": "+faststart", "map_metadata": -1, "fflags": "+bitexact", "f": "mp4"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """Who encodes the picture: the encoder's name, options in its own words, and what must be done to frames for it."""

    codec: str = "libx264"
    options: tuple[tuple[str, str], ...] = ()  # empty for libx264: the preset says them
    upload: str = ""  # filters at the end of the graph, for example "format=nv12,hwupload"
    global_options: tuple[str, ...] = ()


def compile_render(
    timeline: Timeline,
    ass_file: Path,
    output: Path,
    preset: Preset,
    gain: Gain,
    encoding: Encoding | None = None,
    decoder: str = "",
) -> list[str]:
    """The arguments of the one run that writes `output` (MP4). Where the timeline hides something, the run reads its mask on `pipe:0`.

    `decoder` is an ffmpeg `-hwaccel` for the source; frames come back to memory, where the filters work.
    """
    encoding = encoding or Encoding()
    picture = uploaded(dressed(timeline, covered_picture(timeline, preset), ass_file, preset), encoding)
    options = {**picture_options(timeline, preset, encoding), **SOUND_OPTIONS, **FILE_OPTIONS}
    arguments = as_arguments(ffmpeg.output(picture, finished_sound(timeline, gain), str(output), **options))
    return [*encoding.global_options, *(_decoded_by(decoder, arguments, timeline.source.path) if decoder else arguments)]


def covered_picture(timeline: Timeline, preset: Preset) -> Any:
    """The clips joined, with what must not be seen covered."""
    picture = joined_picture(timeline, preset)
    return hidden(timeline, picture, preset) if timeline.hiding is not None and timeline.hiding.tracks else picture


def dressed(timeline: Timeline, picture: Any, ass_file: Path, preset: Preset, lead: int = 0) -> Any:
    """The picture with looks, overlays, texts and fades. Everything here goes by the time of the frames, which is the timeline's.

    `lead` is the tick of the timeline that the picture begins at.
    """
    picture = overlaid(timeline, looked(timeline, picture, preset, lead), preset, over_text=False)
    if timeline.cues or timeline.hook is not None or timeline.graphics:
        picture = picture.filter("ass", filename=str(ass_file), fontsdir=str(FONTS_FOLDER))
    return _faded(timeline, overlaid(timeline, picture, preset, over_text=True))


def uploaded(picture: Any, encoding: Encoding) -> Any:
    """The picture as the encoder wants it."""
    for name in encoding.upload.split(",") if encoding.upload else ():
        filter_name, _, value = name.partition("=")
        picture = picture.filter(filter_name, *([value] if value else []))
    return picture


def picture_options(timeline: Timeline, preset: Preset, encoding: Encoding) -> dict[str, Any]:
    """How the picture is encoded. Parts that are encoded with equal options can be joined without encoding again."""
    own = {"preset": preset.x264_preset, "crf": preset.crf, "pix_fmt": "yuv420p"} if encoding.codec == "libx264" else dict(encoding.options)
    # A key frame a second: the platforms ask for short groups, and the inspection reads key frames.
    return {"c:v": encoding.codec, **own, "g": round(timeline.fps)}


def _decoded_by(decoder: str, arguments: list[str], path: str) -> list[str]:
    """The arguments with a hardware decoder before each input of the source (ffmpeg decodes in software what it cannot take)."""
    known: list[str] = []
    for index, word in enumerate(arguments):
        known += ["-hwaccel", decoder] if word == "-i" and arguments[index + 1] == path else []
        known.append(word)
    return known


def compile_measure(timeline: Timeline, gain: Gain) -> list[str]:
    """The arguments of a run that measures the loudness of the finished sound without decoding a picture."""
    sound = finished_sound(timeline, gain)
    return as_arguments(ffmpeg.output(sound.filter(MEASURE_FILTER[0], **MEASURE_FILTER[1]), "-", f="null"))


def as_arguments(output: Any) -> list[str]:
    """The words after "ffmpeg" of a run that writes this output."""
    return list(output.compile(cmd="ffmpeg"))[1:]


def _faded(timeline: Timeline, picture: Any) -> Any:
    """Fade in from half brightness (apps take the cover from the first frame: it must not be black) and out to black."""
    if timeline.fade_in:
        half_s = to_seconds(timeline.fade_in)  # the first frame enters a fade of twice the length at its middle
        picture = picture.filter("setpts", f"PTS+{half_s:.6f}/TB").filter("fade", t="in", st=0, d=2 * half_s)
        picture = picture.filter("setpts", "PTS-STARTPTS")
    if timeline.fade_out:
        start_s = to_seconds(timeline.duration - timeline.fade_out)
        picture = picture.filter("fade", t="out", st=start_s, d=to_seconds(timeline.fade_out))
    return picture
