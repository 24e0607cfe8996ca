"""Repositories of revocation lists on this machine: a folder, and a web server over one that counts questions."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from connectors.http import Outbound
from connectors.jlis.crl import CrlFolder, CrlHttp, place
from connectors.ports import CertificateKind, CrlSource

CONTENT_TYPE = "application/pkix-crl"


@dataclass
class Delivered:
    """A folder into which a test delivers lists."""

    folder: Path

    def put(self, der: bytes, key_id: bytes, point: bytes | None = None, kind=CertificateKind.USER) -> Path:
        """Deliver a list in the place of the one that is there."""
        file = self.folder / place(kind, key_id, point)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        draft.write_bytes(der)
        return draft.replace(file)

    def source(self, *, max_bytes: int = 1 << 20) -> CrlSource:
        """The way to it."""
        return CrlFolder(self.folder, max_bytes=max_bytes)

    def lose(self) -> None:
        """Let nobody reach it any more: a file lies where the folder was."""
        self.folder.rename(self.folder.with_name("lost"))
        self.folder.write_bytes(b"")


@dataclass
class Published(Delivered):
    """The same folder on the web. `asked`: how often each path was; `status` and `gate` hold for every answer."""

    asked: Counter = field(default_factory=Counter)
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.lose()

    def source(self, *, max_bytes: int = 1 << 20, seconds: float = 5.0) -> CrlSource:
        """The way to it."""
        outbound = Outbound([self.url], read_seconds=seconds, stall_seconds=seconds, max_bytes=max_bytes)
        return CrlHttp(self.url, outbound)

    def lose(self) -> None:
        """Let nobody reach it any more."""
        self._server.shutdown()
        self._server.server_close()


def _handler(published: Published) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked[self.path.lstrip("/")] += 1
            published.gate.wait()
            file = published.folder / self.path.lstrip("/")
            status = published.status if file.is_file() else 404
            body = file.read_bytes() if status == 200 else b"no"
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler


def whole(source: CrlSource, key_id: bytes, point: bytes | None = None, *, piece: int = 1 << 16) -> bytes:
    """All the bytes of one list, read in pieces."""
    taken, buffer = bytearray(), memoryview(bytearray(piece))
    with source.open(CertificateKind.USER, key_id, point) as stream:
        while size := stream.readinto(buffer):
            taken += buffer[:size]
    return bytes(taken)
