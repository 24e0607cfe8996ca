"""A server behind a front that writes down what it is sent, to the letter, and answers 204."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Overheard:
    """`address`: host:port. `heads`: request line and header lines of each request, in order."""

    address: str
    heads: list[list[str]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, str]:
        """The fields of the last request by their names as sent. Raises ValueError for a name that came twice."""
        pairs = [line.split(": ", 1) for line in self.heads[-1][1:]]
        if len({name.lower().replace("_", "-") for name, _ in pairs}) != len(pairs):
            raise ValueError("a field came twice")
        return {name: value for name, value in pairs}  # noqa: C416 - lists of two


@contextmanager
def overheard() -> Iterator[Overheard]:
    """Listen on a free loopback port."""
    heads: list[list[str]] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines = iter(lambda: self.rfile.readline().decode("latin-1").rstrip("\r\n"), "")
            if head := list(lines):
                heads.append(head)
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield Overheard(f"127.0.0.1:{server.server_address[1]}", heads)
        server.shutdown()
