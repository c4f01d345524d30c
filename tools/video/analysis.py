"""Everything the edit is made from: sound and picture of a source, looked at side by side.

The result depends on the file alone (but for `timings_s`), and a source without speech, faces or sound is analysed like any other.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.errors import StoppedError, TransientError
from tools.video.audio import load_audio, measure_energy_db
from tools.video.beats import find_beats
from tools.video.faces import FaceTrack, look_again
from tools.video.hearing import listen
from tools.video.media import Analysis, FaceSample, Inset, Probe, SoundEvent, Span, TextArea, Word
from tools.video.picture import see
from tools.video.probe import SourceLimits, check_source, probe
from tools.video.sounds import find_sounds
from tools.video.transcribe import Transcriber, transcribe
from tools.video.vad import speech_chunks, speech_probabilities, speech_spans

_REPORT_S = 0.2  # between two reports of progress
_SHARES = {"sound": 0.35, "picture": 0.65}  # of the work, for progress


@dataclass(slots=True)
class _Board:
    """What the two workers tell the caller: how far they are, how long stages took, what stood aside. Also how they are told to stop."""

    shares: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_SHARES, 0.0))
    stages: dict[str, str] = field(default_factory=dict)
    timings_s: dict[str, float] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=lambda: {part: [] for part in _SHARES})
    stop: threading.Event = field(default_factory=threading.Event)

    def report(self, part: str, share: float) -> None:
        if self.stop.is_set():
            raise StoppedError("The analysis was stopped.")
        self.shares[part] = share

    @contextmanager
    def stage(self, part: str, name: str, words: str) -> Iterator[None]:
        self.stages[part] = words
        started = time.monotonic()
        yield
        self.timings_s[name] = round(time.monotonic() - started, 3)

    def state(self) -> tuple[float, str]:
        share = sum(_SHARES[part] * done for part, done in self.shares.items())
        return share, " and ".join(self.stages[part] for part in sorted(self.stages) if self.shares[part] < 1.0) or "finishing"


@dataclass(frozen=True, slots=True)
class _Sound:
    speech: tuple[Span, ...] = ()
    words: tuple[Word, ...] = ()
    energy_db: tuple[float, ...] = ()
    sounds: tuple[SoundEvent, ...] = ()
    beats_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Picture:
    shots: tuple[Span, ...]
    motion: tuple[float, ...]
    faces: tuple[FaceSample, ...]
    texts: tuple[TextArea, ...]
    insets: tuple[Inset, ...]


def warm_up() -> None:
    """Import what analysis needs, so that a worker does it once before it forks. Starts no session and no thread."""
    import av
    import cv2
    import onnxruntime
    import pocketsphinx
    import tokenizers  # noqa: F401

    av.logging.set_level(av.logging.PANIC)  # what matters of FFmpeg's complaints is in the errors we raise
    cv2.setNumThreads(0)
    onnxruntime.get_available_providers()
    pocketsphinx.get_model_path()


def analyse(
    path: Path,
    *,
    on_progress: Callable[[float, str], None] = lambda share, stage: None,
    transcriber: Transcriber | None = None,
    limits: SourceLimits | None = None,
    second_detector: bool = True,
    with_words: bool = True,
) -> Analysis:
    """Analyse a video file.

    Args:
        path: The file.
        on_progress: Called in the calling thread a few times a second with the share done (0 to 1) and the stages under way. What it
            raises stops the analysis and is passed on.
        transcriber: Another recogniser than Moonshine tiny.
        limits: Other limits of size and length than the usual ones.
        with_words: Write down what is said; without, speech is still found.
        second_detector: Let MediaPipe look at shots in which the first face detector saw nobody, where MediaPipe can run.

    Raises:
        InputError: Not a video we can work with; says why.
        LimitError: No disk space for temporary sound, or a stage took far too long.
    """
    board = _Board()
    with board.stage("picture", "probe", "opening the file"):
        source = probe(path)
        check_source(source, limits)
    with ThreadPoolExecutor(2, thread_name_prefix="analysis") as pool:
        sound = pool.submit(_listen, path, source, board, transcriber, with_words)
        picture = pool.submit(_watch, path, source, board, second_detector)
        try:
            _follow(sound, picture, board, on_progress)
            heard, seen = sound.result(), picture.result()
        except BaseException:
            board.stop.set()  # or leaving the pool would wait for the other part
            raise
    on_progress(1.0, "analysed")
    return Analysis(
        probe=source, speech=heard.speech, words=heard.words, shots=seen.shots, faces=seen.faces, energy_db=heard.energy_db,
        motion=seen.motion, sounds=heard.sounds, beats_s=heard.beats_s, texts=seen.texts, insets=seen.insets,
        notes=(*board.notes["sound"], *board.notes["picture"]), timings_s=dict(sorted(board.timings_s.items())),
    )  # fmt: skip


def _follow(sound: Future[_Sound], picture: Future[_Picture], board: _Board, on_progress: Callable[[float, str], None]) -> None:
    """Report until both parts ended or one failed."""
    running: set[Future[Any]] = {sound, picture}
    while running:
        done, running = wait(running, timeout=_REPORT_S)
        for future in done:
            future.result()
        on_progress(*board.state())


def _listen(path: Path, source: Probe, board: _Board, transcriber: Transcriber | None, with_words: bool) -> _Sound:
    if not source.has_audio:
        board.notes["sound"].append("The video has no sound.")
        board.report("sound", 1.0)
        return _Sound()
    with board.stage("sound", "audio", "reading the sound"):
        track = load_audio(path)
        energy_db = measure_energy_db(track)
    board.report("sound", 0.1)
    with board.stage("sound", "speech", "listening for speech"):
        probabilities = speech_probabilities(track)
        speech = speech_spans(probabilities, track.duration_s)
    board.report("sound", 0.2)
    with board.stage("sound", "sounds", "listening for laughter, applause and music"):
        hearing = listen(track)
        sounds = find_sounds(track, hearing)
        beats_s = find_beats(hearing, sounds)
    board.report("sound", 0.25)
    words: tuple[Word, ...] = ()
    if with_words:
        with board.stage("sound", "words", "writing down the words"):
            chunks = speech_chunks(speech, probabilities)
            words = transcribe(track, chunks, transcriber=transcriber, on_progress=lambda share: board.report("sound", 0.25 + 0.74 * share))
    if not speech:
        board.notes["sound"].append("Nobody speaks in this video.")
    elif with_words and not words:
        board.notes["sound"].append("There is a voice, but no words could be made out.")
    board.report("sound", 1.0)
    return _Sound(speech, words, energy_db, sounds, beats_s)


def _watch(path: Path, source: Probe, board: _Board, second_detector: bool) -> _Picture:
    from tools.video.faces_yunet import YuNet

    with board.stage("picture", "picture", "looking at the picture"):
        seen = see(path, source, YuNet(), on_progress=lambda share: board.report("picture", 0.95 * share))
    faces = seen.faces.samples
    if second_detector and seen.faces.unseen:
        with board.stage("picture", "faces_again", "looking for faces again"):
            faces = _second_look(seen.faces, source, board)
    if not any(sample.boxes for sample in faces):
        board.notes["picture"].append("No face was found in this video.")
    board.report("picture", 1.0)
    return _Picture(seen.shots, seen.motion, faces, seen.texts, seen.insets)


def _second_look(track: FaceTrack, source: Probe, board: _Board) -> tuple[FaceSample, ...]:
    from tools.video.faces_mediapipe import MediaPipe, missing_libraries

    reason = missing_libraries()
    if reason is None:
        try:
            with MediaPipe() as detector:
                return look_again(track, detector, source)
        except TransientError as error:
            reason = error.message
    board.notes["picture"].append(f"The second face detector stood aside: {reason}")
    return track.samples
