"""Ask the platforms how posts do, keep the numbers as snapshots at the platform's time, and book what they earned."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from memory.domain import Json, Money, PostStatus, Verdict
from memory.errors import AccountError
from memory.repositories import posts, snapshots, workspaces
from tools.monetization.postback import settle_postbacks
from tools.monetization.revenue import book_total, to_minor
from tools.publishing.delivery import Desk, look_again
from tools.publishing.publisher import Publisher, Stats

log = logging.getLogger(__name__)

_BEFORE = timedelta(days=1)  # a post's first day begins before its first second, and our clock may be off


@dataclass(slots=True)
class _Seen:
    """What one measuring brought together."""

    rows: list[Json] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def measure(desk: Desk, workspace_id: int, post_ids: Sequence[int] = ()) -> Json:
    """Measure some posts, or all that a platform has; return the job's result.

    Numbers that a platform does not give are absent and said to be; an account that fails does not stop the others.

    Raises:
        TransientError: To be tried again later.
        StoppedError: Stopped.
    """
    settle_postbacks(desk.deps.database)
    with desk.deps.database.reading() as session:
        currency = workspaces.get_workspace(session, workspace_id).currency
        live = posts.of_workspace(session, workspace_id, only_live=True)
        works = [posts.work(session, post.id) for post in live if not post_ids or post.id in post_ids]
    by_account: dict[int, list[posts.Work]] = defaultdict(list)
    for work in works:
        by_account[work.account.id].append(work)
    seen = _Seen()
    for done, group in enumerate(by_account.values()):
        desk.report(done / len(by_account), "asking the platforms")
        desk.check(workspace_id)
        _measure_account(desk, group, currency, seen)
    unknown = sorted(set(post_ids) - {work.post.id for work in works})
    if unknown:
        seen.reasons.append(f"No platform has these posts: {', '.join(map(str, unknown))}.")
    return _result(seen)


def _measure_account(desk: Desk, group: list[posts.Work], currency: str, seen: _Seen) -> None:
    account = group[0].account
    if account.needs_reauth:
        seen.reasons.append(f"{account.title} must be connected again: {account.needs_reauth}")
        return
    publisher = desk.publisher(group[0])
    try:
        for work in group:
            if work.post.status is PostStatus.UPLOADED:
                seen.reasons += look_again(desk, publisher, work.post.id, wait_s=0.0)["reasons"]
        _measure_posts(desk, publisher, group, currency, seen)
    except AccountError as error:
        seen.reasons.append(f"{account.title}: {error}")
    finally:
        publisher.close()


def _measure_posts(desk: Desk, publisher: Publisher, group: list[posts.Work], currency: str, seen: _Seen) -> None:
    since = min(work.post.published_at or work.post.created_at for work in group) - _BEFORE
    stats = publisher.stats([work.post.remote_id for work in group], since, currency)
    seen.reasons += [reason for reason in stats.missing if reason not in seen.reasons]
    for work in group:
        if work.post.remote_id in stats.metrics:
            seen.rows.append(_keep(desk, work, stats))
        else:
            seen.reasons.append(f"{work.account.platform} no longer shows {work.post.title!r}.")


def _keep(desk: Desk, work: posts.Work, stats: Stats) -> Json:
    """One post's snapshot and, where income was reported, its ledger entry, in one transaction."""
    post, metrics = work.post, dict(stats.metrics[work.post.remote_id])
    with desk.deps.database.session() as session:
        earned_minor = None
        if (total := stats.revenue.get(post.remote_id)) is not None:
            metrics["income_minor"], metrics["currency"] = to_minor(total, stats.currency), stats.currency
            earned_minor = book_total(
                session,
                workspace_id=work.workspace_id,
                post_id=post.id,
                platform=work.account.platform,
                total=total,
                currency=stats.currency,
                at=stats.taken_at,
            )
        snapshots.add(session, post_id=post.id, taken_at=stats.taken_at, metrics=metrics, source=f"{work.account.platform}-api")
    log.info("post.measured post_id=%s metrics=%s earned_minor=%s", post.id, len(metrics), earned_minor)
    return {"post_id": post.id, "title": post.title, "taken_at": stats.taken_at.isoformat(), "metrics": metrics, "new_minor": earned_minor}


def _result(seen: _Seen) -> Json:
    verdict = Verdict.BLOCKED if not seen.rows else Verdict.DEGRADED if seen.reasons else Verdict.OK
    lines = [describe(row) for row in seen.rows] or ["No numbers were given."]
    return {
        "verdict": verdict.value,
        "text": " ".join([*lines, *seen.reasons]),
        "reasons": seen.reasons,
        "posts": seen.rows,
        "snapshots": len(seen.rows),
    }


def describe(row: Json) -> str:
    """One post's numbers in a sentence; what was not given is called no data."""
    metrics = row["metrics"]
    parts = [f"{metrics['views']:,} views" if "views" in metrics else "views: no data"]
    if "average_view_percentage" in metrics:
        parts.append(f"{metrics['average_view_percentage']:.0f} % watched")
    income = Money(metrics["income_minor"], metrics["currency"]) if "income_minor" in metrics else "no data"
    parts.append(f"ad income: {income}")
    return f"{row['title']!r}: {', '.join(parts)}."
