"""What looking through a source costs: python -m benchmarks.analysis [--quick] [--json]

Wall time of the analysis of the demo's source divided by its length, with and without writing down the words; how many of the planted
cuts it finds; and the peak memory of the process tree (analysis and ffmpeg) on an hour against five minutes of the same material, looped
by copy. Each pass has a process of its own that has loaded what a worker loads before its first job.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import report
from benchmarks.tree import PeakMemory
from tools.ffmpeg import run_ffmpeg
from tools.video.analysis import analyse, warm_up
from tools.video.probe import probe

SOURCE = Path(__file__).resolve().parent.parent / "demo" / "source.mp4"
CUTS_S = (4.2, 8.0, 12.6, 16.5, 20.3, 23.9, 28.3, 32.0, 35.8, 38.7)  # as demo/make_source.py planted them
NEAR_S = 0.04
BARS = {"time": 0.35, "recall": 1.0, "memory": 1.2}  # the first on two cores


class Pass(NamedTuple):
    """One analysis: wall and CPU seconds (imports included), seconds per stage, peak resident MB of the process tree, what was found."""

    wall_s: float
    cpu_s: float
    timings_s: dict[str, float]
    peak_mb: float
    cuts_s: list[float]
    words: int


def look_through(source: Path, with_words: bool) -> Pass:
    warm_up()
    memory = PeakMemory(os.getpid())
    started = time.monotonic()
    found = analyse(source, with_words=with_words)
    wall_s = time.monotonic() - started
    peak_mb = memory.stop()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(one.ru_utime + one.ru_stime for one in used)
    return Pass(wall_s, cpu_s, found.timings_s, peak_mb, [shot.start_s for shot in found.shots[1:]], len(found.words))


def apart(source: Path, with_words: bool) -> Pass:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(look_through, (source, with_words))


def measure_time(source: Path, repeats: int) -> list[dict[str, Any]]:
    duration_s = probe(source).duration_s
    with_words = [apart(source, True) for _ in range(repeats)]
    without = [apart(source, False) for _ in range(repeats)]
    results: list[dict[str, Any]] = []
    for name, passes in (("analysis", with_words), ("analysis.no_words", without)):
        walls = [one.wall_s for one in passes]
        ratio = statistics.median(walls) / duration_s
        stages = {f"{stage}_s": round(statistics.median(one.timings_s[stage] for one in passes), 2) for stage in passes[0].timings_s}
        result = {
            "name": name, "value": round(statistics.median(walls), 2), "unit": "s", "baseline": round(duration_s, 2),
            "ratio": round(ratio, 3), "bar": BARS["time"], "holds": ratio <= BARS["time"], "min_s": round(min(walls), 2),
            "max_s": round(max(walls), 2), "cpu_s": round(statistics.median(one.cpu_s for one in passes), 2),
            "peak_mb": round(max(one.peak_mb for one in passes)), **stages,
        }  # fmt: skip
        results.append(result)
    return [*results, judge_cuts(with_words[0].cuts_s)]


def judge_cuts(found_s: list[float]) -> dict[str, Any]:
    hits = sum(any(abs(cut - planted) <= NEAR_S for cut in found_s) for planted in CUTS_S)
    false = sum(all(abs(cut - planted) > NEAR_S for planted in CUTS_S) for cut in found_s)
    return {
        "name": "analysis.cuts", "value": hits, "unit": "cuts", "baseline": len(CUTS_S), "ratio": round(hits / len(CUTS_S), 3),
        "bar": BARS["recall"], "holds": hits == len(CUTS_S) and not false, "false": false,
    }  # fmt: skip


def measure_memory(source: Path, *, short_s: float, long_s: float, with_words: bool) -> dict[str, Any]:
    """Of a source scaled down to what the analysis looks at, so that an hour does not take one: what could grow, grows with sampled
    pictures, words and seconds of sound."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.mp4"
        quick = ["-vf", "scale=640:-2,fps=10", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-c:a", "copy"]
        run_ffmpeg(["-i", str(source), *quick, str(small)], timeout_s=300)
        peaks_mb: list[float] = []
        walls_s: list[float] = []
        for length_s in (short_s, long_s):
            looped = Path(folder) / f"{length_s:.0f}.mp4"
            run_ffmpeg(["-stream_loop", "-1", "-i", str(small), "-t", str(length_s), "-c", "copy", str(looped)], timeout_s=300)
            done = apart(looped, with_words)
            peaks_mb.append(done.peak_mb)
            walls_s.append(done.wall_s)
    ratio = peaks_mb[1] / peaks_mb[0]
    return {
        "name": "analysis.peak_memory", "value": round(peaks_mb[1]), "unit": "MB", "baseline": round(peaks_mb[0]), "ratio": round(ratio, 3),
        "bar": BARS["memory"], "holds": ratio <= BARS["memory"], "minutes": round(long_s / 60), "against_minutes": round(short_s / 60),
        "words": with_words, "long_wall_s": round(walls_s[1], 1), "long_ratio": round(walls_s[1] / long_s, 3),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.analysis", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one pass instead of three; memory on 6 minutes against 2, without words")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--source", type=Path, default=SOURCE, help="the video to analyse; the planted cuts are those of the demo's")
    given = parser.parse_args()
    lengths = {"short_s": 120.0, "long_s": 360.0} if given.quick else {"short_s": 300.0, "long_s": 3600.0}
    results = measure_time(given.source, 1 if given.quick else 3)
    return report([*results, measure_memory(given.source, **lengths, with_words=not given.quick)], given.json)


if __name__ == "__main__":
    sys.exit(main())
