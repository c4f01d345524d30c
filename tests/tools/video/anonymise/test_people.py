"""Who may be seen: real faces of the demo's source, kept, hidden, and taken for nobody when in doubt."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.anonymise import find_hidden, know, verify
from tools.video.anonymise.looks import Sighting
from tools.video.anonymise.people import KnownPerson, who_stays
from tools.video.anonymise.tracks import Track
from tools.video.brief import Hide
from tools.video.geometry import Box
from tools.video.render import render
from tools.video.timeline import QUICK, Timeline, to_seconds, to_ticks

SOURCE = Path(__file__).parents[4] / "demo" / "source.mp4"
MAN, ASTRONAUT = 39.0, 36.4


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A still of the demo's source: `photo(second, crop)`."""

    def make(second: float, crop: str = "iw:ih:0:0") -> Path:
        path = tmp_path_factory.mktemp("photo") / "photo.png"
        run_ffmpeg(["-ss", str(second), "-i", str(SOURCE), "-vf", f"crop={crop}", "-frames:v", "1", str(path)], timeout_s=30)
        return path

    return make


def test_the_kept_person_stays_and_the_other_is_hidden(show: Callable[..., Timeline], photo: Callable[..., Path], tmp_path: Path) -> None:
    plain = show(ASTRONAUT, MAN, length_s=1.0)
    collins = know("Eileen", photo(2.0))  # another shot than the one that is searched

    hiding = find_hidden(SOURCE, plain, hide=Hide.OTHERS, keep=(collins,))
    timeline = replace(plain, hiding=hiding)
    render(timeline, tmp_path / "one.mp4", preset=QUICK)

    assert hiding.kept == ("Eileen",)
    assert [to_seconds(track.keys[0].at) > MAN - 1 for track in hiding.tracks] == [True]
    assert [to_seconds(track.keys[0].at) < MAN - 1 for track in hiding.kept_tracks] == [True]
    assert verify(tmp_path / "one.mp4", timeline).leaks == ()
    assert verify(tmp_path / "one.mp4", replace(timeline, hiding=replace(hiding, kept_tracks=()))).frames >= 2


def test_a_stranger_on_the_list_keeps_nobody(show: Callable[..., Timeline], photo: Callable[..., Path]) -> None:
    hiding = find_hidden(SOURCE, show(MAN, length_s=1.0), hide=Hide.OTHERS, keep=(know("Eileen", photo(2.0)),))

    assert (hiding.kept, hiding.kept_tracks) == ((), ())
    assert len(hiding.tracks) == 1


def test_others_without_a_list_are_refused(show: Callable[..., Timeline]) -> None:
    with pytest.raises(InputError, match="Nobody is on the keep-list"):
        find_hidden(SOURCE, show(MAN), hide=Hide.OTHERS)


def test_a_photo_that_does_not_show_one_face_clearly_is_refused(photo: Callable[..., Path], tmp_path: Path) -> None:
    words = tmp_path / "words.jpg"
    words.write_text("no picture")

    with pytest.raises(InputError, match="not a picture"):
        know("Ann", words)
    with pytest.raises(InputError, match="no face in the photo of Ann"):
        know("Ann", photo(22.0))


def person(*at: float, name: str = "x") -> Track:
    """A track whose looks lie so far from the origin."""
    described = [Sighting(Box(100, 100, 80, 80), 0.9, "face", np.array([far, 0.0], np.float32)) for far in at]
    return Track([(to_ticks(n / 2), sighting) for n, sighting in enumerate(described)])


ANN = KnownPerson("Ann", np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("distances", "stays"),
    [
        pytest.param((0.2, 0.3, 0.35), True, id="surely her"),
        pytest.param((0.44, 0.46, 0.47), False, id="somebody like her"),
        pytest.param((0.2, 0.2, 0.6), False, id="somebody else for a moment"),
        pytest.param((0.2,), False, id="one look is too few"),
    ],
)
def test_whoever_is_not_surely_one_of_them_is_hidden(distances: tuple[float, ...], stays: bool) -> None:
    assert dict(who_stays([person(*distances)], (ANN,))) == ({0: "Ann"} if stays else {})


def test_two_who_are_both_her_at_the_same_time_are_both_hidden() -> None:
    later = Track([(at + to_ticks(5), sighting) for at, sighting in person(0.2, 0.2).seen])

    assert dict(who_stays([person(0.2, 0.2), person(0.3, 0.3)], (ANN,))) == {}
    assert dict(who_stays([person(0.2, 0.2), later], (ANN,))) == {0: "Ann", 1: "Ann"}
