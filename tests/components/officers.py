"""A municipality outside the sandbox with two officers, for what only two of them can do."""

from dataclasses import dataclass
from itertools import count

from components.revocation_lists import root as jpki_root
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from idp.registration import NewTenant
from idp.tenants.tenancy import Tenant

_numbers = count(1)


@dataclass
class City:
    """A tenant of a town, its parts of the product, and its officers' tokens by name."""

    town: object
    tenant_id: str
    tokens: dict[str, str]

    @property
    def tenant(self) -> Tenant:
        """As of now."""
        self.town.product.directory.refresh()
        return self.town.product.directory.tenant(self.tenant_id)

    @property
    def trust(self):
        """The product's parts of trust."""
        return self.town.product.trust

    def approve(self, proposal, *names: str, confirmation: str = ""):
        """These officers' yes, or the first two's; the last outcome."""
        for name in names or list(self.tokens)[:2]:
            outcome = self.trust.approvals.approve(
                self.tenant, proposal.proposal_id, self.tokens[name], confirmation
            )
        return outcome

    def audited(self) -> list[tuple[str, str]]:
        """(action, outcome) of every entry of the tenant's trail, the oldest first."""
        with self.town.product.store.engine.connect() as connection:
            query = "SELECT action, outcome FROM audit_entry ORDER BY at_milliseconds, entry_id"
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT set_config('app.tenant', %s, true)", (self.tenant_id,))
                return [tuple(row) for row in connection.exec_driver_sql(query)]
            mine = query.replace(" ORDER", f" WHERE tenant_id = '{self.tenant_id}' ORDER")
            return [tuple(row) for row in connection.exec_driver_sql(mine)]

    def sql(self, statement: str) -> None:
        """Somebody writes into the database behind the product's back."""
        with self.town.product.store.for_tenant(self.tenant_id).write() as tx:
            tx.connection.exec_driver_sql(statement.replace("TENANT", f"'{self.tenant_id}'"))


def found_city(town, *officers: str, sandbox: bool = False) -> City:
    """A new tenant of a town; without names its officers are sato and suzuki."""
    number = next(_numbers)
    tenant_id = f"city-{number}"
    made = town.product.administration.create_tenant(
        NewTenant(
            tenant_id=tenant_id,
            issuer=f"https://id{number}.city.example",
            name_ja="試験市",
            name_en="Trial City",
            crest="試",
            sandbox=sandbox,
        )
    )
    names = officers or ("sato", "suzuki")
    tokens = {name: town.product.trust.officers.add(made, name).token for name in names}
    return City(town, tenant_id, tokens)


def production_root() -> bytes:
    """A self-signed authority that calls itself JPKI, as a production tenant wants it."""
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "JPKI"),
        ]
    )
    key = rsa.generate_private_key(65537, 2048)
    return jpki_root(key, name=name).public_bytes(Encoding.DER)
