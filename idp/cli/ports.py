"""The demo's ports: chosen once, kept with its data, because issuers and redirect URIs never change."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from idp.cli.output import CommandFailed, Exit

_NEVER = {8901}
"""Port of the redirect URIs that belong to other programs' tests: nothing of ours listens there."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens: the provider, each sample service, the J-LIS stand-in, the card tray."""

    provider: int
    samples: tuple[int, ...]
    jlis: int
    tray: int

    def all(self) -> tuple[int, ...]:
        """Every port."""
        return (self.provider, *self.samples, self.jlis, self.tray)


def settle(file: Path, wanted: int, samples: int) -> Ports:
    """The stored ports, or new ones: `wanted` and those after it, or free ones for 0 and where one is taken.

    Raises CommandFailed when another port is wanted than the stored one, or when one is taken now.
    """
    if file.exists():
        stored = json.loads(file.read_text(encoding="utf-8"))
        ports = Ports(stored["provider"], tuple(stored["samples"]), stored["jlis"], stored["tray"])
        if wanted not in (0, ports.provider):
            raise CommandFailed(
                f"this demo's data belong to port {ports.provider}: use it, or another --data", Exit.USAGE
            )
        taken = [port for port in ports.all() if not _is_free(port)]
        if taken:
            raise CommandFailed(f"port {taken[0]} is taken by another program", Exit.REFUSED)
        return ports
    if wanted and not _is_free(wanted):
        raise CommandFailed(f"port {wanted} is taken by another program", Exit.REFUSED)
    provider = wanted or _free(set())
    used = {provider}
    others = []
    for offset in range(1, samples + 3):
        near = provider + offset
        port = near if wanted and near not in _NEVER and near < 65536 and _is_free(near) else _free(used)
        used.add(port)
        others.append(port)
    ports = Ports(provider, tuple(others[:samples]), others[samples], others[samples + 1])
    file.write_text(json.dumps(asdict(ports)), encoding="utf-8")
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free(used: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in used | _NEVER:
            return port
