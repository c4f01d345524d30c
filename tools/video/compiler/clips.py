"""The clips of a timeline as one picture stream: inputs, speed, exact lengths.

`stretches` says which clips share an input, `panes` draws one clip, `joins` puts them together. Every clip is a whole number of frames.
"""

from typing import Any

import ffmpeg

from tools.video.compiler.joins import Part, frames_of, joined
from tools.video.compiler.panes import cropped, framed, is_moving, is_plain, rated
from tools.video.compiler.stretches import Stretch, stretch_input, stretch_of, stretches, tail
from tools.video.timeline import TIME_BASE, Clip, MediaKind, Preset, Timeline, to_seconds

__all__ = ["Stretch", "clip_input", "joined_picture", "stretch_input", "stretch_of", "stretches", "tail"]


def joined_picture(timeline: Timeline, preset: Preset) -> Any:
    """All clips one after another, in the size of the preset and the timeline's constant rate, yuv420p with square pixels."""
    pictures = [
        _finished(timeline, index, branch, preset)
        for stretch in stretches(timeline)
        for index, branch in zip(stretch.clips, _branches(timeline, stretch), strict=True)
    ]
    return joined(timeline, pictures, preset.size(timeline))


def clip_input(timeline: Timeline, clip: Clip, **options: Any) -> Any:
    """A clip's own span of its file as an ffmpeg input that nothing else shares, unless it is called with equal arguments."""
    path = timeline.find_media(clip.media).path
    return ffmpeg.input(path, ss=f"{to_seconds(clip.start):.6f}", t=f"{to_seconds(clip.end - clip.start):.6f}", **options)


def _branches(timeline: Timeline, stretch: Stretch) -> list[Any]:
    """The stretch's picture once for each of its clips, each in the clip's own time: 0 is its first frame."""
    media = timeline.find_media(stretch.media)
    picture = stretch_input(timeline, stretch)["V:0"]
    # No work unless pixels are not square. The zero keeps ffmpeg-python from taking equal chains of two clips for one.
    colors = {"out_color_matrix": "bt709", "out_range": "tv"} if media.kind is MediaKind.IMAGE else {}
    picture = picture.filter("scale", f"{media.width_px}+0*{stretch.clips[0]}", media.height_px, **colors)
    if media.kind is MediaKind.IMAGE:
        # What moves over a still picture needs it in every frame; else it is drawn once. (One frame alone has no duration: `fps` drops it.)
        is_still = not is_moving(timeline.clips[stretch.clips[0]])
        picture = picture.filter("format", "yuv444p")
        return [rated(timeline, picture.filter("tpad", stop=2 if is_still else -1, stop_mode="clone"))]
    picture = picture.filter("settb", str(TIME_BASE))
    if len(stretch.clips) == 1:
        return [_in_own_time(timeline, stretch, stretch.clips[0], picture)]
    copies = picture.filter_multi_output("split", len(stretch.clips))
    return [_in_own_time(timeline, stretch, index, _cut(timeline, stretch, index, copies[n])) for n, index in enumerate(stretch.clips)]


def _cut(timeline: Timeline, stretch: Stretch, index: int, picture: Any) -> Any:
    """A clip's part of its stretch, beginning a little early like the stretch itself."""
    clip = timeline.clips[index]
    early = stretch.offset(timeline.clips[stretch.clips[0]])
    end = clip.end + round(tail(timeline, index) * clip.speed) - stretch.start
    return picture.filter("trim", start_pts=stretch.offset(clip) - early, end_pts=end)


def _in_own_time(timeline: Timeline, stretch: Stretch, index: int, picture: Any) -> Any:
    clip = timeline.clips[index]
    own = f"PTS-{stretch.offset(clip)}"
    return picture.filter("setpts", own if clip.speed == 1 else f"({own})/{clip.speed}")


def _finished(timeline: Timeline, index: int, picture: Any, preset: Preset) -> Part:
    """The clip's frames, exactly as many as it lasts and its tail needs. A picture that ends too soon holds its last frame."""
    clip, media = timeline.clips[index], timeline.find_media(timeline.clips[index].media)
    is_image = media.kind is MediaKind.IMAGE
    if is_unscaled := is_plain(clip) and not is_image:  # a still picture is scaled once, before it is held
        picture = cropped(timeline, clip, picture, media.fps)
    else:
        picture = framed(timeline, clip, picture, float(timeline.fps) if is_image else media.fps, preset)
    frames = frames_of(timeline, clip.duration + tail(timeline, index))
    picture = picture.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=frames)
    return Part(picture.filter("setpts", "PTS-STARTPTS").filter("setsar", 1), is_unscaled)
