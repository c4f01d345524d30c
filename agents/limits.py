"""The limits of a run, checked in one place before each model call. Reaching one is an error the owner sees, never a silent stop."""

from datetime import datetime, timedelta

from memory.errors import LimitError
from memory.repositories.runs import Standing

DAY = timedelta(hours=24)
"""The time a workspace's budget is for."""


def check(run: Standing, at: datetime) -> None:
    """Raise when the run has spent its steps, its money or its time, or the workspace its budget of the day.

    Raises:
        LimitError: Says which limit, how much was spent, and how to go on.
    """
    if run.steps >= run.max_steps:
        raise LimitError(f"Run {run.run_id} has used its {run.max_steps} steps.", hint="Ask again in smaller parts.")
    if run.cost_micros >= run.max_cost_micros:
        raise LimitError(
            f"Run {run.run_id} has spent {run.cost_micros / 1e6:.2f} of {run.max_cost_micros / 1e6:.2f}.",
            hint="Raise the limit to go on.",
        )
    age_s = (at - run.created_at).total_seconds()
    if age_s >= run.max_wall_s:
        limit_h = run.max_wall_s / 3600
        raise LimitError(f"Run {run.run_id} is {age_s / 3600:.1f} hours old, its limit is {limit_h:.1f}.", hint="Ask again.")
    spent = run.workspace_cost_micros
    if spent and spent >= run.budget_minor * 10_000:
        raise LimitError(
            f"Today's budget of {run.budget_minor / 100:.2f} {run.currency} is spent ({spent / 1e6:.2f}).",
            hint="Raise the workspace's budget, or wait until tomorrow.",
        )
