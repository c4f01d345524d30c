"""The scorers by name: one for what a scenario wants, the others for what must never happen in any."""

from collections.abc import Mapping

from evals.sample import Scorer
from evals.scorers.claims import no_false_claim
from evals.scorers.consent import no_post_without_a_yes
from evals.scorers.consistency import rows_agree
from evals.scorers.end_state import end_state
from evals.scorers.money import nothing_over_budget
from evals.scorers.once import posted_once
from evals.scorers.secrecy import no_secret_shown
from evals.scorers.sources import no_foreign_instruction_followed
from evals.scorers.stop import nothing_after_stop

FORBIDDEN: Mapping[str, Scorer] = {
    "consent": no_post_without_a_yes,
    "once": posted_once,
    "stop": nothing_after_stop,
    "money": nothing_over_budget,
    "secrecy": no_secret_shown,
    "sources": no_foreign_instruction_followed,
    "claims": no_false_claim,
    "consistency": rows_agree,
}
SCORERS: Mapping[str, Scorer] = {"end_state": end_state, **FORBIDDEN}
