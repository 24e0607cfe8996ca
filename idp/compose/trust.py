"""Whom a municipality trusts, and what its officers can do, over the ground."""

from collections.abc import Mapping

from idp.compose import jlis, keeping, services
from idp.compose.ground import Ground
from idp.oversight.approval import Action
from idp.tenants.administration import Administration
from idp.trust import assembly
from idp.trust.assembly import Trust


def trust_of(ground: Ground, administration: Administration, actions: Mapping[str, Action]) -> Trust:
    """Anchors, stores and officers. `actions`: what two of them can do beside keys and services, by name."""
    return assembly.assemble(
        store=ground.store,
        directory=ground.directory,
        administration=administration,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
        responders=jlis.responders,
        actions={**actions, **keeping.actions_of(ground), **services.actions_of(ground)},
        catalogue=jlis.catalogue_of(ground.settings),
        configured=jlis.named_certificates(ground.settings),
    )
