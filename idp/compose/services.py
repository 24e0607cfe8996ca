"""Acts upon registered services, over the ground."""

from collections.abc import Mapping

from idp.approval import Action
from idp.client_secrets import ClientSecrets
from idp.compose.ground import Ground
from idp.legacy_services import LegacyActs
from idp.service_changes import ServiceChanges


def service_changes_of(ground: Ground) -> ServiceChanges:
    """How a registration is changed."""
    return ServiceChanges(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def client_secrets_of(ground: Ground) -> ClientSecrets:
    """How secrets are replaced."""
    return ClientSecrets(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def actions_of(ground: Ground) -> Mapping[str, Action]:
    """What two officers can do about services, by name."""
    return LegacyActs(auditor=ground.auditor).actions()
