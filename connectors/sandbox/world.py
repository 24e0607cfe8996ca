"""The sandbox's world on disk: test CAs, residents with cards and certificates, and what J-LIS knows of them.

A data directory holds `state.json`, `authorities/` and `residents/`, all readable by their owner only. The
state is one immutable value: readers take it without a lock, changes are made one at a time and saved first.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Self

from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from connectors.sandbox import cards, files, founding, publication, state
from connectors.sandbox.authority import Authority
from connectors.sandbox.founding import GENERATION_AGES, Founding
from connectors.sandbox.profile import Device
from connectors.sandbox.residents import Resident, ResidentFiles, describe
from connectors.sandbox.state import Case, Person, Slot, State

_SEED_BYTES = 32
_STATE = "state.json"
_AUTHORITIES = "authorities"
_RESIDENTS = "residents"


class WorldUnreadable(Exception):
    """The directory holds no sandbox, or a damaged one."""


class World:
    """One sandbox. Safe for threads; only one process may change it."""

    def __init__(self, directory: Path, authorities: tuple[Authority, ...], initial: State) -> None:
        self.authorities = authorities
        self._directory = directory
        self._state = initial
        self._lock = Lock()

    @classmethod
    def create(cls, directory: Path, now: datetime, token_bytes: Callable[[int], bytes]) -> Self:
        """Found a sandbox whose past ends at `now` (aware UTC).

        The directory is there as a whole or not at all, even after an interruption. Raises FileExistsError if
        it holds anything already.
        """
        directory = directory.absolute()
        if directory.exists() and any(directory.iterdir()):
            raise FileExistsError(f"{directory} holds something already")
        founded = founding.found(now.replace(microsecond=0), token_bytes(_SEED_BYTES).hex())
        beside = directory.with_name(f".{directory.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        for folder in (beside, beside / _AUTHORITIES, beside / _RESIDENTS):
            folder.mkdir(mode=0o700, parents=True)
        _write(beside, founded)
        files.write(beside / _STATE, state.dump(founded.state))
        beside.replace(directory)
        return cls(directory, founded.authorities, founded.state)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open the sandbox that `create` left there. Raises WorldUnreadable."""
        directory = directory.absolute()
        try:
            stored = state.load((directory / _STATE).read_bytes())
            authorities = tuple(
                _read_authority(directory / _AUTHORITIES, kind, generation)
                for generation in GENERATION_AGES
                for kind in CertificateKind
            )
        except (OSError, ValueError, TypeError) as error:
            raise WorldUnreadable(f"{directory} holds no sandbox that can be read") from error
        return cls(directory, authorities, stored)

    @property
    def state(self) -> State:
        """Everything known at this moment, as one value that does not change."""
        return self._state

    def change(self, transition: Callable[[State], State]) -> State:
        """Replace the state by what `transition` makes of it, saved before anybody sees it."""
        with self._lock:
            changed = transition(self._state)
            if changed is not self._state:
                files.write(self._directory / _STATE, state.dump(changed))
                self._state = changed
            return changed

    def published(self, now: datetime) -> State:
        """The state after every publication due by `now`."""
        current = self._state
        if publication.due(current, now) is current:
            return current
        return self.change(lambda latest: publication.due(latest, now))

    def anchors(self) -> list[tuple[CertificateKind, bytes]]:
        """The CA certificates of all generations, DER."""
        return [(a.kind, a.certificate.public_bytes(Encoding.DER)) for a in self.authorities]

    def residents(self) -> list[Resident]:
        """All sample residents at this moment."""
        current = self._state
        return [describe(current, person, self.files_of(person)) for person in current.people]

    def files_of(self, person: Person) -> ResidentFiles:
        """Where that resident's files lie."""
        return ResidentFiles(self._directory / _RESIDENTS, person.id)


def _write(directory: Path, founded: Founding) -> None:
    for authority in founded.authorities:
        stem = directory / _AUTHORITIES / f"{authority.kind}-{authority.generation}"
        files.write_certificate(stem.with_suffix(".pem"), authority.certificate)
        files.write_key(stem.with_suffix(".key"), authority.key)
        files.write_key(stem.with_suffix(".ocsp.key"), authority.responder_key)
    for (resident, slot), pair in founded.pairs.items():
        where = ResidentFiles(directory / _RESIDENTS, resident)
        files.write_certificate(where.certificate(slot), pair.certificate)
        files.write_key(where.key(slot), pair.key)
    for person in founded.state.people:
        where = ResidentFiles(directory / _RESIDENTS, person.id)
        cards.hand_out(person, where, Device.CARD, blocked=person.case is Case.PIN_BLOCKED)
        if (person.id, Slot.PHONE) in founded.pairs:
            cards.hand_out(person, where, Device.PHONE)


def _read_authority(directory: Path, kind: CertificateKind, generation: int) -> Authority:
    stem = directory / f"{kind}-{generation}"
    return Authority(
        kind,
        generation,
        files.read_certificate(stem.with_suffix(".pem")),
        files.read_key(stem.with_suffix(".key")),
        files.read_key(stem.with_suffix(".ocsp.key")),
    )
