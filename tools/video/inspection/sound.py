"""The sound of a rendered file: loudness, peaks, clipping, silence, and whether the captions' words are spoken when they are shown."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.audio import SAMPLE_RATE_HZ, AudioTrack
from tools.video.inspection.checks import Check
from tools.video.levels import has_sound
from tools.video.loudness import MEASURE_FILTER, SILENT_LUFS, Loudness, parse_summary
from tools.video.timeline import Timeline, to_seconds
from tools.video.vad import FRAME_S, speech_probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SILENCE_DB, _SILENCE_S = -50, 1.0
_LOUDNESS_LU = 1.0
_PEAK_DBTP = -1.0
_FULL_SCALE = 0.999
_CLIPPED = 1e-4  # the share of samples at full scale above which it is heard as a crackle
_FEWEST_WORDS = 8  # fewer tell nothing about timing
_SPOKEN = 0.35  # mean probability of speech under the words, below which they are not what is said
_LAG_S, _FURTHEST_S = 0.2, 2.0
_CLEARLY = 0.12  # by how much a shifted match must beat the one in place (correlations)


@dataclass(frozen=True, slots=True)
class Sound:
    """What decoding the sound told. `voice` is the probability of speech per 32 ms."""

    loudness: Loudness
    silence_share: float
    clipped_share: float
    voice: "NDArray[np.float32]"


def listen(path: Path, timeline: Timeline) -> Sound:
    """Measure the sound.

    Raises:
        InputError: It cannot be decoded.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="loudness") as pool:
        measuring = pool.submit(_loudness, path, timeline)
        clipped_share, track = _samples(path)
        voice = speech_probabilities(track)
        loudness, silence_share = measuring.result()
    return Sound(loudness, silence_share, clipped_share, voice)


def sound_checks(timeline: Timeline, sound: Sound) -> dict[str, Check]:
    if not has_sound(timeline):
        return {"silence": Check(True, None, "no sound in the source", "The source has no sound, so the short is silent.")}
    lufs, peak, target = sound.loudness.integrated_lufs, sound.loudness.true_peak_dbtp, timeline.loudness_lufs
    if lufs < SILENT_LUFS:
        return {"silence": Check(False, 1.0, "<= 0.5 of the time", "This part of the video has no audible sound.")}
    silent, clipped = sound.silence_share, sound.clipped_share
    return {
        "silence": Check(silent <= 0.5, round(silent, 3), "<= 0.5 of the time", f"It is silent {silent:.0%} of the time."),
        "loudness": Check(
            abs(lufs - target) <= _LOUDNESS_LU, lufs, f"{target:g} ± {_LOUDNESS_LU:g} LUFS", f"It is {lufs:.1f} LUFS loud, not {target:g}."
        ),
        "true_peak": Check(peak <= _PEAK_DBTP, peak, f"<= {_PEAK_DBTP:g} dBTP", f"Its peaks reach {peak:.1f} dBTP and may distort."),
        "clipped": Check(
            clipped <= _CLIPPED,
            round(clipped, 5),
            f"<= {_CLIPPED:g} of the samples",
            f"Sound is cut off at full scale ({clipped:.2%}).",
        ),
        **_word_check(timeline, sound.voice),
    }


def _word_check(timeline: Timeline, voice: "NDArray[np.float32]") -> dict[str, Check]:
    """Words against voice activity: are they spoken at all, and does a shift fit clearly better than none?"""
    import numpy as np

    words = [word for cue in timeline.cues for line in cue.lines for word in line]
    shown = np.zeros(len(voice), dtype=np.float32)
    for word in words:
        shown[int(to_seconds(word.start) / FRAME_S) : int(to_seconds(word.end) / FRAME_S) + 1] = 1.0
    if len(words) < _FEWEST_WORDS or not shown.any():
        return {}
    lag_s = _lag_s(shown, voice)
    spoken = float(voice[np.roll(shown, round(lag_s / FRAME_S)) > 0].mean())
    limit = f"within {_LAG_S:g} s of the voice"
    if spoken < _SPOKEN:
        return {"word_sync": Check(False, round(spoken, 2), limit, "The captions run where nobody is heard speaking.")}
    late = "behind" if lag_s < 0 else "ahead of"
    message = f"The captions run {abs(lag_s):.1f} s {late} the voice."
    return {"word_sync": Check(abs(lag_s) <= _LAG_S, round(lag_s, 2), limit, message)}


def _lag_s(shown: "NDArray[np.float32]", voice: "NDArray[np.float32]") -> float:
    """How much later the voice is than the words, in seconds; 0 where no shift fits clearly better (speech may have no pauses)."""
    import numpy as np

    one, other = shown - shown.mean(), voice - voice.mean()
    scale = float(np.sqrt((one * one).sum() * (other * other).sum()))
    if scale < 1e-6:
        return 0.0
    furthest = min(int(_FURTHEST_S / FRAME_S), len(one) // 3)
    fits = {shift: float((np.roll(one, shift) * other).sum()) / scale for shift in range(-furthest, furthest + 1)}
    best = max(fits, key=lambda shift: (fits[shift], -abs(shift)))
    return best * FRAME_S if fits[best] > fits[0] + _CLEARLY else 0.0


def _loudness(path: Path, timeline: Timeline) -> tuple[Loudness, float]:
    """Loudness, and the share of the time that is silent, in one decode of the sound."""
    name, options = MEASURE_FILTER
    measured = f"silencedetect=n={_SILENCE_DB}dB:d={_SILENCE_S},{name}={':'.join(f'{key}={value}' for key, value in options.items())}"
    arguments = ["-vn", "-i", str(path), "-map", "0:a:0", "-af", measured, "-f", "null", "-"]
    result = run_ffmpeg(arguments, timeout_s=60 + timeline.duration_s, log_level="info", stderr_lines=2000)
    silent_s = sum(float(found) for found in re.findall(r"silence_duration: ([\d.]+)", result.stderr_tail))
    return parse_summary(result.stderr_tail), min(1.0, silent_s / timeline.duration_s)


def _samples(path: Path) -> tuple[float, AudioTrack]:
    """The share of samples at full scale, and the sound as speech models want it."""
    import av
    import numpy as np

    blocks: list[Any] = []
    clipped = total = 0
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                samples = frame.to_ndarray()
                clipped += int((np.abs(samples) >= _FULL_SCALE).sum())
                total += samples.size
                frame.pts = None
                blocks += [block.to_ndarray().reshape(-1) for block in resampler.resample(frame)]
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"its sound cannot be decoded: {error}.") from error
    return clipped / max(1, total), AudioTrack(np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int16))
