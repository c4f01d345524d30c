"""From sightings to regions that move: one track a person, gaps filled, carried on before the first and after the last sighting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tools.video.additions import HiddenKey, HiddenTrack
from tools.video.anonymise.looks import Look, Sighting
from tools.video.geometry import Box
from tools.video.timeline import to_seconds, to_ticks

_PATIENCE = to_ticks(2.0)  # a face unseen for longer is another track; for less, the gap is filled
_CARRY = to_ticks(0.8)  # a track goes on before its first and after its last sighting, at most to the edge of the shot
_SURE, _LIKELY, _OFTEN = 0.7, 0.5, 3  # a face was seen once surely, or likely and often: else it was a pattern of the picture
_STEADY, _UNEVEN = 4, 0.25  # a track is carried on moving when so many sightings lie so near to even movement (share of the width)
_PAN = 0.25  # of the width in a second: a quick pan
_MARGIN = 0.2  # of the face's size on each side: the oval then covers the box's corners
_SPEED_MARGIN_S = 0.05  # and as far as it moves in half the time between two looks
_TOLERANCE = 0.05  # of the size: how far a key may be off; the region grows by as much
_KEY_EVERY = to_ticks(0.195)  # five keys a second at most
_LONGEST = to_ticks(2.0)  # between two keys


@dataclass(slots=True)
class Track:
    """The sightings of one face or thing, in order, and the bounds of its shot."""

    seen: list[tuple[int, Sighting]] = field(default_factory=list)
    begins: int = 0  # the first tick of its shot
    ends: int = 0  # the first tick after it

    @property
    def what(self) -> str:
        return self.seen[0][1].what

    @property
    def last(self) -> int:
        return self.seen[-1][0]

    def expected(self, at: int) -> Box:
        """Where it should be now, by its last movement (for as long as a second)."""
        (before, one), (last, other) = self.seen[-2:] if len(self.seen) > 1 else (self.seen[-1], self.seen[-1])
        if last == before or last - before > _PATIENCE // 4:
            return other.box
        share = min(at - last, to_ticks(0.3)) / (last - before)
        return other.box._replace(
            x_px=other.box.x_px + share * (other.box.x_px - one.box.x_px), y_px=other.box.y_px + share * (other.box.y_px - one.box.y_px)
        )

    @property
    def is_real(self) -> bool:
        best = max(sighting.score for _, sighting in self.seen)
        return best >= _SURE or (best >= _LIKELY and len(self.seen) >= _OFTEN)


def follow(looks: Iterable[Look], start: int, end: int, frame: int, width_px: int) -> list[Track]:
    """Join sightings to tracks. A cut ends every track.

    Args:
        looks: Those of one stretch, from `start` to `end` (ticks).
        frame: Ticks of one frame of the file.
        width_px: Of what is looked at.
    """
    done: list[Track] = []
    going: list[Track] = []
    shot = start
    for look in looks:
        if look.is_cut and look.at > start:
            done += _ended(going, look.at - frame)
            going, shot = [], look.at
        gone = [track for track in going if look.at - track.last > _PATIENCE]
        done += _ended(gone, look.at)
        going = [track for track in going if look.at - track.last <= _PATIENCE]
        left = _match(going, look, _PAN * width_px)
        going += [Track([(look.at, sighting)], shot) for sighting in left]
    done += _ended(going, end)
    return [track for track in done if track.is_real]


def _ended(tracks: Iterable[Track], at: int) -> list[Track]:
    known = list(tracks)
    for track in known:
        track.ends = at
    return known


def _match(going: Sequence[Track], look: Look, pan_px: float) -> list[Sighting]:
    """Give each sighting to the track that expected it nearest; return those that nobody expected.

    A track of one sighting has no speed yet: it may have moved as fast as a camera pans (`pan_px` a second).
    """
    pairs = sorted(
        (cost, n, m)
        for n, track in enumerate(going)
        for m, sighting in enumerate(look.found)
        if track.what == sighting.what
        and (cost := _distance(track.expected(look.at), sighting.box, look.at - track.last, 0.0 if len(track.seen) > 1 else pan_px)) < 1
    )
    tracks, sightings = set[int](), set[int]()
    for _, n, m in pairs:
        if n not in tracks and m not in sightings:
            going[n].seen.append((look.at, look.found[m]))
            tracks.add(n)
            sightings.add(m)
    return [sighting for m, sighting in enumerate(look.found) if m not in sightings]


def _distance(one: Box, other: Box, gap: int, pan_px: float) -> float:
    """How far apart two boxes are, in shares of what may be: the mean size, a little more after a gap. 1 and more: not the same."""
    size = (one.width_px + other.width_px + one.height_px + other.height_px) / 4
    ratio = max(one.height_px, other.height_px) / max(1e-6, min(one.height_px, other.height_px))
    across = one.x_px + one.width_px / 2 - other.x_px - other.width_px / 2
    down = one.y_px + one.height_px / 2 - other.y_px - other.height_px / 2
    allowed = size * (0.7 + 0.5 * min(1.0, to_seconds(gap))) + pan_px * min(0.3, to_seconds(gap))
    return (across**2 + down**2) ** 0.5 / allowed if ratio < 2 else 1.0


def to_hidden(track: Track, media: str = "") -> HiddenTrack:
    """A track as the region it covers: margins by size and movement, carried on at both ends, few keys."""
    times = [at for at, _ in track.seen]
    boxes = [sighting.box for _, sighting in track.seen]
    chosen = _choose_keys(times, boxes)
    keys = []
    for n, index in enumerate(chosen):
        off = max(_worst(times, boxes, chosen[max(0, n - 1)], index), _worst(times, boxes, index, chosen[min(n + 1, len(chosen) - 1)]))
        keys.append(_key(times[index], boxes[index], off, _speed(times, boxes, index)))
    first, last = keys[0], keys[-1]
    begins, ends = max(track.begins, first.at - _CARRY), min(max(track.ends, last.at), last.at + _CARRY)
    before = [_moved(first, begins, _steady_speed(times[:_STEADY], boxes[:_STEADY]))] if begins < first.at else []
    after = [_moved(last, ends, _steady_speed(times[-_STEADY:], boxes[-_STEADY:]))] if ends > last.at else []
    carried = [*before, *keys, *after]
    return HiddenTrack(tuple(carried), track.what, track.what == "face", media)


def _choose_keys(times: Sequence[int], boxes: Sequence[Box]) -> list[int]:
    """Indices of the sightings that are enough to move from one to the next evenly."""
    chosen = [0]
    while chosen[-1] < len(times) - 1:
        start = chosen[-1]
        end = start + 1
        while end + 1 < len(times) and (times[end] - times[start] < _KEY_EVERY or _fits(times, boxes, start, end + 1)):
            end += 1
        chosen.append(end)
    return chosen


def _fits(times: Sequence[int], boxes: Sequence[Box], start: int, end: int) -> bool:
    size = min(boxes[start].width_px, boxes[end].width_px)
    return times[end] - times[start] <= _LONGEST and _worst(times, boxes, start, end) <= _TOLERANCE * size


def _worst(times: Sequence[int], boxes: Sequence[Box], start: int, end: int) -> float:
    """How far, in pixels, an edge of a box between two keys lies outside of the box that moves evenly from one key to the other."""
    worst = 0.0
    for n in range(start + 1, end):
        share = (times[n] - times[start]) / (times[end] - times[start])
        even = [a + share * (b - a) for a, b in zip(boxes[start], boxes[end], strict=True)]
        box = boxes[n]
        right, bottom = box.x_px + box.width_px - even[0] - even[2], box.y_px + box.height_px - even[1] - even[3]
        worst = max(worst, even[0] - box.x_px, even[1] - box.y_px, right, bottom)
    return worst


def _speed(times: Sequence[int], boxes: Sequence[Box], index: int) -> tuple[float, float]:
    """The faster of the movements to and from a sighting, across and down, in pixels a second."""
    near = [n for n in (index - 1, index, index + 1) if 0 <= n < len(times)]
    across, down = 0.0, 0.0
    for one, other in pairwise(near):
        passed_s = max(1e-3, to_seconds(times[other] - times[one]))
        if passed_s <= 0.5:  # over a gap nothing is known of the speed
            a, b = boxes[one], boxes[other]
            across = max(across, abs(b.x_px + b.width_px / 2 - a.x_px - a.width_px / 2) / passed_s)
            down = max(down, abs(b.y_px + b.height_px / 2 - a.y_px - a.height_px / 2) / passed_s)
    return across, down


def _key(at: int, box: Box, off: float, speed: tuple[float, float]) -> HiddenKey:
    across = _MARGIN * box.width_px + off + _SPEED_MARGIN_S * speed[0]
    down = _MARGIN * box.height_px + off + _SPEED_MARGIN_S * speed[1]
    numbers = (box.x_px - across, box.y_px - down, box.width_px + 2 * across, box.height_px + 2 * down)
    return HiddenKey(at, *(round(number, 1) for number in numbers))


def _steady_speed(times: Sequence[int], boxes: Sequence[Box]) -> tuple[float, float]:
    """Pixels a tick, across and down, of what moves evenly (as everything does while the camera pans); else 0, 0: it is held."""
    if len(times) < _STEADY or times[-1] - times[0] > 2 * _CARRY:
        return 0.0, 0.0
    passed = times[-1] - times[0]
    across, down = (boxes[-1].x_px - boxes[0].x_px) / passed, (boxes[-1].y_px - boxes[0].y_px) / passed
    off = max(
        max(abs(boxes[0].x_px + across * (at - times[0]) - box.x_px), abs(boxes[0].y_px + down * (at - times[0]) - box.y_px))
        for at, box in zip(times, boxes, strict=True)
    )
    return (across, down) if off < _UNEVEN * boxes[0].width_px else (0.0, 0.0)


def _moved(key: HiddenKey, at: int, speed: tuple[float, float]) -> HiddenKey:
    passed = at - key.at
    x_px, y_px = round(key.x_px + speed[0] * passed, 1), round(key.y_px + speed[1] * passed, 1)
    return HiddenKey(at, x_px, y_px, key.width_px, key.height_px)
