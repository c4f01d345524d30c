"""The limits of a run, checked in one place before each model call. Reaching one is an error the owner sees, never a silent stop."""

from datetime import datetime

from sqlalchemy.orm import Session

from memory.errors import LimitError
from memory.repositories import runs, workspaces
from memory.tables import Run

_DAY_S = 86_400


def check(session: Session, run: Run, at: datetime) -> None:
    """Raise when the run has spent its steps, its money or its time, or the workspace its budget of the day.

    Raises:
        LimitError: Says which limit, how much was spent, and how to go on.
    """
    if run.steps >= run.max_steps:
        raise LimitError(f"Run {run.id} has used its {run.max_steps} steps.", hint="Ask again in smaller parts.")
    if run.cost_micros >= run.max_cost_micros:
        raise LimitError(
            f"Run {run.id} has spent {run.cost_micros / 1e6:.2f} of {run.max_cost_micros / 1e6:.2f}.", hint="Raise the limit to go on."
        )
    age_s = (at - run.created_at).total_seconds()
    if age_s >= run.max_wall_s:
        raise LimitError(f"Run {run.id} is {age_s / 3600:.1f} hours old, its limit is {run.max_wall_s / 3600:.1f}.", hint="Ask again.")
    workspace = workspaces.get_workspace(session, run.workspace_id)
    since = datetime.fromtimestamp(at.timestamp() - _DAY_S, at.tzinfo)
    spent = runs.cost_micros_since(session, workspace.id, since)
    if spent and spent >= workspace.budget_minor * 10_000:
        raise LimitError(
            f"Today's budget of {workspace.budget_minor / 100:.2f} {workspace.currency} is spent ({spent / 1e6:.2f}).",
            hint="Raise the workspace's budget, or wait until tomorrow.",
        )
