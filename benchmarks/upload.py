"""How fast and how small our resumable uploader is: python -m benchmarks.upload [--quick] [--json]

A file goes to a local aiohttp server that counts the bytes and drops them: once in our chunks of 8 MiB (each one answered with 308), once
as one raw PUT by `sendfile`, which is the fastest a client can be on the same server. Each run is a process of its own and both alternate.
Speed is MB/s of ours divided by MB/s of the raw PUT right before it, the median of these; memory is the peak resident size of our
process, the interpreter and httpx included. Both are far above any real line; what they guard is the cost of a chunk and a bounded memory.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.report import report

MIB = 1 << 20
RATIO_BAR = 0.70
RSS_BAR_MB = 64.0
ROOT = Path(__file__).resolve().parent.parent


def serve(announce: Path) -> None:
    """Count and drop: the resumable protocol under /youtube/v3/videos, any body under /raw."""
    from aiohttp import web

    async def begin(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(headers={"Location": f"http://{request.host}/session"})

    async def drop(request: web.Request) -> int:
        return sum([len(block) async for block in request.content.iter_any()])

    async def put_raw(request: web.Request) -> web.Response:
        return web.json_response({"received": await drop(request)})

    async def put_chunk(request: web.Request) -> web.Response:
        span, _, total = request.headers["Content-Range"].removeprefix("bytes ").partition("/")
        last = int(span.partition("-")[2])
        received = await drop(request)
        if received != last - int(span.partition("-")[0]) + 1:
            return web.Response(status=400)
        if last + 1 < int(total):
            return web.Response(status=308, headers={"Range": f"bytes=0-{last}"})
        return web.json_response({"id": "done"})

    async def run() -> None:
        app = web.Application()
        app.add_routes([web.post("/youtube/v3/videos", begin), web.put("/session", put_chunk), web.put("/raw", put_raw)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        draft = announce.with_suffix(".draft")
        draft.write_text(f"http://127.0.0.1:{runner.addresses[0][1]}")
        draft.replace(announce)
        await asyncio.Event().wait()

    asyncio.run(run())


def send_ours(url: str, path: Path) -> float:
    """Upload with the product's own loop; wall seconds."""
    from tools.publishing.youtube.upload import Pace, ResumableUpload

    class Silent:
        def check(self) -> None:
            pass

        def before_chunk(self, first: int, end: int, total: int) -> None:
            pass

    upload = ResumableUpload(url, lambda refused="": "token", Pace(8 * MIB, 0, 1.0, 60.0))
    size = path.stat().st_size
    started = time.perf_counter()
    session = upload.begin({}, "snippet", size)
    video = upload.send(session, path, size, Silent(), is_new=True)
    wall_s = time.perf_counter() - started
    upload.close()
    if video != {"id": "done"}:
        raise SystemExit(f"the server did not get the whole file: {video}")
    return wall_s


def send_raw(url: str, path: Path) -> float:
    """One PUT whose body the kernel copies; wall seconds."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    size = path.stat().st_size
    started = time.perf_counter()
    with socket.create_connection((host, port)) as connection, path.open("rb") as file:
        connection.sendall(f"PUT /raw HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode())
        connection.sendfile(file)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    wall_s = time.perf_counter() - started
    if f'"received": {size}'.encode() not in answer:
        raise SystemExit(f"the server did not get the whole file: {answer[-200:]!r}")
    return wall_s


def client(which: str, url: str, path: Path) -> dict[str, float]:
    """Run one client in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.upload", "--client", which, "--url", url, "--file", str(path)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    announce = folder / "url"
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.upload", "--serve", str(announce)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while not announce.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the counting server did not start")
            time.sleep(0.02)
        yield announce.read_text()
    finally:
        process.terminate()
        process.wait(10)


def measure(size_mib: int, repeat: int) -> list[dict[str, Any]]:
    runs: dict[str, list[dict[str, float]]] = {"raw": [], "ours": []}
    with tempfile.TemporaryDirectory(prefix="forge-upload-") as name, server(Path(name)) as url:
        path = Path(name) / "video.bin"
        with path.open("wb") as file:
            block = os.urandom(MIB)
            for _ in range(size_mib):
                file.write(block)
        client("raw", url, path)  # warms the page cache and the server
        for _ in range(repeat):
            for which, found in runs.items():
                found.append(client(which, url, path))
    mb = size_mib * MIB / 1e6
    speeds = {which: [mb / run["wall_s"] for run in found] for which, found in runs.items()}
    ours, raw = statistics.median(speeds["ours"]), statistics.median(speeds["raw"])
    ratio = statistics.median(mine / theirs for mine, theirs in zip(speeds["ours"], speeds["raw"], strict=True))
    rss_mb = max(run["rss_mb"] for run in runs["ours"])
    more = {"size_mib": size_mib, "repeat": repeat, "slowest": min(speeds["ours"]), "fastest": max(speeds["ours"])}
    speed = {"name": "upload speed", "value": ours, "unit": "MB/s", "baseline": raw, "ratio": ratio, "bar": RATIO_BAR, **more}
    memory = {"name": "upload memory", "value": rss_mb, "unit": "MB", "baseline": None, "ratio": None, "bar": RSS_BAR_MB}
    return [{**speed, "holds": ratio >= RATIO_BAR}, {**memory, "holds": rss_mb <= RSS_BAR_MB}]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="64 MiB instead of 1 GiB")
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line")
    parser.add_argument("--repeat", type=int, default=5)
    for hidden in ("--serve", "--client", "--url", "--file"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(Path(args.serve))
    elif args.client:
        wall_s = (send_ours if args.client == "ours" else send_raw)(args.url, Path(args.file))
        print(json.dumps({"wall_s": wall_s, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6}))
    else:
        return report(measure(64 if args.quick else 1024, args.repeat), args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
