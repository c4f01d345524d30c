"""What lies over the whole edit: colours and grain, a progress bar, a name, the brand's logo, its intro and outro."""

from dataclasses import replace
from random import Random

from tools.video.additions import Brand, Graphic, GraphicKind, Look, LookKind, Overlay, Rect
from tools.video.captions import safe_area
from tools.video.direct.styles import Style
from tools.video.timeline import Clip, Crop, CropFrom, Layout, Media, MediaKind, Timeline, to_ticks, whole_frames

_NAME_FROM, _NAME_UNTIL = to_ticks(1.0), to_ticks(6.0)
_LOGO_WIDTH, _LOGO_HEIGHT, _LOGO_OPACITY = 0.16, 0.07, 0.85  # shares of the frame at most
_CLIP_MOST, _PICTURE = to_ticks(5.0), to_ticks(1.6)  # of an intro or outro


def dressed(timeline: Timeline, style: Style, brand: Brand | None, rng: Random) -> Timeline:
    """Looks over everything (under those of single moments), and graphics."""
    looks = [Look(kind, strength, value=value) for kind, strength, value in style.looks]
    if brand is not None and brand.grade:
        looks = [look for look in looks if look.kind is not LookKind.GRADE]
        looks.insert(0, Look(LookKind.GRADE, 0.8, value=brand.grade))
    accent, graphics = brand.accent if brand is not None else "", list(timeline.graphics)
    if style.has_name and brand is not None and brand.name and timeline.duration > _NAME_UNTIL:
        graphics.append(Graphic(GraphicKind.LOWER_THIRD, _NAME_FROM, _NAME_UNTIL, brand.name, color=accent))
    if style.has_progress:
        graphics.append(Graphic(GraphicKind.PROGRESS, color=accent))
    return replace(timeline, looks=(*looks, *timeline.looks), graphics=tuple(graphics))


def framed_by_brand(timeline: Timeline, brand: Brand | None) -> Timeline:
    """The timeline with the brand's logo, intro and outro, as far as it has their files."""
    if brand is None:
        return timeline
    files = {media.key: media for media in timeline.media}
    if brand.logo in files and files[brand.logo].width_px:
        logo = Overlay(brand.logo, 0, timeline.duration, _corner(timeline, files[brand.logo], brand.logo_corner), opacity=_LOGO_OPACITY)
        timeline = replace(timeline, overlays=(*timeline.overlays, logo))
    if brand.intro in files or brand.outro in files:  # which have their own colours
        timeline = replace(timeline, looks=tuple(replace(look, end=look.end or timeline.duration) for look in timeline.looks))
    if brand.outro in files:
        timeline = replace(timeline, clips=(*timeline.clips, _whole(timeline, files[brand.outro])))
    return _introduced(timeline, files[brand.intro]) if brand.intro in files else timeline


def shifted(timeline: Timeline, by: int) -> Timeline:
    """Everything that has a time in the edit, `by` ticks later; what lasts to the end, and music, stay."""
    cues = tuple(
        replace(
            cue,
            start=cue.start + by,
            end=cue.end + by,
            lines=tuple(tuple(replace(word, start=word.start + by, end=word.end + by) for word in line) for line in cue.lines),
        )
        for cue in timeline.cues
    )
    hook = timeline.hook
    return replace(
        timeline,
        cues=cues,
        hook=None if hook is None else replace(hook, start=hook.start + by, end=hook.end + by),
        looks=tuple(replace(one, start=one.start + by, end=one.end + by) if one.end else one for one in timeline.looks),
        graphics=tuple(replace(one, start=one.start + by, end=one.end + by) if one.end else one for one in timeline.graphics),
        overlays=tuple(replace(one, start=one.start + by, end=one.end + by) for one in timeline.overlays),
        voices=tuple(replace(one, start=one.start + by) for one in timeline.voices),
        effects=tuple(replace(one, at=one.at + by) for one in timeline.effects),
    )


def _introduced(timeline: Timeline, media: Media) -> Timeline:
    clip = _whole(timeline, media)
    return replace(shifted(timeline, clip.duration), clips=(clip, *timeline.clips))


def _whole(timeline: Timeline, media: Media) -> Clip:
    """A file as a clip: filling the frame where little is lost by it, else whole over a blurred copy."""
    length = min(media.duration, _CLIP_MOST) if media.kind is MediaKind.VIDEO and media.duration else _PICTURE
    end = whole_frames(0, length, timeline.fps)
    width, height = media.width_px // 2 * 2, media.height_px // 2 * 2
    aspect = timeline.width_px / timeline.height_px
    inner = min(width, int(height * aspect) // 2 * 2), min(height, int(width / aspect) // 2 * 2)
    if inner[0] * inner[1] < 0.7 * width * height:
        return Clip(0, end, (CropFrom(0, Crop(0, 0, width, height)),), Layout.BLURRED, media=media.key)
    crop = Crop((width - inner[0]) // 4 * 2, (height - inner[1]) // 4 * 2, *inner)
    return Clip(0, end, (CropFrom(0, crop),), media=media.key)


def _corner(timeline: Timeline, logo: Media, corner: str) -> Rect:
    """Where the logo lies: in a corner of what no app covers."""
    free = safe_area(timeline)
    scale = min(timeline.width_px * _LOGO_WIDTH / logo.width_px, timeline.height_px * _LOGO_HEIGHT / logo.height_px)
    width, height = max(2, int(logo.width_px * scale) // 2 * 2), max(2, int(logo.height_px * scale) // 2 * 2)
    x = free.left if corner.endswith("left") else free.right - width
    y = free.top if corner.startswith("top") else free.bottom - height
    return Rect(int(x) // 2 * 2, int(y) // 2 * 2, width, height)
