"""What a source shows: shots, motion, faces and text, from one look at it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.video.faces import FaceDetector, FaceFinder, FaceTrack
from tools.video.frames import Change, RawFrame, watch
from tools.video.media import Inset, Probe, Span, TextArea
from tools.video.shots import ShotConfig, ShotFinder
from tools.video.texts import TextFinder
from tools.video.windows import WindowFinder


@dataclass(frozen=True, slots=True)
class Picture:
    """`shots` cover 0 to the duration without gaps; `motion` as in `Analysis`; `faces` were sampled a few times a second."""

    shots: tuple[Span, ...]
    motion: tuple[float, ...]
    faces: FaceTrack
    texts: tuple[TextArea, ...]
    insets: tuple[Inset, ...]


def see(
    path: Path,
    probe: Probe,
    detector: FaceDetector,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
    config: ShotConfig | None = None,
) -> Picture:
    """Look through the first video stream.

    Raises:
        InputError: The picture cannot be read.
        LimitError: It took far longer than the video lasts.
    """
    config = config or ShotConfig()
    eyes = _Eyes(probe, detector, config)
    watch(path, probe, eyes.change, eyes.frame, on_progress=on_progress, cut_threshold=config.threshold)
    return Picture(eyes.shots.shots, eyes.shots.motion, eyes.faces.finish(), eyes.texts.finish(), eyes.windows.finish())


class _Eyes:
    """Hands what `watch` gives to those who look for something in it."""

    def __init__(self, probe: Probe, detector: FaceDetector, config: ShotConfig) -> None:
        self.shots = ShotFinder(probe.duration_s, config)
        self.faces = FaceFinder(probe, detector)
        self.texts = TextFinder(probe)
        self.windows = WindowFinder(probe)
        self._starts_shot = False  # the next small picture is the first of its shot

    def change(self, change: Change) -> None:
        self._starts_shot = self.shots.add(change) or self._starts_shot

    def frame(self, frame: RawFrame) -> None:
        self.windows.add(frame, starts_shot=self._starts_shot)
        if self.faces.add(frame, starts_shot=self._starts_shot):
            self.windows.see(self.faces.newest)
        self.texts.add(frame, starts_shot=self._starts_shot)
        self._starts_shot = False
