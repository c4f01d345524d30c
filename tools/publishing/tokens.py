"""Tokens of connected accounts: in the vault and nowhere else, refreshed early and by one process at a time."""

import json
import logging
import os
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from memory.database import Database
from memory.errors import AccountError, TransientError
from memory.repositories import accounts
from memory.vault import Vault
from tools.publishing.settings import YouTubeSettings
from tools.publishing.youtube import oauth

log = logging.getLogger(__name__)

EARLY_S = 300.0  # an access token lives about an hour; a chunk that starts with it must also end with it
_CLAIM_S = 45.0  # longer than the refresh call may take
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one account and the OAuth client they belong to: a refresh token works with its own client alone."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float
    """Local Unix time."""
    client_id: str
    client_secret: str = field(repr=False)

    @staticmethod
    def of(grant: oauth.Grant, client: oauth.Client, *, refresh: str = "") -> "Tokens":
        expires_at = time.time() + grant.expires_in
        return Tokens(grant.access_token, grant.refresh_token or refresh, expires_at, client.client_id, client.client_secret)

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def vault_name(account_id: int) -> str:
    return f"account:{account_id}"


class AccountToken:
    """The access token of one account, as the database has it now."""

    def __init__(self, database: Database, vault: Vault, settings: YouTubeSettings, account_id: int, base_url: str) -> None:
        self._database, self._vault, self._settings = database, vault, settings
        self._account_id, self._endpoints = account_id, settings.at(base_url)
        self._owner = f"{os.getpid()}-{threading.get_ident()}-{secrets.token_hex(4)}"

    def __call__(self, refused: str = "") -> str:
        """A token that should work. With `refused`, one that is not that.

        Raises:
            AccountError: The account must be connected again.
            TransientError: The token service does not answer.
        """
        deadline = time.monotonic() + _CLAIM_S
        while time.monotonic() < deadline:
            tokens = self._read()
            if tokens.access != refused and tokens.expires_at - EARLY_S > time.time():
                return tokens.access
            if self._claim():
                return self._refresh(tokens)
            time.sleep(_POLL_S)
        raise TransientError("Another process is renewing this account's access and has not finished.", retry_after_s=30.0)

    def _read(self) -> Tokens:
        with self._database.reading() as session:
            text = self._vault.get(session, vault_name(self._account_id))
        if text is None:
            raise AccountError("The account is not connected.", hint="Connect it: forge connect youtube.")
        return Tokens(**json.loads(text))

    def _claim(self) -> bool:
        now = datetime.now(UTC)
        with self._database.session() as session:
            return accounts.claim_refresh(session, self._account_id, self._owner, now, now + timedelta(seconds=_CLAIM_S))

    def _refresh(self, seen: Tokens) -> str:
        """Renew outside any transaction; the claim keeps others waiting. Another process may have been first: read again."""
        try:
            tokens = self._read()
            if tokens.access != seen.access:
                return tokens.access
            client = oauth.Client(tokens.client_id, self._secret(tokens))
            grant = oauth.refresh(self._endpoints, client, tokens.refresh, timeout_s=min(30.0, self._settings.timeout_s))
            renewed = Tokens.of(grant, client, refresh=tokens.refresh)
            with self._database.session() as session:
                self._vault.put(session, vault_name(self._account_id), renewed.to_json())
            log.info("token.refreshed account_id=%s", self._account_id)
            return renewed.access
        except AccountError as error:
            with self._database.session() as session:
                accounts.mark_needs_reauth(session, self._account_id, error.message)
            raise
        finally:
            with self._database.session() as session:
                accounts.release_refresh(session, self._account_id, self._owner)

    def _secret(self, tokens: Tokens) -> str:
        """The secret in the settings when they are about the same client: it may have been replaced since."""
        current = self._settings.client_secret.get_secret_value()
        return current if current and self._settings.client_id == tokens.client_id else tokens.client_secret
