"""Rendering an edit by making only what changed: which frames are encoded, what is copied byte for byte, what is seen at the seams."""

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from tools.ffmpeg import run_ffmpeg
from tools.video.captions import make_cues
from tools.video.edit import apply_all, read
from tools.video.edit.changes import Changes, find_changes
from tools.video.edit.partial import Update, update, windowed
from tools.video.inspection import inspect
from tools.video.media import Word
from tools.video.render import render
from tools.video.timeline import FINAL, QUICK, Clip, Crop, CropFrom, Preset, Source, Timeline, fingerprint, to_ticks

SAID = "we walked along the river and nobody knew the way back so Jon asked a man".split()
SMALL = Preset("small", Fraction(1, 3), FINAL.x264_preset, FINAL.crf)  # B-frames and scene cuts as in the final, at a small size


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    """6 s of a moving picture and two tones in two pieces, with captions."""
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    picture, sound = "testsrc2=size=320x180:rate=30:duration=7", "aevalsrc=0.2*sin(2*PI*300*t)+0.1*sin(2*PI*1000*t):d=7"
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    run_ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *codecs, str(path)], timeout_s=60)
    clips = tuple(
        Clip(to_ticks(a), to_ticks(b), (CropFrom(to_ticks(a), Crop(x, 0, 100, 180)),)) for a, b, x in ((0.5, 3.5, 60), (4.0, 7.0, 160))
    )
    words = [Word(text, 0.6 + 0.4 * n, 0.9 + 0.4 * n) for n, text in enumerate(SAID)]
    return Timeline(Source(str(path), fingerprint(path), 320, 180, 30.0, True), clips, Fraction(30), make_cues(words, clips))


@pytest.fixture(scope="module", params=[QUICK, SMALL], ids=lambda preset: preset.name)
def rendered(request: pytest.FixtureRequest, before: Timeline, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Preset]:
    path = tmp_path_factory.mktemp("rendered") / "before.mp4"
    render(before, path, preset=request.param)
    return path, request.param


def packets(path: Path, kind: str) -> list[tuple[int, int, str]]:
    """(pts, dts, hash) of each packet in the order of the file."""
    import av

    with av.open(str(path)) as file:
        stream = getattr(file.streams, kind)[0]
        return [(p.pts, p.dts, hashlib.sha256(bytes(p)).hexdigest()) for p in file.demux(stream) if p.size]


def likeness_db(one: Path, other: Path, folder: Path) -> list[float]:
    """PSNR of each frame of two files against each other; 99 where they are equal."""
    stats = folder / "psnr.txt"
    run_ffmpeg(["-i", str(one), "-i", str(other), "-lavfi", f"psnr=stats_file={stats}", "-f", "null", "-"], timeout_s=60)
    values = [line.split("psnr_avg:")[1].split()[0] for line in stats.read_text().splitlines()]
    return [99.0 if value == "inf" else float(value) for value in values]


def make(before: Timeline, rendered: tuple[Path, Preset], words: str, folder: Path) -> tuple[Update, Timeline]:
    after = apply_all(before, read(words))
    made = update(before, rendered[0], after, folder / "after.mp4", rendered[1])
    assert made is not None
    return made, after


def test_new_words_of_one_caption_encode_only_its_groups(before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path) -> None:
    made, after = make(before, rendered, 'change "Jon" to "John"', tmp_path)
    cue = next(cue for cue in after.cues if "John" in cue.text)
    changed = [round(at * after.time_base * after.fps) for at in (cue.start, cue.end)]

    old, new = packets(rendered[0], "video"), packets(made.path, "video")
    copied = set(old) & set(new)

    assert changed[1] - changed[0] <= made.encoded <= changed[1] - changed[0] + 2 * 30 < made.frames == 180
    assert len(old) == len(new) == 180 and len(copied) == 180 - made.encoded
    assert [one[:2] for one in old] == [one[:2] for one in new]
    assert packets(rendered[0], "audio") == packets(made.path, "audio")


def test_the_picture_is_what_a_whole_render_shows(before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path) -> None:
    made, after = make(before, rendered, 'change "Jon" to "John", no fade out', tmp_path)
    whole = tmp_path / "whole.mp4"
    render(after, whole, preset=rendered[1])

    alike = likeness_db(made.path, whole, tmp_path)

    assert len(alike) == 180 and min(alike) > 30
    assert likeness_db(made.path, rendered[0], tmp_path) != alike


def test_inspection_finds_in_it_what_it_finds_in_a_whole_render(before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path) -> None:
    made, after = make(before, rendered, 'change "Jon" to "John"', tmp_path)

    inspection, known = inspect(made.path, after, rendered[1]), inspect(rendered[0], before, rendered[1])

    assert inspection.checks["frames"].value == 180
    assert {name: check.ok for name, check in inspection.checks.items()} == {name: check.ok for name, check in known.checks.items()}
    assert all(inspection.checks[name].ok for name in ("decodable", "streams", "size", "fps", "frames", "duration", "av_drift"))


def test_another_sound_leaves_every_picture_as_it_was(before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path) -> None:
    made, _ = make(before, rendered, "drive music", tmp_path)

    assert made.encoded == 0 and made.has_new_sound
    assert packets(rendered[0], "video") == packets(made.path, "video")
    assert [one[2] for one in packets(rendered[0], "audio")] != [one[2] for one in packets(made.path, "audio")]


@pytest.mark.parametrize("words", ["cut the first second", "make it square", "bigger captions", "swap piece 1 and 2", "stabilize it"])
def test_what_changes_nearly_everything_is_rendered_as_a_whole(
    before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path, words: str
) -> None:
    assert update(before, rendered[0], apply_all(before, read(words)), tmp_path / "after.mp4", rendered[1]) is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_size_is_not_taken_apart(before: Timeline, rendered: tuple[Path, Preset], tmp_path: Path) -> None:
    after = apply_all(before, read('change "Jon" to "John"'))
    other = Preset("other", Fraction(1, 4), "ultrafast", 30)

    assert update(before, rendered[0], after, tmp_path / "after.mp4", other) is None


def test_a_timed_change_touches_its_own_frames(before: Timeline) -> None:
    found = find_changes(before, apply_all(before, read('title "Hello"')))

    assert found is not None and not found.sound
    assert found.frames[0][0] == 0 and found.frames[-1][1] <= 30 * 2.8 + 3
    assert find_changes(before, before) == Changes((), False)


def test_a_window_reads_only_what_its_frames_show(before: Timeline) -> None:
    window, lead = windowed(before, 120, 150)

    assert lead == to_ticks(4)
    assert [(clip.start, clip.end) for clip in window.clips] == [(to_ticks(5.0), to_ticks(6.0))]
    assert window.clips[0].crops[0].start == to_ticks(5.0)
