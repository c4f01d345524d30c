"""Faces followed through a shot: which boxes of one sample are the same person as in the samples before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from tools.video.media import FaceBox, FaceSample, Span

_REACH = 0.9  # how far a centre may lie from where it was expected, in face sizes ...
_REACH_PER_S = 0.6  # ... and how much farther for each second it was not seen
_SIZE_RATIO = 2.0
_LOST_S = 2.5  # a face that was not seen for longer is a new one, unless it comes back where it was
_RETURN_S, _RETURN_REACH = 8.0, 0.8
_RARE = 0.15  # a track seen in a smaller share of the samples that show anybody is a false find or a passer-by


@dataclass(frozen=True)
class Track:
    """One person's boxes in a shot, ordered by time; at least one."""

    times_s: tuple[float, ...]
    boxes: tuple[FaceBox, ...]

    @cached_property
    def weight(self) -> float:
        """How much of the shot this face is: area times score, summed over its samples."""
        return sum(box.width_px * box.height_px * box.score for box in self.boxes)

    @cached_property
    def center(self) -> tuple[float, float]:
        return median(center(box)[0] for box in self.boxes), median(center(box)[1] for box in self.boxes)

    @cached_property
    def size(self) -> tuple[float, float]:
        """Median width and height."""
        return median(box.width_px for box in self.boxes), median(box.height_px for box in self.boxes)

    @cached_property
    def has_mouth(self) -> bool:
        """Whether the movement of the mouth is known in at least half of the samples (the first of a track never has it)."""
        known = sum(box.mouth >= 0 for box in self.boxes)
        return known >= 3 and known >= 0.5 * len(self.boxes)

    def within(self, span: Span) -> "Track | None":
        """The part of the track inside a span."""
        seen = [(at, box) for at, box in zip(self.times_s, self.boxes, strict=True) if span.start_s <= at < span.end_s]
        return _track(seen) if seen else None


@dataclass(slots=True)
class _Open:
    """A track that may still go on."""

    seen: list[tuple[float, FaceBox]] = field(default_factory=list)

    def expected(self, at_s: float) -> tuple[float, float]:
        """Where the centre would be by now if it moved on as between its last two samples, for at most half a second."""
        last_s, last = self.seen[-1]
        x, y = center(last)
        if len(self.seen) < 2 or last_s - self.seen[-2][0] > 0.8:
            return x, y
        before_s, before = self.seen[-2]
        ahead = min(0.5, at_s - last_s) / max(0.05, last_s - before_s)
        return x + ahead * (x - center(before)[0]), y + ahead * (y - center(before)[1])


def center(box: FaceBox) -> tuple[float, float]:
    return box.x_px + box.width_px / 2, box.y_px + box.height_px / 2


def link_faces(samples: Sequence[FaceSample], shot: Span) -> tuple[Track, ...]:
    """The people of a shot, the heaviest (largest, most present, surest) first; rarely seen ones are left out.

    The nearest pairs are joined first: with a handful of faces this differs from the best assignment only where two of one size meet.
    """
    inside = sorted((sample for sample in samples if shot.start_s <= sample.time_s < shot.end_s), key=lambda sample: sample.time_s)
    going: list[_Open] = []
    for sample in inside:
        _extend(going, sample)
    tracks = sorted((_track(one.seen) for one in _rejoined(going)), key=lambda track: -track.weight)
    least = _RARE * sum(bool(sample.boxes) for sample in inside)
    return tuple(track for place, track in enumerate(tracks) if place == 0 or len(track.boxes) >= least)


def _extend(going: list[_Open], sample: FaceSample) -> None:
    """Give each box of a sample to the track it goes on, or to a new one."""
    pairs = []
    for number, one in enumerate(going):
        for place, box in enumerate(sample.boxes):
            if (cost := _cost(one, box, sample.time_s)) is not None:
                pairs.append((cost, number, place))
    tracks, boxes = set(), set()
    for _, number, place in sorted(pairs):
        if number not in tracks and place not in boxes:
            going[number].seen.append((sample.time_s, sample.boxes[place]))
            tracks.add(number)
            boxes.add(place)
    going.extend(_Open([(sample.time_s, box)]) for place, box in enumerate(sample.boxes) if place not in boxes)


def _cost(one: _Open, box: FaceBox, at_s: float) -> float | None:
    """How far a box lies from a track in face sizes, the change of size counted too; None where it cannot be the same face."""
    last_s, last = one.seen[-1]
    away_s = at_s - last_s
    ratio = _size(box) / _size(last)
    if away_s <= 0 or away_s > _LOST_S or not 1 / _SIZE_RATIO < ratio < _SIZE_RATIO:
        return None
    distance = math.dist(one.expected(at_s), center(box)) / max(_size(box), _size(last))
    return None if distance > _REACH + _REACH_PER_S * away_s else distance + abs(math.log(ratio))


def _rejoined(tracks: Sequence[_Open]) -> list[_Open]:
    """Pieces of one person joined: who turned away and is seen again at the same place in the same size."""
    joined: list[_Open] = []
    for track in sorted(tracks, key=lambda one: one.seen[0][0]):
        first_s, first = track.seen[0]
        for earlier in joined:
            last_s, last = earlier.seen[-1]
            size = max(_size(first), _size(last))
            near = math.dist(center(first), center(last)) < _RETURN_REACH * size and 0.6 < _size(first) / _size(last) < 1.6
            if near and 0 < first_s - last_s <= _RETURN_S:
                earlier.seen.extend(track.seen)
                break
        else:
            joined.append(_Open(list(track.seen)))
    return joined


def _track(seen: Sequence[tuple[float, FaceBox]]) -> Track:
    times_s, boxes = zip(*seen, strict=True)
    return Track(times_s, boxes)


def _size(box: FaceBox) -> float:
    return math.sqrt(max(1.0, box.width_px * box.height_px))
