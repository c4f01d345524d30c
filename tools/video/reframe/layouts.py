"""What a stretch of a shot is shown as: one crop, two people in two panes, a screen with its speaker, the whole over a blurred copy."""

from collections.abc import Sequence
from dataclasses import replace

from tools.video.geometry import pane_areas
from tools.video.media import Analysis, Span, TextArea
from tools.video.reframe.camera import Point, crop_size, nearly_same, placed, plan_path, to_crops
from tools.video.reframe.screens import find_inset, plan_screen
from tools.video.reframe.speakers import LEAST_SHOWN_S, LEAST_TURN_S, Turn, find_turns, held, knows_mouths
from tools.video.reframe.stage import Piece, Stage, eyes_y, face_points
from tools.video.reframe.tracks import Track, link_faces
from tools.video.timeline import Crop, CropFrom, Layout

_ALSO_PRESENT = 0.35  # a face this heavy, compared with the heaviest, is one of the people of the shot
_FITS = 0.92  # of the crop's width: what a group of faces may take
_DEAD_ZONE = 0.17  # of the crop: how far from its middle a face may go before the camera does
_LEAST_DEAD_ZONE = 0.05
_LONG_TURN_S = 4.5  # who speaks this long gets the frame, who speaks shorter shares it
_LEAST_PIECE_S = 1.5  # a layout of its own for less is a flash
_PANE_FACE = 0.36  # of a pane's height: how large a face is in a split screen
_KEPT = 0.75  # a crop that shows the face in a smaller share of the samples is no crop for it
_UPSCALE = 2.6  # a crop is not enlarged more than this to fill its pane, unless the source is smaller still
_TEXT_SHARE = 0.3  # of the stretch: text that is there for less does not decide


def plan_pieces(analysis: Analysis, span: Span, frame: tuple[int, int], *, allow_layouts: bool) -> list[Piece]:
    """The span in pieces of one layout and one crop size each, without gaps."""
    pieces: list[Piece] = []
    for shot in shots_in(analysis.shots, span):
        stage = Stage(analysis, shot, frame, link_faces(analysis.faces, shot))
        for piece in _plan_shot(stage, allow_layouts=allow_layouts and shot.duration_s >= _LEAST_PIECE_S):
            pieces.append(_steadied(pieces[-1], piece) if pieces else piece)
    return pieces


def shots_in(shots: Sequence[Span], span: Span) -> list[Span]:
    """The shots cut down to the span; the whole span where analysis knows none."""
    inside = [Span(max(shot.start_s, span.start_s), min(shot.end_s, span.end_s)) for shot in shots]
    inside = [shot for shot in inside if shot.duration_s > 0]
    if not inside:
        return [span]
    inside[0], inside[-1] = Span(span.start_s, inside[0].end_s), Span(inside[-1].start_s, span.end_s)
    if len(inside) == 1:
        return [span]
    return inside


def _plan_shot(stage: Stage, *, allow_layouts: bool) -> list[Piece]:
    people = _people(stage)
    if not people:
        return [_without_faces(stage, allow_layouts)]
    if allow_layouts and (inset := find_inset(stage, people)) is not None:
        return [plan_screen(stage, inset)]
    if len(people) == 1:
        return [_one(stage, people[0], allow_layouts)]
    if (crop := _around_all(stage, people)) is not None:
        return [stage.still(crop)]
    turns = find_turns(people, stage.analysis, stage.shot, LEAST_TURN_S if allow_layouts and len(people) == 2 else LEAST_SHOWN_S)
    if knows_mouths(people, stage.analysis, stage.shot):
        return _by_turns(stage, people, turns, allow_layouts)
    return [_unheard(stage, people, turns, allow_layouts)]


def _people(stage: Stage) -> tuple[Track, ...]:
    """Those who matter, by what they are of the shot."""
    if not stage.tracks:
        return ()
    most = stage.tracks[0].weight
    return tuple(track for track in stage.tracks if track.weight >= _ALSO_PRESENT * most)


def _without_faces(stage: Stage, allow_layouts: bool) -> Piece:
    """The middle of the picture; wide text is shown whole, over a blurred copy."""
    picture, size = stage.picture, stage.size
    texts = [text for text in stage.analysis.texts if _overlap_s(text, stage.shot) >= _TEXT_SHARE * stage.shot.duration_s]
    if texts:
        left, right = min(text.x_px for text in texts), max(text.x_px + text.width_px for text in texts)
        middle_y = (min(text.y_px for text in texts) + max(text.y_px + text.height_px for text in texts)) / 2
        if right - left <= _FITS * size[0]:
            return stage.still(placed((left + right) / 2, middle_y, size, picture))
        if allow_layouts:
            return _blurred(stage, left, right, middle_y, 1.08)
    return stage.still(placed(picture[0] / 2, picture[1] / 2, size, picture))


def _one(stage: Stage, person: Track, allow_layouts: bool) -> Piece:
    """A crop that stays on one person; where it cannot hold them (too near, too quick), a wider one over a blurred copy."""
    size = stage.tight_size(person) if allow_layouts else stage.size
    piece = Piece(stage.shot, Layout.FULL, _follow(stage, person, stage.shot, size))
    if not allow_layouts or (person.size[0] <= 0.97 * size[0] and _kept(person, piece) >= _KEPT):
        return piece
    left = min(box.x_px for box in person.boxes)
    right = max(box.x_px + box.width_px for box in person.boxes)
    return _blurred(stage, left, right, eyes_y(person.center[1], person.size[1]), 1.15)


def _follow(stage: Stage, person: Track, span: Span, size: tuple[int, int]) -> tuple[CropFrom, ...]:
    """Crops of one size that stay on a person over a span."""
    points = face_points(person, size)
    legs = []
    for axis in (0, 1):
        room = (size[axis] - person.size[axis]) / 2
        dead_zone = min(max(room, _LEAST_DEAD_ZONE * size[axis]), _DEAD_ZONE * size[axis])
        path = [Point(at, place[axis]) for at, place in zip(person.times_s, points, strict=True)]
        legs.append(plan_path(path, span, dead_zone, size[axis], stage.picture[axis]))
    return to_crops(legs[0], legs[1], size, stage.picture)


def _kept(person: Track, piece: Piece) -> float:
    """The share of samples whose face lies inside the crop, all but a tenth of its width."""
    inside = 0
    for at_s, box in zip(person.times_s, person.boxes, strict=True):
        crop = piece.crop_at(at_s)
        out = 0.1 * box.width_px
        inside += crop.x_px - out <= box.x_px and box.x_px + box.width_px <= crop.x_px + crop.width_px + out
    return inside / len(person.boxes)


def _around_all(stage: Stage, people: Sequence[Track]) -> Crop | None:
    """One still crop with every person in it, if they fit side by side."""
    left = min(person.center[0] - person.size[0] / 2 for person in people)
    right = max(person.center[0] + person.size[0] / 2 for person in people)
    top = min(person.center[1] - 0.8 * person.size[1] for person in people)
    bottom = max(person.center[1] + 0.6 * person.size[1] for person in people)
    size = stage.size
    if right - left > _FITS * size[0] or bottom - top > size[1]:
        return None
    y = eyes_y(people[0].center[1], people[0].size[1]) + 0.08 * size[1]
    y = min(max(y, bottom - size[1] / 2), top + size[1] / 2)
    return placed((left + right) / 2, y, size, stage.picture)


def _by_turns(stage: Stage, people: Sequence[Track], turns: Sequence[Turn], allow_layouts: bool) -> list[Piece]:
    """The speaker fills the frame in long turns; two who change quickly share it; a switch is a cut in a pause."""
    pieces: list[Piece] = []
    alone: list[Turn] = []
    for run in _runs(turns, allow_layouts):
        who = sorted({turn.who for turn in run})
        span = Span(run[0].start_s, run[-1].end_s)
        split = _split(stage, people[who[0]], people[who[1]], span) if len(who) == 2 else None
        if split is None:
            alone.extend(run)
            continue
        pieces.extend(_speakers(stage, people, alone))
        pieces.append(split)
        alone = []
    return [*pieces, *_speakers(stage, people, alone)]


def _speakers(stage: Stage, people: Sequence[Track], turns: Sequence[Turn]) -> list[Piece]:
    """One after another, each in the whole frame and for long enough."""
    pieces = []
    for turn in held(turns, LEAST_SHOWN_S):
        part = Span(turn.start_s, turn.end_s)
        person = people[turn.who].within(part) or people[turn.who]
        pieces.append(Piece(part, Layout.FULL, _follow(stage, person, part, stage.size)))
    return pieces


def _runs(turns: Sequence[Turn], allow_layouts: bool) -> list[list[Turn]]:
    """Turns in groups to be shown one way: each long one alone, short ones of the same two people together."""
    runs: list[list[Turn]] = []
    for turn in turns:
        last = runs[-1] if runs else []
        pair = {one.who for one in last} | {turn.who}
        is_quick = turn.duration_s < _LONG_TURN_S and bool(last) and last[-1].duration_s < _LONG_TURN_S
        if allow_layouts and is_quick and len(pair) <= 2:
            last.append(turn)
        else:
            runs.append([turn])
    return runs


def _unheard(stage: Stage, people: Sequence[Track], turns: Sequence[Turn], allow_layouts: bool) -> Piece:
    """Who speaks is not known: two equals share the frame, more are shown whole, else the larger face is followed from one to the next."""
    together = [track for track in people if track.weight >= 0.5 * people[0].weight and _meet(track, people[0])]
    if allow_layouts and len(together) > 2:
        left = min(person.center[0] - person.size[0] / 2 for person in together)
        right = max(person.center[0] + person.size[0] / 2 for person in together)
        return _blurred(stage, left, right, eyes_y(people[0].center[1], people[0].size[1]), 1.1)
    if allow_layouts and len(together) == 2 and (split := _split(stage, together[0], together[1], stage.shot)) is not None:
        return split
    seen = [
        (at, box)
        for turn in turns
        if (part := people[turn.who].within(Span(turn.start_s, turn.end_s))) is not None
        for at, box in zip(part.times_s, part.boxes, strict=True)
    ]
    shown = Track(tuple(at for at, _ in seen), tuple(box for _, box in seen)) if seen else people[0]
    return Piece(stage.shot, Layout.FULL, _follow(stage, shown, stage.shot, stage.size))


def _meet(one: Track, other: Track) -> bool:
    """Whether two people are in the picture at the same time for at least half of the shorter one's samples."""
    both = len(set(one.times_s) & set(other.times_s))
    return both >= 0.5 * min(len(one.times_s), len(other.times_s))


def _split(stage: Stage, one: Track, other: Track, span: Span) -> Piece | None:
    """Two people in two panes, each head of about one size; None where the panes would show the same thing or nothing but pixels."""
    first, second = sorted((one.within(span) or one, other.within(span) or other), key=lambda track: track.center[0])
    crops = []
    for person, neighbour, pane in zip((first, second), (second, first), pane_areas(Layout.SPLIT, stage.frame, (1, 1)), strict=True):
        aspect = stage.aspect_of(pane)
        widest, highest = crop_size(*stage.picture, aspect)
        between = abs(person.center[0] - neighbour.center[0]) - neighbour.size[0] / 2  # the neighbour's face stays out
        width = min(person.size[1] / _PANE_FACE * float(aspect), max(2 * between, 1.3 * person.size[0]))
        width = min(max(width, pane.width_px / _UPSCALE), widest)
        size = crop_size(round(width), min(highest, round(width / float(aspect))), aspect)
        if size[0] < 1.05 * person.size[0] or size[1] < person.size[1]:
            return None
        crops.append(_follow(stage, person, span, size))
    if nearly_same(crops[0][0].crop, crops[1][0].crop, 0.25):
        return None
    return Piece(span, Layout.SPLIT, crops[0], crops[1])


def _blurred(stage: Stage, left: float, right: float, y: float, room: float) -> Piece:
    """The part from `left` to `right` with some room whole in the middle, as high as the picture allows, over a blurred copy."""
    picture, frame = stage.picture, stage.frame
    width = min(picture[0], max(stage.size[0], (right - left) * room))
    height = min(picture[1], max(stage.size[1] if picture[0] > stage.size[0] else 0.0, width * frame[1] / frame[0] * 0.5))
    if picture[1] > stage.size[1]:  # the crop was as wide as the picture: more is to be had above and below
        height = min(picture[1], max(height, 1.6 * stage.size[1]))
    size = (max(2, int(width) // 2 * 2), max(2, int(height) // 2 * 2))
    return stage.still(placed((left + right) / 2, y, size, picture), Layout.BLURRED)


def _steadied(before: Piece, piece: Piece) -> Piece:
    """A piece whose still crop nearly equals the one before takes that: a false cut must not twitch."""
    last, first = before.crops[-1], piece.crops[0]
    is_still = last.drift_to is None and first.drift_to is None and len(piece.crops) == 1
    if is_still and piece.layout is before.layout is Layout.FULL and nearly_same(last.crop, first.crop):
        return replace(piece, crops=(replace(first, crop=last.crop),))
    return piece


def _overlap_s(text: TextArea, shot: Span) -> float:
    return min(text.end_s, shot.end_s) - max(text.start_s, shot.start_s)
