"""The jobs of publishing, called as the worker calls them."""

from dataclasses import replace

import pytest

from memory.domain import ApprovalStatus, Role
from memory.settings import StorageSettings
from memory.tables import Approval
from tests.newsroom import clip, connect, make_mp4, newsroom, sandbox, sandbox_server, youtube
from worker.job import JobContext
from worker.publish_jobs import measure, publish_post

__all__ = ["clip", "connect", "make_mp4", "newsroom", "sandbox", "sandbox_server", "youtube"]


@pytest.fixture
def job(newsroom, tmp_path) -> JobContext:
    return JobContext(
        job_id=1,
        payload={},
        deps=newsroom.deps,
        run_id=newsroom.run.id,
        report=lambda fraction, stage: None,
        cancelled=lambda: False,
        owner="test",
        lease_s=10.0,
        attempt=1,
        settings=StorageSettings(home=tmp_path / "home"),
    )


def test_a_post_is_published_and_measured(newsroom, clip, job):
    post_id = newsroom.plan(clip)
    approval_id = _approved(newsroom)

    result = publish_post(replace(job, payload={"post_id": post_id, "approval_id": approval_id}))
    again = publish_post(replace(job, payload={"post_id": post_id, "approval_id": approval_id}))
    newsroom.sandbox.control("clock", advance_s=4 * 86_400)
    numbers = measure(replace(job, payload={"workspace_id": newsroom.run.workspace_id, "post_ids": [post_id]}))

    assert (result["verdict"], again) == ("ok", result)
    assert newsroom.work(post_id).effect.approval_id == approval_id
    assert numbers["snapshots"] == 1 and numbers["posts"][0]["new_minor"] > 0


def _approved(newsroom) -> int:
    with newsroom.deps.database.session() as session:
        ids = {"workspace_id": newsroom.run.workspace_id, "run_id": newsroom.run.id}
        approval = Approval(
            **ids,
            call_id="c1",
            tool="publish_post",
            arguments={},
            content={},
            binding="0" * 64,
            min_role=Role.EDITOR,
            status=ApprovalStatus.USED,
            expires_at=newsroom.deps.clock.now(),
        )
        session.add(approval)
        session.flush()
        return approval.id
