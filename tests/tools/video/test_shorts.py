"""From an analysed source to finished shorts, and again without doing it twice."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from memory.domain import Verdict
from memory.errors import InputError, StoppedError
from tools.video.brief import Brief
from tools.video.media import Analysis, Probe, Span
from tools.video.moments import choose_moments
from tools.video.plan import plan
from tools.video.previews import MOST_PROXY_BYTES, make_proxy, make_sheet
from tools.video.regions import DrawnRegion, named
from tools.video.shorts import Extras, _hider, make_shorts
from tools.video.timeline import Timeline, parse_timeline

BRIEF = Brief(count=2, min_s=2, max_s=5, preset="quick")


@pytest.fixture(scope="module")
def source(make_source: Any) -> Path:
    picture = "testsrc2=size=320x180:rate=30:duration=6[a];mandelbrot=size=320x180:rate=30,trim=duration=6[b];[a][b]concat"
    path: Path = make_source(picture, "sine=frequency=300:duration=12", name="my_holiday-film.mp4")
    return path


@pytest.fixture
def analysis(talk: Analysis) -> Analysis:
    probe = Probe(12.0, 320, 180, 30.0, 0, True, True)
    words = tuple(word for word in talk.words if word.end_s < 12)
    return Analysis(probe, words=words, shots=(Span(0, 6), Span(6, 12)))


def test_shorts_are_made_inspected_and_previewed(source: Path, analysis: Analysis, tmp_path: Path) -> None:
    told: list[float] = []
    shorts = make_shorts(source, analysis, BRIEF, tmp_path, on_progress=lambda share, _: told.append(share))

    assert len(shorts) == 2
    assert told == sorted(told) and told[-1] == 1.0
    for short in shorts:
        # The words are made up and the sound is a tone.
        assert set(short.inspection.problems) <= {"The captions run where nobody is heard speaking."}
        assert short.thumbnails and {path.suffix for path in short.subtitles} == {".srt", ".vtt"}
        assert (short.width_px, short.height_px, short.fps) == (360, 640, 30)
        assert short.duration_s == pytest.approx(short.moment.end_s - short.moment.start_s, abs=0.05)
        assert short.caption_words > 0 and short.render_wall_s > 0
        assert short.loudness_lufs == pytest.approx(-14, abs=1)
        assert parse_timeline((tmp_path / f"{short.name}.timeline.json").read_bytes()) == short.timeline
        with av.open(str(short.proxy)) as proxy:
            assert (proxy.streams.video[0].width, proxy.streams.video[0].height) == (540, 960)
        assert short.proxy.stat().st_size < MOST_PROXY_BYTES
        assert short.sheet.read_bytes()[:2] == b"\xff\xd8"


def test_an_owner_can_have_regions_plates_and_screens_hidden_without_faces(source: Path, analysis: Analysis) -> None:
    moment = choose_moments(analysis, count=1, min_s=2, max_s=5)[0]
    late = DrawnRegion(0, 0, 0.2, 0.2, start_s=1000)  # outside of every moment: no reason to fail
    asked = replace(BRIEF, regions=(named("lower left corner"), late), hide_plates=True, hide_screens=True)
    told: list[str] = []

    def planned(brief: Brief) -> Timeline:
        return plan(source, analysis, moment, brief, hider=_hider(source, brief, Extras(), lambda _, text: told.append(text), None))

    hiding = planned(asked).hiding

    assert hiding is not None and not hiding.checks_faces
    assert [track.what for track in hiding.tracks[:2]] == ["region", "region"]
    assert {track.what for track in hiding.tracks[2:]} <= {"plate", "screen"}
    key = hiding.tracks[0].keys[0]
    assert (key.x_px, key.y_px, key.width_px, key.height_px) == pytest.approx((0, 0.66 * 180, 0.34 * 320, 0.34 * 180))
    assert set(told) == {"finding what to hide"}
    for one in ({"hide_plates": True}, {"hide_screens": True}, {"regions": asked.regions}):
        assert planned(replace(BRIEF, **one)).hiding is not None
    assert planned(BRIEF).hiding is None


def test_a_second_run_renders_only_what_is_missing_or_broken(source: Path, analysis: Analysis, tmp_path: Path) -> None:
    first = make_shorts(source, analysis, BRIEF, tmp_path)
    before = first[0].file.stat().st_mtime_ns
    first[1].file.write_bytes(first[1].file.read_bytes()[:2000])
    first[0].proxy.unlink()
    again = make_shorts(source, analysis, BRIEF, tmp_path)

    assert [short.name for short in again] == [short.name for short in first]
    assert again[0].render_wall_s == 0 and again[0].file.stat().st_mtime_ns == before
    assert again[1].render_wall_s > 0 and again[1].inspection.verdict is Verdict.OK
    assert all(path.is_file() for short in again for path in (short.file, short.proxy, short.sheet))
    assert make_shorts(source, analysis, BRIEF, tmp_path, done={short.name: short for short in again}) == again


def test_a_stop_between_two_shorts_keeps_the_first(source: Path, analysis: Analysis, tmp_path: Path) -> None:
    told: list[float] = []

    def note(share: float, _: str) -> None:
        told.append(share)

    with pytest.raises(StoppedError):
        make_shorts(source, analysis, BRIEF, tmp_path, on_progress=note, cancel=lambda: bool(told) and told[-1] >= 0.5)
    assert len([name for name in os.listdir(tmp_path) if name.endswith("-quick.mp4")]) == 1


def test_no_speech_no_face_and_no_sound_still_make_a_short(make_source: Any, tmp_path: Path) -> None:
    source = make_source("testsrc2=size=320x180:rate=30:duration=4", "", name="my_holiday-film.mp4")
    shorts = make_shorts(source, Analysis(Probe(4.0, 320, 180, 30.0, 0, True, False)), Brief(1, preset="quick"), tmp_path)

    assert [short.inspection.verdict for short in shorts] == [Verdict.OK]
    assert shorts[0].moment.title == "My holiday film"
    assert "whole video" in shorts[0].moment.reason.lower()
    assert shorts[0].loudness_lufs == pytest.approx(-14, abs=0.5)  # the library's music: what has no sound of its own gets some


def test_an_unknown_preset_is_refused(source: Path, analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="final, preview, quick"):
        make_shorts(source, analysis, replace(BRIEF, preset="8k"), tmp_path)


def test_previews_of_something_broken_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing")

    with pytest.raises(InputError):
        make_sheet(broken, tmp_path / "sheet.jpg")
    with pytest.raises(InputError):
        make_proxy(broken, tmp_path / "proxy.mp4", 3)
    assert os.listdir(tmp_path) == ["broken.mp4"]
