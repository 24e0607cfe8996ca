"""Certificate revocation lists: over HTTP (RFC 2585 section 4.3), or from a folder that somebody delivers into.

A list of a whole CA is `{kind}/{issuer key id}.crl`, the key identifier in lower-case hexadecimal. J-LIS's
repository is closed and looks lists up by directory name; this stands in for a distribution point's list:
`{kind}/{issuer key id}/{SHA-256 of the DER Name}.crl`.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from connectors.errors import Garbled, Refused, Unreachable
from connectors.http import Outbound
from connectors.jlis import answers
from connectors.ports import CertificateKind, CrlSource, ListStream

CONTENT_TYPE = "application/pkix-crl"


def place(kind: CertificateKind, issuer_key_id: bytes, point: bytes | None) -> str:
    """Where a list lies, relative to the repository's address or folder."""
    if point is None:
        return f"{kind}/{issuer_key_id.hex()}.crl"
    return f"{kind}/{issuer_key_id.hex()}/{hashlib.sha256(point).hexdigest()}.crl"


class CrlHttp(CrlSource):
    """A repository at `url`. `outbound` bounds time, stalls and size: give it one of its own."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url.rstrip("/")
        self._outbound = outbound

    @contextmanager
    def open(self, kind: CertificateKind, issuer_key_id: bytes, point: bytes | None) -> Iterator[ListStream]:
        """See CrlSource. Refused is any 4xx, Garbled a redirect or another status or content type."""
        url = f"{self._url}/{place(kind, issuer_key_id, point)}"
        with self._outbound.stream(url, headers={"Accept": CONTENT_TYPE}) as stream:
            answers.require_head(stream, CONTENT_TYPE, peer="the revocation list repository")
            yield stream


class CrlFolder(CrlSource):
    """A folder into which the platform delivers, each list under a name of its own, replaced by rename."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    @contextmanager
    def open(self, kind: CertificateKind, issuer_key_id: bytes, point: bytes | None) -> Iterator[ListStream]:
        """See CrlSource. Refused is a file that is not there, Garbled what is no plain file."""
        path = self._folder / place(kind, issuer_key_id, point)
        try:
            file = FileIO(path, "rb", opener=_without_waiting)
        except FileNotFoundError as error:
            raise Refused("the folder of revocation lists holds no such list") from error
        except OSError as error:
            raise Unreachable(f"the folder of revocation lists cannot be read: {error.strerror}") from error
        with file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Garbled("the folder of revocation lists holds something else than a file by that name")
            yield _FileStream(file, self._max_bytes)


def _without_waiting(path: str, flags: int) -> int:
    """Open what may be a pipe, which would have us wait for its other end."""
    return os.open(path, flags | os.O_NONBLOCK)


class _FileStream:
    """One file of a delivery."""

    def __init__(self, file: FileIO, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._left = max_bytes

    def readinto(self, buffer: memoryview, /) -> int:
        """See ListStream."""
        try:
            size = self._file.readinto(buffer)
        except OSError as error:
            raise Unreachable(f"a revocation list cannot be read: {error.strerror}") from error
        self._left -= size
        if self._left < 0:
            raise Garbled(f"the folder of revocation lists holds one of more than {self._max_bytes} bytes")
        return size
