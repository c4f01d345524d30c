"""Overlays measured in the pixels of rendered files."""

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
from tools.video.additions import Overlay, Rect
from tools.video.captions import safe_area
from tools.video.compiler import Gain, compile_render
from tools.video.placements import CORNERS, b_roll, picture_in_picture, watermark
from tools.video.timeline import QUICK, Clip, Crop, CropFrom, Media, MediaKind, Source, Timeline, to_ticks

FRAME = 8000
GREY = "color=0x808080:s=180x320:r=30:d=1"


@pytest.fixture
def main(make_source: Any) -> Timeline:
    """Twenty grey frames of 540x960, drawn at a third."""
    source = Source(str(make_source(GREY, "sine=duration=1")), "f", 180, 320, 30.0, True)
    clip = Clip(0, 20 * FRAME, (CropFrom(0, Crop(0, 0, 180, 320)),))
    return Timeline(source, (clip,), Fraction(30), fade_in=0, fade_out=0, width_px=540, height_px=960)


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[Timeline], np.ndarray]:
    def draw(timeline: Timeline) -> np.ndarray:
        arguments = compile_render(timeline, tmp_path / "none.ass", tmp_path / "o.mp4", replace(QUICK, crf=6), Gain())
        assert arguments.count("libx264") == 1
        run_ffmpeg(arguments, timeout_s=60)
        with av.open(str(tmp_path / "o.mp4")) as container:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(float)

    return draw


@pytest.fixture
def red(tmp_path: Path) -> Media:
    """A red picture with a see-through right half."""
    path = tmp_path / "red.png"
    see_through = "color=red:s=100x50,format=rgba,geq=r=255:g=0:b=0:a='255*lt(X,50)'"
    run_ffmpeg(["-f", "lavfi", "-i", see_through, "-frames:v", "1", str(path)], timeout_s=20)
    return Media("asset:1", str(path), "a", MediaKind.IMAGE, 100, 50)


@pytest.fixture
def film(make_source: Any) -> Media:
    """A wide video of half a second at 24 fps: green in the middle, blue at the sides; black for its first quarter second."""
    picture = "color=blue:s=400x100:r=24:d=0.5,drawbox=x=170:w=60:h=100:color=lime:t=fill"
    picture += ",drawbox=w=400:h=100:color=black:t=fill:enable='lt(t,0.24)'"
    return Media("asset:2", str(make_source(picture, "", name="film.mp4")), "b", MediaKind.VIDEO, 400, 100, 24.0, to_ticks(0.5), False)


def is_red(pixels: np.ndarray) -> bool:
    return bool(pixels[..., 0].mean() > 200 and pixels[..., 1].mean() < 60)


def test_a_picture_lies_in_its_area_for_its_time_with_its_transparency(main: Timeline, red: Media, drawn: Any) -> None:
    overlay = Overlay("asset:1", 5 * FRAME, 10 * FRAME, Rect(60, 120, 300, 150))
    frames = drawn(replace(main, media=(red,), overlays=(overlay,)))
    inside, beside = frames[:, 44:86, 24:66], frames[:, 44:86, 76:116]

    assert len(frames) == 20
    assert [is_red(frame) for frame in inside] == [False] * 5 + [True] * 5 + [False] * 10
    assert np.abs(beside - 128).max() < 14 and np.abs(frames[7, :36] - 128).max() < 8


@pytest.mark.parametrize(("how", "beside"), [({}, 128), ({"fade": FRAME}, 128), ({"pop": 2 * FRAME}, 128), ({"border_px": 12}, 245)])
def test_a_logo_with_a_palette_keeps_its_transparency(
    how: dict[str, Any], beside: int, main: Timeline, red: Media, drawn: Any, tmp_path: Path
) -> None:
    path = tmp_path / "palette.png"
    colours = "[0:v]scale=1200:600:flags=neighbor,split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse"
    run_ffmpeg(["-i", red.path, "-filter_complex", colours, "-pix_fmt", "pal8", "-frames:v", "1", str(path)], timeout_s=20)
    logo = replace(red, path=str(path), width_px=1200, height_px=600)
    frame = drawn(replace(main, media=(logo,), overlays=(Overlay("asset:1", 0, 20 * FRAME, Rect(60, 120, 300, 150), **how),)))[10]

    assert is_red(frame[46:84, 26:66])
    assert np.abs(frame[46:84, 76:114] - beside).max() < 16


def test_opacity_mixes(main: Timeline, red: Media, drawn: Any) -> None:
    frames = drawn(replace(main, media=(red,), overlays=(Overlay("asset:1", 0, 20 * FRAME, Rect(60, 120, 300, 150), opacity=0.5),)))

    assert frames[7, 44:86, 24:66, 0].mean() == pytest.approx(192, abs=12) and frames[7, 44:86, 24:66, 1].mean() == pytest.approx(
        64, abs=12
    )


def test_b_roll_covers_the_frame_and_gives_it_back(main: Timeline, film: Media, drawn: Any) -> None:
    frames = drawn(b_roll(main, film, 3 * FRAME, 9 * FRAME, offset=to_ticks(0.25)))

    assert frames[5, :, 10:170, 1].mean() > 200 and frames[5, :, 10:170, 2].mean() < 60  # the middle of the wide film
    assert np.abs(frames[2] - 128).max() < 8 and np.abs(frames[9:] - 128).max() < 8


def test_a_video_starts_at_its_offset_and_ends_when_it_ends(main: Timeline, film: Media, drawn: Any) -> None:
    whole = drawn(b_roll(main, film, 0, 20 * FRAME))
    green = [bool(frame[..., 1].mean() > 200) for frame in whole]

    assert whole[3].mean() < 10 and green[:7] == [False] * 7 and all(green[8:15])
    assert np.abs(whole[16:] - 128).max() < 10  # half a second is over: the main picture is back


def test_it_fades_in_and_out(main: Timeline, red: Media, drawn: Any) -> None:
    overlay = Overlay("asset:1", 4 * FRAME, 16 * FRAME, Rect(60, 120, 300, 150), fade=4 * FRAME)
    strength = drawn(replace(main, media=(red,), overlays=(overlay,)))[:, 44:86, 24:66, 0].mean(axis=(1, 2))

    assert list(strength[4:9]) == sorted(strength[4:9]) and strength[9] > 245
    assert list(strength[12:16]) == sorted(strength[12:16], reverse=True) and strength[17] < 135


def test_it_pops_in_a_little_too_large_and_settles(main: Timeline, red: Media, drawn: Any) -> None:
    overlay = Overlay("asset:1", 2 * FRAME, 20 * FRAME, Rect(120, 330, 300, 300), pop=10 * FRAME)
    frames = drawn(replace(main, media=(replace(red, width_px=50, height_px=50),), overlays=(overlay,)))
    size = [(frame[..., 1] < 70).sum() for frame in frames]

    assert size[1] == 0 and size[3] < size[5] < size[8] and max(size) > 1.03 * size[15]
    assert size[15] == pytest.approx(size[19], rel=0.02)


def test_later_overlays_lie_above_and_one_picture_serves_often(main: Timeline, red: Media, film: Media, drawn: Any) -> None:
    spots = tuple(Overlay("asset:1", n * FRAME, 20 * FRAME, Rect(60 * n, 120, 60, 30)) for n in range(8))
    timeline = b_roll(replace(main, media=(red,), overlays=spots[:1]), film, 0, 12 * FRAME, offset=to_ticks(0.3))
    frames = drawn(replace(timeline, overlays=timeline.overlays + spots[1:]))

    assert is_red(frames[4, 41:49, 22:28]) and not is_red(frames[4, 41:49, 2:8])
    assert is_red(frames[19, 41:49, 142:148])


def test_a_picture_in_picture_has_round_corners_and_a_border(main: Timeline, film: Media, drawn: Any) -> None:
    timeline = picture_in_picture(main, film, 0, 6 * FRAME, share=0.5, aspect=1.0, offset=to_ticks(0.25))
    big = replace(timeline.overlays[0], radius_px=60, border_px=18, fade=0)
    frame = drawn(replace(timeline, overlays=(big,)))[3]
    area = big.area
    assert area is not None
    x, y, size = area.x_px // 3, area.y_px // 3, area.width_px // 3

    assert np.abs(frame[y, x] - 128).max() < 30  # the corner is cut away
    assert frame[y + 2 : y + 5, x + size // 2].min() > 200  # the border
    assert frame[y + size // 2, x + size // 2, 1] > 200 and frame[y + size // 2, x + size // 2, 0] < 60  # the film


def test_the_same_inset_may_come_twice(main: Timeline, film: Media, drawn: Any) -> None:
    once = picture_in_picture(main, film, 0, 6 * FRAME)

    assert len(drawn(replace(once, overlays=once.overlays * 2))) == 20


@pytest.mark.parametrize("corner", CORNERS)
def test_a_watermark_keeps_to_the_safe_area(corner: str, main: Timeline, red: Media) -> None:
    tall = replace(main, width_px=1080, height_px=1920)
    overlay = watermark(tall, red, corner).overlays[0]
    area, free = overlay.area, safe_area(tall)

    assert area is not None and (overlay.start, overlay.end, overlay.is_over_text) == (0, tall.duration, True)
    assert free.left - 2 <= area.x_px and area.x_px + area.width_px <= free.right + 2
    assert free.top - 2 <= area.y_px and area.y_px + area.height_px <= free.bottom + 2
    assert area.height_px / area.width_px == pytest.approx(0.5, abs=0.03)


def test_what_cannot_be_shown_is_refused(main: Timeline, red: Media, film: Media) -> None:
    sound = replace(red, kind=MediaKind.AUDIO)
    with pytest.raises(InputError, match="no corner 'middle'"):
        watermark(main, red, "middle")
    with pytest.raises(InputError, match="still picture"):
        watermark(main, film)
    for build in (b_roll, picture_in_picture):
        with pytest.raises(InputError, match="no picture"):
            build(main, sound, 0, FRAME)  # type: ignore[operator]
    with pytest.raises(InputError, match="never be seen"):
        b_roll(main, film, FRAME, FRAME)
