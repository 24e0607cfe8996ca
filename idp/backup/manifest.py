"""What a backup says of itself: its parts with digests, the tenants and their keys, what lies elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = "ppid-idp-backup-manifest/1"


class ManifestRefused(ValueError):
    """A manifest of another form."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TenantMark:
    """What tells after a restore that a tenant's keys are the same ones.

    `known_answers_sha256`: over the 1 000 known answers of each PPID key version, joined by line feeds.
    """

    tenant_id: str
    ppid_key_version: int
    data_keys: int
    known_answers_sha256: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole. `settings`: of the machine that made it, by their `IDP_*` names; secrets are never settings."""

    created_at: str
    version: str
    database: str
    custody: str
    parts: tuple[Part, ...]
    tenants: tuple[TenantMark, ...]
    settings: Mapping[str, str]
    elsewhere: tuple[str, ...]


def write(manifest: Manifest) -> bytes:
    """The JSON of a manifest."""
    return json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1, ensure_ascii=False).encode()


def read(content: bytes) -> Manifest:
    """Undo `write`. Raises ManifestRefused."""
    try:
        members: dict[str, Any] = json.loads(content)
        if members.pop("format") != FORMAT:
            raise ManifestRefused("the backup is of another version")
        return Manifest(
            **members
            | {
                "parts": tuple(Part(**part) for part in members["parts"]),
                "tenants": tuple(TenantMark(**tenant) for tenant in members["tenants"]),
                "elsewhere": tuple(members["elsewhere"]),
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ManifestRefused("the backup's manifest is of another form") from error
