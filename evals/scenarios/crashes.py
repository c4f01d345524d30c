"""A process that dies at every boundary of a post. However it ends, there is one video and one post."""

from evals.checks import approvals_are, post_is, run_is, videos
from evals.faults import PLACES, works_and_dies
from evals.owner import APPROVE, says, taps
from evals.sample import Scenario
from memory.domain import ApprovalStatus, PostStatus, RunStatus

CRASHES = tuple(
    Scenario(
        f"killed_{place.words.replace(',', '').replace(chr(39), '').replace(' ', '_').replace('-', '_')}",
        "Another process takes over and there is one video.",
        (says("/post 1"), taps(APPROVE, and_waits=False), works_and_dies(place)),
        (videos(1), post_is(PostStatus.PUBLISHED), run_is(RunStatus.SUCCEEDED), approvals_are(ApprovalStatus.USED)),
    )
    for place in PLACES
)
