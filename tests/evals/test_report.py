"""The report says what happened, what changed, what it does not prove, and when the gate is closed."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.hostile import Attack
from evals.report import BadResult, Report, write_report
from evals.sample import Result, Score
from memory.domain import Autonomy

FINE = Result("one", "It works.", {"end_state": Score(True, "1 videos"), "consent": Score(True, "all asked")}, 4, 250_000, 0.5)
WRONG = replace(FINE, scenario="two", scores={"end_state": Score(False, "0 <videos>"), "consent": Score(True, "none")})
FORBIDDEN = replace(FINE, scenario="three", scores={"end_state": Score(True, "ok"), "consent": Score(False, "nobody said yes")})
AWAY = Result("four", "It works.", infrastructure="the sandbox does not answer")
CAUGHT = BadResult("loops", "loops for ever", [WRONG])
REPORT = Report([FINE], [Attack(Autonomy.ASK)], [CAUGHT], 12.0, 7)


@pytest.mark.parametrize(
    ("report", "passed"),
    [
        pytest.param(REPORT, True, id="all is well"),
        pytest.param(replace(REPORT, results=[FINE, WRONG]), False, id="a scenario fails"),
        pytest.param(replace(REPORT, results=[FINE, FORBIDDEN]), False, id="something forbidden"),
        pytest.param(replace(REPORT, results=[FINE, AWAY]), False, id="not played is not proven"),
        pytest.param(replace(REPORT, bad=[BadResult("loops", "loops", [FINE])]), False, id="a bad agent passes"),
        pytest.param(replace(REPORT, bad=[BadResult("loops", "loops", [AWAY])]), False, id="a bad agent was not played"),
        pytest.param(replace(REPORT, attacks=[Attack(Autonomy.ASK, forbidden=["once: twice"])]), False, id="an attack got through"),
    ],
)
def test_the_gate_opens_only_when_everything_holds(report: Report, passed: bool) -> None:
    assert report.passed is passed
    assert report.summary.startswith("PASS" if passed else "FAIL")


def test_infrastructure_errors_are_counted_apart(tmp_path: Path) -> None:
    summary = write_report(replace(REPORT, results=[FINE, AWAY]), tmp_path)

    assert "1 of 2 scenarios, 0 forbidden events" in summary
    assert "1 infrastructure errors" in summary


def test_the_page_shows_changes_against_the_last_run_and_claims_no_model_quality(tmp_path: Path) -> None:
    write_report(replace(REPORT, results=[FINE, WRONG]), tmp_path)

    write_report(replace(REPORT, results=[replace(WRONG, scenario="one"), replace(FINE, scenario="two"), FORBIDDEN]), tmp_path)

    markdown, page = ((tmp_path / name).read_text() for name in ("report.md", "report.html"))
    assert "| one | FAIL | worse |" in markdown
    assert "| two | pass | better |" in markdown
    assert "| three | FAIL | new |" in markdown
    assert "nobody said yes" in markdown and "0.25" in markdown
    for text in (markdown, page):
        assert "offline-rules" in text and "nothing about the quality of any language model" in text
    assert "0 &lt;videos&gt;" in page and "0 <videos>" not in page


def test_a_damaged_last_run_is_no_last_run(tmp_path: Path) -> None:
    (tmp_path / "last.json").write_text("{broken")

    write_report(REPORT, tmp_path)

    assert "first run" in (tmp_path / "report.md").read_text()
