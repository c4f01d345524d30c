"""Faces over time: which moments are looked at, and what a face detector is."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.video.frames import RawFrame, SmallFrame
from tools.video.media import FaceBox, FaceSample, Probe
from tools.video.mouths import between, mouth_motion, same_face

SAMPLES_PER_S = 3.0
MAX_UNSEEN = 60  # 0.35 MB each
_CANDIDATES = 8  # pictures kept of a shot in which no face was seen yet
_MOST_MOUTHS = 4  # largest faces whose mouths are watched; in a crowd nobody's is


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    name: str

    def detect(self, frame_bgr: NDArray[np.uint8]) -> list[FaceBox]:
        """Return boxes in pixels of the given picture (uint8, shape (height, width, 3), blue first), in any order."""
        ...


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """`samples` in order of time; `unseen` has one small picture of each shot without a face (at most `MAX_UNSEEN`), for a second look."""

    samples: tuple[FaceSample, ...]
    unseen: tuple[RawFrame, ...]


class FaceFinder:
    """Takes the small pictures of a source in order; looks for faces a few times a second and in the first picture of every shot."""

    def __init__(self, probe: Probe, detector: FaceDetector) -> None:
        self._probe, self._detector = probe, detector
        self._samples: list[FaceSample] = []
        self._next_s = 0.0
        self._recent: list[RawFrame] = []  # the pictures since the last sample of this shot, that sample's first
        self._last: FaceSample | None = None  # this shot's last sample, in pixels of the small picture
        self._candidates = _Candidates()
        self._unseen: list[RawFrame] = []

    def add(self, frame: RawFrame, *, starts_shot: bool) -> bool:
        """Return whether this picture was looked at."""
        if starts_shot:
            self._end_shot(frame.time_s)
        self._recent.append(frame)
        if not starts_shot and frame.time_s < self._next_s - 0.001:
            return False
        while self._next_s <= frame.time_s + 0.001:
            self._next_s += 1 / SAMPLES_PER_S
        found = FaceSample(frame.time_s, tuple(self._detector.detect(frame.in_colour().picture)))
        if self._last is not None:
            found = watch_mouths(self._last, found, self._recent)
        self._samples.append(in_source(found, frame.scale, self._probe))
        self._candidates.add(frame, is_seen=bool(self._samples[-1].boxes))
        self._last, self._recent = found, [frame]
        return True

    @property
    def newest(self) -> FaceSample:
        """The last sample; there is one as soon as `add` returned True."""
        return self._samples[-1]

    def finish(self) -> FaceTrack:
        self._end_shot(self._probe.duration_s)
        return FaceTrack(tuple(self._samples), tuple(self._unseen))

    def _end_shot(self, end_s: float) -> None:
        middle = self._candidates.middle(end_s)
        if middle is not None and len(self._unseen) < MAX_UNSEEN:
            self._unseen.append(middle)
        self._candidates, self._last, self._recent = _Candidates(), None, []


class _Candidates:
    """A few pictures spread over the present shot, as long as no face was seen in it; how long it is shows at its end."""

    def __init__(self) -> None:
        self._kept: list[RawFrame] = []
        self._step, self._count = 1, 0
        self._is_seen = False

    def add(self, frame: RawFrame, *, is_seen: bool) -> None:
        self._is_seen = self._is_seen or is_seen
        if self._is_seen:
            self._kept.clear()
            return
        if self._count % self._step == 0:
            self._kept.append(frame)
        self._count += 1
        if len(self._kept) > _CANDIDATES:
            self._kept, self._step = self._kept[::2], self._step * 2

    def middle(self, end_s: float) -> RawFrame | None:
        if not self._kept:
            return None
        middle_s = (self._kept[0].time_s + end_s) / 2
        return min(self._kept, key=lambda frame: abs(frame.time_s - middle_s))


def watch_mouths(last: FaceSample, sample: FaceSample, frames: list[RawFrame]) -> FaceSample:
    """Give the largest faces of a sample the mouth motion since the last one. All in pixels of the small pictures `frames`."""
    length_s = max(1e-3, sample.time_s - last.time_s)
    largest = sorted(sample.boxes, key=lambda box: -box.width_px * box.height_px)[:_MOST_MOUTHS]
    boxes: list[FaceBox] = []
    for box in sample.boxes:
        before = same_face(box, last.boxes) if box in largest else None
        moved = [
            mouth_motion(first.luma, second.luma, between(before, box, ((first.time_s + second.time_s) / 2 - last.time_s) / length_s))
            for first, second in pairwise(frames)
            if before is not None
        ]
        known = [value for value in moved if value >= 0]
        boxes.append(replace(box, mouth=round(sum(known) / len(known), 2)) if known else box)
    return FaceSample(sample.time_s, tuple(boxes))


def look_again(track: FaceTrack, detector: FaceDetector, probe: Probe) -> tuple[FaceSample, ...]:
    """Return the samples with what another detector finds in the shots where the first one saw nobody."""
    found = {frame.time_s: look(frame.in_colour(), detector, probe) for frame in track.unseen}
    return tuple(found.get(sample.time_s, sample) for sample in track.samples)


def look(frame: SmallFrame, detector: FaceDetector, probe: Probe) -> FaceSample:
    """Detect in one small picture and give the boxes in source pixels, cut at the picture's edge."""
    return in_source(FaceSample(frame.time_s, tuple(detector.detect(frame.picture))), frame.scale, probe)


def in_source(sample: FaceSample, scale: float, probe: Probe) -> FaceSample:
    """Turn boxes in pixels of a small picture into boxes in pixels of the source, largest first."""
    boxes = [box for found in sample.boxes if (box := _in_source(found, scale, probe)) is not None]
    return FaceSample(sample.time_s, tuple(sorted(boxes, key=lambda box: -box.width_px * box.height_px)))


def _in_source(box: FaceBox, scale: float, probe: Probe) -> FaceBox | None:
    left, top = max(0.0, box.x_px * scale), max(0.0, box.y_px * scale)
    right = min(float(probe.width_px), (box.x_px + box.width_px) * scale)
    bottom = min(float(probe.height_px), (box.y_px + box.height_px) * scale)
    if right - left < 2 or bottom - top < 2:
        return None
    return FaceBox(round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1), round(box.score, 3), box.mouth)
