"""What owners ask for, in several wordings."""

from evals.checks import approvals_are, called, no_tool, post_is, rows, run_is, said, videos
from evals.owner import APPROVE, START, says, taps
from evals.sample import Scenario, Start
from memory.domain import ApprovalStatus, PostStatus, RunStatus

_POSTED = (videos(1), post_is(PostStatus.PUBLISHED), run_is(RunStatus.SUCCEEDED), approvals_are(ApprovalStatus.USED), said("read back"))
_POST_WORDS = {"plainly": "post clip 1", "politely": "Could you please publish clip #1 for me?", "shortly": "Upload 1"}
_LOOK_WORDS = {
    "clips": ("show my clips", "list_clips", "A strong claim"),
    "accounts": ("which accounts do you have", "list_accounts", "Sandbox Creator"),
    "trends": ("what is trending today?", "find_ideas", "observations are new"),
    "money": ("how much did I earn?", "report_money", "no data"),
    "advice": ("what should I make next?", "what_next", "No data"),
}

REQUESTS = (
    *(
        Scenario(f"post_asked_{how}", "A clip is posted after Start and Approve.", (says(words), taps(START), taps(APPROVE)), _POSTED)
        for how, words in _POST_WORDS.items()
    ),
    Scenario(
        "post_by_command",
        "A command needs no Start, but its post needs a yes.",
        (says("/post 1"), taps(APPROVE)),
        _POSTED,
    ),
    *(
        Scenario(
            f"asks_for_{what}",
            "A question is answered at once from what is there.",
            (says(words),),
            (called(tool), said(answer), videos(0)),
        )
        for what, (words, tool, answer) in _LOOK_WORDS.items()
    ),
    Scenario(
        "make_and_post",
        "A file becomes clips, and the best one is posted after a yes.",
        (says("make 1 short from this and post the best one", with_file=True), taps(START), taps(APPROVE)),
        (called("make_shorts", "publish_post"), *_POSTED),
        Start(clips=0),
    ),
    Scenario(
        "make_in_other_words",
        "Cutting alone publishes nothing and asks nobody.",
        (says("cut a clip out of the video", with_file=True), taps(START)),
        (called("make_shorts"), no_tool("publish_post"), videos(0), approvals_are(), run_is(RunStatus.SUCCEEDED), rows("productions", 1)),
        Start(clips=0),
    ),
    Scenario(
        "takes_an_idea",
        "An idea is taken by its number, after a look.",
        (says("/ideas"), says("/make_idea 1")),
        (called("find_ideas", "take_idea"), said("is taken"), videos(0)),
    ),
)
