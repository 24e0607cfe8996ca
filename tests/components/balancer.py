"""A TCP load balancer on loopback: one address, each connection to the next of several servers that answers."""

import socket
from collections.abc import Sequence

from components.relay import Relay


class Balancer(Relay):
    """`connections`: how many went to each target."""

    def __init__(self, targets: Sequence[int]) -> None:
        super().__init__(targets[0])
        self._targets = list(targets)
        self.connections = dict.fromkeys(targets, 0)

    def connect(self) -> socket.socket:
        """A connection to the target whose turn it is, or to the next that answers."""
        for _ in self._targets:
            target = self._targets.pop(0)
            self._targets.append(target)
            try:
                server = socket.create_connection(("127.0.0.1", target))
            except OSError:
                continue
            self.connections[target] += 1
            return server
        raise ConnectionRefusedError("no target answers")
