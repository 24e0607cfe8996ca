"""Where backups come from and go to, by the settings."""

from pathlib import Path

from connectors.errors import Refused
from idp.backup.create import Source
from idp.backup.restore import Target
from idp.compose.custody import put_back_keyfile, secret, snapshot_of
from idp.settings import PREFIX, Settings, SettingsRefused

_SECRET_ENDS = ("_UNLOCK_FILE", "_PASSWORD_FILE", "_SECRET_ID_FILE", "_ROLE_ID_FILE", "_KEY_FILE")


def stated_settings(settings: Settings) -> dict[str, str]:
    """What the settings state, by their `IDP_*` names: secrets lie in files, of which only the place is named."""
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in settings if name in settings.model_fields_set}


def backup_source(settings: Settings) -> Source:
    """What a backup copies. Raises SettingsRefused."""
    url, password_file = settings.backup_database_url, settings.backup_database_password_file
    if url is None:
        url, password_file = settings.database_url, settings.database_password_file
    stated = stated_settings(settings)
    secrets = [f"the file of {name}" for name in stated if name.endswith(_SECRET_ENDS)]
    custody = snapshot_of(settings)
    if custody is None:
        secrets.append("Vault itself: VAULT_BACKUP_ROLE_ID_FILE is not set, so its snapshots are somebody else's")
    elif custody.kind == "raft":
        secrets.append("Vault's unseal keys, without which its snapshot opens nowhere")
    return Source(
        database_url=url,
        password=secret(password_file) if password_file else None,
        custody=custody,
        settings=stated,
        elsewhere=(*secrets, "the private key of this backup"),
    )


def restore_target(settings: Settings, vault_snapshot: Path | None) -> Target:
    """Where a backup goes: PostgreSQL as its owner, or SQLite (DATABASE_URL); key file, or a snapshot's file."""

    def require_no_custody() -> None:
        if settings.keyfile is None and vault_snapshot is None:
            raise SettingsRefused("the backup has a snapshot of Vault: say with --vault-snapshot where it goes")
        place = settings.keyfile or vault_snapshot
        if place is not None and place.exists():
            raise Refused(f"{place} is there already: nothing is overwritten")

    def put_custody(copy: Path) -> None:
        if settings.keyfile is not None:
            put_back_keyfile(settings.keyfile, copy.read_bytes())
        elif vault_snapshot is not None:
            _copy(copy, vault_snapshot)

    password_file = settings.database_password_file
    return Target(
        database_url=settings.database_url,
        password=secret(password_file) if password_file else None,
        require_no_custody=require_no_custody,
        put_custody=put_custody,
    )


def _copy(copy: Path, place: Path) -> None:
    place.touch(0o600, exist_ok=False)
    with copy.open("rb") as source, place.open("wb") as target:
        while chunk := source.read(1024 * 1024):
            target.write(chunk)
