"""The whole product as a newcomer starts it: `idp demo` in a process of its own, over a fresh folder."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.process import Server

IDP = Path(sys.executable).with_name("idp")
START_SECONDS = 90.0
OFFICERS = ("registry-1", "registry-2")


class Demo:
    """One demo on a free port. `ready` is the content of its ready file (contract, "Ready file")."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready_file = folder / "ready.json"
        self._server: Server | None = None
        self._officers: dict[str, list[str]] = {}
        self.ready: Mapping[str, Any] = {}

    def start(self, *options: str) -> "Demo":
        """Start and wait until everything answers. Raises NotStarted with the end of the log."""
        data = self._folder / "data"
        self._ready_file.unlink(missing_ok=True)
        command = [IDP, "demo", "--port", "0", "--data", data, "--ready-file", self._ready_file, *options]
        self._server = Server(command, self._folder / "demo.log")
        self._server.wait_until(self._ready_file.exists, START_SECONDS)
        self.ready = json.loads(self._ready_file.read_text(encoding="utf-8"))
        return self

    def stop(self) -> None:
        """End it as Ctrl-C would; the folder stays and may be started again."""
        if self._server is not None:
            self._server.stop()

    @property
    def server(self) -> Server:
        """Its supervisor's process. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the demo was not started")
        return self._server

    @property
    def data(self) -> Path:
        """The folder of its data, for commands."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """Process id of the supervisor. Raises RuntimeError before the start."""
        return self.server.pid

    def control(self, **instruction: object) -> None:
        """Let something happen in the sandbox town, such as `do="revoke", resident="hanako"`."""
        body = json.dumps(instruction).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.ready["sandbox"]["control"], body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=30):
            pass

    def idp(self, *words: object, tenant_id: str = "aoba", stdin: str = "") -> Any:
        """What an administrator does: a command over the demo's data; its JSON."""
        options = ("--tenant", tenant_id, "--data", self.data, "--json")
        command = [str(word) for word in (IDP, *words, *options)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def officers(self, tenant_id: str = "aoba") -> list[str]:
        """The tokens of a municipality's first two officers, who are appointed when somebody asks for them."""
        if tenant_id not in self._officers:
            added = [self.idp("approve", "officer", "add", name, tenant_id=tenant_id) for name in OFFICERS]
            self._officers[tenant_id] = [officer["token"] for officer in added]
        return self._officers[tenant_id]

    def tenant(self, tenant_id: str = "aoba") -> Mapping[str, Any]:
        """A municipality of the ready file."""
        return _named(self.ready["tenants"], tenant_id)

    def service(self, service_id: str) -> Mapping[str, Any]:
        """A service of the ready file, of whichever municipality."""
        return _named([s for tenant in self.ready["tenants"] for s in tenant["services"]], service_id)

    def resident(self, resident_id: str) -> Mapping[str, Any]:
        """A resident of the ready file."""
        return _named(self.ready["residents"], resident_id)

    def home(self, service_id: str) -> str:
        """The address of a sample service's own site."""
        return str(self.service(service_id)["redirect_uris"][0]).removesuffix("/callback") + "/"


def _named(entries: list[Mapping[str, Any]], wanted: str) -> Mapping[str, Any]:
    return next(entry for entry in entries if entry["id"] == wanted)
