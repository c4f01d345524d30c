"""Which posts did best, and what that says about the next one. Measured numbers only; too few of them is said, not hidden."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from memory.domain import Json
from memory.repositories import ledger, posts, snapshots
from memory.tables import Post, Snapshot

ENOUGH_POSTS = 5
"""Fewer measured posts than this are called too few to learn from: with four, one lucky post is a quarter of all that is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One measured post."""

    post: Post
    snapshot: Snapshot
    profit_minor: int | None
    """In the workspace's currency; None when nothing was booked for it."""

    @property
    def views_per_day(self) -> float | None:
        """Views by day since it appeared; None without views or without a time."""
        views = self.snapshot.metrics.get("views")
        if views is None or self.post.published_at is None:
            return None
        days = (self.snapshot.taken_at - self.post.published_at).total_seconds() / 86_400
        return float(views) / max(days, 1 / 24)

    def row(self) -> Json:
        return {
            "post_id": self.post.id,
            "variant_id": self.post.variant_id,
            "title": self.post.title,
            "url": self.post.url,
            "metrics": self.snapshot.metrics,
            "measured_at": _day(self.snapshot.taken_at),
            "views_per_day": None if self.views_per_day is None else round(self.views_per_day, 1),
            "profit_minor": self.profit_minor,
        }


def standings(session: Session, workspace_id: int, currency: str) -> list[Standing]:
    """Every measured post, best first: by profit where it is known, then by views a day."""
    live = posts.of_workspace(session, workspace_id, only_live=True)
    latest = snapshots.latest(session, [post.id for post in live])
    profits = {row.post_id: row.profit_minor for row in ledger.profit_by_post(session, workspace_id) if row.currency == currency}
    found = [Standing(post, latest[post.id], profits.get(post.id)) for post in live if post.id in latest]
    return sorted(found, key=lambda one: (-(one.profit_minor or 0), -(one.views_per_day or 0.0), one.post.id))


def _day(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
