"""Rendering an edit by making only what changed: groups of pictures that look as before are copied, byte for byte.

The encoder writes closed groups that begin with a key frame, and equal settings give equal parameter sets, so new groups stand between old
ones without anything being encoded twice. Whatever does not fit (another encoder's file, open groups, other parameter sets) is no error:
the caller then renders the whole. x264's key frames come once a second and at cuts, so the groups are those of the file at hand.
"""

import heapq
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.ffmpeg import run_ffmpeg
from tools.video import encoders
from tools.video.anonymise.mask import mask_frames
from tools.video.captions import write_ass
from tools.video.compiler.part import compile_frames, compile_sound
from tools.video.edit.changes import Changes, Frames, find_changes, merged
from tools.video.edit.recut import part_of
from tools.video.levels import fit_gain
from tools.video.timeline import Preset, Timeline

_MOST_SHARE = 0.75  # of the frames: above it a whole render costs hardly more
_RUN_FRAMES = 12  # two spans nearer than this are one run: starting ffmpeg costs about as much
_WORK_PREFIX = ".render-"  # what `render` sweeps away after a crash

Cancel = Callable[[], bool] | None


@dataclass(frozen=True, slots=True)
class Update:
    """A file made of an older one. `encoded` counts the frames that were encoded, of `frames`."""

    path: Path
    wall_s: float
    encoded: int
    frames: int
    has_new_sound: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """A key frame and what follows it: frames `first` to before `last`, packets in the order they are stored."""

    first: int
    last: int
    packets: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A rendered file's packets."""

    groups: tuple[_Group, ...]
    sound: tuple[Any, ...]
    parameters: bytes
    times: tuple[int, ...]  # when each frame is shown, in the picture's time base
    decoded: tuple[int, ...]  # when each packet is decoded


def update(before: Timeline, file: Path, after: Timeline, output: Path, preset: Preset, *, cancel: Cancel = None) -> Update | None:
    """Write `after` to `output` out of `file`, which is `before` rendered with the same preset; None when it must be rendered as a whole.

    Raises:
        InputError: The source is gone or cannot be read.
        LimitError: The disk is full, or it took far too long.
        StoppedError: `cancel` said so.
    """
    started = time.monotonic()
    changes = find_changes(before, after)
    machine = encoders.chosen()
    if changes is None or (machine is not None and machine.codec != "libx264"):
        return None
    import av

    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f"{_WORK_PREFIX}{os.getpid()}-") as folder, av.open(str(file)) as old:
        rendered = _read(old, after.frames)
        spans = _whole_groups(rendered, changes) if rendered is not None else ()
        if rendered is None or sum(last - first for first, last in spans) > _MOST_SHARE * after.frames:
            return None
        work = _Work(after, preset, Path(folder), 120 + 60 * after.duration_s, cancel)
        parts = [work.frames(first, last) for first, last in spans]
        sound = work.sound() if changes.sound else None
        unfinished = Path(folder) / "short.mp4"
        if not _join(old, rendered, spans, parts, sound, unfinished):
            return None
        unfinished.replace(output)
    return Update(output, time.monotonic() - started, sum(last - first for first, last in spans), after.frames, changes.sound)


@dataclass(frozen=True, slots=True)
class _Work:
    """Encodes what is new into a work folder."""

    timeline: Timeline
    preset: Preset
    folder: Path
    timeout_s: float
    cancel: Cancel

    def frames(self, first: int, last: int) -> Path:
        script, output = self.folder / "captions.ass", self.folder / f"frames-{first}.mp4"
        script.write_text(write_ass(self.timeline), encoding="utf-8")
        window, lead = windowed(self.timeline, first, last)
        arguments = compile_frames(self.timeline, window, lead, script, output, self.preset, first, last)
        mask = mask_frames(window) if window.hiding is not None and window.hiding.tracks else None
        run_ffmpeg(arguments, timeout_s=self.timeout_s, cancel=self.cancel, feed=mask)
        return output

    def sound(self) -> Path:
        output = self.folder / "sound.mp4"
        gain, _ = fit_gain(self.timeline, timeout_s=self.timeout_s, cancel=self.cancel)
        run_ffmpeg(compile_sound(self.timeline, output, gain), timeout_s=self.timeout_s, cancel=self.cancel)
        return output


def windowed(timeline: Timeline, first: int, last: int) -> tuple[Timeline, int]:
    """The timeline of the clips that the frames from `first` to before `last` show, cut to them, and the tick where it begins.

    A clip that comes in by a transition brings the clip before it along, and the fade in needs everything from the start.
    """
    start, end = (round(frame / timeline.fps / timeline.time_base) for frame in (first, last))
    clips, starts = timeline.clips, timeline.starts()
    begins = max((index for index, at in enumerate(starts) if at <= start), default=0) if start >= timeline.fade_in else 0
    ends = max(index for index, at in enumerate(starts) if at < end) + 1
    is_whole = begins == 0 and start < timeline.fade_in
    while begins > 0 and clips[begins].transition is not None:
        begins, is_whole = begins - 1, True
    shown = [replace(clips[begins], transition=None), *clips[begins + 1 : ends]]
    if ends == len(clips) or clips[ends].transition is None:
        shown[-1] = part_of(shown[-1], 0, min(shown[-1].duration, end - starts[ends - 1]))
    elapsed = start - starts[begins]
    if is_whole or elapsed == 0:
        return replace(timeline, clips=tuple(shown)), starts[begins]
    shown[0] = part_of(shown[0], elapsed, shown[0].duration)
    return replace(timeline, clips=tuple(shown)), start


def _whole_groups(file: _File, changes: Changes) -> tuple[Frames, ...]:
    """The changed frames, widened to whole groups of the file."""
    touched = [(g.first, g.last) for g in file.groups if any(first < g.last and g.first < last for first, last in changes.frames)]
    near: list[Frames] = []
    for first, last in merged(touched):
        if near and first - near[-1][1] < _RUN_FRAMES:
            near[-1] = (near[-1][0], last)
        else:
            near.append((first, last))
    return tuple(near)


# --- packets ------------------------------------------------------------------------------------------------------


def _read(container: Any, frames: int) -> _File | None:
    """The packets of a rendered file by groups; None when it is not as our encoder writes."""
    if not container.streams.video or container.streams.video[0].codec_context.name != "h264":
        return None
    video = container.streams.video[0]
    packets: list[Any] = []
    sound: list[Any] = []
    for packet in container.demux():
        if packet.size:
            (packets if packet.stream is video else sound).append(packet)
    times = tuple(sorted(packet.pts for packet in packets))
    index = {pts: number for number, pts in enumerate(times)}
    groups = tuple(_groups(packets, index))
    is_closed = all(sorted(index[p.pts] for p in group.packets) == list(range(group.first, group.last)) for group in groups)
    if not groups or not is_closed or len(index) != len(packets) or len(packets) != frames or groups[0].first != 0:
        return None
    return _File(groups, tuple(sound), bytes(video.codec_context.extradata or b""), times, tuple(p.dts for p in packets))


def _groups(packets: Sequence[Any], index: dict[int, int]) -> Iterator[_Group]:
    group: list[Any] = []
    for packet in [*packets, None]:
        if group and (packet is None or packet.is_keyframe):
            first = index[group[0].pts]
            yield _Group(first, first + len(group), tuple(group))
            group = []
        if packet is not None:
            group.append(packet)


def _join(old: Any, file: _File, spans: Sequence[Frames], parts: Sequence[Path], sound: Path | None, output: Path) -> bool:
    """Write old and new groups one after another, and the old or the new sound. False when a part does not fit."""
    import av

    with ExitStack() as stack:
        new: dict[int, Sequence[Any]] = {}
        for (first, last), path in zip(spans, parts, strict=True):
            part = _read(stack.enter_context(av.open(str(path))), last - first)
            if part is None or part.parameters != file.parameters:
                return False
            new[first] = _moved(part, first, file.times)
        heard = stack.enter_context(av.open(str(sound))) if sound is not None else old
        sounds = file.sound if sound is None else [packet for packet in heard.demux(audio=0) if packet.size]
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(output), "w", format="mp4", options=options) as written:
            picture = written.add_stream_from_template(old.streams.video[0])
            pictures = list(_in_order(file, spans, new))
            for packet, decoded in zip(pictures, file.decoded, strict=True):
                packet.dts, packet.stream = decoded, picture
            if heard.streams.audio:
                track = written.add_stream_from_template(heard.streams.audio[0])
                for packet in sounds:
                    packet.stream = track
            for packet in heapq.merge(pictures, sounds, key=lambda one: one.dts * one.time_base):
                written.mux(packet)
    return True


def _moved(part: _File, first: int, times: Sequence[int]) -> list[Any]:
    """The packets of a part with the times of the frames they stand for."""
    packets = [packet for group in part.groups for packet in group.packets]
    place = {pts: number for number, pts in enumerate(part.times)}
    for packet in packets:
        packet.pts = times[first + place[packet.pts]]
    return packets


def _in_order(file: _File, spans: Sequence[Frames], new: dict[int, Sequence[Any]]) -> Iterator[Any]:
    for group in file.groups:
        if group.first in new:
            yield from new[group.first]
        elif not any(first <= group.first < last for first, last in spans):
            yield from group.packets
