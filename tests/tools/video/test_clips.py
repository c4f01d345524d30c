"""Layouts, zooms, speed, transitions and shared inputs, measured in the pixels of rendered files."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tools.ffmpeg import run_ffmpeg
from tools.video import geometry
from tools.video.additions import Brand
from tools.video.compiler import Gain, compile_render
from tools.video.compiler.clips import stretches
from tools.video.timeline import (
    QUICK,
    Clip,
    Crop,
    CropFrom,
    Layout,
    Media,
    MediaKind,
    Source,
    Timeline,
    Transition,
    TransitionKind,
    Zoom,
    to_ticks,
)

FPS = Fraction(30)
COUNT = "geq=lum='20+13*if(lt(Y,90),mod(N,16),floor(N/16))':cb=128:cr=128"  # the frame's number: below in sixteens, above the rest
COUNTER = f"nullsrc=s=320x180:r=30:d=6,{COUNT}"
FIELDS = "color=red:s=640x360:r=30:d=1,drawbox=x=320:w=320:h=360:color=blue:t=fill,drawbox=y=180:w=640:h=180:color=lime@0.5:t=fill"
MIDDLE = Crop(110, 0, 102, 180)  # 9:16 of 320x180


def ticks(frames: int) -> int:
    return round(frames / FPS * 240_000)


def timeline_of(source: Path, *clips: Clip, size: tuple[int, int] = (320, 180), fps: float = 30.0, **more: Any) -> Timeline:
    described = Source(str(source), "f", *size, fps, more.pop("has_audio", True))
    return Timeline(described, clips, more.pop("fps_out", FPS), **{"fade_in": 0, "fade_out": 0, **more})


def clip_of(first: int, last: int, crop: Crop = MIDDLE, **more: Any) -> Clip:
    """A clip of whole frames of the source, the last not included."""
    return Clip(ticks(first), ticks(last), more.pop("crops", (CropFrom(ticks(first), crop),)), **more)


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[[Timeline], np.ndarray]:
    """Frames of a timeline, uint8 of shape (frames, height, width, 3), RGB, in one encode of small pictures."""

    def run(timeline: Timeline) -> np.ndarray:
        output = tmp_path / "o.mp4"
        run_ffmpeg(compile_render(timeline, tmp_path / "none.ass", output, replace(QUICK, crf=12), Gain()), timeout_s=60)
        with av.open(str(output)) as container:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])

    return run


def numbers(frames: np.ndarray) -> list[int]:
    """Which frame of COUNTER each frame shows."""
    luma = [[float(np.median(part)) * 219 / 255 + 16 for part in (frame[20:300], frame[340:620])] for frame in frames]
    ones, sixteens = ([round((value - 20) / 13) for value in values] for values in zip(*luma, strict=True))
    return [one + 16 * sixteen for one, sixteen in zip(ones, sixteens, strict=True)]


def test_a_clip_shows_exactly_its_frames(make_source: Any, rendered: Any) -> None:
    frames = rendered(timeline_of(make_source(COUNTER), clip_of(17, 32)))

    assert numbers(frames) == list(range(17, 32))


def test_twenty_jump_cuts_share_one_picture_decoder_and_keep_every_frame(make_source: Any, rendered: Any, tmp_path: Path) -> None:
    clips = [clip_of(first, first + 5) for first in range(3, 160, 8)]
    timeline = timeline_of(make_source(COUNTER), *clips)
    arguments = compile_render(timeline, tmp_path / "none.ass", tmp_path / "o.mp4", QUICK, Gain())

    assert len(clips) == 20 and len(stretches(timeline)) == 1
    assert ";[0:V:0]" in (graph := ";" + arguments[arguments.index("-filter_complex") + 1]) and graph.count(":V:0]") == 1
    assert numbers(rendered(timeline)) == [first + n for first in range(3, 160, 8) for n in range(5)]
    assert arguments.count("libx264") == 1


def test_far_and_backward_clips_seek_for_themselves(make_source: Any, rendered: Any) -> None:
    timeline = timeline_of(make_source(COUNTER), clip_of(100, 105), clip_of(20, 25), clip_of(26, 30), clip_of(150, 155))

    assert [stretch.clips for stretch in stretches(timeline)] == [(0,), (1, 2), (3,)]
    assert numbers(rendered(timeline)) == [*range(100, 105), *range(20, 25), *range(26, 30), *range(150, 155)]


def test_a_clip_between_two_frames_begins_with_the_nearest(make_source: Any, rendered: Any) -> None:
    start, end = to_ticks(1.013), to_ticks(1.013) + ticks(6)  # frame 30.39
    frames = rendered(timeline_of(make_source(COUNTER), Clip(start, end, (CropFrom(start, MIDDLE),))))

    assert numbers(frames) == [30, 31, 32, 33, 34, 35]


def test_a_slide_show_begins_with_the_slide_that_is_shown(make_source: Any, rendered: Any) -> None:
    source = make_source(f"nullsrc=s=320x180:r=1:d=4,{COUNT}", "sine=duration=4")
    start = to_ticks(1.2)
    frames = rendered(timeline_of(source, Clip(start, start + ticks(6), (CropFrom(start, MIDDLE),)), fps=1.0))

    assert numbers(frames) == [1] * 6


@pytest.mark.parametrize(
    ("speed", "shown"), [pytest.param(2.0, [10, 12, 14, 16], id="fast"), pytest.param(0.5, [10, 11, 11, 12], id="slow")]
)
def test_speed_is_exact(speed: float, shown: list[int], make_source: Any, rendered: Any) -> None:
    frames = rendered(timeline_of(make_source(COUNTER), clip_of(10, 10 + round(4 * speed), speed=speed), clip_of(60, 62)))

    assert numbers(frames)[4:] == [60, 61]
    assert numbers(frames)[:4] == (shown if speed > 1 else pytest.approx(shown, abs=1))


def test_speed_moves_the_crops_with_the_picture(make_source: Any, rendered: Any) -> None:
    crops = (CropFrom(0, Crop(0, 0, 200, 360)), CropFrom(ticks(10), Crop(400, 0, 200, 360)))
    frames = rendered(timeline_of(make_source(FIELDS), clip_of(0, 20, crops=crops, speed=2.0), size=(640, 360)))
    red = [bool(frame[50, 180, 0] > 128) for frame in frames]

    assert red == [True] * 5 + [False] * 5


@pytest.mark.parametrize("aspect", [pytest.param((1080, 1920), id="tall"), pytest.param((1920, 1080), id="wide")])
def test_a_split_shows_two_crops_and_a_line_between(aspect: tuple[int, int], make_source: Any, rendered: Any) -> None:
    crops = (CropFrom(0, Crop(0, 0, 160, 142)),)
    second = (CropFrom(0, Crop(480, 0, 160, 142)),)
    timeline = timeline_of(
        make_source(FIELDS), clip_of(0, 4, crops=crops, second=second, layout=Layout.SPLIT), size=(640, 360),
        width_px=aspect[0], height_px=aspect[1], brand=Brand(accent="FFFF00"),
    )  # fmt: skip
    frame = rendered(timeline)[2]
    height, width = frame.shape[:2]
    first, last = (
        (frame[: height // 2 - 6], frame[height // 2 + 6 :]) if height > width else (frame[:, : width // 2 - 6], frame[:, width // 2 + 6 :])
    )

    assert (height, width) == (aspect[1] // 3, aspect[0] // 3)
    assert first[..., 0].mean() > 240 and first[..., 2].mean() < 12
    assert last[..., 2].mean() > 240 and last[..., 0].mean() < 12
    assert frame[height // 2, width // 2, 1] > 180  # the line, in the brand's yellow


def test_screen_and_face_keeps_the_aspect_of_the_screen(make_source: Any, rendered: Any) -> None:
    crops, second = (CropFrom(0, Crop(0, 0, 320, 180)),), (CropFrom(0, Crop(400, 0, 160, 192)),)
    timeline = timeline_of(make_source(FIELDS), clip_of(0, 4, crops=crops, second=second, layout=Layout.SCREEN_FACE), size=(640, 360))
    frame = rendered(timeline)[2]
    upper, lower = (area for area, _ in geometry.clip_panes(timeline, timeline.clips[0]))
    edge = round(upper.height_px / 3)

    assert upper.height_px == 606 and lower.height_px == 1920 - 606
    assert frame[: edge - 4, :, 0].mean() > 240 and frame[edge + 4 :, :, 2].mean() > 200


def test_a_blurred_backdrop_fills_what_the_picture_leaves(make_source: Any, rendered: Any) -> None:
    white_cross = "color=white:s=640x360:r=30:d=1,drawbox=x=312:w=16:h=360:color=black:t=fill"
    timeline = timeline_of(make_source(white_cross), clip_of(0, 4, Crop(0, 0, 640, 360), layout=Layout.BLURRED), size=(640, 360))
    frame = rendered(timeline)[2].astype(int)
    area = geometry.clip_panes(timeline, timeline.clips[0])[0][0]
    middle, top = frame[area.y_px // 3 + 10 : area.y_px // 3 + 190], frame[: area.y_px // 3 - 4]

    assert middle.max() > 250 and middle[:, 178:182].max() < 40  # sharp
    assert 120 < top[:, 20].mean() < 200  # darker than the picture
    assert np.abs(np.diff(top[50, :, 0])).max() < 25  # and soft: the bar has no edge there


def square_center(frame: np.ndarray) -> tuple[float, float]:
    light = frame.astype(float).sum(axis=2)
    light[light < 120] = 0
    rows, columns = np.indices(light.shape)
    return float((columns * light).sum() / light.sum()) + 0.5, float((rows * light).sum() / light.sum()) + 0.5


def marked(x: int, y: int) -> str:
    return f"color=black:s=640x360:r=30:d=3,drawbox=x={x}:y={y}:w=16:h=16:color=white:t=fill"


def finer(clip: Clip) -> Clip:
    """The clip in hundredths of a pixel of its source: geometry rounds moving crops to whole pixels, the picture does not."""

    def hundredfold(part: CropFrom) -> CropFrom:
        first, last = (Crop(*(100 * n for n in (c.x_px, c.y_px, c.width_px, c.height_px))) for c in (part.crop, part.drift_to or part.crop))
        return CropFrom(part.start, first, last if part.drift_to else None)

    return replace(clip, crops=tuple(map(hundredfold, clip.crops)), second=tuple(map(hundredfold, clip.second)))


MOVES = [
    pytest.param({"zoom": Zoom(1.0, 1.12)}, id="slow-zoom-in"),
    pytest.param({"zoom": Zoom(1.5, 1.0, 0.4, 0.6, over=ticks(20))}, id="fast-zoom-out-that-ends-early"),
    pytest.param({"zoom": Zoom(1.25, 1.25)}, id="punch-in"),
    pytest.param({"crops": (CropFrom(0, Crop(180, 0, 202, 360), Crop(240, 0, 202, 360)),)}, id="drift"),
    pytest.param({"crops": (CropFrom(0, Crop(200, 0, 202, 360), Crop(240, 0, 202, 360)),), "zoom": Zoom(1.0, 1.2)}, id="drift-and-zoom"),
    pytest.param(
        {
            "layout": Layout.SCREEN_FACE,
            "crops": (CropFrom(0, Crop(120, 80, 400, 200)),),
            "second": (CropFrom(0, Crop(0, 0, 100, 120)),),
            "zoom": Zoom(1.0, 1.2, 0.5, 0.2),
        },
        id="zoom-of-a-layout",
    ),
]


@pytest.mark.parametrize("move", MOVES)
def test_a_move_follows_geometry_without_trembling(move: dict[str, Any], make_source: Any, rendered: Any) -> None:
    clip = clip_of(0, 45, **{"crops": (CropFrom(0, Crop(220, 0, 202, 360)),), **move})
    timeline = timeline_of(make_source(marked(290, 130), "sine=duration=3"), clip, size=(640, 360))
    seen = np.array([square_center(frame) for frame in rendered(timeline)])
    boxes = [geometry.to_frame(timeline, finer(clip), ticks(n), geometry.Box(29000, 13000, 1600, 1600))[0] for n in range(45)]
    wanted = np.array([((box.x_px + box.width_px / 2) / 3, (box.y_px + box.height_px / 2) / 3) for box in boxes])
    off = seen - wanted

    assert np.abs(off).max() < 1.0  # of 360 pixels
    assert np.abs(np.diff(off, axis=0)).max() < 0.7  # from frame to frame it goes where it should
    assert np.quantile(np.abs(np.diff(off, axis=0)), 0.9) < 0.4


BLENDS = "color=red:s=320x180:r=30:d=2[a];color=blue:s=320x180:r=30:d=2[b];[a][b]concat"


def test_a_transition_blends_half_way_and_changes_no_length(make_source: Any, rendered: Any) -> None:
    clips = (clip_of(30, 50), clip_of(75, 95, transition=Transition(TransitionKind.FADE, ticks(10))))
    frames = rendered(timeline_of(make_source(BLENDS, "sine=duration=4"), *clips))
    middle = frames[25].mean(axis=(0, 1))

    assert len(frames) == 40
    assert frames[19][..., 2].mean() < 20 and frames[30][..., 0].mean() < 20
    assert middle[0] == pytest.approx(128, abs=20) and middle[2] == pytest.approx(128, abs=20)


def test_the_clip_before_goes_on_under_the_transition(make_source: Any, rendered: Any) -> None:
    clips = (clip_of(10, 20), clip_of(100, 120, transition=Transition(TransitionKind.WIPE_LEFT, ticks(8))))
    frames = rendered(timeline_of(make_source(COUNTER), *clips))

    assert [number for number in numbers(frames[:, :, :40])[:16]] == pytest.approx([*range(10, 26)], abs=1)  # left: still the first clip
    assert numbers(frames)[18:] == list(range(108, 120))


def test_several_transitions_in_a_row_and_after_cuts(make_source: Any, rendered: Any) -> None:
    fade = Transition(TransitionKind.FADE, ticks(6))
    clips = (clip_of(0, 10), clip_of(12, 22), clip_of(60, 70, transition=fade), clip_of(100, 106, transition=fade), clip_of(150, 160))
    frames = rendered(timeline_of(make_source(COUNTER), *clips))
    seen = numbers(frames)

    assert len(frames) == 46
    assert seen[:20] == [*range(0, 10), *range(12, 22)] and seen[26:30] == [66, 67, 68, 69] and seen[36:] == list(range(150, 160))


def test_a_clip_that_has_no_more_source_is_held_under_the_transition(make_source: Any, rendered: Any) -> None:
    source = make_source(f"nullsrc=s=320x180:r=30:d=1,{COUNT}", "sine=duration=1")
    clips = (clip_of(20, 30), clip_of(0, 12, transition=Transition(TransitionKind.WIPE_LEFT, ticks(8))))
    frames = rendered(timeline_of(source, *clips))

    assert len(frames) == 22 and numbers(frames[:, :, :30])[10:15] == [29] * 5


@pytest.mark.parametrize("kind", list(TransitionKind))
def test_every_transition_renders_its_length(kind: TransitionKind, make_source: Any, rendered: Any) -> None:
    clips = (clip_of(30, 35), clip_of(75, 82, transition=Transition(kind, ticks(4))))
    small = {"width_px": 270, "height_px": 480}

    assert len(rendered(timeline_of(make_source(BLENDS, "sine=duration=4"), *clips, **small))) == 12


def test_clips_of_other_files_are_joined(make_source: Any, rendered: Any, tmp_path: Path) -> None:
    extra = ("-metadata:s:v", "rotate=0")
    other = make_source("color=lime:s=200x400:r=24:d=1,setsar=2", "sine=duration=1", extra, name="other.mp4")
    run_ffmpeg(["-f", "lavfi", "-i", "color=blue:s=301x501", "-frames:v", "1", str(tmp_path / "card.png")], timeout_s=20)
    media = (
        Media("asset:1", str(other), "a", MediaKind.VIDEO, 400, 400, 24.0, to_ticks(1.0), True),
        Media("asset:2", str(tmp_path / "card.png"), "b", MediaKind.IMAGE, 301, 501),
    )
    clips = (
        clip_of(0, 10, Crop(80, 0, 224, 400), media="asset:1"),
        clip_of(30, 35),
        clip_of(0, 30, Crop(10, 0, 280, 498), media="asset:2"),
        clip_of(0, 10, Crop(10, 0, 280, 498), media="asset:2", zoom=Zoom(1, 1.3)),
    )
    frames = rendered(timeline_of(make_source(BLENDS, "sine=duration=4"), *clips, media=media))
    strongest = frames.mean(axis=(1, 2)).argmax(axis=1)

    assert list(strongest) == [1] * 10 + [0] * 5 + [2] * 40
