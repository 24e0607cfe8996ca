"""Acts upon registered services, over the ground."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.municipal.key_sets import KeySetFetch
from connectors.municipal.reachability import Knock
from idp.compose import work
from idp.compose.ground import Ground
from idp.doctor.service import ServiceTest
from idp.oversight.approval import Action
from idp.procedures.register import Procedures
from idp.resources.register import Resources
from idp.services.client_secrets import ClientSecrets
from idp.services.invitations import Invitations
from idp.services.legacy_services import LegacyActs
from idp.services.self_registration import SelfRegistration
from idp.services.service_changes import ServiceChanges
from idp.services.service_registration import ServiceRegistration
from idp.services.service_standing import ServiceStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceActs:
    """What an administrator does about services that are there, or are invited."""

    standing: ServiceStanding
    invitations: Invitations
    test: ServiceTest
    procedures: Procedures


def acts_of(ground: Ground) -> ServiceActs:
    """All of them, over one store."""
    networks, ca_file = work.reach(ground.settings)
    return ServiceActs(
        standing=standing_of(ground),
        invitations=invitations_of(ground),
        procedures=Procedures(store=ground.store, directory=ground.directory, auditor=ground.auditor),
        test=ServiceTest(
            store=ground.store,
            key_sets=KeySetFetch(networks, ca_file=ca_file),
            addresses=Knock(networks, ca_file=ca_file),
            sectors=work.sector_identifiers_of(ground),
            now=ground.now,
        ),
    )


def registration_of(ground: Ground) -> ServiceRegistration:
    """How services are registered, by whomever."""
    return ServiceRegistration(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        sectors=work.sector_identifiers_of(ground),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def standing_of(ground: Ground) -> ServiceStanding:
    """How services are closed and opened."""
    return ServiceStanding(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        sign_out=work.sign_out_of(ground),
        now=ground.now,
    )


def invitations_of(ground: Ground) -> Invitations:
    """How services are invited to register themselves."""
    return Invitations(store=ground.store, auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)


def self_registration_of(ground: Ground) -> SelfRegistration:
    """How services register themselves."""
    return SelfRegistration(
        store=ground.store,
        state=ground.state,
        directory=ground.directory,
        auditor=ground.auditor,
        invitations=invitations_of(ground),
        services=registration_of(ground),
        standing=standing_of(ground),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def service_changes_of(ground: Ground) -> ServiceChanges:
    """How a registration is changed."""
    return ServiceChanges(
        sectors=work.sector_identifiers_of(ground),
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


def resources_of(ground: Ground) -> Resources:
    """How resources are registered."""
    return Resources(store=ground.store, directory=ground.directory, auditor=ground.auditor, now=ground.now)


def actions_of(ground: Ground) -> Mapping[str, Action]:
    """What two officers can do about services, by name."""
    return LegacyActs(auditor=ground.auditor).actions()
