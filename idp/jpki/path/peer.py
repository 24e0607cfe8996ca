"""Whether the leaf certifies the name that the caller expects (RFC 9525): subjectAltName alone counts."""

import ipaddress
import re

from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.jpki.path.constraints import HOST
from idp.jpki.path.gate import Gated
from idp.jpki.path.policy import ExpectedName, NameKind
from idp.jpki.path.reasons import PathReason, PathRefusal

_MIN_WILDCARD_LABELS = 2
_HOST_LIKE = re.compile(r".*(\.|:|^0[xX][0-9a-fA-F]+$).*", re.DOTALL)


def require_names(leaf: Gated, expected: tuple[ExpectedName, ...]) -> None:
    """Every expected name must be certified. Raises PathRefusal with NAME_MISMATCH."""
    if not expected:
        return
    alternative = leaf.find(x509.SubjectAlternativeName)
    if alternative is None:
        raise _mismatch("no subjectAltName")
    if alternative.critical and leaf.subject:
        raise _mismatch("critical subjectAltName beside a subject")
    held = list(alternative.value)
    for name in expected:
        if not any(_matches(certified, name) for certified in held):
            raise _mismatch("name is not certified")
    if any(name.kind is not NameKind.EMAIL for name in expected):
        _require_common_name(leaf, held)


def _mismatch(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.NAME_MISMATCH, detail)


def _matches(certified: x509.GeneralName, expected: ExpectedName) -> bool:
    if expected.kind is NameKind.DNS:
        return isinstance(certified, x509.DNSName) and _host_matches(certified.value, expected.value)
    if expected.kind is NameKind.IP:
        return isinstance(certified, x509.IPAddress) and certified.value == ipaddress.ip_address(expected.value)
    return isinstance(certified, x509.RFC822Name) and _mail_matches(certified.value, expected.value)


def _host_matches(certified: str, expected: str) -> bool:
    pattern, host = certified.lower(), expected.lower().removesuffix(".")
    if not HOST.fullmatch(host):
        return False
    if not pattern.startswith("*."):
        return pattern == host
    base, (_, _, parent) = pattern[2:], host.partition(".")
    return base == parent and base.count(".") + 1 >= _MIN_WILDCARD_LABELS and HOST.fullmatch(base) is not None


def _mail_matches(certified: str, expected: str) -> bool:
    local, _, host = certified.rpartition("@")
    wanted_local, _, wanted_host = expected.rpartition("@")
    return bool(local) and local == wanted_local and host.lower() == wanted_host.lower() and "@" not in local


def _require_common_name(leaf: Gated, held: list[x509.GeneralName]) -> None:
    """A commonName that looks like a host must be a copy of a certified name, or the parent of one.

    Clients that still read it must not see a name that we have not judged.
    """
    hosts = [name.value for name in held if isinstance(name, x509.DNSName)]
    copies = {*hosts, *(str(name.value) for name in held if isinstance(name, x509.IPAddress))}
    for attribute in leaf.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        text = str(attribute.value)
        if text in copies or not _HOST_LIKE.fullmatch(text):
            continue
        related = not hosts or any(host.endswith("." + text) for host in hosts)
        if not HOST.fullmatch(text) or _is_address(text) or not related:
            raise _mismatch("commonName is no copy of a certified name")


def _is_address(text: str) -> bool:
    return text.rsplit(".", 1)[-1].isdigit() or text[:2] == "0x"
