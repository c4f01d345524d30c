"""The edit of one moment, from what analysis knows and what the owner asked for: a timeline, ready to be rendered."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from memory.errors import InputError
from tools.video.additions import Brand
from tools.video.brief import Brief
from tools.video.captions import make_cues, place
from tools.video.direct import caption_style, direct, pace
from tools.video.fillers import tighten
from tools.video.media import Analysis, Span
from tools.video.moments import Moment
from tools.video.reframe import plan_clips
from tools.video.timeline import ASPECTS, PRESETS, Media, Source, Timeline, fingerprint, output_rate
from tools.video.titles import lay_out
from tools.video.wishes import caption_styles, music_choices

NO_CAPTIONS = "none"

Hider = Callable[[Timeline], Timeline]
"""Fills in `Timeline.hiding`: it looks at the pictures, which takes longer than planning."""


def check_brief(brief: Brief) -> None:
    """
    Raises:
        InputError: The brief names what there is not; says what there is.
    """
    choices = {"preset": (brief.preset, tuple(PRESETS)), "aspect": (brief.aspect, tuple(ASPECTS))}
    choices |= {"captions": (brief.captions, caption_styles()), "music": (brief.music, music_choices())}
    for name, (value, known) in choices.items():
        if value not in known:
            raise InputError(f"{name} {value!r} must be one of {', '.join(known)}.")


def plan(
    source: Path,
    analysis: Analysis,
    moment: Moment,
    brief: Brief,
    *,
    brand: Brand | None = None,
    media: Sequence[Media] = (),
    spans: Sequence[Span] = (),
    hider: Hider | None = None,
) -> Timeline:
    """Plan a moment: pieces, crops and layouts, captions, title, then what the direction adds, what is hidden, and where text may lie.

    Args:
        media: The files a brand names (logo, intro, outro).
        spans: Pieces of the source to use instead of the moment's own.
    """
    probe, frame = analysis.probe, ASPECTS[brief.aspect]
    fps = output_rate(probe.fps, is_variable=probe.is_variable_fps)
    pieces = tuple(spans) or (tighten(analysis, moment.span) if brief.tighten else (moment.span,))
    # Speeds before captions: they change when a word is spoken.
    clips = pace(plan_clips(analysis, pieces, fps, aspect=brief.aspect), analysis, fps, brief.direction)
    has_captions = brief.captions != NO_CAPTIONS
    style = caption_style(brief, brand) if has_captions else "karaoke"
    cues = make_cues(analysis.words, clips, style=style, dictionary=brief.dictionary, frame=frame, brand=brand) if has_captions else ()
    described = Source(str(source), fingerprint(source), probe.width_px, probe.height_px, probe.fps, probe.has_audio)
    timeline = Timeline(
        described, clips, fps, cues, width_px=frame[0], height_px=frame[1], labels=brief.labels, media=tuple(media),
        caption_style=style, brand=brand,
    )  # fmt: skip
    timeline = replace(timeline, hook=lay_out(moment.title, timeline.duration_s, frame, brand))
    timeline = direct(timeline, analysis, brief, brand)
    if brief.hides and hider is not None:
        timeline = hider(timeline)
    return place(timeline, analysis)
