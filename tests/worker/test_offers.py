"""A look at the sources ends with ideas that can be made by a button; what strangers wrote stays between quotation marks."""

from collections.abc import Iterator

import pytest

from memory.repositories import ideas, outbox, runs
from memory.repositories.ideas import Draft
from memory.settings import StorageSettings
from tests.conftest import People
from tools.toolkit import Deps
from worker import publish_jobs
from worker.job import JobContext


@pytest.fixture
def job(deps: Deps, people: People, settings: StorageSettings) -> Iterator[JobContext]:
    with deps.database.session() as session:
        run = runs.add(session, workspace_id=people.workspace.id, trigger="message", request="x", conversation_id=people.conversation.id)
    yield JobContext(1, {}, deps, run.id, lambda share, words: None, lambda: False, "test", 10.0, 1, settings)


def test_each_of_the_best_ideas_comes_with_a_button(job: JobContext, people: People) -> None:
    with job.deps.database.session() as session:
        draft = Draft(topic="quiet fans", title='"Quiet fans are back"', score=71.0, why="seen twice", evidence=())
        ideas.refresh(session, people.workspace.id, [draft], job.deps.clock.now())
        (idea,) = ideas.best(session, people.workspace.id, status=ideas.NEW, limit=5)

    publish_jobs._offer(job, [idea.id])
    publish_jobs._offer(job, [idea.id])

    with job.deps.database.reading() as session:
        (said,) = outbox.recent(session, people.conversation.id, 5)
    assert said.payload["buttons"] == [{"label": "Make this", "action": f"idea:{idea.id}"}]
    assert '"Quiet fans are back"' in said.payload["text"]
