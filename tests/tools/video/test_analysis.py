"""The whole analysis on the demo source, and on sources that lack something."""

import dataclasses
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from memory.errors import InputError, StoppedError
from tools.ffmpeg import run_ffmpeg
from tools.video import faces_mediapipe, frames
from tools.video.analysis import analyse
from tools.video.media import Analysis, load_analysis, save_analysis

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "demo" / "source.mp4"
QUICK = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
CUTS = [4.2, 8.0, 12.6, 16.5, 20.3, 23.9, 28.3, 32.0, 35.8, 38.7]  # as demo/make_source.py planted them


@pytest.fixture(scope="module")
def demo() -> Analysis:
    return analyse(DEMO)


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first five seconds of the demo source, small."""
    out = tmp_path_factory.mktemp("opening") / "opening.mp4"
    run_ffmpeg(["-i", str(DEMO), "-t", "5", "-vf", "scale=640:360", *QUICK, "-c:a", "aac", str(out)], timeout_s=60)
    return out


def test_the_demo_source_is_heard(demo: Analysis) -> None:
    said = (ROOT / "demo" / "transcript.txt").read_text().lower().replace(",", "").replace(".", "").split()
    heard = [word.text.lower().strip(".,") for word in demo.words]
    assert Levenshtein.distance(heard, said) / len(said) <= 0.08


def test_word_times_are_monotone_and_inside_the_speech(demo: Analysis) -> None:
    assert all(before.end_s <= after.start_s for before, after in pairwise(demo.words))
    for word in demo.words:
        assert word.start_s < word.end_s
        middle_s = (word.start_s + word.end_s) / 2
        assert any(span.start_s <= middle_s <= span.end_s for span in demo.speech), word
        assert max(demo.energy_db[int(word.start_s * 10) : int(word.end_s * 10) + 1]) > -45, word


def test_the_demo_source_is_seen(demo: Analysis) -> None:
    assert [shot.start_s for shot in demo.shots][1:] == pytest.approx(CUTS, abs=0.04)
    assert demo.shots[0].start_s == 0.0 and demo.shots[-1].end_s == demo.probe.duration_s
    for start_s, end_s in ((0.0, 4.0), (28.4, 31.9), (36.0, 38.6), (38.8, 41.9)):  # the astronaut and the speaking man
        samples = [sample for sample in demo.faces if start_s <= sample.time_s <= end_s]
        assert samples and all(sample.boxes for sample in samples)
    assert not any(sample.boxes for sample in demo.faces if 24.0 < sample.time_s < 28.2)  # the galaxies
    assert len(demo.texts) == 1 and demo.texts[0].start_s > 38.5  # the command line beside the speaking man
    assert demo.sounds == () and demo.beats_s == ()  # there is a voice and nothing else
    assert len(demo.motion) == 84 and len(demo.energy_db) == pytest.approx(420, abs=2)


def test_every_shot_has_a_face_sample(demo: Analysis) -> None:
    for shot in demo.shots:
        assert any(shot.start_s - 0.001 <= sample.time_s < min(shot.end_s, shot.start_s + 0.1) for sample in demo.faces), shot


def test_timings_and_storage(demo: Analysis, tmp_path: Path) -> None:
    assert {"probe", "audio", "speech", "sounds", "words", "picture"} <= set(demo.timings_s)
    save_analysis(demo, tmp_path / "analysis.json")
    assert load_analysis(tmp_path / "analysis.json") == demo


def test_the_same_file_gives_the_same_analysis(opening: Path) -> None:
    first, second = (dataclasses.replace(analyse(opening, second_detector=False), timings_s={}) for _ in range(2))
    assert first == second and first.words and first.faces


def test_a_film_without_sound_is_analysed(opening: Path, tmp_path: Path) -> None:
    run_ffmpeg(["-i", str(opening), "-an", "-c", "copy", str(tmp_path / "mute.mp4")], timeout_s=30)
    found = analyse(tmp_path / "mute.mp4", second_detector=False)
    assert found.words == found.speech == found.energy_db == () and found.shots and any(sample.boxes for sample in found.faces)
    assert "The video has no sound." in found.notes


def test_a_film_without_speech_and_faces_is_analysed(tmp_path: Path) -> None:
    picture, sound = "testsrc2=s=640x360:r=25:d=4", "sine=f=300:d=4"
    out = tmp_path / "plain.mp4"
    run_ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *QUICK, "-c:a", "aac", str(out)], timeout_s=30)
    found = analyse(out)
    assert found.words == () and found.energy_db and found.faces
    assert {"Nobody speaks in this video.", "No face was found in this video."} <= set(found.notes)


def test_a_second_detector_that_cannot_run_stands_aside(opening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces_mediapipe, "_LIBRARIES", {"libNotHere.so.1": "libnothere1"})
    found = analyse(opening)  # its second shot has no face
    assert any(sample.boxes for sample in found.faces)
    assert [note for note in found.notes if note.startswith("The second face detector stood aside: libNotHere.so.1 is missing")]


def test_one_frame_a_second_is_analysed(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x240:r=1:d=6", *QUICK, str(tmp_path / "slow.mp4")], timeout_s=30)
    found = analyse(tmp_path / "slow.mp4", second_detector=False)
    assert found.shots[-1].end_s == found.probe.duration_s and len(found.faces) == 6


def test_the_words_can_be_left_out(opening: Path) -> None:
    found = analyse(opening, second_detector=False, with_words=False)
    assert found.words == () and found.speech and "words" not in found.timings_s
    assert not [note for note in found.notes if "no words" in note]


def test_the_picture_is_decoded_once(opening: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[str]] = []

    def counting(arguments: list[str], **options: Any) -> Any:
        runs.append(arguments)
        return run_ffmpeg(arguments, **options)

    monkeypatch.setattr(frames, "run_ffmpeg", counting)
    assert analyse(opening, second_detector=False, with_words=False).faces
    assert len(runs) == 1


def test_progress_grows_to_one_in_words(opening: Path) -> None:
    seen: list[tuple[float, str]] = []
    analyse(opening, on_progress=lambda share, stage: seen.append((share, stage)), second_detector=False)
    shares = [share for share, _ in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0 and all(stage for _, stage in seen)


def test_a_progress_call_that_raises_stops_the_analysis() -> None:
    def stop(share: float, stage: str) -> None:
        raise StoppedError("The owner pressed stop.")

    with pytest.raises(StoppedError, match="pressed stop"):
        analyse(DEMO, on_progress=stop)


def test_bad_input_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no film")
    with pytest.raises(InputError, match="not a video"):
        analyse(tmp_path / "note.mp4")


class Parrot:
    """Another recogniser: it always hears the same three words."""

    name = "parrot"

    def hear(self, samples: NDArray[np.float32]) -> str:
        return "Polly wants 2"


def test_another_recogniser_can_take_part(opening: Path) -> None:
    found = analyse(opening, transcriber=Parrot(), second_detector=False)
    assert {word.text for word in found.words} == {"Polly", "wants", "2"}


def test_a_forked_child_analyses_after_warming_up(opening: Path) -> None:
    """What a worker does: import once, then fork for every job. A session or pool made before the fork would hang the child."""
    program = f"""
import os, sys
from pathlib import Path
from tools.video.analysis import analyse, warm_up
light = not {{"av", "cv2", "onnxruntime", "mediapipe"}} & set(sys.modules)
warm_up()
child = os.fork()
if child == 0:
    found = analyse(Path({str(opening)!r}), second_detector=False)
    os._exit(0 if light and found.words and found.faces else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0
