"""The clips of a timeline as one picture stream: inputs, crops over time, layouts, speed, zooms, transitions."""

from collections.abc import Sequence
from typing import Any

import ffmpeg

from tools.video.timeline import Clip, Preset, Timeline, to_seconds


def joined_picture(timeline: Timeline, preset: Preset) -> Any:
    """All clips one after another, in the size of the preset and the timeline's constant rate, yuv420p with square pixels."""
    pictures = [_picture(timeline, clip, clip_input(timeline, clip), preset) for clip in timeline.clips]
    return pictures[0] if len(pictures) == 1 else ffmpeg.concat(*pictures, v=1, a=0)


def clip_input(timeline: Timeline, clip: Clip, **options: Any) -> Any:
    """A clip's span of its file as an ffmpeg input. Equal calls give one input: ffmpeg-python compares by arguments."""
    path = timeline.find_media(clip.media).path
    return ffmpeg.input(path, ss=f"{to_seconds(clip.start):.6f}", t=f"{to_seconds(clip.end - clip.start):.6f}", **options)


def _picture(timeline: Timeline, clip: Clip, stream: Any, preset: Preset) -> Any:
    """Crop, scale, constant rate, exact length. A picture that ends before its sound holds its last frame."""
    source, crop = timeline.find_media(clip.media), clip.crops[0].crop
    x = _over_time(clip, [(part.crop.x_px, (part.drift_to or part.crop).x_px) for part in clip.crops], source.fps)
    y = _over_time(clip, [(part.crop.y_px, (part.drift_to or part.crop).y_px) for part in clip.crops], source.fps)
    picture = stream["V:0"].filter("scale", source.width_px, source.height_px)  # no work unless pixels are not square
    picture = picture.filter("crop", crop.width_px, crop.height_px, x, y)
    rate = {"fps": str(timeline.fps), "start_time": 0}
    if source.fps > timeline.fps:
        picture = picture.filter("fps", **rate)
    picture = picture.filter("scale", *preset.size(timeline), flags="bicubic", out_range="tv")
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
    ends = [*starts[1:], to_seconds(clip.end - clip.start)]
    expression = ""
    for (first, last), start_s, end_s in reversed(list(zip(values, starts, ends, strict=True))):
        moving = f"{first}+({last - first})*clip((t-{start_s:.4f})/{max(1e-3, end_s - start_s):.4f},0,1)"
        value = str(first) if first == last else moving
        expression = f"if(lt(t,{end_s - 0.5 / max(1.0, source_fps):.4f}),{value},{expression})" if expression else value
    return expression
