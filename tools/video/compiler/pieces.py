"""The clips' own sound as one stream: cut where the picture is cut, crossfaded where it jumps, untouched where it goes on.

Every piece is read a little beyond both its ends, and the joints lie in the middle of those crossfades: the whole is exactly as long as
the picture. Clips that go on in the same file at the same speed (a punch-in, a change of crop) share one piece, because a crossfade of a
sound with itself is a bump of 3 dB. Sound is decoded about 800 times faster than it plays, so pieces with small gaps between them are
read as one input: a long source with forty cuts is opened once and not forty times.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ffmpeg

from tools.video.timeline import Clip, MediaKind, Timeline, to_seconds, to_ticks

RATE_HZ = 48_000
SILENT_GAIN_DB = -60.0  # and below: not heard
TICKS_PER_SAMPLE = 5  # 240000 / 48000
_HALF = 576  # samples on each side of a joint: a crossfade of 24 ms
_LONGEST_GAP = to_ticks(8)  # between pieces that are still read as one input
_SLOWEST_ATEMPO = 0.8  # below, atempo drifts (20 to 70 ms at half and quarter speed); rubberband stays within 25 ms at six times its cost


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one file at one speed, in that file's ticks, and the samples of the mix it covers (`first` included, `last` not)."""

    media: str
    start: int
    end: int
    speed: float
    first: int
    last: int


def has_own_sound(timeline: Timeline) -> bool:
    """Whether a clip has sound of its own that is not turned off."""
    return timeline.original_gain_db > SILENT_GAIN_DB and any(_has_sound(timeline, clip.media) for clip in timeline.clips)


def to_samples(ticks: int) -> int:
    return round(ticks / TICKS_PER_SAMPLE)


def pieces(timeline: Timeline) -> tuple[Piece, ...]:
    """The clips' sound in order: without gaps, as long as the timeline to the sample."""
    found: list[Piece] = []
    for clip, at in zip(timeline.clips, timeline.starts(), strict=True):
        last = to_samples(at + clip.duration)
        before = found[-1] if found else None
        if before is not None and _goes_on(before, clip):
            found[-1] = replace(before, end=clip.end, last=last)
        else:
            found.append(Piece(clip.media, clip.start, clip.end, clip.speed, to_samples(at), last))
    return tuple(found)


def joined_sound(timeline: Timeline) -> Any:
    """Stereo float at 48 kHz, exactly as long as the timeline; what has no sound is silent."""
    streams = [stream for group in _groups(timeline) for stream in _read(timeline, group)]
    fade = {"inputs": len(streams), "nb_samples": 2 * _HALF, "curve1": "qsin", "curve2": "qsin"}  # equal power
    sound = ffmpeg.filter(streams, "acrossfade", **fade) if len(streams) > 1 else streams[0]
    sound = sound.filter("afade", t="in", nb_samples=_HALF)  # a sound that begins or ends in the middle of a wave clicks too
    return sound.filter("afade", t="out", start_sample=to_samples(timeline.duration) - _HALF, nb_samples=_HALF)


def silence(samples: int, mark: int = 0) -> Any:
    source = ffmpeg.input(f"anullsrc=r={RATE_HZ}:cl=stereo", f="lavfi", t=f"{samples / RATE_HZ + 0.1:.6f}")["a:0"]
    return _exactly(source.filter("aresample", f"{RATE_HZ}+0*{mark}").filter("aformat", sample_fmts="fltp"), samples)


def opened(path: str, mark: int = 0, **options: Any) -> Any:
    """The sound of a file, stereo float at 48 kHz; holes and a late start are filled with silence.

    `mark` tells it from another use of the same file: ffmpeg-python takes equal chains for one.
    """
    sound = ffmpeg.input(path, vn=None, **options)["a:0"]
    sound = sound.filter("aresample", f"{RATE_HZ}+0*{mark}", **{"async": 1, "first_pts": 0})
    return sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def _goes_on(before: Piece, clip: Clip) -> bool:
    return (before.media, before.end, before.speed) == (clip.media, clip.start, clip.speed)


def _groups(timeline: Timeline) -> Iterator[list[tuple[Piece, int, int]]]:
    """Pieces that are read as one input, each with the samples it is longer at its start and at its end."""
    found = pieces(timeline)
    margins = [(piece, _HALF * (n > 0), _HALF * (n + 1 < len(found))) for n, piece in enumerate(found)]
    group: list[tuple[Piece, int, int]] = []
    for one in margins:
        if group and not _is_near(timeline, group[-1][0], one[0]):
            yield group
            group = []
        group.append(one)
    yield group


def _is_near(timeline: Timeline, before: Piece, piece: Piece) -> bool:
    is_ahead = before.end <= piece.start <= before.end + _LONGEST_GAP
    return is_ahead and before.media == piece.media and _has_sound(timeline, piece.media)


def _has_sound(timeline: Timeline, key: str) -> bool:
    media = timeline.find_media(key)
    return media.has_audio and media.kind is not MediaKind.IMAGE


def _read(timeline: Timeline, group: Sequence[tuple[Piece, int, int]]) -> list[Any]:
    if not _has_sound(timeline, group[0][0].media):
        return [silence(piece.last - piece.first + before + after, piece.first) for piece, before, after in group]
    starts = [piece.start - round(before * TICKS_PER_SAMPLE * piece.speed) for piece, before, _ in group]
    opening = max(0, starts[0])
    until = max(piece.end + round((_HALF + 1) * TICKS_PER_SAMPLE * piece.speed) for piece, _, _ in group)
    span = {"ss": f"{to_seconds(opening):.6f}", "t": f"{to_seconds(until - opening):.6f}"}
    sound = opened(timeline.find_media(group[0][0].media).path, group[0][0].first, **span)
    branches = [sound] if len(group) == 1 else list(_split(sound, len(group)))
    return [_cut(branch, *one, start - opening) for branch, one, start in zip(branches, group, starts, strict=True)]


def _split(sound: Any, count: int) -> Iterator[Any]:
    outputs = sound.filter_multi_output("asplit", count)
    return (outputs[n] for n in range(count))


def _cut(sound: Any, piece: Piece, before: int, after: int, offset: int) -> Any:
    """One piece with its margins, `offset` ticks into what was read; before the start of a file there is silence."""
    samples = piece.last - piece.first + before + after
    start = to_samples(offset)
    end = start + round(samples * piece.speed) + 1
    sound = sound.filter("atrim", start_sample=max(0, start), end_sample=end).filter("asetpts", "N/SR/TB")
    for name, tempo in _tempo(piece.speed):
        sound = sound.filter(name, tempo=tempo)
    if start < 0:
        sound = sound.filter("adelay", f"{round(-start / piece.speed)}S", all=1)
    return _exactly(sound, samples)


def _tempo(speed: float) -> list[tuple[str, float]]:
    """The filters that change the speed and keep the pitch."""
    if speed == 1:
        return []
    return [("atempo" if speed >= _SLOWEST_ATEMPO else "rubberband", round(speed, 4))]


def _exactly(sound: Any, samples: int) -> Any:
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples).filter("asetpts", "N/SR/TB")
