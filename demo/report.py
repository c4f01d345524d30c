"""What the demonstration proved, read from rows, files and the sandbox; written as `report.json` and said in a few lines."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy.orm import Session

from memory.artefacts import hash_file
from memory.domain import Json, Money, PostStatus, RunStatus, Verdict
from memory.repositories import accounts, assets, ledger, posts, productions, runs, snapshots
from memory.tables import Post, Production, Variant
from tools.toolkit import Deps

_FACTS = ("width", "height", "fps", "duration_s", "loudness_lufs", "true_peak_dbtp", "caption_words")


@dataclass
class Outcome:
    """What a play leaves behind besides its rows."""

    source: Path
    duration_s: float
    folder: Path
    count: int
    workspace_id: int = 0
    run_id: int | None = None
    problems: list[str] = field(default_factory=list)
    posts_there: Sequence[Mapping[str, object]] = ()
    """What the sandbox says it received, read before its clock was moved."""
    timings: dict[str, float] = field(default_factory=dict)


def build_report(deps: Deps, outcome: Outcome) -> Json:
    """Read what was made, posted, measured and earned. `reasons` names everything that was not proven; `ok` means there are none."""
    with deps.database.reading() as session:
        production = next((row for row in productions.latest(session, outcome.workspace_id) if row.run_id == outcome.run_id), None)
        made = list(productions.variants(session, production.id)) if production is not None and outcome.run_id is not None else []
        posted = list(posts.of_workspace(session, outcome.workspace_id))
        taken = sum(len(snapshots.series(session, post.id)) for post in posted)
        money = ledger.totals(session, outcome.workspace_id)
        clips = [_clip(session, deps, outcome, variant) for variant in made]
        sent = [_post(session, outcome.workspace_id, post) for post in posted]
        reasons = [
            *outcome.problems,
            *_run_reasons(session, outcome),
            *_clip_reasons(outcome, production, made),
            *_post_reasons(session, outcome, posted, made),
            *([] if taken else ["no numbers came back"]),
            *([] if any(row.income_minor > 0 for row in money) else ["no income was booked"]),
        ]
    timings = {**outcome.timings, **{f"make.{name}": wall for name, wall in (production.timings if production else {}).items()}}
    total = money[0] if money else None
    return {
        "result": "ok" if not reasons else "degraded" if clips and sent else "blocked",
        "reasons": list(dict.fromkeys(reasons)),
        "run_id": outcome.run_id,
        "source": {"duration_s": outcome.duration_s, "sha256": hash_file(outcome.source).sha256},
        "clips": clips,
        "posts": sent,
        "snapshots": taken,
        "ledger": {
            "currency": total.currency if total else None,
            "income_minor": total.income_minor if total else None,
            "cost_minor": total.cost_minor if total else None,
            "profit_minor": total.profit_minor if total else None,
        },
        "timings": timings,
    }


def write_report(report: Json, out: Path, folder: Path) -> None:
    """Write the report into the run's folder and, whole or not at all, over the last one beside it."""
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(text)
    draft = out / f"report.json.{os.getpid()}"
    draft.write_text(text)
    draft.replace(out / "report.json")


def print_outcome(report: Json, out: Path, folder: Path) -> None:
    """Say how it ended, where the videos are, and what was not proven."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    style = {"ok": "bold green", "degraded": "bold yellow", "blocked": "bold red"}[report["result"]]
    console.print(f"Result: {report['result']}", style=style)
    for reason in report["reasons"]:
        console.print(f"  not proven: {reason}", markup=False)
    for clip in report["clips"]:
        console.print(f"  {clip['file']}", markup=False)
    for post in report["posts"]:
        console.print(f"  posted: {post['url']} ({post['privacy']}, {post['upload_bytes']} bytes)", markup=False)
    money = report["ledger"]
    if money["currency"]:
        parts = (f"{name} {Money(money[f'{name}_minor'], money['currency'])}" for name in ("income", "cost", "profit"))
        console.print(f"  {', '.join(parts)}", markup=False)
    console.print(f"  report: {out / 'report.json'} · logs: {folder / 'logs'} · {report['timings'].get('total', 0):.0f} s", markup=False)


def _clip(session: Session, deps: Deps, outcome: Outcome, variant: Variant) -> Json:
    asset = assets.get(session, outcome.workspace_id, variant.asset_id)
    facts: Mapping[str, Any] = variant.facts
    return {
        "file": str(_place(deps, asset.sha256, outcome.folder / f"short-{variant.position}{Path(asset.name).suffix or '.mp4'}")),
        "start_s": variant.start_s,
        "end_s": variant.end_s,
        "score": variant.score,
        "reason": variant.reason,
        **{name: facts.get(name) for name in _FACTS},
        "inspection": {"verdict": variant.verdict.value, "checks": variant.checks},
        "render_wall_s": facts.get("render_wall_s"),
    }


def _place(deps: Deps, sha256: str, path: Path) -> Path:
    """Put a finished video where a person finds it: a link where the file system can, a copy elsewhere."""
    source = deps.store.local(sha256)
    path.unlink(missing_ok=True)
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)
    return path


def _post(session: Session, workspace_id: int, post: Post) -> Json:
    account = accounts.get(session, workspace_id, post.account_id)
    return {
        "platform": account.platform,
        "remote_id": post.remote_id,
        "url": post.url,
        "privacy": post.read_back.get("privacy", post.privacy),
        "read_back": _is_proven(post),
        "upload_bytes": post.upload_bytes,
    }


def _is_proven(post: Post) -> bool:
    return post.status is PostStatus.PUBLISHED and bool(post.read_back)


def _run_reasons(session: Session, outcome: Outcome) -> list[str]:
    if outcome.run_id is None:
        return ["the plan was never started"]
    run = runs.get(session, outcome.run_id)
    return [] if run.status is RunStatus.SUCCEEDED else [f"the run ended {run.status}", *map(str, run.reasons)]


def _clip_reasons(outcome: Outcome, production: Production | None, made: Sequence[Variant]) -> list[str]:
    reasons = [] if len(made) == outcome.count else [f"{len(made)} of {outcome.count} shorts were made"]
    reasons += [f"short {row.position} was inspected and is {row.verdict}" for row in made if row.verdict is not Verdict.OK]
    if reasons and production is not None:
        reasons += map(str, production.reasons)
    return reasons


def _post_reasons(session: Session, outcome: Outcome, posted: Sequence[Post], made: Sequence[Variant]) -> list[str]:
    """Exactly one post, read back by us and received, whole and once, by the other side."""
    if len(posted) != 1:
        return [f"{len(posted)} posts were made, not one"]
    variant = next((row for row in made if row.id == posted[0].variant_id), None)
    if variant is None or not _is_proven(posted[0]):
        return [f"the post is {posted[0].status} and was not proven", *map(str, posted[0].reasons)]
    sha256 = assets.get(session, outcome.workspace_id, variant.asset_id).sha256
    received = [there for there in outcome.posts_there if there.get("sha256") == sha256]
    return [] if len(received) == 1 == len(outcome.posts_there) else [f"the sandbox has {len(received)} posts of this file"]
