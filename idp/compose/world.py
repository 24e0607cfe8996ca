"""The other side of every conversation: the sandbox's world, its clock, software cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.ports import CertificateKind
from idp.settings import Settings
from idp.shelter.reading import CardReader

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from connectors.sandbox.residents import Resident


def clock(settings: Settings, real: Callable[[], datetime]) -> Callable[[], datetime]:
    """The process's clock: the sandbox's movable one where the settings name it, else the real one."""
    if settings.clock_file is None:
        return real
    from connectors.sandbox.clock import OffsetClock

    return OffsetClock(settings.clock_file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The other side of every conversation, for `idp demo`: J-LIS stand-in, residents' cards and phones."""

    clock: Callable[[], datetime]
    jlis: WSGIApplication
    residents: list[Resident]
    anchors: list[tuple[CertificateKind, bytes]]
    tray: Callable[[Sequence[str]], WSGIApplication]


def sandbox(
    directory: Path, clock_file: Path, token_bytes: Callable[[int], bytes], *, ca_file: str | None = None
) -> Sandbox:
    """Open the sandbox world in `directory`, founding it on first use (some seconds for its keys).

    `ca_file`: who vouches for the provider to the cards and phones; None for the system's authorities.
    """
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from connectors.sandbox.clock import OffsetClock
    from connectors.sandbox.phone import phone_application
    from connectors.sandbox.server import Jlis
    from connectors.sandbox.tray import tray_application
    from connectors.sandbox.world import World

    moving = OffsetClock(clock_file)
    world = World.open(directory) if directory.exists() else World.create(directory, moving(), token_bytes)
    return Sandbox(
        clock=moving,
        jlis=Jlis(world, moving),
        residents=world.residents(),
        anchors=world.anchors(),
        tray=lambda issuers: DispatcherMiddleware(
            tray_application(world.residents, issuers, ca_file),
            {"/phone": phone_application(world.residents, issuers, ca_file)},
        ),
    )


def software_card(path: Path) -> CardReader:
    """The card in a file, for `idp collect record`."""
    from connectors.card.without_pin import SoftwareCardFile

    return SoftwareCardFile(path)
