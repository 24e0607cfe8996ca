"""Verifying what was collected: all serial numbers at once against the lists, metered and audited by counts."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from idp.japan import JAPAN
from idp.metering.record import MUNICIPALITY, Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.serials import SerialLists, questions, verdicts
from idp.shelter.opening import Entry, Opening
from idp.store.crl_index.lists import Status, Verdict
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant

COLUMNS = ("kind", "serial", "issuer_key_id", "at", "place", "status", "reason", "file", "number")


@dataclass(frozen=True, slots=True)
class Result:
    """A record with what the lists say."""

    entry: Entry
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts of a verification. `repeated`: records of a certificate that an earlier record names too."""

    records: int
    not_listed: int
    revoked: int
    evidence_missing: int
    repeated: int
    broken_lines: int
    duplicate_lines: int
    conflicting_lines: int
    missing_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionVerification:
    """Asks the lists, and writes down how many were asked about."""

    store: Store
    lists: SerialLists
    meters: Meters
    auditor: Auditor
    now: Callable[[], datetime]

    def run(
        self, tenant: Tenant, opening: Opening, progress: Callable[[int], None] = lambda done: None
    ) -> list[Result]:
        """What the lists say of every record, in the files' order. Raises CrlRefused, DatabaseUnavailable."""
        named = [entry.record.named for entry in opening.entries]
        answers = verdicts(self.lists, tenant.anchors, named, now=self.now(), progress=progress)
        results = [Result(entry, verdict) for entry, verdict in zip(opening.entries, answers, strict=True)]
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            for asked, count in questions(named, answers).items():
                self.meters.record(tx, MUNICIPALITY, Purpose.SHELTER, [asked], count=count)
            counts = summary(opening, results)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.COLLECTION_VERIFIED,
                "done",
                records=counts.records,
                revoked=counts.revoked,
                evidence_missing=counts.evidence_missing,
                broken_lines=counts.broken_lines,
                missing_lines=counts.missing_lines,
            )
        return results


def summary(opening: Opening, results: Sequence[Result]) -> Summary:
    """Count."""
    found = Counter(result.verdict.status for result in results)
    return Summary(
        records=len(results),
        not_listed=found[Status.NOT_LISTED],
        revoked=found[Status.REVOKED],
        evidence_missing=found[Status.EVIDENCE_MISSING],
        repeated=len(results) - len({(r.entry.record.named.kind, r.entry.record.named.serial) for r in results}),
        broken_lines=len(opening.broken),
        duplicate_lines=opening.duplicates,
        conflicting_lines=opening.conflicts,
        missing_lines=sum(gap.last - gap.first + 1 for gap in opening.missing()),
    )


def write_csv(results: Iterable[Result], out: TextIO) -> None:
    """One line per record, times in Japan; the BOM is for spreadsheets, which else take it for Shift_JIS."""
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, results))


def _row(result: Result) -> tuple[str | int, ...]:
    record, place = result.entry.record, result.entry.place
    named = record.named
    return (
        named.kind,
        f"{named.serial:x}",
        named.issuer_key_id.hex() if named.issuer_key_id else "",
        record.at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S"),
        _harmless(record.place),
        result.verdict.status,
        result.verdict.reason or "",
        place.file_id,
        place.sequence,
    )


def _harmless(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: a collector's file is made by whoever has the key."""
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
