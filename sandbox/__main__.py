"""`python -m sandbox --port 0 --seed 7 --state FILE --announce FILE`."""

import argparse
from pathlib import Path

from sandbox.server import run
from sandbox.world import parse_iso


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox", description="YouTube, a shop, feeds and Hacker News on localhost.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--seed", type=int, default=7, help="of a new world")
    parser.add_argument("--state", type=Path, help="SQLite file to keep the world in")
    parser.add_argument("--announce", type=Path, help='file to write {"url": ...} to once it listens')
    parser.add_argument("--start", type=parse_iso, help="RFC 3339 time at which a new world's clock stands still")
    parser.add_argument("--die-with-parent", action="store_true", help="stop when the parent process dies (Linux)")
    args = parser.parse_args()
    run(args.host, args.port, args.state, args.seed, announce=args.announce, die_with_parent=args.die_with_parent, start=args.start)


if __name__ == "__main__":
    main()
