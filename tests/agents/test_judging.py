"""Before the first clips of a source a model judges its words: the run waits for the analysis, asks, and then makes the clips."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from agents.agent import SUPERVISOR, Agent, by_name
from graphs.advance import advance
from graphs.supervisor import build
from memory.checkpoints import open_checkpointer
from memory.domain import JobStatus, Json, RunStatus
from memory.repositories import assets, jobs
from memory.settings import StorageSettings
from memory.tables import Job
from tests.agents.conftest import Endpoint, Line, calls, says
from tools.planning import PLANNING_TOOLS
from tools.registry import BY_AGENT
from tools.video.known import judged_moments
from tools.video.media import Analysis, Probe, Word, save_analysis

TEAM = by_name(
    Agent(SUPERVISOR, "You do it all.", (*PLANNING_TOOLS, *BY_AGENT["producer"])),
    *(Agent(name, "You rest.", ()) for name in ("scout", "producer", "publisher", "treasurer")),
)
SHA = "b" * 64


def keep_analysis(line: Line, folder: Path) -> None:
    """What the media worker leaves behind."""
    words = tuple(Word(f"word{n}." if n % 6 == 5 else f"word{n}", n * 0.5, n * 0.5 + 0.4) for n in range(240))
    save_analysis(Analysis(Probe(120.0, 1280, 720, 30, 0, True, True), words=words), folder / "analysis.json")
    stored = line.deps.store.put(folder / "analysis.json")
    with line.deps.database.session() as session:
        assets.add(
            session,
            workspace_id=line.people.workspace.id,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            kind="analysis",
            name="analysis.json",
            source=f"analysis:{SHA}",
        )


def open_jobs(line: Line) -> list[Job]:
    with line.deps.database.reading() as session:
        return [job for job in session.scalars(select(Job).order_by(Job.id)) if job.status is JobStatus.QUEUED and job.kind != "advance"]


def end_job(line: Line, job: Job, result: Json | None) -> None:
    with line.deps.database.session() as session:
        jobs.claim(session, job.id, "test", 60)
        if result is None:
            jobs.fail(session, job.id, "test", "The file is broken.")
        else:
            jobs.succeed(session, job.id, "test", result)


@pytest.mark.parametrize("works", [True, False], ids=["analysed", "analysis failed"])
def test_the_words_are_judged_before_the_clips_are_made(
    dial: Callable[..., Line],
    endpoint: Endpoint,
    settings: StorageSettings,
    tmp_path: Path,
    works: bool,
) -> None:
    line = dial()
    with line.deps.database.session() as session:
        source = assets.add(session, workspace_id=line.people.workspace.id, sha256=SHA, size_bytes=1, kind="source", name="talk.mp4")
    liked = says(json.dumps({"moments": [{"first": 2, "last": 8, "score": 0.9, "reason": "it has a point"}]}))
    make = calls(("a", "make_shorts", json.dumps({"asset_id": source.id, "count": 1, "topic": "word7"})))
    endpoint.will(make, *([liked] if works else []), says("Made."))

    with open_checkpointer(settings) as saver:
        graph = build(line.deps, line.caller, saver, team=TEAM)
        assert advance(line.deps, graph, line.run_id) is RunStatus.WAITING
        (hearing,) = open_jobs(line)
        assert hearing.kind == "analyse_source" and len(endpoint.heard) == 1
        assert advance(line.deps, graph, line.run_id) is RunStatus.WAITING
        if works:
            keep_analysis(line, tmp_path)
        end_job(line, hearing, {"verdict": "ok", "text": "heard"} if works else None)
        assert advance(line.deps, graph, line.run_id) is RunStatus.WAITING
        (making,) = open_jobs(line)
        assert making.kind == "make_shorts"
        end_job(line, making, {"verdict": "ok", "text": "1 clip"})
        assert advance(line.deps, graph, line.run_id) is RunStatus.SUCCEEDED

    judged = judged_moments(line.deps, line.people.workspace.id, SHA)
    assert [(one.start_s, one.score, one.reason) for one in judged] == ([(3.0, 0.9, "it has a point")] if works else [])
    assert len(endpoint.heard) == (3 if works else 2)
    assert "tools" not in endpoint.heard[1] or not works
    assert line.run().steps == len(endpoint.heard)
