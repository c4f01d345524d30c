"""The sound of a source as speech models want it: 16 kHz, mono, on the source's own clock."""

import errno
import math
import mmap
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memory.errors import InputError, LimitError
from tools.video.probe import SourceLimits, first_audio, open_media

if TYPE_CHECKING:
    import av.audio.frame
    import av.container

SAMPLE_RATE_HZ = 16_000
ENERGY_STEP_S = 0.1
SILENCE_DB = -96.0  # what a stretch of digital silence is called: the floor of 16 bit sound
_GAP_S = 0.05  # holes in the time stamps longer than this are filled with silence; shorter ones are rounding
_OUTSIDE_S = 1.0  # time stamps further outside the source are not believed; encoders start a few hundredths of a second before 0
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Mono sound at 16 kHz. `samples` is int16 of shape (n,); sample 0 lies at 0 s of the source.

    The samples live in an unnamed temporary file, so hours of sound cost page cache and not memory; it goes with the last reference. Read
    them by `read` or `clip`, which hand the pages back.
    """

    samples: NDArray[np.int16]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    def clip(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """Return the samples from `start_s` to `end_s` as float32 in -1 to 1, clipped to the track."""
        return self.read(round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ))

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the samples `first` to `last` (excluded) as float32 in -1 to 1, clipped to the track."""
        first = max(0, first)
        piece = self.samples[first : max(first, last)].astype(np.float32) / 32768.0
        if isinstance(self.samples.base, mmap.mmap):
            self.samples.base.madvise(mmap.MADV_DONTNEED)  # else what was read counts as this process's memory until it ends
        return piece


def load_audio(path: Path) -> AudioTrack:
    """Decode the first audio stream in blocks; an empty track when there is none.

    Raises:
        InputError: The file cannot be opened, or its sound cannot be decoded.
        LimitError: No space for the temporary samples (32 kB a second).
    """
    import av

    try:
        with open_media(path) as container, tempfile.TemporaryFile(prefix="viralforge-audio-") as file:
            if first_audio(container) is None:
                return AudioTrack(np.zeros(0, dtype=np.int16))
            _write_samples(container, file)
            return _read_back(file)
    except av.FFmpegError as error:
        raise InputError(f"The sound of {path.name} cannot be decoded: {error.strerror}.", hint="Export the video again.") from error
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        raise LimitError("There is no space left for temporary sound.", hint="Free some disk space and try again.") from error


def _write_samples(container: "av.container.InputContainer", file: IO[bytes]) -> None:
    """Write int16 samples so that position in the file equals time in the source: holes become silence, overlaps are cut."""
    import av

    start_s = (container.start_time or 0) / av.time_base
    length_s = container.duration / av.time_base if container.duration else SourceLimits().max_duration_s
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    written = 0
    has_times = True
    for frame in _frames(container):
        skip = 0
        if frame.time is None or not -_OUTSIDE_S < frame.time - start_s < length_s + _OUTSIDE_S:
            has_times = False  # made up (seen in Ogg files) or hostile (hours of silence to write): the sound is taken as one piece
        elif has_times:
            hole = round((frame.time - start_s) * SAMPLE_RATE_HZ) - written
            if hole > _GAP_S * SAMPLE_RATE_HZ:
                written += _write_silence(file, hole)
            elif hole < -_GAP_S * SAMPLE_RATE_HZ:
                skip = -hole
        frame.pts = None
        for block in resampler.resample(frame):
            samples = block.to_ndarray().reshape(-1)[skip:]
            skip = 0
            file.write(samples.tobytes())
            written += len(samples)
    for block in resampler.resample(None):
        file.write(block.to_ndarray().tobytes())


def _frames(container: "av.container.InputContainer") -> Iterator["av.audio.frame.AudioFrame"]:
    """Decode audio frames. A packet that cannot be decoded is skipped, as players do; when that goes for all, the last error is raised."""
    import av

    frames = 0
    failure: av.FFmpegError | None = None
    for packet in container.demux(container.streams.audio[0]):
        try:
            decoded = packet.decode()
        except av.FFmpegError as error:
            failure = error
            continue
        frames += len(decoded)
        yield from decoded
    if failure is not None and not frames:
        raise failure


def _write_silence(file: IO[bytes], samples: int) -> int:
    block = bytes(2 * SAMPLE_RATE_HZ)
    for _ in range(samples // SAMPLE_RATE_HZ):
        file.write(block)
    file.write(block[: 2 * (samples % SAMPLE_RATE_HZ)])
    return samples


def _read_back(file: IO[bytes]) -> AudioTrack:
    file.flush()
    if file.tell() == 0:  # an empty file cannot be mapped
        return AudioTrack(np.zeros(0, dtype=np.int16))
    return AudioTrack(np.memmap(file, dtype=np.int16, mode="r"))


def measure_energy_db(track: AudioTrack) -> tuple[float, ...]:
    """RMS level in dBFS of each 100 ms (a full-scale square wave is 0), never below `SILENCE_DB`; the last step may be shorter."""
    step = round(ENERGY_STEP_S * SAMPLE_RATE_HZ)
    levels: list[float] = []
    for first in range(0, len(track.samples), step * 600):  # a minute at a time
        block = track.read(first, first + step * 600).astype(np.float64)
        for piece in np.split(block, range(step, len(block), step)):
            levels.append(_level_db(float(np.mean(piece * piece))))
    return tuple(levels)


def _level_db(mean_square: float) -> float:
    return round(max(SILENCE_DB, 10.0 * math.log10(mean_square)), 2) if mean_square > 0 else SILENCE_DB
