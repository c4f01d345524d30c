"""Finding a file in a message, and the clear errors for what is none."""

import os
from pathlib import Path

import pytest

from bot.sources import add_source, check_file, find_source
from memory.errors import InputError
from tools.toolkit import Deps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "My Films").mkdir()
    for name in ("talk.mp4", "my talk 🎤.mov", "My Films/day one.mkv", "notes"):
        (tmp_path / name).write_bytes(b"bytes")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        pytest.param('cut "{f}/my talk 🎤.mov" and post it', "my talk 🎤.mov", "cut my talk 🎤.mov and post it", id="quoted"),
        pytest.param("make shorts from {f}/talk.mp4, please", "talk.mp4", "make shorts from talk.mp4, please", id="plain, comma"),
        pytest.param("make shorts from talk.mp4.", "talk.mp4", "make shorts from talk.mp4.", id="relative, full stop"),
        pytest.param("shorts from {f}/My Films/day one.mkv please", "day one.mkv", "shorts from day one.mkv please", id="spaces unquoted"),
        pytest.param("{f}/My\\ Films/day\\ one.mkv", "day one.mkv", "", id="dropped into the window"),
        pytest.param("'{f}/talk.mp4'", "talk.mp4", "", id="dropped with quotes"),
        pytest.param("cut my talk 🎤.mov into 2 clips", "my talk 🎤.mov", "cut my talk 🎤.mov into 2 clips", id="relative with spaces"),
        pytest.param("/make 2 shorts from talk.mp4", "talk.mp4", "/make 2 shorts from talk.mp4", id="command"),
        pytest.param("use {f}/notes", "notes", "use notes", id="no suffix"),
    ],
)  # fmt: skip
def test_a_file_is_found_in_a_message(folder: Path, text: str, name: str, rest: str) -> None:
    found = find_source(text.replace("{f}", str(folder)), folder)

    assert found.path is not None and found.path.name == name
    assert found.text == rest


def test_a_tilde_is_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))

    assert find_source("make shorts from ~/talk.mp4").path == folder / "talk.mp4"


@pytest.mark.parametrize(
    "text",
    ["what is trending?", "it's 5/10, isn't it", "make notes of that", "/status", "export as .mp4", 'he said "wow"', "💥" * 300],
)  # fmt: skip
def test_ordinary_words_are_no_file(folder: Path, text: str) -> None:
    assert find_source(text, folder).path is None


@pytest.mark.parametrize(
    "text", ["make shorts from gone.mp4", 'cut "/no/such place/film.mov"', "use ~/nothing/here", "make 2 from ./x.webm!"]
)
def test_a_path_that_is_no_file_is_said_so(folder: Path, text: str) -> None:
    with pytest.raises(InputError, match="There is no file"):
        find_source(text, folder)


@pytest.mark.parametrize(
    "text",
    ["https://youtu.be/dQw4w9WgXcQ", "make 3 shorts from https://example.com/watch?v=1", "clip this: http://example.com/talk.MP4", "https://www.tiktok.com/@a/1"],
)  # fmt: skip
def test_a_web_address_where_a_file_is_needed_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Download the video first"):
        find_source(text)


@pytest.mark.parametrize("text", ["add the affiliate offer Mics https://shop.example/mics", "add the feed https://example.com/rss.xml"])
def test_the_address_of_an_offer_or_a_feed_goes_through(text: str) -> None:
    assert find_source(text).text == text


def test_what_cannot_be_a_source_is_refused_with_what_to_do(deps: Deps, people, folder: Path) -> None:
    (folder / "empty.mp4").touch()
    os.mkfifo(folder / "pipe.mp4")
    cases = {
        "empty.mp4": "empty",
        "My Films": "folder",
        "gone.mp4": "no file",
        "pipe.mp4": "not an ordinary file",
        "x" * 300: "cannot be read",
    }

    for name, words in cases.items():
        with pytest.raises(InputError, match=words):
            add_source(deps, people.workspace.id, folder / name, people.owner)
    with pytest.raises(InputError, match="web address"):
        check_file(Path("https://example.com/a.mp4"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_so(folder: Path) -> None:
    (folder / "talk.mp4").chmod(0)

    with pytest.raises(InputError, match="may not be read"):
        check_file(folder / "talk.mp4")


def test_the_same_file_twice_is_one_asset_and_its_copy_is_ours(deps: Deps, people, folder: Path) -> None:
    told: list[int] = []
    first = add_source(deps, people.workspace.id, folder / "talk.mp4", people.owner, on_copy=told.append)
    (folder / "again.mp4").write_bytes(b"bytes")
    second = add_source(deps, people.workspace.id, folder / "again.mp4", people.owner)
    (folder / "talk.mp4").write_bytes(b"edited")

    assert first.id == second.id and told == [5]
    assert deps.store.local(first.sha256).read_bytes() == b"bytes"
