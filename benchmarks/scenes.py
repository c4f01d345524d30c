"""Clips of which everything is known: where each face is at every moment, whose mouth moves when, where the cuts are.

Two faces of the demo source are cut out and laid over a plain ground along paths written as ffmpeg expressions; an open mouth is a second
picture of the same face, shown in turns three times a second. The voice is the demo source's reading.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.ffmpeg import run_ffmpeg
from tools.video import models

DEMO = Path(__file__).resolve().parent.parent / "demo" / "source.mp4"
WIDTH, HEIGHT, FPS = 960, 540, 25
_FACE_PX = 120  # height of a face's box
_CUTS = {"woman": (2.0, (560, 60, 680, 860)), "man": (39.0, (150, 90, 720, 540))}  # second, and x, y, width, height in the demo source
_RAW = ("-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1")
_CODECS = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac")
_GROUND = ("gray", "0x1c2836")


class Cut(NamedTuple):
    """A face cut out: its two pictures (mouth shut and open) and its box's middle and size in them."""

    shut: Path
    opened: Path
    x_px: float
    y_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Actor:
    """A face on a path: the middle of its box over time, in pixels, also as an ffmpeg expression of `t`."""

    face: str
    x: Callable[[float], float]
    x_expression: str
    y_px: float = 0.44 * HEIGHT


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip to be made. `turns` say who speaks from when on (a place in `actors`); `cuts_s` are its true cuts."""

    name: str
    duration_s: float
    actors: tuple[Actor, ...]
    turns: tuple[tuple[float, int], ...] = ()
    cuts_s: tuple[float, ...] = ()
    start_s: float = 0.0  # of the reading

    def speaker(self, at_s: float) -> int | None:
        return next((who for start_s, who in reversed(self.turns) if at_s >= start_s), None)


def still(x: float, sway: float = 0.0, hertz: float = 0.4) -> tuple[Callable[[float], float], str]:
    """Somebody who stays, swaying by so many pixels."""
    return lambda t: x + sway * float(np.sin(2 * np.pi * hertz * t)), f"{x}+{sway}*sin(2*PI*{hertz}*t)"


def walk(*points: tuple[float, float]) -> tuple[Callable[[float], float], str]:
    """From place to place: (time, x) pairs, evenly between them."""
    times, places = [at for at, _ in points], [x for _, x in points]
    expression = f"{places[-1]}"
    for (start_s, first), (end_s, last) in reversed(list(pairwise(points))):
        expression = f"if(lt(t,{end_s}),{first}+({last - first})*max(0,t-{start_s})/{end_s - start_s},{expression})"
    return lambda t: float(np.interp(t, times, places)), expression


def scenes(quick: bool) -> tuple[Scene, ...]:
    """One person nodding, walking, panning, pacing; two people in long and in quick turns; a cut between two shots."""
    long_s = 12.0 if quick else 24.0
    half_s = long_s / 2
    left, right = Actor("woman", *still(190, 6, 0.3)), Actor("man", *still(770, 6, 0.25))
    swap = (Actor("woman", *walk((0, 250), (half_s, 250), (half_s + 0.001, 720), (long_s, 720))),)
    pace = [(2.5 * n, 250.0 if n % 2 else 710.0) for n in range(int(long_s / 2.5) + 2)]
    return (
        Scene("nodding", long_s, (Actor("woman", *still(430, 26, 0.5)),)),
        Scene("walking", long_s, (Actor("woman", *walk((0, 230), (4, 230), (6.5, 700), (long_s, 700))),)),
        Scene("panning", long_s, (Actor("woman", *walk((0, 180), (long_s, 780))),)),
        Scene("pacing", long_s, (Actor("man", *walk(*pace)),)),
        Scene("cut", long_s, swap, cuts_s=(half_s,)),
        Scene("long turns", long_s, (left, right), _turns(long_s, (4.5, 6.0, 5.0))),
        Scene("quick turns", long_s, (left, right), _turns(long_s, (2.4, 2.1, 2.7)), start_s=14.0),
    )


def _turns(duration_s: float, lengths_s: Sequence[float]) -> tuple[tuple[float, int], ...]:
    turns: list[tuple[float, int]] = []
    at_s = 0.0
    while at_s < duration_s - 1.5:
        turns.append((at_s, len(turns) % 2))
        at_s += lengths_s[len(turns) % len(lengths_s)]
    return tuple(turns)


def cut_faces(folder: Path) -> dict[str, Cut]:
    """Write the cut-out faces of the demo source, each with the mouth shut and open."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # a warning about back ends that this model does not use
    detector = cv2.FaceDetectorYN.create(str(models.YUNET), "", (320, 320), 0.8)
    found = {}
    for name, (at_s, (x, y, width, height)) in _CUTS.items():
        raw = run_ffmpeg(
            [*("-ss", str(at_s), "-i", str(DEMO), "-frames:v", "1", "-vf", f"crop={width}:{height}:{x}:{y}"), *_RAW],
            timeout_s=60,
            want_stdout=True,
        ).stdout
        picture = np.frombuffer(raw, dtype=np.uint8).reshape(height, width, 3)
        row = _largest(detector, picture)
        scale = _FACE_PX / float(row[3])
        size = (round(width * scale / 2) * 2, round(height * scale / 2) * 2)
        shut = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        paths = folder / f"{name}-shut.png", folder / f"{name}-open.png"
        cv2.imwrite(str(paths[0]), shut)
        cv2.imwrite(str(paths[1]), _opened(shut, row * scale))
        found[name] = Cut(*paths, float(row[0] + row[2] / 2) * scale, float(row[1] + row[3] / 2) * scale, _FACE_PX)
    return found


def make(scene: Scene, faces: dict[str, Cut], output: Path) -> Path:
    """Write a scene as MP4: the faces over a ground (another one after each cut), with the reading as its sound."""
    inputs: list[str] = []
    chains, last = [], "ground"
    grounds = [0.0, *scene.cuts_s, scene.duration_s]
    parts = [
        f"color={_GROUND[n % 2]}:size={WIDTH}x{HEIGHT}:rate={FPS}:duration={end_s - start_s}[g{n}]"
        for n, (start_s, end_s) in enumerate(pairwise(grounds))
    ]
    joined = "".join(f"[g{n}]" for n in range(len(parts))) + f"concat=n={len(parts)}:v=1:a=0,noise=alls=3:allf=t[ground]"
    for place, actor in enumerate(scene.actors):
        face = faces[actor.face]
        for kind, path in enumerate((face.shut, face.opened)):
            number = len(inputs) // 6
            inputs += ["-loop", "1", "-framerate", str(FPS), "-i", str(path)]
            talking = "+".join(f"between(t,{start_s},{end_s})" for start_s, end_s in _spoken(scene, place)) or "0"
            enable = "" if kind == 0 else f":enable='({talking})*lt(mod(t,0.3),0.15)'"
            target = f"v{place}{kind}"
            x, y = f"{actor.x_expression}-{face.x_px:.1f}", f"{actor.y_px - face.y_px:.1f}"
            chains.append(f"[{last}][{number}:v]overlay=x='{x}':y={y}:shortest=1{enable}[{target}]")
            last = target
    graph = ";".join([*parts, joined, *chains])
    sound = ["-ss", str(scene.start_s), "-i", str(DEMO)]
    mapped = ("-map", f"[{last}]", "-map", f"{len(inputs) // 6}:a:0")
    run_ffmpeg(
        [*inputs, *sound, "-filter_complex", graph, *mapped, "-t", str(scene.duration_s), *_CODECS, str(output)],
        timeout_s=300,
    )
    return output


def _spoken(scene: Scene, who: int) -> list[tuple[float, float]]:
    ends = [*(start_s for start_s, _ in scene.turns[1:]), scene.duration_s]
    return [(start_s, end_s) for (start_s, speaker), end_s in zip(scene.turns, ends, strict=True) if speaker == who] if scene.turns else []


def _largest(detector: "cv2.FaceDetectorYN", picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    detector.setInputSize((picture.shape[1], picture.shape[0]))
    _, rows = detector.detect(picture)
    return np.asarray(max(rows, key=lambda row: float(row[2] * row[3])), dtype=np.float32)


def _opened(picture: NDArray[np.uint8], row: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The face with a dark, soft-edged opening between its lips."""
    (right_x, right_y), (left_x, left_y) = row[10:12], row[12:14]
    wide = abs(float(left_x - right_x))
    center = (round(float(right_x + left_x) / 2), round(float(right_y + left_y) / 2 + 0.14 * wide))
    mask = np.zeros(picture.shape[:2], dtype=np.float32)
    cv2.ellipse(mask, center, (max(3, round(0.4 * wide)), max(3, round(0.3 * wide))), 0, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
    return np.asarray(picture * (1 - soft) + np.array([38.0, 28.0, 60.0]) * soft, dtype=np.uint8)
