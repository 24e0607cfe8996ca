"""What one validation asks for, beside the anchors: RFC 5280's inputs, purpose, expected names, revocation."""

from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from idp.jpki.path.reasons import PathReason, PathRefusal

ANY_POLICY = "2.5.29.32.0"
MAX_DEPTH = 8
PURPOSES = {
    "server_auth": "1.3.6.1.5.5.7.3.1",
    "client_auth": "1.3.6.1.5.5.7.3.2",
    "code_signing": "1.3.6.1.5.5.7.3.3",
    "email_protection": "1.3.6.1.5.5.7.3.4",
    "time_stamping": "1.3.6.1.5.5.7.3.8",
    "ocsp_signing": "1.3.6.1.5.5.7.3.9",
}
SERVER_AUTH, EMAIL_PROTECTION = PURPOSES["server_auth"], PURPOSES["email_protection"]
OCSP_SIGNING = PURPOSES["ocsp_signing"]
ANY_PURPOSE = "2.5.29.37.0"


class Revocation(StrEnum):
    """Which evidence every tier must have."""

    OFF = "off"
    CRL = "crl"
    OCSP = "ocsp"


class NameKind(StrEnum):
    """The kinds of name that a caller can expect in subjectAltName."""

    DNS = "dns"
    IP = "ip"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class ExpectedName:
    """A name that the leaf must certify."""

    kind: NameKind
    value: str


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """One validation's inputs. `max_depth`: intermediates that are not self-issued, anchor and leaf not counted.

    `purposes`: extended key usages, all of which the leaf must assert. `key_usage`: parameter names of
    `x509.KeyUsage` that the leaf must assert.
    """

    revocation: Revocation = Revocation.CRL
    user_policies: frozenset[str] = frozenset({ANY_POLICY})
    explicit_policy: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False
    purposes: frozenset[str] = frozenset()
    key_usage: frozenset[str] = frozenset()
    max_depth: int = MAX_DEPTH
    expected_names: tuple[ExpectedName, ...] = ()
    weak_ok: bool = False

    @property
    def is_for_use(self) -> bool:
        """Whether the leaf shall be used for something, which every product store says.

        Then it must be an end entity's, and every certificate must keep RFC 5280 section 4. Bare path validation
        keeps to section 6, by which the older public vectors are judged.
        """
        return bool(self.purposes or self.expected_names or self.key_usage)


def purpose(name: str) -> str:
    """The OID of an extended key usage, by OID or by name in any common spelling.

    Raises PathRefusal with REQUEST_REFUSED for an unknown one.
    """
    try:
        return x509.ObjectIdentifier(name).dotted_string
    except (ValueError, TypeError):
        plain = str(name).replace("-", "").replace("_", "").replace(" ", "").lower().removeprefix("idkp")
        for known, oid in PURPOSES.items():
            if known.replace("_", "") == plain:
                return oid
    raise PathRefusal(PathReason.REQUEST_REFUSED, "unknown extended key usage")
