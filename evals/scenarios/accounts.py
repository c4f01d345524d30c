"""Accounts and rights that do not allow it."""

from evals.checks import approvals_are, never_said, no_upload, post_is, run_is, said, videos
from evals.faults import PLACES, platform, works_until
from evals.owner import APPROVE, says, says_whose, taps, works
from evals.sample import Scenario, Start
from memory.domain import PostStatus, Rights, RunStatus

_MIDDLE = next(place for place in PLACES if place.words == "in the middle of the bytes")

ACCOUNTS = (
    Scenario(
        "no_account",
        "Without an account it says how to connect one.",
        (says("/post 1"),),
        (videos(0), approvals_are(), said("forge connect"), never_said("steps")),
        Start(is_connected=False),
    ),
    Scenario(
        "token_expired",
        "An expired token is renewed without a word.",
        (platform("the access token expires", "revoke", access_only=True), says("/post 1"), taps(APPROVE)),
        (videos(1), post_is(PostStatus.PUBLISHED)),
    ),
    Scenario(
        "account_revoked",
        "A revoked account blocks the post and says what to do.",
        (says("/post 1"), platform("the owner takes the grant back", "revoke"), taps(APPROVE)),
        (videos(0), run_is(RunStatus.BLOCKED), said("connect")),
    ),
    Scenario(
        "account_revoked_in_mid_upload",
        "Revoked between two chunks: nothing is claimed, the upload can go on later.",
        (
            says("/post 1"),
            taps(APPROVE, and_waits=False),
            works_until(_MIDDLE, platform("the grant is taken back", "revoke")),
        ),
        (videos(0), run_is(RunStatus.BLOCKED), said("connect")),
    ),
    Scenario(
        "rights_unknown",
        "Nothing of unknown rights is even asked for.",
        (says("/post 1"),),
        (videos(0), approvals_are(), run_is(RunStatus.BLOCKED), said("Nobody has said who owns")),
        Start(rights=Rights.UNKNOWN),
    ),
    Scenario(
        "rights_withdrawn_after_the_yes",
        "Rights that fall away before the upload stop it.",
        (says("/post 1"), taps(APPROVE, and_waits=False), says_whose(Rights.UNKNOWN), works()),
        (videos(0), no_upload()),
    ),
    Scenario(
        "rights_given_later",
        "Once the owner says whose it is, it can be posted.",
        (says("/post 1"), says_whose(Rights.OWNED), says("/post 1"), taps(APPROVE)),
        (videos(1), post_is(PostStatus.PUBLISHED)),
        Start(rights=Rights.UNKNOWN),
    ),
)
