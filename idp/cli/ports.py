"""The demo's ports: chosen once, kept with its data, because issuers and redirect URIs never change."""

import json
import random
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from idp.cli.output import CommandFailed, Exit

_NEVER = {8901}
"""Port of the redirect URIs that belong to other programs' tests: nothing of ours listens there."""
_BELOW_OUTGOING = (10_000, 32_768)
"""Where the kernel takes no port for an outgoing connection: none is lost to one between being chosen and used."""
_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens: the provider, each sample service, the J-LIS stand-in, the card tray.

    Behind nginx (`idp demo --conformance`) the provider itself listens at `upstream`, and services that show a
    certificate are met at `mtls`; both are None without.
    """

    provider: int
    samples: tuple[int, ...]
    jlis: int
    tray: int
    upstream: int | None = None
    mtls: int | None = None

    def all(self) -> tuple[int, ...]:
        """Every port."""
        behind = tuple(port for port in (self.upstream, self.mtls) if port is not None)
        return (self.provider, *self.samples, self.jlis, self.tray, *behind)


def settle(file: Path, wanted: int, samples: int, *, tls: bool = False) -> Ports:
    """The stored ports, or new ones: `wanted` and those after it, or free ones for 0 and where one is taken.

    A sample service that is new since they were stored gets one more. Raises CommandFailed when another port is
    wanted than the stored one, or with `tls` where they were chosen without, and when one is taken now.
    """
    ports = _completed(_stored(file, wanted, tls=tls), samples) if file.exists() else _chosen(wanted, samples, tls)
    file.write_text(json.dumps(asdict(ports)), encoding="utf-8")
    return ports


def _stored(file: Path, wanted: int, *, tls: bool) -> Ports:
    stored = json.loads(file.read_text(encoding="utf-8"))
    ports = Ports(**{**stored, "samples": tuple(stored["samples"])})
    if tls != (ports.upstream is not None):
        how = "with" if ports.upstream is not None else "without"
        raise CommandFailed(f"this demo's data were made {how} --conformance: use another --data", Exit.USAGE)
    if wanted not in (0, ports.provider):
        raise CommandFailed(
            f"this demo's data belong to port {ports.provider}: use it, or another --data", Exit.USAGE
        )
    taken = [port for port in ports.all() if not _is_free(port)]
    if taken:
        raise CommandFailed(
            f"port {taken[0]} is taken by another program: end that one, or take another --data", Exit.REFUSED
        )
    return ports


def _completed(ports: Ports, samples: int) -> Ports:
    more = _next_to(max(ports.all()), samples - len(ports.samples), set(ports.all()))
    return replace(ports, samples=(*ports.samples, *more))


def _chosen(wanted: int, samples: int, tls: bool) -> Ports:
    if wanted and not _is_free(wanted):
        raise CommandFailed(
            f"port {wanted} is taken by another program: take another with --port (make demo: PORT=)", Exit.REFUSED
        )
    provider = wanted or _free(set())
    others = _next_to(wanted, samples + (4 if tls else 2), {provider})
    return Ports(provider, tuple(others[:samples]), *others[samples:])


def _next_to(port: int, count: int, used: set[int]) -> list[int]:
    """So many ports after that one, each another free one where it cannot be; all of them are for 0."""
    made: list[int] = []
    for near in range(port + 1, port + 1 + count):
        usable = port and near not in _NEVER and near < 65536 and _is_free(near)
        made.append(near if usable else _free({*used, *made}))
    return made


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
        port = _random.randrange(*_BELOW_OUTGOING)
        if port not in used | _NEVER and _is_free(port):
            return port
