"""What a file is, before anything expensive is done with it: the gate for bad input.

Reads the container by PyAV (a few milliseconds) and decodes the first frames, because a container may promise what is not there.
"""

import os
import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from memory.errors import InputError
from tools.video.media import Probe

if TYPE_CHECKING:
    import av.audio.stream
    import av.container
    import av.video.frame
    import av.video.stream

_WHAT_WORKS = "Send a video file such as MP4, MOV, MKV or WebM."
_CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,wav,mp3,flac,aac,gif,image2,jpeg_pipe,png_pipe,webp_pipe"
MAX_DECODED_PX = 2 * 7680 * 4320
INPUT_OPTIONS = ("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS)  # for ffmpeg, what `open_media` allows
_TRY_FRAMES = 3  # decoded at the start
_TAIL_S = 5.0  # how much of the end is looked at for truncation
_MISSING_SHARE = 0.05  # an end that lacks more than this share of the length, and more than `_MISSING_S`, is truncation
_MISSING_S = 2.0
_PICTURES = frozenset({"mjpeg", "png", "gif", "bmp", "webp", "tiff"})  # codecs of still pictures; a video of one frame in them is a picture
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What we take on. The defaults let a workstation with two cores finish within hours and 2 GiB of memory."""

    max_duration_s: float = 4 * 3600.0
    min_duration_s: float = 1.0
    max_long_side_px: int = 7680
    max_short_side_px: int = 4320
    max_size_bytes: int = 20 * _GIB
    min_side_px: int = 64


def probe(path: Path) -> Probe:
    """Look at a media file and prove that its first frames decode.

    A file with sound only is described with `has_video` False; whether that is acceptable is the caller's to say (`check_source`).

    Raises:
        InputError: Not a readable media file: missing, a folder, a web address, empty, cut off, damaged, or of another kind.
    """
    import av

    size_bytes = _check_file(path)
    try:
        with open_media(path) as container:
            found = _describe(container, size_bytes, path.name)
            _check_end(container, found, path.name)
    except av.FFmpegError as error:
        raise _unreadable(path, error) from error
    return found


def open_media(path: Path) -> "av.container.InputContainer":
    """Open a media file for reading with PyAV, which raises `av.FFmpegError`.

    Only real containers on this disk: a playlist is a text that makes FFmpeg read other files and addresses, so it is refused here. The
    path is made absolute, because FFmpeg reads a name such as `concat:a|b` as a protocol.
    """
    import av

    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    return av.open(str(path.absolute()), options=options, metadata_errors="replace")  # old files have titles that are not UTF-8


def check_source(found: Probe, limits: SourceLimits | None = None) -> None:
    """Refuse what cannot become a short.

    Raises:
        InputError: No picture, too short, too long, too large; the message names the value and the limit.
    """
    limits = limits or SourceLimits()
    short, long = sorted((found.width_px, found.height_px))
    if not found.has_video:
        raise InputError("This file has sound but no picture.", hint=_WHAT_WORKS)
    if found.duration_s < limits.min_duration_s:
        raise InputError(f"The video lasts {found.duration_s:.2f} s; at least {limits.min_duration_s:g} s are needed.")
    if found.duration_s > limits.max_duration_s:
        hours = f"{found.duration_s / 3600:.1f} hours long; the limit is {limits.max_duration_s / 3600:g} hours"
        raise InputError(f"The video is {hours}.", hint="Cut it into parts and send them one by one.")
    if long > limits.max_long_side_px or short > limits.max_short_side_px:
        most = f"{limits.max_long_side_px}x{limits.max_short_side_px}"
        raise InputError(f"The picture is {found.width_px}x{found.height_px}; the limit is {most}.", hint="Export it at 4K or less.")
    if short < limits.min_side_px:
        raise InputError(f"The picture is {found.width_px}x{found.height_px}; its sides must be at least {limits.min_side_px} pixels.")
    if found.size_bytes > limits.max_size_bytes:
        sizes = f"{found.size_bytes / _GIB:.1f} GiB; the limit is {limits.max_size_bytes / _GIB:g} GiB"
        raise InputError(f"The file has {sizes}.", hint="Export it at a lower bit rate.")


def _check_file(path: Path) -> int:
    """Return the size in bytes of a regular, readable, non-empty file."""
    text = str(path)
    if "://" in text or urlsplit(text).scheme in {"http", "https", "ftp", "rtmp"}:  # Path() turns https:// into https:/
        raise InputError(f"{text} is a web address, not a file.", hint="Download the video and give the path of the file.")
    try:
        if path.is_dir():
            raise InputError(f"{path.name} is a folder.", hint="Give the path of one video file.")
        if not path.exists():
            raise InputError(f"There is no file {text}.", hint="Check the path.")
        if not path.is_file():
            raise InputError(f"{path.name} is not an ordinary file.", hint=_WHAT_WORKS)
        with path.open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
    except OSError as error:  # a name too long, a folder on the way that may not be entered
        reason = error.strerror or "unknown reason"
        raise InputError(f"{text[:200]} cannot be read: {reason}.", hint="Allow reading it (chmod +r) or copy it elsewhere.") from error
    if size_bytes == 0:
        raise InputError(f"{path.name} is empty (0 bytes).", hint="The upload or download was not finished; send it again.")
    return size_bytes


def _unreadable(path: Path, error: Exception) -> InputError:
    if _lacks_index(path):
        return InputError(f"{path.name} is cut off: its index is missing.", hint="The upload or recording was not finished; send it again.")
    return InputError(f"{path.name} is not a video that can be read ({_reason(error)}).", hint=_WHAT_WORKS)


def _reason(error: Exception) -> str:
    """FFmpeg's word for it; where a parser gives up without one it comes as "Operation not permitted"."""
    if isinstance(error, PermissionError):
        return "its data is damaged"
    return getattr(error, "strerror", None) or str(error)


def _lacks_index(path: Path) -> bool:
    """Whether an MP4 or MOV has no `moov` box among its top-level boxes (a 32 bit size, a name, and a 64 bit size when the first is 1)."""
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        position = 0
        names: list[bytes] = []
        while position + 8 <= end and len(names) < 1000:
            file.seek(position)
            size, name, long_size = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
            names.append(name)
            size = long_size if size == 1 else size
            if size < 8:
                break
            position += size
    return names[:1] == [b"ftyp"] and b"moov" not in names


def _describe(container: "av.container.InputContainer", size_bytes: int, name: str) -> Probe:
    video = first_video(container)
    audio = first_audio(container)
    if video is None and audio is None:
        raise InputError(f"{name} has neither picture nor sound.", hint=_WHAT_WORKS)
    sound = Probe(
        _duration_s(container), 0, 0, 0.0, 0, False, audio is not None,
        audio_codec=audio.codec_context.name if audio else "",
        sample_rate_hz=(audio.codec_context.sample_rate or 0) if audio else 0,
        audio_channels=audio.codec_context.channels if audio else 0,
        size_bytes=size_bytes,
    )  # fmt: skip
    if video is None:
        return sound
    if video.codec_context.width * video.codec_context.height > MAX_DECODED_PX:  # a small file may ask for gigabytes of memory
        raise InputError(
            f"The picture of {name} is {video.codec_context.width}x{video.codec_context.height}.", hint="Export it at 4K or less."
        )
    first, count = _first_frames(container, video, name)
    if container.format.name.endswith("_pipe") or (video.codec_context.name in _PICTURES and count == 1):
        raise InputError(f"{name} is a picture, not a video.", hint=_WHAT_WORKS)
    rotation_deg = round(-first.rotation) % 360  # PyAV counts anticlockwise
    width_px, height_px = _displayed(video, first, rotation_deg)
    return replace(
        sound, width_px=width_px, height_px=height_px, fps=round(float(_fps(video)), 4), rotation_deg=rotation_deg, has_video=True,
        video_codec=video.codec_context.name, is_variable_fps=_is_variable(video),
    )  # fmt: skip


def first_video(container: "av.container.InputContainer") -> "av.video.stream.VideoStream | None":
    """The first video stream that is not a cover picture (what ffmpeg calls `0:V:0`); None when nothing here decodes it."""
    stream = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    return stream if stream is not None and stream.codec_context is not None else None


def first_audio(container: "av.container.InputContainer") -> "av.audio.stream.AudioStream | None":
    """The first audio stream (`0:a:0`); None when nothing here decodes it."""
    stream = next(iter(container.streams.audio), None)
    return stream if stream is not None and stream.codec_context is not None else None


def _is_cover(stream: "av.video.stream.VideoStream") -> bool:
    """Whether it is the cover picture of a song."""
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _duration_s(container: "av.container.InputContainer") -> float:
    import av

    if container.duration:
        return container.duration / av.time_base
    lengths = [float(stream.duration * stream.time_base) for stream in container.streams if stream.duration and stream.time_base]
    return max(lengths, default=0.0) or _last_packet_s(container)


def _last_packet_s(container: "av.container.InputContainer") -> float:
    """Length by reading every packet, for containers that do not say (a WebM from a browser's recorder)."""
    last_s = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            last_s = max(last_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    _rewind(container)
    return last_s


def _first_frames(
    container: "av.container.InputContainer", video: "av.video.stream.VideoStream", name: str
) -> "tuple[av.video.frame.VideoFrame, int]":
    """Decode a few frames and return the first and how many came; the container is rewound."""
    import av

    first: av.VideoFrame | None = None
    count = 0
    try:
        for frame in container.decode(video):
            first, count = first or frame, count + 1
            if count >= _TRY_FRAMES:
                break
    except av.FFmpegError as error:
        if first is None:
            raise InputError(f"The picture of {name} cannot be decoded ({_reason(error)}).", hint="Export it as MP4 (H.264).") from error
        count += 1  # damage, not the end
    if first is None:
        raise InputError(f"{name} holds no picture that can be decoded.", hint="It may be cut off; send it again.")
    _rewind(container)
    return first, count


def _rewind(container: "av.container.InputContainer") -> None:
    """Back to the start, or to the first place there is: an FLV whose stamps begin later has nothing at 0 to go back to."""
    import av

    try:
        container.seek(0)
    except av.FFmpegError:
        container.seek(0, backward=False)


def _displayed(video: "av.video.stream.VideoStream", frame: "av.video.frame.VideoFrame", rotation_deg: int) -> tuple[int, int]:
    """Size in square pixels, upright."""
    ratio = video.sample_aspect_ratio or Fraction(1)
    width_px, height_px = round(frame.width * ratio) if ratio > 0 else frame.width, frame.height
    return (height_px, width_px) if rotation_deg in (90, 270) else (width_px, height_px)


def _fps(video: "av.video.stream.VideoStream") -> Fraction:
    return video.average_rate or video.guessed_rate or Fraction(0)


def _is_variable(video: "av.video.stream.VideoStream") -> bool:
    """Whether frames come unevenly: the average rate and the base rate of the stream differ by more than rounding."""
    average, base = video.average_rate, video.base_rate
    return average is not None and base is not None and average > 0 and abs(float(base / average) - 1.0) > 0.01


def _check_end(container: "av.container.InputContainer", found: Probe, name: str) -> None:
    """Seek to the end and see that packets are there, whole: a file cut off in the middle keeps its header's length."""
    import av

    if found.duration_s < _TAIL_S:
        return
    last_s = 0.0
    start_s = (container.start_time or 0) / av.time_base
    try:
        container.seek(int((start_s + found.duration_s - _TAIL_S) * av.time_base))
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None and not packet.is_corrupt:
                last_s = max(last_s, float((packet.pts + (packet.duration or 0)) * packet.time_base) - start_s)
    except av.FFmpegError:
        pass  # what was read before the damage tells
    missing_s = found.duration_s - last_s
    if missing_s > max(_MISSING_S, _MISSING_SHARE * found.duration_s):
        raise InputError(
            f"{name} is cut off: it says {found.duration_s:.1f} s and the last {missing_s:.1f} s are missing.",
            hint="The upload or download was not finished; send it again.",
        )
