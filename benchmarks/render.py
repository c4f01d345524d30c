"""What finishing a short costs: python -m benchmarks.render [--quick] [--json]

The whole render job (plan, captions, title, ducked music, measuring the sound, render, inspection) of four pieces of the demo's source,
with three cuts, karaoke captions and loudness, against
- a plain ffmpeg transcode of the same pieces, joined beforehand by copy: same decode, crop, scale and encoder settings;
- the usual chain of four encodes: cut, join, burn, mix;
- moviepy 2.2.1 doing it in one pass, over a few seconds (it is slow), against ours over the same seconds.
All but the chain take turns, each in a process of its own; medians are compared, so the ratios travel to other machines. Hearing and
seeing the source have their own benchmark and are done before the clock starts.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import baselines
from benchmarks.report import report
from benchmarks.tree import PeakMemory
from tools.ffmpeg import ffmpeg_binary
from tools.video import library
from tools.video.analysis import analyse, warm_up
from tools.video.brief import Brief
from tools.video.captions import cue_area, title_area, write_ass
from tools.video.fonts import CAPTION_FONT, FONTS_FOLDER
from tools.video.inspection import inspect
from tools.video.media import Span, load_analysis, save_analysis
from tools.video.moments import Moment
from tools.video.plan import plan
from tools.video.reframe import crop_size
from tools.video.render import render
from tools.video.timeline import FINAL, Timeline, to_seconds

SOURCE = Path(__file__).resolve().parent.parent / "demo" / "source.mp4"
SPANS = (Span(0.0, 7.5), Span(12.6, 20.1), Span(23.9, 31.4), Span(35.8, 41.8))  # each begins at a key frame: joined by copy without loss
BARS = {"plain": 1.25, "chain": 0.35, "moviepy": 0.12, "memory": 2.0}
TITLE = "Nine of ten people stop here"
MOVIEPY_S = 12.0


class Pass(NamedTuple):
    """One timed pass: wall and CPU seconds, peak resident MB of its process tree, and what the job found."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    encodes: int = 1
    verdict: str = ""
    loudness_lufs: float = 0.0
    true_peak_dbtp: float = 0.0


def finish(folder: Path, spans: Sequence[Span]) -> Pass:
    """Our job, counting the ffmpeg runs that hold a video encoder."""
    analysis = load_analysis(folder / "analysis.json")
    encodes = _count_encodes()
    import PIL.ImageFont  # noqa: F401

    warm_up()  # a worker has loaded these before its first job
    watch, started, cpu_s = PeakMemory(os.getpid()), time.monotonic(), _cpu_s()
    timeline = _timeline(analysis, spans)
    render(timeline, folder / "short.mp4")
    checked = inspect(folder / "short.mp4", timeline, analysis=analysis)
    wall_s = time.monotonic() - started
    sound = checked.loudness_lufs or 0.0, checked.true_peak_dbtp or 0.0
    return Pass(wall_s, _cpu_s() - cpu_s, watch.stop(), len(encodes), str(checked.verdict), *sound)


def _timeline(analysis: Any, spans: Sequence[Span]) -> Timeline:
    moment = Moment(spans[0].start_s, spans[-1].end_s, 1.0, "", TITLE)
    return plan(SOURCE, analysis, moment, Brief(), spans=spans)


def _count_encodes() -> list[str]:
    """The commands with a video encoder that this process starts from now on."""
    found: list[str] = []
    start = subprocess.Popen

    class Counting(start):  # type: ignore[valid-type, misc]
        def __init__(self, command: Any, *args: Any, **options: Any) -> None:
            if "libx264" in command:
                found.append(" ".join(command))
            super().__init__(command, *args, **options)

    subprocess.Popen = Counting  # type: ignore[misc]
    return found


def plain(folder: Path, spans: Sequence[Span]) -> Pass:
    """The plain transcode."""
    return _timed([["-i", str(folder / "joined.mp4"), "-vf", _picture(folder), *_ENCODE, str(folder / "plain.mp4")]])


def chain(folder: Path, spans: Sequence[Span]) -> Pass:
    """Cut, join, burn, mix: each step reads what the one before wrote and encodes it again."""
    video = ["-c:v", "libx264", "-preset", FINAL.x264_preset, "-crf", str(FINAL.crf)]
    cuts = [folder / f"cut-{index}.mp4" for index in range(len(spans))]
    steps = [
        ["-ss", str(span.start_s), "-t", str(span.duration_s), "-i", str(SOURCE), "-vf", _picture(folder), *video, "-c:a", "aac", str(cut)]
        for span, cut in zip(spans, cuts, strict=True)
    ]
    inputs = [word for cut in cuts for word in ("-i", str(cut))]
    pads = "".join(f"[{n}:v][{n}:a]" for n in range(len(cuts)))
    burn = f"ass={folder / 'captions.ass'}:fontsdir={FONTS_FOLDER}"
    music = library.piece(library.names("music")[0]).path
    mix = "[1:a]aresample=48000[m];[0:a]aresample=48000,asplit[v][k];[m][k]sidechaincompress[d];"
    mix += "[v][d]amix=inputs=2:duration=first:normalize=0,loudnorm=I=-14:TP=-1.5,aresample=48000[a]"
    steps += [
        [*inputs, "-filter_complex", f"{pads}concat=n={len(cuts)}:v=1:a=1", *video, "-c:a", "aac", str(folder / "concat.mp4")],
        ["-i", str(folder / "concat.mp4"), "-vf", burn, *video, "-c:a", "copy", str(folder / "burned.mp4")],
        ["-i", str(folder / "burned.mp4"), "-stream_loop", "-1", "-i", music, "-filter_complex", mix, "-map", "0:v", "-map", "[a]",
         *_ENCODE, str(folder / "chain.mp4")],
    ]  # fmt: skip
    return _timed(steps)


_ENCODE = ["-c:v", "libx264", "-preset", FINAL.x264_preset, "-crf", str(FINAL.crf), "-g", "30", "-pix_fmt", "yuv420p"]
_ENCODE += ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart"]


def _picture(folder: Path) -> str:
    probe = load_analysis(folder / "analysis.json").probe
    width, height = crop_size(probe.width_px, probe.height_px)
    return f"crop={width}:{height},scale=1080:1920:flags=bicubic,fps=30,setsar=1"


def _timed(steps: Sequence[Sequence[str]]) -> Pass:
    started, cpu_s, peak_mb = time.monotonic(), _cpu_s(), 0.0
    for step in steps:
        process = subprocess.Popen([str(ffmpeg_binary()), "-nostdin", "-y", "-loglevel", "error", *step])
        watch = PeakMemory(process.pid)
        if process.wait() != 0:
            raise RuntimeError(f"ffmpeg failed: {' '.join(step)}")
        peak_mb = max(peak_mb, watch.stop())
    return Pass(time.monotonic() - started, _cpu_s() - cpu_s, peak_mb, len(steps))


def moviepy(folder: Path, spans: Sequence[Span]) -> Pass:
    """moviepy in its own Python, with the texts our plan has over the same seconds."""
    timeline = _timeline(load_analysis(folder / "analysis.json"), spans)
    words = [(word, cue) for cue in timeline.cues for line in cue.lines for word in line]
    texts: list[Any] = [
        [word.text, to_seconds(word.start), to_seconds(word.end), cue.size_px, round(cue_area(timeline, cue).top)] for word, cue in words
    ]
    if timeline.hook is not None:
        top = round(title_area(timeline.hook, timeline).top)
        texts.append([" ".join(timeline.hook.lines), 0.0, to_seconds(timeline.hook.end), timeline.hook.size_px, top])
    asked = {
        "source": str(SOURCE), "spans": [[span.start_s, span.end_s] for span in spans], "size": [1080, 1920], "fps": 30, "texts": texts,
        "font": str(CAPTION_FONT.path), "music": library.piece(library.names("music")[0]).path, "output": str(folder / "moviepy.mp4"),
    }  # fmt: skip
    (folder / "request.json").write_text(json.dumps(asked))
    script = Path(baselines.__file__).with_name("moviepy_short.py")
    started, cpu_s = time.monotonic(), _cpu_s()
    process = subprocess.Popen([str(baselines.PYTHON), str(script), str(folder / "request.json")])
    watch = PeakMemory(process.pid)
    if process.wait() != 0:
        raise RuntimeError("moviepy failed")
    return Pass(time.monotonic() - started, _cpu_s() - cpu_s, watch.stop())


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _apart(function: Callable[[Path, Sequence[Span]], Pass], folder: Path, spans: Sequence[Span]) -> Pass:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, (folder, spans))


def _prepare(folder: Path, spans: Sequence[Span]) -> None:
    """What lies there before the clock starts: the analysis, the pieces joined by copy, the captions of the chain."""
    analysis = analyse(SOURCE)
    save_analysis(analysis, folder / "analysis.json")
    (folder / "captions.ass").write_text(write_ass(_timeline(analysis, spans)), encoding="utf-8")
    lines = [f"file '{SOURCE}'\ninpoint {span.start_s}\noutpoint {span.end_s}" for span in spans]
    (folder / "list.txt").write_text("\n".join(lines))
    joined = ["-f", "concat", "-safe", "0", "-i", str(folder / "list.txt"), "-c", "copy", str(folder / "joined.mp4")]
    subprocess.run([str(ffmpeg_binary()), "-nostdin", "-y", "-loglevel", "error", *joined], check=True)


def measure(*, quick: bool) -> list[dict[str, Any]]:
    spans = [Span(span.start_s, span.start_s + 3.0) for span in SPANS] if quick else list(SPANS)
    repeats = 1 if quick else 3
    names: dict[str, Callable[[Path, Sequence[Span]], Pass]] = {"plain": plain, "ours": finish, "chain": chain}
    passes: dict[str, list[Pass]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder, spans)
        for turn in range(repeats):
            for name, function in names.items():
                if name != "chain" or turn == 0:  # four times as slow as the others: once is enough
                    passes[name].append(_apart(function, folder, spans))
        results = [_ratio("render", "plain", passes), _ratio("render.chain", "chain", passes), _memory(passes)]
        results.append(_moviepy(folder, 4.0 if quick else MOVIEPY_S))
    last = passes["ours"][-1]
    results[0] |= {
        "span_s": round(sum(span.duration_s for span in spans), 1), "cuts": len(spans) - 1, "verdict": last.verdict, "repeats": repeats,
        "video_encodes": last.encodes, "loudness_lufs": last.loudness_lufs, "true_peak_dbtp": last.true_peak_dbtp,
    }  # fmt: skip
    results[0]["holds"] = results[0]["holds"] and last.encodes == 1
    return results


def _ratio(name: str, baseline: str, passes: dict[str, list[Pass]]) -> dict[str, Any]:
    ours_s, theirs_s = (statistics.median(one.wall_s for one in passes[key]) for key in ("ours", baseline))
    ours_cpu, theirs_cpu = (statistics.median(one.cpu_s for one in passes[key]) for key in ("ours", baseline))
    return {
        "name": name, "value": round(ours_s, 3), "unit": "s", "baseline": round(theirs_s, 3), "ratio": round(ours_s / theirs_s, 3),
        "bar": BARS[baseline], "holds": ours_s <= BARS[baseline] * theirs_s, "against": baseline,
        "cpu_ratio": round(ours_cpu / theirs_cpu, 3),
        "min_s": round(min(one.wall_s for one in passes["ours"]), 3), "max_s": round(max(one.wall_s for one in passes["ours"]), 3),
    }  # fmt: skip


def _memory(passes: dict[str, list[Pass]]) -> dict[str, Any]:
    ours, theirs = (statistics.median(one.peak_mb for one in passes[key]) for key in ("ours", "plain"))
    return {
        "name": "render.peak_memory", "value": round(ours), "unit": "MB", "baseline": round(theirs), "ratio": round(ours / theirs, 3),
        "bar": BARS["memory"], "holds": ours <= BARS["memory"] * theirs, "of": "the process tree",
    }  # fmt: skip


def _moviepy(folder: Path, seconds: float) -> dict[str, Any]:
    """Ours and moviepy over the same few seconds; SKIP, never a pass, where moviepy is not installed."""
    known = {"name": "render.moviepy", "unit": "s", "bar": BARS["moviepy"], "over_s": seconds}
    if not baselines.PYTHON.exists():
        return {**known, "value": None, "baseline": None, "ratio": None, "holds": None, "why": "make .venv-bench/.ready installs it"}
    spans = [Span(span.start_s, span.start_s + seconds / len(SPANS)) for span in SPANS]
    both = {"ours": [_apart(finish, folder, spans)], "moviepy": [_apart(moviepy, folder, spans)]}
    return _ratio("render.moviepy", "moviepy", both) | {"over_s": seconds}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.render", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 seconds once instead of 30 seconds three times")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    given = parser.parse_args()
    return report(measure(quick=given.quick), given.json)


if __name__ == "__main__":
    sys.exit(main())
