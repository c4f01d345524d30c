"""What hiding faces costs and how well it hides: python -m benchmarks.anonymise [--quick] [--json] [--crowd PHOTO]

Two clips of 1280x720: a close-up (the man who speaks at the end of the demo's source) and a crowd (a pan over a street full of small
faces: those of the demo's source, scaled, mirrored and dimmed by a seed; or over a photo named with --crowd). Ours, which finds, renders
and verifies, and deface 1.5.0 at its own settings each run as a whole command, one after the other.

A frame's reference is what CenterFace (1920x1088, 0.5) and YuNet (1920x1088, 0.7) find together, faces of 8 pixels and more; one is
covered when 80 % of its box lies under the masks. The first of them is deface's own detector, which favours deface. deface's masks are
its detector's boxes, enlarged by its 1.3. A frame of the result leaks when the same two find a face there that is not covered. Where
deface is not installed (`make .venv-bench/.ready`) what is compared with it is skipped.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import report
from tools.ffmpeg import run_ffmpeg
from tools.video.anonymise import Leaks, find_hidden, verify
from tools.video.anonymise.mask import draw_mask, regions_at
from tools.video.brief import Hide
from tools.video.faces_centerface import CenterFace
from tools.video.faces_yunet import YuNet
from tools.video.media import FaceBox
from tools.video.probe import probe
from tools.video.render import render
from tools.video.timeline import (
    Clip,
    Crop,
    CropFrom,
    Source,
    Timeline,
    dump_timeline,
    fingerprint,
    output_rate,
    parse_timeline,
    to_ticks,
    whole_frames,
)

ROOT = Path(__file__).resolve().parent.parent
SOURCE, DEFACE = ROOT / "demo" / "source.mp4", ROOT / ".venv-bench" / "bin" / "deface"
SIZE, RATE, SEED = (1280, 720), 30, 7
CLOSE_UP = (38.8, 41.9)  # seconds of the source: the man
PORTRAITS = ((36.4, (560, 60, 790, 1010)), (39.5, (330, 120, 290, 420)))  # second of the source and place of a head in it
STREET_S = 22.0  # second of the source with a street and no faces
LARGE = (1920, 1088)  # where the reference is looked for
BARS = {"with verification": 3.0, "without": 4.0}


class Outcome(NamedTuple):
    """One command on one clip: whole wall seconds, those of its verification, and how it hid: shares of faces and frames."""

    wall_s: float
    verify_s: float
    recall: float
    whole_frames: float
    leaking: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--crowd", type=Path, help="a photo of a crowd to pan over instead of the one made from the demo's source")
    parser.add_argument("--hide", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.hide:
        return hide(*arguments.hide)
    frames, every = (36, 6) if arguments.quick else (90, 3)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="anonymise-") as name:
        folder = Path(name)
        clips = {"close-up": make_close_up(folder, frames), "crowd": make_crowd(folder, frames, arguments.crowd)}
        for title, clip in clips.items():
            results += compare(title, clip, frames, every, 1 if arguments.quick else 3)
    return report(results, arguments.json)


def make_close_up(folder: Path, frames: int) -> Path:
    clip = folder / "close-up.mp4"
    cut = ["-ss", str(CLOSE_UP[0]), "-i", str(SOURCE), "-vf", "crop=1280:720:0:0", "-frames:v", str(frames), "-an"]
    run_ffmpeg([*cut, "-c:v", "libx264", "-preset", "fast", "-crf", "16", str(clip)], timeout_s=120)
    return clip


def make_crowd(folder: Path, frames: int, photo: Path | None) -> Path:
    """A pan from left to right over a wide picture."""
    clip = folder / "crowd.mp4"
    wide = cv2.imread(str(photo)) if photo is not None else _street(folder)
    scale = max(1.25 * SIZE[0] / wide.shape[1], 1.02 * SIZE[1] / wide.shape[0])
    wide = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    y = (wide.shape[0] - SIZE[1]) // 2

    def pictures() -> Iterator[bytes]:
        for frame in range(frames):
            x = round((wide.shape[1] - SIZE[0]) * frame / max(1, frames - 1))
            yield wide[y : y + SIZE[1], x : x + SIZE[0]].tobytes()

    source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-video_size", f"{SIZE[0]}x{SIZE[1]}", "-framerate", str(RATE), "-i", "pipe:0"]
    run_ffmpeg(
        [*source, "-c:v", "libx264", "-preset", "fast", "-crf", "16", "-pix_fmt", "yuv420p", str(clip)], timeout_s=120, feed=pictures()
    )
    return clip


def _street(folder: Path) -> NDArray[np.uint8]:
    """A street of the demo's source with four dozen small heads of its two people, different in size, light and side."""
    rng = np.random.default_rng(SEED)
    street = cv2.resize(_still(folder, STREET_S), (2560, 1440), interpolation=cv2.INTER_CUBIC)
    heads = [_still(folder, second)[y : y + height, x : x + width] for second, (x, y, width, height) in PORTRAITS]
    for row in range(4):
        for column in range(12):
            head = heads[int(rng.integers(2))]
            width = int((16, 26, 42, 68)[row] * rng.uniform(0.8, 1.3) * 2)
            small = cv2.resize(head, (width, width * head.shape[0] // head.shape[1]), interpolation=cv2.INTER_AREA)
            small = np.clip(small[:, :: int(rng.choice((-1, 1)))].astype(np.float32) * rng.uniform(0.6, 1.2), 0, 255)
            oval = np.zeros(small.shape[:2], np.float32)
            cv2.ellipse(oval, (width // 2, small.shape[0] // 2), (int(width * 0.46), int(small.shape[0] * 0.47)), 0, 0, 360, 1.0, -1)
            x, y = int(column * 212 + rng.uniform(0, 212 - 60)), int((0.16, 0.34, 0.52, 0.74)[row] * 1440)
            place = street[y : y + small.shape[0], x : x + width]
            part = cv2.GaussianBlur(oval, (5, 5), 0)[: place.shape[0], : place.shape[1], None]
            place[:] = part * small[: place.shape[0], : place.shape[1]] + (1 - part) * place
    return np.asarray(street, dtype=np.uint8)


def _still(folder: Path, second: float) -> NDArray[np.uint8]:
    still = folder / "still.png"
    run_ffmpeg(["-ss", str(second), "-i", str(SOURCE), "-frames:v", "1", str(still)], timeout_s=60)
    return np.asarray(cv2.imread(str(still)), dtype=np.uint8)


def hide(clip: Path, folder: Path) -> int:
    """Our command: find, render, verify; leaves the timeline and how long each part took."""
    started = time.monotonic()
    plain = timeline_of(clip)
    timeline = replace(plain, hiding=find_hidden(clip, plain, hide=Hide.FACES))
    found = time.monotonic()
    render(timeline, folder / "ours.mp4")
    rendered = time.monotonic()
    leaks: Leaks = verify(folder / "ours.mp4", timeline)
    (folder / "timeline.json").write_text(dump_timeline(timeline))
    times = {"find": found - started, "render": rendered - found, "verify": time.monotonic() - rendered, "leaks": len(leaks.leaks)}
    print(json.dumps(times))
    return 0


def timeline_of(clip: Path) -> Timeline:
    """The whole clip in its own size, without anything added."""
    seen = probe(clip)
    rate = output_rate(seen.fps)
    crop = CropFrom(0, Crop(0, 0, seen.width_px, seen.height_px))
    whole = Clip(0, whole_frames(0, to_ticks(seen.duration_s), rate), (crop,))
    source = Source(str(clip), fingerprint(clip), seen.width_px, seen.height_px, seen.fps, seen.has_audio)
    return Timeline(source, (whole,), rate, width_px=seen.width_px, height_px=seen.height_px, fade_in=0, fade_out=0)


def compare(title: str, clip: Path, frames: int, every: int, repeats: int) -> list[dict[str, Any]]:
    """Ours and deface on one clip, taking turns."""
    folder = clip.with_suffix("")
    folder.mkdir()
    ours_s, verify_s, deface_s = [], [], []
    for _ in range(repeats):
        started = time.monotonic()
        command = [sys.executable, "-m", "benchmarks.anonymise", "--hide", str(clip), str(folder)]
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        ours_s.append(time.monotonic() - started)
        verify_s.append(json.loads(said.splitlines()[-1])["verify"])
        if DEFACE.is_file():
            started = time.monotonic()
            subprocess.run([str(DEFACE), str(clip), "-o", str(folder / "deface.mp4")], check=True, capture_output=True)
            deface_s.append(time.monotonic() - started)
    ours = judge_ours(clip, folder, every, statistics.median(ours_s), statistics.median(verify_s))
    theirs = judge_deface(clip, folder, every, statistics.median(deface_s)) if deface_s else None
    return rows(title, frames, ours, theirs, json.loads(said.splitlines()[-1]))


def judge_ours(clip: Path, folder: Path, every: int, wall_s: float, verify_s: float) -> Outcome:
    timeline = parse_timeline((folder / "timeline.json").read_text())
    tracks = timeline.hiding.tracks if timeline.hiding is not None else ()
    masks = [draw_mask(timeline, regions_at(timeline, tracks, frame), SIZE) for frame in range(0, timeline.frames, every)]
    return Outcome(wall_s, verify_s, *_judged(masks, clip, folder / "ours.mp4", every))


def judge_deface(clip: Path, folder: Path, every: int, wall_s: float) -> Outcome:
    detector = CenterFace(0.2)  # deface's threshold
    masks = []
    for picture in pictures_of(clip, every):
        mask = np.zeros(picture.shape[:2], np.uint8)
        for box in detector.detect(picture):
            x, y, width, height = box.x_px - 0.15 * box.width_px, box.y_px - 0.15 * box.height_px, 1.3 * box.width_px, 1.3 * box.height_px
            mask[max(0, int(y)) : max(0, int(y + height) + 1), max(0, int(x)) : max(0, int(x + width) + 1)] = 255
        masks.append(mask)
    return Outcome(wall_s, 0.0, *_judged(masks, clip, folder / "deface.mp4", every))


def _judged(masks: Sequence[NDArray[np.uint8]], before: Path, after: Path, every: int) -> tuple[float, float, int]:
    faces = covered = whole = leaking = 0
    reference = Reference()
    for mask, picture, result in zip(masks, pictures_of(before, every), pictures_of(after, every), strict=False):
        found = reference.faces(picture)
        hit = sum(is_covered(mask, box) for box in found)
        faces, covered, whole = faces + len(found), covered + hit, whole + (hit == len(found))
        leaking += any(not is_covered(mask, box) for box in reference.faces(result))
    return covered / max(1, faces), whole / max(1, len(masks)), leaking


class Reference:
    """Two detectors at a high resolution; what either finds counts."""

    def __init__(self) -> None:
        self._finders = (CenterFace(0.5), YuNet(0.7))

    def faces(self, picture: NDArray[np.uint8]) -> list[FaceBox]:
        large = np.asarray(cv2.resize(picture, LARGE, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        across, down = picture.shape[1] / LARGE[0], picture.shape[0] / LARGE[1]
        found = [box for finder in self._finders for box in finder.detect(large)]
        boxes = [FaceBox(b.x_px * across, b.y_px * down, b.width_px * across, b.height_px * down, b.score) for b in found]
        return [box for box in boxes if min(box.width_px, box.height_px) >= 8]


def is_covered(mask: NDArray[np.uint8], box: FaceBox) -> bool:
    left, top = max(0, round(box.x_px)), max(0, round(box.y_px))
    part = mask[top : max(top + 1, round(box.y_px + box.height_px)), left : max(left + 1, round(box.x_px + box.width_px))]
    return not part.size or float((part > 127).mean()) >= 0.8


def pictures_of(clip: Path, every: int) -> Iterator[NDArray[np.uint8]]:
    film = cv2.VideoCapture(str(clip))
    try:
        frame = 0
        while film.grab():
            if frame % every == 0:
                yield np.asarray(film.retrieve()[1], dtype=np.uint8)
            frame += 1
    finally:
        film.release()


def rows(title: str, frames: int, ours: Outcome, theirs: Outcome | None, parts: dict[str, float]) -> list[dict[str, Any]]:
    fast = {"with verification": frames / ours.wall_s, "without": frames / (ours.wall_s - ours.verify_s)}
    base = frames / theirs.wall_s if theirs is not None else None
    found: list[dict[str, Any]] = [
        {
            "name": f"{title}, {name}", "value": fps, "unit": "fps", "baseline": base, "bar": BARS[name],
            "ratio": fps / base if base else None, "holds": fps / base >= BARS[name] if base else None,
            **({f"{part}_s": round(seconds, 2) for part, seconds in parts.items()} if name == "without" else {}),
        }
        for name, fps in fast.items()
    ]  # fmt: skip
    recall = theirs.recall if theirs is not None else None
    found.append({
        "name": f"{title}, faces covered", "value": ours.recall, "unit": "of all", "baseline": recall, "bar": recall,
        "ratio": ours.recall / recall if recall else None, "holds": ours.recall >= recall if recall is not None else None,
        "frames entirely covered": ours.whole_frames, "of deface": theirs.whole_frames if theirs is not None else None,
    })  # fmt: skip
    leaking = theirs.leaking if theirs is not None else None
    if title == "close-up":
        holds: bool | None = ours.leaking == 0
    else:
        holds = (ours.leaking < leaking or ours.leaking == 0) if leaking is not None else None
    found.append({
        "name": f"{title}, leaking frames", "value": ours.leaking, "unit": "frames", "baseline": leaking, "ratio": None,
        "bar": 0 if title == "close-up" else leaking, "holds": holds,
    })  # fmt: skip
    return found


if __name__ == "__main__":
    raise SystemExit(main())
