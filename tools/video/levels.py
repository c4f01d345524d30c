"""How loud each part of a timeline's sound is made: measured, then fitted to the loudness and the peak the timeline asks for.

Without music, narration or effects one run measures the clips' sound, and a second one what a limiter took away, where one is needed.
With them the first run measures each part by itself, so that music lies its `gain_db` under the voice however loud the source is, and the
second one the mix. Measuring costs about a hundredth of the sound's length (no picture is decoded).
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ffmpeg

from tools.ffmpeg import run_ffmpeg
from tools.video.compiler import as_arguments, compile_measure
from tools.video.compiler.pieces import has_own_sound, joined_sound
from tools.video.compiler.sound import LIBRARY_LUFS, Gain, music_source, narration, own_sound
from tools.video.loudness import MEASURE_FILTER, Loudness, measure, parse_summary
from tools.video.timeline import Timeline

_MOST_GAIN_DB = 24.0  # more would lift the noise of a room to the loudness of a voice
_MOST_BESIDE_VOICE_DB = 12.0  # of the clips' own sound where a narration speaks: then it is often nothing but a place's noise
_CLOSE_ENOUGH_LU, _FORESEEABLE_LU = 0.3, 1.0  # a correction as small as the second lands where it should without measuring again
_TRIES = 3
_NO_NOISE_DB, _CREST_DB = -90.0, 9.0
_OWN, _MUSIC = "own", "music"

Cancel = Callable[[], bool] | None


def has_sound(timeline: Timeline) -> bool:
    """Whether anything in the timeline can be heard."""
    return has_own_sound(timeline) or timeline.music is not None or bool(timeline.voices or timeline.effects)


def fit_gain(timeline: Timeline, *, timeout_s: float, cancel: Cancel = None) -> tuple[Gain, Loudness | None]:
    """The gains that bring the sound to its target, and how loud the own sound (without any, the mix) was; None when silent."""
    if not has_sound(timeline):
        return Gain(), None
    nothing = Gain(noise_db=_measure_noise(timeline, timeout_s, cancel)) if timeline.noise_reduction > 0 else Gain()
    if timeline.music is None and not timeline.voices and not timeline.effects:
        return _fit_whole(timeline, nothing, timeout_s, cancel)
    parts = _measure_parts(timeline, nothing.noise_db, timeout_s, cancel)
    gain = _part_gains(timeline, nothing, parts)
    if any(not found.is_silent for name, found in parts.items() if name != _MUSIC):  # then the voice is at the target, and leads
        return _fit_limited(timeline, replace(gain, limit=True), timeout_s, cancel), parts.get(_OWN)
    return _fit_whole(timeline, gain, timeout_s, cancel)


def _fit_whole(timeline: Timeline, gain: Gain, timeout_s: float, cancel: Cancel) -> tuple[Gain, Loudness]:
    """The gain of the whole: exact where no limiter is needed."""
    before = measure(compile_measure(timeline, gain), timeout_s=timeout_s, cancel=cancel)
    if before.is_silent:
        return gain, before
    gain = _with(gain, _within(timeline.loudness_lufs - before.integrated_lufs), before.true_peak_dbtp, timeline)
    return (_fit_limited(timeline, gain, timeout_s, cancel) if gain.limit else gain), before


def _fit_limited(timeline: Timeline, gain: Gain, timeout_s: float, cancel: Cancel) -> Gain:
    """The gain corrected by measuring what the limiter takes away."""
    for _ in range(_TRIES):
        after = measure(compile_measure(timeline, gain), timeout_s=timeout_s, cancel=cancel)
        missing_lu = timeline.loudness_lufs - after.integrated_lufs
        if abs(missing_lu) <= _CLOSE_ENOUGH_LU or gain.gain_db >= _MOST_GAIN_DB or after.is_silent:
            break
        gain = _with(gain, _within(gain.gain_db + missing_lu * 1.2), math.inf, timeline)
        if abs(missing_lu) <= _FORESEEABLE_LU:
            break
    return gain


def _with(gain: Gain, gain_db: float, peak_dbtp: float, timeline: Timeline) -> Gain:
    """The same gains with another one on the whole, and a limiter where the peak would come too near its limit."""
    return replace(gain, gain_db=round(gain_db, 2), limit=peak_dbtp + gain_db > timeline.true_peak_dbtp - 0.2)


def _within(gain_db: float) -> float:
    return min(_MOST_GAIN_DB, gain_db)


def _part_gains(timeline: Timeline, gain: Gain, parts: dict[str, Loudness]) -> Gain:
    """What brings each part to the target by itself; silent parts stay as they are."""

    def to_target(name: str, most_db: float = _MOST_GAIN_DB) -> float:
        found = parts.get(name)
        return 0.0 if found is None or found.is_silent else round(min(most_db, timeline.loudness_lufs - found.integrated_lufs), 2)

    own = to_target(_OWN, _MOST_BESIDE_VOICE_DB if timeline.voices else _MOST_GAIN_DB)
    music = to_target(_MUSIC) if _MUSIC in parts else timeline.loudness_lufs - LIBRARY_LUFS
    voices = tuple(to_target(f"voice{n}") for n in range(len(timeline.voices)))
    return replace(gain, original_db=own, voices_db=voices, music_db=music)


def _measure_noise(timeline: Timeline, timeout_s: float, cancel: Cancel) -> float:
    """How loud the steady noise in the clips' own sound is, in dBFS: the lowest peaks of any moment, less the crest factor of noise."""
    if not has_own_sound(timeline):
        return _NO_NOISE_DB
    heard = replace(
        timeline, clips=tuple(clip for clip in timeline.clips if timeline.find_media(clip.media).has_audio)
    )  # no digital silence
    stats = joined_sound(heard).filter("astats", measure_perchannel="none", measure_overall="Noise_floor")
    arguments = as_arguments(ffmpeg.output(stats, "-", f="null"))
    log = run_ffmpeg(arguments, timeout_s=timeout_s, log_level="info", cancel=cancel).stderr_tail
    found = re.search(r"Noise floor dB: (-?[\d.]+)", log)
    return float(found.group(1)) - _CREST_DB if found else _NO_NOISE_DB


def _measure_parts(timeline: Timeline, noise_db: float, timeout_s: float, cancel: Cancel) -> dict[str, Loudness]:
    """The loudness of the clips' own sound, of each narration and of music that is not the library's, in one run."""
    streams: dict[str, Any] = {f"voice{n}": narration(timeline, voice) for n, voice in enumerate(timeline.voices)}
    if (own := own_sound(timeline, noise_db)) is not None:
        streams[_OWN] = own
    if timeline.music is not None and not timeline.music.media.startswith("library:"):
        streams[_MUSIC] = music_source(timeline, timeline.music)
    if not streams:
        return {}
    name, options = MEASURE_FILTER
    outputs = [ffmpeg.output(one.filter(f"{name}@{part}", **options), "-", f="null") for part, one in streams.items()]
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    lines = 400 + 20 * len(streams)
    log = run_ffmpeg(as_arguments(merged), timeout_s=timeout_s, log_level="info", cancel=cancel, stderr_lines=lines).stderr_tail
    summaries = re.split(rf"\[{name}@(\w+) @ [^\]]*\] Summary:", log)
    return {part: parse_summary(text) for part, text in zip(summaries[1::2], summaries[2::2], strict=True)}
