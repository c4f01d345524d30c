"""One stage for all tests of the evals: a sandbox process, a rendered clip, an empty database."""

from collections.abc import Iterator

import pytest

from evals.sample import Scenario
from evals.scenarios import SCENARIOS
from evals.stage import Stage, open_stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture(scope="session")
def by_name() -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in SCENARIOS}
