"""One edit done to a timeline: which function does which kind, and what holds after every one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from memory.errors import InputError
from tools.video.captions import place
from tools.video.edit import cuts, dressing, edits, framing, texts
from tools.video.edit.edits import CaptionsShown, Edit
from tools.video.media import Analysis
from tools.video.timeline import Timeline

_DOERS: Mapping[type[Any], Callable[[Timeline, Any], Timeline]] = {
    edits.CutStart: cuts.cut_start,
    edits.CutEnd: cuts.cut_end,
    edits.CutOut: cuts.cut_out,
    edits.KeepOnly: cuts.keep_only,
    edits.Shorten: cuts.shorten,
    edits.SwapPieces: cuts.swap_pieces,
    edits.MovePiece: cuts.move_piece,
    edits.RemovePiece: cuts.remove_piece,
    edits.ChangeSpeed: cuts.change_speed,
    edits.CaptionSize: texts.caption_size,
    edits.CaptionStyle: texts.caption_style,
    edits.CaptionPlace: texts.caption_place,
    edits.CaptionText: texts.caption_text,
    edits.TitleText: texts.title_text,
    edits.ChangeZoom: dressing.change_zoom,
    edits.AddZoom: dressing.add_zoom,
    edits.SetTransitions: dressing.set_transitions,
    edits.AddLook: dressing.add_look,
    edits.RemoveLook: dressing.remove_look,
    edits.LookStrength: dressing.look_strength,
    edits.SetMusic: dressing.set_music,
    edits.MusicGain: dressing.music_gain,
    edits.SoundEffects: dressing.sound_effects,
    edits.OriginalSound: dressing.original_sound,
    edits.NoiseReduction: dressing.noise_reduction,
    edits.ProgressBar: dressing.progress_bar,
    edits.Watermark: dressing.watermark,
    edits.SetFade: dressing.set_fade,
    edits.SetHideMethod: dressing.set_hide_method,
    edits.SetAspect: framing.set_aspect,
    edits.SetLayout: framing.set_layout,
}


_LAYS_OUT = (edits.CaptionSize, edits.CaptionStyle, edits.CaptionsShown, edits.SetAspect, edits.SetLayout)
"""After these, captions may lie on a face they did not lie on before."""


def apply(timeline: Timeline, edit: Edit, *, analysis: Analysis | None = None) -> Timeline:
    """The timeline with one edit done; `timeline` itself stays as it is.

    Args:
        analysis: What is known about the source: its words, for captions that are turned on again, and its faces, for where they go.

    Raises:
        InputError: It cannot be done to this short, or would change nothing; says what is possible.
    """
    if isinstance(edit, CaptionsShown):
        changed = texts.captions_shown(timeline, edit, analysis.words if analysis else ())
    else:
        changed = _DOERS[type(edit)](timeline, edit)
    if changed == timeline:
        raise InputError("That changes nothing: it is like that already.")
    if isinstance(edit, _LAYS_OUT) and changed.cues:
        changed = _placed(timeline, changed, analysis)
    return replace(changed, cues=tuple(sorted(changed.cues, key=lambda cue: cue.start)))


def _placed(before: Timeline, after: Timeline, analysis: Analysis | None) -> Timeline:
    """Captions where the owner put them, else off faces and texts."""
    chosen = texts.place_of(before)
    if chosen is not None:
        return texts.placed_at(after, chosen)
    return place(after, analysis) if analysis is not None else after


def apply_all(timeline: Timeline, wanted: Sequence[Edit], *, analysis: Analysis | None = None) -> Timeline:
    """All edits, one after another; none is done when one cannot be."""
    return reduce(lambda before, edit: apply(before, edit, analysis=analysis), wanted, timeline)
