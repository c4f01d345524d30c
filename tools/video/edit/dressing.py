"""What lies over the clips and under them, changed: zooms, looks, transitions, music, sound, bars, marks, fades."""

from dataclasses import replace

from memory.errors import InputError
from tools.video import library
from tools.video.additions import Graphic, GraphicKind, Look, LookKind, Music, SoundEffect
from tools.video.compiler.grades import GRADES
from tools.video.edit.cuts import check_piece
from tools.video.edit.edits import (
    AddLook,
    AddZoom,
    ChangeZoom,
    LookStrength,
    MusicGain,
    NoiseReduction,
    OriginalSound,
    ProgressBar,
    RemoveLook,
    SetFade,
    SetHideMethod,
    SetMusic,
    SetTransitions,
    SoundEffects,
    Watermark,
)
from tools.video.placements import watermark as place_watermark
from tools.video.timeline import Clip, Media, Timeline, Transition, Zoom, to_ticks

_MOST_ZOOM = 2.5
_TRANSITION = to_ticks(0.4)
_MUTED_DB = -60.0
_CUT_SOUND = "swish"


# --- zooms and transitions ----------------------------------------------------------------------------------------


def change_zoom(timeline: Timeline, edit: ChangeZoom) -> Timeline:
    chosen = _chosen(timeline, edit.piece)
    if not any(timeline.clips[index].zoom for index in chosen):
        raise InputError("There is no zoom to change there.", hint='Add one: "zoom in slowly", or "zoom in on piece 2".')
    clips = tuple(_zoomed(clip, edit) if index in chosen else clip for index, clip in enumerate(timeline.clips))
    if clips == timeline.clips:
        raise InputError("No zoom moves there, so it has no speed.", hint='Say "stronger zoom", "less zoom" or "no zoom".')
    return replace(timeline, clips=clips)


def _zoomed(clip: Clip, edit: ChangeZoom) -> Clip:
    zoom = clip.zoom
    if zoom is None or edit.amount == 0:
        return replace(clip, zoom=None)
    start, end = (min(_MOST_ZOOM, round(1 + (scale - 1) * edit.amount, 4)) for scale in (zoom.start_scale, zoom.end_scale))
    if start == end or edit.speed == 1:
        return replace(clip, zoom=replace(zoom, start_scale=start, end_scale=end))
    over = round((zoom.over or clip.duration) / edit.speed)
    if over >= clip.duration:  # it does not get to its end any more
        end = round(start + (end - start) * clip.duration / over, 4)
        over = 0
    return replace(clip, zoom=replace(zoom, start_scale=start, end_scale=end, over=over))


def add_zoom(timeline: Timeline, edit: AddZoom) -> Timeline:
    chosen = _chosen(timeline, edit.piece)
    zoom = Zoom(edit.start_scale, edit.end_scale)
    return replace(
        timeline, clips=tuple(replace(clip, zoom=zoom) if index in chosen else clip for index, clip in enumerate(timeline.clips))
    )


def set_transitions(timeline: Timeline, edit: SetTransitions) -> Timeline:
    if len(timeline.clips) == 1 or edit.piece == 1:
        raise InputError("A transition stands between two pieces, and there is nothing before the first one.")
    chosen = _chosen(timeline, edit.piece)
    clips = [_entering(clip, edit) if index in chosen and index > 0 else clip for index, clip in enumerate(timeline.clips)]
    if tuple(clips) == timeline.clips:
        raise InputError("That is how the pieces follow each other already.")
    return replace(timeline, clips=tuple(clips))


def _entering(clip: Clip, edit: SetTransitions) -> Clip:
    if edit.transition is None:
        return replace(clip, transition=None)
    return replace(clip, transition=Transition(edit.transition, min(_TRANSITION, clip.duration // 2)))


def _chosen(timeline: Timeline, piece: int) -> range:
    if piece == 0:
        return range(len(timeline.clips))
    index = check_piece(timeline, piece)
    return range(index, index + 1)


# --- looks --------------------------------------------------------------------------------------------------------


def add_look(timeline: Timeline, edit: AddLook) -> Timeline:
    if edit.look is LookKind.GRADE and edit.value not in GRADES and not any(media.key == edit.value for media in timeline.media):
        raise InputError(f"There is no colour look {edit.value!r}.", hint=f"There is: {', '.join(GRADES)}.")
    kept = tuple(look for look in timeline.looks if look.kind is not edit.look)
    return replace(timeline, looks=(*kept, Look(edit.look, round(min(1.0, max(0.0, edit.strength)), 3), value=edit.value)))


def remove_look(timeline: Timeline, edit: RemoveLook) -> Timeline:
    kept = tuple(look for look in timeline.looks if edit.look is not None and look.kind is not edit.look)
    if kept == timeline.looks:
        there = looks_in_words(timeline)
        what = "any look" if edit.look is None else f"the look {edit.look}"
        raise InputError(
            f"This short does not have {what}.", hint=f"It has {there}." if there else 'Add one: "warm look", "black and white".'
        )
    return replace(timeline, looks=kept)


def look_strength(timeline: Timeline, edit: LookStrength) -> Timeline:
    if not any(look.kind is edit.look for look in timeline.looks):
        raise InputError(f"This short does not have the look {edit.look}.", hint=f'Add it first: "add {edit.look}".')
    looks = tuple(replace(one, strength=_scaled(one, edit.factor)) if one.kind is edit.look else one for one in timeline.looks)
    if looks == timeline.looks:
        raise InputError(f"The look {edit.look} is as {'strong' if edit.factor > 1 else 'weak'} as it gets.")
    return replace(timeline, looks=looks)


def _scaled(look: Look, factor: float) -> float:
    return round(min(1.0, max(0.05, look.strength * factor)), 3)


def looks_in_words(timeline: Timeline) -> str:
    kinds = dict.fromkeys(f"{look.kind} ({look.value})" if look.value else str(look.kind) for look in timeline.looks)
    return ", ".join(kinds)


# --- sound --------------------------------------------------------------------------------------------------------


def set_music(timeline: Timeline, edit: SetMusic) -> Timeline:
    if not edit.name:
        if timeline.music is None:
            raise InputError("There is no music in this short.", hint='Add some: "music: warm".')
        return _without_media(replace(timeline, music=None), timeline.music.media)
    media = _library_piece(edit.name if edit.name in library.names() else library.choose(edit.name, timeline.source.fingerprint), "music")
    music = replace(timeline.music, media=media.key, offset=0) if timeline.music else Music(media.key, fade_out=timeline.fade_out)
    changed = replace(timeline, music=music, media=_with_media(timeline, media))
    return _without_media(changed, timeline.music.media) if timeline.music and timeline.music.media != media.key else changed


def music_gain(timeline: Timeline, edit: MusicGain) -> Timeline:
    if timeline.music is None:
        raise InputError("There is no music in this short.", hint='Add some: "music: warm".')
    gain_db = round(min(6.0, max(-40.0, timeline.music.gain_db + edit.change_db)), 1)
    if gain_db == timeline.music.gain_db:
        raise InputError("The music is as loud as it gets." if edit.change_db > 0 else "The music is as quiet as it gets; say “no music”.")
    return replace(timeline, music=replace(timeline.music, gain_db=gain_db))


def sound_effects(timeline: Timeline, edit: SoundEffects) -> Timeline:
    if not edit.on:
        if not timeline.effects:
            raise InputError("There are no sound effects in this short.")
        changed = replace(timeline, effects=())
        for key in {effect.media for effect in timeline.effects}:
            changed = _without_media(changed, key)
        return changed
    cuts = timeline.starts()[1:]
    if timeline.effects or not cuts:
        raise InputError(
            "The short has sound effects already." if timeline.effects else "A sound effect comes on a cut, and there is none."
        )
    media, lead = _library_piece(_CUT_SOUND, "effect"), library.accent(_CUT_SOUND)
    effects = tuple(SoundEffect(media.key, max(0, at - lead)) for at in cuts)
    return replace(timeline, effects=effects, media=_with_media(timeline, media))


def original_sound(timeline: Timeline, edit: OriginalSound) -> Timeline:
    if edit.is_muted:
        gain_db = _MUTED_DB
    elif edit.change_db == 0:
        gain_db = 0.0
    else:
        gain_db = round(min(12.0, max(-40.0, max(-40.0, timeline.original_gain_db) + edit.change_db)), 1)
    if gain_db == timeline.original_gain_db:
        raise InputError("The clip's own sound is like that already.")
    return replace(timeline, original_gain_db=gain_db)


def noise_reduction(timeline: Timeline, edit: NoiseReduction) -> Timeline:
    if edit.strength == timeline.noise_reduction:
        raise InputError("The noise reduction is like that already.")
    return replace(timeline, noise_reduction=edit.strength)


def _library_piece(name: str, kind: str) -> Media:
    """A piece of the library by its name.

    Raises:
        InputError: There is none; says which there are.
    """
    known = library.names(kind)
    if name not in known:
        raise InputError(f"There is no {kind} called {name!r} in the library.", hint=f"There is: {', '.join(known)}.")
    return library.piece(name)


def _with_media(timeline: Timeline, media: Media) -> tuple[Media, ...]:
    return timeline.media if any(one.key == media.key for one in timeline.media) else (*timeline.media, media)


def _without_media(timeline: Timeline, key: str) -> Timeline:
    """The timeline without a file that nothing in it names any more."""
    used = {clip.media for clip in timeline.clips} | {one.media for one in timeline.overlays}
    used |= {voice.media for voice in timeline.voices} | {effect.media for effect in timeline.effects}
    used |= {timeline.music.media} if timeline.music else set()
    used |= {timeline.brand.logo} if timeline.brand else set()
    used |= {look.value for look in timeline.looks}
    return timeline if key in used else replace(timeline, media=tuple(one for one in timeline.media if one.key != key))


# --- graphics and the rest ----------------------------------------------------------------------------------------


def progress_bar(timeline: Timeline, edit: ProgressBar) -> Timeline:
    kept = tuple(one for one in timeline.graphics if one.kind is not GraphicKind.PROGRESS)
    if edit.on != (kept == timeline.graphics):
        raise InputError("The progress bar is there already." if edit.on else "There is no progress bar in this short.")
    return replace(timeline, graphics=(*kept, Graphic(GraphicKind.PROGRESS)) if edit.on else kept)


def watermark(timeline: Timeline, edit: Watermark) -> Timeline:
    logo = timeline.brand.logo if timeline.brand else ""
    kept = tuple(one for one in timeline.overlays if not logo or one.media != logo)
    if not edit.on:
        if kept == timeline.overlays:
            raise InputError("There is no watermark in this short.")
        return replace(timeline, overlays=kept)
    if not logo or not any(media.key == logo for media in timeline.media):
        raise InputError("No logo is kept for this channel, so there is nothing to put there.", hint="Give the channel a logo first.")
    if kept != timeline.overlays:
        raise InputError("The watermark is there already.")
    corner = timeline.brand.logo_corner if timeline.brand else "top_left"
    return place_watermark(timeline, timeline.find_media(logo), corner)


def set_fade(timeline: Timeline, edit: SetFade) -> Timeline:
    fades = [edit.in_s, edit.out_s]
    longest_s = timeline.duration_s / 3
    if any(one is not None and not 0 <= one <= longest_s for one in fades):
        raise InputError(f"A fade of this short can last 0 to {longest_s:.1f} s.")
    fade_in = timeline.fade_in if edit.in_s is None else to_ticks(edit.in_s)
    fade_out = timeline.fade_out if edit.out_s is None else to_ticks(edit.out_s)
    if (fade_in, fade_out) == (timeline.fade_in, timeline.fade_out):
        raise InputError("The fades are like that already.")
    return replace(timeline, fade_in=fade_in, fade_out=fade_out)


def set_hide_method(timeline: Timeline, edit: SetHideMethod) -> Timeline:
    if timeline.hiding is None:
        raise InputError(
            "Nothing is hidden in this short.", hint='Faces are hidden when clips are made: "make 2 shorts and blur the faces".'
        )
    if timeline.hiding.method is edit.method:
        raise InputError(f"It is hidden by {edit.method} already.")
    return replace(timeline, hiding=replace(timeline.hiding, method=edit.method))
