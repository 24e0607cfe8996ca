"""Making a backup: what the tenants' keys are known by, then the database in one snapshot, then the key custody.

In this order, because keys are only ever added: whatever key the rows of the snapshot name is in the custody's
copy, which is taken after it.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from joserfc.jwk import ECKey

from connectors.ports import Keys, KeySnapshot
from idp.backup import manifest as manifests
from idp.backup.container import Writer
from idp.backup.manifest import Manifest, Part, TenantMark
from idp.custody import known_answers
from idp.custody.ceremony import asking
from idp.custody.progress import Progress, silent
from idp.oversight.audit import Action, Auditor
from idp.store import data_keys, dumps
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant

DATABASE_PART, CUSTODY_PART = "database", "custody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is copied. `database_url`, `password`: as a role that sees all rows; `custody`: None when not ours."""

    database_url: str
    password: str | None = field(repr=False)
    custody: KeySnapshot | None
    settings: Mapping[str, str]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Makes backups."""

    store: Store
    keys: Keys
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def create(self, source: Source, recipient: ECKey, target: Path, progress: Progress = silent) -> Manifest:
        """Write a backup to `target`, which is there whole or not at all, for its owner alone.

        Raises FileExistsError for a target that is there, DumpFailed, and the custody's errors.
        """
        if target.exists():
            raise FileExistsError(f"{target} is there already: nothing is overwritten")
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                made = self._write(source, Writer(file, recipient, self.token_bytes), progress)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
        self._record(made)
        return made

    def _write(self, source: Source, writer: Writer, progress: Progress) -> Manifest:
        marks = tuple(self._mark(tenant) for tenant in self.directory.all())
        parts = []
        copies: list[tuple[str, Iterable[bytes]]] = [
            (DATABASE_PART, dumps.dump(source.database_url, source.password))
        ]
        if source.custody is not None:
            copies.append((CUSTODY_PART, source.custody.chunks()))
        for name, chunks in copies:
            counted = _Counted(name, chunks, progress)
            writer.part(name, counted)
            parts.append(Part(name, counted.size, counted.digest.hexdigest()))
        made = Manifest(
            created_at=self.now().isoformat(timespec="seconds"),
            version=version("ppid-idp"),
            database=dumps.kind_of(source.database_url),
            custody="none" if source.custody is None else source.custody.kind,
            parts=tuple(parts),
            tenants=marks,
            settings=source.settings,
            elsewhere=source.elsewhere,
        )
        writer.close(manifests.write(made))
        return made

    def _mark(self, tenant: Tenant) -> TenantMark:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            count = len(data_keys.every(tx))
        versions = range(1, tenant.ppid_key_version + 1)
        answers = {str(number): answers_digest(self.keys, tenant.tenant_id, number) for number in versions}
        return TenantMark(tenant.tenant_id, tenant.ppid_key_version, count, answers)

    def _record(self, made: Manifest) -> None:
        """Every tenant's own trail says that its rows were copied."""
        digests = {part.name: part.sha256 for part in made.parts}
        for tenant in self.directory.all():
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                self.auditor.record(tx, tenant.keys, Action.BACKUP_CREATED, "done", **digests)


class _Counted:
    """Chunks as they go by: their size and digest."""

    def __init__(self, name: str, chunks: Iterable[bytes], progress: Progress) -> None:
        self._name = name
        self._chunks = chunks
        self._progress = progress
        self.size = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            self.digest.update(chunk)
            self._progress(f"{self._name}, bytes", self.size, self.size)
            yield chunk


def answers_digest(keys: Keys, tenant_id: str, key_version: int) -> str:
    """SHA-256 over the 1 000 known answers of a key version: it tells whether a key is the same, byte for byte."""
    answers = known_answers.answers(tenant_id, key_version, asking(keys, tenant_id, key_version))
    return hashlib.sha256("\n".join(answers).encode()).hexdigest()
