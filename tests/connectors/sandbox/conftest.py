"""One sandbox founded at a fixed moment, copies of it to change, and a clock that tests move."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse

from connectors.ports import CertificateKind
from connectors.sandbox import files
from connectors.sandbox.authority import Authority
from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.residents import ResidentFiles
from connectors.sandbox.server import Jlis
from connectors.sandbox.state import Slot
from connectors.sandbox.world import World

FOUNDED = datetime(2026, 11, 25, 3, 7, 30, tzinfo=UTC)
"""A Wednesday, 12:07:30 in Japan."""


class Sandbox:
    """A running J-LIS over one world, its clock and its files."""

    def __init__(self, directory: Path, clock: OffsetClock) -> None:
        self.directory = directory
        self.world = World.open(directory)
        self.clock = clock
        self.application = Jlis(self.world, clock)
        self.client = Client(self.application)

    def at(self, moment: datetime) -> None:
        """Let the clock stand at `moment`, without telling anybody."""
        self.clock.set_offset((moment - datetime.now(UTC)).total_seconds())

    def control(self, **instruction: object) -> TestResponse:
        """Give one instruction."""
        return self.client.post("/control", json=instruction)

    def move_to(self, moment: datetime) -> TestResponse:
        """Let the control endpoint put the clock to `moment`."""
        return self.control(do="clock", seconds=(moment - datetime.now(UTC)).total_seconds())

    def authority(self, kind: CertificateKind, generation: int = 3) -> Authority:
        """One generation of one CA."""
        (found,) = [a for a in self.world.authorities if (a.kind, a.generation) == (kind, generation)]
        return found

    def files(self, resident: str) -> ResidentFiles:
        """Where a resident's files lie."""
        return ResidentFiles(self.directory / "residents", resident)

    def certificate(self, resident: str, slot: Slot = Slot.AUTH) -> Any:
        """The certificate in a resident's place."""
        return files.read_certificate(self.files(resident).certificate(slot))

    def issuer(self, resident: str, slot: Slot = Slot.AUTH) -> Authority:
        """The generation that issued what is in that place now."""
        issued = self.world.state.current(resident, slot)
        assert issued is not None
        return self.authority(slot.kind, issued.generation)

    def pem_of(self, authority: Authority) -> Path:
        """The file of that CA certificate."""
        return self.directory / "authorities" / f"{authority.kind}-{authority.generation}.pem"


@pytest.fixture(scope="session")
def founded() -> datetime:
    """The moment at which the sandbox was founded."""
    return FOUNDED


@pytest.fixture(scope="session")
def founded_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded sandbox on disk, which nobody changes."""
    directory = tmp_path_factory.mktemp("sandbox") / "world"
    World.create(directory, FOUNDED, lambda count: bytes(range(count)))
    return directory


@pytest.fixture(scope="session")
def untouched(founded_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox to look at only."""
    return _sandbox(founded_directory, tmp_path_factory.mktemp("clock"))


@pytest.fixture
def sandbox(founded_directory: Path, tmp_path: Path) -> Sandbox:
    """A sandbox of the test's own."""
    return _sandbox(Path(shutil.copytree(founded_directory, tmp_path / "world")), tmp_path)


def _sandbox(directory: Path, clock_directory: Path) -> Sandbox:
    made = Sandbox(directory, OffsetClock(clock_directory / "clock"))
    made.at(FOUNDED)
    return made


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve a WSGI application on a free loopback port until the test ends; returns its URL."""
    with ExitStack() as servers:
        yield lambda application: servers.enter_context(_served(application))


@contextmanager
def _served(application: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def openssl() -> Callable[..., SimpleNamespace]:
    """Run the openssl binary; returns its exit code and all that it wrote."""

    def run(*words: object) -> SimpleNamespace:
        command = ["openssl", *map(str, words)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
        return SimpleNamespace(code=done.returncode, text=done.stdout + done.stderr)

    return run
