"""The second look: another detector over the rendered file, at a higher resolution. A face that is neither covered nor kept is a leak.

It fails closed: a detector that cannot be loaded, or a file that cannot be read, raises, and nothing that raised was verified.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video.additions import HiddenKey, HiddenTrack, LookKind
from tools.video.anonymise.mask import draw_mask, mask_size, regions_at
from tools.video.anonymise.pictures import Picture, read_pictures
from tools.video.faces import FaceDetector
from tools.video.faces_centerface import CenterFace
from tools.video.geometry import Box, clip_panes, crop_at, zoom_at
from tools.video.media import FaceBox
from tools.video.timeline import Clip, MediaKind, Timeline, to_ticks

_AREA_PX = 1600 * 900  # of what is checked, enlarged where the file is smaller: half as much again as the search looks at
_EVERY_S = 0.4  # a look takes 0.2 s, so that the check takes half as long as the video; a face seen for less may pass between two
_NEAR_S = 0.2  # a look at the end of a track is spared where another lies nearer
_MIN_SCORE = 0.5
_COVERED = 0.8  # share of a face's box that must lie under the mask
_KEPT = 0.5  # share of a face's box that must lie where a kept person is
_AROUND = to_ticks(0.5)  # a leak is covered so long before and after
_GROWN = 0.35  # and so much larger, as a share of its size on each side
_EMOJI = "emoji"  # media keys of pictures that have faces and are nobody


@dataclass(frozen=True, slots=True)
class Leak:
    """A visible face in the rendered file: its second, and its box in pixels of the timeline's picture."""

    time_s: float
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Leaks:
    """What the second look found, in how many frames."""

    frames_checked: int
    leaks: tuple[Leak, ...]

    @property
    def frames(self) -> int:
        """How many of the checked frames show a face."""
        return len({leak.time_s for leak in self.leaks})


def verify(
    path: Path,
    timeline: Timeline,
    *,
    detector: FaceDetector | None = None,
    on_progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Leaks:
    """Look for faces in a rendered file that are neither covered nor kept.

    Looked at is a frame every 0.4 s, and the frames in which a hidden region comes or goes: there the search was least sure.

    Args:
        path: The rendered file of this timeline, in any size.
        detector: Another one than CenterFace; it must not be the one that searched.
        on_progress: Called with the share done, 0 to 1.

    Raises:
        InputError: The detector's weights are missing, or the file cannot be read to its end.
        StoppedError: `cancel` said so.
    """
    found: list[list[FaceBox]] = []
    finder = detector or CenterFace(_MIN_SCORE)
    frames = chosen_frames(timeline)
    scale = (_AREA_PX / (timeline.width_px * timeline.height_px)) ** 0.5
    size = max(32, round(timeline.width_px * scale / 2) * 2), max(32, round(timeline.height_px * scale / 2) * 2)

    def take(picture: Picture) -> None:
        found.append(finder.detect(picture))
        if on_progress is not None:
            on_progress(min(1.0, len(found) / len(frames)))

    wanted = "+".join(f"eq(n,{frame})" for frame in frames)
    timeout_s = 300 + 30 * timeline.duration_s
    read_pictures(["-i", str(path)], [f"select='{wanted}'"], size, take, timeout_s=timeout_s, cancel=cancel)
    if len(found) < len(frames) - 1:  # the last frame may be missing: an encoder rounds
        raise InputError(
            f"Only {len(found)} of {len(frames)} pictures of the finished video could be checked for faces.", hint="Render it again."
        )
    shown = [(frame, _enlarged(box, timeline.width_px / size[0])) for frame, boxes in zip(frames, found, strict=False) for box in boxes]
    leaks = [Leak(round(float(frame / timeline.fps), 3), _place(box), round(box.score, 3)) for frame, box in _left(timeline, shown)]
    return Leaks(len(found), tuple(leaks))


def chosen_frames(timeline: Timeline) -> list[int]:
    """The frames that are looked at, in order."""
    step = max(1, round(_EVERY_S * timeline.fps))
    chosen = set(range(0, timeline.frames, step))
    hiding = timeline.hiding
    for start, clip in zip(timeline.starts(), timeline.clips, strict=True):
        for track in (*hiding.tracks, *hiding.kept_tracks) if hiding is not None else ():
            for at in (track.keys[0].at, track.keys[-1].at) if track.media == clip.media else ():
                if clip.start < at < clip.end:
                    frame = round((start + round((at - clip.start) / clip.speed)) * timeline.time_base * timeline.fps)
                    near = round(_NEAR_S * timeline.fps)
                    if not any(other in chosen for other in range(frame - near, frame + near + 1)) and frame < timeline.frames:
                        chosen.add(max(0, frame))
    chosen.update(min(timeline.frames - 1, round(start * timeline.time_base * timeline.fps)) for start in timeline.starts())
    return sorted(chosen)


def _left(timeline: Timeline, shown: Sequence[tuple[int, FaceBox]]) -> list[tuple[int, FaceBox]]:
    """Those faces that nothing covers and nobody allowed."""
    return [(frame, box) for frame, box in shown if not (_is_drawn(timeline, frame, box) or is_covered(timeline, frame, box))]


def is_covered(timeline: Timeline, frame: int, box: FaceBox) -> bool:
    """Whether a face of the rendered picture lies under the mask, or is that of a kept person."""
    hiding = timeline.hiding
    if hiding is None:
        return False
    return _share(timeline, hiding.tracks, frame, box) >= _COVERED or _share(timeline, hiding.kept_tracks, frame, box) >= _KEPT


def _share(timeline: Timeline, tracks: Sequence[HiddenTrack], frame: int, box: FaceBox) -> float:
    """The share of a box, as far as it is in the picture, that lies in these tracks' regions."""
    size = mask_size(timeline)
    mask = _as_shown(timeline, frame, draw_mask(timeline, regions_at(timeline, tracks, frame), size))
    across, down = size[0] / timeline.width_px, size[1] / timeline.height_px
    left, top = max(0, round(box.x_px * across)), max(0, round(box.y_px * down))
    right, bottom = round((box.x_px + box.width_px) * across), round((box.y_px + box.height_px) * down)
    part = mask[top : max(top + 1, bottom), left : max(left + 1, right)]
    return float(part.mean()) / 255 if part.size else 0.0


def _as_shown(timeline: Timeline, frame: int, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask after the looks that turn the picture over: they come after the covering."""
    at = round(frame / timeline.fps / timeline.time_base)
    mirrors = [look for look in timeline.looks if look.kind is LookKind.MIRROR and look.start <= at < (look.end or timeline.duration + 1)]
    return mask[:, ::-1] if len(mirrors) % 2 else mask


def _is_drawn(timeline: Timeline, frame: int, box: FaceBox) -> bool:
    """Whether it is an emoji: a drawn face, laid over the picture."""
    at, middle = round(frame / timeline.fps / timeline.time_base), (box.x_px + box.width_px / 2, box.y_px + box.height_px / 2)
    for overlay in timeline.overlays:
        if overlay.area is None or not overlay.start <= at < overlay.end or _EMOJI not in overlay.media:
            continue
        area = overlay.area
        inside = area.x_px <= middle[0] <= area.x_px + area.width_px and area.y_px <= middle[1] <= area.y_px + area.height_px
        if inside and timeline.find_media(overlay.media).kind is MediaKind.IMAGE and box.width_px <= 1.3 * area.width_px:
            return True
    return False


def _enlarged(box: FaceBox, scale: float) -> FaceBox:
    return FaceBox(box.x_px * scale, box.y_px * scale, box.width_px * scale, box.height_px * scale, box.score)


def _place(box: FaceBox) -> Box:
    return Box(*(round(number, 1) for number in (box.x_px, box.y_px, box.width_px, box.height_px)))


def cover_leaks(timeline: Timeline, leaks: Leaks) -> Timeline:
    """The timeline with every leak covered too, half a second before and after it. A leak that lies over the clips stays one."""
    if timeline.hiding is None or not leaks.leaks:
        return timeline
    added = [track for leak in leaks.leaks for track in _leak_tracks(timeline, leak)]
    return replace(timeline, hiding=replace(timeline.hiding, tracks=(*timeline.hiding.tracks, *added)))


def _leak_tracks(timeline: Timeline, leak: Leak) -> list[HiddenTrack]:
    at = to_ticks(leak.time_s)
    frame = round(Fraction(leak.time_s) * timeline.fps)
    mirrored = bool(_as_shown(timeline, frame, np.array([[0, 1]], dtype=np.uint8))[0, 0])
    box = leak.box._replace(x_px=timeline.width_px - leak.box.x_px - leak.box.width_px) if mirrored else leak.box
    index = max(n for n, start in enumerate(timeline.starts()) if start <= at)
    clip, elapsed = timeline.clips[index], at - timeline.starts()[index]
    places = [(clip, elapsed)]
    if clip.transition is not None and index and elapsed < clip.transition.duration:
        places.append((timeline.clips[index - 1], timeline.clips[index - 1].duration + elapsed))
    return [track for one, passed in places for track in _in_clip(timeline, one, passed, box)]


def _in_clip(timeline: Timeline, clip: Clip, elapsed: int, box: Box) -> list[HiddenTrack]:
    """The place of a leak in each pane of a clip in which its middle lies, in the clip's file."""
    at, scale, zoom = clip.source_at(elapsed), zoom_at(clip, elapsed), clip.zoom
    if zoom is not None:
        left, top = timeline.width_px * zoom.x * (1 - 1 / scale), timeline.height_px * zoom.y * (1 - 1 / scale)
        box = Box(box.x_px / scale + left, box.y_px / scale + top, box.width_px / scale, box.height_px / scale)
    found = []
    x, y = box.x_px + box.width_px / 2, box.y_px + box.height_px / 2
    for area, crops in clip_panes(timeline, clip):
        crop = crop_at(crops, at, clip.end)
        if area.x_px <= x <= area.x_px + area.width_px and area.y_px <= y <= area.y_px + area.height_px:
            across, down = crop.width_px / area.width_px, crop.height_px / area.height_px
            place = (
                crop.x_px + (box.x_px - area.x_px - _GROWN * box.width_px) * across,
                crop.y_px + (box.y_px - area.y_px - _GROWN * box.height_px) * down,
                (1 + 2 * _GROWN) * box.width_px * across,
                (1 + 2 * _GROWN) * box.height_px * down,
            )
            rounded = [round(number, 1) for number in place]
            keys = tuple(HiddenKey(time, *rounded) for time in (max(0, at - _AROUND), at + _AROUND))
            found.append(HiddenTrack(keys, "face", True, clip.media))
    return found
