"""What `idp demo --conformance` has beside the demo: the front, the municipality, and what the suite is told."""

import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp import compose
from idp.cli.conformance import clients, plans
from idp.cli.conformance.certificates import Certificates
from idp.cli.conformance.front import Front
from idp.cli.files import write_whole
from idp.cli.output import CommandFailed, Exit
from idp.cli.ports import Ports
from idp.cli.roll import Credentials, Roll
from idp.registration import NewTenant
from idp.tenants.tenancy import Tenant

_CODE_SECONDS = _REQUEST_URI_SECONDS = 30
"""Modules of the suite wait until something is over."""
_RESIDENT = "hanako"
_SUITE_SECONDS = 2.0


class Stage:
    """One run's, in the demo's `folder`."""

    def __init__(self, folder: Path, ports: Ports, token_bytes: Callable[[int], bytes]) -> None:
        """Raises CommandFailed for ports that were chosen without nginx."""
        if ports.upstream is None or ports.mtls is None:
            raise CommandFailed("the demo's ports have none for nginx", Exit.USAGE)
        self._folder = folder / "conformance"
        self._key = token_bytes(32).hex()
        self._certificates = Certificates(self._folder / "tls")
        self._suite_is_known = False
        self._invitation = ""
        self.base_url = f"https://localhost:{ports.provider}"
        self.mtls_host = f"https://localhost:{ports.mtls}"
        self._front = Front(
            folder=self._folder / "nginx",
            port=ports.provider,
            mtls_port=ports.mtls,
            upstream=ports.upstream,
            certificates=self._certificates,
            key=self._key,
        )

    @property
    def ca_file(self) -> Path:
        """Who vouches for nginx and for the services' certificates."""
        return self._certificates.ca_file

    def front(self, now: datetime) -> AbstractContextManager[None]:
        """nginx with its certificates. Raises CommandFailed when it does not start."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._certificates.issue(clients.STRICT, now)
        write_whole(self._key_file, self._key)
        self._trust_the_suite()
        return self._front.running()

    def settings(self) -> Mapping[str, str]:
        """The server's settings that differ."""
        return {
            "IDP_MTLS_HOST_KEY_FILE": str(self._key_file),
            "IDP_EVENT_CA_FILE": str(self._receivers_file),
            "IDP_CODE_SECONDS": str(_CODE_SECONDS),
            "IDP_REQUEST_URI_SECONDS": str(_REQUEST_URI_SECONDS),
        }

    def tenant(self) -> NewTenant:
        """The municipality whose services are the suite's clients."""
        return clients.tenant(self.base_url)

    def credentials(self, product: compose.Product, roll: Roll) -> Mapping[str, Credentials]:
        """Those of each client, by its id; one that is new is registered."""
        tenant = self._opened(product)
        self._invitation = _invitation(product, tenant)
        return {client.service_id: self._credentials(product, roll, client) for client in clients.CLIENTS}

    def tell(self, ready: Mapping[str, Any], credentials: Mapping[str, Credentials]) -> dict[str, Any]:
        """The ready file with what the suite needs, whose configuration files are written now."""
        folder = self._folder / "plans"
        folder.mkdir(mode=0o700, exist_ok=True)
        resident = next(one for one in ready["residents"] if one["id"] == _RESIDENT)
        meeting = plans.Meeting(
            issuer=f"{self.base_url}/t/{clients.TENANT_ID}",
            mtls=f"{self.mtls_host}/t/{clients.TENANT_ID}",
            tray=ready["sandbox"]["tray"],
            resident=_RESIDENT,
            pin=resident["auth_pin"],
            ca=self.ca_file.read_text(encoding="utf-8"),
            invitation=self._invitation,
        )
        told = {client.service_id: _told(credentials[client.service_id]) for client in clients.CLIENTS}
        for name, configuration in plans.configurations(meeting, told).items():
            text = json.dumps(configuration, ensure_ascii=False, indent=1)
            write_whole(folder / f"{name}.json", text)
        runs = [{"plan": plan, "configuration": str(folder / f"{file}.json")} for plan, file in plans.PLANS]
        lines = (f"{run['plan']} {run['configuration']}\n" for run in runs)
        write_whole(folder / "plans.txt", "".join(lines))
        about = {
            "ca": str(self.ca_file),
            "mtls_host": self.mtls_host,
            "initial_access_token": self._invitation,
            "plans": str(folder),
            "runs": runs,
        }
        return {**ready, "conformance": about}

    def lines(self) -> list[str]:
        """What whoever runs the suite needs next."""
        waits = [f"   nobody answers at {clients.SUITES[0]} yet: start again when the suite runs"]
        return [
            "適合性試験の用意ができました / Ready for the OpenID Foundation's conformance suite (見本 / sample):",
            "",
            f"issuer   {self.base_url}/t/{clients.TENANT_ID}",
            f"mTLS     {self.mtls_host}",
            f"CA       {self.ca_file}   (idp-card: SSL_CERT_FILE)",
            f"plans    {self._folder / 'plans' / 'plans.txt'}   (deploy/runbooks/conformance.md)",
            *([] if self._suite_is_known else waits),
        ]

    def _opened(self, product: compose.Product) -> Tenant:
        """The municipality, where services may show certificates and register themselves."""
        tenant = product.directory.tenant(clients.TENANT_ID)
        if tenant is None:
            raise CommandFailed("a tenant of the demo is missing", Exit.REFUSED)
        wanted = {"mtls_host": self.mtls_host, "self_registration": True}
        if any(getattr(tenant.settings, name) != value for name, value in wanted.items()):
            product.policies.change_tenant(tenant, revocation={}, mtls_host=self.mtls_host, self_registration=True)
        return product.directory.tenant(clients.TENANT_ID) or tenant

    @property
    def _key_file(self) -> Path:
        return self._folder / "mtls-host.key"

    @property
    def _receivers_file(self) -> Path:
        return self._folder / "receivers.pem"

    def _credentials(self, product: compose.Product, roll: Roll, client: clients.SuiteClient) -> Credentials:
        wish = clients.wish(client, self._certificates)
        made = roll.credentials(product, clients.TENANT_ID, wish, signs=client.strict)
        if not client.strict:
            return made
        certificate, key = self._certificates.of(client.service_id)
        return replace(made, certificate=(str(certificate), str(key)))

    def _trust_the_suite(self) -> None:
        """Whom the provider believes when it calls a service: as ever, our authority, and the suite as it is now.

        The suite's certificate is of its own making; it is on this computer, and so is whoever could pose as it.
        """
        known = ssl.get_default_verify_paths().cafile
        texts = [Path(known).read_text(encoding="utf-8")] if known else []
        texts.append(self.ca_file.read_text(encoding="utf-8"))
        try:
            port = urlsplit(clients.SUITES[0]).port or 443
            texts.append(ssl.get_server_certificate(("127.0.0.1", port), timeout=_SUITE_SECONDS))
            self._suite_is_known = True
        except OSError:
            self._suite_is_known = False
        write_whole(self._receivers_file, "\n".join(texts))


def _invitation(product: compose.Product, tenant: Tenant) -> str:
    """A new initial access token, in place of that of an earlier run."""
    invitations = product.service_acts.invitations
    for earlier in invitations.every(tenant):
        if earlier.terms.note == clients.INVITED.note and earlier.uses_left:
            invitations.withdraw(tenant, earlier.invitation_id)
    return invitations.make(tenant, clients.INVITED, uses=clients.INVITED_USES, days=clients.INVITED_DAYS).text


def _told(credentials: Credentials) -> plans.Client:
    """What the suite is told of a client: whatever it needs to be that client."""
    key, files = credentials.key, credentials.certificate
    return plans.Client(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        keys={"keys": [key]} if key else None,
        certificate=(Path(files[0]).read_text("utf-8"), Path(files[1]).read_text("utf-8")) if files else ("", ""),
    )
