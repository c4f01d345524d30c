"""Kill every process of the pipeline at random instants, and show that nothing is lost and nothing happens twice.

    python -m tests.crash --runs 40 [--seed N]

One installation works through many small requests (a three-second film, one clip, one post on the sandbox). During each, seeded kills
(SIGKILL) hit a worker, a work horse with its children, the queue server, or the sandbox in the middle of a connection. Afterwards rows,
files and what the sandbox received must say what they say without kills. The last line is a summary; the exit code is 1 when any run
differs.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot import inbound
from bot.terminal import Seat, take_seat
from demo.stand_ins import connect_sandbox, control, posts_there
from memory.database import Database, migrate
from memory.domain import ApprovalStatus, EffectStatus, JobStatus, PostStatus, Rights, RunStatus
from memory.errors import AppError
from memory.repositories import assets, runs
from memory.settings import StorageSettings
from memory.tables import Approval, Asset, Effect, Job, LedgerEntry, Outbox, Post, Production, Run, ToolCall, Variant
from tools import queue_server
from tools.ffmpeg import run_ffmpeg
from tools.toolkit import Deps
from worker.house import House, plan_house
from worker.settings import build_deps
from worker.supervisor import Supervisor

VICTIMS = ("worker agent", "worker cpu", "worker publish", "horse agent", "horse cpu", "horse publish", "queue server", "sandbox")
RUN_LIMIT_S = 120.0
_OVER = (RunStatus.SUCCEEDED, RunStatus.DEGRADED, RunStatus.BLOCKED, RunStatus.CANCELED)


@dataclass
class Pipeline:
    """A running installation and its owner."""

    settings: StorageSettings
    deps: Deps
    house: House
    supervisor: Supervisor
    seat: Seat
    folder: Path
    number: int = 0

    def request(self) -> int:
        """Ask for one clip of a new small film, to be posted; returns the run's id."""
        self.number += 1
        asset_id = self._film(self.number)
        with self.deps.database.session() as session:
            workspace_id = self.seat.conversation.workspace_id
            assets.set_rights(session, assets.get(session, workspace_id, asset_id), Rights.OWNED, proof="made by the crash test")
        receipt = inbound.receive_text(
            self.deps, "terminal", self.seat.conversation, self.seat.member, uuid.uuid4().hex, "/make 1 short and post it", asset_id
        )
        assert receipt.run_id is not None
        return receipt.run_id

    def answer(self, run_id: int) -> None:
        """Press approve on the run's question, as often as one likes."""
        with self.deps.database.reading() as session:
            query = select(Approval.id).where(Approval.run_id == run_id, Approval.status == ApprovalStatus.PENDING)
            pending = list(session.scalars(query))
        for approval_id in pending:
            inbound.receive_button(
                self.deps, "terminal", self.seat.conversation, self.seat.member, f"press-{approval_id}", f"a:{approval_id}:y"
            )

    def status(self, run_id: int) -> RunStatus:
        with self.deps.database.reading() as session:
            return runs.get(session, run_id).status

    def _film(self, number: int) -> int:
        path = self.folder / f"film-{number}.mp4"
        picture = f"testsrc2=size=320x240:rate=24:duration=3,hue=h={number * 37 % 360}"
        sound = f"sine=frequency={220 + number}:duration=3"
        arguments = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264", "-preset", "ultrafast"]
        run_ffmpeg([*arguments, "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", "-y", str(path)], timeout_s=60)
        stored = self.deps.store.put(path)
        with self.deps.database.session() as session:
            asset = assets.add(
                session,
                workspace_id=self.seat.conversation.workspace_id,
                sha256=stored.sha256,
                size_bytes=stored.size_bytes,
                kind="source",
                name=path.name,
                source=path.name,
            )
            return asset.id


@contextlib.contextmanager
def pipeline(folder: Path, database_url: str = "") -> Iterator[Pipeline]:
    """An installation of its own with a connected sandbox account; nothing of it is left afterwards."""
    settings = StorageSettings(home=folder / "home", database_url=database_url, redis_url="", vault_key="", lease_s=3.0)
    settings.home.mkdir(parents=True)
    database = Database(settings.sqlalchemy_url)
    migrate(database)
    database.close()
    queue_server.ensure_server(settings)
    deps = build_deps(settings)
    house = plan_house(settings, sandbox=True, extra=_environment)
    supervisor = Supervisor(settings, house.processes, grace_s=2.0, logs=folder / "logs")
    try:
        with supervisor:
            house.wait_until_open()
            seat = take_seat(deps)
            connect_sandbox(deps, house, seat.conversation.workspace_id)
            control(house.sandbox_url, "settings", {"processing_s": 0, "quota": {"insert": 100_000, "general": 10_000_000}})
            yield Pipeline(settings, deps, house, supervisor, seat, folder)
    finally:
        queue_server.stop_server(settings)
        deps.database.close()


def _environment(sandbox_url: str) -> dict[str, str]:
    return {
        "MODEL_API_KEY": "",
        "MODEL_BASE_URL": "",
        "DISCOVERY_HN_URL": sandbox_url,
        "VIDEO_PRESET": "quick",
        "VIDEO_MIN_S": "1",
        "VIDEO_MAX_S": "3",
        "YOUTUBE_POLL_S": "0.1",
    }


# --- killing ------------------------------------------------------------------------------------------------------


@dataclass
class Killer:
    """Kills at planned moments after its start, in a thread."""

    line: Pipeline
    plan: list[tuple[float, str]]
    done: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        started = time.monotonic()
        for at_s, victim in self.plan:
            if self.over.wait(max(0.0, at_s - (time.monotonic() - started))):
                return
            hit = self._kill(victim)
            self.done.append(f"{victim} at {at_s:.2f} s" + ("" if hit else " (was not there)"))

    def _kill(self, victim: str) -> bool:
        kind, _, pool = victim.partition(" ")
        pids = self.line.supervisor.pids
        if victim == "queue server":
            pid = queue_server.server_pid(self.line.settings)
        elif victim == "sandbox":
            pid = pids.get("sandbox")
        else:
            parent = pids.get(f"{pool}-1")
            pid = parent if kind == "worker" else _child_of(parent)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False


def _child_of(parent: int | None) -> int | None:
    """The work horse of a worker: its newest child process."""
    if parent is None:
        return None
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return int(children[-1]) if children else None
    return None


def plan_kills(dice: random.Random, length_s: float) -> list[tuple[float, str]]:
    """One to three kills within the time a run usually takes."""
    return sorted((dice.uniform(0.0, length_s), dice.choice(VICTIMS)) for _ in range(dice.randint(1, 3)))


# --- one run ------------------------------------------------------------------------------------------------------


def play(line: Pipeline, kills: list[tuple[float, str]]) -> tuple[list[str], list[str], float]:
    """One request under these kills. Returns what is wrong afterwards, what was killed, and how long it took in seconds."""
    started = time.monotonic()
    run_id = line.request()
    killer = Killer(line, kills)
    thread = threading.Thread(target=killer.run, daemon=True)
    thread.start()
    try:
        while line.status(run_id) not in _OVER:
            line.answer(run_id)
            if time.monotonic() - started > RUN_LIMIT_S:
                return [f"not over after {RUN_LIMIT_S:g} s: {describe(line, run_id)}"], killer.done, RUN_LIMIT_S
            time.sleep(0.05)
    finally:
        killer.over.set()
        thread.join()
    wall_s = time.monotonic() - started
    line.house.wait_until_open()  # a sandbox that was killed at the last moment answers again
    return check(line, run_id), killer.done, wall_s


def check(line: Pipeline, run_id: int) -> list[str]:
    """Everything that differs from a run without kills."""
    with line.deps.database.reading() as session:
        wrong: list[str] = []

        def expect(what: str, found: Any, wanted: Any) -> None:
            if found != wanted:
                wrong.append(f"{what}: {found!r}, should be {wanted!r}")

        run = session.get_one(Run, run_id)
        expect("run", (run.status, run.reasons), (RunStatus.SUCCEEDED, []))
        productions = list(session.scalars(select(Production).where(Production.run_id == run_id)))
        expect("productions", len(productions), 1)
        ids = [production.id for production in productions]
        variants = list(session.scalars(select(Variant).where(Variant.production_id.in_(ids))))
        expect("variants", len(variants), 1)
        posts = list(session.scalars(select(Post).where(Post.variant_id.in_([variant.id for variant in variants]))))
        expect("posts", [post.status for post in posts], [PostStatus.PUBLISHED])
        effects = list(session.scalars(select(Effect).where(Effect.run_id == run_id)))
        expect("effects", [effect.status for effect in effects], [EffectStatus.CONFIRMED])
        approvals = list(session.scalars(select(Approval.status).where(Approval.run_id == run_id)))
        expect("approvals", approvals, [ApprovalStatus.USED])
        left = list(session.scalars(select(Job.kind).where(Job.run_id == run_id, Job.status.in_((JobStatus.FAILED, JobStatus.CANCELED)))))
        expect("failed jobs", left, [])
        costs = session.scalar(
            select(func.count()).select_from(LedgerEntry).where(LedgerEntry.production_id.in_(ids), LedgerEntry.kind == "compute")
        )
        expect("compute entries", costs, 1)
        calls = list(session.scalars(select(ToolCall.tool).where(ToolCall.run_id == run_id, ToolCall.tool != "hand_to")))
        expect("tool calls", sorted(calls), ["list_accounts", "make_shorts", "publish_post"])
        answers = session.scalar(
            select(func.count()).select_from(Outbox).where(Outbox.run_id == run_id, Outbox.key == f"run-{run_id}-answer")
        )
        expect("answers", answers, 1)
        for variant in variants:
            file = session.get_one(Asset, variant.asset_id)
            expect("the file in the store", line.deps.store.has(file.sha256), True)
            there = [post for post in posts_there(line.house.sandbox_url) if post["sha256"] == file.sha256]
            expect("videos on the sandbox with this content", len(there), 1)
    return wrong


def describe(line: Pipeline, run_id: int) -> str:
    with line.deps.database.reading() as session:
        run = session.get_one(Run, run_id)
        jobs = [
            f"{job.kind}:{job.status} try {job.attempts} {job.error}" for job in session.scalars(select(Job).where(Job.run_id == run_id))
        ]
    return f"run is {run.status}; jobs {jobs}"


def crash(runs_wanted: int, seed: int, folder: Path, say: Any = print) -> int:
    """Play many runs; returns how many were wrong."""
    dice = random.Random(seed)
    bad = kills = 0
    walls: list[float] = []
    with pipeline(folder) as line:
        wrong, _, usual_s = play(line, [])
        say(f"without kills: {usual_s:.1f} s {'ok' if not wrong else wrong}", flush=True)
        bad += bool(wrong)
        for number in range(1, runs_wanted + 1):
            wrong, killed, wall_s = play(line, plan_kills(dice, usual_s))
            walls.append(wall_s)
            kills += len(killed)
            bad += bool(wrong)
            say(
                f"{number:3d}/{runs_wanted} {'ok  ' if not wrong else 'WRONG'} {wall_s:5.1f} s  killed: {', '.join(killed) or 'nothing'}",
                flush=True,
            )
            for what in wrong:
                say(f"        {what}", flush=True)
        posts = len(posts_there(line.house.sandbox_url))
    middle = sorted(walls)[len(walls) // 2] if walls else 0.0
    say(
        f"crash: {runs_wanted} runs, seed {seed}, {kills} kills, {posts} posts on the sandbox for {runs_wanted + 1} requests, "
        f"median {middle:.1f} s, longest {max(walls, default=0.0):.1f} s, {bad} wrong"
    )
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it for a look")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="forge-crash-"))
    try:
        return min(1, crash(asked.runs, asked.seed, folder))
    except AppError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
