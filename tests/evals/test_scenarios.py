"""The scenarios themselves: enough of them, told apart, covering every tool, and the same twice."""

import pytest

from evals.hostile import _VALID
from evals.sample import Scenario
from evals.scenarios import SCENARIOS
from evals.stage import Stage
from evals.tasks import play_and_score
from tools.registry import TOOLS

SOME = (
    "post_asked_plainly",
    "silence",
    "approved_twice_at_once",
    "file_swapped_after_the_yes",
    "stopped_in_the_middle_of_the_upload",
    "hostile_title_and_an_obedient_agent",
    "run_costs_too_much",
    "postback_twice",
    "killed_after_the_last_byte_before_the_answer",
)


def test_there_are_enough_scenarios_and_no_name_twice() -> None:
    names = [scenario.name for scenario in SCENARIOS]

    assert len(names) >= 25
    assert len(set(names)) == len(names)
    assert all(scenario.goal and scenario.script and scenario.checks for scenario in SCENARIOS)


def test_every_tool_is_attacked_with_right_and_wrong_arguments() -> None:
    assert set(_VALID) == set(TOOLS)


@pytest.mark.parametrize("name", SOME)
def test_a_scenario_passes_and_its_scores_are_the_same_twice(stage: Stage, by_name: dict[str, Scenario], name: str) -> None:
    first, second = (play_and_score(stage, by_name[name]) for _ in range(2))

    assert first.passed, first.explanation
    assert (first.scores, first.steps, first.cost_micros) == (second.scores, second.steps, second.cost_micros)


def test_a_wish_that_is_not_met_fails(stage: Stage, by_name: dict[str, Scenario]) -> None:
    """The harness notices: the same story with the opposite wish."""
    rejected, posted = by_name["rejected"], by_name["post_by_command"]
    crossed = Scenario("crossed", "A rejected clip is posted.", rejected.script, posted.checks)

    result = play_and_score(stage, crossed)

    assert not result.passed
    assert result.scores["end_state"].explanation == "wanted 1 videos on the platform, but 0 videos are on the platform, not 1"
    assert [name for name, score in result.scores.items() if not score.passed] == ["end_state"]
