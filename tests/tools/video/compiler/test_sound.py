"""The mix, measured sample by sample: joints without clicks, pitch at any speed, music that gives way, narration, effects, loudness."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.ffmpeg import run_ffmpeg
from tools.video import levels, library, loudness
from tools.video.additions import Music, SoundEffect, Voice
from tools.video.compiler import compile_measure
from tools.video.compiler.pieces import pieces
from tools.video.compiler.sound import Gain, finished_sound
from tools.video.levels import fit_gain
from tools.video.loudness import Loudness, parse_summary
from tools.video.timeline import Clip, Crop, CropFrom, Media, MediaKind, Source, Timeline, to_ticks

RATE = 48_000
DEMO = Path(__file__).parents[4] / "demo" / "source.mp4"  # a person reads
MakeSound = Callable[..., Path]


@pytest.fixture(scope="module")
def make_sound(tmp_path_factory: pytest.TempPathFactory) -> MakeSound:
    made: dict[str, Path] = {}

    def make(described: str) -> Path:
        if described not in made:
            made[described] = tmp_path_factory.mktemp("sound") / "sound.wav"
            run_ffmpeg(["-f", "lavfi", "-i", described, "-ar", str(RATE), str(made[described])], timeout_s=20)
        return made[described]

    return make


def timeline_of(path: Path, *spans: tuple[float, ...], **more: Any) -> Timeline:
    """Spans are start, end and, where it is not 1, the speed, in seconds."""
    described = Source(str(path), "x", 64, 64, 25.0, more.pop("has_audio", True))
    crops = (CropFrom(0, Crop(0, 0, 64, 64)),)
    clips = tuple(Clip(to_ticks(one[0]), to_ticks(one[1]), crops, speed=one[2] if len(one) > 2 else 1.0) for one in spans)
    return Timeline(described, clips, Fraction(25), **{"fade_in": 0, "fade_out": 0, **more})


def file_of(path: Path, seconds: float, key: str = "asset:1", *, has_audio: bool = True) -> Media:
    return Media(key, str(path), "y", MediaKind.AUDIO, duration=to_ticks(seconds), has_audio=has_audio)


def heard(timeline: Timeline, gain: Gain | None = None) -> NDArray[np.float32]:
    """The samples of the mix, shape (n, 2)."""
    output = ffmpeg.output(finished_sound(timeline, gain or Gain()), "pipe:1", f="f32le")
    result = run_ffmpeg(list(output.compile(cmd="ffmpeg"))[1:], timeout_s=60, want_stdout=True)
    return np.frombuffer(result.stdout, np.float32).reshape(-1, 2)


def level_db(sound: NDArray[np.float32], start_s: float, end_s: float) -> float:
    return float(10 * np.log10(np.mean(sound[round(start_s * RATE) : round(end_s * RATE)].astype(np.float64) ** 2) + 1e-14))


def band_db(sound: NDArray[np.float32], hz: float, start_s: float, end_s: float) -> float:
    part = sound[round(start_s * RATE) : round(end_s * RATE), 0]
    power, found = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2, np.fft.rfftfreq(len(part), 1 / RATE)
    return float(10 * np.log10(power[np.abs(found - hz) < 30].sum() / len(part) ** 2 + 1e-16))


def pitch_hz(sound: NDArray[np.float32]) -> float:
    part = sound[len(sound) // 4 : len(sound) * 3 // 4, 0]
    return float(np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 19)).argmax() * RATE / (1 << 19))


TONE = "sine=frequency=440:duration=10,volume=4"


def test_joints_do_not_click_and_the_length_is_the_pictures_to_the_sample(make_sound: MakeSound) -> None:
    timeline = timeline_of(make_sound(TONE), (1, 2), (5.0337, 6.0337), (0, 1), (9.01, 10.01), (3, 5, 2.0))
    sound = heard(timeline)
    steps = np.abs(np.diff(sound[:, 0]))
    assert len(sound) == 5 * RATE
    assert steps.max() < 1.3 * np.percentile(steps, 99)  # a hard cut of this tone jumps about twenty times as far
    assert np.abs(sound[[0, 1, -2, -1]]).max() < 0.01  # nor does it begin or end with one


def test_joints_keep_the_power_of_what_is_joined(make_sound: MakeSound) -> None:
    noise = make_sound("anoisesrc=amplitude=0.3:duration=10:seed=7")
    sound = heard(timeline_of(noise, *[(n * 1.7 % 8, n * 1.7 % 8 + 0.4) for n in range(12)]))
    around = [level_db(sound, n * 0.4 - 0.008, n * 0.4 + 0.008) for n in range(1, 12)]
    assert np.mean(around) == pytest.approx(level_db(sound, 0.1, 0.3), abs=0.6)


def test_a_rate_of_1001_keeps_sound_and_picture_together(make_sound: MakeSound) -> None:
    frame = 8008
    path, crops = make_sound(TONE), (CropFrom(0, Crop(0, 0, 64, 64)),)
    clips = tuple(Clip(n * 90_001, n * 90_001 + 7 * frame, crops) for n in range(12))
    timeline = replace(timeline_of(path, (0, 1)), clips=clips, fps=Fraction(30000, 1001))
    assert len(heard(timeline)) == round(12 * 7 * frame / 5)
    assert all(abs(piece.first - n * 7 * frame / 5) <= 0.5 for n, piece in enumerate(pieces(timeline)))


def test_clips_that_go_on_in_the_source_are_one_piece_of_sound(make_sound: MakeSound) -> None:
    noise = make_sound("anoisesrc=amplitude=0.3:duration=10:seed=7")
    whole, split = timeline_of(noise, (1, 3)), timeline_of(noise, (1, 1.4), (1.4, 2.2), (2.2, 3))
    assert len(pieces(split)) == 1
    assert np.array_equal(heard(whole), heard(split))


def test_many_cuts_open_the_source_once(make_sound: MakeSound) -> None:
    timeline = timeline_of(make_sound(TONE), *[(n * 0.5, n * 0.5 + 0.4) for n in range(15)])
    assert compile_measure(timeline, Gain()).count("-i") == 1


def test_a_part_may_be_heard_again_and_again(make_sound: MakeSound) -> None:
    path = make_sound(TONE)
    again = timeline_of(path, (1, 2), (1, 2), (1, 2), (1, 2), (5, 6), (1, 2))
    mute = replace(again, clips=tuple(replace(clip, media="asset:1") for clip in again.clips), media=(file_of(path, 10, has_audio=False),))
    assert len(heard(again)) == len(heard(mute)) == 6 * RATE


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 1.5, 2.0, 4.0])
def test_speed_keeps_the_pitch(speed: float, make_sound: MakeSound) -> None:
    sound = heard(timeline_of(make_sound(TONE), (1, 3), (3, 3 + 2 * speed, speed)))
    assert len(sound) == 4 * RATE
    assert pitch_hz(sound[2 * RATE :]) == pytest.approx(440, abs=1.5)
    assert level_db(sound, 2.2, 3.8) == pytest.approx(level_db(sound, 0.2, 1.8), abs=1.0)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_what_happens_at_another_speed_is_heard_when_it_is_seen(speed: float, make_sound: MakeSound) -> None:
    beeps = make_sound("aevalsrc='0.5*sin(2*PI*1000*t)*between(mod(t,1),0.5,0.6)':d=8")
    sound = heard(timeline_of(beeps, (0, 4, speed)))
    loud = np.abs(sound[:, 0]) > 0.2
    starts = [np.argmax(loud[round((n + 0.3) / speed * RATE) :]) / RATE + (n + 0.3) / speed for n in range(3)]
    assert starts == pytest.approx([(n + 0.5) / speed for n in range(3)], abs=0.045)


def test_other_files_bring_their_own_sound_or_silence(make_sound: MakeSound) -> None:
    timeline = timeline_of(make_sound(TONE), (0, 1), (2, 3), (1, 2))
    other = file_of(make_sound("sine=frequency=1000:duration=5,volume=4"), 5, "asset:2")
    mute = Media("asset:3", "picture.png", "z", MediaKind.IMAGE, 64, 64)
    clips = (timeline.clips[0], replace(timeline.clips[1], media="asset:2"), replace(timeline.clips[2], media="asset:3"))
    sound = heard(replace(timeline, clips=clips, media=(other, mute)))
    assert len(sound) == 3 * RATE and pitch_hz(sound[RATE : 2 * RATE]) == pytest.approx(1000, abs=2)
    assert level_db(sound, 2.05, 3.0) < -100


def test_the_original_can_be_lower_or_off(make_sound: MakeSound) -> None:
    timeline = timeline_of(make_sound(TONE), (0, 1))
    assert level_db(heard(timeline), 0, 1) - level_db(heard(replace(timeline, original_gain_db=-12)), 0, 1) == pytest.approx(12, abs=0.05)
    assert not levels.has_sound(replace(timeline, original_gain_db=-60)) and levels.has_sound(timeline)
    assert np.abs(heard(replace(timeline, original_gain_db=-60))).max() == 0


def test_noise_reduction_lowers_steady_noise_and_keeps_the_voice_in_time(make_sound: MakeSound, tmp_path: Path) -> None:
    mixed = "[0:a:0]aresample=48000[a];[1:a]aresample=48000[b];[a][b]amix=normalize=0:duration=shortest"
    noise = make_sound("anoisesrc=amplitude=0.05:duration=10:seed=4")
    run_ffmpeg(["-t", "8", "-i", str(DEMO), "-i", str(noise), "-filter_complex", mixed, str(tmp_path / "noisy.wav")], timeout_s=30)
    plain = timeline_of(tmp_path / "noisy.wav", (0, 8))
    cleaned = replace(plain, noise_reduction=0.7)
    gain, _ = fit_gain(cleaned, timeout_s=30)
    noisy, clean, voice = heard(plain), heard(cleaned, Gain(noise_db=gain.noise_db)), heard(timeline_of(DEMO, (0, 8)))
    speech, pause = (0.6, 4.1), (0.05, 0.4)

    def ratio_db(sound: NDArray[np.float32]) -> float:
        return level_db(sound, *speech) - level_db(sound, *pause)

    assert -37 < gain.noise_db < -25  # it is -30.8 dBFS
    card = replace(cleaned.clips[0], end=to_ticks(1), media="asset:1")
    titled = replace(cleaned, clips=(card, *cleaned.clips), media=(file_of(noise, 1, has_audio=False),))
    assert fit_gain(titled, timeout_s=30)[0].noise_db == pytest.approx(gain.noise_db, abs=0.1)
    assert ratio_db(clean) > ratio_db(noisy) + 7
    one, other = voice[RATE : 3 * RATE, 0], clean[RATE : 3 * RATE, 0]
    assert np.corrcoef(one, other)[0, 1] > 0.97  # in place, and still the voice


TALK = "aevalsrc='0.3*sin(2*PI*300*t)*between(t,2,5)':d=10"
HIGH = "sine=frequency=9000:duration=4,volume=4"


@pytest.mark.parametrize("duck_db", [6.0, 12.0, 20.0])
def test_music_gives_way_to_a_voice_by_as_much_as_asked(duck_db: float, make_sound: MakeSound) -> None:
    music = Music("asset:1", gain_db=-10, duck_db=duck_db)
    timeline = timeline_of(DEMO, (0, 8), music=music, media=(file_of(make_sound(HIGH), 4),))
    gain, _ = fit_gain(timeline, timeout_s=30)
    gain = replace(gain, gain_db=0.0, limit=False)
    ducked, open_ = heard(timeline, gain), heard(replace(timeline, music=replace(music, duck_db=0)), gain)
    speaking = np.arange(1.0, 4.0, 0.1)
    depth = [band_db(open_, 9000, at, at + 0.1) - band_db(ducked, 9000, at, at + 0.1) for at in speaking]
    before = band_db(open_, 9000, 0.05, 0.25) - band_db(ducked, 9000, 0.05, 0.25)
    assert np.median(depth) == pytest.approx(duck_db, abs=max(1.0, 0.1 * duck_db))
    assert before < 2.5  # a breath


def test_music_comes_back_when_the_voice_is_silent(make_sound: MakeSound) -> None:
    timeline = timeline_of(make_sound(TALK), (0, 10), music=Music("asset:1", duck_db=12), media=(file_of(make_sound(HIGH), 4),))
    gain, _ = fit_gain(timeline, timeout_s=30)
    sound = heard(timeline, replace(gain, limit=False))
    quiet, low, back = band_db(sound, 9000, 1, 1.8), band_db(sound, 9000, 3, 4.8), band_db(sound, 9000, 8, 9.5)
    assert quiet - low == pytest.approx(12, abs=1.5) and back == pytest.approx(quiet, abs=0.5)


def test_music_is_looped_without_a_gap_from_its_offset_and_fades(make_sound: MakeSound) -> None:
    ramp = make_sound("aevalsrc='t*0.2':d=2")  # where in the file a sample comes from can be read off its value
    media = (file_of(ramp, 2),)
    timeline = timeline_of(ramp, (0, 1), (0, 1), (0, 1), (0, 1), (0, 1), original_gain_db=-60, media=media)
    timeline = replace(timeline, music=Music("asset:1", gain_db=0, offset=to_ticks(0.5)))
    sound = heard(timeline)[:, 0] * 2**0.5  # one channel becomes two of equal power
    expected = ((np.arange(5 * RATE) / RATE + 0.5) % 2) * 0.2
    assert len(sound) == 5 * RATE and np.abs(sound - expected).max() < 0.002
    faded = replace(timeline, music=Music("asset:1", gain_db=0, fade_in=to_ticks(1), fade_out=to_ticks(1)))
    shape = heard(faded)[:, 0] * 2**0.5 / np.maximum(1e-3, (np.arange(5 * RATE) / RATE % 2) * 0.2)
    assert shape[RATE // 2] == pytest.approx(0.5, abs=0.02) and shape[RATE * 9 // 2] == pytest.approx(0.5, abs=0.02)


def test_the_original_goes_down_while_a_narration_lasts(make_sound: MakeSound) -> None:
    media = (file_of(make_sound("sine=frequency=3000:duration=2,volume=4"), 2),)
    timeline = timeline_of(make_sound(TONE), (0, 6), media=media, voices=(Voice("asset:1", to_ticks(2), duck_db=12),))
    sound = heard(timeline)
    beside = band_db(sound, 440, 0.5, 1.5)
    assert beside - band_db(sound, 440, 2.1, 3.9) == pytest.approx(12, abs=0.3)
    assert band_db(sound, 440, 4.5, 5.5) == pytest.approx(beside, abs=0.1)
    assert band_db(sound, 3000, 2.1, 3.9) - band_db(sound, 3000, 0.5, 1.5) > 60
    silent = replace(timeline, voices=(Voice("asset:1", to_ticks(2), duck_db=60),))
    assert band_db(heard(silent), 440, 2.1, 3.9) < beside - 80


def test_effects_are_heard_at_their_sample(make_sound: MakeSound) -> None:
    media = (library.piece("click"), library.piece("ding"))
    at = [to_ticks(0.5), to_ticks(1.7), to_ticks(2.04)]
    effects = (SoundEffect("library:click", at[0]), SoundEffect("library:ding", at[1]), SoundEffect("library:click", at[2], -14))
    sound = heard(timeline_of(make_sound(TONE), (0, 3), original_gain_db=-60, effects=effects, media=media))
    starts = [np.argmax(np.abs(sound[:, 0]) > 0.01), RATE + np.argmax(np.abs(sound[RATE:, 0]) > 0.01)]
    assert [start / RATE for start in starts] == pytest.approx([0.5, 1.7], abs=0.003)
    only = heard(timeline_of(make_sound(TONE), (0, 3), original_gain_db=-60, effects=(effects[1],), media=media))
    peaks = [np.abs((sound - only)[round(t * RATE) : round((t + 0.1) * RATE)]).max() for t in (0.5, 2.04)]
    assert 20 * np.log10(peaks[0] / peaks[1]) == pytest.approx(6, abs=0.1)


def measured(timeline: Timeline, gain: Gain) -> Loudness:
    return loudness.measure(compile_measure(timeline, gain), timeout_s=30)


@pytest.mark.parametrize("source_gain_db", [-18.0, 0.0])
def test_a_mix_lands_on_its_loudness_in_few_passes(source_gain_db: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_ffmpeg(["-t", "12", "-i", str(DEMO), "-vn", "-af", f"volume={source_gain_db}dB", str(tmp_path / "talk.wav")], timeout_s=30)
    effects = (SoundEffect("library:whoosh", to_ticks(3.0)), SoundEffect("library:boom", to_ticks(8.0)))
    media = (library.piece("drive"), library.piece("whoosh"), library.piece("boom"))
    timeline = timeline_of(tmp_path / "talk.wav", (0, 12), music=Music("library:drive"), effects=effects, media=media)
    runs: list[Any] = []

    def counting(arguments: Any, **options: Any) -> Any:
        runs.append(arguments)
        return run_ffmpeg(arguments, **options)

    monkeypatch.setattr(loudness, "run_ffmpeg", counting)
    monkeypatch.setattr(levels, "run_ffmpeg", counting)
    gain, before = fit_gain(timeline, timeout_s=60)
    assert len(runs) <= 3
    monkeypatch.undo()
    after = measured(timeline, gain)
    assert after.integrated_lufs == pytest.approx(-14, abs=0.4) and after.true_peak_dbtp <= -1.5
    assert before is not None and before.integrated_lufs == pytest.approx(-18.5 + source_gain_db, abs=1.0)
    assert gain.original_db == pytest.approx(-14 - before.integrated_lufs, abs=0.02)


def test_music_alone_is_brought_to_the_target(make_sound: MakeSound) -> None:
    timeline = timeline_of(DEMO, (0, 8), has_audio=False, music=Music("library:warm", gain_db=-3), media=(library.piece("warm"),))
    assert levels.has_sound(timeline)
    gain, _ = fit_gain(timeline, timeout_s=30)
    assert measured(timeline, gain).integrated_lufs == pytest.approx(-14, abs=0.4)


def test_narration_and_music_of_others_are_brought_to_their_levels(make_sound: MakeSound) -> None:
    spoken = file_of(make_sound("sine=frequency=700:duration=4,volume=0.05"), 4, "asset:2")
    media = (file_of(make_sound("anoisesrc=amplitude=0.9:duration=9:seed=2"), 9), spoken)
    timeline = timeline_of(DEMO, (0, 8), has_audio=False, media=media, music=Music("asset:1", gain_db=-10, duck_db=0))
    timeline = replace(timeline, voices=(Voice("asset:2", to_ticks(2)),))
    gain, _ = fit_gain(timeline, timeout_s=30)
    sound = heard(timeline, replace(gain, limit=False, gain_db=0))
    only_music = sound[: RATE * 3 // 2]
    assert gain.voices_db[0] > 10 > 0 > gain.music_db
    assert _lufs(only_music) == pytest.approx(-24, abs=0.7)


def _lufs(sound: NDArray[np.float32]) -> float:
    arguments = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", "-af", "ebur128=framelog=quiet", "-f", "null", "-"]
    return parse_summary(run_ffmpeg(arguments, timeout_s=20, feed=sound.tobytes(), log_level="info").stderr_tail).integrated_lufs


def test_equal_mixes_are_equal_to_the_last_bit() -> None:
    media = (library.piece("warm"), library.piece("pop"))
    timeline = timeline_of(
        DEMO, (1, 3), (6, 8), music=Music("library:warm"), effects=(SoundEffect("library:pop", to_ticks(1)),), media=media
    )
    assert np.array_equal(heard(timeline), heard(timeline))
