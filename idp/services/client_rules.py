"""How a service may authenticate and sign, by its profile: wishes that contradict it are refused. Pure."""

from collections.abc import Mapping, Sequence

from idp.keys import encryption
from idp.keys.encryption import EncryptionRefused, PublicKey
from idp.services import client_certificates, client_keys
from idp.services.client_certificates import NameRefused
from idp.services.client_keys import KeysRefused
from idp.services.client_policies import AUTH_METHODS, KEY_METHODS, ClientPolicy

SIGNED = "private_key_jwt"
NAMED = "tls_client_auth"


class Contradiction(ValueError):
    """A wish that its own profile or its other members forbid; the sentence says why."""


def usual_alg(policy: ClientPolicy, jwks: Mapping[str, object] | None) -> str:
    """The algorithm of a service's assertions where none is stated: the first for which it has a key."""
    try:
        keys = () if jwks is None else client_keys.read(jwks)
    except KeysRefused:
        keys = ()
    usable = (alg for alg in policy.client_algs if client_keys.for_alg(keys, alg))
    return next(usable, policy.client_algs[0])


def require_authentication(
    policy: ClientPolicy,
    *,
    method: str,
    alg: str | None,
    jwks: Mapping[str, object] | None,
    jwks_uri: str | None,
    certificate_name: Mapping[str, str],
) -> None:
    """Raise Contradiction unless a service of that profile can authenticate so, by these keys or this name."""
    if method not in AUTH_METHODS:
        raise Contradiction(f"token_endpoint_auth_method is one of {', '.join(AUTH_METHODS)}")
    if method not in policy.auth_methods:
        allowed = ", ".join(policy.auth_methods)
        raise Contradiction(f"a service of the profile {policy.name} authenticates by one of {allowed}")
    if jwks is not None and jwks_uri is not None:
        raise Contradiction("keys are registered by jwks or by jwks_uri, not by both (RFC 7591 section 2)")
    keys = _keys(jwks)
    if method in KEY_METHODS and not (client_keys.for_signatures(keys) or jwks_uri):
        raise Contradiction(f"{method} needs the service's keys for signatures: jwks or jwks_uri")
    _require_alg(policy, method, alg, keys)
    _require_name(method, certificate_name)


def require_algs(policy: ClientPolicy, algs: Mapping[str, object], *, possible: Sequence[str]) -> None:
    """Raise Contradiction for an algorithm, by member, that the profile forbids or no tenant has a key for."""
    allowed = [alg for alg in policy.signing_algs if alg in possible]
    for member, alg in algs.items():
        if alg not in allowed:
            raise Contradiction(f"{member} is one of {', '.join(allowed)} in the profile {policy.name}")


def require_encryption(
    members: Mapping[str, object], jwks: Mapping[str, object] | None, jwks_uri: str | None
) -> None:
    """Raise Contradiction for encrypted answers that we do not offer, or for which the service has no key."""
    try:
        encryptions = encryption.read(members)
    except EncryptionRefused as error:
        raise Contradiction(str(error)) from error
    for answer, stated in encryptions.items():
        if jwks_uri is None and not client_keys.for_encryption(_keys(jwks), stated.alg):
            raise Contradiction(f"none of the service's keys is for {stated.alg}: {answer} cannot be encrypted")


def require_pkce(policy: ClientPolicy, *, stated: bool) -> None:
    """Raise Contradiction for a demand of PKCE, or none, against the profile."""
    if policy.pkce is not None and policy.pkce != stated:
        how = "always uses" if policy.pkce else "knows no"
        raise Contradiction(f"a service of the profile {policy.name} {how} PKCE")


def _keys(jwks: Mapping[str, object] | None) -> tuple[PublicKey, ...]:
    try:
        return () if jwks is None else client_keys.read(jwks)
    except KeysRefused as error:
        raise Contradiction(f"jwks: {error}") from error


def _require_alg(policy: ClientPolicy, method: str, alg: str | None, keys: Sequence[PublicKey]) -> None:
    if (alg is not None) != (method == SIGNED):
        raise Contradiction(f"token_endpoint_auth_signing_alg and {SIGNED} belong together")
    if alg is None:
        return
    if alg not in policy.client_algs:
        allowed = ", ".join(policy.client_algs)
        raise Contradiction(f"token_endpoint_auth_signing_alg is one of {allowed} in the profile {policy.name}")
    if keys and not client_keys.for_alg(keys, alg):
        raise Contradiction(f"none of the service's keys signs by {alg}: state token_endpoint_auth_signing_alg")


def _require_name(method: str, certificate_name: Mapping[str, str]) -> None:
    try:
        name = client_certificates.read(certificate_name)
    except NameRefused as error:
        raise Contradiction(str(error)) from error
    if (name is not None) != (method == NAMED):
        raise Contradiction(f"{NAMED} and one name of the certificate (tls_client_auth_...) belong together")
