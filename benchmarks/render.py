"""What finishing a short costs: python -m benchmarks.render [--quick] [--json] [--source FILE]

The whole render job (probe, plan, captions, title, measuring the sound, render, inspection) against a plain ffmpeg transcode of the same
span with the same decode, crop, scale and encoder settings. Both take turns, each pass in a process of its own so that peak memory can be
told apart; medians are compared, so the ratio travels to other machines. Words and shots are laid out by a rule: hearing and seeing the
source have their own benchmarks.
"""

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import report
from tools.ffmpeg import run_ffmpeg
from tools.video import inspection, loudness, render
from tools.video.media import Analysis, Span, Word
from tools.video.moments import Moment
from tools.video.probe import probe
from tools.video.reframe import crop_size
from tools.video.shorts import plan_timeline
from tools.video.timeline import FINAL, output_rate

SOURCE = Path(__file__).resolve().parent.parent / "demo" / "source.mp4"
BAR, RSS_BAR = 1.25, 2.0
WORD_S, SHOT_S = 0.34, 7.5  # the pace of speech, and four shots in 30 s
TEXT = "Nine of ten people never read a caption twice, and yet they follow every single word of it. So why not make it good?"


class Pass(NamedTuple):
    """One timed pass: wall and CPU seconds, peak resident MB of the process or its largest child, and what the job found."""

    wall_s: float
    cpu_s: float
    rss_mb: float
    encodes: int = 1
    verdict: str = ""
    loudness_lufs: float = 0.0
    true_peak_dbtp: float = 0.0


def finish(source: Path, span: Span, output: Path) -> Pass:
    """Our job, counting the ffmpeg runs that hold a video encoder."""
    runs: list[Sequence[str]] = []

    def counting(arguments: Sequence[str], **options: Any) -> Any:
        runs.append(arguments)
        return run_ffmpeg(arguments, **options)

    for module in (render, loudness, inspection):
        module.run_ffmpeg = counting  # type: ignore[attr-defined]
    import av  # noqa: F401  (a worker has loaded these before its first job)
    import numpy  # noqa: F401
    import PIL.ImageFont  # noqa: F401

    started, cpu_s = time.monotonic(), _cpu_s()
    text = TEXT.split()
    words = [
        Word(text[n % len(text)], span.start_s + 0.2 + n * WORD_S, span.start_s + 0.5 + n * WORD_S)
        for n in range(int(span.duration_s / WORD_S) - 1)
    ]
    shots = [Span(n * SHOT_S, (n + 1) * SHOT_S) for n in range(int(span.end_s / SHOT_S) + 1)]
    analysis = Analysis(probe(source), words=tuple(words), shots=tuple(shots))
    timeline = plan_timeline(source, analysis, Moment(span.start_s, span.end_s, 1.0, "", TEXT[:40]))
    render.render(timeline, output)
    checked = inspection.inspect(output, timeline)
    wall_s = time.monotonic() - started
    encodes = sum("libx264" in arguments for arguments in runs)
    sound = checked.loudness_lufs or 0.0, checked.true_peak_dbtp or 0.0
    return Pass(wall_s, _cpu_s() - cpu_s, _rss_mb(), encodes, str(checked.verdict), *sound)


def transcode(source: Path, span: Span, output: Path) -> Pass:
    """The plain transcode."""
    found = probe(source)
    width, height = crop_size(found.width_px, found.height_px)
    rate = output_rate(found.fps, is_variable=found.is_variable_fps)
    picture = f"crop={width}:{height},scale=1080:1920:flags=bicubic,fps={rate},format=yuv420p"
    arguments = ["-ss", str(span.start_s), "-t", str(span.duration_s), "-i", str(source), "-vf", picture, "-c:v", "libx264"]
    arguments += ["-preset", FINAL.x264_preset, "-crf", str(FINAL.crf), "-g", str(round(rate)), "-c:a", "aac", "-b:a", "192k"]
    started, cpu_s = time.monotonic(), _cpu_s()
    run_ffmpeg([*arguments, "-movflags", "+faststart", str(output)], timeout_s=600)
    return Pass(time.monotonic() - started, _cpu_s() - cpu_s, _rss_mb())


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _rss_mb() -> float:
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(own, children) / 1024


def _apart(function: Callable[[Path, Span, Path], Pass], *args: Any) -> Pass:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, args)


def measure(source: Path, *, span_s: float, repeats: int) -> list[dict[str, Any]]:
    start_s = min(1.0, max(0.0, probe(source).duration_s - span_s))
    span = Span(start_s, start_s + min(span_s, probe(source).duration_s - start_s))
    ours: list[Pass] = []
    plain: list[Pass] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats):
            plain.append(_apart(transcode, source, span, Path(folder) / "plain.mp4"))
            ours.append(_apart(finish, source, span, Path(folder) / "short.mp4"))
    wall_s, baseline_s = (statistics.median(one.wall_s for one in passes) for passes in (ours, plain))
    rss_mb, baseline_mb = (statistics.median(one.rss_mb for one in passes) for passes in (ours, plain))
    last, encodes = ours[-1], max(one.encodes for one in ours)
    return [
        {
            "name": "render", "value": round(wall_s, 3), "unit": "s", "baseline": round(baseline_s, 3),
            "ratio": round(wall_s / baseline_s, 3), "bar": BAR, "holds": wall_s <= BAR * baseline_s and encodes == 1,
            "span_s": round(span.duration_s, 3), "video_encodes": encodes, "verdict": last.verdict,
            "loudness_lufs": last.loudness_lufs, "true_peak_dbtp": last.true_peak_dbtp, "repeats": repeats,
            "min_s": round(min(one.wall_s for one in ours), 3), "max_s": round(max(one.wall_s for one in ours), 3),
            "cpu_ratio": round(statistics.median(one.cpu_s for one in ours) / statistics.median(one.cpu_s for one in plain), 3),
        },
        {
            "name": "render.peak_rss", "value": round(rss_mb), "unit": "MB", "baseline": round(baseline_mb),
            "ratio": round(rss_mb / baseline_mb, 3), "bar": RSS_BAR, "holds": rss_mb <= RSS_BAR * baseline_mb,
        },
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.render", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 seconds once instead of 30 seconds three times")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--source", type=Path, default=SOURCE, help="the video to take the span from")
    given = parser.parse_args()
    return report(measure(given.source, span_s=12 if given.quick else 30, repeats=1 if given.quick else 3), given.json)


if __name__ == "__main__":
    sys.exit(main())
