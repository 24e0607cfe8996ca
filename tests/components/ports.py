"""Loopback ports for servers that tests start."""

import random
import socket

BELOW_OUTGOING = (10_000, 32_768)
"""Where the kernel takes no port for an outgoing connection: none is lost to one between being chosen and used."""
_random = random.SystemRandom()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    while True:
        port = _random.randrange(*BELOW_OUTGOING)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
