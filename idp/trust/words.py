"""X.509 names and extensions in words, for people at a terminal."""

from collections.abc import Iterator
from functools import singledispatch

from asn1crypto.x509 import PolicyMappings
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

_INVISIBLE = "\N{REPLACEMENT CHARACTER}"
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def name(value: x509.Name) -> str:
    """A distinguished name for people (RFC 4514)."""
    return printable(value.rfc4514_string())


def printable(text: str) -> str:
    """The text without anything that a terminal could obey."""
    return "".join(character if character.isprintable() else _INVISIBLE for character in text)


def extensions(certificate: x509.Certificate) -> Iterator[str]:
    """One line for each extension: what it is, whether it is critical, what it says."""
    for extension in certificate.extensions:
        critical = ", critical" if extension.critical else ""
        yield printable(f"{_oid(extension.oid)}{critical}: {_said(extension.value)}")


@singledispatch
def _said(value: object) -> str:
    return str(value)


@_said.register
def _(value: x509.KeyUsage) -> str:
    return ", ".join(usage.replace("_", " ") for usage in _USAGES if getattr(value, usage))


@_said.register
def _(value: x509.BasicConstraints) -> str:
    depth = "" if value.path_length is None else f", path length {value.path_length}"
    return f"certification authority{depth}" if value.ca else "end entity"


@_said.register
def _(value: x509.CertificatePolicies) -> str:
    return ", ".join(policy.policy_identifier.dotted_string for policy in value)


@_said.register
def _(value: x509.ExtendedKeyUsage) -> str:
    return ", ".join(map(_oid, value))


@_said.register
def _(value: x509.SubjectKeyIdentifier) -> str:
    return value.digest.hex()


@_said.register
def _(value: x509.AuthorityKeyIdentifier) -> str:
    return "" if value.key_identifier is None else value.key_identifier.hex()


@_said.register(x509.SubjectAlternativeName)
@_said.register(x509.IssuerAlternativeName)
def _(value: x509.SubjectAlternativeName | x509.IssuerAlternativeName) -> str:
    return ", ".join(map(_general, value))


@_said.register(x509.CRLDistributionPoints)
@_said.register(x509.FreshestCRL)
def _(value: x509.CRLDistributionPoints | x509.FreshestCRL) -> str:
    return ", ".join(_general(named) for point in value for named in point.full_name or ())


@_said.register
def _(value: x509.AuthorityInformationAccess) -> str:
    return ", ".join(f"{_oid(access.access_method)} {_general(access.access_location)}" for access in value)


@_said.register
def _(value: x509.UnrecognizedExtension) -> str:
    if value.oid == ExtensionOID.POLICY_MAPPINGS:
        return _mappings(value.value)
    return f"{len(value.value)} bytes"


def _mappings(der: bytes) -> str:
    """policyMappings (RFC 5280 section 4.2.1.5), which `cryptography` does not read."""
    try:
        pairs = [
            (pair["issuer_domain_policy"], pair["subject_domain_policy"]) for pair in PolicyMappings.load(der)
        ]
        return ", ".join(f"{ours.dotted} = {theirs.dotted}" for ours, theirs in pairs)
    except (ValueError, TypeError):
        return f"{len(der)} bytes"


def _oid(oid: x509.ObjectIdentifier) -> str:
    return oid.dotted_string if oid._name == "Unknown OID" else oid._name


def _general(value: x509.GeneralName) -> str:
    if isinstance(value, x509.DirectoryName):
        return name(value.value)
    if isinstance(value, x509.OtherName):
        return f"{value.type_id.dotted_string} {_text(value.value)}"
    return str(value.value)


def _text(value: bytes) -> str:
    """The words of an otherName: the UTF8String inside, or its bytes in hexadecimal."""
    if value[:1] == b"\x0c" and len(value) > 1:
        header = 2 if value[1] < 0x80 else 2 + (value[1] & 0x7F)
        return value[header:].decode("utf-8", "replace")
    return value.hex()
