"""Putting a backup back onto an empty machine: everything is checked before anything is written."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from joserfc.jwk import ECKey

from connectors.ports import Keys
from idp.backup import container
from idp.backup import manifest as manifests
from idp.backup.container import DATA, MANIFEST, PART, BackupUnreadable
from idp.backup.create import CUSTODY_PART, DATABASE_PART, answers_digest
from idp.backup.manifest import Manifest, ManifestRefused, Part
from idp.store import dumps
from idp.tenants.directory import Directory

_NAMES = (DATABASE_PART, CUSTODY_PART)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it goes. `require_no_custody` raises when there is one; `put_custody` takes the copy of one."""

    database_url: str
    password: str | None = field(repr=False)
    require_no_custody: Callable[[], None]
    put_custody: Callable[[Path], None]


@dataclass(slots=True)
class Checked:
    """A restored system compared with the manifest. `problems`: sentences; empty when all is as it was."""

    tenants: int = 0
    known_answers: int = 0
    problems: list[str] = field(default_factory=list)


def unpack(file: Path, private_key: ECKey, folder: Path) -> Manifest:
    """Decrypt all parts into an empty folder and compare their digests. Raises BackupUnreadable, OSError."""
    found: dict[str, Part] = {}
    manifest = None
    with file.open("rb") as stream:
        part: _PartFile | None = None
        for kind, content in container.frames(stream, private_key):
            if kind == DATA and part is not None:
                part.add(content)
                continue
            if part is not None:
                found[part.name] = part.close()
                part = None
            if kind == PART:
                part = _PartFile(_name(content, found), folder)
            elif kind == MANIFEST:
                manifest = _manifest(content)
            else:
                raise BackupUnreadable("the backup is of another form")
    if manifest is None or list(manifest.parts) != list(found.values()):
        raise BackupUnreadable("the backup's parts are not those of its manifest")
    return manifest


def put_back(manifest: Manifest, folder: Path, target: Target) -> None:
    """Write the parts to where they belong, where nothing may be yet. Raises rather than overwrite."""
    if dumps.kind_of(target.database_url) != manifest.database:
        raise dumps.DumpFailed(f"the backup is of {manifest.database}: DATABASE_URL must be one, too")
    dumps.require_empty(target.database_url, target.password)
    has_custody = manifest.custody != "none"
    if has_custody:
        target.require_no_custody()
    dumps.load(target.database_url, target.password, folder / DATABASE_PART)
    if has_custody:
        target.put_custody(folder / CUSTODY_PART)


def check(manifest: Manifest, directory: Directory, keys: Keys) -> Checked:
    """Compare the running system with the manifest: every tenant there, its data keys open, its answers equal."""
    checked = Checked()
    for mark in manifest.tenants:
        tenant = directory.tenant(mark.tenant_id)
        if tenant is None:
            checked.problems.append(f"tenant {mark.tenant_id} is missing, or its keys do not open")
            continue
        checked.tenants += 1
        if tenant.ppid_key_version < mark.ppid_key_version:
            checked.problems.append(f"tenant {mark.tenant_id} has an earlier PPID key version than the backup")
        for number, digest in mark.known_answers_sha256.items():
            if answers_digest(keys, mark.tenant_id, int(number)) == digest:
                checked.known_answers += 1000
            else:
                checked.problems.append(f"PPID key version {number} of tenant {mark.tenant_id} is another key")
    return checked


class _PartFile:
    """A part as it is written."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        path = folder / name
        path.touch(0o600, exist_ok=False)
        self._file: BinaryIO = path.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0

    def add(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self._size += len(content)

    def close(self) -> Part:
        self._file.close()
        return Part(self.name, self._size, self._digest.hexdigest())


def _name(content: bytes, found: dict[str, Part]) -> str:
    name = content.decode("ascii", "replace")
    if name not in _NAMES or name in found:
        raise BackupUnreadable("the backup has a part that no backup has")
    return name


def _manifest(content: bytes) -> Manifest:
    try:
        return manifests.read(content)
    except ManifestRefused as error:
        raise BackupUnreadable(str(error)) from error
