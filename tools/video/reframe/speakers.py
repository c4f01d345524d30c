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

LEAST_TURN_S = 2.0  # nobody is shown for less: a cut a second makes a viewer dizzy
_SWITCH_S = 0.7  # a switch costs as much as so many seconds of clear advantage
_SWITCH_BY_SIZE_S = 2.5
_WINDOW_S = 0.55  # on both sides: a syllable or two
_VOICE_MARGIN_S = 0.2  # mouths open a little before the voice and close a little after
_QUIET = 0.25  # this quantile of a mouth's movement is what it moves at rest (and what the picture's noise adds)
_LOUD = 0.9
_LEVELLING = 0.35  # a dim or small face counts up to 1 / 0.35 times more, no further: that would amplify noise
_FAINT = 1.5  # luma levels of movement below which nobody seems to speak
_SNAP_S = 0.6  # a switch may move this far to a pause


@dataclass(frozen=True, slots=True)
class Turn:
    """From `start_s` to `end_s` the person `who` (a place in the tracks) is the one to show."""

    who: int
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


def find_turns(tracks: Sequence[Track], analysis: Analysis, span: Span) -> tuple[Turn, ...]:
    """Turns that cover the span, one after another, by mouths where these are known of all, else by size."""
    if len(tracks) < 2:
        return (Turn(0, span.start_s, span.end_s),)
    by_mouth = knows_mouths(tracks, analysis, span)
    times_s = sorted({at for track in tracks for at in track.times_s})
    rewards = _by_mouth(tracks, times_s, analysis.speech) if by_mouth else _by_size(tracks, times_s)
    steps_s = [min(1.0, later - earlier) for earlier, later in pairwise(times_s)] + [0.33]
    gains = [[share * step_s for share in row] for row, step_s in zip(rewards, steps_s, strict=True)]
    path = _cheapest(gains, _SWITCH_S if by_mouth else _SWITCH_BY_SIZE_S)
    turns = _held(_turns(path, times_s, span))
    return _snapped(turns, analysis) if by_mouth else turns


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
    loud = [_quantile([value for _, value in values], _LOUD) for values in moving]
    scales = [max(own, _LEVELLING * max(loud), _FAINT) for own in loud]
    rows = []
    for at_s in times_s:
        activity = [_around(values, at_s) / scale for values, scale in zip(moving, scales, strict=True)]
        total = sum(activity)
        clear = min(1.0, total / 0.3) if is_voiced(at_s, speech) else 0.0
        rows.append([clear * value / total if total > 0 else 0.0 for value in activity])
    return rows


def _above_rest(track: Track) -> list[tuple[float, float]]:
    known = [(at, box.mouth) for at, box in zip(track.times_s, track.boxes, strict=True) if box.mouth >= 0]
    rest = _quantile([value for _, value in known], _QUIET)
    return [(at, max(0.0, value - rest)) for at, value in known]


def _around(values: Sequence[tuple[float, float]], at_s: float) -> float:
    near = [value for time_s, value in values if abs(time_s - at_s) <= _WINDOW_S]
    return sum(near) / len(near) if near else 0.0


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
    for before_s, (at_s, who) in zip(times_s, list(zip(times_s, path, strict=True))[1:], strict=False):
        if who != turns[-1].who:
            switch_s = (before_s + at_s) / 2
            turns[-1] = replace(turns[-1], end_s=switch_s)
            turns.append(Turn(who, switch_s, span.end_s))
    return turns


def _held(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Turns too short to show taken out, the shortest first: the neighbours' become longer."""
    held = list(turns)
    while len(held) > 1 and min(turn.duration_s for turn in held) < LEAST_TURN_S:
        place = min(range(len(held)), key=lambda n: held[n].duration_s)
        short = held.pop(place)
        if place > 0:
            held[place - 1] = replace(held[place - 1], end_s=short.end_s)
        else:
            held[0] = replace(held[0], start_s=short.start_s)
        held = _joined(held)
    return tuple(held)


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].who == turn.who:
            joined[-1] = replace(joined[-1], end_s=turn.end_s)
        else:
            joined.append(turn)
    return joined


def _snapped(turns: Sequence[Turn], analysis: Analysis) -> tuple[Turn, ...]:
    """The switches moved to the widest near gap between words, where one is near: a cut inside a word sounds like a mistake."""
    snapped = list(turns)
    for place in range(1, len(snapped)):
        at_s = _quiet_near(snapped[place].start_s, analysis)
        earliest_s = snapped[place - 1].start_s + 0.5 * LEAST_TURN_S
        if earliest_s < at_s < snapped[place].end_s - 0.5 * LEAST_TURN_S:
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
            worth = min(0.5, gap_s) + 0.25 * (1 - abs(switch_s - at_s) / _SNAP_S)
            best, best_s = max((best, best_s), (worth, switch_s))
    return best_s


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
