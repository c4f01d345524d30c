"""Secrets: bound to their names and their key, and a key file nobody else reads."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from memory.database import Database
from memory.errors import InputError
from memory.tables import Secret
from memory.vault import Vault, open_vault


def test_a_secret_comes_back_and_goes(any_database: Database) -> None:
    vault = Vault(bytes(32))
    with any_database.session() as session:
        vault.put(session, "account:1", "tökén")
        vault.put(session, "account:1", "newer tökén")
    with any_database.session() as session:
        assert vault.get(session, "account:1") == "newer tökén"
        assert vault.get(session, "account:2") is None
        vault.delete(session, "account:1")
        vault.delete(session, "account:1")
        assert vault.get(session, "account:1") is None


def test_the_table_does_not_hold_the_secret(database: Database) -> None:
    with database.session() as session:
        Vault(bytes(32)).put(session, "account:1", "plain words")

    with database.reading() as session:
        row = session.scalars(select(Secret)).one()
        assert b"plain words" not in row.ciphertext


def test_the_same_secret_twice_looks_different(database: Database) -> None:
    vault = Vault(bytes(32))
    with database.session() as session:
        vault.put(session, "a", "same")
        vault.put(session, "b", "same")

    with database.reading() as session:
        first, second = session.scalars(select(Secret)).all()
        assert (first.nonce, first.ciphertext) != (second.nonce, second.ciphertext)


def test_a_wrong_key_is_told(database: Database) -> None:
    with database.session() as session:
        Vault(bytes(32)).put(session, "account:1", "x")

    with database.reading() as session, pytest.raises(InputError, match="FORGE_VAULT_KEY"):
        Vault(bytes([1]) * 32).get(session, "account:1")


def test_a_secret_moved_to_another_name_does_not_open(database: Database) -> None:
    vault = Vault(bytes(32))
    with database.session() as session:
        vault.put(session, "account:1", "x")
        session.get_one(Secret, "account:1").name = "account:2"

    with database.reading() as session, pytest.raises(InputError, match="cannot be read"):
        vault.get(session, "account:2")


def test_a_changed_secret_does_not_open(database: Database) -> None:
    vault = Vault(bytes(32))
    with database.session() as session:
        vault.put(session, "account:1", "x")
        row = session.get_one(Secret, "account:1")
        row.ciphertext = bytes([row.ciphertext[0] ^ 1]) + row.ciphertext[1:]

    with database.reading() as session, pytest.raises(InputError, match="cannot be read"):
        vault.get(session, "account:1")


def test_the_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"

    open_vault(home)

    assert (home / "vault.key").stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode((home / "vault.key").read_bytes())) == 32
    assert [path.name for path in home.iterdir()] == ["vault.key"]


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    open_vault(tmp_path)
    (tmp_path / "vault.key").chmod(0o644)

    with pytest.raises(InputError, match="chmod 600"):
        open_vault(tmp_path)


def test_the_same_key_file_opens_the_same_secrets(tmp_path: Path, database: Database) -> None:
    with database.session() as session:
        open_vault(tmp_path).put(session, "a", "x")

    with database.reading() as session:
        assert open_vault(tmp_path).get(session, "a") == "x"


@pytest.mark.parametrize(("key", "said"), [("short", "base64"), ("not base64!", "base64"), ("YWJj", "3 bytes"), ("é" * 44, "base64")])
def test_a_bad_key_is_told(tmp_path: Path, key: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_vault(tmp_path, key)


def test_a_damaged_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_text("garbage!")
    (tmp_path / "vault.key").chmod(0o600)

    with pytest.raises(InputError, match="not base64"):
        open_vault(tmp_path)


def test_a_key_with_a_line_end_is_the_same_key(tmp_path: Path, database: Database) -> None:
    key = base64.b64encode(bytes(32)).decode()
    with database.session() as session:
        open_vault(tmp_path, key).put(session, "a", "x")

    with database.reading() as session:
        assert open_vault(tmp_path, key + "\n").get(session, "a") == "x"


def test_processes_that_make_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    program = f"""
import hashlib, pathlib, time
from memory.vault import open_vault
home = pathlib.Path({str(tmp_path / "home")!r})
while not pathlib.Path({str(tmp_path / "go")!r}).exists():
    time.sleep(0.001)
open_vault(home)
print(hashlib.sha256((home / "vault.key").read_bytes()).hexdigest())
"""
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    (tmp_path / "go").touch()

    shown = {process.communicate(timeout=60)[0] for process in running}

    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(shown) == 1
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["vault.key"]
