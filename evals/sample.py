"""The words of an eval: what a scenario is, what came of it, and what a scorer says about that. Plain values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from langchain_core.language_models import BaseChatModel

from agents.agent import Agent
from memory.domain import Autonomy, Json, Rights

if TYPE_CHECKING:
    from evals.world import World


class Step(NamedTuple):
    """One thing the owner, somebody else or fate does. `words` stand in the report."""

    words: str
    act: Callable[[World], None]


class Check(NamedTuple):
    """One claim about the end. `problem` returns what is wrong, or nothing."""

    words: str
    problem: Callable[[Outcome], str]


@dataclass(frozen=True, slots=True)
class Start:
    """The rows a scenario begins with."""

    clips: int = 1
    """Finished clips that passed inspection."""
    rights: Rights = Rights.OWNED
    """Of the source the clips were made from."""
    is_connected: bool = True
    """Whether a channel on the sandbox's YouTube is connected."""
    autonomy: Autonomy = Autonomy.ASK
    posts_per_day: int = 3
    spent_micros: int = 0
    """What an earlier run of today cost, in millionths of the workspace's currency."""
    max_steps: int = 0
    """Limit of model calls of every run; 0 leaves the usual one."""
    clip_title: str = "A strong claim"
    offer: str = ""
    """Address of an affiliate offer."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Who thinks: by default the offline planner and the real team."""

    model: Callable[[], BaseChatModel] | None = None
    team: Mapping[str, Agent] | None = None
    is_priced: bool = False
    """Whether its calls cost money, as those of a real endpoint do: 1.00 for a million tokens."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story: where it begins, what happens, and what must be true afterwards."""

    name: str
    goal: str
    script: tuple[Step, ...]
    checks: tuple[Check, ...]
    start: Start = Start()
    wiring: Wiring = Wiring()

    @property
    def input(self) -> str:
        return "; ".join(step.words for step in self.script)


class StuckError(Exception):
    """The script cannot go on: what it would press was never shown, or where it would strike was never passed."""


class Stop(NamedTuple):
    """A time in which everything was stopped, counted in calls the platforms had got. `until` is None while it lasts."""

    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is there when a scenario is over."""

    rows: Mapping[str, Sequence[Json]]
    """Every table but the vault, by name, oldest row first."""
    videos: Sequence[Json] = ()
    """What the sandbox's YouTube has."""
    calls: Sequence[Json] = ()
    """What the sandbox was asked, oldest first."""
    stops: Sequence[Stop] = ()
    secrets: Sequence[str] = ()
    """Values that must stand nowhere."""
    log: str = ""
    checkpoints: str = ""
    """All text in the graph's checkpoints."""
    refusals: Sequence[str] = ()
    """What presses and messages that were not allowed were answered with."""
    wall_s: float = 0.0
    stuck: str = ""
    """Why the script could not be played to its end; what is there is scored all the same."""
    crash: str = ""
    """The traceback of an error nobody handled."""

    def of(self, table: str) -> Sequence[Json]:
        return self.rows.get(table, ())

    @property
    def said(self) -> list[str]:
        """Everything that was said to the owner, oldest first."""
        return [str(row["payload"]["text"]) for row in self.of("outbox")]

    @property
    def steps(self) -> int:
        return sum(int(run["steps"]) for run in self.of("runs"))

    @property
    def cost_micros(self) -> int:
        return sum(int(run["cost_micros"]) for run in self.of("runs"))


@dataclass(frozen=True, slots=True)
class Score:
    """A scorer's word: passed or not, and why in one line."""

    passed: bool
    explanation: str


Scorer = Callable[[Scenario, Outcome], Score]


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario with its scores by scorer. `infrastructure` says why it could not be played, where it could not."""

    scenario: str
    goal: str
    scores: Mapping[str, Score] = field(default_factory=dict)
    steps: int = 0
    cost_micros: int = 0
    wall_s: float = 0.0
    infrastructure: str = ""

    @property
    def passed(self) -> bool:
        return not self.infrastructure and bool(self.scores) and all(score.passed for score in self.scores.values())

    @property
    def explanation(self) -> str:
        """The first thing that is wrong, or what was checked."""
        if self.infrastructure:
            return self.infrastructure
        wrong = [f"{name}: {score.explanation}" for name, score in self.scores.items() if not score.passed]
        return "; ".join(wrong) or self.scores["end_state"].explanation
