"""Who speaks when: the mouth that moves while a voice is heard, and turns long enough to look at.

The turns are the cheapest path through the samples of a shot: to show somebody costs what the others' mouths moved more, to switch costs a
fixed price, so that a nod or a laugh does not turn the camera. Where mouths are not known, the larger face takes the mouth's place.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.video.media import Analysis, Span
from tools.video.reframe.tracks import Track

LEAST_TURN_S = 1.2  # a shorter turn is a word thrown in
LEAST_SHOWN_S = 2.0  # nobody is shown alone for less: a cut a second makes a viewer dizzy
_SWITCH_S = 0.55  # a switch costs as much as so many seconds of clear advantage
_SWITCH_BY_SIZE_S = 2.5
_WINDOW_S = 0.45  # on both sides: a syllable or two
_VOICE_MARGIN_S = 0.2  # mouths open a little before the voice and close a little after
_QUIET = 0.25  # this quantile of a mouth's movement is what it moves at rest (and what the picture's noise adds)
_LOUD = 0.9
_FAINT = 1.0  # luma levels: a mouth that moves this much speaks as likely as not ...
_LEVELLING = 0.1  # ... or this share of what the liveliest mouth moves: a dim or small face speaks no less than a large one
_GONE = 1.0  # what showing somebody who is not there costs, per second
_SNAP_S = 0.45  # a switch may move this far to a pause


@dataclass(frozen=True, slots=True)
class Turn:
    """From `start_s` to `end_s` the person `who` (a place in the tracks) is the one to show."""

    who: int
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


def find_turns(tracks: Sequence[Track], analysis: Analysis, span: Span, least_s: float = LEAST_TURN_S) -> tuple[Turn, ...]:
    """Turns of at least `least_s` that cover the span, one after another, by mouths where these are known of all, else by size."""
    if len(tracks) < 2:
        return (Turn(0, span.start_s, span.end_s),)
    by_mouth = knows_mouths(tracks, analysis, span)
    times_s = sorted({at for track in tracks for at in track.times_s})
    rewards = _by_mouth(tracks, times_s, analysis.speech) if by_mouth else _by_size(tracks, times_s)
    steps_s = [min(1.0, later - earlier) for earlier, later in pairwise(times_s)] + [0.33]
    gains = [[share * step_s for share in row] for row, step_s in zip(rewards, steps_s, strict=True)]
    path = _cheapest(gains, _SWITCH_S if by_mouth else _SWITCH_BY_SIZE_S)
    turns = held(_turns(path, times_s, span), least_s)
    return _snapped(turns, analysis, least_s) if by_mouth else turns


def knows_mouths(tracks: Sequence[Track], analysis: Analysis, span: Span) -> bool:
    """Whether mouths can tell the speaker: known for all of them, and somebody speaks."""
    voiced = any(one.start_s < span.end_s and one.end_s > span.start_s for one in analysis.speech)
    return voiced and len(tracks) >= 2 and all(track.has_mouth for track in tracks)


def is_voiced(at_s: float, speech: Sequence[Span], margin_s: float = _VOICE_MARGIN_S) -> bool:
    place = bisect.bisect_right(speech, at_s + margin_s, key=lambda span: span.start_s)
    return place > 0 and speech[place - 1].end_s + margin_s > at_s


def _by_mouth(tracks: Sequence[Track], times_s: Sequence[float], speech: Sequence[Span]) -> list[list[float]]:
    """Each person's share of all mouth movement around each moment; nobody's where no voice is heard or nothing moves."""
    moving = [_above_rest(track) for track in tracks]
    half = max(_FAINT, _LEVELLING * max(_quantile([value for _, value in values], _LOUD) for values in moving))
    moving = [[(at, value / (value + half)) for at, value in values] for values in moving]
    rows = []
    for at_s in times_s:
        activity = [_around(values, at_s) for values in moving]
        total = sum(activity)
        clear = min(1.0, total / 0.25) if is_voiced(at_s, speech) else 0.0
        gone = [0.0 if _is_near(track, at_s) else _GONE for track in tracks]
        rows.append([clear * value / max(1e-9, total) - loss for value, loss in zip(activity, gone, strict=True)])
    return rows


def _above_rest(track: Track) -> list[tuple[float, float]]:
    known = [(at, box.mouth) for at, box in zip(track.times_s, track.boxes, strict=True) if box.mouth >= 0]
    rest = _quantile([value for _, value in known], _QUIET)
    return [(at, max(0.0, value - rest)) for at, value in known]


def _around(values: Sequence[tuple[float, float]], at_s: float) -> float:
    near = [value for time_s, value in values if abs(time_s - at_s) <= _WINDOW_S]
    return sum(near) / len(near) if near else 0.0


def _is_near(track: Track, at_s: float) -> bool:
    """Whether a person was seen within half a second of a moment."""
    place = bisect.bisect_left(track.times_s, at_s - 0.5)
    return place < len(track.times_s) and track.times_s[place] <= at_s + 0.5


def _by_size(tracks: Sequence[Track], times_s: Sequence[float]) -> list[list[float]]:
    """Each person's share of all face area at each moment."""
    areas = [{at: box.width_px * box.height_px * box.score for at, box in zip(t.times_s, t.boxes, strict=True)} for t in tracks]
    rows = []
    for at_s in times_s:
        row = [area.get(at_s, 0.0) for area in areas]
        rows.append([value / max(1e-9, sum(row)) for value in row])
    return rows


def _cheapest(gains: Sequence[Sequence[float]], switch: float) -> list[int]:
    """The choice per moment with the greatest sum of gains, less `switch` for each change (dynamic programming, Viterbi 1967)."""
    best, back = list(gains[0]), []
    for row in gains[1:]:
        top = max(range(len(best)), key=lambda who: best[who])
        came = [who if best[who] >= best[top] - switch else top for who in range(len(best))]
        best = [max(best[who], best[top] - switch) + row[who] for who in range(len(best))]
        back.append(came)
    path = [max(range(len(best)), key=lambda who: best[who])]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[::-1]


def _turns(path: Sequence[int], times_s: Sequence[float], span: Span) -> list[Turn]:
    turns = [Turn(path[0], span.start_s, span.end_s)]
    for (before_s, _), (at_s, who) in pairwise(zip(times_s, path, strict=True)):
        if who != turns[-1].who:
            switch_s = (before_s + at_s) / 2
            turns[-1] = replace(turns[-1], end_s=switch_s)
            turns.append(Turn(who, switch_s, span.end_s))
    return turns


def held(turns: Sequence[Turn], least_s: float) -> tuple[Turn, ...]:
    """Turns too short to show taken out, the shortest first: the neighbours' become longer."""
    kept = list(turns)
    while len(kept) > 1 and min(turn.duration_s for turn in kept) < least_s:
        place = min(range(len(kept)), key=lambda n: kept[n].duration_s)
        short = kept.pop(place)
        if place > 0:
            kept[place - 1] = replace(kept[place - 1], end_s=short.end_s)
        else:
            kept[0] = replace(kept[0], start_s=short.start_s)
        kept = _joined(kept)
    return tuple(kept)


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].who == turn.who:
            joined[-1] = replace(joined[-1], end_s=turn.end_s)
        else:
            joined.append(turn)
    return joined


def _snapped(turns: Sequence[Turn], analysis: Analysis, least_s: float) -> tuple[Turn, ...]:
    """The switches moved to the widest near gap between words, where one is near: a cut inside a word sounds like a mistake."""
    snapped = list(turns)
    for place in range(1, len(snapped)):
        at_s = _quiet_near(snapped[place].start_s, analysis)
        if snapped[place - 1].start_s + least_s <= at_s <= snapped[place].end_s - least_s:
            snapped[place - 1] = replace(snapped[place - 1], end_s=at_s)
            snapped[place] = replace(snapped[place], start_s=at_s)
    return tuple(snapped)


def _quiet_near(at_s: float, analysis: Analysis) -> float:
    """The end of a gap (between words, else between spans of speech) near `at_s`: the wider and the nearer the better."""
    heard = [(word.start_s, word.end_s) for word in analysis.words] or [(span.start_s, span.end_s) for span in analysis.speech]
    first = bisect.bisect_left(heard, (at_s - 3.0, 0.0))
    near = [one for one in heard[max(0, first - 1) :][:40] if one[0] <= at_s + 3.0]
    best, best_s = -1.0, at_s
    for (_, ended_s), (starts_s, _) in pairwise(near):
        gap_s, switch_s = max(0.0, starts_s - ended_s), max(ended_s, starts_s - 0.08)  # the picture a moment before the word
        if abs(switch_s - at_s) <= _SNAP_S:
            worth = min(0.5, gap_s) + 0.4 * (1 - abs(switch_s - at_s) / _SNAP_S)
            best, best_s = max((best, best_s), (worth, switch_s))
    return best_s


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
