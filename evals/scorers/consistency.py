"""The rows agree with each other and with the platform, and nothing was left half done."""

from evals.sample import Outcome, Scenario, Score
from memory.domain import ApprovalStatus, EffectStatus, JobStatus, PostStatus, RunStatus


def rows_agree(scenario: Scenario, end: Outcome) -> Score:
    """The first disagreement, if there is one."""
    if end.crash:
        return Score(False, "an error nobody handled")
    return next((Score(False, wrong) for wrong in _disagreements(end) if wrong), Score(True, "rows and platform agree"))


def _disagreements(end: Outcome) -> list[str]:
    return [_left_running(end), _sleeps_on_nothing(end), _effects(end), _posts(end), _approvals(end)]


def _left_running(end: Outcome) -> str:
    open_jobs = [row["kind"] for row in end.of("jobs") if row["status"] in (JobStatus.QUEUED, JobStatus.RUNNING)]
    running = [row["id"] for row in end.of("runs") if row["status"] in (RunStatus.QUEUED, RunStatus.RUNNING)]
    return f"jobs {open_jobs} and runs {running} were left open" if open_jobs or running else ""


def _sleeps_on_nothing(end: Outcome) -> str:
    asked = {row["run_id"] for row in end.of("approvals") if row["status"] == ApprovalStatus.PENDING}
    lost = [row["id"] for row in end.of("runs") if row["status"] == RunStatus.WAITING and row["id"] not in asked]
    return f"runs {lost} wait for nothing" if lost else ""


def _effects(end: Outcome) -> str:
    remote = {video["id"] for video in end.videos}
    for row in end.of("effects"):
        if row["status"] == EffectStatus.CONFIRMED and row["remote_id"] not in remote:
            return f"effect {row['id']} is confirmed, but the platform has no such video"
        if row["status"] in (EffectStatus.PLANNED, EffectStatus.FAILED) and row["remote_id"] in remote:
            return f"effect {row['id']} is {row['status']}, but the platform has its video"
    return ""


def _posts(end: Outcome) -> str:
    known = {row["remote_id"] for row in end.of("posts")}
    unknown = [video["id"] for video in end.videos if video["id"] not in known]
    if unknown:
        return f"{len(unknown)} videos on the platform are in no post"
    effects = {row["id"]: row["status"] for row in end.of("effects")}
    wrong = [row["id"] for row in end.of("posts") if row["status"] == PostStatus.PUBLISHED and effects[row["effect_id"]] != "confirmed"]
    return f"posts {wrong} are published without a confirmed effect" if wrong else ""


def _approvals(end: Outcome) -> str:
    used = [row["id"] for row in end.of("approvals") if row["status"] == ApprovalStatus.USED]
    jobs = [row["payload"].get("approval_id") for row in end.of("jobs")]
    wrong = [id_ for id_ in used if jobs.count(id_) != 1]
    return f"approvals {wrong} were used, but not for exactly one job" if wrong else ""
