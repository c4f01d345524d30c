"""The artefact store: files by content hash. One folder today; the Protocol is what an S3 store will implement."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from memory.errors import InputError, TransientError

_BLOCK_BYTES = 1 << 20
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")  # others come from odd file names and help no tool


class Stored(NamedTuple):
    sha256: str
    size_bytes: int


@runtime_checkable
class ArtefactStore(Protocol):
    """Content goes in once and never changes; its hash is its name."""

    def put(self, path: Path) -> Stored:
        """Keep a copy of the file."""
        ...

    def local(self, sha256: str, suffix: str = "") -> Path:
        """A readable local path of the content, named with `suffix` where a tool needs one; never write to it."""
        ...

    def has(self, sha256: str) -> bool: ...


class FolderStore:
    """A content-addressed folder: `ab/abcdef…`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: Path) -> Stored:
        stored = hash_file(path)
        target = self._path(stored.sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
            try:
                _copy(path, temporary, stored)
                os.replace(temporary, target)
            except TransientError:
                temporary.unlink(missing_ok=True)
                raise
            except OSError as error:
                temporary.unlink(missing_ok=True)
                raise TransientError(
                    f"{path.name} cannot be stored: {error.strerror}.", hint="Free some disk space and try again."
                ) from error
        return stored

    def local(self, sha256: str, suffix: str = "") -> Path:
        path = self._path(sha256)
        if not path.exists():
            raise InputError(f"the artefact {sha256[:12]}… is not in the store.")
        if not _SUFFIX.fullmatch(suffix):
            return path
        named = path.with_name(path.name + suffix)
        if not named.exists():
            try:
                os.link(path, named)
            except FileExistsError:
                pass
            except OSError:
                shutil.copyfile(path, named)
        return named

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise InputError(f"{sha256!r} is not a content hash.")
        return self.root / sha256[:2] / sha256


def hash_file(path: Path) -> Stored:
    """SHA-256 and size of a file, read in blocks.

    Raises:
        InputError: It cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Check that the file exists and that you may read it."
        ) from error
    return Stored(digest.hexdigest(), size)


def _copy(path: Path, target: Path, expected: Stored) -> None:
    """Copy with fsync. Not a hard link: the owner may go on to edit the original in place.

    Raises:
        TransientError: The file changed since it was hashed.
    """
    target.unlink(missing_ok=True)
    digest = hashlib.sha256()
    with path.open("rb") as source, target.open("wb") as copy:
        while block := source.read(_BLOCK_BYTES):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    if digest.hexdigest() != expected.sha256:
        raise TransientError(f"{path.name} changed while it was read.", hint="Send it again when it is finished.")
