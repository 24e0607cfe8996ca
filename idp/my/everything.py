"""Everything that is held about a person, for themselves (a request for disclosure): made when they ask, kept by
nobody.

In the file stands what can be found by who they are. The audit names nobody; what of it is theirs only an officer
finds, by way of a service's own number, and the file says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.events.outbox import JSON
from idp.japan import JAPAN
from idp.login.sign_ins import SignIn, SignIns
from idp.my import holdings, when
from idp.my.agents import MyAgents
from idp.my.beside import Beside
from idp.my.holdings import Holding
from idp.my.resident import Resident
from idp.my.sessions import OpenLogins
from idp.my.view import of_service
from idp.oversight.audit import Action, Auditor
from idp.passkeys.passkeys import Passkeys
from idp.passwords.accounts import Accounts
from idp.people import certificate_names, record
from idp.people.resident_codes import ResidentCodes
from idp.people.transfer import TransferCodes
from idp.store import certificates as certificate_rows
from idp.store.engine import Store, Transaction

VERSION = "my-data/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Gathers it."""

    store: Store
    sign_ins: SignIns
    logins: OpenLogins
    transfer_codes: TransferCodes
    resident_codes: ResidentCodes
    passwords: Accounts
    passkeys: Passkeys
    beside: Beside
    agents: MyAgents
    auditor: Auditor
    now: Callable[[], datetime]

    def of(self, resident: Resident) -> dict[str, JSON]:
        """As JSON. That it was given is written down, what it says is not."""
        tenant, now = resident.tenant, self.now()
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = holdings.of(tx, tenant, resident.handle, now=int(now.timestamp()))
            visits = self.sign_ins.of(tx, tenant, {one.pair_id for one in found}, resident.handle)
            body: dict[str, JSON] = {
                "version": VERSION,
                "made_at": _moment(int(now.timestamp())),
                "held_by": tenant.name("ja"),
                "issuer": tenant.issuer,
                "certificates": self._certificates(tx, resident),
                "own_page_sign_ins": [_sign_in(visit.sign_in) for visit in visits if not visit.client_id],
                "transfer_code_out": self.transfer_codes.is_out(tx, tenant, resident.handle),
                "resident_code_chosen": self.resident_codes.has_one(tx, tenant, resident.handle),
            }
        body["services"] = [
            {**_service(one, of_service(visits, one)), **self.beside.of(tenant, one)} for one in found
        ]
        body |= self._ways(resident)
        body |= self.agents.data(resident)
        body["open_logins"] = [
            {"since": _moment(one.login.accepted_at) if one.login else None, "until": _moment(one.until)}
            for one in self.logins.of(resident)
        ]
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(tx, tenant.keys, Action.OWN_PAGES_DATA_GIVEN, "given")
        return body

    def _ways(self, resident: Resident) -> dict[str, JSON]:
        """What they sign in with beside their certificates."""
        account = self.passwords.of_person(resident.tenant, resident.handle)
        bound = self.passkeys.of_person(resident.tenant, resident.handle)
        return {
            "password": {
                "id": account[0],
                "given_out": str(account[1].issued),
                "on": account[1].issued_on.isoformat(),
                "assurance": account[1].assurance,
            }
            if account
            else None,
            "passkeys": [{"made_on": one.bound_on.isoformat()} for one in bound],
        }

    def _certificates(self, tx: Transaction, resident: Resident) -> list[JSON]:
        keys = resident.tenant.keys
        person = record.read(tx, keys, resident.handle) or record.Record()
        since = record.since(tx, keys, resident.handle)
        rows = certificate_rows.named_among(tx, [member.index for member in person.certificates])
        found: list[JSON] = []
        for row in rows:
            named = certificate_names.opened(keys, row)
            found.append(
                {
                    "kind": str(named.kind) if named else None,
                    "serial": f"{named.serial:x}" if named else None,
                    "ends_at": _moment(named.ends_at) if named else None,
                    "person_known_since": since.isoformat() if since else None,
                }
            )
        return found


def _service(one: Holding, made: Sequence[SignIn]) -> dict[str, JSON]:
    return {
        "service": one.client.service_id,
        "name": one.client.name("ja"),
        "number": one.number,
        "since": one.since.isoformat(),
        "agreed_to": list(one.released),
        "agreed_on": one.agreed.isoformat() if one.agreed else None,
        "user_number": one.user_number or None,
        "may_come_back_until": _moment(one.lasting_until) if one.lasting_until else None,
        "sign_ins": [_sign_in(sign_in) for sign_in in made],
    }


def _sign_in(made: SignIn) -> dict[str, JSON]:
    return {
        "at": _moment(made.at),
        "way": when.way_of(made),
        "browser": when.browser(made.browser) or None,
        "handed_over": list[JSON](made.handed.split()),
    }


def _moment(seconds: int) -> str:
    """RFC 3339, in Japan's time."""
    return datetime.fromtimestamp(seconds, JAPAN).isoformat()
