"""The library's sounds, decoded and measured: as loud as they say, not clipped, loops without a seam, effects that strike on time."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from memory.errors import InputError
from tools.video import library
from tools.video.library.effects import EFFECTS, made
from tools.video.library.make import PEAK_DBTP, decoded, measured
from tools.video.library.music import PIECES
from tools.video.library.synth import RATE_HZ, Loop, Sound, filtered, pluck
from tools.video.timeline import MediaKind, to_seconds

MUSIC, EFFECT_NAMES = library.names("music"), library.names("effect")


@cache
def heard(name: str) -> Sound:
    return decoded(library.locate(name))


def test_the_library_is_large_enough_small_enough_and_licensed() -> None:
    folder = Path(library.__file__).parent
    assert len(MUSIC) >= 6 and len({library.find(name).mood for name in MUSIC}) == len(MUSIC)
    assert len(EFFECT_NAMES) >= 10
    assert sum(file.stat().st_size for file in folder.glob("*.opus")) < 2_500_000
    assert {file.stem for file in folder.glob("*.opus")} == {*MUSIC, *EFFECT_NAMES}
    assert "CC0" in (folder / "LICENSE.md").read_text()
    assert {piece.name for piece in PIECES} == set(MUSIC) and {effect.name for effect in EFFECTS} == set(EFFECT_NAMES)


@pytest.mark.parametrize("name", MUSIC)
def test_music_is_as_loud_and_long_as_it_says(name: str) -> None:
    known, sound = library.find(name), heard(name)
    loudness_lufs, peak_dbtp = measured(sound, is_loop=True)
    assert len(sound) == known.samples and 15 <= known.duration_s <= 31
    assert known.duration_s == pytest.approx(known.beats * 60 / known.bpm, abs=1e-4)
    assert loudness_lufs == pytest.approx(library.LOUDNESS_LUFS, abs=0.3) and loudness_lufs == pytest.approx(known.loudness_lufs, abs=0.15)
    assert peak_dbtp <= PEAK_DBTP + 0.6


@pytest.mark.parametrize("name", MUSIC)
def test_music_goes_round_without_a_seam_and_never_stops(name: str) -> None:
    sound = heard(name)
    sharp = filtered(np.concatenate([sound[-RATE_HZ:], sound[:RATE_HZ]]), 6000)[:, 0] ** 2  # a click is broad: it shows above the music
    bursts = np.sqrt(np.convolve(sharp, np.ones(96) / 96, "same"))
    everywhere = np.sqrt(np.convolve(filtered(sound, 6000)[:, 0] ** 2, np.ones(96) / 96, "same"))
    assert bursts[RATE_HZ - 96 : RATE_HZ + 96].max() <= np.percentile(everywhere, 99.5)
    level_db = 20 * np.log10(np.sqrt((sound[: len(sound) // 24_000 * 24_000].reshape(-1, 24_000, 2) ** 2).mean(axis=(1, 2))) + 1e-9)
    assert level_db.min() > -32 and np.ptp(level_db) < 14  # each half second


@pytest.mark.parametrize("name", MUSIC)
def test_music_has_a_body_a_top_and_two_sides(name: str) -> None:
    sound = heard(name)
    power, hz = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2, np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    bands = [power[(hz >= low) & (hz < 2 * low)].sum() / power.sum() for low in (62, 125, 250, 500, 1000, 2000)]
    assert min(bands) > 1e-3 and max(bands) < 0.9
    assert np.corrcoef(sound[:, 0], sound[:, 1])[0, 1] < 0.98


@pytest.mark.parametrize("name", EFFECT_NAMES)
def test_an_effect_strikes_where_it_says_and_ends_in_silence(name: str) -> None:
    known, sound = library.find(name), heard(name)
    assert len(sound) == known.samples
    if name in ("whoosh", "click"):
        assert measured(sound, is_loop=False)[0] == pytest.approx(known.loudness_lufs, abs=0.3)
    assert known.true_peak_dbtp <= PEAK_DBTP + 0.6 and -26 <= known.loudness_lufs <= -19.5
    assert np.abs(sound[-48:]).max() < 0.01
    level = np.sqrt(np.convolve((sound**2).mean(axis=1), np.ones(960) / 960, "same"))
    first_loud_s, at_accent = np.argmax(level > 0.5 * level.max()) / RATE_HZ, level[round(known.accent_s * RATE_HZ) - 1]
    assert at_accent > 0.4 * level.max() or abs(first_loud_s - known.accent_s) < 0.05


def test_the_stored_sounds_are_what_the_program_makes() -> None:
    again = made(next(effect for effect in EFFECTS if effect.name == "pop"))
    stored = heard("pop")
    assert np.corrcoef(again[:, 0], stored[:, 0])[0, 1] > 0.99
    assert np.array_equal(made(EFFECTS[0]), made(EFFECTS[0]))


def test_a_circle_has_no_end() -> None:
    loop = Loop(120, 4)
    loop.add(pluck(60, 1.0), 3.5)
    assert np.abs(loop.sound[: RATE_HZ // 4]).max() > 0.05  # what rang beyond the end is heard at the start


def test_a_piece_becomes_a_file_of_a_timeline() -> None:
    media = library.piece("warm")
    assert (media.key, media.kind, media.has_audio) == ("library:warm", MediaKind.AUDIO, True)
    assert to_seconds(media.duration) == pytest.approx(library.find("warm").duration_s, abs=1e-9)
    assert library.locate(media.key) == Path(media.path) and library.piece("library:warm") == media


def test_a_wish_finds_music_and_the_same_one_each_time() -> None:
    assert all(library.choose(wish, "a") == library.choose(wish, "a") for wish in ("clean", "hype", "podcast", "cinematic", "calm"))
    assert {library.choose("hype", str(seed)) for seed in range(20)} == {"drive", "bounce"}
    with pytest.raises(InputError, match="Moods"):
        library.choose("furious")
    with pytest.raises(InputError, match="no sound called 'noise'"):
        library.piece("noise")
