"""Who keeps keys and short-lived state, by the settings; and how a secret is read from its file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.keyfile.keys import KeyFile
from connectors.keyfile.snapshot import KeyFileSnapshot
from connectors.keyfile.unlock import read_unlock_key
from connectors.ports import Keys, KeySnapshot
from idp.keys.sealing import digest
from idp.settings import Settings, SettingsRefused
from idp.store.shortlived import InMemory, ShortLived
from idp.web.certificate_hop import Hop

_SHORTEST_KEY = 32


def keys_of(settings: Settings, token_bytes: Callable[[int], bytes]) -> Keys:
    """Key custody: the encrypted file, or Vault. Raises SettingsRefused."""
    if settings.keyfile is not None and settings.keyfile_unlock_file is not None:
        return KeyFile.open(settings.keyfile, read_unlock_key(settings.keyfile_unlock_file), token_bytes)
    from connectors.vault.identity import AppRole, WrappedSecretId
    from connectors.vault.transit import VaultKeys

    def identity(role_id: Path | None, secret_id: Path | None, wrapped: Path | None) -> AppRole | None:
        if role_id is None or secret_id is None:
            return None
        return AppRole(secret(role_id), WrappedSecretId(wrapped, secret_id) if wrapped else secret(secret_id))

    use = identity(
        settings.vault_role_id_file, settings.vault_secret_id_file, settings.vault_wrapped_secret_id_file
    )
    admin = identity(
        settings.vault_admin_role_id_file,
        settings.vault_admin_secret_id_file,
        settings.vault_admin_wrapped_secret_id_file,
    )
    if settings.vault_address is None or use is None:
        raise SettingsRefused("key custody is not configured")
    return VaultKeys(
        settings.vault_address,
        use,
        admin=admin,
        token_bytes=token_bytes,
        ca_file=str(settings.vault_ca_file) if settings.vault_ca_file else None,
        json_strings=settings.vault_json_strings,
    )


def snapshot_of(settings: Settings) -> KeySnapshot | None:
    """How a backup copies the custody; None for a Vault whose snapshots are not ours to take."""
    if settings.keyfile is not None:
        return KeyFileSnapshot(settings.keyfile)
    role_id, secret_id = settings.vault_backup_role_id_file, settings.vault_backup_secret_id_file
    if settings.vault_address is None or role_id is None or secret_id is None:
        return None
    from connectors.vault.identity import AppRole
    from connectors.vault.snapshot import RaftSnapshot

    ca_file = str(settings.vault_ca_file) if settings.vault_ca_file else None
    return RaftSnapshot(settings.vault_address, AppRole(secret(role_id), secret(secret_id)), ca_file=ca_file)


def put_back_keyfile(path: Path, content: bytes) -> None:
    """Write a copied key file where there is none. Raises Refused."""
    KeyFileSnapshot(path).put_back(content)


def short_lived(settings: Settings, now: Callable[[], datetime]) -> ShortLived:
    """Short-lived state: in Redis, or in this process."""
    if settings.redis_url is None:
        return InMemory(now)
    from idp.store.shortlived_redis import InRedis

    password = secret(settings.redis_password_file) if settings.redis_password_file else None
    return InRedis(settings.redis_url, password=password)


def new_keyfile(path: Path, unlock_file: Path, token_bytes: Callable[[int], bytes]) -> None:
    """Make an empty key file and the 32 random bytes that open it, both for the owner alone."""
    unlock_file.touch(0o600, exist_ok=False)
    unlock_file.write_bytes(token_bytes(32))
    KeyFile.new(path, read_unlock_key(unlock_file), token_bytes)


def card_host_hop(settings: Settings) -> Hop:
    """Of whom residents' certificates are believed. Raises SettingsRefused for a key that could be guessed."""
    return _hop("IDP_CARD_HOST_KEY_FILE", settings.card_host_key_file)


def mtls_host_hop(settings: Settings) -> Hop:
    """Of whom services' certificates are believed. Raises SettingsRefused for a key that could be guessed."""
    return _hop("IDP_MTLS_HOST_KEY_FILE", settings.mtls_host_key_file)


def _hop(name: str, file: Path | None) -> Hop:
    if file is None:
        return Hop(None)
    key = secret(file)
    if len(key) < _SHORTEST_KEY:
        raise SettingsRefused(f"{name} holds less than {_SHORTEST_KEY} characters")
    return Hop(digest(key))


def secret(path: Path) -> str:
    """The secret in a file. Raises SettingsRefused when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(
            "a _FILE setting names a file that cannot be read: idp config check says which"
        ) from error
