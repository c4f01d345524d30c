"""The clips of a timeline as one picture stream: inputs, speed, exact lengths, transitions.

`stretches` says which clips share an input, `panes` draws one clip. Every clip is a whole number of frames; a transition blends the
going-on picture of one clip with the first frames of the next, so that nothing gets longer or shorter. Only the blended frames go through
`xfade`: it works in full chroma, and taking the whole film through it would convert every frame twice.
"""

from typing import Any

import ffmpeg

from tools.video.compiler.panes import framed, is_moving, rated
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
    parts = _with_transitions(timeline, pictures)
    return parts[0] if len(parts) == 1 else ffmpeg.concat(*parts, v=1, a=0)


def clip_input(timeline: Timeline, clip: Clip, **options: Any) -> Any:
    """A clip's own span of its file as an ffmpeg input that nothing else shares, unless it is called with equal arguments."""
    path = timeline.find_media(clip.media).path
    return ffmpeg.input(path, ss=f"{to_seconds(clip.start):.6f}", t=f"{to_seconds(clip.end - clip.start):.6f}", **options)


def _branches(timeline: Timeline, stretch: Stretch) -> list[Any]:
    """The stretch's picture once for each of its clips, each in the clip's own time: 0 is its first frame."""
    media = timeline.find_media(stretch.media)
    picture = stretch_input(timeline, stretch)["V:0"]
    # No work unless pixels are not square. The zero keeps ffmpeg-python from taking equal chains of two clips for one.
    picture = picture.filter("scale", f"{media.width_px}+0*{stretch.clips[0]}", media.height_px)
    if media.kind is MediaKind.IMAGE:
        # What moves over a still picture needs it in every frame; else it is drawn once. (One frame alone has no duration: `fps` drops it.)
        is_still = not is_moving(timeline.clips[stretch.clips[0]])
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


def _finished(timeline: Timeline, index: int, picture: Any, preset: Preset) -> Any:
    """The clip's frames, exactly as many as it lasts and its tail needs. A picture that ends too soon holds its last frame."""
    clip, media = timeline.clips[index], timeline.find_media(timeline.clips[index].media)
    picture = framed(timeline, clip, picture, float(timeline.fps) if media.kind is MediaKind.IMAGE else media.fps, preset)
    frames = _frames(timeline, clip.duration + tail(timeline, index))
    picture = picture.filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=frames)
    return picture.filter("setpts", "PTS-STARTPTS").filter("setsar", 1).filter("format", "yuv420p")


def _with_transitions(timeline: Timeline, pictures: list[Any]) -> list[Any]:
    """The parts to be joined: whole clips, and where there are transitions their blends and what is left of the clips beside them."""
    parts: list[Any] = []
    going_on: Any = None
    for index, picture in enumerate(pictures):
        before = _frames(timeline, tail(timeline, index - 1)) if index else 0
        own, after = _frames(timeline, timeline.clips[index].duration), _frames(timeline, tail(timeline, index))
        cuts = [(0, before), (before, own), (own, own + after)]
        pieces = _pieces(picture, [cut if cut[1] > cut[0] else None for cut in cuts])
        if before:
            parts.append(_blended(timeline, index, going_on, pieces[0], before))
        if pieces[1] is not None:
            parts.append(pieces[1])
        going_on = pieces[2]
    return parts


def _pieces(picture: Any, cuts: list[tuple[int, int] | None]) -> list[Any]:
    """A picture cut at frames; None for an empty part."""
    wanted = [cut for cut in cuts if cut is not None]
    if len(wanted) == 1:
        return [picture if cut is not None else None for cut in cuts]
    copies = iter(picture.filter_multi_output("split", len(wanted))[n] for n in range(len(wanted)))
    return [
        next(copies).filter("trim", start_frame=cut[0], end_frame=cut[1]).filter("setpts", "PTS-STARTPTS") if cut is not None else None
        for cut in cuts
    ]


def _blended(timeline: Timeline, index: int, before: Any, after: Any, frames: int) -> Any:
    transition = timeline.clips[index].transition
    assert transition is not None
    duration_s = float(frames / timeline.fps)
    blend = ffmpeg.filter((before, after), "xfade", transition=transition.kind.value, duration=f"{duration_s:.6f}", offset=0)
    blend = blend.filter("format", "yuv420p").filter("tpad", stop=-1, stop_mode="clone").filter("trim", end_frame=frames)
    return blend.filter("setpts", "PTS-STARTPTS").filter("setsar", 1)


def _frames(timeline: Timeline, ticks: int) -> int:
    return round(ticks * timeline.time_base * timeline.fps)
