"""The sound of a timeline: the clips' own, music ducked under it, narration, effects, a measured gain.

Loudness is fitted by measuring (see `levels.py`): a fixed gain for each part and for the whole, and a limiter at four times the rate only
where peaks would pass the limit. Single-pass loudnorm was not used because it lands off target on short clips and pumps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ffmpeg

from tools.video.additions import Music, SoundEffect, Voice
from tools.video.compiler.pieces import RATE_HZ, has_own_sound, joined_sound, opened, silence, to_samples
from tools.video.timeline import Timeline, to_seconds

LIBRARY_LUFS = -20.0  # every piece and effect of the library is this loud (`library/make.py`); other effects are taken for it
_LIMITER_ROOM_DB = 0.7  # AAC and the way back to 48 kHz raise peaks a little above what the limiter let through
_VOICE_RAMP_S = 0.15  # the original goes down before a narration begins and comes back after it
_KEY_DB = 12.0  # lifts speech at its target loudness to full scale, where it is clipped: loud and soft words duck alike
_KEY_LEVEL_DB = -2.0  # what the detector makes of speech lifted and clipped so; measured
_DENOISE_LATE = RATE_HZ // 40
_ATTACK_MS, _RELEASE_MS = 20, 600  # music is out of the way within a syllable and comes back between sentences, not between words


@dataclass(frozen=True, slots=True)
class Gain:
    """What is done to the sound: a fixed gain on the whole, a limiter where the peaks need one, the gains that bring the clips' own sound,
    each narration and the music to their loudness before they are mixed, and how loud the noise in the clips' own sound is (RMS dBFS)."""

    gain_db: float = 0.0
    limit: bool = False
    original_db: float = 0.0
    voices_db: tuple[float, ...] = ()
    music_db: float = 0.0
    noise_db: float = -40.0


def finished_sound(timeline: Timeline, gain: Gain) -> Any:
    """The whole mix as long as the timeline, stereo at 48 kHz. Its inputs are opened without their pictures."""
    parts = [mixed] if (mixed := _speech(timeline, gain)) is not None else []
    music = timeline.music
    if music is not None:
        bed = _music(timeline, music, gain)
        if parts and music.duck_db > 0:
            split = parts[0].filter_multi_output("asplit", 2)
            parts, bed = [split[0]], _ducked(bed, split[1], music.duck_db, to_samples(timeline.duration))
        parts.append(bed)
    parts += _effects(timeline)
    if not parts:
        return silence(to_samples(timeline.duration))
    return _levelled(timeline, _mixed(parts, timeline) if len(parts) > 1 or timeline.effects else parts[0], gain)


def own_sound(timeline: Timeline, noise_db: float) -> Any | None:
    """The clips' own sound, cleaned of noise of this level; None where there is none or it is turned off."""
    if not has_own_sound(timeline):
        return None
    sound = joined_sound(timeline)
    return _cleaned(sound, timeline.noise_reduction, noise_db) if timeline.noise_reduction > 0 else sound


def narration(timeline: Timeline, voice: Voice) -> Any:
    """A narration from its own start, at its own loudness."""
    return opened(timeline.find_media(voice.media).path, -1 - voice.start, t=f"{timeline.duration_s:.6f}")


def music_source(timeline: Timeline, music: Music) -> Any:
    """The music from its offset on, looped, as long as the timeline, at its own loudness."""
    media, samples = timeline.find_media(music.media), to_samples(timeline.duration)
    length, offset = to_samples(media.duration), to_samples(music.offset)
    if length and length < offset + samples:
        offset %= length
        loops = math.ceil((offset + samples) / length)
        sound = opened(media.path, -1).filter("aloop", loop=loops, size=length)
    else:
        sound, offset = opened(media.path, -1, ss=f"{to_seconds(music.offset):.6f}", t=f"{timeline.duration_s + 1:.6f}"), 0
    return sound.filter("atrim", start_sample=offset, end_sample=offset + samples).filter("asetpts", "N/SR/TB")


def _speech(timeline: Timeline, gain: Gain) -> Any | None:
    """What ducks the music: the clips' own sound and the narrations."""
    parts = []
    if (own := own_sound(timeline, gain.noise_db)) is not None:
        parts.append(_under_voices(timeline, _louder(own, timeline.original_gain_db + gain.original_db)))
    levels = gain.voices_db or (0.0,) * len(timeline.voices)
    for voice, level_db in zip(timeline.voices, levels, strict=True):
        parts.append(_delayed(_louder(narration(timeline, voice), voice.gain_db + level_db), voice.start))
    return _mixed(parts, timeline) if timeline.voices else parts[0] if parts else None


def _mixed(parts: Sequence[Any], timeline: Timeline) -> Any:
    """All parts added up, cut or filled to the timeline's length."""
    samples = to_samples(timeline.duration)
    sound = ffmpeg.filter(list(parts), "amix", inputs=len(parts), normalize=0, duration="longest") if len(parts) > 1 else parts[0]
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _under_voices(timeline: Timeline, sound: Any) -> Any:
    """The clips' own sound, `duck_db` lower while a narration lasts, with ramps of `_VOICE_RAMP_S` outside it."""
    downs = []
    for voice in timeline.voices:
        start_s = to_seconds(voice.start)
        end_s = start_s + to_seconds(timeline.find_media(voice.media).duration)
        near = f"min((t-{start_s:.3f})/{_VOICE_RAMP_S}+1,({end_s:.3f}-t)/{_VOICE_RAMP_S}+1)"
        downs.append(f"{voice.duck_db if voice.duck_db < 60 else 120:g}*clip({near},0,1)")
    if not downs:
        return sound
    loudest = downs[0]
    for down in downs[1:]:
        loudest = f"max({loudest},{down})"
    return sound.filter("asetnsamples", n=256, p=0).filter("volume", f"pow(10,-({loudest})/20)", eval="frame")  # steps of 5 ms


def _music(timeline: Timeline, music: Music, gain: Gain) -> Any:
    sound = _louder(music_source(timeline, music), music.gain_db + gain.music_db)
    if music.fade_in:
        sound = sound.filter("afade", t="in", d=f"{to_seconds(music.fade_in):.6f}")
    if music.fade_out:
        start_s = to_seconds(max(0, timeline.duration - music.fade_out))
        sound = sound.filter("afade", t="out", st=f"{start_s:.6f}", d=f"{to_seconds(music.fade_out):.6f}")
    return sound


def _ducked(music: Any, key: Any, duck_db: float, samples: int) -> Any:
    """Music that is `duck_db` lower while the key speaks.

    The key is limited to the band of speech, lifted and clipped, so that it is near one level whenever somebody speaks; threshold and ratio
    then give the wanted depth at that level: reduction = (level - threshold) * (1 - 1 / ratio).
    """
    key = key.filter("apad", pad_len=RATE_HZ).filter("highpass", f=120).filter("volume", f"{_KEY_DB}dB").filter("asoftclip", type="hard")
    over_db = duck_db / (1 - 1 / 20) if duck_db > 19 else 20.0
    ratio = 20.0 if duck_db > 19 else 1 / (1 - duck_db / over_db)
    threshold = max(0.001, 10 ** ((_KEY_LEVEL_DB - over_db) / 20))
    options = {"threshold": f"{threshold:.5f}", "ratio": f"{ratio:.3f}", "attack": _ATTACK_MS, "release": _RELEASE_MS, "knee": 2}
    longer = music.filter("apad", pad_len=RATE_HZ)  # where its inputs end, the filter drops up to a frame, now this and now that one
    return ffmpeg.filter([longer, key], "sidechaincompress", **options).filter("atrim", end_sample=samples)


def _effects(timeline: Timeline) -> list[Any]:
    """Every effect at its time; a file that is heard several times is opened once."""
    by_media: dict[str, list[SoundEffect]] = {}
    for effect in timeline.effects:
        by_media.setdefault(effect.media, []).append(effect)
    found = []
    for key, effects in by_media.items():
        sound = opened(timeline.find_media(key).path, -2)
        outputs = sound.filter_multi_output("asplit", len(effects)) if len(effects) > 1 else [sound]
        level_db = timeline.loudness_lufs - LIBRARY_LUFS
        found += [_delayed(_louder(outputs[n], effect.gain_db + level_db), effect.at) for n, effect in enumerate(effects)]
    return found


def _delayed(sound: Any, ticks: int) -> Any:
    return sound.filter("adelay", f"{to_samples(ticks)}S", all=1) if ticks > 0 else sound


def _louder(sound: Any, gain_db: float) -> Any:
    return sound.filter("volume", f"{gain_db:.2f}dB") if abs(gain_db) >= 0.005 else sound


def _cleaned(sound: Any, strength: float, noise_db: float) -> Any:
    """Less steady noise. afftdn is told the level of the noise, because its own tracking found none of it (measured); it comes 1200 samples
    late, whatever is asked of it."""
    floor_db = min(-20.0, max(-80.0, noise_db + 3))
    sound = sound.filter("apad", pad_len=_DENOISE_LATE).filter("afftdn", nr=f"{max(1.0, 24 * strength):.1f}", nf=f"{floor_db:.1f}")
    return sound.filter("atrim", start_sample=_DENOISE_LATE).filter("asetpts", "N/SR/TB")


def _levelled(timeline: Timeline, sound: Any, gain: Gain) -> Any:
    sound = _louder(sound, gain.gain_db)
    if gain.limit:
        ceiling = 10 ** ((timeline.true_peak_dbtp - _LIMITER_ROOM_DB) / 20)
        sound = sound.filter("aresample", 4 * RATE_HZ)  # between the samples of 48 kHz lie the true peaks
        sound = sound.filter("alimiter", limit=f"{ceiling:.4f}", attack=5, release=60, level="disabled", latency=1)
        sound = sound.filter("aresample", RATE_HZ)
    if timeline.fade_out:
        start_s = to_seconds(timeline.duration - timeline.fade_out)
        sound = sound.filter("afade", t="out", st=f"{start_s:.6f}", d=to_seconds(timeline.fade_out))
    return sound
