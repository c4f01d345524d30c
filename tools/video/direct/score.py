"""Which music an edit gets, and how loud it lies under what is heard."""

from dataclasses import replace

from tools.video import library
from tools.video.additions import Brand, Music
from tools.video.brief import Brief, Direction
from tools.video.direct.points import spoken
from tools.video.direct.styles import STYLES
from tools.video.media import Analysis
from tools.video.timeline import Media, Timeline, timeline_hash, to_ticks

_FADE_IN, _FADE_OUT = to_ticks(0.4), to_ticks(1.5)
_MUSICAL_SHARE = 0.3  # of the time; from there on the source has music of its own
_FEWEST_WORDS_S = 0.3  # words a second: with fewer nobody really speaks
_ALONE_DB, _AMBIENCE_DB = -1.0, -9.0  # without speech the music leads and the place is heard behind it


def scored(timeline: Timeline, analysis: Analysis, brief: Brief, brand: Brand | None) -> Timeline:
    """The timeline with its music, or as it is.

    Raises:
        InputError: The library has no piece of this name.
    """
    media = _chosen(timeline, analysis, brief, brand)
    if media is None:
        return timeline
    style = STYLES[Direction.CLEAN if brief.direction is Direction.PLAIN else brief.direction]
    speaks = len(spoken(timeline, analysis)) >= _FEWEST_WORDS_S * timeline.duration_s or bool(timeline.voices)
    music = Music(media.key, style.music_db if speaks else _ALONE_DB, style.duck_db if speaks else 0.0)
    fades = min(_FADE_OUT, timeline.duration // 4)
    music = replace(music, fade_in=min(_FADE_IN, fades), fade_out=fades)
    known = any(one.key == media.key for one in timeline.media)
    original_db = timeline.original_gain_db if speaks else min(timeline.original_gain_db, _AMBIENCE_DB)
    return replace(timeline, music=music, media=timeline.media if known else (*timeline.media, media), original_gain_db=original_db)


def has_music(timeline: Timeline, analysis: Analysis) -> bool:
    """Whether what is taken from the source has music in it."""
    heard = 0.0
    for clip in (clip for clip in timeline.clips if not clip.media):
        for event in analysis.sounds:
            if event.kind == "music":
                inside = min(clip.end, to_ticks(event.end_s)) - max(clip.start, to_ticks(event.start_s))
                heard += max(0, inside) / clip.speed
    return heard > _MUSICAL_SHARE * timeline.duration


def _chosen(timeline: Timeline, analysis: Analysis, brief: Brief, brand: Brand | None) -> Media | None:
    if brief.music == "none" or timeline.music is not None:
        return None
    if brief.music != "auto":
        return library.piece(brief.music)
    if brief.direction is Direction.PLAIN or has_music(timeline, analysis):
        return None
    if brand is not None and brand.music:
        own = next((media for media in timeline.media if media.key == brand.music), None)
        if own is not None:
            return own
        if brand.music.removeprefix(library.PREFIX) in library.names():
            return library.piece(brand.music)
    return library.piece(library.choose(str(brief.direction), timeline_hash(replace(timeline, media=()))))
