"""Every error of the OAuth and OpenID Connect endpoints: what it means, and what an integrator does about it.

The words lie in `errors.json`, by error code and language. `error_uri` of an error answer (RFC 6749 sections
4.1.2.1 and 5.2) leads to them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from idp.tenants.tenancy import Tenant

PATH = "/developer"
TERMS_PATH = f"{PATH}/terms"
"""What every service keeps, where the municipality has no terms of its own."""
LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Explained:
    """One error code in one language."""

    code: str
    meaning: str
    remedy: str


def load() -> Mapping[str, tuple[Explained, ...]]:
    """The catalogue by language, in the order of the codes."""
    stored = json.loads((files("idp.developer") / "errors.json").read_text(encoding="utf-8"))
    return {
        language: tuple(Explained(code, *stored[code][language]) for code in sorted(stored))
        for language in LANGUAGES
    }


CODES = frozenset(explained.code for explained in load()["en"])


def error_uri(tenant: Tenant, error: str) -> dict[str, str]:
    """The member `error_uri` for an error that the catalogue has; nothing for another."""
    return {"error_uri": f"{tenant.url(PATH)}#{error}"} if error in CODES else {}
