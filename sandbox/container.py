"""Look into an uploaded file the way a platform's ingest does: container by its magic, length and picture size from its headers."""

import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

EBML_MAGIC = b"\x1a\x45\xdf\xa3"
EBML_MASTERS = {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0}  # Segment, Info, Tracks, TrackEntry, Video
HEADER_LIMIT = 16 * 1024 * 1024  # bytes of a moov box read at most


@dataclass(frozen=True)
class Container:
    """What the headers say; zero where they say nothing."""

    kind: str  # "mp4" | "webm"
    duration_s: float = 0.0
    width: int = 0
    height: int = 0

    def to_doc(self) -> dict[str, Any]:
        return asdict(self)


def probe(path: Path) -> Container | None:
    """Return the container of a file, or None when its magic is neither MP4/MOV nor Matroska/WebM."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] == b"ftyp":
            return _probe_mp4(file)
        if head[:4] == EBML_MAGIC:
            file.seek(0)
            return _probe_webm(file.read(1024 * 1024))
    return None


def _probe_mp4(file: BinaryIO) -> Container:
    moov = _find_moov(file)
    duration, width, height = 0.0, 0, 0
    for name, box in _boxes(moov):
        if name == b"mvhd" and len(box) >= 32:
            wide = box[0] == 1  # version 1 has 64-bit times; ISO/IEC 14496-12, 8.2.2
            scale, ticks = struct.unpack_from(">IQ", box, 20) if wide else struct.unpack_from(">II", box, 12)
            duration = ticks / scale if scale else 0.0
        if name == b"trak":
            for inner, header in _boxes(box):
                if inner == b"tkhd" and len(header) >= 84:
                    w, h = (value >> 16 for value in struct.unpack(">II", header[-8:]))
                    width, height = max(width, w), max(height, h)
    return Container("mp4", duration, width, height)


def _find_moov(file: BinaryIO) -> bytes:
    """Return the body of the top-level moov box; empty when there is none, as in a truncated file."""
    file.seek(0, 2)
    end, at = file.tell(), 0
    while at + 8 <= end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        body = at + 8
        if size == 1:
            size, body = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], at + 16
        if name == b"moov":
            return file.read(min(size - (body - at), HEADER_LIMIT)) if size >= body - at else b""
        if size < 8:
            break
        at += size
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size < 8:
            return
        yield name, data[at + 8 : at + size]
        at += size


def _probe_webm(data: bytes) -> Container:
    found: dict[int, bytes] = {}
    _walk_ebml(data, found)
    scale = int.from_bytes(found.get(0x2AD7B1, (1_000_000).to_bytes(3, "big")), "big")  # TimestampScale, ns
    raw = found.get(0x4489, b"")  # Duration, a float in units of the scale
    ticks = struct.unpack(">d" if len(raw) == 8 else ">f", raw)[0] if len(raw) in (4, 8) else 0.0
    width, height = (int.from_bytes(found.get(key, b""), "big") for key in (0xB0, 0xBA))
    return Container("webm", ticks * scale / 1e9, width, height)


def _walk_ebml(data: bytes, found: dict[int, bytes]) -> None:
    """Collect the leaf elements of the headers; stops quietly where the data ends."""
    at = 0
    while at < len(data) and data[at]:
        id_length = 9 - data[at].bit_length()
        key = int.from_bytes(data[at : at + id_length], "big")
        at += id_length
        if at >= len(data) or not data[at]:
            return
        size_length = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + size_length], "big") & ((1 << (7 * size_length)) - 1)
        at += size_length
        body = data[at : at + size]
        if key in EBML_MASTERS:
            _walk_ebml(body, found)
        else:
            found.setdefault(key, body)
        at += size
