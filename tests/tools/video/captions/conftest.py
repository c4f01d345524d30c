"""Timelines of captions, and what libass draws of them, as arrays."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tools.ffmpeg import run_ffmpeg
from tools.video.captions import make_cues, write_ass
from tools.video.fonts import FONTS_FOLDER
from tools.video.media import Word
from tools.video.timeline import Clip, Crop, CropFrom, Source, Timeline, to_ticks
from tools.video.titles import lay_out

SHRINK = 3  # drawn at a third of the size
FLAT = 90  # the grey everything is drawn over


def say(text: str, step_s: float = 0.3, start_s: float = 0.2) -> list[Word]:
    return [Word(one, start_s + n * step_s, start_s + n * step_s + 0.9 * step_s) for n, one in enumerate(text.split())]


@pytest.fixture
def caption() -> Callable[..., Timeline]:
    """A timeline of a full-frame clip whose captions say a text, by default a word every 0.3 s."""

    def make(
        text: str = "",
        style: str = "karaoke",
        frame: tuple[int, int] = (1080, 1920),
        title: str = "",
        words: Sequence[Word] = (),
        **more: Any,
    ) -> Timeline:
        clip = Clip(0, to_ticks(20), (CropFrom(0, Crop(0, 0, *frame)),))
        chosen = {key: more[key] for key in ("brand", "platform") if key in more}
        cues = make_cues(words or say(text), (clip,), style=style, frame=frame, **chosen)
        hook = lay_out(title, 20, frame, more.get("brand")) if title else None
        source = Source("none.mp4", "x", *frame, 30.0, has_audio=False)
        return Timeline(source, (clip,), Fraction(30), cues, hook, width_px=frame[0], height_px=frame[1], caption_style=style, **more)

    return make


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Any]:
    """The frames of a timeline's script over flat grey: uint8, shape (frames, height, width, 3), a third of the timeline's size."""

    def make(timeline: Timeline, *, start_s: float = 0.0, seconds: float = 3.0, fps: int = 5, script: str = "") -> Any:
        import numpy as np

        width, height = timeline.width_px // SHRINK // 2 * 2, timeline.height_px // SHRINK // 2 * 2
        (tmp_path / "a.ass").write_text(script or write_ass(timeline), encoding="utf-8")
        grey = f"color=0x{FLAT:02x}{FLAT:02x}{FLAT:02x}:size={width}x{height}:duration={seconds}:rate={fps},format=rgb24"
        filters = f"settb=1/1000,setpts=PTS+{round(start_s * 1000)},ass=filename={tmp_path}/a.ass:fontsdir={FONTS_FOLDER}"
        arguments = ["-f", "lavfi", "-i", grey, "-vf", filters, "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"]
        drawn = run_ffmpeg(arguments, timeout_s=60, want_stdout=True).stdout
        return np.frombuffer(drawn, np.uint8).reshape(-1, height, width, 3)

    return make


def bounds(frames: Any) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of everything that differs from the flat grey, in pixels of the timeline."""
    import numpy as np

    changed = (np.abs(frames.astype(np.int16) - FLAT) > 24).any(axis=(0, 3))
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows.size, "nothing was drawn"
    return columns[0] * SHRINK, rows[0] * SHRINK, (columns[-1] + 1) * SHRINK, (rows[-1] + 1) * SHRINK
