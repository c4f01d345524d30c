"""The artefact store: content by hash, whole or not at all."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.artefacts import ArtefactStore, FolderStore, Stored, _copy, hash_file
from memory.errors import InputError, TransientError


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def files_in(store: FolderStore) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_folder_is_an_artefact_store(store: FolderStore) -> None:
    assert isinstance(store, ArtefactStore)


def test_content_comes_back_by_its_hash(store: FolderStore, tmp_path: Path) -> None:
    stored = store.put(write(tmp_path / "a.mp4", b"content" * 1000))

    assert stored == Stored(hashlib.sha256(b"content" * 1000).hexdigest(), 7000)
    assert store.has(stored.sha256)
    assert store.local(stored.sha256).read_bytes() == b"content" * 1000


def test_the_same_content_is_kept_once(store: FolderStore, tmp_path: Path) -> None:
    first = store.put(write(tmp_path / "a.mp4", b"same"))
    second = store.put(write(tmp_path / "b.mov", b"same"))

    assert first == second
    assert len(files_in(store)) == 1


def test_changing_the_original_changes_nothing_here(store: FolderStore, tmp_path: Path) -> None:
    original = write(tmp_path / "a.mp4", b"before")
    stored = store.put(original)
    with original.open("r+b") as file:
        file.write(b"after!")

    assert store.local(stored.sha256).read_bytes() == b"before"


def test_a_suffix_names_the_same_content(store: FolderStore, tmp_path: Path) -> None:
    stored = store.put(write(tmp_path / "a.mp4", b"x"))

    named = store.local(stored.sha256, ".mp4")

    assert (named.suffix, named.read_bytes()) == (".mp4", b"x")
    assert store.local(stored.sha256, ".mp4") == named


@pytest.mark.parametrize("suffix", ["/../../evil", ".mp4/../x", "\0", ".", "..", ".a b", "." + "x" * 300, ".é"])
def test_an_odd_suffix_is_left_away(store: FolderStore, tmp_path: Path, suffix: str) -> None:
    stored = store.put(write(tmp_path / "a", b"x"))

    assert store.local(stored.sha256, suffix) == store.local(stored.sha256)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.sampled_from(["../" * 22, "/etc/passwd", "A" * 64, "g" * 64, "a" * 63, "a" * 65])))
def test_a_name_that_is_no_hash_is_refused(store: FolderStore, name: str) -> None:
    with pytest.raises(InputError, match="not a content hash"):
        store.has(name)
    with pytest.raises(InputError, match="not a content hash"):
        store.local(name)


def test_unknown_content_is_told(store: FolderStore) -> None:
    assert not store.has("0" * 64)
    with pytest.raises(InputError, match="not in the store"):
        store.local("0" * 64)


def test_an_empty_file_and_an_odd_name_are_content_too(store: FolderStore, tmp_path: Path) -> None:
    for name in ("empty", "a b", "-rf", "'\";$(x)", "línea\n2", "x" * 200):
        assert store.has(store.put(write(tmp_path / name, b"")).sha256)


def test_what_cannot_be_read_is_told(store: FolderStore, tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            store.put(path)
        with pytest.raises(InputError, match="cannot be read"):
            hash_file(path)


def test_a_file_that_changes_while_it_is_copied_is_not_stored_under_the_old_hash(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="changed while it was read"):
        _copy(write(tmp_path / "a", b"new"), tmp_path / "target", Stored(hashlib.sha256(b"old").hexdigest(), 3))


def test_a_full_disk_is_told_and_leaves_nothing_half(store: FolderStore, tmp_path: Path) -> None:
    path = write(tmp_path / "big.mp4", os.urandom(300_000))
    program = f"""
import pathlib, resource
from memory.artefacts import FolderStore
from memory.errors import TransientError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    FolderStore(pathlib.Path({str(store.root)!r})).put(pathlib.Path({str(path)!r}))
except TransientError as error:
    print(error)
"""

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert "big.mp4 cannot be stored" in shown.stdout
    assert "Free some disk space" in shown.stdout
    assert files_in(store) == []
    assert store.has(store.put(path).sha256)
