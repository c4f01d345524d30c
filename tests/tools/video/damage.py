"""Small valid files of many containers and codecs, and seeded ways to damage them: the material of `test_fuzz.py`."""

import random
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.ffmpeg import run_ffmpeg

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=10:d=1.6"]
_SOUND = ["-f", "lavfi", "-i", "sine=f=300:d=1.6:r=16000"]
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p"]
ORIGINALS: dict[str, list[str]] = {
    "h264.mp4": [*_PICTURE, *_SOUND, *_H264, "-c:a", "aac", "-movflags", "+faststart"],
    "last.mp4": [*_PICTURE, *_SOUND, *_H264, "-c:a", "libmp3lame"],
    "fragments.mp4": [*_PICTURE, *_SOUND, *_H264, "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"],
    "hevc.mp4": [*_PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p"],
    "mpeg4.mov": [*_PICTURE, *_SOUND, "-c:v", "mpeg4", "-c:a", "pcm_s16le"],
    "prores.mov": [*_PICTURE, "-c:v", "prores_ks", "-profile:v", "0"],
    "h264.mkv": [*_PICTURE, *_SOUND, *_H264, "-c:a", "libvorbis"],
    "mjpeg.mkv": [*_PICTURE, *_SOUND, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "flac"],
    "vp8.webm": [*_PICTURE, *_SOUND, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    "vp9.webm": [*_PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "mpeg2.ts": [*_PICTURE, *_SOUND, "-r", "25", "-c:v", "mpeg2video", "-c:a", "mp2"],
    "h264.ts": [*_PICTURE, *_SOUND, *_H264, "-c:a", "aac"],
    "mpeg4.avi": [*_PICTURE, *_SOUND, "-c:v", "mpeg4", "-c:a", "libmp3lame"],
    "raw.avi": ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=5:d=1.6", "-c:v", "rawvideo", "-pix_fmt", "yuv420p"],
    "sorenson.flv": [*_PICTURE, *_SOUND, "-c:v", "flv", "-ar", "22050", "-c:a", "libmp3lame"],
    "theora.ogg": [*_PICTURE, *_SOUND, "-c:v", "libtheora", "-c:a", "libvorbis"],
    "sound.mp3": [*_SOUND, "-c:a", "libmp3lame"],
    "sound.wav": [*_SOUND, "-c:a", "pcm_s16le"],
    "film.gif": ["-f", "lavfi", "-i", "testsrc2=s=96x72:r=5:d=1.6", "-c:v", "gif"],
    "picture.png": ["-f", "lavfi", "-i", "testsrc2=s=128x96", "-frames:v", "1", "-c:v", "png", "-f", "image2"],
}
_NUMBERS = (0, 1, 2, 7, 255, 65_535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_CODECS = (
    b"avc1",
    b"hvc1",
    b"hev1",
    b"mp4v",
    b"mp4a",
    b"apcn",
    b"jpeg",
    b"vp09",
    b"av01",
    b"twos",
    b"ac-3",
    b"FMP4",
    b"MJPG",
    b"H264",
    b"DX50",
)
_NAMES = (b"V_MPEG4/ISO/AVC", b"V_MJPEG", b"V_VP8", b"V_VP9", b"V_THEORA", b"A_VORBIS", b"A_OPUS", b"A_FLAC", b"A_AAC", b"V_MPEG2")
_LENGTHS = (b"moov", b"trak", b"mdia", b"stbl", b"stsd", b"avcC", b"hvcC", b"esds", b"mdat", b"moof", b"traf", b"trun", b"elst")
_TIMES = (b"mvhd", b"tkhd", b"mdhd", b"stts", b"ctts", b"elst", b"tfdt", b"stss", b"sidx")
_TABLES = (b"stsz", b"stco", b"stsc", b"trun", b"tfhd")
_FORMATS = (
    b"avc1",
    b"hev1",
    b"mp4v",
    b"mp4a",
    b"apco",
    b"strf",
    b"strh",
    b"fmt ",
    b"vids",
    b"sowt",
    b"hdlr",
    b"onMetaData",
    b"IHDR",
    b"\x01vorbis",
)


@dataclass(frozen=True, slots=True)
class Damaged:
    """One damaged file: `seed` makes it again from the same originals."""

    name: str
    seed: int
    content: bytes


def make_originals(folder: Path) -> dict[str, bytes]:
    """Write each small file once and return their bytes by name."""
    for name, arguments in ORIGINALS.items():
        run_ffmpeg([*arguments, "-fflags", "+bitexact", "-flags", "+bitexact", str(folder / name)], timeout_s=60)
    return {name: (folder / name).read_bytes() for name in ORIGINALS}


def damage(originals: dict[str, bytes], seed: int) -> Damaged:
    """One file with one to three kinds of damage, the same for the same seed."""
    draw = random.Random(seed)
    name = draw.choice(sorted(originals))
    content = bytearray(originals[name])
    kinds = [draw.choice(KINDS) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    for kind in kinds:
        content = kind(content, draw, originals)
    suffix = Path(name).suffix if draw.random() < 0.85 else draw.choice((".mp4", ".mkv", ".mov", ".txt", ""))
    return Damaged(f"{seed}-{'+'.join(kind.__name__.strip('_') for kind in kinds)}-{Path(name).stem}{suffix}", seed, bytes(content))


def _put(content: bytearray, at: int, piece: bytes) -> bytearray:
    content[at : at + len(piece)] = piece[: max(0, len(content) - at)]
    return content


def _number(draw: random.Random) -> bytes:
    value = draw.choice(_NUMBERS) if draw.random() < 0.7 else draw.getrandbits(32)
    return struct.pack(">I" if draw.random() < 0.6 else "<I", value)


def _after(content: bytearray, draw: random.Random, marks: tuple[bytes, ...], reach: int, *, back: int = 0) -> bytearray:
    """Write one to three numbers at most `reach` bytes after a mark (`back` bytes before it where given), or anywhere near the start."""
    places = [found.start() for mark in marks for found in re.finditer(re.escape(mark), content)]
    for _ in range(draw.randint(1, 3)):
        if not places:
            content = _put(content, draw.randrange(min(400, len(content)) or 1), _number(draw))
            continue
        place = draw.choice(places)
        content = _put(content, max(0, place - back) if back else place + 4 + draw.randrange(reach), _number(draw))
    return content


def _header(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    for _ in range(draw.randint(1, 24)):
        content = _put(content, draw.randrange(min(600, len(content)) or 1), bytes([draw.getrandbits(8)]))
    return content


def _scatter(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    for _ in range(draw.choice((3, 30, 300))):
        content = _put(content, draw.randrange(len(content) or 1), bytes([draw.getrandbits(8)]))
    return content


def _lengths(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Sizes of boxes and chunks; in Matroska sizes are written with their own length in front, here the longest there is."""
    if content[:4] == b"\x1aE\xdf\xa3":
        places = [
            found.end()
            for mark in (b"\x18S\x80g", b"\x16T\xaek", b"\x1fC\xb6u", b"\xae", b"\xe0", b"\xa3")
            for found in re.finditer(re.escape(mark), content)
        ]
        huge = draw.choice((b"\x01\xff\xff\xff\xff\xff\xff\xfe", b"\x08\x7f\xff\xff\xff", b"\x80", b"\xff", b"\x00"))
        return _put(content, draw.choice(places), huge) if places else content
    return _after(content, draw, _LENGTHS, 1, back=4)


def _times(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Time stamps, time bases and durations; in Matroska the scale, the duration and the clusters' times, in TS the clock references."""
    if content[:4] == b"\x1aE\xdf\xa3":
        places = [
            found.end() + 1
            for mark in (b"\x2a\xd7\xb1", b"\x44\x89", b"\xe7", b"\x23\xe3\x83")
            for found in re.finditer(re.escape(mark), content)
        ]
        return _put(content, draw.choice(places), _number(draw)) if places else content
    if content[:1] == b"G":
        for place in range(0, len(content) - 188, 188):
            if draw.random() < 0.2:
                content = _put(content, place + draw.randrange(4, 20), draw.randbytes(4))
        return content
    return _after(content, draw, _TIMES, 28)


def _tables(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    return _after(content, draw, _TABLES, 40)


def _shapes(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Dimensions, sample rates, channel counts, header fields of codecs."""
    return _after(content, draw, _FORMATS, 40)


def _codecs(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Another codec is named than the one inside."""
    for marks in (_CODECS, _NAMES):
        places = [(found.start(), mark) for mark in marks for found in re.finditer(re.escape(mark), content)]
        if places:
            place, mark = draw.choice(places)
            other = draw.choice(marks)
            return _put(content, place, other[: len(mark)].ljust(len(mark), b"\0"))
    return _header(content, draw, originals)


def _truncated(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    return content[: draw.randrange(len(content) or 1)]


def _zeroed(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    start = draw.randrange(len(content) or 1)
    return _put(content, start, bytes(draw.choice((16, 256, 4096, len(content)))))


def _cut_out(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    start = draw.randrange(len(content) or 1)
    del content[start : start + draw.choice((1, 7, 188, 2000))]
    return content


def _doubled(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    start = draw.randrange(len(content) or 1)
    piece = content[start : start + draw.choice((4, 188, 3000))]
    content[start:start] = piece * draw.choice((1, 5))
    return content


def _spliced(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """A part of another file is put in, in place of as much or in between."""
    other = originals[draw.choice(sorted(originals))]
    start, length = draw.randrange(len(other)), draw.choice((32, 500, 5000))
    at = draw.randrange(len(content) or 1)
    content[at : at + (length if draw.random() < 0.5 else 0)] = other[start : start + length]
    return content


def _joined(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Two files, one after the other, or one file's head on the other's body."""
    other = originals[draw.choice(sorted(originals))]
    cut = draw.choice((len(content), 64, 1000))
    return content[:cut] + other[0 if cut == len(content) else cut :]


def _noise(content: bytearray, draw: random.Random, originals: dict[str, bytes]) -> bytearray:
    """Noise after a valid beginning, or nothing but noise, or nothing."""
    keep = draw.choice((0, 4, 12, 40, 300))
    return content[:keep] + draw.choice((b"", draw.randbytes(3000), b"\xff" * 3000, b"\0" * 3000))


KINDS: tuple[Callable[[bytearray, random.Random, dict[str, bytes]], bytearray], ...] = (
    _header, _scatter, _lengths, _lengths, _times, _times, _times, _tables, _shapes, _shapes, _shapes, _codecs, _codecs, _truncated,
    _zeroed, _cut_out, _doubled, _spliced, _joined, _noise,
)  # fmt: skip
