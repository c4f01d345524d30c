"""The token vault: secrets encrypted with AES-256-GCM, bound to their names."""

import base64
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from memory.errors import InputError
from memory.tables import Secret

_KEY_BYTES = 32
_NONCE_BYTES = 12  # what NIST SP 800-38D recommends for GCM


class Vault:
    """Encrypts and decrypts named secrets. A value moved to another name does not decrypt."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise InputError(f"the vault key has {len(key)} bytes, it must have {_KEY_BYTES}.", hint="Make one: openssl rand -base64 32")
        self._cipher = AESGCM(key)

    def put(self, session: Session, name: str, value: str) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, value.encode(), name.encode())
        session.merge(Secret(name=name, nonce=nonce, ciphertext=ciphertext))
        session.flush()

    def get(self, session: Session, name: str) -> str | None:
        """The secret, or None when nothing is stored under this name.

        Raises:
            InputError: The vault key is not the one it was stored with.
        """
        row = session.get(Secret, name)
        if row is None:
            return None
        try:
            return self._cipher.decrypt(row.nonce, row.ciphertext, name.encode()).decode()
        except InvalidTag as error:
            raise InputError(
                f"the secret {name!r} cannot be read with this vault key.",
                hint="Use the key it was stored with (FORGE_VAULT_KEY or the key file), or connect the account again.",
            ) from error

    def delete(self, session: Session, name: str) -> None:
        row = session.get(Secret, name)
        if row is not None:
            session.delete(row)
            session.flush()


def open_vault(home: Path, key_base64: str = "") -> Vault:
    """The vault with the key from settings, or with a key file that is made (mode 0600) when there is none."""
    if key_base64:
        return Vault(_decode(key_base64.strip().encode(), "FORGE_VAULT_KEY"))
    path = home / "vault.key"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_key(path)
    if path.stat().st_mode & 0o077:
        raise InputError(f"{path} can be read by others.", hint=f"Close it: chmod 600 {path}")
    return Vault(_decode(path.read_bytes().strip(), str(path)))


def _decode(text: bytes, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InputError(f"{where} is not base64.", hint="Make one: openssl rand -base64 32") from error


def _write_key(path: Path) -> None:
    """Write a new key so that it appears whole or not at all, and so that of two processes one wins."""
    descriptor, temporary = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
