"""`idp backup keygen|create|restore|check`: everything that a municipality needs after a fire."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.errors import ConnectorError
from idp import compose
from idp.backup import recipient as recipients
from idp.backup import restore as restoring
from idp.backup.container import BackupUnreadable
from idp.backup.manifest import Manifest
from idp.backup.recipient import RecipientRefused
from idp.cli.context import build, environment
from idp.cli.files import read_file
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show, tell
from idp.settings import Settings, read_settings
from idp.store.dumps import DumpFailed
from idp.store.engine import DatabaseUnavailable

app = typer.Typer(name="backup", help="Backups, encrypted to a key that is kept elsewhere.", no_args_is_help=True)
BackupFile = Annotated[Path, typer.Argument(help="The backup.")]
PrivateKey = Annotated[Path, typer.Option("--private-key-file", help="The private key, from where it is kept.")]


@app.command()
def keygen(
    private_key: Annotated[
        Path, typer.Option("--private-key-file", help="Written for you alone; keep it elsewhere.")
    ],
    public_key: Annotated[Path, typer.Option("--public-key", help="What `create` needs; no secret.")],
    as_json: AsJson = False,
) -> None:
    """Make the pair of keys that backups are encrypted and opened with."""
    with errors_as_exit_codes(as_json=as_json), _failures():
        pem, public = recipients.new_pair()
        private_key.touch(0o600, exist_ok=False)
        private_key.write_bytes(pem)
        public_key.touch(0o644, exist_ok=False)
        public_key.write_text(public, encoding="ascii")
        show({"private_key": str(private_key), "public_key": str(public_key)}, as_json=as_json)


@app.command()
def create(
    recipient: Annotated[Path, typer.Option("--recipient", help="The public key of `idp backup keygen`.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy database and key custody, at one moment, while the server runs."""
    with errors_as_exit_codes(as_json=as_json), _failures():
        key = recipients.read_public(read_file(recipient, max_bytes=recipients.MAX_BYTES))
        product = build(data)
        made = product.backups.create(compose.backup_source(product.settings), key, out, tell)
        show({"file": str(out)} | _described(made), as_json=as_json)


@app.command()
def restore(
    file: BackupFile,
    private_key: PrivateKey,
    vault_snapshot: Annotated[
        Path | None, typer.Option(help="Where a copy of OpenBao goes, for `bao operator raft snapshot restore`.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup back where the settings say, where nothing may be yet; then check it."""
    with errors_as_exit_codes(as_json=as_json), _failures():
        began, settings = time.monotonic(), read_settings(environment(data))
        with tempfile.TemporaryDirectory(prefix="idp-restore-") as folder:
            manifest = restoring.unpack(file, recipients.read_private(private_key), Path(folder))
            restoring.put_back(manifest, Path(folder), compose.restore_target(settings, vault_snapshot))
        record = _described(manifest) | {"missing": _missing(settings, manifest)} | _checked(manifest, data)
        show(record | {"seconds": round(time.monotonic() - began, 3)}, as_json=as_json)
        if record["problems"]:
            raise CommandFailed("the restored system is not as the backup says", Exit.REFUSED)


@app.command()
def check(file: BackupFile, private_key: PrivateKey, data: Data = None, as_json: AsJson = False) -> None:
    """Compare the running system with a backup: tenants, data keys, 1 000 known answers of each PPID key."""
    with errors_as_exit_codes(as_json=as_json), _failures():
        with tempfile.TemporaryDirectory(prefix="idp-restore-") as folder:
            manifest = restoring.unpack(file, recipients.read_private(private_key), Path(folder))
        record = _described(manifest) | _checked(manifest, data)
        show(record, as_json=as_json)
        if record["problems"] or record["state"] != "checked":
            raise CommandFailed("the system is not as the backup says, or cannot be asked", Exit.REFUSED)


def _checked(manifest: Manifest, data: Path | None) -> dict[str, Any]:
    """What a comparison says, or why there is none yet."""
    try:
        product = build(data)
        product.keys.ping()
        done = restoring.check(manifest, product.directory, product.keys)
    except (ConnectorError, CommandFailed, DatabaseUnavailable) as error:
        waiting = f"restored, not checked: {error}; when the key custody answers, run idp backup check"
        return {"state": waiting, "problems": []}
    return {
        "state": "checked",
        "tenants_checked": done.tenants,
        "known_answers_equal": done.known_answers,
        "problems": done.problems,
    }


def _described(manifest: Manifest) -> dict[str, Any]:
    return {
        "created_at": manifest.created_at,
        "version": manifest.version,
        "database": manifest.database,
        "custody": manifest.custody,
        "parts": [f"{part.name} {part.size} bytes sha256:{part.sha256}" for part in manifest.parts],
        "tenants": [tenant.tenant_id for tenant in manifest.tenants],
        "not_in_the_backup": list(manifest.elsewhere),
    }


def _missing(settings: Settings, manifest: Manifest) -> list[str]:
    """What this machine lacks of what the other one had: settings that are not set, files that are not there."""
    here = compose.stated_settings(settings)
    unset = [name for name in manifest.settings if name not in here]
    absent = [name for name, value in here.items() if _is_file(name) and not Path(value).exists()]
    return [f"{name} is not set" for name in unset] + [f"{name} names no file" for name in absent]


def _is_file(name: str) -> bool:
    return name.endswith(("_FILE", "_KEYFILE")) and "WRAPPED" not in name


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what backups may meet into one sentence and an exit code."""
    try:
        yield
    except (BackupUnreadable, RecipientRefused, DumpFailed) as error:
        raise CommandFailed(str(error), Exit.REFUSED) from error
    except FileExistsError as error:
        raise CommandFailed(f"{error.filename or error}: nothing is overwritten", Exit.REFUSED) from error
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}", Exit.USAGE) from error
