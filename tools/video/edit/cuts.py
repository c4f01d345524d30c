"""Cutting, moving and changing the speed of pieces."""

from dataclasses import replace

from memory.errors import InputError
from tools.video.edit.edits import ChangeSpeed, CutEnd, CutOut, CutStart, KeepOnly, MovePiece, RemovePiece, Shorten, SwapPieces
from tools.video.edit.recut import FASTEST, SLOWEST, Stretch, on_frame, rearranged
from tools.video.timeline import Timeline, to_seconds, to_ticks

SHORTEST_S = 1.0
"""What must be left of a short."""


def cut_start(timeline: Timeline, edit: CutStart) -> Timeline:
    _check_removed(timeline, edit.seconds)
    return _kept(timeline, (edit.seconds, timeline.duration_s))


def cut_end(timeline: Timeline, edit: CutEnd) -> Timeline:
    _check_removed(timeline, edit.seconds)
    return _kept(timeline, (0.0, timeline.duration_s - edit.seconds))


def cut_out(timeline: Timeline, edit: CutOut) -> Timeline:
    to_s = edit.to_s or timeline.duration_s
    _check_span(timeline, edit.from_s, to_s)
    _check_removed(timeline, min(to_s, timeline.duration_s) - edit.from_s)
    return _kept(timeline, (0.0, edit.from_s), (to_s, timeline.duration_s))


def keep_only(timeline: Timeline, edit: KeepOnly) -> Timeline:
    to_s = min(edit.to_s or timeline.duration_s, timeline.duration_s)
    from_s = edit.from_s if edit.from_s >= 0 else max(0.0, timeline.duration_s + edit.from_s)
    _check_span(timeline, from_s, to_s)
    _check_removed(timeline, timeline.duration_s - (to_s - from_s), may_be_nothing=True)
    return _kept(timeline, (from_s, to_s))


def shorten(timeline: Timeline, edit: Shorten) -> Timeline:
    length_s = timeline.duration_s
    if not SHORTEST_S <= edit.seconds < length_s:
        raise InputError(
            f"The short is {length_s:.1f} s long: it can be shortened to {SHORTEST_S:g} s at least, not to {edit.seconds:g} s.",
            hint="It only gets longer by playing slower.",
        )
    return _kept(timeline, (0.0, edit.seconds))


def swap_pieces(timeline: Timeline, edit: SwapPieces) -> Timeline:
    if edit.first == edit.second:
        raise InputError(f"Piece {edit.first} cannot be swapped with itself.")
    order = list(range(len(timeline.clips)))
    first, second = check_piece(timeline, edit.first), check_piece(timeline, edit.second)
    order[first], order[second] = second, first
    return _ordered(timeline, order)


def move_piece(timeline: Timeline, edit: MovePiece) -> Timeline:
    piece, to = check_piece(timeline, edit.piece), check_piece(timeline, edit.to or len(timeline.clips))
    if piece == to:
        raise InputError(f"Piece {edit.piece} is there already.")
    order = [index for index in range(len(timeline.clips)) if index != piece]
    order.insert(to, piece)
    return _ordered(timeline, order)


def remove_piece(timeline: Timeline, edit: RemovePiece) -> Timeline:
    piece = check_piece(timeline, edit.piece)
    if len(timeline.clips) == 1:
        raise InputError("The short has one piece only, which cannot be removed.", hint='Cut a part of it: "cut from 3 to 5 seconds".')
    _check_removed(timeline, to_seconds(timeline.clips[piece].duration))
    return _ordered(timeline, [index for index in range(len(timeline.clips)) if index != piece])


def change_speed(timeline: Timeline, edit: ChangeSpeed) -> Timeline:
    chosen = range(len(timeline.clips)) if edit.piece == 0 else [check_piece(timeline, edit.piece)]
    stretches = []
    for index, (start, clip) in enumerate(zip(timeline.starts(), timeline.clips, strict=True)):
        factor = (edit.factor / clip.speed if edit.is_absolute else edit.factor) if index in chosen else 1.0
        if not SLOWEST - 1e-9 <= clip.speed * factor <= FASTEST + 1e-9:
            raise InputError(
                f"That would play at {clip.speed * factor:.2g} times the recorded speed; {SLOWEST:g} to {FASTEST:g} times is possible."
            )
        stretches.append(Stretch(start, start + clip.duration, factor))
    if all(stretch.factor == 1 for stretch in stretches):
        raise InputError(f"It plays at {edit.factor:g} times the recorded speed already.")
    changed = rearranged(timeline, stretches)
    if changed.duration_s < SHORTEST_S:
        raise InputError(f"At that speed only {changed.duration_s:.1f} s would be left; {SHORTEST_S:g} s must be.")
    return changed


def check_piece(timeline: Timeline, number: int) -> int:
    """The index of a piece counted from 1; -1 is the last.

    Raises:
        InputError: There is no such piece; says which there are.
    """
    if number == -1:
        return len(timeline.clips) - 1
    if 1 <= number <= len(timeline.clips):
        return number - 1
    count = len(timeline.clips)
    raise InputError(
        f"There is no piece {number}: the short is one piece."
        if count == 1
        else f"There is no piece {number}: the short has {count} pieces.",
        hint=f"They are {pieces_in_words(timeline)}.",
    )


def pieces_in_words(timeline: Timeline) -> str:
    """The pieces with their times, for the owner."""
    spans = [
        f"{number} ({to_seconds(start):.1f}–{to_seconds(start + clip.duration):.1f} s)"
        for number, (start, clip) in enumerate(zip(timeline.starts(), timeline.clips, strict=True), 1)
    ]
    return ", ".join(spans[:12]) + (f" and {len(spans) - 12} more" if len(spans) > 12 else "")


def _ordered(timeline: Timeline, order: list[int]) -> Timeline:
    starts = timeline.starts()
    changed = rearranged(timeline, [Stretch(starts[index], starts[index] + timeline.clips[index].duration) for index in order])
    return replace(changed, clips=(replace(changed.clips[0], transition=None), *changed.clips[1:]))


def _kept(timeline: Timeline, *spans: tuple[float, float]) -> Timeline:
    """The timeline of these spans of seconds; empty ones fall away."""
    stretches = [Stretch(on_frame(timeline, to_ticks(start_s)), on_frame(timeline, to_ticks(end_s))) for start_s, end_s in spans]
    stretches = [stretch for stretch in stretches if stretch.start < stretch.end]
    if not stretches or sum(stretch.end - stretch.start for stretch in stretches) == timeline.duration:
        raise InputError(
            f"Nothing would change: the short is {timeline.duration_s:.1f} s long and a frame is {float(1 / timeline.fps):.2f} s."
        )
    return rearranged(timeline, stretches)


def _check_span(timeline: Timeline, from_s: float, to_s: float) -> None:
    length_s = timeline.duration_s
    if not 0 <= from_s < to_s or from_s >= length_s:
        raise InputError(f"The short is {length_s:.1f} s long: {from_s:g} to {to_s:g} s is no part of it.")


def _check_removed(timeline: Timeline, removed_s: float, *, may_be_nothing: bool = False) -> None:
    length_s = timeline.duration_s
    if removed_s > length_s - SHORTEST_S + 1e-6 or (removed_s <= 0 and not may_be_nothing):
        most_s = max(0.0, length_s - SHORTEST_S)
        raise InputError(f"The short is {length_s:.1f} s long: at most {most_s:.1f} s can be cut, not {removed_s:g} s.")
