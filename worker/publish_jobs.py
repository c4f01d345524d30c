"""Jobs that talk to the internet. Thin: they hand a job's ids to the tools, and what comes back is the job's result."""

from memory.domain import Button, Json, Message
from memory.repositories import ideas, outbox, posts, runs
from tools.analytics.measure import measure as measure_posts
from tools.discovery.look import discover as look_and_find
from tools.discovery.settings import DiscoverySettings
from tools.publishing.delivery import Desk, deliver
from tools.publishing.settings import YouTubeSettings
from worker.job import JobContext

_OFFERED = 3


def discover(job: JobContext) -> Json:
    """Look at the sources now and refresh the ideas. Running it twice adds observations and changes nothing else."""
    wanted = {name: job.payload[name] for name in ("count", "niche") if name in job.payload}
    result = look_and_find(
        job.deps, job.payload["workspace_id"], settings=DiscoverySettings(), report=job.report, cancelled=job.cancelled, **wanted
    )
    _offer(job, [idea["idea_id"] for idea in result["ideas"][:_OFFERED]])
    return result


def _offer(job: JobContext, idea_ids: list[int]) -> None:
    """Show the best ideas, each with a button that makes it."""
    if job.run_id is None:
        return
    with job.deps.database.session() as session:
        run = runs.get(session, job.run_id)
        if run.conversation_id is None:
            return
        for idea_id in idea_ids:
            idea = ideas.get(session, run.workspace_id, idea_id)
            text = f"Idea {idea.id}: {idea.title}\nScore {idea.score:.0f} of 100. {idea.why}"
            button = Button("Make this", f"idea:{idea.id}")
            outbox.say(session, run.conversation_id, Message(f"run-{run.id}-idea-{idea.id}", text, (button,)), run.id)


def publish_post(job: JobContext) -> Json:
    """Bring a planned post to its platform. Running it twice asks the platform what the first time did."""
    post_id = int(job.payload["post_id"])
    if (approval_id := job.payload.get("approval_id")) is not None:
        with job.deps.database.session() as session:
            posts.work(session, post_id).effect.approval_id = approval_id
    return deliver(_desk(job), post_id)


def measure(job: JobContext) -> Json:
    """Measure posts. Running it twice adds a snapshot and books nothing twice."""
    return measure_posts(_desk(job), job.payload["workspace_id"], job.payload["post_ids"])


def _desk(job: JobContext) -> Desk:
    return Desk(job.deps, YouTubeSettings(), job.report, job.cancelled)
