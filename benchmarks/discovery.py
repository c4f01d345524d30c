"""How fast feeds become observations, and titles become topics: python -m benchmarks.discovery [--quick] [--json]

A server in a process of its own serves 200 feeds of 50 items and waits 50 ms before each answer. Ours is the real path: conditional
client with its guards, decompression limit, safe parser, dates, cleaned titles. The baseline of the same run is httpx with the
standard library's ElementTree, its client built before the clock starts (feedparser is not among our dependencies; it is slower
than ElementTree at this). Deduplication: 10,000 titles, a fifth of them planted near-copies, against rapidfuzz over all pairs.
"""

import argparse
import asyncio
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime, parsedate_to_datetime
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from xml.etree import ElementTree

import httpx
import numpy as np
from aiohttp import web
from rapidfuzz import fuzz, process

from benchmarks.report import report
from memory.tables import now
from tools.discovery.dedupe import SAME, group_keys
from tools.discovery.look import look_at_sources
from tools.discovery.settings import DiscoverySettings
from tools.discovery.words import topic_key

FEEDS, ITEMS, WAIT_S, CONCURRENCY = 200, 50, 0.05, 50
TITLES = 10_000
FETCH_BAR = 2.0
DEDUPE_BAR = 0.8  # not slower than all pairs; the rest is room for noise
RECALL_BAR = 0.97


class Pass(NamedTuple):
    items: int
    wall_s: float


def serve(answer_to: Connection) -> None:
    """Serve feeds until killed; sends the port when it listens."""
    date = format_datetime(now())
    words = random_words(random.Random(1))

    def feed(number: int) -> bytes:
        draw = random.Random(number)
        items = "".join(
            f"<item><title>{' '.join(draw.choices(words, k=9))} &amp; more</title><link>https://feed{number}.example/{n}</link>"
            f"<guid>{number}-{n}</guid><pubDate>{date}</pubDate><description>{' '.join(draw.choices(words, k=60))}</description></item>"
            for n in range(ITEMS)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'.encode()

    bodies = [feed(number) for number in range(FEEDS)]

    async def show(request: web.Request) -> web.Response:
        await asyncio.sleep(WAIT_S)
        return web.Response(body=bodies[int(request.match_info["number"])], content_type="application/rss+xml")

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/{number:\\d+}.xml", show)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=FEEDS).start()
        answer_to.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


@contextmanager
def feed_server() -> Iterator[tuple[str, ...]]:
    """The addresses of the feeds, while the server lives."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        if not here.poll(60):
            raise TimeoutError("the server of the benchmark did not start within 60 s")
        port = here.recv()
        yield tuple(f"http://127.0.0.1:{port}/{number}.xml" for number in range(FEEDS))
    finally:
        server.kill()
        server.join()


async def fetch_ours(urls: tuple[str, ...]) -> Pass:
    settings = DiscoverySettings(feeds=urls, hn_url="", concurrency=CONCURRENCY)
    started = time.perf_counter()
    seen = await look_at_sources(settings, {})
    wall_s = time.perf_counter() - started
    if failed := [source.problem for source in seen if source.failed]:
        raise RuntimeError(f"{len(failed)} feeds failed: {failed[0]}")
    return Pass(sum(len(source.observations) for source in seen), wall_s)


async def fetch_baseline(urls: tuple[str, ...]) -> Pass:
    slots = asyncio.Semaphore(CONCURRENCY)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=CONCURRENCY), timeout=30) as client:

        async def items(url: str) -> list[tuple[str, str, str, Any]]:
            async with slots:
                answer = await client.get(url)
            return [
                (
                    item.findtext("title", ""),
                    item.findtext("link", ""),
                    item.findtext("guid", ""),
                    parsedate_to_datetime(item.findtext("pubDate", "")),
                )
                for item in ElementTree.fromstring(answer.content).iter("item")
            ]

        started = time.perf_counter()
        found = await asyncio.gather(*(items(url) for url in urls))
        return Pass(sum(map(len, found)), time.perf_counter() - started)


def measure_fetching(rounds: int) -> dict[str, Any]:
    """Items per second of both, in turns, median of the rounds."""
    ours, theirs = [], []
    with feed_server() as urls:
        for number in range(rounds + 1):
            passes = asyncio.run(fetch_ours(urls)), asyncio.run(fetch_baseline(urls))
            if number:  # the first round warms up: imports, the server's sockets
                ours.append(passes[0].items / passes[0].wall_s)
                theirs.append(passes[1].items / passes[1].wall_s)
    value, baseline = statistics.median(ours), statistics.median(theirs)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return {
        "name": "discovery.fetch_parse", "value": value, "unit": "items/s", "baseline": baseline, "ratio": ratio, "bar": FETCH_BAR,
        "holds": ratio >= FETCH_BAR, "baseline_is": "httpx + ElementTree", "feeds": FEEDS, "items_per_feed": ITEMS, "rounds": rounds,
    }  # fmt: skip


def measure_dedupe(rounds: int) -> dict[str, Any]:
    """Seconds of both for the same keys, in turns, median of the rounds; and how many planted copies ours found."""
    titles, copies = planted_titles(TITLES)
    keys = [topic_key(title) for title in titles]
    ours, theirs = [], []
    groups: dict[str, str] = {}
    for _ in range(rounds):
        started = time.perf_counter()
        groups = group_keys(keys)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        process.cdist(keys, keys, scorer=fuzz.ratio, score_cutoff=SAME, dtype=np.uint8, workers=2)
        theirs.append(time.perf_counter() - started)
    found = sum(groups[keys[copy]] == groups[keys[original]] for copy, original in copies) / len(copies)
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    return {
        "name": "discovery.dedupe", "value": statistics.median(ours), "unit": "s", "baseline": statistics.median(theirs), "ratio": ratio,
        "bar": DEDUPE_BAR, "holds": ratio >= DEDUPE_BAR and found >= RECALL_BAR, "baseline_is": "rapidfuzz cdist, all pairs",
        "titles": TITLES, "copies_found": found, "copies_bar": RECALL_BAR, "rounds": rounds,
    }  # fmt: skip


def planted_titles(count: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Titles, the last fifth near-copies of the first ones (a suffix, another case, a word dropped or swapped), and the pairs."""
    draw = random.Random(7)
    words = random_words(draw)
    originals = [" ".join(draw.choices(words, k=9)) for _ in range(count * 4 // 5)]
    titles, pairs = list(originals), []
    for original in range(count - len(originals)):
        pairs.append((len(titles), original))
        titles.append(_near_copy(originals[original].split(), original % 4, draw))
    return titles, pairs


def _near_copy(words: list[str], kind: int, draw: random.Random) -> str:
    at = draw.randrange(len(words) - 1)
    if kind == 0:
        words.append("live")
    elif kind == 1:
        words = [word.upper() for word in words]
    elif kind == 2:
        del words[at]
    else:
        words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def random_words(draw: random.Random) -> list[str]:
    return ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(4, 9))) for _ in range(3000)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of each instead of five")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    rounds = 1 if options.quick else 5
    return report([measure_fetching(rounds), measure_dedupe(rounds)], options.json)


if __name__ == "__main__":
    sys.exit(main())
