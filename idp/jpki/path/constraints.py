"""Name constraints (RFC 5280 section 4.2.1.10), with every name form judged or refused.

Constraints accumulate down the path: a name must lie in every permitted set of its form and in no excluded one.
Where a wildcard could stand for a name outside, the path is refused.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.jpki.path import der, names
from idp.jpki.path.gate import Gated
from idp.jpki.path.limits import MAX_NAME_COMPARISONS
from idp.jpki.path.names import RdnKeys
from idp.jpki.path.reasons import PathReason, PathRefusal

_NAME_CONSTRAINTS = bytes.fromhex("551d1e")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"({_LABEL}\.)*{_LABEL}")
_URI_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^@/?#]*@)?([^:/?#@\[\]]+)(?::\d*)?(?:[/?#].*)?", re.DOTALL)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _refused(detail: str) -> PathRefusal:
    return PathRefusal(PathReason.NAME_CONSTRAINTS, detail)


@dataclass(frozen=True, slots=True)
class _Constraint:
    permitted: tuple[x509.GeneralName, ...]
    excluded: tuple[x509.GeneralName, ...]


def require_names_allowed(path: list[Gated]) -> None:
    """Judge every name of every certificate below each constraint; `path` runs from the leaf to the anchor.

    Self-issued certificates are exempt unless they are the leaf. Raises PathRefusal with NAME_CONSTRAINTS.
    """
    active: list[_Constraint] = []
    comparisons = 0
    for certificate in reversed(path):
        is_leaf, is_anchor = certificate is path[0], certificate is path[-1]
        if active and not is_anchor and (is_leaf or not certificate.self_issued):
            held = list(_names(certificate))
            comparisons += len(held) * sum(len(c.permitted) + len(c.excluded) for c in active)
            if comparisons > MAX_NAME_COMPARISONS:
                raise _refused("too many names and constraints")
            for constraint in active:
                _judge(held, constraint)
        found = certificate.value(x509.NameConstraints)
        if found is not None:
            _require_simple(certificate)
            active.append(_Constraint(tuple(found.permitted_subtrees or ()), tuple(found.excluded_subtrees or ())))


def _require_simple(certificate: Gated) -> None:
    """No minimum and no maximum: their use is not defined in PKIX, and the parser drops them silently."""
    data = certificate.raw_extensions[_NAME_CONSTRAINTS]
    for subtrees in der.children(data, der.whole(data)):
        if any(len(der.children(data, subtree)) != 1 for subtree in der.children(data, subtrees)):
            raise _refused("minimum or maximum")


def _names(certificate: Gated) -> Iterator[x509.GeneralName]:
    if certificate.subject:
        yield x509.DirectoryName(certificate.certificate.subject)
    for attribute in certificate.certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        yield x509.RFC822Name(str(attribute.value))
    yield from certificate.value(x509.SubjectAlternativeName) or ()


def _judge(held: Iterable[x509.GeneralName], constraint: _Constraint) -> None:
    for name in held:
        kind = type(name)
        permitted = [base for base in constraint.permitted if type(base) is kind]
        excluded = [base for base in constraint.excluded if type(base) is kind]
        if (permitted or excluded) and kind not in _FORMS:
            raise _refused("constraint of a form that is not supported")
        if permitted and not any(_FORMS[kind](base.value, name.value, True) for base in permitted):
            raise _refused("name outside the permitted subtrees")
        if any(_FORMS[kind](base.value, name.value, False) for base in excluded):
            raise _refused("name inside an excluded subtree")


def _directory(base: x509.Name, name: x509.Name, permitted: bool) -> bool:
    outer, inner = _keys(base), _keys(name)
    return inner[: len(outer)] == outer


def _keys(name: x509.Name) -> RdnKeys:
    return names.rdn_keys(name.public_bytes())


def _host(text: str) -> str:
    host = text.lower().removesuffix(".")
    if not HOST.fullmatch(host) or len(host) > 253:
        raise _refused("malformed host name")
    return host


def _below(host: str, domain: str) -> bool:
    return host.endswith("." + domain)


def _dns(base: str, name: str, permitted: bool) -> bool:
    """Zero or more labels to the left of the base; the empty base is every name."""
    if not base:
        return True
    domain, wildcard = _host(base), name.startswith("*.")
    host = _host(name.removeprefix("*."))
    inside = host == domain or _below(host, domain)
    # an excluded host that the wildcard could stand for counts as certified
    return inside or (wildcard and not permitted and _below(domain, host))


def _mailbox(text: str) -> tuple[str, str]:
    local, at, host = text.partition("@")
    if not at or not local or "@" in host:
        raise _refused("malformed mail address")
    return local, _host(host)


def _email(base: str, name: str, permitted: bool) -> bool:
    local, host = _mailbox(name)
    if "@" in base:
        base_local, base_host = _mailbox(base)
        same = local == base_local if permitted else local.lower() == base_local.lower()
        return same and host == base_host
    return _below(host, _host(base[1:])) if base.startswith(".") else host == _host(base)


def _uri(base: str, name: str, permitted: bool) -> bool:
    found = _URI_HOST.fullmatch(name.lower())
    if found is None:
        raise _refused("URI without a host name")
    host = _host(found[1])
    if host.rsplit(".", 1)[-1].isdigit():
        raise _refused("URI with an address in place of a host name")
    return _below(host, _host(base[1:])) if base.startswith(".") else host == _host(base)


def _ip(base: Network, name: Address | Network, permitted: bool) -> bool:
    if not isinstance(name, Address) or not isinstance(base, Network):
        raise _refused("malformed address or network")
    return name in base


_FORMS: Mapping[type[x509.GeneralName], Callable[[Any, Any, bool], bool]] = {
    x509.DirectoryName: _directory,
    x509.DNSName: _dns,
    x509.RFC822Name: _email,
    x509.UniformResourceIdentifier: _uri,
    x509.IPAddress: _ip,
}
