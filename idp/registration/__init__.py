"""What may be registered: a wish for a tenant or a service, the rules it must keep, and how it is stored. Pure."""

from idp.registration.rules import (
    complete,
    policy_of,
    require_one_host,
    require_policy,
    require_possible,
    require_service,
    require_tenant,
)
from idp.registration.stored import (
    PARTICULARS,
    event_registration,
    registration,
)
from idp.registration.texts import (
    PURPOSE_CHARACTERS,
    require_event_receiver,
    require_page,
)
from idp.registration.wishes import (
    NewService,
    NewTenant,
    NotAllowed,
    RedirectUriNotAllowed,
    grants_for,
)

__all__ = [
    "PARTICULARS",
    "PURPOSE_CHARACTERS",
    "NewService",
    "NewTenant",
    "NotAllowed",
    "RedirectUriNotAllowed",
    "complete",
    "event_registration",
    "grants_for",
    "policy_of",
    "registration",
    "require_event_receiver",
    "require_one_host",
    "require_page",
    "require_policy",
    "require_possible",
    "require_service",
    "require_tenant",
]
