"""What a run may claim at its end: its verdict comes from rows and files, not from what a model says."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from memory.artefacts import ArtefactStore
from memory.domain import Json, PostStatus, Verdict
from memory.repositories import approvals, posts, productions, runs
from memory.tables import Asset, Job, Run, ToolCall

_WORST = (Verdict.OK, Verdict.DEGRADED, Verdict.BLOCKED)


class Proven(NamedTuple):
    verdict: Verdict
    reasons: list[str]


def prove(session: Session, store: ArtefactStore, run: Run) -> Proven:
    """The worst verdict of what the run did, each claim checked against what it is about.

    Of several calls of one tool the last one counts: a call that was corrected is not a failure.
    """
    latest = {call.tool: call for call in runs.list_calls(session, run.id)}
    verdict, reasons = Verdict.OK, []
    for call in latest.values():
        result = _result(session, call)
        found, why = _check(session, store, run, result)
        if found is Verdict.BLOCKED and approvals.was_declined(session, run.id, call.call_id):
            found = Verdict.DEGRADED
        verdict = max(verdict, found, key=_WORST.index)
        reasons += why
    return Proven(verdict, reasons)


def _result(session: Session, call: ToolCall) -> Json:
    result = call.result
    if "job_id" in result:
        job = session.get_one(Job, result["job_id"])
        return job.result or {"verdict": Verdict.BLOCKED, "reasons": [job.error or f"the job was {job.status}"]}
    return result


def _check(session: Session, store: ArtefactStore, run: Run, result: Json) -> Proven:
    verdict = Verdict(result.get("verdict", Verdict.OK))
    reasons = [str(reason) for reason in result.get("reasons", ())]
    if verdict is Verdict.BLOCKED:
        return Proven(verdict, reasons)
    if "post_id" in result:
        post = posts.get(session, run.workspace_id, result["post_id"])
        if post.status is not PostStatus.PUBLISHED or not post.read_back:
            return Proven(Verdict.DEGRADED, [*reasons, f"post {post.id} is {post.status}, not read back as asked"])
    if "production_id" in result:
        files = [session.get_one(Asset, v.asset_id).sha256 for v in productions.variants(session, result["production_id"])]
        if not files or not all(map(store.has, files)):
            return Proven(Verdict.BLOCKED, [*reasons, "a finished video is missing from the store"])
    return Proven(verdict, reasons)
