"""Where to look: one 9:16 rectangle per shot, around the face that is there most and largest, else the middle.

The rectangle stands still: following every move of a face looks like a nervous camera. Only where the camera pans, so that a still crop
would lose the face, it moves evenly from one end of the shot to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import linear_regression, median

from tools.video.media import Analysis, FaceBox, FaceSample, Span
from tools.video.timeline import Crop, CropFrom, to_ticks

_ASPECT = Fraction(9, 16)
_SAME_FACE = 0.12  # two boxes whose centres lie within this share of the picture's width are one person
_ALSO_PRESENT = 0.35  # a second face this heavy, compared with the first, is kept in the picture where both fit
_EYES = 0.42  # where the face's centre lies in a crop that is lower than the source, as a share from the top
_DRIFT = 0.25  # a face that moves evenly over more than this share of the crop's width is followed
_UNEVEN = 0.08  # as long as it stays this near (share of the crop's width) to its even path
_MERGE_PX = 0.04  # crops that differ by less than this share of the crop's width are one: no twitch over a false cut


@dataclass(frozen=True, slots=True)
class _Person:
    """Boxes of one face position in a shot; `weight` is the sum of area times score."""

    boxes: tuple[FaceBox, ...]
    times_s: tuple[float, ...]
    weight: float

    @property
    def center(self) -> tuple[float, float]:
        return _center(self.boxes)

    @property
    def width(self) -> float:
        return median(box.width_px for box in self.boxes)


def crop_size(width_px: int, height_px: int, aspect: Fraction = _ASPECT) -> tuple[int, int]:
    """The largest even rectangle of this aspect inside the picture (at least 2x2)."""
    if Fraction(width_px, height_px) > aspect:
        return _even(min(width_px, float(height_px * aspect))), _even(height_px)
    return _even(width_px), _even(min(height_px, float(width_px / aspect)))


def plan_crops(analysis: Analysis, span: Span, aspect: Fraction = _ASPECT) -> tuple[CropFrom, ...]:
    """One crop for each shot that touches `span`; the first starts with the span."""
    probe = analysis.probe
    size = crop_size(probe.width_px, probe.height_px, aspect)
    crops: list[CropFrom] = []
    for shot in _shots_in(analysis.shots, span):
        samples = [sample for sample in analysis.faces if shot.start_s <= sample.time_s < shot.end_s]
        crop, drift_to = _crop_around(samples, shot, (probe.width_px, probe.height_px), size)
        if not crops or drift_to or crops[-1].drift_to or not _nearly_same(crops[-1].crop, crop):
            crops.append(CropFrom(to_ticks(shot.start_s), crop, drift_to))
    return tuple(crops)


def _shots_in(shots: Sequence[Span], span: Span) -> list[Span]:
    """The shots cut down to the span; the whole span where analysis knows none."""
    inside = [Span(max(shot.start_s, span.start_s), min(shot.end_s, span.end_s)) for shot in shots]
    inside = [shot for shot in inside if shot.duration_s > 0]
    if not inside:
        return [span]
    return [Span(span.start_s, inside[0].end_s), *inside[1:]]


def _crop_around(samples: Sequence[FaceSample], shot: Span, picture: tuple[int, int], size: tuple[int, int]) -> tuple[Crop, Crop | None]:
    """The crop of a shot and, where the camera pans with a face, where it ends."""
    people = _people(samples, picture[0])
    if not people:
        return _placed(picture[0] / 2, picture[1] / 2, size, picture), None
    y = people[0].center[1] + (0.5 - _EYES) * size[1]
    shown = _who_fits(people, size[0])
    path = _even_path(people[0], shot, size[0]) if len(shown) == 1 else None
    if path is not None:
        return _placed(path[0], y, size, picture), _placed(path[1], y, size, picture)
    left = min(person.center[0] - person.width / 2 for person in shown)
    right = max(person.center[0] + person.width / 2 for person in shown)
    return _placed((left + right) / 2, y, size, picture), None


def _even_path(person: _Person, shot: Span, crop_width: int) -> tuple[float, float] | None:
    """Where the face's centre is at the start and the end of the shot, if it moves far and evenly (least squares over its samples)."""
    times_s, centers = person.times_s, [box.x_px + box.width_px / 2 for box in person.boxes]
    if len(set(times_s)) < 4 or times_s[-1] - times_s[0] < 0.6 * shot.duration_s:
        return None
    slope, at_zero = linear_regression(times_s, centers)
    off = median(abs(center - slope * time_s - at_zero) for time_s, center in zip(times_s, centers, strict=True))
    if abs(slope) * shot.duration_s < _DRIFT * crop_width or off > _UNEVEN * crop_width:
        return None
    return slope * shot.start_s + at_zero, slope * shot.end_s + at_zero


def _placed(x: float, y: float, size: tuple[int, int], picture: tuple[int, int]) -> Crop:
    return Crop(_clamped(x, size[0], picture[0]), _clamped(y, size[1], picture[1]), *size)


def _people(samples: Sequence[FaceSample], width_px: int) -> list[_Person]:
    """Boxes gathered by where each face was last seen, the heaviest (largest, most present, surest) first."""
    groups: list[list[tuple[float, FaceBox]]] = []
    for sample in samples:
        for box in sample.boxes:
            x = box.x_px + box.width_px / 2
            near = [group for group in groups if abs(_center((group[-1][1],))[0] - x) < _SAME_FACE * width_px]
            if not near:
                groups.append([])
            (near or groups[-1:])[0].append((sample.time_s, box))
    people = [_person(group) for group in groups]
    return sorted(people, key=lambda person: -person.weight)


def _person(seen: Sequence[tuple[float, FaceBox]]) -> _Person:
    times_s, boxes = zip(*seen, strict=True)
    return _Person(boxes, times_s, sum(box.width_px * box.height_px * box.score for box in boxes))


def _who_fits(people: Sequence[_Person], crop_width: int) -> list[_Person]:
    """The heaviest person, and others who matter as long as all faces fit side by side."""
    shown = [people[0]]
    for person in people[1:]:
        group = [*shown, person]
        left = min(one.center[0] - one.width / 2 for one in group)
        right = max(one.center[0] + one.width / 2 for one in group)
        if person.weight >= _ALSO_PRESENT * people[0].weight and right - left <= 0.9 * crop_width:
            shown = group
    return shown


def _center(boxes: Sequence[FaceBox]) -> tuple[float, float]:
    return median(b.x_px + b.width_px / 2 for b in boxes), median(b.y_px + b.height_px / 2 for b in boxes)


def _nearly_same(one: Crop, other: Crop) -> bool:
    limit = _MERGE_PX * one.width_px
    return abs(one.x_px - other.x_px) < limit and abs(one.y_px - other.y_px) < limit


def _clamped(center: float, size: int, whole: int) -> int:
    return _even_down(max(0.0, min(center - size / 2, whole - size)))


def _even(value: float) -> int:
    return max(2, _even_down(value))


def _even_down(value: float) -> int:
    return int(value) // 2 * 2
