"""Settings: `IDP_*` environment variables, typed, checked once at start, then frozen.

Secrets are never values of the environment: a name that ends in `_FILE` says where one lies. Unknown `IDP_*`
names are refused, so that a misspelt setting cannot silently mean its default.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from idp.custody.ring import KEPT_DAYS, LONGEST_KEPT_DAYS, LONGEST_KEY_DAYS, ROTATE_DAYS, SHORTEST_KEPT_DAYS

PREFIX = "IDP_"
_NAME = re.compile(r"\b[A-Z][A-Z_]+\b")


class SettingsRefused(ValueError):
    """The environment does not make a usable configuration; one sentence per problem."""


class Mode(StrEnum):
    """What the process may be trusted with."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class Settings(BaseModel):
    """The effective configuration of one process."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    mode: Mode = Mode.PRODUCTION
    """`production` refuses every development convenience; `sandbox` is for `idp demo` and trials."""
    database_url: str
    """SQLAlchemy URL: `postgresql+psycopg://...` or `sqlite:///...`, without a password."""
    database_password_file: Path | None = None
    redis_url: str | None = None
    """`redis://`, `rediss://` or `unix://` for short-lived state, no password in it; in-process when left out."""
    redis_password_file: Path | None = None
    backup_database_url: str | None = None
    """PostgreSQL as a role that sees every tenant's rows (BYPASSRLS) and writes none: for `idp backup create`."""
    backup_database_password_file: Path | None = None
    keyfile: Path | None = None
    """Key custody in an encrypted file..."""
    keyfile_unlock_file: Path | None = None
    """...opened by the 32 bytes in this file."""
    vault_address: str | None = None
    """Key custody in Vault or OpenBao: its https address, or those of a cluster's nodes, separated by spaces..."""
    vault_ca_file: Path | None = None
    vault_role_id_file: Path | None = None
    vault_secret_id_file: Path | None = None
    vault_wrapped_secret_id_file: Path | None = None
    """Where a response-wrapped secret id arrives: unwrapped once, and kept in VAULT_SECRET_ID_FILE (in memory)."""
    vault_admin_role_id_file: Path | None = None
    """The identity that makes keys: for administration (`idp tenant create`), not for the server."""
    vault_admin_secret_id_file: Path | None = None
    vault_admin_wrapped_secret_id_file: Path | None = None
    vault_backup_role_id_file: Path | None = None
    """The identity that takes snapshots of the whole server (raft), for `idp backup create` alone."""
    vault_backup_secret_id_file: Path | None = None
    vault_json_strings: int = Field(default=1000, ge=8, le=1_000_000)
    """`max_request_json_strings` of the server's listener: how large a batch may be."""
    bind_address: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    threads: int = Field(default=4, ge=1, le=16)
    home_url: str | None = Field(default=None, pattern=r"^https?://[!-~]+$")
    """Where a browser goes that opens a host by its bare name, where tenants are at paths; 404 when left out."""
    source_header: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")
    """In which header the proxy in front tells a browser's address (`X-Real-IP`): tries of passwords are counted
    by it. Without it the connection's own address counts, and a proxy's for nothing."""
    log_level: Literal["info", "warning"] = "info"
    """`info` writes one line per request."""
    management_socket: Path | None = None
    """UNIX socket of `/livez` and `/readyz`; never published by a proxy."""
    ocsp_url: str | None = None
    """OCSP responders, separated by spaces: the next is asked when one gives no answer."""
    ocsp_method: Literal["GET", "POST"] = "POST"
    ocsp_cache_seconds: int = Field(default=900, ge=0, le=900)
    """How long a good OCSP answer may be used again; 0 in the sandbox, where one wants to see changes at once."""
    ocsp_signing_certificate_file: Path | None = None
    """PEM: whom OCSP responders know us as; requests go out unsigned when left out..."""
    ocsp_signing_key_file: Path | None = None
    """...and its RSA key, PEM without a password."""
    va_url: str | None = None
    """A validation authority: an OCSP responder trusted by configuration..."""
    va_certificate_file: Path | None = None
    """...whose answers this certificate's key signs, PEM."""
    crl_url: str | None = None
    """Where revocation lists are fetched from..."""
    crl_folder: Path | None = None
    """...or the folder into which the platform delivers them."""
    crl_directory: Path | None = None
    """Where the indexes of revocation lists are kept; all workers of a machine share it."""
    crl_scope: Literal["whole", "point", "both"] = "whole"
    """Which lists are fetched: the whole CA's, that of each certificate's distribution point, or both."""
    crl_refresh_seconds: int = Field(default=3600, ge=0, le=86400)
    """How long a list is used before its source is asked for a newer one; 0 in the sandbox: at every question."""
    crl_max_bytes: int = Field(default=1024**3, ge=1024, le=16 * 1024**3)
    """A longer list is refused while it streams in."""
    lineage_url: str | None = None
    """Where J-LIS is asked which certificates belong to one person..."""
    ties_url: str | None = None
    """...which signature certificate stands beside a user certificate..."""
    latest_url: str | None = None
    """...and what has changed of those who agreed that it tells (the latest-information service)."""
    worker_threads: int = Field(default=2, ge=1, le=8)
    """How many jobs `idp worker` does at once; with SQLite the server does them itself."""
    worker_socket: Path | None = None
    """UNIX socket of `/livez` and `/readyz` of `idp worker`."""
    event_delay_seconds: int = Field(default=86400, ge=0, le=86400)
    """Events of one such span are told at random moments of the next: in one that holds few, services could join
    their numbers by when they hear."""
    event_networks: str = ""
    """Private networks (`10.1.0.0/16 fd00:1::/64`) where services may receive events; public ones always may."""
    event_ca_file: Path | None = None
    """PEM: who vouches for the receivers of events; the system's authorities when left out."""
    api_requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    """How many requests one service may send to the verification API."""
    api_serials_per_day: int = Field(default=10_000_000, ge=1, le=10_000_000_000)
    """How many serial numbers one service may hand in for batches."""
    card_host_key_file: Path | None = None
    """The secret that the card host's proxy shows with a client certificate: without it none is believed."""
    mtls_host_key_file: Path | None = None
    """...and the one that the mTLS host's proxy shows with a service's certificate; each has its own."""
    code_seconds: int = Field(default=60, ge=5, le=60)
    """How long an authorization code lives, where its service's profile does not say less."""
    request_uri_seconds: int = Field(default=90, ge=5, le=90)
    """How long a pushed request waits for its login."""
    tray_url: str | None = None
    """The sandbox's card tray, offered on the card page of sandbox tenants."""
    sample_command: str = "idp-card login LINK --dev --card FILE"
    """What the card page of sandbox tenants offers to developers."""
    signing_key_days: int = Field(default=ROTATE_DAYS, ge=1, le=LONGEST_KEY_DAYS)
    """How old a key that signs tokens becomes before the next one signs; a tenant may say otherwise..."""
    signing_key_kept_days: int = Field(default=KEPT_DAYS, ge=SHORTEST_KEPT_DAYS, le=LONGEST_KEPT_DAYS)
    """...and how long its public half stays published after that."""
    exchange_directory: Path | None = None
    """Where the worker looks for serial lists (`{tenant}/in`) and answers them (`{tenant}/out`)."""
    clock_file: Path | None = None
    """The sandbox's movable clock."""

    @model_validator(mode="after")
    def _one_custody(self) -> "Settings":
        by_file = self.keyfile is not None and self.keyfile_unlock_file is not None
        by_vault = None not in (self.vault_address, self.vault_role_id_file, self.vault_secret_id_file)
        if by_file == by_vault:
            raise ValueError(
                "key custody needs either KEYFILE and KEYFILE_UNLOCK_FILE, or VAULT_ADDRESS, "
                "VAULT_ROLE_ID_FILE and VAULT_SECRET_ID_FILE"
            )
        return self

    @model_validator(mode="after")
    def _whole_admin_identity(self) -> "Settings":
        if (self.vault_admin_role_id_file is None) != (self.vault_admin_secret_id_file is None):
            raise ValueError("VAULT_ADMIN_ROLE_ID_FILE and VAULT_ADMIN_SECRET_ID_FILE belong together")
        if self.vault_wrapped_secret_id_file is not None and self.vault_secret_id_file is None:
            raise ValueError("VAULT_WRAPPED_SECRET_ID_FILE needs VAULT_SECRET_ID_FILE: where it is kept unwrapped")
        if self.vault_admin_wrapped_secret_id_file is not None and self.vault_admin_secret_id_file is None:
            raise ValueError("VAULT_ADMIN_WRAPPED_SECRET_ID_FILE needs VAULT_ADMIN_SECRET_ID_FILE")
        return self

    @model_validator(mode="after")
    def _no_password_in_urls(self) -> "Settings":
        for name in (
            "database_url",
            "backup_database_url",
            "redis_url",
            "vault_address",
            "ocsp_url",
            "va_url",
            "crl_url",
            "lineage_url",
            "ties_url",
            "latest_url",
        ):
            if any(_holds_password(url) for url in (getattr(self, name) or "").split()):
                raise ValueError(f"{name.upper()} holds a password: put it into a file of its own")
        return self

    @model_validator(mode="after")
    def _whole_ocsp_identities(self) -> "Settings":
        if (self.ocsp_signing_certificate_file is None) != (self.ocsp_signing_key_file is None):
            raise ValueError("OCSP_SIGNING_CERTIFICATE_FILE and OCSP_SIGNING_KEY_FILE belong together")
        if (self.va_url is None) != (self.va_certificate_file is None):
            raise ValueError("VA_URL and VA_CERTIFICATE_FILE belong together")
        if self.ocsp_signing_key_file is not None and self.ocsp_method == "GET":
            raise ValueError("OCSP_METHOD=GET has no room for signed requests (RFC 6960 appendix A.1)")
        return self

    @model_validator(mode="after")
    def _place_for_lists(self) -> "Settings":
        if self.crl_url is not None and self.crl_folder is not None:
            raise ValueError("CRL_URL and CRL_FOLDER are two sources: only one can be asked")
        if (self.crl_url is not None or self.crl_folder is not None) and self.lists_directory is None:
            raise ValueError("CRL_URL and CRL_FOLDER need CRL_DIRECTORY: a place for the lists that are fetched")
        return self

    @model_validator(mode="after")
    def _known_schemes(self) -> "Settings":
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("DATABASE_URL begins with postgresql+psycopg:// or sqlite:///")
        if self.redis_url is not None and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL begins with redis://, rediss:// or unix://")
        return self

    @model_validator(mode="after")
    def _shared_state_for_many(self) -> "Settings":
        if self.workers > 1 and (self.redis_url is None or self.embedded):
            raise ValueError("more than one worker needs PostgreSQL and REDIS_URL")
        return self

    @model_validator(mode="after")
    def _no_development_in_production(self) -> "Settings":
        if self.mode is Mode.PRODUCTION:
            if self.clock_file is not None or self.tray_url is not None:
                raise ValueError("CLOCK_FILE and TRAY_URL belong to the sandbox mode")
            if not all(address.startswith("https://") for address in (self.vault_address or "").split()):
                raise ValueError("VAULT_ADDRESS must be https in production")
            for name in ("lineage_url", "ties_url", "latest_url"):
                if not (getattr(self, name) or "https://").startswith("https://"):
                    raise ValueError(f"{name.upper()} must be https in production: its answers are not signed")
        return self

    @field_validator("event_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        for network in text.split():
            try:
                ip_network(network)
            except ValueError:  # whose text repeats the value
                raise ValueError("lists networks in CIDR notation, separated by spaces") from None
        return text

    @property
    def embedded_database(self) -> Path | None:
        """The SQLite file, or None with another database."""
        return Path(self.database_url.partition("///")[2]) if self.embedded else None

    @property
    def lists_directory(self) -> Path | None:
        """Where the indexes of revocation lists are kept: beside an embedded database when nobody says where."""
        if self.crl_directory is not None or self.embedded_database is None:
            return self.crl_directory
        has_source = self.crl_url is not None or self.crl_folder is not None
        return self.embedded_database.with_name("crl") if has_source else None

    @property
    def ocsp_urls(self) -> tuple[str, ...]:
        """The OCSP responders, in the order in which they are asked."""
        return tuple((self.ocsp_url or "").split())

    @property
    def embedded(self) -> bool:
        """Whether the database is SQLite, which one process alone may serve."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises SettingsRefused; its text names variables, never their values."""
    values = {
        name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)
    }
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsRefused("\n".join(_sentences(error))) from None


def _holds_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # whose text repeats the URL
        raise ValueError("a URL does not parse") from None
    return parts.password is not None or any(name == "password" for name, _ in parse_qsl(parts.query))


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        text = {
            "extra_forbidden": "is not a setting of this version",
            "missing": "is not set",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        sentences.append(f"{PREFIX}{name} {text}" if name else _NAME.sub(_as_variable, text))
    return sentences


def _as_variable(word: re.Match[str]) -> str:
    """A setting's name in a sentence of ours, as it stands in the environment."""
    return PREFIX + word[0] if word[0].lower() in Settings.model_fields else word[0]
