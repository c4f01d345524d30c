"""Media jobs on real files."""

from dataclasses import replace
from pathlib import Path

import pytest

from memory.errors import StoppedError
from memory.repositories import assets, outbox, runs
from memory.settings import StorageSettings
from tests.conftest import People
from tools.ffmpeg import run_ffmpeg
from tools.toolkit import Deps
from tools.video.known import stored_analysis
from worker.job import JobContext
from worker.media_jobs import analyse_source


@pytest.fixture
def job(deps: Deps, people: People, settings: StorageSettings, tmp_path: Path) -> JobContext:
    """A job that is to analyse a second of moving bars without sound."""
    path = tmp_path / "bars.mp4"
    run_ffmpeg(
        ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", str(path)], timeout_s=60
    )
    stored = deps.store.put(path)
    with deps.database.session() as session:
        workspace_id = people.workspace.id
        source = assets.add(
            session, workspace_id=workspace_id, sha256=stored.sha256, size_bytes=stored.size_bytes, kind="source", name="bars.mp4"
        )
        run = runs.add(
            session,
            workspace_id=workspace_id,
            trigger="message",
            request="go",
            conversation_id=people.conversation.id,
            member_id=people.owner.id,
        )
    payload = {"workspace_id": workspace_id, "asset_id": source.id}
    return JobContext(1, payload, deps, run.id, lambda share, stage: None, lambda: False, "test", 60.0, 1, settings)


def test_a_source_is_analysed_once_and_the_owner_sees_it(job: JobContext, people: People) -> None:
    result = analyse_source(job)
    with job.deps.database.reading() as session:
        source = assets.get(session, people.workspace.id, job.payload["asset_id"])
        said = [row.payload["text"] for row in outbox.recent(session, people.conversation.id, 20)]
    known = stored_analysis(job.deps, people.workspace.id, source.sha256)

    assert result["verdict"] == "ok"
    assert known is not None and known.probe.duration_s == pytest.approx(1.0, abs=0.11)
    assert said[-1].startswith(f"Source {source.id}: ") and said[-1].endswith("heard and seen")
    Path(job.deps.store.local(source.sha256)).unlink()
    assert analyse_source(job) == result


def test_a_stopped_analysis_says_so(job: JobContext) -> None:
    with pytest.raises(StoppedError):
        analyse_source(replace(job, cancelled=lambda: True))
