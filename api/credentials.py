"""Passwords of people, random tokens of browsers and devices: how they are made, kept and compared."""

import functools
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_PASSWORD_LENGTH = 8

_HASHER = PasswordHasher()
"""Argon2id with the library's defaults: the low-memory profile of RFC 9106."""


def hash_password(password: str) -> str:
    """
    The argon2id hash to keep.

    Raises
    ------
    ValueError
        When the password is shorter than `LEAST_PASSWORD_LENGTH` characters.
    """
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise ValueError(f"expected a password of at least {LEAST_PASSWORD_LENGTH} characters, got {len(password)}")
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is right. Without a hash (nobody has this login) it takes as long and is False."""
    try:
        return _HASHER.verify(password_hash or _hash_of_nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def make_token() -> str:
    """A new random token of 256 bits, safe in headers and cookies; it is shown once and only its hash is kept."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 as hex: enough for a random token, and fast on every request."""
    return hashlib.sha256(token.encode()).hexdigest()


@functools.cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))
