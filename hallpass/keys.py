"""The master key and everything derived from it. Nothing that identifies a person is written without going through here.

A keyed pseudonym falls with its key, an unkeyed hash of a student number falls in seconds: so there is no unkeyed digest
of a value in this project. The key is one file of 32 random bytes, outside the lake, DAGSTER_HOME and backups; its path is
configured, its value never.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import unicodedata
from functools import cache, cached_property
from pathlib import Path

from hallpass.errors import Refused

KEY_BYTES = 32
TOKEN_BYTES = 16  # 128 bits
SCHEME = "hallpass/1"
"""Raise the number to rotate every derived key; a new master key file does the same. Either changes the keyed context
digest of every delivery, so the next night scans all of them again under the new pseudonyms."""


class Keys:
    """Keys for one purpose each, derived by HKDF-SHA256 from the master key (RFC 5869)."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError("a master key has 32 bytes")
        self._master = master
        self._derived = cache(self._derive)

    def __repr__(self) -> str:
        return "Keys(…)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("keys are not pickled")

    def subject_key(self, kind: str, canonical_id: str) -> str:
        """The pseudonym of one person: 32 hex digits. `kind` is the roster's (`student`, `staff`, …), the id as the roster has it."""
        return self.token("subject", kind, canonical(canonical_id))

    def token(self, purpose: str, *parts: str) -> str:
        """A keyed digest (HMAC-SHA256, 128 bits as hex) of the parts, each length-prefixed; purposes never meet."""
        message = b"".join(_prefixed(part) for part in parts)
        return hmac.new(self._derived(purpose), message, hashlib.sha256).digest()[:TOKEN_BYTES].hex()

    def _derive(self, purpose: str) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"{SCHEME}/{purpose}".encode()).derive(self._master)

    @cached_property
    def fingerprint(self) -> str:
        """Says which key this is, so that an operator can tell two backups apart."""
        return self.token("fingerprint")[:8]


def canonical(identifier: str) -> str:
    """A roster id as it is compared: NFKC, trimmed, case-folded."""
    return unicodedata.normalize("NFKC", identifier).strip().casefold()


def open_keys(path: Path) -> Keys:
    """The keys under `path`; makes a new master key on the first run and refuses one that others could read."""
    if not path.exists():
        _create(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Refused(f"The master key {path} can be read by others (mode {mode:04o}).", f"chmod 0400 '{path}'")
    folder_mode = stat.S_IMODE(path.parent.stat().st_mode)
    if folder_mode & 0o077:
        raise Refused(
            f"The folder of the master key {path.parent} is open to others (mode {folder_mode:04o}).", f"chmod 0700 '{path.parent}'"
        )
    master = path.read_bytes()
    if len(master) != KEY_BYTES:
        raise Refused(
            f"The master key {path} has {len(master)} bytes instead of {KEY_BYTES}.",
            "put the right key back from its backup (a new one would give every student a new pseudonym)",
        )
    return Keys(master)


def _create(path: Path) -> None:
    """Whole or not at all: a killed first run leaves no short key, and two first runs agree on one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails when another process was first: then its key is ours too
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def _prefixed(part: str) -> bytes:
    data = part.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data
