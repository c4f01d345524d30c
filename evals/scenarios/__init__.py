"""Every scenario there is, by subject."""

from evals.sample import Scenario
from evals.scenarios.accounts import ACCOUNTS
from evals.scenarios.approvals import APPROVALS
from evals.scenarios.crashes import CRASHES
from evals.scenarios.foreign import FOREIGN
from evals.scenarios.limits import LIMITS
from evals.scenarios.numbers import NUMBERS
from evals.scenarios.platforms import PLATFORMS
from evals.scenarios.refusing import REFUSING
from evals.scenarios.requests import REQUESTS
from evals.scenarios.stopping import STOPPING

SCENARIOS: tuple[Scenario, ...] = (
    *REQUESTS,
    *REFUSING,
    *APPROVALS,
    *STOPPING,
    *LIMITS,
    *ACCOUNTS,
    *PLATFORMS,
    *NUMBERS,
    *FOREIGN,
    *CRASHES,
)
