"""Is what the scenario wants there at the end?"""

from evals.sample import Outcome, Scenario, Score


def end_state(scenario: Scenario, end: Outcome) -> Score:
    """All checks of the scenario; the explanation names the first that fails."""
    if end.crash:
        return Score(False, f"an error nobody handled: {end.crash.strip().splitlines()[-1]}")
    if end.stuck:
        return Score(False, end.stuck)
    for check in scenario.checks:
        if wrong := check.problem(end):
            return Score(False, f"wanted {check.words}, but {wrong}")
    return Score(True, "; ".join(check.words for check in scenario.checks))
