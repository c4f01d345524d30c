"""The policy: what goes through, what is asked, what is refused. Code decides from rows; nothing a model says is an input."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from memory.domain import Access, Autonomy
from memory.repositories import controls, runs, workspaces
from memory.tables import Run


class Decision(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"


STOPPED = "everything is stopped; say /resume to go on"


class Ruling(NamedTuple):
    decision: Decision
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the policy looks at."""

    stopped: bool
    autonomy: Autonomy
    tainted: bool
    """The run has read text from outside."""
    posts_today: int
    posts_per_day: int
    budget_spent: bool
    quiet: bool
    """Now lies inside the workspace's quiet hours."""


def rule(access: Access, facts: Facts) -> Ruling:
    """Decide one tool call.

    Looking and writing our own rows go through. An effect on the outside world is asked for, unless the owner chose autonomy `capped`,
    and then only publishing, inside the cap, outside quiet hours, and from a run that has read nothing from outside.
    """
    if facts.stopped and access is not Access.READ:
        return Ruling(Decision.REFUSE, STOPPED)
    if not access.is_external:
        return Ruling(Decision.ALLOW, "internal")
    if facts.budget_spent and access is Access.SPEND:
        return Ruling(Decision.REFUSE, "today's budget is spent")
    for reason in _reasons_to_ask(access, facts):
        return Ruling(Decision.ASK, reason)
    return Ruling(Decision.ALLOW, f"autonomy is {facts.autonomy}, post {facts.posts_today + 1} of {facts.posts_per_day} today")


def _reasons_to_ask(access: Access, facts: Facts) -> list[str]:
    reasons = []
    if facts.autonomy is not Autonomy.CAPPED:
        reasons.append("this workspace asks before every effect")
    if access is not Access.PUBLISH:
        reasons.append(f"{access} is always asked")
    if facts.tainted:
        reasons.append("this run has read text from outside")
    if facts.posts_today >= facts.posts_per_day:
        reasons.append(f"the cap of {facts.posts_per_day} posts a day is reached")
    if facts.budget_spent:
        reasons.append("today's budget is spent")
    if facts.quiet:
        reasons.append("it is quiet hours")
    return reasons


def rule_now(session: Session, run: Run, access: Access, at: datetime) -> Ruling:
    """Rule one call from the rows as they are. What the answer does not depend on is not read: a look costs no query."""
    if access is Access.READ:
        return Ruling(Decision.ALLOW, "it only looks")
    if not access.is_external:
        stopped = controls.is_stopped(session, run.workspace_id)
        return Ruling(Decision.REFUSE, STOPPED) if stopped else Ruling(Decision.ALLOW, "internal")
    return rule(access, read_facts(session, run, at))


def read_facts(session: Session, run: Run, at: datetime) -> Facts:
    """The facts of this run's workspace at this moment."""
    workspace = workspaces.get_workspace(session, run.workspace_id)
    day_ago = at - timedelta(hours=24)
    return Facts(
        stopped=controls.is_stopped(session, workspace.id),
        autonomy=workspace.autonomy,
        tainted=run.tainted,
        posts_today=runs.effects_since(session, workspace.id, day_ago),
        posts_per_day=workspace.posts_per_day,
        budget_spent=runs.cost_micros_since(session, workspace.id, day_ago) >= workspace.budget_minor * 10_000,
        quiet=is_quiet(workspace.settings.get("quiet_hours"), at),
    )


def is_quiet(hours: object, at: datetime) -> bool:
    """Whether a moment lies in quiet hours `{"from": "22:00", "to": "07:00", "zone": "Europe/Berlin"}`; None means never.

    Quiet hours that cannot be read count as quiet: then a person is asked.
    """
    if hours is None or hours == {}:
        return False
    try:
        local = at.astimezone(ZoneInfo(hours.get("zone", "UTC")))  # type: ignore[attr-defined]  # checked by the except below
        start, end = _minutes(hours["from"]), _minutes(hours["to"])  # type: ignore[index]
    except (AttributeError, KeyError, TypeError, ValueError, OSError):
        return True
    now = local.hour * 60 + local.minute
    return start <= now < end if start <= end else now >= start or now < end


def _minutes(clock: str) -> int:
    """Minutes since midnight of "22:00" or "7:30"."""
    hour, minute = clock.split(":")
    if not (0 <= int(hour) <= 24 and 0 <= int(minute) <= 59):
        raise ValueError(clock)
    return int(hour) * 60 + int(minute)
