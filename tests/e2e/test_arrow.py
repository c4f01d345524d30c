"""The whole arrow over real processes, on both databases: chat, plan, make, approve, publish, measure, earn."""

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import inbound
from demo.stand_ins import control, posts_there
from memory.domain import Attribution, RunStatus
from memory.repositories import offers
from memory.tables import Inbox, LedgerEntry, Snapshot, TrackedLink
from tests.crash import Pipeline, check, crash, pipeline, play

CRASHES = 12
SEED = 2026


def ask(line: Pipeline, text: str) -> RunStatus:
    """Say something and wait until it is answered."""
    receipt = inbound.receive_text(line.deps, "terminal", line.seat.conversation, line.seat.member, text, text)
    assert receipt.run_id is not None
    deadline = time.monotonic() + 60
    while (status := line.status(receipt.run_id)) in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING):
        assert time.monotonic() < deadline, f"{text!r} was not answered"
        time.sleep(0.05)
    return status


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_request_becomes_a_post_and_money(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue("postgres_database") if kind == "postgresql" else ""
    with pipeline(tmp_path, address) as line:
        workspace_id = line.seat.conversation.workspace_id
        with line.deps.database.session() as session:
            offers.add(
                session, workspace_id=workspace_id, name="Microphone", url=f"{line.house.sandbox_url}/shop/p/mic", ref_parameter="ref"
            )

        wrong, _, _ = play(line, [])
        control(line.house.sandbox_url, "clock", {"advance_s": 3 * 86_400})
        measured = ask(line, "check the numbers")

        assert wrong == []
        (there,) = posts_there(line.house.sandbox_url)
        assert "ref=" in str(there["description"])
        assert measured is RunStatus.SUCCEEDED
        with line.deps.database.reading() as session:
            (snapshot,) = session.scalars(select(Snapshot))
            assert snapshot.metrics["views"] > 0
            link = session.scalars(select(TrackedLink)).one()
            assert link.code in str(there["description"])
            entries = list(session.scalars(select(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id)))
            assert {entry.kind for entry in entries} >= {"compute", "ad_share"}
            assert all(entry.attribution is Attribution.ATTRIBUTED for entry in entries)
            orders = list(session.scalars(select(Inbox).where(Inbox.door == "shop")))
            assert len(orders) == len([entry for entry in entries if entry.kind in ("affiliate", "reversal")])


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_killing_any_process_at_any_instant_changes_nothing(tmp_path: Path) -> None:
    said: list[str] = []

    bad = crash(CRASHES, SEED, tmp_path, say=lambda text, flush=False: said.append(text))

    assert bad == 0, "\n".join(said)


def test_the_check_after_a_crash_sees_what_is_missing(tmp_path: Path) -> None:
    with pipeline(tmp_path) as line:
        run_id = line.request()

        wrong = check(line, run_id)

        assert any(text.startswith("run:") for text in wrong)
        assert any(text.startswith("posts:") for text in wrong)
