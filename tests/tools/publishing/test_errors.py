"""What YouTube's refusals become."""

from datetime import UTC, datetime

import pytest

from memory.errors import AccountError, InputError, TransientError
from tools.publishing.youtube.errors import Reply, read_reply, seconds_to_quota_reset, to_error

NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # noon in Los Angeles


def test_the_quota_comes_back_at_midnight_pacific():
    assert seconds_to_quota_reset(NOON) == 12 * 3600


def test_a_day_of_25_hours_is_waited_for_in_full():
    assert seconds_to_quota_reset(datetime(2026, 11, 1, 7, 0, tzinfo=UTC)) == 25 * 3600  # summer time ends that night


@pytest.mark.parametrize(
    ("reply", "kind", "wait_s"),
    [
        pytest.param(Reply(403, "quotaExceeded"), TransientError, 12 * 3600, id="quota"),
        pytest.param(Reply(400, "uploadLimitExceeded"), TransientError, 86_400, id="channel's own limit"),
        pytest.param(Reply(403, "userRateLimitExceeded"), TransientError, 30, id="rate"),
        pytest.param(Reply(429, "", retry_after_s=7.0), TransientError, 7, id="429 with a time"),
        pytest.param(Reply(503, "backendError"), TransientError, None, id="5xx"),
        pytest.param(Reply(400, "invalidTitle"), InputError, None, id="metadata"),
        pytest.param(Reply(403, "forbidden"), AccountError, None, id="forbidden"),
        pytest.param(Reply(401, "authError"), AccountError, None, id="token refused twice"),
        pytest.param(Reply(401, "youtubeSignupRequired"), AccountError, None, id="no channel"),
    ],
)
def test_a_refusal_says_who_has_to_act(reply, kind, wait_s):
    error = to_error(reply, NOON)

    assert type(error) is kind
    if kind is TransientError:
        assert error.retry_after_s == wait_s


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": {"errors": []}}', b"\xff"])
def test_a_body_that_is_not_googles_is_no_bug(body):
    assert read_reply(500, body) == Reply(500)
