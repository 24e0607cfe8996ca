"""A town whose residents' numbers change: officers who approve, a worker that moves, what services receive."""

import hashlib
import json
import secrets

from components.events import delivery
from components.jobs import jobs, pass_time
from components.town import id_token_claims
from joserfc import jwe, jwk, jwt
from sqlalchemy import func, select, update

from idp.continuity.assembly import Continuity
from idp.continuity.plan import Plan, Reason, affected
from idp.continuity.sweep import KIND, KNOWN_SECONDS
from idp.custody.bulk import Wanted, derive_many
from idp.keys.sealing import digest
from idp.login.pairwise import Pairs, handle_place, ppid_place
from idp.oversight.ledger import Ledger
from idp.store import moving, schema, tenants
from idp.store.pairs import NewPair

OFFICERS = ("sato", "suzuki")


class Kit:
    """Migrations of a town."""

    def __init__(self, made):
        self.town = made
        self.tokens = {}

    @property
    def migrations(self):
        return self.town.product.migrations

    def tenant(self, tenant_id="aoba"):
        """As of now."""
        self.town.product.directory.refresh()
        return self.town.product.directory.tenant(tenant_id)

    def client(self, service):
        """A registered service as of now."""
        return self.tenant(service.tenant_id).clients[service.client_id]

    def rotate(self, tenant_id="aoba"):
        """Another version of the key for new pairs."""
        version = self.town.product.keys.rotate(tenant_id)
        table = schema.tenant
        with self.town.product.store.for_tenant(tenant_id).write() as tx:
            tx.connection.execute(
                update(table).where(table.c.tenant_id == tenant_id).values(ppid_key_version=version)
            )
            tenants.touch(tx)
        self.town.product.directory.refresh()
        return version

    def compromise(self, *sectors, keys=None, window_days=30):
        """The plan to replace version 1 in these sectors, or in all."""
        tenant = self.tenant()
        sectors = sectors or tuple(sorted(tenant.sectors))
        services = {client.client_id: (keys or {}).get(client.client_id) for client in affected(tenant, sectors)}
        return Plan(
            reason=Reason.COMPROMISE,
            services=services,
            window_days=window_days,
            sectors=sectors,
            from_version=1,
            to_version=tenant.ppid_key_version,
        )

    def sector(self, service, to_sector, *, key=None, window_days=30):
        """The plan to move a service to another sector."""
        client = self.client(service)
        return Plan(
            reason=Reason.SECTOR,
            services={client.client_id: key},
            window_days=window_days,
            sectors=(client.sector_id,),
            to_sector=to_sector,
        )

    def merger(self, giving, taking, *, window_days=30):
        """The plans of the giving and of the taking tenant."""
        release = Plan(
            reason=Reason.RELEASE,
            services={giving.client_id: None},
            window_days=window_days,
            other_tenant=taking.tenant_id,
            other_client=taking.client_id,
        )
        merger = Plan(
            reason=Reason.MERGER,
            services={taking.client_id: None},
            window_days=window_days,
            other_tenant=giving.tenant_id,
            other_client=giving.client_id,
        )
        return release, merger

    def officers(self, tenant_id):
        """The tokens of two officers of a tenant, appointed at the first call."""
        if tenant_id not in self.tokens:
            officers, tenant = self.town.product.trust.officers, self.tenant(tenant_id)
            self.tokens[tenant_id] = [officers.add(tenant, name).token for name in OFFICERS]
        return self.tokens[tenant_id]

    def approve(self, proposal_id, tenant_id="aoba"):
        """Two officers' yes."""
        for token in self.officers(tenant_id):
            self.town.product.trust.approvals.approve(self.tenant(tenant_id), proposal_id, token)

    def start(self, plan, tenant_id="aoba"):
        """Propose and approve; the migration's id."""
        before = {one.migration_id for one in self.migrations.all_of(self.tenant(tenant_id))}
        proposal = self.migrations.propose(self.tenant(tenant_id), plan)
        self.approve(proposal.proposal_id, tenant_id)
        (made,) = {one.migration_id for one in self.migrations.all_of(self.tenant(tenant_id))} - before
        return made

    def handlers(self, product=None):
        """What a worker does here: moving, and delivering events."""
        return {KIND: handler_of(product or self.town.product, self.town.clock), **delivery(self.town)}

    def worker(self, handlers=None):
        """Who does the jobs."""
        return jobs(self.town, handlers or self.handlers())

    def work(self):
        """Do what is due, once every server has heard of it."""
        pass_time(self.town, 2 * KNOWN_SECONDS)
        worker = self.worker()
        while worker.do_one():
            pass

    def run(self, plan, tenant_id="aoba"):
        """Begin and do all of it; the migration's id."""
        migration_id = self.start(plan, tenant_id)
        self.work()
        self.tenant(tenant_id)
        return migration_id

    def state(self, migration_id, tenant_id="aoba"):
        """Its state."""
        return str(self.migrations.status(self.tenant(tenant_id), migration_id)[0].state)

    def sign_in(self, service, resident="hanako"):
        """The ID token's claims and UserInfo of a whole login."""
        answer = self.town.redeem(*self.town.code(service, resident))
        assert answer.status_code == 200, answer.text
        return id_token_claims(answer.json["id_token"]), self.userinfo(service, answer.json["access_token"])

    def userinfo(self, service, access_token):
        """What UserInfo says, or the status."""
        url = f"http://localhost:8000/t/{service.tenant_id}/userinfo"
        answer = self.town.get(self.town.browser(), url, headers={"Authorization": f"Bearer {access_token}"})
        return answer.json if answer.status_code == 200 else answer.status_code

    def numbers(self, service, residents=("hanako",)):
        """`sub` of each resident, by whole logins."""
        return [self.sign_in(service, resident)[0]["sub"] for resident in residents]

    def count(self, table, *wanted, tenant_id="aoba"):
        """How many rows of a tenant's there are."""
        asked = select(func.count()).select_from(table).where(table.c.tenant_id == tenant_id, *wanted)
        with self.town.product.store.for_tenant(tenant_id).read() as tx:
            return tx.connection.execute(asked).scalar_one()

    def mapping(self, migration_id, service, private_key):
        """The old and new numbers of a service's file, as the service reads them."""
        lines = self.town.product.mapping_files.lines(
            self.tenant(service.tenant_id), migration_id, self.client(service)
        )
        return read_mapping(self.town, b"".join(lines), service, private_key)


def handler_of(product, clock, *, keys=None):
    """The handler of one process's worth of product."""
    continuity = Continuity(
        store=product.store,
        keys=keys or product.keys,
        directory=product.directory,
        ledger=Ledger(product.migrations.ledger._auditor, clock),
        outbox=product.migrations.outbox,
        events=product.events,
        now=clock,
        token_bytes=product.administration._token_bytes,
    )
    return continuity.handlers(product.migrations)[KIND]


def read_mapping(made, file, service, private_key):
    """(claims of every line), opened with the service's private key and verified with the published keys."""
    path = f"/t/{service.tenant_id}/jwks"
    published = jwk.KeySet.import_key_set(made.browser().get(path, base_url="http://localhost:8000/").json)
    found = []
    for line in file.splitlines():
        algorithms = ["RSA-OAEP-256", "ECDH-ES+A256KW", "A256GCM"]
        opened = jwe.decrypt_compact(line, private_key, algorithms=algorithms)
        assert opened.headers()["cty"] == "JWT"
        signed = jwt.decode(opened.plaintext, published, algorithms=["RS256", "ES256"])
        assert signed.header["typ"] == "number-mapping+jwt"
        found.append(signed.claims)
    return json.loads(json.dumps(found))


def step_of(kit):
    """The product's own step from a person to their number, without a card."""
    product = kit.town.product
    return Pairs(
        store=product.store,
        keys=product.keys,
        auditor=product.migrations.ledger._auditor,
        now=kit.town.clock,
        token_bytes=product.administration._token_bytes,
    )


def handle_of(number):
    """The handle of an invented person."""
    return hashlib.sha256(b"person %d" % number).digest()


def settle_people(kit, service, total, *, at_once=5000):
    """So many invented people at a service, in bulk, all with numbers of version 1."""
    tenant, client = kit.tenant(service.tenant_id), kit.client(service)
    product, today = kit.town.product, kit.town.clock().date()
    for first in range(0, total, at_once):
        wanted = [
            Wanted(client.sector_id, handle_of(number)) for number in range(first, min(total, first + at_once))
        ]
        numbers = derive_many(product.keys, tenant_id=tenant.tenant_id, key_version=1, wanted=wanted)
        rows = [new_pair(tenant, one, number) for one, number in zip(wanted, numbers, strict=True)]
        with product.store.for_tenant(tenant.tenant_id).write() as tx:
            moving.add(tx, [(row, None) for row in rows], created=today)
            moving.add_grants(tx, [(row.pair_id, client.client_id, today) for row in rows])


def new_pair(tenant, wanted, number):
    """A pair as it is stored."""
    pair_id = secrets.token_bytes(16)
    return NewPair(
        pair_id=pair_id,
        sector_id=wanted.sector_id,
        pair_index=tenant.keys.pair_index(wanted.sector_id, wanted.handle),
        generation=0,
        ppid_digest=digest(number),
        sealed_ppid=tenant.keys.seal(ppid_place(pair_id), number.encode()),
        sealed_handle=tenant.keys.seal(handle_place(pair_id), wanted.handle),
        key_version=1,
    )
