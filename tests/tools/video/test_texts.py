"""Text drawn into a picture is found where and while it is there; pictures without text have none."""

from pathlib import Path

import pytest
from PIL import ImageFont

from tools.ffmpeg import run_ffmpeg
from tools.video.fonts import FONTS_FOLDER
from tools.video.frames import watch
from tools.video.media import TextArea
from tools.video.probe import probe
from tools.video.texts import TextFinder

ROOT = Path(__file__).parents[3]
FONT = FONTS_FOLDER / "Montserrat-ExtraBold.ttf"
QUICK = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


def find(path: Path, cut_s: float | None = None) -> tuple[TextArea, ...]:
    finder = TextFinder(probe(path))
    before = [-1.0]

    def add(time_s: float) -> bool:
        is_first = cut_s is not None and before[0] < cut_s <= time_s
        before[0] = time_s
        return is_first

    watch(path, probe(path), lambda change: None, lambda frame: finder.add(frame, starts_shot=add(frame.time_s)))
    return finder.finish()


def film(out: Path, picture: str, filters: str = "null") -> Path:
    run_ffmpeg(["-f", "lavfi", "-i", picture, "-vf", filters, *QUICK, str(out)], timeout_s=60)
    return out


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        pytest.param("color=0x203040", "fontcolor=white", id="white on dark"),
        pytest.param("color=0xe0e0d0", "fontcolor=black", id="black on light"),
        pytest.param("color=0x808080", "fontcolor=yellow:borderw=4", id="yellow with an outline"),
        pytest.param("color=0x608060", "fontcolor=white:box=1:boxcolor=black:boxborderw=8", id="in a box"),
    ],
)
def test_drawn_text_is_found_where_and_while_it_is_there(tmp_path: Path, ground: str, ink: str) -> None:
    text = f"drawtext=fontfile={FONT}:text='A walk by the river':fontsize=56:{ink}:x=200:y=560:enable='between(t,1,4)'"
    found = find(film(tmp_path / "text.mp4", f"{ground}:s=1280x720:r=25:d=6", text))
    assert len(found) == 1
    area = found[0]
    assert 0.9 <= area.start_s <= 2.1 and 3.9 <= area.end_s <= 5.1
    end_px = 200 + ImageFont.truetype(FONT, 56).getlength("A walk by the river")
    assert area.x_px == pytest.approx(200, abs=30) and area.x_px + area.width_px == pytest.approx(end_px, abs=40)
    assert 540 <= area.y_px <= 575 and 600 <= area.y_px + area.height_px <= 640


@pytest.mark.parametrize(
    "picture", ["color=gray:s=640x360:r=25:d=3", "smptebars=s=640x360:r=25:d=3", "mandelbrot=s=640x360:r=25:end_scale=0.01,trim=duration=3"]
)
def test_a_picture_without_text_has_none(tmp_path: Path, picture: str) -> None:
    assert find(film(tmp_path / "plain.mp4", picture)) == ()


def test_foliage_faces_and_stars_are_no_text(tmp_path: Path) -> None:
    """Stills of the demo source: dogs on grass, a city, a portrait."""
    starts = ("16.8", "20.5", "28.6")
    parts = [part for start_s in starts for part in ("-ss", start_s, "-t", "2.2", "-i", str(ROOT / "demo" / "source.mp4"))]
    out = tmp_path / "stills.mp4"
    run_ffmpeg([*parts, "-filter_complex", "concat=n=3,scale=640:-2", "-an", *QUICK, str(out)], timeout_s=60)
    assert find(out) == ()
