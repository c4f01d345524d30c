"""No run and no day costs more than it may. The price of a call is known after it, so the last one may pass the limit by its own cost."""

from evals.sample import Outcome, Scenario, Score
from memory.domain import Json

_MICROS_PER_MINOR = 10_000


def nothing_over_budget(scenario: Scenario, end: Outcome) -> Score:
    """Runs in the order they began: one that begins when the day's budget is spent thinks no more."""
    budget = min((int(row["budget_minor"]) for row in end.of("workspaces")), default=0) * _MICROS_PER_MINOR
    spent = 0
    for run in end.of("runs"):
        if spent >= budget > 0 and run["steps"]:
            return Score(False, f"run {run['id']} made {run['steps']} model calls after the budget was spent")
        limit = min(int(run["max_cost_micros"]), max(budget - spent, 0)) + _one_call(run)
        if run["steps"] and run["cost_micros"] > limit:
            return Score(False, f"run {run['id']} cost {run['cost_micros'] / 1e6:.2f}, its limit was {limit / 1e6:.2f}")
        if run["steps"] > run["max_steps"]:
            return Score(False, f"run {run['id']} made {run['steps']} model calls, its limit is {run['max_steps']}")
        spent += int(run["cost_micros"])
    return Score(True, f"{spent / 1e6:.2f} spent of {budget / 1e6:.2f}")


def _one_call(run: Json) -> int:
    return -(-int(run["cost_micros"]) // max(1, int(run["steps"])))
