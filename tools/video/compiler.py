"""A timeline as one ffmpeg run: one filter graph, one decode of each clip, one video encode, no file in between.

The traps are measured ones: each clip is an input with its own `-ss` before `-i` (a `trim` over the whole file would decode all of it);
the crop comes before the scale (scaling a whole 1080p frame up first costs several times more).
Sound gets a measured, fixed gain and, only where peaks would pass the limit, a limiter at four times the rate. Single-pass loudnorm was
not used because it lands off target on short clips and pumps; see `render.py` for the measuring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from tools.video.fonts import FONTS_FOLDER
from tools.video.loudness import MEASURE_FILTER
from tools.video.timeline import Clip, Preset, Timeline, to_seconds

_RATE_HZ = 48_000
_EDGE_FADE_S = 0.012  # at each cut of the sound, against clicks
_LIMITER_ROOM_DB = 0.7  # AAC and the way back to 48 kHz raise peaks a little above what the limiter let through


@dataclass(frozen=True, slots=True)
class Gain:
    """What is done to the sound: a fixed gain, and a limiter where the peaks need one."""

    gain_db: float = 0.0
    limit: bool = False


def compile_render(timeline: Timeline, ass_file: Path, output: Path, preset: Preset, gain: Gain) -> list[str]:
    """The arguments of the one run that writes `output` (MP4)."""
    inputs = [_clip_input(timeline, clip) for clip in timeline.clips]
    pictures = [_picture(timeline, clip, stream, preset) for clip, stream in zip(timeline.clips, inputs, strict=True)]
    video = pictures[0] if len(pictures) == 1 else ffmpeg.concat(*pictures, v=1, a=0)
    if timeline.cues or timeline.hook is not None:
        video = video.filter("ass", filename=str(ass_file), fontsdir=str(FONTS_FOLDER))
    audio = _finished_sound(timeline, _joined_sound(timeline, inputs), gain)
    options: dict[str, Any] = {
        "c:v": "libx264",
        "preset": preset.x264_preset,
        "crf": preset.crf,
        "pix_fmt": "yuv420p",
        "g": round(timeline.fps),  # a key frame a second: the platforms ask for short groups, and the inspection reads key frames
        "c:a": "aac",
        "b:a": "192k",
        "movflags": "+faststart",
        "map_metadata": -1,
        "fflags": "+bitexact",
        "f": "mp4",
    }
    return _arguments(ffmpeg.output(_faded(timeline, video), audio, str(output), **options))


def compile_measure(timeline: Timeline, gain: Gain) -> list[str]:
    """The arguments of a run that measures the loudness of the finished sound without decoding a picture."""
    inputs = [_clip_input(timeline, clip, vn=None) for clip in timeline.clips]
    audio = _finished_sound(timeline, _joined_sound(timeline, inputs), gain)
    return _arguments(ffmpeg.output(audio.filter(MEASURE_FILTER[0], **MEASURE_FILTER[1]), "-", f="null"))


def _arguments(output: Any) -> list[str]:
    return list(output.compile(cmd="ffmpeg"))[1:]


def _clip_input(timeline: Timeline, clip: Clip, **options: Any) -> Any:
    return ffmpeg.input(timeline.source.path, ss=f"{to_seconds(clip.start):.6f}", t=f"{to_seconds(clip.duration):.6f}", **options)


def _picture(timeline: Timeline, clip: Clip, stream: Any, preset: Preset) -> Any:
    """Crop, scale, constant rate, exact length. A picture that ends before its sound holds its last frame."""
    source, crop = timeline.source, clip.crops[0].crop
    x = _over_time(clip, [(part.crop.x_px, (part.drift_to or part.crop).x_px) for part in clip.crops], source.fps)
    y = _over_time(clip, [(part.crop.y_px, (part.drift_to or part.crop).y_px) for part in clip.crops], source.fps)
    picture = stream["V:0"].filter("scale", source.width_px, source.height_px)  # no work unless pixels are not square
    picture = picture.filter("crop", crop.width_px, crop.height_px, x, y)
    rate = {"fps": str(timeline.fps), "start_time": 0}
    if source.fps > timeline.fps:
        picture = picture.filter("fps", **rate)
    picture = picture.filter("scale", preset.width_px, preset.height_px, flags="bicubic", out_range="tv")
    if source.fps <= timeline.fps:
        picture = picture.filter("fps", **rate)
    frames = round(clip.duration * timeline.time_base * timeline.fps)
    picture = picture.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=frames)
    return picture.filter("setpts", "PTS-STARTPTS").filter("setsar", 1).filter("format", "yuv420p")


def _over_time(clip: Clip, values: Sequence[tuple[int, int]], source_fps: float) -> str:
    """An expression of the time `t` that steps through the parts' (first, last) values, moving evenly inside a part where they differ.

    The steps come half a frame early, so that rounding never shows a late crop.
    """
    starts = [to_seconds(part.start - clip.start) for part in clip.crops]
    ends = [*starts[1:], to_seconds(clip.duration)]
    expression = ""
    for (first, last), start_s, end_s in reversed(list(zip(values, starts, ends, strict=True))):
        moving = f"{first}+({last - first})*clip((t-{start_s:.4f})/{max(1e-3, end_s - start_s):.4f},0,1)"
        value = str(first) if first == last else moving
        expression = f"if(lt(t,{end_s - 0.5 / max(1.0, source_fps):.4f}),{value},{expression})" if expression else value
    return expression


def _faded(timeline: Timeline, video: Any) -> Any:
    """Fade in from half brightness (apps take the cover from the first frame: it must not be black) and out to black."""
    if timeline.fade_in:
        half_s = to_seconds(timeline.fade_in)  # the first frame enters a fade of twice the length at its middle
        video = video.filter("setpts", f"PTS+{half_s:.6f}/TB").filter("fade", t="in", st=0, d=2 * half_s).filter("setpts", "PTS-STARTPTS")
    if timeline.fade_out:
        video = video.filter("fade", t="out", st=to_seconds(timeline.duration - timeline.fade_out), d=to_seconds(timeline.fade_out))
    return video


def _joined_sound(timeline: Timeline, inputs: Sequence[Any]) -> Any:
    if not timeline.source.has_audio:
        return ffmpeg.input(f"anullsrc=r={_RATE_HZ}:cl=stereo", f="lavfi", t=f"{timeline.duration_s:.6f}")["a:0"]
    sounds = [_sound(clip, stream) for clip, stream in zip(timeline.clips, inputs, strict=True)]
    return sounds[0] if len(sounds) == 1 else ffmpeg.concat(*sounds, v=0, a=1)


def _sound(clip: Clip, stream: Any) -> Any:
    """Stereo at 48 kHz, exactly as long as the picture: holes and a late start become silence."""
    duration_s = f"{to_seconds(clip.duration):.6f}"
    sound = stream["a:0"].filter("aresample", _RATE_HZ, **{"async": 1, "first_pts": 0})
    sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    sound = sound.filter("apad", whole_dur=duration_s).filter("atrim", duration=duration_s).filter("asetpts", "PTS-STARTPTS")
    sound = sound.filter("afade", t="in", d=_EDGE_FADE_S)
    return sound.filter("afade", t="out", st=f"{max(0.0, to_seconds(clip.duration) - _EDGE_FADE_S):.6f}", d=_EDGE_FADE_S)


def _finished_sound(timeline: Timeline, sound: Any, gain: Gain) -> Any:
    if gain.gain_db:
        sound = sound.filter("volume", f"{gain.gain_db:.2f}dB")
    if gain.limit:
        ceiling = 10 ** ((timeline.true_peak_dbtp - _LIMITER_ROOM_DB) / 20)
        sound = sound.filter("aresample", 4 * _RATE_HZ)  # between the samples of 48 kHz lie the true peaks
        sound = sound.filter("alimiter", limit=f"{ceiling:.4f}", attack=5, release=60, level="disabled", latency=1)
        sound = sound.filter("aresample", _RATE_HZ)
    if timeline.fade_out:
        start_s = to_seconds(timeline.duration - timeline.fade_out)
        sound = sound.filter("afade", t="out", st=f"{start_s:.6f}", d=to_seconds(timeline.fade_out))
    return sound
