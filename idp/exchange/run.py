"""One run over a tenant's folder: take what is whole, answer or refuse it, one file after the other."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import structlog

from idp.exchange.answer import answer
from idp.exchange.folder import MAX_NAME_BYTES, SETTLED_SECONDS, ExchangeFolder, FolderBusy, Taken
from idp.exchange.serial_list import MAX_BYTES, ListRefused, Problem, read_list
from idp.jpki.crl_refused import CrlRefused
from idp.metering.record import MUNICIPALITY, Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.serials import Named, SerialLists, questions, verdicts
from idp.store.crl_index.lists import Verdict
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

_log = structlog.get_logger("idp.exchange")


class Outcome(StrEnum):
    """What became of a file."""

    ANSWERED = "answered"
    REFUSED = "refused"
    RESUMED = "resumed"
    """Answered in an earlier run, which was interrupted before all was put away."""
    WAITING = "waiting"
    """Not known to be whole yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Answers serial lists from files."""

    store: Store
    lists: SerialLists
    meters: Meters
    auditor: Auditor
    now: Callable[[], datetime]

    def run(
        self, tenant: Tenant, directory: Path, *, settled_seconds: float = SETTLED_SECONDS
    ) -> Counter[Outcome]:
        """Work through `directory/{tenant}`; how many files came to what.

        Raises FolderBusy, OSError, and CrlRefused and DatabaseUnavailable: then the file is taken up next time.
        """
        folder = ExchangeFolder(directory / tenant.tenant_id)
        found: Counter[Outcome] = Counter()
        with folder.lock():
            found[Outcome.RESUMED] = folder.finish()
            for taken in folder.left_over():
                found[self._one(tenant, folder, taken)] += 1
            whole, found[Outcome.WAITING] = folder.waiting(settled_seconds)
            for path in whole:
                found[self._one(tenant, folder, folder.take(path))] += 1
        return found

    def _one(self, tenant: Tenant, folder: ExchangeFolder, taken: Taken) -> Outcome:
        try:
            question = _question(folder, taken)
            names = read_list(question)
        except ListRefused as refused:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                action, problems = Action.EXCHANGE_REFUSED, refused.count
                self.auditor.record(tx, tenant.keys, action, "refused", problems=problems)
            folder.refuse(taken, _reason(refused))
            return Outcome.REFUSED
        found = verdicts(self.lists, tenant.anchors, names, now=self.now())
        answered = answer(tenant, taken.path.name, question, names, found, self.now())
        # A run that dies between the count and the answer asks again, and is counted again: it did ask twice.
        self._count(tenant, names, found)
        folder.answer(taken, answered)
        return Outcome.ANSWERED

    def _count(self, tenant: Tenant, names: list[Named], found: list[Verdict]) -> None:
        counts = Counter(verdict.status for verdict in found)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            for asked, count in questions(names, found).items():
                self.meters.record(tx, MUNICIPALITY, Purpose.EXCHANGE, [asked], count=count)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.EXCHANGE_ANSWERED,
                "done",
                serials=len(names),
                **{str(status): count for status, count in counts.items()},
            )


def run_all(exchange: Exchange, tenants: Callable[[], list[Tenant]], directory: Path) -> None:
    """One run for every tenant, as the worker's recurring task; one that fails keeps no other from its turn."""
    for tenant in tenants():
        try:
            exchange.run(tenant, directory)
        except FolderBusy:
            continue
        except (OSError, CrlRefused) as error:
            _log.warning("exchange.waiting", tenant=tenant.tenant_id, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - what one tenant's folder holds is no other tenant's trouble
            _log.error("exchange.failed", tenant=tenant.tenant_id, error=type(error).__name__)


def _question(folder: ExchangeFolder, taken: Taken) -> bytes:
    """The whole file, one byte more than is allowed at most. Raises ListRefused for a link or no plain file."""
    if not taken.is_usable:
        raise ListRefused([Problem(0, f"a file's name is UTF-8 of at most {MAX_NAME_BYTES} octets")], 1)
    if folder.has_answer(taken):
        raise ListRefused([Problem(0, "an answer of that name still lies in out")], 1)
    try:
        handle = os.open(taken.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ListRefused([Problem(0, "not a file that can be read")], 1) from error
    with os.fdopen(handle, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _reason(refused: ListRefused) -> str:
    lines = [f"line {one.line}: {one.sentence}" if one.line else one.sentence for one in refused.problems]
    more = refused.count - len(refused.problems)
    return "\n".join([*lines, *([f"and {more} more lines"] if more else [])]) + "\n"
