"""A timeline made of stretches of another one: what cutting, moving and changing the speed have in common.

Whatever belongs to a time goes with it: cues, sound effects, narration, overlays, looks. What belongs to the whole (the title, a
watermark, a progress bar, music, an outro) stays where it stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tools.video.additions import Graphic, Look, Overlay, SoundEffect, Voice
from tools.video.geometry import crop_at, zoom_at
from tools.video.timeline import Clip, Crop, CropFrom, Cue, CueWord, HookTitle, MediaKind, Timeline, Zoom, to_ticks, whole_frames

T = TypeVar("T")

SLOWEST, FASTEST = 0.25, 4.0
_SNAP_FRAMES = 2  # a cut this near to another one is that one: a flash of a frame or two looks like a fault
_LEAST_CUE = to_ticks(0.08)
_LEAST_GRAPHIC = to_ticks(0.7)  # shorter, nobody reads it


@dataclass(frozen=True, slots=True)
class Stretch:
    """`start` to `end` of the old timeline, in its ticks, played `factor` times as fast as before."""

    start: int
    end: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class _Moved:
    """A stretch and where it lies now."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    def at(self, tick: int) -> int:
        """The new time of an old one, held inside the stretch."""
        inside = min(max(tick, self.old_start), self.old_end) - self.old_start
        return self.new_start + inside * (self.new_end - self.new_start) // max(1, self.old_end - self.old_start)

    def overlap(self, start: int, end: int) -> int:
        return min(end, self.old_end) - max(start, self.old_start)

    def holds(self, tick: int) -> bool:
        return self.old_start <= tick < self.old_end


def on_frame(timeline: Timeline, at: int) -> int:
    """The tick of the timeline nearest to `at` where a frame begins; a cut within two frames attracts it."""
    at = min(max(0, at), timeline.duration)
    frame = 1 / (timeline.fps * timeline.time_base)
    for start, clip in zip(timeline.starts(), timeline.clips, strict=True):
        elapsed, frames = at - start, round(clip.duration / frame)
        if elapsed <= clip.duration:
            nearest = round(elapsed / frame)
            if nearest <= min(_SNAP_FRAMES, frames / 2):
                return start
            return start + (clip.duration if nearest >= frames - _SNAP_FRAMES else round(nearest * frame))
    return timeline.duration


def rearranged(timeline: Timeline, stretches: Sequence[Stretch]) -> Timeline:
    """The timeline that plays these stretches of `timeline` one after another; their edges lie on frames (`on_frame`)."""
    clips: list[Clip] = []
    moved: list[_Moved] = []
    at = 0
    for stretch in _merged(stretches):
        taken = _taken(timeline, stretch)
        length = sum(clip.duration for clip in taken)
        moved.append(_Moved(stretch.start, stretch.end, at, at + length))
        clips += taken
        at += length
    clips[0] = replace(clips[0], transition=None)  # nothing comes before it
    return _with_additions(timeline, replace(timeline, clips=tuple(clips)), moved)


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for one in stretches:
        if merged and merged[-1].end == one.start and merged[-1].factor == one.factor == 1:
            merged[-1] = replace(merged[-1], end=one.end)
        else:
            merged.append(one)
    return merged


# --- clips --------------------------------------------------------------------------------------------------------


def _taken(timeline: Timeline, stretch: Stretch) -> list[Clip]:
    clips = []
    for start, clip in zip(timeline.starts(), timeline.clips, strict=True):
        first, last = max(stretch.start - start, 0), min(stretch.end - start, clip.duration)
        if first < last:
            clips.append(_faster(timeline, part_of(clip, first, last), stretch.factor))
    return clips


def part_of(clip: Clip, first: int, last: int) -> Clip:
    """The part of a clip between two ticks of its own time on the timeline."""
    if first == 0 and last == clip.duration:
        return clip
    start = clip.source_at(first)
    end = clip.end if last == clip.duration else clip.source_at(last)
    return replace(
        clip,
        start=start,
        end=end,
        crops=_crops(clip.crops, start, end, clip.end),
        second=_crops(clip.second, start, end, clip.end) if clip.second else (),
        zoom=_zoom(clip, first, last),
        transition=replace(clip.transition, duration=min(clip.transition.duration, last)) if clip.transition and first == 0 else None,
    )


def _crops(crops: Sequence[CropFrom], start: int, end: int, old_end: int) -> tuple[CropFrom, ...]:
    """The crops between two source ticks. A drift that is cut goes as far as it had come."""
    ends = [*[part.start for part in crops[1:]], old_end]
    found: list[CropFrom] = []
    for part, until in zip(crops, ends, strict=True):
        if (until <= start and part is not crops[-1]) or part.start >= end:
            continue
        begins = max(start, part.start) if found else start
        crop = part.crop if begins <= part.start else _even(crop_at(crops, begins, old_end))
        drift = part.drift_to if part.drift_to is None or until <= end else _even(crop_at(crops, end, old_end))
        found.append(CropFrom(begins, crop, None if drift == crop else drift))
    return tuple(found)


def _even(crop: Crop) -> Crop:
    return replace(crop, x_px=crop.x_px // 2 * 2, y_px=crop.y_px // 2 * 2)


def _zoom(clip: Clip, first: int, last: int) -> Zoom | None:
    """What is left of a zoom between two ticks of the clip."""
    zoom = clip.zoom
    if zoom is None or zoom.start_scale == zoom.end_scale:
        return zoom
    over = zoom.over or clip.duration
    left = over - first
    if left <= 0:
        return replace(zoom, start_scale=zoom.end_scale, over=0) if zoom.end_scale != 1 else None
    start_scale = round(zoom_at(clip, first), 4)
    if last >= over:
        return replace(zoom, start_scale=start_scale, over=0 if last == over else left)
    return replace(zoom, start_scale=start_scale, end_scale=round(zoom_at(clip, last), 4), over=0)


def _faster(timeline: Timeline, clip: Clip, factor: float) -> Clip:
    """The clip `factor` times as fast, its end moved so that it is a whole number of frames."""
    if factor == 1:
        return clip
    speed = round(min(FASTEST, max(SLOWEST, clip.speed * factor)), 3)
    end = whole_frames(clip.start, clip.end, timeline.fps, speed)
    shorter = replace(clip, speed=speed, end=end, transition=None)
    frames = shorter.duration
    transition = clip.transition and replace(clip.transition, duration=min(clip.transition.duration, frames // 2))
    zoom = clip.zoom and replace(clip.zoom, over=min(frames, round(clip.zoom.over * clip.speed / speed)))
    crops, second = (tuple(part for part in parts if part.start < end) for parts in (clip.crops, clip.second))
    return replace(shorter, crops=crops, second=second, transition=transition, zoom=zoom)


# --- what lies over the clips -------------------------------------------------------------------------------------


def _with_additions(old: Timeline, new: Timeline, moved: Sequence[_Moved]) -> Timeline:
    total, before = new.duration, old.duration
    return replace(
        new,
        cues=_cues(old.cues, moved),
        hook=_hook(old.hook, total),
        overlays=tuple(part for one in old.overlays for part in _overlay(old, one, moved, total)),
        graphics=tuple(part for one in old.graphics for part in _graphic(one, moved, before, total)),
        looks=tuple(part for one in old.looks for part in _look(one, moved, before)),
        voices=_voices(old.voices, moved),
        effects=_effects(old.effects, moved),
        fade_in=min(old.fade_in, total // 4),
        fade_out=min(old.fade_out, total // 4),
        music=replace(old.music, fade_in=min(old.music.fade_in, total // 2), fade_out=min(old.music.fade_out, total // 2))
        if old.music
        else None,
    )


def _cues(cues: Sequence[Cue], moved: Sequence[_Moved]) -> tuple[Cue, ...]:
    """The captions with their words where these are now; a word goes with the stretch that holds its middle."""
    found: list[Cue] = []
    for stretch in moved:
        for cue in cues:
            cue_left = _cue(cue, stretch)
            if cue_left is not None:
                found.append(cue_left)
    return tuple(found)


def _cue(cue: Cue, stretch: _Moved) -> Cue | None:
    if stretch.overlap(cue.start, cue.end) <= 0:
        return None
    lines = tuple(tuple(_word(word, stretch) for word in line if stretch.holds((word.start + word.end) // 2)) for line in cue.lines)
    lines = tuple(line for line in lines if line)
    start, end = stretch.at(cue.start), stretch.at(cue.end)
    return replace(cue, start=start, end=end, lines=lines) if lines and end - start >= _LEAST_CUE else None


def _word(word: CueWord, stretch: _Moved) -> CueWord:
    return replace(word, start=stretch.at(word.start), end=stretch.at(word.end))


def _hook(hook: HookTitle | None, total: int) -> HookTitle | None:
    """The title stands over the first seconds whatever they are."""
    return replace(hook, end=min(hook.end, total)) if hook is not None and hook.start < total else None


def _overlay(old: Timeline, one: Overlay, moved: Sequence[_Moved], total: int) -> list[Overlay]:
    if one.start == 0 and one.end >= old.duration:
        return [replace(one, end=total)]
    is_video = any(media.key == one.media and media.kind is MediaKind.VIDEO for media in old.media)
    parts = []
    for stretch, start, end in _parts(one.start, one.end, moved):
        skipped = max(0, stretch.old_start - one.start)
        parts.append(replace(one, start=start, end=end, offset=one.offset + (skipped if is_video else 0), pop=0 if skipped else one.pop))
    return parts


def _graphic(one: Graphic, moved: Sequence[_Moved], before: int, total: int) -> list[Graphic]:
    """What covers the whole or begins with it stays at the start, what ends with it at the end, all else goes with its time."""
    to_end = one.end == 0 or one.end >= before
    if one.start == 0:
        return [replace(one, end=one.end if one.end == 0 else total if to_end else min(one.end, total))]
    if to_end:
        length = min((one.end or before) - one.start, total)
        return [replace(one, start=total - length, end=one.end and total)]
    fitting = [replace(one, start=start, end=end) for _, start, end in _parts(one.start, one.end, moved) if end - start >= _LEAST_GRAPHIC]
    return fitting[:1]


def _look(one: Look, moved: Sequence[_Moved], before: int) -> list[Look]:
    if one.start == 0 and (one.end == 0 or one.end >= before):
        return [replace(one, end=0)]
    return [replace(one, start=start, end=end) for _, start, end in _parts(one.start, one.end or before, moved)]


def _parts(start: int, end: int, moved: Sequence[_Moved]) -> list[tuple[_Moved, int, int]]:
    return [
        (stretch, stretch.at(start), stretch.at(end))
        for stretch in moved
        if stretch.overlap(start, end) > 0 and stretch.at(start) < stretch.at(end)
    ]


def _voices(voices: Sequence[Voice], moved: Sequence[_Moved]) -> tuple[Voice, ...]:
    """Narration goes with the moment it begins at; where that is cut, it goes too."""
    return _at_their_time(voices, lambda voice: voice.start, lambda voice, at: replace(voice, start=at), moved)


def _effects(effects: Sequence[SoundEffect], moved: Sequence[_Moved]) -> tuple[SoundEffect, ...]:
    return _at_their_time(effects, lambda effect: effect.at, lambda effect, at: replace(effect, at=at), moved)


def _at_their_time(things: Sequence[T], when: Callable[[T], int], put: Callable[[T, int], T], moved: Sequence[_Moved]) -> tuple[T, ...]:
    return tuple(put(one, stretch.at(when(one))) for stretch in moved for one in things if stretch.holds(when(one)))
