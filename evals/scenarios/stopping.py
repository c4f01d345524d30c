"""Stop, at every moment that matters."""

from evals.checks import approvals_are, no_upload, post_is, rows, run_is, videos
from evals.faults import PLACES, RENDERED, works_until
from evals.owner import APPROVE, START, resumes, says, stops, taps, works
from evals.sample import Scenario, Start
from memory.domain import ApprovalStatus, PostStatus, RunStatus

_AT = {place.words: place for place in PLACES}
_MIDDLE = _AT["in the middle, after a chunk whose answer nobody read"]
_FIRST_BYTE = _AT["after the session was given, before it was saved"]

STOPPING = (
    Scenario(
        "stopped_before_the_yes",
        "Stopped while a question is open, and the yes comes all the same.",
        (says("/post 1"), stops(), taps(APPROVE)),
        (videos(0), no_upload()),
    ),
    Scenario(
        "stopped_between_yes_and_upload",
        "Stopped after the yes and before anything was sent.",
        (says("/post 1"), taps(APPROVE, and_waits=False), stops(and_waits=False), works()),
        (videos(0), no_upload(), rows("effects", 0), run_is(RunStatus.CANCELED)),
    ),
    Scenario(
        "stopped_before_the_first_byte",
        "Stopped when the upload session was just opened.",
        (says("/post 1"), taps(APPROVE, and_waits=False), works_until(_FIRST_BYTE, stops(and_waits=False)), works()),
        (videos(0),),
    ),
    Scenario(
        "stopped_in_the_middle_of_the_upload",
        "Not one further chunk is sent.",
        (says("/post 1"), taps(APPROVE, and_waits=False), works_until(_MIDDLE, stops(and_waits=False)), works()),
        (videos(0), post_is(PostStatus.PLANNED)),
    ),
    Scenario(
        "stopped_and_resumed",
        "After /resume the clip is asked for anew, and is posted once.",
        (
            says("/post 1"),
            taps(APPROVE, and_waits=False),
            works_until(_MIDDLE, stops(and_waits=False)),
            works(),
            resumes(),
            says("/post 1"),
            taps(APPROVE),
        ),
        (videos(1), post_is(PostStatus.PUBLISHED), approvals_are(ApprovalStatus.USED, ApprovalStatus.USED)),
    ),
    Scenario(
        "stopped_before_the_work",
        "Stopped before a worker took the request up.",
        (says("make 2 shorts from this and post the best", with_file=True, and_waits=False), stops(and_waits=False), works()),
        (videos(0), rows("productions", 0), run_is(RunStatus.CANCELED)),
        Start(clips=0),
    ),
    Scenario(
        "stopped_while_rendering",
        "Rendering ends, and nothing follows it.",
        (
            says("make 1 short from this and post the best one", with_file=True),
            taps(START, and_waits=False),
            works_until(RENDERED, stops(and_waits=False)),
            works(),
        ),
        (videos(0), no_upload(), approvals_are()),
        Start(clips=0),
    ),
)
