"""Who is signed in to their own pages, and whether what they want to do needs the card again."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from idp.login import named_again, own_pages
from idp.login.sessions import Held, Sessions
from idp.tenants.tenancy import Tenant

FRESH_SECONDS = 5 * 60
"""How old a proof may be by which something is done that cannot be undone: long enough to read what it does.

It is the certificate's own: a passkey makes nobody another person, and ends nothing for good."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A person at their own pages. `ends_at`: when the pages close, seconds since 1970."""

    tenant: Tenant
    handle: bytes = field(repr=False)
    session: Held = field(repr=False)
    fresh: bool
    ends_at: int

    def form(self, what: str) -> str:
        """What a form bears that does `what` in this session."""
        return self.tenant.keys.own_form(self.session.digest, what)

    def has_sent(self, what: str, form: str) -> bool:
        """Whether a form of this session that does `what` bore it."""
        return hmac.compare_digest(form.encode(), self.form(what).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """Finds them by their cookie."""

    sessions: Sessions
    now: Callable[[], datetime]

    def of(self, tenant: Tenant, cookie: str) -> Resident | None:
        """Whose browser holds this cookie, while their session lives; one read, none without a cookie."""
        for held in self.sessions.of(tenant, cookie)[:1]:
            if held.alive and held.sector_id == own_pages.SECTOR_ID:
                age = int(self.now().timestamp()) - held.accepted_at
                ends_at = held.accepted_at + own_pages.SESSION_SECONDS
                fresh = age < FRESH_SECONDS and _by_certificate(tenant, held)
                return Resident(tenant, held.handle, held, fresh, ends_at)
        return None


def _by_certificate(tenant: Tenant, held: Held) -> bool:
    """Whether the certificate itself has signed, and not what is bound by it."""
    name = held.proof.certificate
    return name is not None and named_again.signed_in(named_again.opened(tenant, name))
