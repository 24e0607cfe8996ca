"""The unlock key's own file: 32 bytes and nothing else, mode 0600 (`head -c 32 /dev/urandom` makes one)."""

from pathlib import Path

from connectors.errors import Refused
from connectors.keyfile import disk
from connectors.keyfile.envelope import UNLOCK_KEY_BYTES


def read_unlock_key(path: Path) -> bytes:
    """The 32-byte unlock key in the file at `path`; there is no default. Raises Refused without one."""
    key, _ = disk.read(path)
    if len(key) != UNLOCK_KEY_BYTES:
        raise Refused(f"{path} must hold the unlock key: {UNLOCK_KEY_BYTES} bytes and nothing else")
    return key
