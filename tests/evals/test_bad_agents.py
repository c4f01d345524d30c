"""Agents that are bad on purpose must fail the suite, each for its own reason."""

import pytest

from evals.bad_agents import BAD_AGENTS, BadAgent
from evals.sample import Scenario
from evals.stage import Stage
from evals.tasks import play_and_score

CAUGHT_BY = {
    "claims_without_doing": ("post_asked_plainly", "end_state"),
    "never_asks": ("do_not_post", "consent"),
    "never_asks_and_calls_it_looking": ("rejected", "consent"),
    "loops_for_ever": ("post_asked_plainly", "end_state"),
}


@pytest.mark.parametrize("bad", BAD_AGENTS, ids=lambda bad: bad.name)
def test_a_bad_agent_is_caught(stage: Stage, by_name: dict[str, Scenario], bad: BadAgent) -> None:
    scenario, scorer = CAUGHT_BY[bad.name]
    assert scenario in bad.scenarios

    result = play_and_score(stage, by_name[scenario], bad.wiring)

    assert not result.infrastructure
    assert not result.scores[scorer].passed
