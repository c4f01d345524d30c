"""Two-second sources made by ffmpeg with cuts, tones and silences at known times, and analyses written by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.ffmpeg import run_ffmpeg
from tools.video.media import Analysis, FaceBox, FaceSample, Probe, Span, Word
from tools.video.reframe import plan_crops
from tools.video.timeline import Clip, Source, Timeline, fingerprint, output_rate, to_ticks

MakeSource = Callable[..., Path]
MakeTimeline = Callable[..., Timeline]


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> MakeSource:
    """Write a source: `picture` and `sound` are lavfi descriptions (`sound=""` for none), `extra` more output options."""
    made: dict[tuple[object, ...], Path] = {}

    def make(
        picture: str = "testsrc2=size=320x180:rate=30:duration=2",
        sound: str = "sine=frequency=440:duration=2",
        extra: tuple[str, ...] = (),
        name: str = "source.mp4",
    ) -> Path:
        key = (picture, sound, extra, name)
        if key not in made:
            path = tmp_path_factory.mktemp("source") / name
            inputs = ["-f", "lavfi", "-i", picture, *(["-f", "lavfi", "-i", sound] if sound else [])]
            codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *(["-c:a", "aac"] if sound else [])]
            run_ffmpeg([*inputs, *codecs, *extra, str(path)], timeout_s=60)
            made[key] = path
        return made[key]

    return make


@pytest.fixture
def make_timeline() -> MakeTimeline:
    """A timeline over one or more spans of a source, cropped by the rules of `reframe`, without captions unless given."""

    def make(
        source: Path,
        *spans: Span,
        size: tuple[int, int] = (320, 180),
        fps: float = 30.0,
        has_audio: bool = True,
        faces: tuple[FaceSample, ...] = (),
        shots: tuple[Span, ...] = (),
        **more: object,
    ) -> Timeline:
        probe = Probe(max(span.end_s for span in spans), *size, fps, 0, True, has_audio)
        analysis = Analysis(probe, faces=faces, shots=shots)
        clips = tuple(Clip(to_ticks(span.start_s), to_ticks(span.end_s), plan_crops(analysis, span)) for span in spans)
        described = Source(str(source), fingerprint(source), *size, fps, has_audio)
        return Timeline(described, clips, output_rate(fps), **more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def talk() -> Analysis:
    """A minute of speech with a face in every frame and a cut each ten seconds: twelve sentences, one a question with a number."""
    sentences = ["We walked to the river in the morning.", "And nobody knew the way back."] * 6
    sentences[6] = "Why do 9 of 10 people stop here?"
    words: list[Word] = []
    for index, sentence in enumerate(sentences):
        for place, text in enumerate(sentence.split()):
            start_s = index * 5 + 0.3 + place * 0.5
            words.append(Word(text, start_s, start_s + 0.4))
    faces = tuple(FaceSample(n * 0.5, (FaceBox(700, 200, 160, 160, 0.9),)) for n in range(120))
    shots = tuple(Span(n * 10.0, n * 10.0 + 10) for n in range(6))
    return Analysis(Probe(60.0, 1280, 720, 30.0, 0, True, True), words=tuple(words), shots=shots, faces=faces)
