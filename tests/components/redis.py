"""A real Redis for tests: Debian's server on a loopback port, nothing on disk."""

from pathlib import Path
from types import TracebackType
from typing import Self

from components.ports import free_port
from components.process import Server, plain_environment
from redis import Redis as Client
from redis.exceptions import RedisError

BINARY = Path("/usr/bin/redis-server")


class Redis:
    """One Redis server. `url` for the product, `client` for a test that looks inside."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Client.from_url(self.url, decode_responses=True)
        self._directory = directory
        self._server: Server | None = None

    @property
    def directory(self) -> Path:
        """Where it would write, and its log."""
        return self._directory

    @property
    def pid(self) -> int:
        """The server's process."""
        if self._server is None:
            raise ValueError("not started")
        return self._server.pid

    def raw(self) -> Client:
        """A client that gives bytes as they are."""
        return Client.from_url(self.url)

    def start(self) -> None:
        """Start the process, empty, and wait until it answers."""
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self._server = Server(
            [BINARY, *words], self._directory / "redis.log", env=plain_environment(), cwd=self._directory
        )
        self._server.wait_until(self._answers)

    def stop(self) -> None:
        """End the process; what it held is gone."""
        self.client.close()
        if self._server:
            self._server.stop()

    def freeze(self) -> None:
        """Hold the process: connections stand, answers do not come."""
        if self._server:
            self._server.freeze()

    def thaw(self) -> None:
        """Let a frozen process go on."""
        if self._server:
            self._server.thaw()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False
