"""Looks measured in the pixels of rendered files."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.additions import Look, LookKind
from tools.video.compiler import Gain, compile_render
from tools.video.compiler.grades import GRADES, check_cube
from tools.video.compiler.looks import NAMES
from tools.video.compiler.part import compile_frames
from tools.video.timeline import QUICK, Clip, Crop, CropFrom, Media, MediaKind, Source, Timeline

BARS = "color=0xC04020:s=180x320:r=30:d=1,drawbox=x=90:w=90:h=320:color=0x2040C0:t=fill"  # red left, blue right
GREY = "color=0x808080:s=180x320:r=30:d=1"
DOT = "color=0x202020:s=180x320:r=30:d=2,drawbox=x=80:y=150:w=20:h=20:color=white:t=fill"
FRAME = 8000


@pytest.fixture
def drawn(make_source: Any, tmp_path: Path) -> Callable[..., np.ndarray]:
    """Frames (luma, or RGB) of a source of 180x320 under looks."""

    def draw(picture: str, *looks: Look, frames: int = 12, form: str = "rgb24", media: tuple[Media, ...] = ()) -> np.ndarray:
        source = Source(str(make_source(picture, "sine=duration=2", ("-crf", "4"))), "f", 180, 320, 30.0, True)
        clip = Clip(0, frames * FRAME, (CropFrom(0, Crop(0, 0, 180, 320)),))
        timeline = Timeline(source, (clip,), Fraction(30), fade_in=0, fade_out=0, width_px=540, height_px=960, looks=looks, media=media)
        arguments = compile_render(timeline, tmp_path / "none.ass", tmp_path / "o.mp4", replace(QUICK, crf=4), Gain())
        assert arguments.count("libx264") == 1
        run_ffmpeg(arguments, timeout_s=60)
        with av.open(str(tmp_path / "o.mp4")) as container:
            return np.stack([frame.to_ndarray(format=form) for frame in container.decode(video=0)]).astype(float)

    return draw


def test_every_kind_is_described() -> None:
    assert set(NAMES) == set(LookKind)


@pytest.mark.parametrize("kind", [kind for kind in LookKind if kind is not LookKind.GRADE])
def test_a_look_keeps_to_its_part_and_changes_no_length(kind: LookKind, drawn: Any) -> None:
    plain, looked = drawn(BARS), drawn(BARS, Look(kind, 1.0, 4 * FRAME, 8 * FRAME))

    assert looked.shape == plain.shape
    assert np.abs(looked[:4] - plain[:4]).mean() < 2.5 and np.abs(looked[8:] - plain[8:]).mean() < 2.5


def test_mirror_changes_left_and_right(drawn: Any) -> None:
    frame = drawn(BARS, Look(LookKind.MIRROR))[5]

    assert frame[:, :80, 2].mean() > 150 and frame[:, 100:, 0].mean() > 150


def test_monochrome_has_no_colour(drawn: Any) -> None:
    frame = drawn(BARS, Look(LookKind.MONOCHROME))[5]

    assert np.ptp(frame, axis=2).max() <= 3
    assert frame[:, :80].mean() > frame[:, 100:].mean()  # and still tells red from blue


@pytest.mark.parametrize("strength", [pytest.param(0.2, id="weak"), pytest.param(1.0, id="strong")])
def test_grain_has_the_asked_strength_and_differs_from_frame_to_frame(strength: float, drawn: Any) -> None:
    frames = drawn(GREY, Look(LookKind.GRAIN, strength), form="gray")

    assert frames[3].std() * 219 / 255 == pytest.approx(1 + 9 * strength, rel=0.2)  # in luma codes
    assert abs(np.corrcoef(frames[3].ravel(), frames[5].ravel())[0, 1]) < 0.2
    assert abs(frames.mean() - drawn(GREY, form="gray").mean()) < 1


def test_grain_is_the_same_every_time(drawn: Any) -> None:
    assert np.array_equal(drawn(GREY, Look(LookKind.GRAIN)), drawn(GREY, Look(LookKind.GRAIN)))


def test_glow_shines_around_light_and_leaves_the_dark(drawn: Any) -> None:
    plain, glowing = drawn(DOT, form="gray")[5], drawn(DOT, Look(LookKind.GLOW, 1.0), form="gray")[5]

    assert (glowing - plain)[143:148, 80:100].mean() > 6
    assert abs((glowing - plain)[:60].mean()) < 1


def center(frame: np.ndarray) -> tuple[float, float]:
    light = np.where(frame > 120, frame, 0)
    rows, columns = np.indices(light.shape)
    return float((columns * light).sum() / light.sum()), float((rows * light).sum() / light.sum())


def test_a_hand_sways_slowly_and_smoothly(drawn: Any) -> None:
    path = np.array([center(frame) for frame in drawn(DOT, Look(LookKind.HANDHELD, 1.0), frames=60, form="gray")])

    assert 0.8 < np.ptp(path[:, 0]) < 8 and 0.8 < np.ptp(path[:, 1]) < 8
    assert np.abs(np.diff(path, n=2, axis=0)).max() < 0.7  # no trembling: the speed changes little from frame to frame


def test_a_blow_shakes_and_dies_away(drawn: Any) -> None:
    path = np.array([center(frame) for frame in drawn(DOT, Look(LookKind.SHAKE, 1.0, start=5 * FRAME), frames=30, form="gray")])
    off = np.abs(path - path[-1]).max(axis=1)

    assert off[6:9].max() > 2 and off[:5].max() < 0.3 and off[-10:].max() < 0.3


def test_a_flash_is_brightest_at_once_and_gone_after_a_third_of_a_second(drawn: Any) -> None:
    luma = drawn(GREY, Look(LookKind.FLASH, 1.0, start=6 * FRAME), frames=24, form="gray").mean(axis=(1, 2))

    assert luma[6] > 220 and luma.argmax() == 6 and list(luma[6:14]) == sorted(luma[6:14], reverse=True)
    assert abs(luma[18:].mean() - luma[:6].mean()) < 1.5


def test_a_glitch_slips_bands_for_moments(drawn: Any) -> None:
    plain, glitched = drawn(BARS, frames=30), drawn(BARS, Look(LookKind.GLITCH, 1.0), frames=30)
    changed = np.abs(glitched - plain).mean(axis=(1, 2, 3))

    assert (changed > 2).sum() >= 6 and (changed < 2).sum() >= 3


def test_a_vignette_darkens_the_corners_alone(drawn: Any) -> None:
    frame = drawn(GREY, Look(LookKind.VIGNETTE, 1.0), form="gray")[5]

    assert frame[:20, :20].mean() < 0.75 * frame[150:170, 80:100].mean() and frame[150:170, 80:100].mean() > 120


def test_looks_pile_up_and_may_come_twice(drawn: Any) -> None:
    looks = [Look(kind, 0.5, n * FRAME, end) for kind in NAMES if kind is not LookKind.GRADE for n, end in ((0, 5 * FRAME), (6, 0))]

    assert len(drawn(BARS, *looks)) == 12


def test_a_window_of_a_timeline_looks_like_the_same_frames_of_the_whole(make_source: Any, tmp_path: Path) -> None:
    source = Source(str(make_source("testsrc2=s=180x320:r=30:d=2", "sine=duration=2")), "f", 180, 320, 30.0, True)
    clips = tuple(Clip(first * FRAME, (first + 12) * FRAME, (CropFrom(first * FRAME, Crop(0, 0, 180, 320)),)) for first in (0, 30))
    looks = (
        Look(LookKind.MIRROR, 1.0, 4 * FRAME, 16 * FRAME),
        Look(LookKind.FLASH, 1.0, 10 * FRAME),
        Look(LookKind.HANDHELD, 1.0),
        Look(LookKind.SHAKE, 1.0, 18 * FRAME),
    )
    timeline = Timeline(source, clips, Fraction(30), fade_in=0, fade_out=0, width_px=540, height_px=960, looks=looks)
    window, files = replace(timeline, clips=clips[1:]), (tmp_path / "whole.mp4", tmp_path / "part.mp4")
    sharp = replace(QUICK, crf=2)
    run_ffmpeg(compile_render(timeline, tmp_path / "none.ass", files[0], sharp, Gain()), timeout_s=60)
    run_ffmpeg(compile_frames(timeline, window, clips[0].duration, tmp_path / "none.ass", files[1], sharp, 14, 22), timeout_s=60)
    whole, part = (
        np.stack([frame.to_ndarray(format="gray").astype(float) for frame in av.open(str(file)).decode(video=0)]) for file in files
    )

    assert len(whole) == 24 and len(part) == 8
    assert np.abs(whole[14:22] - part).mean(axis=(1, 2)).max() < 1


def test_denoising_takes_noise_away(drawn: Any) -> None:
    noisy = GREY + ",noise=c0s=12:c0f=t:all_seed=3"

    assert drawn(noisy, Look(LookKind.DENOISE, 1.0), form="gray")[8].std() < 0.7 * drawn(noisy, form="gray")[8].std()


def test_stabilising_holds_a_shaken_picture(drawn: Any) -> None:
    scene = "testsrc2=s=220x380:r=30:d=2,crop=180:320:'20+8*sin(n*1.1)':'30+8*cos(n*0.9)'"

    def unrest(frames: np.ndarray) -> float:
        return float(np.abs(np.diff(frames[2:, 60:260, 30:150], axis=0)).mean())

    assert unrest(drawn(scene, Look(LookKind.STABILISE, 1.0), frames=24, form="gray")) < 0.8 * unrest(drawn(scene, frames=24, form="gray"))


@pytest.mark.parametrize("name", list(GRADES))
def test_a_named_look_changes_the_colours_by_its_strength(name: str, drawn: Any) -> None:
    plain = drawn(BARS, frames=2)[1]
    weak, strong = (drawn(BARS, Look(LookKind.GRADE, strength, value=name), frames=2)[1] for strength in (0.3, 1.0))

    assert 1 < np.abs(weak - plain).mean() < np.abs(strong - plain).mean() < 90


def test_noir_is_black_and_white_and_warm_is_warmer_than_cool(drawn: Any) -> None:
    noir, warm, cool = (
        drawn(GREY, Look(LookKind.GRADE, 1.0, value=name), frames=2)[1].mean(axis=(0, 1)) for name in ("noir", "warm", "cool")
    )

    assert np.ptp(noir) <= 3 and warm[0] - warm[2] > 12 and cool[2] - cool[0] > 8


def cube(path: Path, lines: list[str], size: int = 2) -> Path:
    path.write_text("\n".join(["# made by a test", 'TITLE "swap"', f"LUT_3D_SIZE {size}", *lines]) + "\n")
    return path


CORNERS = [(r, g, b) for b in (0, 1) for g in (0, 1) for r in (0, 1)]


def test_a_cube_file_is_applied(drawn: Any, tmp_path: Path) -> None:
    swapped = cube(tmp_path / "a look.cube", [f"{b} {g} {r}" for r, g, b in CORNERS])  # red and blue change places
    media = (Media("asset:9", str(swapped), "c", MediaKind.IMAGE),)
    frame = drawn(BARS, Look(LookKind.GRADE, 1.0, value="asset:9"), frames=2, media=media)[1]

    assert frame[:, :80, 2].mean() > 150 and frame[:, 100:, 0].mean() > 150


@pytest.mark.parametrize(
    "lines",
    [pytest.param(["0 0 0"] * 7, id="too-few"), pytest.param(["0 0 x"] * 8, id="no-number"), pytest.param(["0 0"] * 8, id="two-numbers")],
)
def test_a_broken_cube_file_is_refused_in_words(lines: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="8 lines of three numbers"):
        check_cube(cube(tmp_path / "x.cube", lines))


def test_what_is_no_table_is_refused(tmp_path: Path, drawn: Any) -> None:
    (tmp_path / "x.cube").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="cannot be read"):
        check_cube(tmp_path / "x.cube")
    with pytest.raises(InputError, match="no three-dimensional"):
        check_cube(cube(tmp_path / "y.cube", [], size=4000))
    with pytest.raises(InputError, match='no colour look "sepia"'):
        drawn(GREY, Look(LookKind.GRADE, value="sepia"))
