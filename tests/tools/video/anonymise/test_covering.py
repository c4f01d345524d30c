"""The demo's man, covered in real renders: every frame, irreversibly, and nothing is left of him when the work is stopped."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.errors import StoppedError
from tools.ffmpeg import run_ffmpeg
from tools.video import render as rendering
from tools.video.additions import HiddenKey, HiddenTrack, HideMethod, Hiding
from tools.video.anonymise import find_hidden, mask_frames, verify
from tools.video.brief import Hide
from tools.video.compiler import Gain, compile_render
from tools.video.compiler.hide import cells
from tools.video.render import render
from tools.video.timeline import QUICK, Timeline, to_ticks

Show = Callable[..., Timeline]
Frames = Callable[[Path, int, int], NDArray[np.uint8]]
MAN = 39.0
FACE = (slice(211 // 3 + 4, 455 // 3 - 4), slice(384 // 3 + 4, 563 // 3 - 4))  # of a picture of 640x360


def covering(place: tuple[int, int, int, int], *, is_round: bool = False) -> tuple[HiddenTrack, ...]:
    return (HiddenTrack((HiddenKey(0, *place), HiddenKey(to_ticks(60), *place)), "region", is_round),)


@pytest.mark.parametrize("method", list(HideMethod))
def test_nothing_of_the_picture_shines_through(method: HideMethod, show: Show) -> None:
    hidden = show(MAN, length_s=0.1, hiding=Hiding(covering((384, 211, 179, 244)), method))

    covered, bare = first_frame(hidden), first_frame(replace(hidden, hiding=None))

    assert bends(bare[FACE]) >= 4
    assert bends(covered[FACE]) <= (2 if method is HideMethod.BLUR else 0)
    assert len(np.unique(covered[FACE])) <= (7 * 9 if method is HideMethod.PIXELATE else 255)  # no value but those of the cells
    assert (covered[250:, 300:] == bare[250:, 300:]).all()


def first_frame(timeline: Timeline) -> NDArray[np.uint8]:
    """The luma of the first frame as it goes to the encoder, shape (360, 640)."""
    arguments = compile_render(timeline, Path("none.ass"), Path("none.mp4"), QUICK, Gain())
    picture, sound = (n + 1 for n, word in enumerate(arguments) if word == "-map")
    graph = arguments[: picture - 1]
    outputs = ["-map", arguments[picture], "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]
    rest = ["-map", arguments[sound], "-f", "null", "-"]
    feed = mask_frames(timeline) if timeline.hiding is not None else None
    raw = run_ffmpeg([*graph, *outputs, *rest], timeout_s=30, feed=feed, want_stdout=True).stdout
    return np.frombuffer(raw, dtype=np.uint8)[: 640 * 360].reshape(360, 640)


def bends(picture: NDArray[np.uint8]) -> float:
    """How sharply most of the picture changes from pixel to pixel: features do, flat cells (but for their edges) and gradients do not."""
    return float(sum(np.percentile(np.abs(np.diff(picture.astype(int), 2, axis=axis)), 70) for axis in (0, 1)))


def test_the_coarse_copy_holds_at_most_six_cells_across_the_largest_region(show: Show) -> None:
    timeline = show(MAN, hiding=Hiding(covering((300, 200, 400, 500))))

    across, _ = cells(timeline)

    assert 1920 / across >= 400 / 6


def test_a_part_rendered_alone_has_the_cells_of_the_whole(show: Show) -> None:
    whole = show(MAN, 40.0, hiding=Hiding((*covering((300, 200, 400, 500))[:1],), cell_px=80))
    part = replace(whole, clips=whole.clips[:1], hiding=Hiding(covering((384, 211, 179, 244)), cell_px=80))

    assert cells(part) == cells(whole)


def test_the_man_is_found_covered_in_every_frame_and_the_second_look_finds_nobody(show: Show, tmp_path: Path, read_grey: Frames) -> None:
    plain = show(MAN)
    shares: list[float] = []

    hiding = find_hidden(Path(plain.source.path), plain, hide=Hide.FACES, on_progress=shares.append)
    timeline = replace(plain, hiding=hiding)
    render(timeline, tmp_path / "hidden.mp4", preset=QUICK)
    found = verify(tmp_path / "hidden.mp4", timeline)

    assert len(hiding.tracks) == 1
    assert len(hiding.tracks[0].keys) <= 5
    assert shares == sorted(shares)
    assert found.frames_checked >= 2
    assert found.leaks == ()
    frames = read_grey(tmp_path / "hidden.mp4", 640, 360)
    assert len(frames) == timeline.frames
    assert max(bends(frame[FACE]) for frame in frames) <= 3  # the encoder adds a little


def test_a_mask_that_cannot_be_made_ends_the_render_and_leaves_nothing(show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(timeline: Timeline) -> Iterator[bytes]:
        yield bytes(640 * 360 * 3 // 2)
        raise LookupError("the second mask")

    monkeypatch.setattr(rendering, "_mask", broken)

    with pytest.raises(LookupError, match="the second mask"):
        render(show(MAN, hiding=Hiding(covering((384, 211, 179, 244)))), tmp_path / "half.mp4", preset=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_nothing(show: Show, tmp_path: Path) -> None:
    timeline = show(MAN, hiding=Hiding(covering((384, 211, 179, 244))))

    with pytest.raises(StoppedError):
        render(timeline, tmp_path / "stopped.mp4", preset=QUICK, cancel=lambda: True)
    with pytest.raises(StoppedError):
        find_hidden(Path(timeline.source.path), timeline, hide=Hide.FACES, cancel=lambda: True)
    assert list(tmp_path.iterdir()) == []
