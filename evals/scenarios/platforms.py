"""Platforms that fail, downgrade, or take their time."""

from evals.checks import post_is, run_is, said, videos
from evals.faults import platform
from evals.owner import APPROVE, says, taps
from evals.sample import Scenario, Step
from memory.domain import PostStatus, RunStatus


def _while_posting(fault: Step) -> tuple[Step, ...]:
    return (says("/post 1"), fault, taps(APPROVE))


_REFUSAL = {"error": {"code": 400, "message": "invalid title", "errors": [{"reason": "invalidTitle", "domain": "youtube.video"}]}}
_PUT = {"path": "/upload/*", "method": "PUT"}
_ONCE = (videos(1), post_is(PostStatus.PUBLISHED), run_is(RunStatus.SUCCEEDED))

PLATFORMS = (
    Scenario(
        "final_answer_lost",
        "The answer to the last chunk is lost: the platform is asked, nothing is sent twice.",
        _while_posting(platform("the answers to five chunks are lost", "faults", **_PUT, drop="after", times=5)),
        _ONCE,
    ),
    Scenario(
        "server_errors",
        "Three 503 in a row are endured.",
        _while_posting(platform("the platform answers 503 three times", "faults", **_PUT, status=503, times=3)),
        _ONCE,
    ),
    Scenario(
        "chunk_kept_in_part",
        "A chunk of which only a part arrived is taken up where it ended.",
        _while_posting(platform("a chunk is kept in part", "faults", **_PUT, partial_bytes=1000)),
        _ONCE,
    ),
    Scenario(
        "privacy_downgraded",
        "A post that the platform made private is not called as asked.",
        _while_posting(platform("the platform locks new videos as private", "account", locked_private=True)),
        (videos(1), post_is(PostStatus.DEGRADED), run_is(RunStatus.DEGRADED), said("private, not public")),
    ),
    Scenario(
        "quota_empty",
        "No quota today: tried again later, and nothing is claimed.",
        _while_posting(platform("the quota is used up", "settings", quota={"insert": 0})),
        (videos(0), run_is(RunStatus.BLOCKED)),
    ),
    Scenario(
        "still_processing",
        "A video that is still processed is not called published.",
        _while_posting(platform("processing takes an hour", "settings", processing_s=3600)),
        (videos(1), post_is(PostStatus.UPLOADED), run_is(RunStatus.DEGRADED), said("still processes")),
    ),
    Scenario(
        "title_refused",
        "What the platform refuses failed, and is said to have.",
        _while_posting(
            platform(
                "the platform refuses the title",
                "faults",
                path="/upload/*",
                method="POST",
                status=400,
                body={
                    "error": {"code": 400, "message": "invalid title", "errors": [{"reason": "invalidTitle", "domain": "youtube.video"}]}
                },
            )
        ),
        (videos(0), post_is(PostStatus.FAILED), run_is(RunStatus.BLOCKED), said("refused")),
    ),
)
