"""What we demand of a certificate by itself, beyond RFC 5280 section 6.1: its place decides which rules apply.

Each rule is a requirement of RFC 5280 section 4 that path processing does not look at, or of the purpose.
"""

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import MAX_POLICIES
from idp.jpki.path.policy import ANY_PURPOSE, EMAIL_PROTECTION, SERVER_AUTH, PathPolicy
from idp.jpki.path.reasons import PathReason, PathRefusal

_UNDERSTOOD_WHEN_CRITICAL = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}
_MUST_BE_CRITICAL = {
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.POLICY_CONSTRAINTS,
}
_POLICY_EXTENSIONS = {
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS,
}
_SERVER_COMPANIONS = {SERVER_AUTH, "1.3.6.1.5.5.7.3.2"}
"""A server's certificate may be a client's too, and nothing else (CA/Browser Forum BR 7.1.2.7.10)."""
_IA5_FORMS = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier)
_FIRST_GENERALIZED_YEAR = 2050
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def usages(usage: x509.KeyUsage) -> frozenset[str]:
    """The asserted bits, by the parameter names of `x509.KeyUsage`."""
    return frozenset(name for name in USAGES if getattr(usage, name))


def require_time(certificate: Gated, now: datetime) -> None:
    """RFC 5280 section 4.1.2.5, both ends inclusive. Raises PathRefusal with NOT_YET_VALID or EXPIRED."""
    if now < certificate.not_before:
        raise PathRefusal(PathReason.NOT_YET_VALID)
    if now > certificate.not_after:
        raise PathRefusal(PathReason.EXPIRED)


def require_shape(certificate: Gated, policy: PathPolicy) -> None:
    """Rules for every certificate. Raises PathRefusal with EXTENSION_REFUSED, or with MALFORMED for its times."""
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD_WHEN_CRITICAL:
            raise _extension("critical extension that is not processed", extension.oid)
        if policy.is_for_use and not extension.critical and extension.oid in _MUST_BE_CRITICAL:
            raise _extension("extension that must be critical", extension.oid)
    if policy.is_for_use:
        _require_times_in_form(certificate)
    alternative = certificate.find(x509.SubjectAlternativeName)
    if alternative is not None and not all(map(_is_readable, alternative.value)):
        raise _extension("subjectAltName of another alphabet")
    if not certificate.subject and (alternative is None or not alternative.critical):
        raise _extension("no subject and no critical subjectAltName")
    usage = certificate.value(x509.KeyUsage)
    if usage is not None and not usages(usage):
        raise _extension("keyUsage without any usage")
    if usage is not None and usage.key_cert_sign and not certificate.is_authority:
        raise _extension("keyCertSign without cA")
    if certificate.find(x509.NameConstraints) is not None and not certificate.is_authority:
        raise _extension("nameConstraints outside a CA certificate")
    policies = certificate.value(x509.CertificatePolicies)
    identifiers = [p.policy_identifier for p in policies or ()]
    if len(identifiers) > MAX_POLICIES or len(set(identifiers)) != len(identifiers):
        raise _extension("certificate policies repeat, or are too many")


def _require_times_in_form(certificate: Gated) -> None:
    """UTCTime up to 2049 (RFC 5280 section 4.1.2.5); another form from 2050 on cannot say so."""
    for moment, generalized in zip(
        (certificate.not_before, certificate.not_after), certificate.generalized_times, strict=True
    ):
        if generalized and moment.year < _FIRST_GENERALIZED_YEAR:
            raise PathRefusal(PathReason.MALFORMED, "GeneralizedTime before 2050")


def _is_readable(name: x509.GeneralName) -> bool:
    """Host names, addresses and mail addresses are IA5Strings (RFC 5280 section 4.2.1.6)."""
    return not isinstance(name, _IA5_FORMS) or name.value.isascii()


def require_issued(certificate: Gated) -> None:
    """Rules for every certificate that is not an anchor. Raises PathRefusal with EXTENSION_REFUSED."""
    if certificate.authority_key_id is None:
        raise _extension("no authority key identifier")


def require_authority(certificate: Gated, policy: PathPolicy) -> None:
    """Rules for whatever signs certificates, anchors too.

    Raises PathRefusal with EXTENSION_REFUSED, or with USAGE_REFUSED if its purposes exclude one asked for.
    """
    constraints, usage = certificate.find(x509.BasicConstraints), certificate.value(x509.KeyUsage)
    if constraints is None or not constraints.value.ca or (policy.is_for_use and not constraints.critical):
        raise _extension("basicConstraints is not critical with cA")
    if usage is not None and not usage.key_cert_sign:
        raise _extension("keyUsage without keyCertSign")
    if certificate.key_id is None:
        raise _extension("no subject key identifier")
    if not certificate.subject:
        raise _extension("authority without a name")
    purposes = certificate.value(x509.ExtendedKeyUsage)
    if purposes is not None:
        named = {p.dotted_string for p in purposes}
        if not policy.purposes <= named and ANY_PURPOSE not in named:
            raise PathRefusal(PathReason.USAGE_REFUSED, "authority is not for this purpose")


def require_anchor(certificate: Gated, policy: PathPolicy) -> None:
    """Rules for anchors: an authority whose own certificate asks for nothing that we would not honour.

    Path length and name constraints of an anchor are honoured; its policy extensions are not supported.
    Raises PathRefusal.
    """
    require_authority(certificate, policy)
    if not certificate.self_issued:
        require_issued(certificate)
    if any(extension.oid in _POLICY_EXTENSIONS for extension in certificate.extensions):
        raise _extension("policy extensions in an anchor are not supported")
    if policy.purposes and certificate.self_issued and certificate.find(x509.ExtendedKeyUsage) is not None:
        raise PathRefusal(PathReason.USAGE_REFUSED, "extended key usage in a root")


def require_leaf(leaf: Gated, policy: PathPolicy) -> None:
    """What the purpose demands of the leaf. Raises PathRefusal with USAGE_REFUSED."""
    usage = leaf.value(x509.KeyUsage)
    asserted = frozenset(USAGES) if usage is None else usages(usage)
    if not policy.key_usage <= asserted or (policy.key_usage and usage is None):
        raise _usage("keyUsage")
    if policy.is_for_use and leaf.is_authority:
        raise _usage("CA certificate in place of an end entity's")
    if policy.purposes:
        _require_purposes(leaf, policy.purposes)
    if EMAIL_PROTECTION in policy.purposes and usage is None:
        raise _usage("no keyUsage")


def _require_purposes(leaf: Gated, wanted: frozenset[str]) -> None:
    extension = leaf.find(x509.ExtendedKeyUsage)
    if extension is None:
        raise _usage("no extended key usage")
    named = {p.dotted_string for p in extension.value}
    if not wanted <= named or ANY_PURPOSE in named:
        raise _usage("extended key usage")
    if SERVER_AUTH in wanted and (extension.critical or not named <= _SERVER_COMPANIONS):
        raise _usage("extended key usage of a server")


def _extension(detail: str, oid: x509.ObjectIdentifier | None = None) -> PathRefusal:
    return PathRefusal(PathReason.EXTENSION_REFUSED, f"{detail} {oid.dotted_string}" if oid else detail)


def _usage(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.USAGE_REFUSED, detail)
