"""What a run may claim at its end: its verdict comes from rows and files, not from what a model says."""

import re
from typing import NamedTuple

from sqlalchemy.orm import Session

from memory.artefacts import ArtefactStore
from memory.domain import Json, PostStatus, Verdict
from memory.repositories import approvals, posts, productions, runs
from memory.tables import Asset, Job, Run, ToolCall

_WORST = (Verdict.OK, Verdict.DEGRADED, Verdict.BLOCKED)

_CLAIM = re.compile(
    r"^\W*(posted|published|uploaded)\b|\b(i|we)('ve| have)?( just| now)? (posted|published|uploaded)\b"
    r"|\b(is|are|was|were|been) (now |just )?(posted|published|live)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"n['’]t\b|\b(not|no|nothing|never|nobody|before|unless|until|if|when|will|may|can|already)\b", re.IGNORECASE)


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


def check_words(session: Session, run: Run, proven: Proven, answer: str) -> tuple[Proven, str]:
    """Correct an answer that says something was posted, in its own message, where no platform ever confirmed a post of this workspace.

    English only, and only a net below the rest: it catches a model that says "Posted!" and did nothing.
    """
    sentences = re.split(r"(?<=[.!?])\s+|\n+", answer)
    claims = any(_CLAIM.search(sentence) and not _DENIAL.search(sentence) for sentence in sentences)
    if not claims or _has_posted(session, run):
        return proven, answer
    correction = "Not proven: no platform has confirmed a post, so nothing counts as posted."
    verdict = max(proven.verdict, Verdict.DEGRADED, key=_WORST.index)
    return Proven(verdict, [*proven.reasons, correction]), f"{answer}\n\n{correction}"


def _has_posted(session: Session, run: Run) -> bool:
    """Whether a publishing job of the run ended well, or the workspace has a post that was read back."""
    jobs = [session.get_one(Job, call.result["job_id"]) for call in runs.list_calls(session, run.id) if "job_id" in call.result]
    ended_well = any(job.kind == "publish_post" and (job.result or {}).get("verdict", "blocked") != "blocked" for job in jobs)
    return ended_well or any(post.read_back for post in posts.of_workspace(session, run.workspace_id, only_live=True))
