"""What happens at the points: clips are split there, and stand closer or farther, around the face they show."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from tools.video import library
from tools.video.additions import Look, LookKind, SoundEffect
from tools.video.direct.points import hard_cuts, shot_cuts, splits_word, spoken
from tools.video.direct.splitting import frame_of, split, split_at
from tools.video.direct.styles import Style
from tools.video.geometry import Box, to_frame
from tools.video.media import Analysis
from tools.video.timeline import Clip, Layout, Timeline, Transition, Zoom, to_seconds, to_ticks

_FOCUS = (0.5, 0.42)  # of the frame, where nobody is found: about the eyes of a person in the middle
_SLOW = to_ticks(7.0)  # a slow zoom turns round about so often
_FLASHES_APART = to_ticks(4.0)  # far below three a second, which may harm people
_STRENGTH = {LookKind.FLASH: 0.35, LookKind.SHAKE: 0.35}


def punched(timeline: Timeline, analysis: Analysis, style: Style, points: Sequence[int], rng: Random) -> Timeline:
    """The timeline with its punch-ins or slow zooms, its transitions, and the looks and effects that go with them."""
    cuts = hard_cuts(timeline)
    heard = sorted({*cuts, *shot_cuts(timeline, analysis)}) if style.hears_shots else cuts
    if style.drift:
        timeline = _drifting(timeline, analysis, style)
    else:
        for at in points:
            timeline = split_at(timeline, at)
        timeline = _standing(timeline, analysis, style, points)
        timeline = _accented(timeline, style, points, rng)
    turn = rng.randrange(6)
    return _heard_cuts(_blended(timeline, style, cuts, turn), style, heard, turn)


def focus(timeline: Timeline, clip: Clip, analysis: Analysis) -> tuple[float, float]:
    """Where in the frame the largest face of a clip is, in shares of it; a usual place where there is none."""
    best, found = 0.0, _FOCUS
    start_s, end_s = to_seconds(clip.start), to_seconds(clip.end)
    for sample in analysis.faces if not clip.media else ():
        if not start_s <= sample.time_s < end_s:
            continue
        elapsed = round((to_ticks(sample.time_s) - clip.start) / clip.speed)
        for box in sample.boxes:
            for seen in to_frame(timeline, replace(clip, zoom=None), elapsed, Box(box.x_px, box.y_px, box.width_px, box.height_px)):
                if seen.width_px * seen.height_px > best:
                    best = seen.width_px * seen.height_px
                    across, down = (
                        (seen.x_px + seen.width_px / 2) / timeline.width_px,
                        (seen.y_px + seen.height_px / 2) / timeline.height_px,
                    )
                    found = round(min(0.85, max(0.15, across)), 3), round(min(0.7, max(0.2, down)), 3)
    return found


def _standing(timeline: Timeline, analysis: Analysis, style: Style, points: Sequence[int]) -> Timeline:
    """Every clip at the scale of its place in the order: a point goes on to the next one, a cut starts anew, one of the source too."""
    shots = shot_cuts(timeline, analysis)
    clips: list[Clip] = []
    place = 0
    for clip, start in zip(timeline.clips, timeline.starts(), strict=True):
        place = place + 1 if start in points else 0
        scale = style.scales[place % len(style.scales)] if style.scales else 1.0
        inside = next((at - start for at in shots if 0 < at - start < clip.duration), 0) if scale != 1 else 0
        first, *rest = split(clip, inside) if inside else (clip,)
        clips += [_closer(timeline, first, analysis, scale, scale), *rest]
        place = 0 if rest else place
    return replace(timeline, clips=tuple(clips))


def _drifting(timeline: Timeline, analysis: Analysis, style: Style) -> Timeline:
    """Slow zooms in and out, turning round between words, so that within a shot the picture always moves and never jumps."""
    shots = shot_cuts(timeline, analysis)
    for at in (*shots, *_turns(timeline, analysis, shots)):
        timeline = split_at(timeline, at)
    clips: list[Clip] = []
    far, begins_near = 1 + style.drift, False
    for clip, start in zip(timeline.clips, timeline.starts(), strict=True):
        goes_on = bool(clips) and start not in shots and (clips[-1].media, clips[-1].end) == (clip.media, clip.start)
        begins_near = not begins_near if goes_on else False
        # Between parts that go on the fixed point must stay, or the picture would jump where they meet.
        fixed = clips[-1].zoom if goes_on else None
        clips.append(_closer(timeline, clip, analysis, far if begins_near else 1.0, 1.0 if begins_near else far, fixed))
    return replace(timeline, clips=tuple(clips))


def _turns(timeline: Timeline, analysis: Analysis, shots: Sequence[int]) -> list[int]:
    """Frames between words at which a long shot's zoom turns round."""
    words, found = spoken(timeline, analysis), []
    edges = sorted({*timeline.starts(), *shots, timeline.duration})
    for start, end in pairwise(edges):
        parts = round((end - start) / _SLOW)
        for n in range(1, parts):
            wanted = start + n * (end - start) / parts
            frames = (frame_of(timeline, wanted + to_ticks(step / 50) * side) for step in range(60) for side in (1, -1))
            found += [at for at in frames if not splits_word(words, at)][:1]
    return found


def _closer(timeline: Timeline, clip: Clip, analysis: Analysis, first: float, last: float, fixed: Zoom | None = None) -> Clip:
    """The clip zoomed around its face; a layout of several panes stays as it is, and so does a zoom that is there."""
    if clip.layout is not Layout.FULL or clip.zoom is not None or clip.media or first == last == 1.0:
        return clip
    x, y = (fixed.x, fixed.y) if fixed is not None else focus(timeline, clip, analysis)
    return replace(clip, zoom=Zoom(first, last, x, y))


def _accented(timeline: Timeline, style: Style, points: Sequence[int], rng: Random) -> Timeline:
    """An effect and a look with each point, going round the style's accents from a place chosen by content."""
    effects: list[SoundEffect] = []
    looks: list[Look] = []
    turn, last_flash = rng.randrange(len(style.accents)), -_FLASHES_APART
    for n, at in enumerate(points):
        name, gain_db, kind = style.accents[(turn + n) % len(style.accents)]
        if name:
            effects.append(_struck(name, at, gain_db))
        if kind is LookKind.FLASH and at - last_flash < _FLASHES_APART:
            continue
        if kind is not None:
            looks.append(Look(kind, _STRENGTH[kind], at, min(timeline.duration, at + to_ticks(0.5))))
            last_flash = at if kind is LookKind.FLASH else last_flash
    timeline = with_sounds(timeline, [name for name, _, _ in style.accents if name], effects)
    return replace(timeline, looks=(*timeline.looks, *looks))


def _blended(timeline: Timeline, style: Style, cuts: Sequence[int], turn: int) -> Timeline:
    """Transitions on the hard cuts between clips that are long enough for them."""
    clips = list(timeline.clips)
    indices = [index for index, at in enumerate(timeline.starts()) if at in cuts] if style.transitions else []
    for n, index in enumerate(indices):
        if min(clips[index].duration, clips[index - 1].duration) > 3 * to_ticks(style.transition_s):
            kind = style.transitions[(turn + n) % len(style.transitions)]
            clips[index] = replace(clips[index], transition=Transition(kind, frame_of(timeline, to_ticks(style.transition_s))))
    return replace(timeline, clips=tuple(clips))


def _heard_cuts(timeline: Timeline, style: Style, cuts: Sequence[int], turn: int) -> Timeline:
    """Effects on hard cuts, away from each other and from the points' own."""
    effects: list[SoundEffect] = []
    last = -to_ticks(style.apart_s)
    for n, at in enumerate(cuts if style.cut_effects else ()):
        if at - last >= to_ticks(style.apart_s) and all(abs(at - effect.at) > to_ticks(1.0) for effect in timeline.effects):
            name, gain_db = style.cut_effects[(turn + n) % len(style.cut_effects)]
            effects.append(_struck(name, at, gain_db))
            last = at
    return with_sounds(timeline, [name for name, _ in style.cut_effects], effects)


def with_sounds(timeline: Timeline, names: Sequence[str], effects: Sequence[SoundEffect]) -> Timeline:
    """The timeline with more effects, and the files of those that are used."""
    used = {effect.media for effect in effects} - {media.key for media in timeline.media}
    media = [found for name in dict.fromkeys(names) if (found := library.piece(name)).key in used]
    together = tuple(sorted((*timeline.effects, *effects), key=lambda effect: effect.at))
    return replace(timeline, effects=together, media=(*timeline.media, *media))


def _struck(name: str, at: int, gain_db: float) -> SoundEffect:
    """An effect that strikes at `at`: it begins before."""
    return SoundEffect(library.PREFIX + name, max(0, at - library.accent(name)), gain_db)
