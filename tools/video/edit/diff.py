"""What an edit changed, in words for the owner, told from the two timelines alone: it says what is, not what was asked."""

from collections.abc import Callable, Iterator, Sequence

from tools.video.additions import GraphicKind, Look
from tools.video.timeline import ASPECTS, Clip, Cue, Layout, Timeline, to_seconds

_LAYOUTS = {
    Layout.FULL: "fills the frame",
    Layout.BLURRED: "whole over a blurred background",
    Layout.SPLIT: "split screen",
    Layout.SCREEN_FACE: "screen and face",
}


def diff(before: Timeline, after: Timeline) -> tuple[str, ...]:
    """The differences, one short line each; empty for equal timelines."""
    return tuple(line for part in _PARTS for line in part(before, after))


# --- pieces -------------------------------------------------------------------------------------------------------


def _length(before: Timeline, after: Timeline) -> Iterator[str]:
    lengths = f"{before.duration_s:.1f} → {after.duration_s:.1f} s"
    spans, kept = [(_span(c), c.speed) for c in before.clips], [(_span(c), c.speed) for c in after.clips]
    if spans == kept:
        return
    if [span for span, _ in spans] == [span for span, _ in kept] or (len(spans) == len(kept) and _starts(spans) == _starts(kept)):
        if [speed for _, speed in spans] != [speed for _, speed in kept]:
            yield f"speed {_speeds(before.clips)} → {_speeds(after.clips)}: {lengths}"
            return
    if sorted(spans) == sorted(kept):
        yield f"pieces in a new order: {', '.join(str(spans.index(one) + 1) for one in kept)}"
        return
    removed_s = before.duration_s - after.duration_s
    yield f"{removed_s:.1f} s cut {_where(before.clips, after.clips)}: {lengths}" if removed_s > 0 else f"length {lengths}"


def _span(clip: Clip) -> tuple[str, int, int]:
    return clip.media, clip.start, clip.end


def _starts(spans: Sequence[tuple[tuple[str, int, int], float]]) -> list[tuple[str, int]]:
    return [(media, start) for (media, start, _), _ in spans]


def _where(before: Sequence[Clip], after: Sequence[Clip]) -> str:
    same_start = (before[0].media, before[0].start) == (after[0].media, after[0].start)
    same_end = (before[-1].media, before[-1].end) == (after[-1].media, after[-1].end)
    if same_start and same_end:
        return "from the middle"
    return "from the end" if same_start else "from the start" if same_end else "from both ends"


def _speeds(clips: Sequence[Clip]) -> str:
    return " ".join(f"{speed:g}×" for speed in dict.fromkeys(clip.speed for clip in clips))


def _framing(before: Timeline, after: Timeline) -> Iterator[str]:
    if (before.width_px, before.height_px) != (after.width_px, after.height_px):
        yield f"format {_aspect(before)} → {_aspect(after)}"
    elif not _length_changed(before, after):
        layouts = {
            (_LAYOUTS[b.layout], _LAYOUTS[a.layout]) for b, a in zip(before.clips, after.clips, strict=True) if b.layout is not a.layout
        }
        yield from (f"picture: {old} → {new}" for old, new in sorted(layouts))


def _aspect(timeline: Timeline) -> str:
    size = timeline.width_px, timeline.height_px
    return next((name for name, one in ASPECTS.items() if one == size), f"{size[0]}x{size[1]}")


def _zooms(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = [_zoom(clip) for clip in before.clips], [_zoom(clip) for clip in after.clips]
    if _length_changed(before, after) or old == new:
        return
    pairs = dict.fromkeys((one or "none", other or "none") for one, other in zip(old, new, strict=True) if one != other)
    shown = [f"zoom {one} → {other}" for one, other in pairs]
    yield from shown[:3]


def _zoom(clip: Clip) -> str:
    zoom = clip.zoom
    if zoom is None:
        return ""
    if zoom.start_scale == zoom.end_scale:
        return f"{zoom.start_scale:.2f}×"
    return f"{zoom.start_scale:.2f}–{zoom.end_scale:.2f}× in {to_seconds(zoom.over or clip.duration):.1f} s"


def _length_changed(before: Timeline, after: Timeline) -> bool:
    return [(_span(clip), clip.speed) for clip in before.clips] != [(_span(clip), clip.speed) for clip in after.clips]


def _transitions(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = ([clip.transition.kind for clip in one.clips if clip.transition] for one in (before, after))
    if old != new and not _length_changed(before, after):
        yield f"transitions {_listed(old)} → {_listed(new)}"


# --- texts --------------------------------------------------------------------------------------------------------


def _captions(before: Timeline, after: Timeline) -> Iterator[str]:
    if bool(before.cues) != bool(after.cues):
        yield "captions on" if after.cues else "captions off"
        return
    if before.caption_scale != after.caption_scale:
        change = after.caption_scale / before.caption_scale - 1
        yield f"captions {abs(change):.0%} {'bigger' if change > 0 else 'smaller'}".replace("%", " %")
    if before.caption_style != after.caption_style:
        yield f"caption style {before.caption_style} → {after.caption_style}"
    if not _length_changed(before, after):
        yield from _places(before, after)
        yield from _said(before.cues, after.cues)


def _places(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = ({cue.center_y_px for cue in one.cues} for one in (before, after))
    if old != new and before.height_px == after.height_px:
        middle = sum(new) / max(1, len(new)) / after.height_px
        yield "captions " + (
            "at their usual place" if new == {0} else "at the top" if middle < 0.45 else "in the middle" if middle < 0.6 else "lower"
        )


def _said(before: Sequence[Cue], after: Sequence[Cue]) -> Iterator[str]:
    """The captions whose words changed; how words are shared among captions does not count."""
    old, new = " ".join(cue.text for cue in before).split(), " ".join(cue.text for cue in after).split()
    if old == new:
        return
    import difflib

    changes = [code for code in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    lines = dict.fromkeys(f"caption “{' '.join(old[a:b])}” → “{' '.join(new[c:d])}”" for _, a, b, c, d in changes)
    yield from list(lines)[:6]
    if len(lines) > 6:
        yield f"and {len(lines) - 6} more captions"


def _title(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = (" ".join(one.hook.lines) if one.hook else "" for one in (before, after))
    if old != new:
        yield f"title “{old}” → “{new}”" if old and new else f"title “{new}”" if new else "title off"


# --- looks, sound, the rest ---------------------------------------------------------------------------------------


def _looks(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = ({(look.kind, look.value): look for look in one.looks} for one in (before, after))
    yield from (f"look {_named(look)} off" for key, look in old.items() if key not in new)
    yield from (f"look {_named(look)} on ({look.strength:.0%})".replace("%", " %") for key, look in new.items() if key not in old)
    for key, look in new.items():
        if key in old and old[key].strength != look.strength:
            yield f"look {_named(look)} {old[key].strength:.0%} → {look.strength:.0%}".replace("%", " %")


def _named(look: Look) -> str:
    return f"{look.kind} {look.value}".strip()


def _sound(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = before.music, after.music
    names = [one.media.partition(":")[2] or one.media if one else "none" for one in (old, new)]
    if names[0] != names[1]:
        yield f"music {names[0]} → {names[1]}"
    elif old and new and old.gain_db != new.gain_db:
        yield f"music {abs(new.gain_db - old.gain_db):g} dB {'louder' if new.gain_db > old.gain_db else 'quieter'}"
    if bool(before.effects) != bool(after.effects):
        yield "sound effects on" if after.effects else "sound effects off"
    if before.original_gain_db != after.original_gain_db:
        yield f"own sound {_gain(before.original_gain_db)} → {_gain(after.original_gain_db)}"
    if before.noise_reduction != after.noise_reduction:
        yield f"noise reduction {before.noise_reduction:.0%} → {after.noise_reduction:.0%}".replace("%", " %")


def _gain(gain_db: float) -> str:
    return "off" if gain_db <= -60 else f"{gain_db:+g} dB"


def _rest(before: Timeline, after: Timeline) -> Iterator[str]:
    old, new = ([str(one.kind) for one in timeline.graphics if one.kind is GraphicKind.PROGRESS] for timeline in (before, after))
    if old != new:
        yield "progress bar on" if new else "progress bar off"
    brand = after.brand or before.brand
    logo = brand.logo if brand else ""
    marks = [any(logo and overlay.media == logo for overlay in timeline.overlays) for timeline in (before, after)]
    if marks[0] != marks[1]:
        yield "watermark on" if marks[1] else "watermark off"
    if not _length_changed(before, after):
        for name, one, other in (("in", before.fade_in, after.fade_in), ("out", before.fade_out, after.fade_out)):
            if one != other:
                yield f"fade {name} {to_seconds(one):.1f} → {to_seconds(other):.1f} s"
    if before.hiding and after.hiding and before.hiding.method is not after.hiding.method:
        yield f"hidden by {before.hiding.method} → {after.hiding.method}"


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(str(kind) for kind in kinds)) or "none"


_PARTS: tuple[Callable[[Timeline, Timeline], Iterator[str]], ...] = (
    _length,
    _framing,
    _zooms,
    _transitions,
    _title,
    _captions,
    _looks,
    _sound,
    _rest,
)
