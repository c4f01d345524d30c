"""What must be hidden in a timeline, found: faces, on request number plates and screens, and the regions an owner drew."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from memory.errors import InputError
from tools.video.additions import HiddenKey, HiddenTrack, HideMethod, Hiding
from tools.video.anonymise.looks import FaceFinder, Finder, Look, look
from tools.video.anonymise.mask import cell_px
from tools.video.anonymise.people import KnownPerson, Recogniser, who_stays
from tools.video.anonymise.stretches import Stretch, find_stretches
from tools.video.anonymise.things import find_plates, find_screens
from tools.video.anonymise.tracks import Track, follow, to_hidden
from tools.video.brief import Hide
from tools.video.regions import DrawnRegion, check_region
from tools.video.timeline import TIME_BASE, Timeline, relocated, to_seconds, to_ticks


def find_hidden(
    path: Path,
    timeline: Timeline,
    *,
    hide: Hide,
    method: HideMethod = HideMethod.PIXELATE,
    keep: Sequence[KnownPerson] = (),
    regions: Sequence[DrawnRegion] = (),
    plates: bool = False,
    screens: bool = False,
    on_progress: Callable[[float], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Hiding:
    """Find everything that must not be seen in what a timeline shows, and nothing that it does not show.

    Args:
        path: Where the timeline's source lies.
        keep: The people who agreed to be seen, for `Hide.OTHERS`. Whoever is not surely one of them is hidden.
        regions: What the owner drew.
        plates: Hide number plates too. Rather too much is hidden than too little.
        screens: Hide bright screens too.
        on_progress: Called with the share done, 0 to 1.

    Raises:
        InputError: `Hide.OTHERS` without anybody to keep, a region outside of the picture, or a file that cannot be read.
        StoppedError: `cancel` said so.
    """
    if hide is Hide.OTHERS and not keep:
        raise InputError("Nobody is on the keep-list.", hint="Name at least one person with a reference photo, or hide every face.")
    drawn = [_drawn(timeline, region) for region in regions]
    here = relocated(timeline, path)
    recogniser = Recogniser() if hide is Hide.OTHERS else None
    finders: list[Finder] = [FaceFinder(recogniser)] if hide is not Hide.NOTHING else []
    finders += [find_plates] if plates else []
    finders += [find_screens] if screens else []
    hidden, kept, names = list(drawn), list[HiddenTrack](), list[str]()
    stretches = find_stretches(here) if finders else []
    whole_s, done_s = max(1e-6, sum(_length_s(stretch) for stretch in stretches)), 0.0
    for stretch in stretches:
        tell = _teller(on_progress, done_s, whole_s)
        tracks = _tracks(here, stretch, finders, tell, cancel)
        stays = who_stays(tracks, keep) if recogniser is not None else {}
        hidden += [to_hidden(track, stretch.media) for n, track in enumerate(tracks) if n not in stays]
        kept += [to_hidden(tracks[n], stretch.media) for n in stays]
        names += [name for name in stays.values() if name not in names]
        done_s += _length_s(stretch)
    hiding = Hiding(tuple(hidden), method, hide is not Hide.NOTHING, tuple(names), tuple(kept))
    return replace(hiding, cell_px=round(cell_px(replace(timeline, hiding=hiding)), 1))


def _tracks(
    timeline: Timeline,
    stretch: Stretch,
    finders: Sequence[Finder],
    tell: Callable[[float], None],
    cancel: Callable[[], bool] | None,
) -> list[Track]:
    looks = look(timeline, stretch, finders, cancel=cancel, on_progress=tell)
    frame = round(1 / TIME_BASE / max(1, round(timeline.find_media(stretch.media).fps or 30)))
    if len(looks) == 1:  # a still: what is in it is there all the time
        looks = [looks[0], Look((stretch.start + stretch.end) // 2, False, looks[0].found), Look(stretch.end, False, looks[0].found)]
    return follow(looks, stretch.start, stretch.end, frame, stretch.area.width_px)


def _drawn(timeline: Timeline, region: DrawnRegion) -> HiddenTrack:
    check_region(region)
    start = to_ticks(region.start_s)
    shown_until = max(clip.end for clip in timeline.clips)
    end = to_ticks(region.end_s) if region.end_s else max(start, shown_until) + to_ticks(5)
    width, height = timeline.source.width_px, timeline.source.height_px
    place = (region.x * width, region.y * height, region.width * width, region.height * height)
    return HiddenTrack((HiddenKey(start, *place), HiddenKey(end, *place)), "region", is_round=False)


def _length_s(stretch: Stretch) -> float:
    return to_seconds(stretch.end - stretch.start)


def _teller(on_progress: Callable[[float], None] | None, done_s: float, whole_s: float) -> Callable[[float], None]:
    return lambda seconds: on_progress(min(1.0, (done_s + seconds) / whole_s)) if on_progress is not None else None
