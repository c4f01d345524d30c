"""The sound of a timeline: the clips' own, joined without clicks, music ducked under it, voices, effects, a measured gain.

Sound gets a measured, fixed gain and, only where peaks would pass the limit, a limiter at four times the rate. Single-pass loudnorm was
not used because it lands off target on short clips and pumps; see `render.py` for the measuring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ffmpeg

from tools.video.compiler.clips import clip_input
from tools.video.timeline import Clip, Timeline, to_seconds

_RATE_HZ = 48_000
_EDGE_FADE_S = 0.012  # at each cut of the sound, against clicks
_LIMITER_ROOM_DB = 0.7  # AAC and the way back to 48 kHz raise peaks a little above what the limiter let through


@dataclass(frozen=True, slots=True)
class Gain:
    """What is done to the sound: a fixed gain, and a limiter where the peaks need one."""

    gain_db: float = 0.0
    limit: bool = False


def finished_sound(timeline: Timeline, gain: Gain, *, is_sound_only: bool = False) -> Any:
    """The whole mix as long as the timeline, stereo at 48 kHz. `is_sound_only` opens the files without their pictures."""
    options = {"vn": None} if is_sound_only else {}
    inputs = [clip_input(timeline, clip, **options) for clip in timeline.clips]
    return _levelled(timeline, _joined_sound(timeline, inputs), gain)


def _joined_sound(timeline: Timeline, inputs: Sequence[Any]) -> Any:
    if not timeline.source.has_audio:
        return ffmpeg.input(f"anullsrc=r={_RATE_HZ}:cl=stereo", f="lavfi", t=f"{timeline.duration_s:.6f}")["a:0"]
    sounds = [_sound(clip, stream) for clip, stream in zip(timeline.clips, inputs, strict=True)]
    return sounds[0] if len(sounds) == 1 else ffmpeg.concat(*sounds, v=0, a=1)


def _sound(clip: Clip, stream: Any) -> Any:
    """Stereo at 48 kHz, exactly as long as the picture: holes and a late start become silence."""
    duration_s = f"{to_seconds(clip.duration):.6f}"
    sound = stream["a:0"].filter("aresample", _RATE_HZ, **{"async": 1, "first_pts": 0})
    sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
    sound = sound.filter("apad", whole_dur=duration_s).filter("atrim", duration=duration_s).filter("asetpts", "PTS-STARTPTS")
    sound = sound.filter("afade", t="in", d=_EDGE_FADE_S)
    return sound.filter("afade", t="out", st=f"{max(0.0, to_seconds(clip.duration) - _EDGE_FADE_S):.6f}", d=_EDGE_FADE_S)


def _levelled(timeline: Timeline, sound: Any, gain: Gain) -> Any:
    if gain.gain_db:
        sound = sound.filter("volume", f"{gain.gain_db:.2f}dB")
    if gain.limit:
        ceiling = 10 ** ((timeline.true_peak_dbtp - _LIMITER_ROOM_DB) / 20)
        sound = sound.filter("aresample", 4 * _RATE_HZ)  # between the samples of 48 kHz lie the true peaks
        sound = sound.filter("alimiter", limit=f"{ceiling:.4f}", attack=5, release=60, level="disabled", latency=1)
        sound = sound.filter("aresample", _RATE_HZ)
    if timeline.fade_out:
        start_s = to_seconds(timeline.duration - timeline.fade_out)
        sound = sound.filter("afade", t="out", st=f"{start_s:.6f}", d=to_seconds(timeline.fade_out))
    return sound
