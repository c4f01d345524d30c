"""Signatures of the shop."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from memory.errors import RefusedError
from tools.monetization.postback import check_signature
from tools.monetization.settings import ShopSettings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BODY = b'{"event_id":"evt_1"}'
SETTINGS = ShopSettings(secret=SecretStr("s3cret"), tolerance_s=300)


def signed(at, body=BODY, secret="s3cret"):
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("age_s", [0, 299, -299])
def test_a_fresh_signature_passes(age_s):
    at = int(NOW.timestamp()) - age_s
    check_signature(SETTINGS, f"t={at},v1={signed(at)}", BODY, NOW)


def test_one_of_two_signatures_is_enough_while_a_secret_is_replaced():
    at = int(NOW.timestamp())
    check_signature(SETTINGS, f"t={at},v1={'0' * 64}, v1={signed(at)}", BODY, NOW)


@pytest.mark.parametrize("age_s", [301, -301])
def test_a_signature_of_another_time_does_not(age_s):
    at = int(NOW.timestamp()) - age_s
    with pytest.raises(RefusedError, match="too old"):
        check_signature(SETTINGS, f"t={at},v1={signed(at)}", BODY, NOW)


def test_a_body_that_was_changed_does_not():
    at = int(NOW.timestamp())
    with pytest.raises(RefusedError):
        check_signature(SETTINGS, f"t={at},v1={signed(at)}", BODY + b" ", NOW)


@pytest.mark.parametrize("header", ["", "t=²,v1=é", "v1=00", "t=1,t=1,v1=00", f"t={'9' * 30},v1=00", "====", ","])
def test_strange_headers_do_not(header):
    with pytest.raises(RefusedError):
        check_signature(SETTINGS, header, BODY, NOW)
