"""One scenario's world: the real graph, policy, tools and rows, the sandbox over HTTP, a clock in our hand, and people."""

import io
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from agents.caller import ModelCaller
from agents.offline import OfflinePlanner
from agents.settings import ModelSettings
from agents.team import TEAM
from evals.hand import Hand, youtube_settings
from evals.sample import Outcome, Scenario, Start, Stop, StuckError, Wiring
from evals.stage import Stage, write_clip
from graphs.supervisor import build
from memory.artefacts import FolderStore
from memory.checkpoints import open_checkpointer
from memory.domain import Json, ProductionStatus, Rights, Role, RunStatus, Verdict
from memory.repositories import assets, offers, productions, runs, workspaces
from memory.settings import StorageSettings
from memory.tables import Account, Asset, Production, Table, Variant, move_to
from memory.vault import Vault
from tools.publishing.accounts import begin_connect, finish_connect
from tools.publishing.tokens import vault_name
from tools.toolkit import Deps
from tools.video.timeline import dump_timeline, timeline_hash

_CALLBACK = "http://127.0.0.1:8765/oauth/callback"


@dataclass
class HandClock:
    """The real time plus what was waited."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class NoQueue:
    """Carries nothing: the hand finds its jobs in their rows, as the sweeper does."""

    def send(self, job_id: int, pool: str) -> None:
        return None


@dataclass
class World:
    """What the steps of a script act on."""

    stage: Stage
    deps: Deps
    clock: HandClock
    settings: StorageSettings
    wiring: Wiring
    hand: Hand = field(init=False)
    workspace_id: int = 0
    conversation_id: int = 0
    owner_id: int = 0
    source_id: int = 0
    variant_ids: list[int] = field(default_factory=list)
    account: Account | None = None
    stops: list[Stop] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    counted: int = 0
    max_steps: int = 0
    _open: ExitStack = field(default_factory=ExitStack)
    _graph: Any = None

    def __post_init__(self) -> None:
        self.hand = Hand(self.deps, self.graph, self.begin_anew, self.stage.platforms.url)

    def graph(self) -> Any:
        """The graph of this process."""
        if self._graph is None:
            wiring = self.wiring
            model = wiring.model() if wiring.model else OfflinePlanner()
            address = "http://127.0.0.1:9/v1" if wiring.is_priced else ""
            prices = ModelSettings(api_key="", base_url=address, input_price_per_million=1.0, output_price_per_million=1.0)
            caller = ModelCaller(self.deps, model, prices)
            saver = self._open.enter_context(open_checkpointer(self.settings))
            saver.conn.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]  # SQLite's saver, see `stage._hurry`
            self._graph = build(self.deps, caller, saver, team=wiring.team or TEAM)
        return self._graph

    def begin_anew(self) -> None:
        """A fresh process: nothing is left but what was committed."""
        self._graph = None
        self._open.close()

    def close(self) -> None:
        self._open.close()
        self.deps.database.close()

    def count(self) -> int:
        """A number that no other event of this world has."""
        self.counted += 1
        return self.counted

    def platform_calls(self) -> int:
        """How many calls the platforms have got so far."""
        return max((int(call["n"]) for call in self.stage.platforms.get("calls")["calls"]), default=0)

    def member(self, role: Role) -> int:
        """The id of a member with this role, made when there is none."""
        with self.deps.database.session() as session:
            return workspaces.ensure_member(session, self.workspace_id, "terminal", role.value, role=role).id

    def outcome(self, log: str = "", wall_s: float = 0.0, stuck: str = "") -> Outcome:
        """Everything that is there now."""
        self.begin_anew()
        database = self.deps.database
        with database.reading() as session:
            tables = [table for table in Table.metadata.sorted_tables if table.name != "secrets"]
            rows = {table.name: [dict(row._mapping) for row in session.execute(table.select())] for table in tables}
            secrets = ["sandbox-secret"]
            if self.account is not None and (kept := self.deps.vault.get(session, vault_name(self.account.id))):
                tokens = json.loads(kept)
                secrets += [tokens["access"], tokens["refresh"]]
        checkpoints = self.settings.home / "checkpoints.db"
        text = checkpoints.read_bytes().decode("latin-1") if checkpoints.exists() else ""
        platforms = self.stage.platforms
        videos, calls = platforms.get("posts")["posts"], platforms.get("calls")["calls"]
        return Outcome(rows, videos, calls, tuple(self.stops), secrets, log, text, tuple(self.refusals), wall_s, stuck)


@contextmanager
def open_world(stage: Stage, start: Start, wiring: Wiring | None = None) -> Iterator[World]:
    """A fresh world with these rows; its folder is gone afterwards."""
    folder = Path(tempfile.mkdtemp(dir=stage.folder, prefix="world-"))
    for suffix in ("-wal", "-shm"):
        (stage.folder / f"forge.db{suffix}").unlink(missing_ok=True)
    shutil.copyfile(stage.empty, stage.folder / "forge.db")
    settings = StorageSettings(home=folder, database_url=stage.database.url)
    clock = HandClock()
    deps = Deps(stage.database, FolderStore(folder / "artefacts"), Vault(bytes(32)), NoQueue(), clock, folder / "work")
    world = World(stage, deps, clock, settings, wiring or Wiring())
    try:
        stage.platforms.control("reset", seed=stage.seed)
        stage.platforms.control("settings", processing_s=0)
        _furnish(world, start, folder)
        yield world
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def _furnish(world: World, start: Start, folder: Path) -> None:
    world.max_steps = start.max_steps
    with world.deps.database.session() as session:
        workspace = workspaces.ensure_workspace(session)
        workspace.autonomy, workspace.posts_per_day = start.autonomy, start.posts_per_day
        world.workspace_id = workspace.id
        world.owner_id = workspaces.ensure_member(session, workspace.id, "terminal", "owner", role=Role.OWNER).id
        world.conversation_id = workspaces.ensure_conversation(session, workspace.id, "terminal", "local").id
        channel_id = workspaces.list_channels(session, workspace.id)[0].id
        if start.spent_micros:
            earlier = runs.add(session, workspace_id=workspace.id, trigger="schedule", request="earlier today")
            earlier.cost_micros = start.spent_micros
            move_to(earlier, RunStatus.RUNNING)
            runs.end(session, earlier, RunStatus.SUCCEEDED)
        if start.offer:
            offers.add(session, workspace_id=workspace.id, name="Offer", url=start.offer, ref_parameter="ref")
    _add_clips(world, start, folder)
    if start.is_connected:
        world.account = connect(world, channel_id)


def connect(world: World, channel_id: int) -> Account:
    """Connect the sandbox's channel through its consent page, as an owner would."""
    parts = (world.deps.database, world.deps.vault, youtube_settings())
    url = world.stage.platforms.url
    consent = begin_connect(*parts, channel_id=channel_id, redirect_uri=_CALLBACK, base_url=url)
    answer = world.stage.platforms.consent(consent.url)
    return finish_connect(*parts, state=answer["state"], code=answer["code"])


def _add_clips(world: World, start: Start, folder: Path) -> None:
    """A source, and a production that made clips of it: copies of the one that was rendered for the suite."""
    deps, short = world.deps, world.stage.short
    source = deps.store.put(world.stage.source)
    files = [deps.store.put(write_clip(short.file, folder / f"clip-{n}.mp4", n)) for n in range(start.clips)]
    proof = "said by the owner" if start.rights is not Rights.UNKNOWN else ""
    said: Json = {"workspace_id": world.workspace_id, "rights": start.rights, "proof": proof}
    with deps.database.session() as session:
        sized: Json = {"sha256": source.sha256, "size_bytes": source.size_bytes}
        row = assets.add(session, **said, **sized, kind="source", name="talk.mp4", source="talk.mp4")
        world.source_id = row.id
        if not files:
            return
        production = productions.add(
            session, workspace_id=world.workspace_id, run_id=None, source_asset_id=row.id, brief={"count": start.clips}
        )
        move_to(production, ProductionStatus.RUNNING)
        move_to(production, ProductionStatus.READY)
        for n, file in enumerate(files):
            stored: Json = {"sha256": file.sha256, "size_bytes": file.size_bytes}
            render = assets.add(session, **said, **stored, kind="render", name=f"clip-{n}.mp4")
            world.variant_ids.append(_add_variant(session, world, start, production, render, n))


def _add_variant(session: Session, world: World, start: Start, production: Production, render: Asset, number: int) -> int:
    short = world.stage.short
    variant = Variant(
        production_id=production.id,
        position=number + 1,
        start_s=short.moment.start_s,
        end_s=short.moment.end_s,
        score=round(0.9 - 0.1 * number, 2),
        reason="a strong claim, said in one breath",
        title=start.clip_title if not number else f"{start.clip_title} {number + 1}",
        timeline=json.loads(dump_timeline(short.timeline)),
        timeline_hash=f"{timeline_hash(short.timeline)[:48]}{number:016d}",
        asset_id=render.id,
        facts={"duration_s": short.duration_s},
        verdict=Verdict.OK,
        checks={name: asdict(check) for name, check in short.inspection.checks.items()},
    )
    return productions.save_variant(session, variant).id


def play(stage: Stage, scenario: Scenario, wiring: Wiring | None = None) -> Outcome:
    """Play a scenario to its end. `wiring` puts somebody else in the place of its agents.

    Raises:
        InfrastructureError: The sandbox is away.
    """
    log = io.StringIO()
    listener = logging.StreamHandler(log)
    logging.getLogger().addHandler(listener)
    started = time.perf_counter()
    try:
        with open_world(stage, scenario.start, wiring or scenario.wiring) as world:
            stuck = ""
            try:
                for step in scenario.script:
                    step.act(world)
            except StuckError as error:
                stuck = str(error)
            return world.outcome(log.getvalue(), time.perf_counter() - started, stuck)
    finally:
        logging.getLogger().removeHandler(listener)
