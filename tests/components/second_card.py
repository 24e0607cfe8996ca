"""A second card beside the one in a virtual reader: in the other slot of the same driver.

Run by `second_card` inside the reader's namespaces: `python -m components.second_card CARD DIR`.
"""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.process import Server
from components.virtual_reader import SECONDS, VirtualReader

from connectors.sandbox.card import powered, vpcd
from connectors.sandbox.card.atr import ATRS
from connectors.sandbox.card.image import Variant
from connectors.sandbox.card.reader import PORT

NAME = "Virtual PCD 00 01"
"""The driver's second slot, as pcscd names it; its port is the next."""


@contextmanager
def second_card(reader: VirtualReader, card: Path) -> Iterator[None]:
    """That card is known to the reader's pcscd too, for the length of a block."""
    folder = reader.folder / "second"
    folder.mkdir()
    holder = (reader.folder / "card.pid").read_text().strip()
    inside = ["nsenter", "--target", holder, "--net", "--mount"]
    if os.geteuid() != 0:
        inside += ["--user", "--preserve-credentials"]
    command = [*inside, sys.executable, "-m", "components.second_card", card.absolute(), folder.absolute()]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    server = Server(command, folder / "card.log", env=environment)
    try:
        server.wait_until((folder / "known").exists, SECONDS)
        yield
    finally:
        server.stop()


def main(card: Path, folder: Path) -> None:
    """Hold the card in the second slot until TERM."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda *_: None)
    inserted = powered.load(card, folder, ATRS["contact"], Variant(), (), secrets.token_bytes)
    with vpcd.inserted(PORT + 1) as plug:
        vpcd.serve(inserted, plug, readable, (folder / "known").touch)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
