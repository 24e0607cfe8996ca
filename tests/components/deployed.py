"""The product as it is deployed: `idp serve` and `idp worker` over PostgreSQL, Redis and OpenBao, behind a front.

A `Town` founds it and plays residents, services and J-LIS; what they send goes to the processes.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from components.custody_town import vault_environment
from components.front import Front
from components.openbao import OpenBao
from components.ports import free_port
from components.postgres import BINARIES, Database, Postgres
from components.process import Server, plain_environment
from components.redis import Redis
from components.town import BASE_URL, Browser, Town

IDP = Path(sys.executable).with_name("idp")
PARTS = ("serve", "worker")
START_SECONDS = 120.0


class Deployment(Town):
    """A town that is served by processes of its own."""

    front: Front

    def browser(self) -> Browser:
        """See Town."""
        return Browser(self.front)


@dataclass
class Deployed:
    """`logs`: where each process writes, by name. `folder`: the working folder of ours."""

    town: Deployment
    folder: Path
    postgres: Postgres
    database: Database
    redis: Redis
    bao: OpenBao
    servers: dict[str, Server] = field(default_factory=dict)

    def start(self) -> None:
        """Start both processes and wait until the server answers."""
        for part in PARTS:
            environment = plain_environment(**self.environment)
            log = self.folder.parent / f"{part}.log"
            self.servers[part] = Server([IDP, part], log, env=environment, cwd=self.folder)
        self.servers["serve"].wait_until(self.answers, START_SECONDS)
        self.servers["worker"].wait_until(self._socket("worker").exists, START_SECONDS)

    def stop(self) -> None:
        """End both."""
        for server in self.servers.values():
            server.stop()

    @property
    def environment(self) -> dict[str, str]:
        """The settings of both processes, and of commands."""
        return self.town.environment | {
            "IDP_PORT": str(self.town.front.port),
            "IDP_MANAGEMENT_SOCKET": str(self._socket("serve")),
            "IDP_WORKER_SOCKET": str(self._socket("worker")),
        }

    def answers(self) -> bool:
        """Whether a whole request can be answered."""
        url, host = f"http://127.0.0.1:{self.town.front.port}/t/aoba/login/{'A' * 22}", BASE_URL.partition("//")[2]
        try:
            return requests.get(url, headers={"Host": host}, timeout=5).status_code == 410
        except requests.RequestException:
            return False

    def wait(self) -> None:
        """Return when it works again after something was away."""
        self.servers["serve"].wait_until(self.answers, START_SECONDS)

    def managed(self, part: str, path: str) -> bytes:
        """The whole answer of a management listener."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self._socket(part)))
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def command(self, *words: object) -> bytes:
        """All that `idp WORDS` prints and logs. Raises CalledProcessError."""
        environment = plain_environment(**self.environment)
        ran = subprocess.run(
            [IDP, *map(str, words)], env=environment, cwd=self.folder, capture_output=True, check=True, timeout=120
        )
        return ran.stdout + ran.stderr

    def plain_dump(self) -> bytes:
        """All rows as `pg_dump` prints them."""
        command = [BINARIES / "pg_dump", "--data-only", self.superuser]  # row security hides rows from their owner
        return subprocess.run(command, env=plain_environment(), capture_output=True, check=True).stdout

    def pids(self, part: str) -> list[int]:
        """A part's process and the processes that it started."""
        first = self.servers[part].pid
        parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        return [first, *(pid for pid, parent in parents.items() if parent == first)]

    def crash(self, pid: int, how: signal.Signals) -> None:
        """Have one of the processes die of a signal; wait until it has."""
        os.kill(pid, how)
        deadline = time.monotonic() + START_SECONDS
        while _lives(pid):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @property
    def superuser(self) -> str:
        """A libpq URL of this database with all rights."""
        return self.postgres.superuser_dsn.rpartition("/")[0] + "/" + self.database.owner_url.rpartition("/")[2]

    def _socket(self, part: str) -> Path:
        return self.folder.parent / f"{part}.sock"


@contextmanager
def deployed(folder: Path, founded: Path) -> Iterator[Deployed]:
    """Everything, for the length of a block; everything writes below `folder`."""
    with ExitStack() as stack:
        for name in ("bao", "redis", "work"):
            (folder / name).mkdir()
        postgres = stack.enter_context(Postgres())
        redis = stack.enter_context(Redis(folder / "redis"))
        bao = stack.enter_context(OpenBao(folder / "bao", storage="raft"))
        database = postgres.database()
        environment = {
            **database.environment,
            **database.backup_environment,
            **vault_environment(folder, bao),
            **_backup_identity(folder, bao),
            "IDP_REDIS_URL": redis.url,
            "IDP_CLOCK_FILE": str(folder / "clock"),
            "IDP_EVENT_DELAY_SECONDS": "0",
        }
        town = Deployment(folder, founded, environment=environment, owner_url=database.owner_url, keyfile=False)
        stack.callback(town.close)
        town.front = Front(free_port())
        made = Deployed(town, folder / "work", postgres, database, redis, bao)
        stack.callback(made.stop)
        made.start()
        yield made


def _backup_identity(folder: Path, bao: OpenBao) -> dict[str, str]:
    files = {}
    for name, value in zip(("ROLE", "SECRET"), bao.role("idp-backup"), strict=True):
        file = folder / f"backup-{name.lower()}-{secrets.token_hex(4)}"
        file.touch(0o600)
        file.write_text(value)
        files[f"IDP_VAULT_BACKUP_{name}_ID_FILE"] = str(file)
    return files


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
