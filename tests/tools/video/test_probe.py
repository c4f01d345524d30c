"""The gate for bad input: every way a file can be wrong is named, with what would be right."""

import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memory.errors import InputError
from tools.ffmpeg import run_ffmpeg
from tools.video.media import Probe
from tools.video.probe import SourceLimits, check_source, probe

DEMO = Path(__file__).parents[3] / "demo" / "source.mp4"
QUICK = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
GOOD = Probe(60.0, 1920, 1080, 30.0, 0, True, True, size_bytes=1000)


def lavfi(out: Path, picture: str, *more: str, sound: str = "") -> Path:
    inputs = ["-f", "lavfi", "-i", picture, *(["-f", "lavfi", "-i", sound, "-c:a", "aac"] if sound else [])]
    run_ffmpeg([*inputs, *QUICK, *more, str(out)], timeout_s=60)
    return out


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    return lavfi(folder / "clip.mp4", "testsrc2=s=640x360:r=25:d=8", "-movflags", "+faststart", sound="sine=d=8")


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        check_source(probe(path))
    return str(caught.value)


def test_a_good_clip_is_described(clip: Path) -> None:
    found = probe(clip)
    assert (found.width_px, found.height_px, found.fps, found.rotation_deg) == (640, 360, 25.0, 0)
    assert found.duration_s == pytest.approx(8.0, abs=0.1)
    assert (found.video_codec, found.audio_codec, found.sample_rate_hz, found.audio_channels) == ("h264", "aac", 44100, 1)
    assert found.has_video and found.has_audio and not found.is_variable_fps
    assert found.size_bytes == clip.stat().st_size
    check_source(found)


def test_the_demo_source_is_what_the_demo_promises() -> None:
    found = probe(DEMO)
    assert found.duration_s >= 40 and found.has_audio and found.size_bytes < 12_000_000
    assert (found.width_px, found.height_px) == (1920, 1080)


def test_a_title_that_is_not_utf_8_is_no_obstacle(tmp_path: Path) -> None:
    titled = lavfi(tmp_path / "titled.mkv", "testsrc2=s=320x240:r=25:d=2", "-metadata", "title=Zurich im Marz")
    content = titled.read_bytes()
    titled.write_bytes(content.replace(b"Zurich im Marz", "Zürich im März".encode("latin-1")))
    assert b"Z\xfcrich" in titled.read_bytes() and probe(titled).width_px == 320


def test_a_picture_in_a_codec_nobody_knows_is_refused(tmp_path: Path) -> None:
    film = lavfi(tmp_path / "film.mkv", "testsrc2=s=320x240:r=25:d=2", sound="sine=d=2")
    film.write_bytes(film.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_UNKNOWN/CODEC"))
    assert "no picture" in refusal(film)


@pytest.mark.parametrize("name", ["with space.mp4", "🎬 clip 🚀.mp4", "100%.mp4", "concat:a|b.mp4", "-i.mp4", "it's [one]; two.mp4"])
def test_any_file_name_is_read(clip: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(clip, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).width_px == 640


def test_text_is_not_a_video(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("this is no film\n" * 100)
    assert "not a video" in refusal(tmp_path / "note.mp4")


def test_zero_bytes_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert "0 bytes" in refusal(tmp_path / "empty.mp4")


def test_a_picture_is_not_a_video(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1", str(tmp_path / "one.png")], timeout_s=30)
    assert "is a picture" in refusal(tmp_path / "one.png")


@pytest.mark.parametrize(("codec", "name"), [("mjpeg", "film.mkv"), ("gif", "film.gif"), ("png", "film.mov")])
def test_a_film_in_the_codec_of_a_picture_is_a_film(tmp_path: Path, codec: str, name: str) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=2", "-c:v", codec, str(tmp_path / name)], timeout_s=30)
    check_source(probe(tmp_path / name))


def test_a_file_cut_off_in_the_middle_is_named(clip: Path, tmp_path: Path) -> None:
    content = clip.read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    assert "cut off" in refusal(tmp_path / "half.mp4")


def test_a_matroska_file_cut_off_in_the_middle_is_named(clip: Path, tmp_path: Path) -> None:
    run_ffmpeg(["-i", str(clip), "-c", "copy", str(tmp_path / "whole.mkv")], timeout_s=30)
    content = (tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "half.mkv").write_bytes(content[: len(content) // 2])
    assert "cut off" in refusal(tmp_path / "half.mkv")


def test_a_recording_without_its_index_is_named(tmp_path: Path) -> None:
    whole = lavfi(tmp_path / "whole.mp4", "testsrc2=s=640x360:r=25:d=4")  # the index is written last
    (tmp_path / "half.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "cut off" in refusal(tmp_path / "half.mp4")


def test_sound_without_picture_is_described_and_refused(tmp_path: Path) -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=3", str(tmp_path / "tone.wav")], timeout_s=30)
    found = probe(tmp_path / "tone.wav")
    assert not found.has_video and found.has_audio and found.duration_s == pytest.approx(3.0, abs=0.01)
    assert "no picture" in refusal(tmp_path / "tone.wav")


def test_a_song_with_a_cover_has_no_video(tmp_path: Path) -> None:
    cover = ["-f", "lavfi", "-i", "sine=d=3", "-f", "lavfi", "-i", "testsrc2=s=320x240:d=0.04", "-map", "0", "-map", "1"]
    run_ffmpeg([*cover, "-c:v", "mjpeg", "-disposition:v", "attached_pic", str(tmp_path / "song.m4a")], timeout_s=30)
    assert not probe(tmp_path / "song.m4a").has_video


def test_a_silent_film_is_accepted(tmp_path: Path) -> None:
    found = probe(lavfi(tmp_path / "silent.mp4", "testsrc2=s=320x240:r=25:d=2"))
    assert not found.has_audio and found.audio_codec == ""
    check_source(found)


def test_8k_is_accepted_and_more_is_refused(tmp_path: Path) -> None:
    found = probe(lavfi(tmp_path / "8k.mp4", "color=s=7680x4320:r=1:d=2"))
    assert (found.width_px, found.height_px) == (7680, 4320)
    check_source(found)
    with pytest.raises(InputError, match="8192x4320; the limit is 7680x4320"):
        check_source(replace(found, width_px=8192))


def test_a_picture_too_large_for_memory_is_refused_before_decoding(tmp_path: Path) -> None:
    huge = ["-f", "lavfi", "-i", "color=s=64x64:r=1:d=2", "-c:v", "rawvideo", str(tmp_path / "huge.avi")]
    run_ffmpeg(huge, timeout_s=30)
    content = (tmp_path / "huge.avi").read_bytes()
    head = content.index(b"strf") + 12  # BITMAPINFOHEADER: its size, then width and height
    wide = content[:head] + struct.pack("<ii", 16000, 16000) + content[head + 8 :]
    (tmp_path / "huge.avi").write_bytes(wide)
    assert "is 16000x16000" in refusal(tmp_path / "huge.avi")


def test_a_film_damaged_in_the_middle_is_accepted(clip: Path, tmp_path: Path) -> None:
    content = bytearray(clip.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    (tmp_path / "scratched.mp4").write_bytes(content)
    check_source(probe(tmp_path / "scratched.mp4"))


def test_one_frame_a_second_is_read(tmp_path: Path) -> None:
    found = probe(lavfi(tmp_path / "slow.mp4", "testsrc2=s=320x240:r=1:d=6"))
    assert found.fps == pytest.approx(1.0) and found.duration_s == pytest.approx(6.0, abs=0.1)


def test_a_variable_frame_rate_is_noticed(tmp_path: Path) -> None:
    vfr = lavfi(tmp_path / "vfr.mp4", "testsrc2=s=320x240:r=30:d=4", "-vf", "select='lt(n,60)+not(mod(n,7))'", "-fps_mode", "vfr")
    assert probe(vfr).is_variable_fps


@pytest.mark.parametrize(("degrees", "clockwise"), [("90", 270), ("270", 90), ("180", 180)])
def test_rotation_turns_the_displayed_size(clip: Path, tmp_path: Path, degrees: str, clockwise: int) -> None:
    run_ffmpeg(["-display_rotation", degrees, "-i", str(clip), "-c", "copy", str(tmp_path / "turned.mp4")], timeout_s=30)
    found = probe(tmp_path / "turned.mp4")
    assert found.rotation_deg == clockwise
    assert (found.width_px, found.height_px) == ((640, 360) if clockwise == 180 else (360, 640))


def test_ten_hours_are_too_long(tmp_path: Path) -> None:
    long = lavfi(tmp_path / "long.mp4", "color=s=64x64:r=1/600:d=36000")
    assert "10.0 hours long; the limit is 4 hours" in refusal(long)


def test_a_stream_without_a_length_gets_one_from_its_packets(tmp_path: Path) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3", *QUICK, "-f", "matroska", "pipe:1"]
    (tmp_path / "live.mkv").write_bytes(run_ffmpeg(source, timeout_s=30, want_stdout=True).stdout)
    assert probe(tmp_path / "live.mkv").duration_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("address", ["https://example.com/film.mp4", "http://localhost/x", "rtmp://host/live"])
def test_a_web_address_is_not_a_file(address: str) -> None:
    assert "web address" in refusal(Path(address))


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "nothing.mp4")


def test_a_name_too_long_is_an_input_error(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / ("x" * 300 + ".mp4"))


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "not an ordinary file" in refusal(tmp_path / "pipe.mp4")


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything, so the tests of permissions give up root for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_unreadable_file_is_named(clip: Path, request: pytest.FixtureRequest) -> None:
    locked = clip.with_name("locked.mp4")
    shutil.copy(clip, locked)
    locked.chmod(0)
    request.getfixturevalue("nobody")
    assert "cannot be read" in refusal(locked)


def test_a_playlist_reads_no_other_file(clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "secret.mp4")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nfile://{tmp_path}/secret.mp4\n#EXT-X-ENDLIST\n")
    (tmp_path / "concat.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    assert "not a video" in refusal(tmp_path / "list.mp4")
    assert "not a video" in refusal(tmp_path / "concat.mp4")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"has_video": False}, "no picture"),
        ({"duration_s": 0.4}, "at least 1 s"),
        ({"duration_s": 5 * 3600.0}, "limit is 4 hours"),
        ({"width_px": 4320, "height_px": 8000}, "limit is 7680x4320"),
        ({"height_px": 32}, "at least 64 pixels"),
        ({"size_bytes": 30 * 1024**3}, "30.0 GiB; the limit is 20 GiB"),
    ],
)
def test_limits_are_named_with_the_value(changed: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_source(replace(GOOD, **changed))  # type: ignore[arg-type]


def test_three_hours_are_accepted() -> None:
    check_source(replace(GOOD, duration_s=3 * 3600.0))


def test_limits_can_be_set() -> None:
    with pytest.raises(InputError, match=r"0\.0 hours long"):
        check_source(GOOD, SourceLimits(max_duration_s=30))
