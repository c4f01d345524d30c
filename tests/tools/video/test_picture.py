"""Shots at planted cuts, faces where faces are, pictures read upright."""

import os
import signal
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from memory.errors import InputError, TransientError
from tools.ffmpeg import run_ffmpeg
from tools.video import faces_mediapipe
from tools.video.faces import FaceDetector, FaceTrack, look, look_again
from tools.video.faces_mediapipe import MediaPipe, mediapipe_available
from tools.video.faces_yunet import YuNet
from tools.video.frames import Change, RawFrame, SmallFrame, small_size, watch
from tools.video.media import FaceBox, FaceSample, Probe, Span
from tools.video.picture import Picture, see
from tools.video.probe import probe

DEMO = Path(__file__).parents[3] / "demo" / "source.mp4"
QUICK = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


@pytest.fixture(scope="module")
def four_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cuts at 2.0, 3.2 and 6.0 s; the third shot moves, the others stand still."""
    out = tmp_path_factory.mktemp("shots") / "four.mp4"
    pictures = ("color=red:d=2", "smptebars=d=1.2", "testsrc2=d=2.8", "color=white:d=2")
    inputs = [part for picture in pictures for part in ("-f", "lavfi", "-i", f"{picture}:s=640x360:r=25")]
    run_ffmpeg([*inputs, "-filter_complex", "concat=n=4", *QUICK, str(out)], timeout_s=60)
    return out


class NoFace:
    """A detector that sees nobody."""

    name = "no-face"

    def detect(self, frame_bgr: np.ndarray) -> list[FaceBox]:
        return []


@pytest.fixture(scope="module")
def seen(four_shots: Path) -> Picture:
    return see(four_shots, probe(four_shots), NoFace())


def test_planted_cuts_are_found_to_the_frame(seen: Picture) -> None:
    assert [shot.start_s for shot in seen.shots] == pytest.approx([0.0, 2.0, 3.2, 6.0], abs=0.001)
    assert seen.shots[-1].end_s == 8.0
    assert all(before.end_s == after.start_s for before, after in pairwise(seen.shots))


def test_motion_is_measured_where_things_move(seen: Picture) -> None:
    assert len(seen.motion) == 16
    assert seen.motion[1] == 0.0 and seen.motion[14] == 0.0  # inside the plain colours
    assert min(seen.motion[8:11]) > 0.3


def test_one_still_picture_is_one_shot(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "color=gray:s=320x240:r=10:d=3", *QUICK, str(tmp_path / "still.mp4")], timeout_s=30)
    assert see(tmp_path / "still.mp4", probe(tmp_path / "still.mp4"), NoFace()).shots == (Span(0.0, 3.0),)


def test_a_progress_call_that_raises_stops_ffmpeg(four_shots: Path) -> None:
    def stop(share: float) -> None:
        raise InputError("enough")

    with pytest.raises(InputError, match="enough"):
        see(four_shots, probe(four_shots), NoFace(), on_progress=stop)


def test_a_detector_that_fails_stops_ffmpeg(four_shots: Path) -> None:
    class Broken(NoFace):
        def detect(self, frame_bgr: np.ndarray) -> list[FaceBox]:
            raise TransientError("the detector is gone")

    with pytest.raises(TransientError, match="is gone"):
        see(four_shots, probe(four_shots), Broken())


def test_every_shot_is_looked_at_from_its_start_and_then_steadily(seen: Picture) -> None:
    times = [sample.time_s for sample in seen.faces.samples]
    assert times == sorted(times) and len(times) >= 24
    assert all(later - earlier <= 0.42 for earlier, later in pairwise(times))
    for shot in seen.shots:
        assert any(shot.start_s - 0.001 <= time_s < shot.start_s + 0.081 for time_s in times), shot


def small_frames(path: Path) -> tuple[list[RawFrame], list[Change]]:
    frames: list[RawFrame] = []
    changes: list[Change] = []
    watch(path, probe(path), changes.append, frames.append)
    return frames, changes


def test_frames_come_in_order_small_and_after_their_changes(four_shots: Path) -> None:
    frames, changes = small_frames(four_shots)
    assert [change.time_s for change in changes] == pytest.approx([n / 25 for n in range(200)], abs=0.001)
    assert [frame.time_s for frame in frames] == pytest.approx([n / 12.5 for n in range(100)], abs=0.001)
    first = frames[0].in_colour()
    assert first.picture.shape == (360, 640, 3) and first.picture.dtype == np.uint8
    blue, _, red = first.picture[180, 320]
    assert red > 200 and blue < 60
    assert frames[24].in_colour().picture[180, 40].tolist() != frames[25].in_colour().picture[180, 40].tolist()  # at the cut


@pytest.mark.parametrize(("width_px", "height_px", "small"), [(1920, 1080, (640, 360)), (1080, 1920, (360, 640)), (320, 240, (320, 240))])
def test_small_pictures_have_one_area_and_are_never_enlarged(width_px: int, height_px: int, small: tuple[int, int]) -> None:
    assert small_size(Probe(1.0, width_px, height_px, 25.0, 0, True, False)) == small


@pytest.mark.parametrize(("turn", "undo"), [("transpose=clock", "90"), ("transpose=cclock", "270"), ("hflip,vflip", "180")])
def test_a_turned_source_is_seen_upright(tmp_path: Path, turn: str, undo: str) -> None:
    """The picture is stored lying on its side with a display matrix that undoes it, as phones record."""
    run_ffmpeg(["-i", str(DEMO), "-t", "1", "-an", "-vf", f"scale=640:360,{turn}", *QUICK, str(tmp_path / "side.mp4")], timeout_s=60)
    run_ffmpeg(["-display_rotation", undo, "-i", str(tmp_path / "side.mp4"), "-c", "copy", str(tmp_path / "phone.mp4")], timeout_s=30)
    found = probe(tmp_path / "phone.mp4")
    assert (found.width_px, found.height_px) == (640, 360)
    face = look(small_frames(tmp_path / "phone.mp4")[0][0].in_colour(), YuNet(), found).boxes[0]
    assert face.x_px == pytest.approx(669 / 3, abs=25) and face.y_px == pytest.approx(237 / 3, abs=25)


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of the demo source, from 0.8 s."""
    out = tmp_path_factory.mktemp("astronaut") / "second.mp4"
    run_ffmpeg(["-ss", "0.8", "-t", "1", "-i", str(DEMO), "-an", *QUICK, str(out)], timeout_s=60)
    return out


def assert_sees_the_astronaut(detector: FaceDetector, path: Path) -> None:
    frames, _ = small_frames(path)
    (face,) = look(frames[2].in_colour(), detector, probe(path)).boxes
    assert face.x_px + face.width_px / 2 == pytest.approx(882, abs=60)
    assert face.y_px + face.height_px / 2 == pytest.approx(468, abs=90)
    assert face.score > 0.7


def test_yunet_sees_the_face(astronaut: Path) -> None:
    assert_sees_the_astronaut(YuNet(), astronaut)


def test_yunet_sees_no_face_in_a_test_picture(four_shots: Path) -> None:
    track = see(four_shots, probe(four_shots), YuNet()).faces
    assert not any(sample.boxes for sample in track.samples)
    middles = [1.0, 2.6, 4.6, 7.0]  # of the four shots
    assert [frame.time_s for frame in track.unseen] == pytest.approx(middles, abs=0.35)


@pytest.fixture(scope="module")
def mediapipe_or_skip() -> None:
    if reason := mediapipe_available():
        pytest.skip(reason)


@pytest.mark.usefixtures("mediapipe_or_skip")
def test_mediapipe_sees_the_face(astronaut: Path) -> None:
    with MediaPipe() as detector:
        assert_sees_the_astronaut(detector, astronaut)


@pytest.mark.usefixtures("mediapipe_or_skip")
def test_a_hanging_mediapipe_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces_mediapipe, "_PICTURE_S", 0.3)
    with MediaPipe() as detector:
        os.kill(detector._child.pid, signal.SIGSTOP)
        with pytest.raises(TransientError, match=r"no answer in 0\.3 s"):
            detector.detect(np.zeros((64, 64, 3), dtype=np.uint8))
    assert detector._child.poll() is not None


def test_a_mediapipe_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")  # a child that ends at once, as one does that cannot import
    with pytest.raises(TransientError, match="its process ended"):
        MediaPipe()


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces_mediapipe, "_LIBRARIES", {"libNotHere.so.1": "libnothere1"})
    assert faces_mediapipe.missing_libraries() == "libNotHere.so.1 is missing; install it with `apt install libnothere1`."


class OneFace:
    """A detector that sees one face, partly outside the picture."""

    name = "one-face"

    def detect(self, frame_bgr: np.ndarray) -> list[FaceBox]:
        return [FaceBox(-10.0, 5.0, 30.0, 20.0, 0.9), FaceBox(1.0, 1.0, 0.2, 0.2, 0.9)]


def test_boxes_are_scaled_to_the_source_and_cut_at_its_edge() -> None:
    frame = SmallFrame(0.0, np.zeros((90, 160, 3), dtype=np.uint8), 2.0)
    (box,) = look(frame, OneFace(), Probe(1.0, 320, 180, 25.0, 0, True, False)).boxes
    assert (box.x_px, box.y_px, box.width_px, box.height_px) == (0.0, 10.0, 40.0, 40.0)


def test_a_second_look_fills_in_only_what_was_not_seen() -> None:
    seen, empty = FaceSample(0.0, (FaceBox(1, 2, 3, 4, 0.9),)), FaceSample(1.0, ())
    track = FaceTrack((seen, empty), (RawFrame(1.0, np.zeros((135, 160), dtype=np.uint8), 2.0),))
    first, second = look_again(track, OneFace(), Probe(2.0, 320, 180, 25.0, 0, True, False))
    assert first == seen and len(second.boxes) == 1
