"""`acr_values` and the essential `acr`: what a service prefers, what binds, and what its ID token may say.

Card login protocol, section 6; OpenID Connect Core sections 3.1.2.1 and 5.5.1.1. A list in `acr_values` is a mere
preference: it binds when the ID token's `acr` is asked for as essential without values of its own. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.jpki.revocation import Method
from idp.login import levels
from idp.oidc.authorization.claims_request import ClaimsRequest, Individual
from idp.tenants.tenancy import MINIMUM_ACRS

_METHODS = {"ocsp": Method.OCSP, "crl": Method.CRL}
"""Words of the Digital Agency's form (`aal3 crl`), which are no classes."""


class Unmet(Exception):
    """No login here can have one of the classes that are essential."""


@dataclass(frozen=True, slots=True)
class AcrRequest:
    """`binding`: the essential classes that we know, of which the ID token has to say one; empty: none binds."""

    binding: tuple[str, ...] = ()
    method: Method | None = None

    @property
    def least(self) -> str:
        """The least of the essential classes, which is enough for the login; empty where none binds."""
        return next((acr for acr in MINIMUM_ACRS if acr in self.binding), "") if self.binding else ""

    def answer(self, earned: str) -> str:
        """What the ID token says of a login that earned that class.

        A login of a higher class is one of a lower class too: the highest essential one that it reaches. Raises
        Unmet when it reaches none.
        """
        if not self.binding:
            return earned
        reached = [acr for acr in MINIMUM_ACRS if acr in self.binding and levels.reaches(earned, acr)]
        if not reached:
            raise Unmet
        return reached[-1]


NOTHING = AcrRequest()
"""Of a request that speaks of no class and no method, as most do not."""


def read(acr_values: str, claims: ClaimsRequest) -> AcrRequest:
    """The two parameters together. Raises Unmet when classes are essential and none of them is known to us."""
    asked = claims.id_token.claims.get("acr")
    if not acr_values and asked is None:
        return NOTHING
    words = acr_values.split()
    method = next((_METHODS[word] for word in words if word in _METHODS), None)
    preferred = [word for word in words if word not in _METHODS]
    essential = _essential(asked, preferred)
    binding = tuple(acr for acr in essential if acr in MINIMUM_ACRS)
    if essential and not binding:
        raise Unmet
    return AcrRequest(binding, method)


def _essential(asked: Individual | None, preferred: Sequence[str]) -> list[str]:
    if asked is None or not asked.essential:
        return []
    return [str(value) for value in asked.values] or list(preferred)
