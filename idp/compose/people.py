"""People: how certificates become theirs, and what joins and parts them."""

from dataclasses import dataclass

from connectors.ports import LineageSource
from idp.compose import work
from idp.compose.agents import with_people_of
from idp.compose.ground import Ground
from idp.compose.latest import telling_of
from idp.compose.organizations import organizations_of, passkeys_of
from idp.compose.ways import accounts_of, requests_of
from idp.consents.withdrawal import Withdrawal
from idp.continuity.newcomers import Newcomers
from idp.events.events import Events
from idp.login.pairwise import Pairs
from idp.login.question import QuestionStep
from idp.login.records import Records
from idp.login.sign_out import SignOut
from idp.organizations.accounts import Accounts as Organizations
from idp.oversight.approval import Approvals
from idp.oversight.ledger import Ledger
from idp.passkeys.passkeys import Passkeys
from idp.passwords.accounts import Accounts
from idp.passwords.requests import Requests
from idp.people.acts import PersonActs, Wishes
from idp.people.arrival import Arrival
from idp.people.departing import Departing, Returning
from idp.people.ending import Ending
from idp.people.leaving import Leaving
from idp.people.merging import Merging
from idp.people.references import References
from idp.people.resident_codes import ResidentCodes
from idp.people.splitting import Splitting
from idp.people.standing import Lists, Standing
from idp.people.transfer import TransferCodes
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant
from idp.terminals.register import Register
from idp.user_numbers.assembly import Numbers
from idp.user_numbers.at_counter import AtCounter


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The parts, for logins, for the verification API and for the command line."""

    ledger: Ledger
    arrival: Arrival
    merging: Merging
    transfer_codes: TransferCodes
    references: References
    ending: Ending
    leaving: Leaving
    acts: PersonActs
    resident_codes: ResidentCodes
    passwords: Accounts
    requests: Requests
    passkeys: Passkeys
    withdrawal: Withdrawal
    organizations: Organizations


def people_of(ground: Ground, events: Events, sign_out: SignOut) -> People:
    """Who makes people, joins them and names them."""
    ledger = Ledger(ground.auditor, ground.now)
    codes = ResidentCodes(auditor=ground.auditor, state=ground.state, now=ground.now)
    telling = telling_of(ground)
    passwords, passkeys = accounts_of(ground), passkeys_of(ground)

    represented = with_people_of(ground)

    def end_ways(tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        return passwords.end_of(tx, tenant, handle) + passkeys.end_of(tx, tenant, handle)

    merging = Merging(
        ledger=ledger,
        events=events,
        codes=codes,
        end_ways=end_ways,
        follow_latest=telling.follow,
        represented=represented,
        end_login=sign_out.end,
        now=ground.now,
    )
    returning = Returning(outbox=ground.outbox, now=ground.now, span_seconds=ground.settings.event_delay_seconds)
    arrival = Arrival(merging=merging, returning=returning, now=ground.now)
    ending = Ending(
        ledger=ledger,
        events=events,
        stop_user_number=work.numbers_of(ground).registry.stop,
        end_latest=telling.end,
        codes=codes,
        end_ways=end_ways,
        represented=represented,
        end_login=sign_out.end,
        now=ground.now,
    )
    transfer_codes = TransferCodes(auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)
    leaving = Leaving(
        ending=ending,
        codes=codes,
        transfer_codes=transfer_codes,
        ledger=ledger,
        end_login=sign_out.end,
        now=ground.now,
    )
    references = References(auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)
    return People(
        ledger=ledger,
        arrival=arrival,
        merging=merging,
        transfer_codes=transfer_codes,
        references=references,
        ending=ending,
        leaving=leaving,
        acts=PersonActs(
            references=references,
            arrival=arrival,
            merging=merging,
            splitting=Splitting(ledger=ledger, merging=merging, end_latest=telling.end, now=ground.now),
            ending=ending,
            ledger=ledger,
        ),
        resident_codes=codes,
        passwords=passwords,
        requests=requests_of(ground),
        passkeys=passkeys,
        withdrawal=Withdrawal(events=events, latest=telling, auditor=ground.auditor, now=ground.now),
        organizations=organizations_of(ground),
    )


def departing_of(
    ground: Ground, people: People, events: Events, lists: Lists, lineage: LineageSource
) -> Departing:
    """Who sees to people whose last certificate was revoked."""
    return Departing(
        store=ground.store,
        directory=ground.directory,
        standing=Standing(lists=lists, lineage=lineage, now=ground.now),
        events=events,
        ledger=people.ledger,
        outbox=ground.outbox,
        represented=with_people_of(ground),
        end_login=work.sign_out_of(ground).end,
        now=ground.now,
    )


def wishes_of(ground: Ground, people: People, approvals: Approvals) -> Wishes:
    """Who proposes what two officers do to people."""
    return Wishes(
        store=ground.store,
        approvals=approvals,
        references=people.references,
        codes=people.resident_codes,
        now=ground.now,
    )


def question_of(ground: Ground, people: People, newcomers: Newcomers, records: Records) -> QuestionStep:
    """The question whose a certificate is."""
    return QuestionStep(
        store=ground.store,
        records=records,
        arrival=people.arrival,
        newcomers=newcomers,
        transfer_codes=people.transfer_codes,
        references=people.references,
        ledger=people.ledger,
        auditor=ground.auditor,
        now=ground.now,
    )


def at_counter_of(ground: Ground, pairs: Pairs, numbers: Numbers, records: Records) -> AtCounter:
    """How a service's own number is given at a counter."""
    return AtCounter(
        records=records,
        terminals=Register(store=ground.store, now=ground.now),
        pairs=pairs,
        registry=numbers.registry,
        auditor=ground.auditor,
        client_of=ground.directory.client,
    )
