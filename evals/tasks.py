"""The offline suite as an inspect_ai task: the scenarios are its dataset, playing one is its solver, the scorers are its scorers.

inspect_ai gives the loop, the log files and their viewer (`inspect view`). No model is called by it: a scenario brings its own.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score as InspectScore
from inspect_ai.scorer import Scorer as InspectScorer
from inspect_ai.scorer import Target, accuracy, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.sample import Outcome, Result, Scenario, Wiring
from evals.scorers import SCORERS
from evals.stage import InfrastructureError, Stage
from evals.world import play

log = logging.getLogger(__name__)


@dataclass
class Played:
    """What the solver leaves for the scorers and for the report. Outcomes hold secrets, so they are in no log file."""

    results: dict[str, Result] = field(default_factory=dict)


def play_and_score(stage: Stage, scenario: Scenario, wiring: Wiring | None = None) -> Result:
    """Play one scenario and score it. The one place of the evals that catches everything: a bug fails its scenario, not the suite."""
    try:
        end = play(stage, scenario, wiring)
    except InfrastructureError as error:
        log.exception("eval.infrastructure scenario=%s", scenario.name)
        return Result(scenario.name, scenario.goal, infrastructure=str(error))
    except Exception:
        log.exception("eval.crashed scenario=%s", scenario.name)
        end = Outcome({}, crash=traceback.format_exc())
    scores = {name: judge(scenario, end) for name, judge in SCORERS.items()}
    return Result(scenario.name, scenario.goal, scores, end.steps, end.cost_micros, round(end.wall_s, 2))


@task
def offline_suite(stage: Stage, scenarios: Sequence[Scenario], played: Played, on_result: Callable[[Result], None]) -> Task:
    samples = [
        Sample(id=one.name, input=one.input, target=one.goal, metadata={"checks": [c.words for c in one.checks]}) for one in scenarios
    ]
    scorers = [_as_inspect(name) for name in SCORERS]
    by_name = {one.name: one for one in scenarios}
    return Task(
        dataset=MemoryDataset(samples, name="offline"),
        solver=_play(stage, by_name, played, on_result),
        scorer=[make(played) for make in scorers],
    )


@solver
def _play(stage: Stage, scenarios: dict[str, Scenario], played: Played, on_result: Callable[[Result], None]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        name = str(state.sample_id)
        result = await asyncio.to_thread(play_and_score, stage, scenarios[name])
        played.results[name] = result
        on_result(result)
        state.output.completion = result.explanation
        return state

    return solve


def _as_inspect(name: str) -> Callable[[Played], InspectScorer]:
    @scorer(name=name, metrics=[accuracy()])
    def make(played: Played) -> InspectScorer:
        async def score(state: TaskState, target: Target) -> InspectScore | None:
            found = played.results[str(state.sample_id)].scores.get(name)
            return InspectScore(value=int(found.passed), explanation=found.explanation) if found else None

        return score

    return make
