"""Passwords as they are kept: argon2id (RFC 9106), with the memory and passes that OWASP names at least.

One hash takes about 20 ms of one core and 19 MiB: dear enough for whoever has stolen verifiers and keys, and cheap
enough that a flood of tries does not drown the logins beside it.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.passwords.rules import normalised

SALT_BYTES = 16
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=SALT_BYTES)
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdC4uLg$obP2rSperi7mQMlFhT+46eQIuef+jIbgjJfufNlfb40"
"""In the place of a verifier where there is none, so that an unknown ID takes as long as a known one."""
_LONGEST = 1024
"""Characters that are hashed: of more, nobody's password is made."""


def verifier_of(password: str, *, salt: bytes) -> str:
    """What is kept of a password, in the PHC string format. `salt`: `SALT_BYTES` random bytes."""
    return _HASHER.hash(normalised(password), salt=salt)


def verifies(verifier: str | None, typed: str) -> bool:
    """Whether this is the password; None for nobody's, which takes as long and never is."""
    try:
        _HASHER.verify(verifier or _NOBODYS, normalised(typed[:_LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return verifier is not None and len(typed) <= _LONGEST
