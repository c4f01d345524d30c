"""Answers to questions: twice, late, by somebody else, or for something that changed meanwhile."""

from evals.checks import approvals_are, no_upload, post_is, refused, run_is, said, videos
from evals.faults import adds_offer, swaps_file
from evals.owner import APPROVE, REJECT, START, says, stranger_taps, taps, taps_at_random, waits, works
from evals.sample import Scenario, Start
from memory.domain import ApprovalStatus, PostStatus, Role, RunStatus

_SHOP = "http://127.0.0.1:9/shop/p/lamp"

APPROVALS = (
    Scenario(
        "approved_twice_at_once",
        "Two taps are one post.",
        (says("/post 1"), taps(APPROVE, and_waits=False), taps(APPROVE)),
        (videos(1), refused("no longer open"), approvals_are(ApprovalStatus.USED)),
    ),
    Scenario(
        "approved_twice_after_the_post",
        "A tap on a button that did its work does nothing.",
        (says("/post 1"), taps(APPROVE), taps(APPROVE)),
        (videos(1), refused("no longer open"), post_is(PostStatus.PUBLISHED)),
    ),
    Scenario(
        "approved_after_rejecting",
        "A no stays a no.",
        (says("/post 1"), taps(REJECT), taps(APPROVE)),
        (videos(0), refused("no longer open"), approvals_are(ApprovalStatus.REJECTED)),
    ),
    Scenario(
        "approved_too_late",
        "A yes after the time is up counts as no.",
        (says("/post 1"), waits(25), taps(APPROVE)),
        (videos(0), no_upload(), refused("no longer open"), approvals_are(ApprovalStatus.EXPIRED)),
    ),
    Scenario(
        "silence",
        "Nobody answers, which means no.",
        (says("/post 1"), waits(25)),
        (videos(0), no_upload(), approvals_are(ApprovalStatus.EXPIRED), said("means no")),
    ),
    Scenario(
        "approved_the_next_morning",
        "A yes after 23 hours is a yes, and the owner hears how the post ended.",
        (says("/post 1"), waits(23), taps(APPROVE)),
        (videos(1), run_is(RunStatus.SUCCEEDED), said("read back")),
    ),
    Scenario(
        "approved_but_used_too_late",
        "A yes that nobody came round to in a day is not used.",
        (says("/post 1"), taps(APPROVE, and_waits=False), waits(25)),
        (videos(0), no_upload()),
    ),
    Scenario(
        "stale_button",
        "A button of a question that never was is answered and does nothing.",
        (taps_at_random("a:999:y"), taps_at_random("zz:1")),
        (refused("no approval 999", "no use any more"), videos(0)),
    ),
    Scenario(
        "plan_started_twice",
        "A plan starts once.",
        (says("post clip 1"), taps(START), taps(START), taps(APPROVE)),
        (videos(1), refused("answered already"), approvals_are(ApprovalStatus.USED)),
    ),
    Scenario(
        "a_stranger_approves",
        "Only members answer.",
        (says("/post 1"), stranger_taps(APPROVE)),
        (videos(0), refused("Only an"), approvals_are(ApprovalStatus.PENDING)),
    ),
    Scenario(
        "a_viewer_approves",
        "A viewer looks and does not answer.",
        (says("/post 1"), taps(APPROVE, by=Role.VIEWER)),
        (videos(0), refused("Only an"), approvals_are(ApprovalStatus.PENDING)),
    ),
    Scenario(
        "an_editor_approves",
        "An editor may say yes to a post.",
        (says("/post 1"), taps(APPROVE, by=Role.EDITOR)),
        (videos(1), approvals_are(ApprovalStatus.USED)),
    ),
    Scenario(
        "file_swapped_after_the_question",
        "A yes to one file is no yes to another.",
        (says("/post 1"), swaps_file(), taps(APPROVE)),
        (videos(0), no_upload(), run_is(RunStatus.BLOCKED)),
    ),
    Scenario(
        "file_swapped_after_the_yes",
        "What changes between yes and upload is not uploaded.",
        (says("/post 1"), taps(APPROVE, and_waits=False), swaps_file(), works()),
        (videos(0), no_upload(), run_is(RunStatus.BLOCKED)),
    ),
    Scenario(
        "text_changed_after_the_yes",
        "A yes to one description is no yes to another.",
        (says("/post 1"), taps(APPROVE, and_waits=False), adds_offer(_SHOP), works()),
        (videos(0), no_upload(), said("no longer what approval")),
    ),
    Scenario(
        "two_questions_one_yes",
        "Of two questions only the approved one is done.",
        (says("/post 1"), says("/post 2"), taps(APPROVE), taps(REJECT, newest=1)),
        (videos(1), said("A strong claim 2"), approvals_are(ApprovalStatus.REJECTED, ApprovalStatus.USED)),
        Start(clips=2),
    ),
)
