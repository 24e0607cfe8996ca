"""The life of keys, backups, and what a municipality sets up: who has it done, over the ground."""

from collections.abc import Mapping

from idp.backup.create import Backups
from idp.compose.ground import Ground
from idp.custody import assembly
from idp.custody.assembly import Custody
from idp.custody.signing_ring import SigningRing
from idp.oversight.approval import Action
from idp.services.service_registration import ServiceRegistration
from idp.tenants.administration import Administration
from idp.trust.assembly import Trust
from idp.verification.fronts import OcspFronts


def actions_of(ground: Ground) -> Mapping[str, Action]:
    """What two officers can do to keys, by name."""
    return assembly.actions(
        store=ground.store, keys=ground.keys, directory=ground.directory, auditor=ground.auditor
    )


def custody_of(ground: Ground, trust: Trust) -> Custody:
    """The acts upon keys; ceremonies are approved by the officers that `trust` knows."""
    return assembly.assemble(
        store=ground.store,
        keys=ground.keys,
        directory=ground.directory,
        auditor=ground.auditor,
        approvals=trust.approvals,
        signing_ring=signing_ring_of(ground),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def signing_ring_of(ground: Ground) -> SigningRing:
    """Who turns the rings of signing keys."""
    return SigningRing(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
        rotate_days=ground.settings.signing_key_days,
        kept_days=ground.settings.signing_key_kept_days,
    )


def backups_of(ground: Ground) -> Backups:
    """Who makes backups."""
    return Backups(
        store=ground.store,
        keys=ground.keys,
        directory=ground.directory,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def administration_of(ground: Ground, services: ServiceRegistration) -> Administration:
    """Who founds municipalities and has their services registered."""
    return Administration(
        store=ground.store,
        keys=ground.keys,
        directory=ground.directory,
        auditor=ground.auditor,
        services=services,
        now=ground.now,
        token_bytes=ground.token_bytes,
        sandbox_mode=ground.sandbox_mode,
    )


def fronts_of(ground: Ground) -> OcspFronts:
    """The OCSP fronts of services."""
    return OcspFronts(
        store=ground.store,
        directory=ground.directory,
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
