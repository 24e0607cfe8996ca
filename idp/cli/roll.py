"""The demo's roll of services: each is registered once; its credentials are kept beside the data.

Of secrets the store knows the digest only, and of keys the public half.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from joserfc.jwk import ECKey

from idp import compose
from idp.cli.files import write_whole
from idp.cli.output import CommandFailed, Exit
from idp.registration import NewService

_ALG = "ES256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How a service authenticates. Paths are absolute.

    `jwks_private_file`: its JWK set with the private keys; `certificate`: the files of a certificate and its key.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    jwks_private_file: str | None = None
    certificate: tuple[str, str] | None = None

    @property
    def key(self) -> dict[str, str] | None:
        """The private key as a JWK, None where it has none."""
        if self.jwks_private_file is None:
            return None
        jwk: dict[str, str] = json.loads(Path(self.jwks_private_file).read_text(encoding="utf-8"))["keys"][0]
        return jwk


class Roll:
    """The roll of the demo in a folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "services.json"
        self._keys = folder / "services"
        known = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}
        self._known: dict[str, dict[str, str | None]] = known

    def credentials(
        self, product: compose.Product, tenant_id: str, wish: NewService, *, signs: bool = False
    ) -> Credentials:
        """Those of that service, which is registered now if it is not known. `signs`: it has a key of its own."""
        known = self._known.get(wish.service_id)
        if known is None:
            known = self._register(product, tenant_id, self._with_key(wish) if signs else wish)
            self._known[wish.service_id] = known
            write_whole(self._file, json.dumps(self._known))
        return Credentials(
            client_id=known["client_id"] or "",
            client_secret=known["client_secret"],
            jwks_private_file=str(self._key_file(wish)) if signs else None,
        )

    def _with_key(self, wish: NewService) -> NewService:
        key = ECKey.generate_key("P-256", {"kid": f"{wish.service_id}-1", "use": "sig", "alg": _ALG})
        self._keys.mkdir(mode=0o700, exist_ok=True)
        write_whole(self._key_file(wish), json.dumps({"keys": [key.as_dict(private=True)]}))
        return replace(wish, jwks={"keys": [key.as_dict(private=False)]})

    def _key_file(self, wish: NewService) -> Path:
        return self._keys / f"{wish.service_id}.jwks.json"

    def _register(self, product: compose.Product, tenant_id: str, wish: NewService) -> dict[str, str | None]:
        tenant = product.directory.tenant(tenant_id)
        if tenant is None:
            raise CommandFailed("a tenant of the demo is missing", Exit.REFUSED)
        registered = product.administration.register_service(tenant, wish)
        return {"client_id": registered.client_id, "client_secret": registered.client_secret}
