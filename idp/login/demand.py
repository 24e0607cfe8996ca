"""What one login must reach: its service's least level and revocation policy, made stricter by its request.

The one thing that every way of signing in is measured by. A login keeps none: it is of the registration as it is
at that moment, so that one which is raised while a resident is on the way holds for them too. Pure.
"""

from collections.abc import Collection
from functools import cached_property

from msgspec import Struct, structs

from idp.errors import Reason, Refusal
from idp.jpki.profile import Device
from idp.jpki.revocation import Method
from idp.login import levels
from idp.login.levels import Level
from idp.revocation.policy import RevocationPolicy
from idp.tenants.sign_in_methods import (
    COMPANY_CERTIFICATE,
    COMPANY_PASSWORD,
    KAZASHI,
    PASSKEY,
    PASSWORD,
    PASSWORD_ONLINE,
    STAFF_PASSKEY,
    STAFF_PASSWORD,
)
from idp.tenants.tenancy import Client, Tenant

ACT = "act"
"""Why a login was begun on a person's own pages: for what cannot be undone, which takes the certificate itself."""
UNMET = "unmet_authentication_requirements"
"""What a service is told of a login that is not what it requires (its own OpenID specification, section 3)."""


class Wish(Struct, frozen=True):
    """What a request asks beyond the registration (card login protocol, section 6).

    `minimum_acr`: the least level that it is bound to, empty for none. `method`: which revocation method shall
    speak first, None for the policy's own order. `procedure`: for which of the service's procedures it is, empty
    for none.
    """

    minimum_acr: str = ""
    method: Method | None = None
    procedure: str = ""


NO_WISH = Wish()


class Demand(Struct, frozen=True, dict=True):
    """What this login must reach. `methods`: those of `sign_in_methods.METHODS` that the service takes;
    `tenant_methods`: those that the tenant allows at all. What follows from them is worked out once: most logins
    wish nothing, and have the same demand.

    `by_certificate`: nothing else does, since the service wants to know of the signature certificate beside it,
    or what follows cannot be undone. `combined`: two proofs by one person are asked for, of which the
    certificate's is the last. `signed_application`: so is the signature on the application.
    """

    minimum_acr: str
    certificate_types: tuple[Device, ...]
    methods: tuple[str, ...]
    tenant_methods: Collection[str]
    revocation: RevocationPolicy
    combined: bool = False
    by_certificate: bool = False
    signed_application: bool = False

    @cached_property
    def takes_codes(self) -> bool:
        """Whether it may be finished by a code: QR codes are offered then, and only then."""
        return any(self.is_met_by(levels.CROSS_DEVICE[device]) for device in self.certificate_types)

    def is_met_by(self, level: Level) -> bool:
        """Whether it is as much as is asked at least."""
        return levels.reaches(level.acr, self.minimum_acr)

    def require(self, level: Level) -> Level:
        """The level, if it is enough. Raises Refusal with LEVEL_INSUFFICIENT."""
        if not self.is_met_by(level):
            raise Refusal(Reason.LEVEL_INSUFFICIENT)
        return level

    def if_met(self, level: Level | None) -> Level | None:
        """The level, or None where it is none or not enough."""
        return level if level is not None and self.is_met_by(level) else None

    @cached_property
    def offers_kazashi(self) -> bool:
        """Whether a card may be held over without PIN: tenant, service, and the least level all say so."""
        named = KAZASHI in self.tenant_methods and KAZASHI in self.methods
        return named and self.is_met_by(levels.HELD_OVER)

    @cached_property
    def offers_password(self) -> bool:
        """Whether ID and password may be shown, alone or as the first of two proofs."""
        if PASSWORD not in self.tenant_methods:
            return False
        alone = PASSWORD in self.methods and self.is_met_by(levels.BY_PASSWORD)
        return self.combined or (alone and not self.by_certificate)

    @cached_property
    def takes_unknown(self) -> bool:
        """Whether an ID counts that somebody made on line, of whom nobody knows who they are."""
        return PASSWORD_ONLINE in self.tenant_methods and PASSWORD_ONLINE in self.methods and not self.combined

    @cached_property
    def offers_passkey(self) -> bool:
        """Whether a passkey may be shown, alone or as the first of two proofs."""
        if PASSKEY not in self.tenant_methods:
            return False
        alone = self.is_met_by(levels.by_passkey(may_be_copied=True))
        return self.combined or (alone and not self.by_certificate)

    @cached_property
    def offers_company_password(self) -> bool:
        """Whether somebody at a company may show their ID and password."""
        return self._offers(COMPANY_PASSWORD, levels.BY_PASSWORD)

    @cached_property
    def offers_staff_password(self) -> bool:
        """Whether the municipality's own staff may."""
        return self._offers(STAFF_PASSWORD, levels.BY_PASSWORD)

    @cached_property
    def offers_staff_passkey(self) -> bool:
        """...with a passkey."""
        return self._offers(STAFF_PASSKEY, levels.by_passkey(may_be_copied=True))

    @cached_property
    def offers_company_certificate(self) -> bool:
        """Whether a company may show its certificate."""
        return self._offers(COMPANY_CERTIFICATE, levels.IN_FILE)

    def _offers(self, method: str, level: Level) -> bool:
        """A way of others than residents: tenant and service say so, and nothing is asked that residents alone can
        do."""
        named = method in self.tenant_methods and method in self.methods
        residents_alone = self.combined or self.by_certificate or self.signed_application
        return named and not residents_alone and self.is_met_by(level)


def of(tenant: Tenant, client: Client, wish: Wish) -> Demand:
    """The registration and the request together: neither the request nor its procedure ever asks for less."""
    registered = tenant.once_for(_registered, client)
    if wish == NO_WISH:
        return registered
    procedure = client.procedures.get(wish.procedure)
    least = (client.minimum_acr, wish.minimum_acr, procedure.minimum_acr if procedure else "")
    return structs.replace(
        registered,
        minimum_acr=levels.strictest(filter(None, least)),
        revocation=client.revocation.preferring(wish.method),
        combined=procedure is not None and procedure.combined,
        signed_application=procedure is not None and procedure.signed_application,
    )


def _registered(tenant: Tenant, client: Client) -> Demand:
    """Of a login that wishes nothing: the same one for all of them."""
    return Demand(
        minimum_acr=client.minimum_acr,
        certificate_types=client.certificate_types,
        methods=client.methods,
        tenant_methods=tenant.settings.methods,
        revocation=client.revocation,
        by_certificate=client.require_signature_status,
    )
