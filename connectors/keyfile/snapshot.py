"""A copy of the key file: encrypted as it is, it opens with the unlock key alone, which is kept elsewhere."""

from collections.abc import Iterator
from pathlib import Path

from connectors.errors import Refused
from connectors.keyfile import disk


class KeyFileSnapshot:
    """Copies one key file, and puts a copy where there is none."""

    kind = "keyfile"

    def __init__(self, path: Path) -> None:
        self._path = path

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes, which are replaced whole and never changed. Raises Refused, Garbled."""
        content, _ = disk.read(self._path)
        yield content

    def put_back(self, content: bytes) -> None:
        """Write a copy to the path. Raises Refused when something is there already."""
        with disk.locked(self._path):
            if self._path.exists() or self._path.is_symlink():
                raise Refused(f"{self._path} exists already: a key file is never overwritten")
            disk.replace(self._path, content)
