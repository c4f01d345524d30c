"""Rows as tables for `forge runs`, `forge jobs` and `forge approvals`."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from memory.repositories import approvals, jobs, runs

_ALL = 10_000  # runs of a workspace that jobs are looked up by


def show_runs(session: Session, workspace_id: int, limit: int) -> None:
    rows = [
        (
            run.id,
            run.status,
            run.request,
            "; ".join(map(str, run.reasons)),
            f"{run.cost_micros / 1_000_000:.4f}",
            f"{run.created_at:%m-%d %H:%M}",
        )
        for run in runs.latest(session, workspace_id, limit)
    ]
    _show(("run", "status", "asked for", "why", "model cost", "when (UTC)"), rows)


def show_jobs(session: Session, workspace_id: int, limit: int) -> None:
    mine = {run.id for run in runs.latest(session, workspace_id, _ALL)}
    rows = [
        (job.id, job.kind, job.pool, job.status, f"{job.progress:.0%} {job.stage}", f"{job.attempts}/{job.max_attempts}", job.error)
        for job in jobs.latest(session, limit)
        if job.run_id is None or job.run_id in mine
    ]
    _show(("job", "kind", "pool", "status", "progress", "tries", "error"), rows)


def show_approvals(session: Session, workspace_id: int, limit: int) -> None:
    rows = [
        (row.id, row.status, row.tool, row.content.get("title", ""), row.why, f"{row.expires_at:%m-%d %H:%M}")
        for row in approvals.listing(session, workspace_id, limit=limit)
    ]
    _show(("approval", "status", "for", "title", "why asked", "expires (UTC)"), rows)


def _show(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    console = Console()
    if not rows:
        console.print("Nothing yet.")
        return
    table = Table(*heads, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)
