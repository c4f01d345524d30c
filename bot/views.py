"""What the doors say themselves: help, status, open questions. Plain text; each door escapes it for its own format."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from memory.domain import ApprovalStatus, Button, Role, RunStatus
from memory.repositories import accounts, approvals, controls, jobs, runs
from memory.tables import Approval, Job, Member, Run, Workspace

HELP = """I make short videos from your files, post the ones you approve, and tell you what they earned.

Say what you want in your own words, for example:
  make 3 shorts from "talk.mp4" and post the best one
  bigger captions on clip 4, and no music
  what is trending in my niche?
  how did my posts do?

/make 3 shorts from FILE: cut shorts from a file
/clips, /post NUMBER: the clips that are there, and posting one
/ideas: what could be made next, with evidence
/stats, /money: views, watch time and profit of your posts
/digest: what the numbers suggest to make next
/approvals: what waits for your yes or no
/rights FILE-ID owned | licensed LICENCE | AUTHOR | WHERE IT IS WRITTEN: say whose a file is
/status: what is going on
/stop: stop everything, at once
/resume: go on after a stop

Nothing is posted or paid for without a button you press or a limit you set."""

_STATES = {
    RunStatus.QUEUED: "waiting for a worker",
    RunStatus.RUNNING: "at work",
    RunStatus.WAITING: "waiting",
}
_REQUEST_CHARACTERS = 60


def help_text(member: Member) -> str:
    return HELP if member.role is not Role.VIEWER else f"{HELP}\n\nYou are a viewer here: you may use /status, /approvals, /help and /stop."


def status(session: Session, workspace: Workspace, at: datetime) -> str:
    """What is going on in a workspace: stop switch, open runs and jobs, open questions, accounts, cost of the last day."""
    lines = ["Everything is stopped. /resume goes on." if controls.is_stopped(session, workspace.id) else "Running."]
    open_runs = runs.open_runs(session, workspace.id)
    lines += [_run_line(session, run) for run in open_runs] or ["Nothing is being worked on."]
    pending = approvals.listing(session, workspace.id, only_pending=True)
    if pending:
        lines.append(f"{_count(len(pending), 'question waits', 'questions wait')} for an answer: /approvals")
    lines.append(_accounts_line(session, workspace))
    lines.append(_planner_line(session, workspace))
    return "\n".join(lines)


def pending_approvals(session: Session, workspace_id: int, at: datetime) -> tuple[str, tuple[Button, ...]]:
    """The open questions with their buttons, oldest first."""
    rows = [row for row in reversed(approvals.listing(session, workspace_id, only_pending=True)) if row.expires_at > at]
    if not rows:
        return "Nothing waits for your answer.", ()
    lines = [approval_line(row, at) for row in rows]
    buttons = [button for row in rows for button in approval_buttons(row, with_id=len(rows) > 1)]
    return "\n".join(lines), tuple(buttons)


def approval_line(row: Approval, at: datetime) -> str:
    title = row.content.get("title") or row.arguments.get("title") or ""
    about = f" “{title}”" if title else ""
    left = f", open for {_span(row.expires_at - at)}" if row.status is ApprovalStatus.PENDING else ""
    return f"{row.id}: {row.tool}{about} ({row.status}{left})" + (f": {row.why}" if row.why else "")


def approval_buttons(row: Approval, *, with_id: bool = False) -> tuple[Button, Button]:
    suffix = f" {row.id}" if with_id else ""
    return Button(f"Approve{suffix}", f"a:{row.id}:y"), Button(f"Reject{suffix}", f"a:{row.id}:n")


def stopped_text(stopped: Sequence[Job], already: bool) -> str:
    if already and not stopped:
        return "Everything is stopped already. /resume goes on."
    kinds = ", ".join(sorted({job.kind.replace("_", " ") for job in stopped}))
    work = f"{_count(len(stopped), 'job was', 'jobs were')} called off ({kinds}). " if stopped else "No job was running. "
    return f"Stopped. {work}Nothing is posted, made or asked of a model until you say /resume."


def _run_line(session: Session, run: Run) -> str:
    request = run.request if len(run.request) <= _REQUEST_CHARACTERS else f"{run.request[: _REQUEST_CHARACTERS - 1]}…"
    work = [job for job in jobs.latest(session, 5, run_id=run.id, only_open=True) if job.kind != "advance"]
    doing = "; ".join(f"{job.stage or job.kind.replace('_', ' ')} {job.progress:.0%}" for job in work)
    return f"Run {run.id} “{request}”: {doing or _STATES[run.status]}"


def _accounts_line(session: Session, workspace: Workspace) -> str:
    rows = accounts.of_workspace(session, workspace.id)
    if not rows:
        return "No account is connected: `forge connect youtube` connects one."
    names = [f"{row.platform} {row.title or row.remote_id}{' (connect it again)' if row.needs_reauth else ''}" for row in rows]
    return f"Accounts: {', '.join(names)}."


def _planner_line(session: Session, workspace: Workspace) -> str:
    model = next((run.model for run in runs.latest(session, workspace.id, limit=10) if run.model), "")
    return f"The last plan was made by {model}." if model else "No plan was made yet."


def _span(left: object) -> str:
    seconds = int(getattr(left, "total_seconds", lambda: 0.0)())
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min" if seconds >= 3600 else f"{max(1, seconds // 60)} min"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
