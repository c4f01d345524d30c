"""Faces over time: which moments are looked at, reading small pictures of them once, and what a face detector is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError
from tools.video.media import FaceBox, FaceSample, Probe, Span
from tools.video.probe import first_video, open_media

if TYPE_CHECKING:
    import av.container
    import av.video.frame

SAMPLES_PER_S = 3.0
MAX_UNSEEN = 60  # 0.7 MB each
_AREA_PX = 640 * 360  # of the small pictures: YuNet takes 7 ms and still finds faces 1/30 of the width wide


class FaceDetector(Protocol):
    """Finds faces in one picture."""

    name: str

    def detect(self, frame_bgr: NDArray[np.uint8]) -> list[FaceBox]:
        """Return boxes in pixels of the given picture (uint8, shape (height, width, 3), blue first), in any order."""
        ...


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """An upright small picture, uint8 BGR of shape (height, width, 3); `scale` turns its pixels into those of the displayed source."""

    time_s: float
    picture: NDArray[np.uint8]
    scale: float


def sample_times(duration_s: float, shots: tuple[Span, ...], per_s: float = SAMPLES_PER_S) -> tuple[float, ...]:
    """Moments to look at: a steady grid, and the first frame of every shot (the crop must be right from its first frame)."""
    if per_s <= 0:
        raise InputError(f"per_s {per_s} must be greater than 0.")
    grid = (index / per_s for index in range(int(duration_s * per_s) + 1))
    times = sorted({round(time_s, 3) for time_s in (*grid, *(shot.start_s for shot in shots)) if time_s < duration_s})
    return tuple(times) or (0.0,)


def read_frames(path: Path, probe: Probe, times: tuple[float, ...]) -> Iterator[SmallFrame]:
    """Yield one small picture per moment (the first frame at or after it), decoding the file once; one picture is held at a time.

    Frames no other frame needs are not decoded, so a moment may be met a frame or two late; a moment after the last frame yields nothing.

    Raises:
        InputError: The file cannot be opened or decoded.
    """
    import av

    width_px, height_px = small_size(probe)
    try:
        with open_media(path) as container:
            start_s = (container.start_time or 0) / av.time_base
            next_index = 0
            for frame in _decode(container):
                time_s = (frame.time or 0.0) - start_s
                if next_index < len(times) and time_s >= times[next_index] - 0.001:
                    yield SmallFrame(round(max(0.0, time_s), 3), _upright(frame, width_px, height_px, probe), probe.width_px / width_px)
                    while next_index < len(times) and times[next_index] <= time_s + 0.001:
                        next_index += 1
                if next_index >= len(times):
                    return
    except av.FFmpegError as error:
        raise InputError(f"The picture of {path.name} cannot be decoded: {error.strerror}.", hint="Export the video again.") from error


def _decode(container: "av.container.InputContainer") -> Iterator["av.video.frame.VideoFrame"]:
    """Decode what is needed; a damaged packet is skipped, as players do."""
    import av

    stream = first_video(container)
    if stream is None:
        return
    stream.thread_type = "AUTO"
    stream.codec_context.skip_frame = "NONREF"
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames


def small_size(probe: Probe) -> tuple[int, int]:
    """Upright size of the small pictures: the area of 640x360 in the shape of the source, even, never enlarged."""
    scale = min(1.0, (_AREA_PX / (probe.width_px * probe.height_px)) ** 0.5)
    return max(2, round(probe.width_px * scale / 2) * 2), max(2, round(probe.height_px * scale / 2) * 2)


def _upright(frame: "av.video.frame.VideoFrame", width_px: int, height_px: int, probe: Probe) -> NDArray[np.uint8]:
    turned = probe.rotation_deg in (90, 270)
    width, height = (height_px, width_px) if turned else (width_px, height_px)
    picture = frame.reformat(width=width, height=height, format="bgr24", interpolation="AREA").to_ndarray()
    return np.ascontiguousarray(np.rot90(picture, -probe.rotation_deg // 90))


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """`samples` in order of time; `unseen` has one small picture of each shot without a face (at most `MAX_UNSEEN`), for a second look."""

    samples: tuple[FaceSample, ...]
    unseen: tuple[SmallFrame, ...]


def find_faces(
    path: Path,
    probe: Probe,
    shots: tuple[Span, ...],
    detector: FaceDetector,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> FaceTrack:
    """Sample the picture a few times a second and look for faces. Boxes are in pixels of the displayed source, largest first."""
    samples: list[FaceSample] = []
    unseen: list[SmallFrame] = []
    shot = 0
    candidate: SmallFrame | None = None  # a picture near the middle of the present shot, as long as no face was seen in it
    seen = False
    for frame in read_frames(path, probe, sample_times(probe.duration_s, shots)):
        while shot + 1 < len(shots) and frame.time_s >= shots[shot].end_s - 0.001:
            unseen.extend([candidate] if candidate and not seen and len(unseen) < MAX_UNSEEN else [])
            shot, candidate, seen = shot + 1, None, False
        sample = look(frame, detector, probe)
        seen = seen or bool(sample.boxes)
        if candidate is None or frame.time_s <= (shots[shot].start_s + shots[shot].end_s) / 2:
            candidate = frame
        samples.append(sample)
        on_progress(min(1.0, frame.time_s / probe.duration_s))
    unseen.extend([candidate] if candidate and not seen and len(unseen) < MAX_UNSEEN else [])
    return FaceTrack(tuple(samples), tuple(unseen))


def look_again(track: FaceTrack, detector: FaceDetector, probe: Probe) -> tuple[FaceSample, ...]:
    """Return the samples with what another detector finds in the shots where the first one saw nobody."""
    found = {frame.time_s: look(frame, detector, probe) for frame in track.unseen}
    return tuple(found.get(sample.time_s, sample) for sample in track.samples)


def look(frame: SmallFrame, detector: FaceDetector, probe: Probe) -> FaceSample:
    """Detect in one small picture and give the boxes in source pixels, cut at the picture's edge."""
    boxes = [box for found in detector.detect(frame.picture) if (box := _in_source(found, frame.scale, probe)) is not None]
    return FaceSample(frame.time_s, tuple(sorted(boxes, key=lambda box: -box.width_px * box.height_px)))


def _in_source(box: FaceBox, scale: float, probe: Probe) -> FaceBox | None:
    left, top = max(0.0, box.x_px * scale), max(0.0, box.y_px * scale)
    right = min(float(probe.width_px), (box.x_px + box.width_px) * scale)
    bottom = min(float(probe.height_px), (box.y_px + box.height_px) * scale)
    if right - left < 2 or bottom - top < 2:
        return None
    return FaceBox(round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1), round(box.score, 3))
