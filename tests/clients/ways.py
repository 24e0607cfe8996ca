"""The ways in which foreign software signs residents in: what is registered, and what the software is told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.provider import TENANT, Provider
from components.mtls import Files, shown
from joserfc.jwk import ECKey, RSAKey

REDIRECT, LOGOUT = "--redirect-uri", "--post-logout-redirect-uri"
ATTESTED = "openid jpki_status"
LASTING = f"{ATTESTED} offline_access"
MODULE_KEY, MODULE_PUBLIC_KEY = "module.key", "module.pem"
"""The files with the keys of Apache's module, in the provider's folder."""
INTERFACE = "https://interface.stock.example/"
SUBJECT = "CN=stock,O=City Example,C=JP"


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of a service in JavaScript. `uses`: any of par, jar, jarm, form_post, dpop.

    `encrypt`: what is encrypted to the service's key, as the option says it; `key_alg`: by which algorithm.
    `invited`: it registers itself. `resource`: its own interface, for which it asks tokens.
    """

    auth: str = "client_secret_basic"
    profile: str = "standard"
    scope: str = ATTESTED
    alg: str = "ES256"
    userinfo_alg: str = ""
    introspection_alg: str = ""
    uses: tuple[str, ...] = ()
    encrypt: tuple[str, ...] = ()
    key_alg: str = ""
    invited: bool = False
    resource: str = ""

    @property
    def signs(self) -> bool:
        """Whether the service has a key of its own for signatures."""
        return self.auth == "private_key_jwt" or "jar" in self.uses

    @property
    def options(self) -> list[str]:
        """Of `idp service create`."""
        words = ["--auth-method", self.auth, "--profile", self.profile, "--scope", self.scope, "--alg", self.alg]
        for option in ("userinfo_alg", "introspection_alg"):
            if alg := getattr(self, option):
                words += [f"--{option.replace('_', '-')}", alg]
        return [*words, *(word for answer in self.encrypt for word in ("--encrypt", answer))]

    @property
    def metadata(self) -> dict[str, str]:
        """What a client has to know of its registration (RFC 7591)."""
        algs = {
            "id_token_signed_response_alg": self.alg,
            "authorization_signed_response_alg": self.alg,
            "userinfo_signed_response_alg": self.userinfo_alg,
            "introspection_signed_response_alg": self.introspection_alg,
        }
        return {name: alg for name, alg in algs.items() if alg}


WAYS = {
    "plain": Way(scope=LASTING, alg="RS256"),
    "invited": Way(invited=True),
    "posted": Way(uses=("form_post",)),
    "public": Way(auth="none"),
    "signed": Way(userinfo_alg="ES256", uses=("jar", "jarm")),
    "strict": Way(
        auth="private_key_jwt", profile="fapi2", scope=LASTING, introspection_alg="ES256", uses=("par", "dpop")
    ),
    "strictest": Way(auth="private_key_jwt", profile="fapi2", alg="PS256", uses=("par", "jar", "jarm", "dpop")),
    "acting": Way(auth="private_key_jwt", profile="fapi2", uses=("par", "dpop"), resource=INTERFACE),
    "sealed": Way(encrypt=("id_token=ECDH-ES",), key_alg="ECDH-ES"),
    "sealed-throughout": Way(
        userinfo_alg="ES256",
        uses=("jarm",),
        encrypt=tuple(f"{answer}=RSA-OAEP-256/A256GCM" for answer in ("id_token", "userinfo", "authorization")),
        key_alg="RSA-OAEP-256",
    ),
    "certified": Way(auth="tls_client_auth", profile="fapi2", scope=LASTING, uses=("par",)),
    "certified-and-proven": Way(auth="tls_client_auth", profile="fapi2", uses=("par", "dpop")),
}


def register(provider: Provider, ports: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Register a service for every way, for a site on each of the ports; the ways as the sites read them."""
    sites = [f"http://127.0.0.1:{port}" for port in ports]
    provider.idp("tenant", "settings", TENANT, "--self-registration")
    files = shown(provider.folder, "stock", provider.authority, subject=SUBJECT, bare=True).files
    return {name: _registered(provider, name, way, sites, files) for name, way in WAYS.items()}


def register_others(provider: Provider, ports: Mapping[str, int]) -> dict[str, Mapping[str, str]]:
    """Register what the other software signs residents in for, each at its port; ids and secrets."""
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    module = {name: f"{at[name]}/protected/redirect_uri" for name in ("apache", "apache-keyed")}
    addresses = {
        "django": (f"{at['django']}/oidc/callback/", f"{at['django']}/bye"),
        "idpyoidc": (f"{at['idpyoidc']}/callback", f"{at['idpyoidc']}/bye"),
        "apache": (module["apache"], f"{at['apache']}/over.html"),
        "apache-keyed": (module["apache-keyed"], f"{at['apache-keyed']}/over.html"),
    }
    back_channel = ("--backchannel-logout-uri", f"{module['apache']}?logout=backchannel")
    more = {
        "django": ("--auth-method", "client_secret_post", "--scope", ATTESTED),
        "idpyoidc": ("--scope", LASTING),
        "apache": ("--scope", LASTING, *back_channel, "--backchannel-logout-session-required"),
        "apache-keyed": ("--scope", ATTESTED, "--auth-method", "private_key_jwt", *_module_keys(provider.folder)),
    }
    return {
        name: provider.register(name, REDIRECT, back, LOGOUT, over, "--alg", "ES256", *more[name])
        for name, (back, over) in addresses.items()
    }


def _module_keys(folder: Path) -> tuple[str, ...]:
    """Options for the RSA key of Apache's module, which knows no other kind, and its files."""
    key = RSAKey.generate_key(2048, {"kid": "module-1"})
    file = folder / MODULE_KEY
    file.touch(0o600)
    file.write_bytes(key.as_pem(private=True))
    (folder / MODULE_PUBLIC_KEY).write_bytes(key.as_pem(private=False))
    keys = ("--jwks", str(_public(folder / "module.jwks", key)))
    return ("--auth-alg", "RS256", "--encrypt", "id_token=RSA-OAEP", *keys)


def _registered(
    provider: Provider, name: str, way: Way, sites: Sequence[str], certificate: Files
) -> dict[str, Any]:
    words = [*way.options]
    for site in sites:
        words += [REDIRECT, f"{site}/{name}/callback", LOGOUT, f"{site}/{name}/bye"]
    told: dict[str, Any] = {"auth": way.auth, "scope": way.scope, "uses": way.uses, "metadata": way.metadata}
    if way.invited:
        made = provider.of_tenant("service", "invite", "--scope", way.scope, "--uses", len(sites))
        return {**told, "invitation": made["initial_access_token"]}
    if way.key_alg or way.signs:
        key = _key(f"{name}-1", way.key_alg)
        words += ["--jwks", str(_public(provider.folder / f"{name}.jwks", key))]
        told["decryption_key" if way.key_alg else "key"] = key.as_dict(private=True)
    if way.auth == "tls_client_auth":
        words += ["--certificate-name", f"subject_dn={SUBJECT}"]
        told |= dict(zip(("certificate", "certificate_key"), certificate, strict=True))
    made = provider.register(name, *words)
    if way.resource:
        provider.of_tenant("resource", "create", way.resource, "--service", name, "--name-ja", "見本の窓口")
        told["resource"] = way.resource
    secret = {"client_secret": made["client_secret"]} if "client_secret" in made else {}
    return {**told, **secret, "client_id": made["client_id"]}


def _key(kid: str, decrypts_by: str) -> ECKey | RSAKey:
    """A private key for that way of decryption or, without one, for signatures."""
    if decrypts_by.startswith("RSA"):
        return RSAKey.generate_key(2048, {"kid": kid, "alg": decrypts_by, "use": "enc"})
    named = {"alg": decrypts_by, "use": "enc"} if decrypts_by else {"alg": "ES256", "use": "sig"}
    return ECKey.generate_key("P-256", {"kid": kid, **named})


def _public(file: Path, *keys: ECKey | RSAKey) -> Path:
    """Write the set of the public halves."""
    file.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return file
